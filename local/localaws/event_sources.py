"""Event source mappings: what Lambda refuses; the function's role must allow reading the queue or stream, at first and as long as it is."""

import logging

from ministack.core.responses import error_response_json, get_region, request_scope
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from . import stream_deliveries
from .identity import role_allows

logger = logging.getLogger("localaws")

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
_OF_QUEUES = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-dynamodb-permissions; IAM knows no resource for the last one.
_OF_STREAMS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
_CANNOT_ACCESS = (
    "Cannot access stream {}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, "
    "and ListStreams Actions on your stream in DynamoDB."
)


def install() -> None:
    stream_deliveries.install()
    lambda_svc._create_esm = _refusing(lambda_svc._create_esm)
    lambda_svc._update_esm = _refusing_changes(lambda_svc._update_esm)
    lambda_svc._iter_all_esms = _permitted(lambda_svc._iter_all_esms)
    mappings = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    mappings["create"] = _failing(mappings["create"])
    mappings["update"] = _failing_changes(mappings["update"])


def _denied(function: str, source_arn: str, region: str) -> str | None:
    """What the function's role does not allow, in Lambda's words."""
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if config is None:
        return None
    if source_arn.startswith("arn:aws:sqs:"):
        for action in _OF_QUEUES:
            if not role_allows(config["Role"], f"sqs:{action}", source_arn, region):
                return f"The function execution role does not have permissions to call {action} on SQS"
    if stream_deliveries.is_stream(source_arn):
        for action in _OF_STREAMS:
            if not role_allows(config["Role"], f"dynamodb:{action}", "*" if action == "ListStreams" else source_arn, region):
                return _CANNOT_ACCESS.format(source_arn)
    return None


def _problem(settings: dict, creates: bool) -> str | None:
    """Why Lambda refuses a mapping with these settings."""
    source = settings.get("EventSourceArn", "")
    wrong = stream_deliveries.problem(settings, creates) if stream_deliveries.is_stream(source) else None
    return wrong or _denied(settings.get("FunctionName", ""), source, get_region())


def _with_defaults(settings: dict) -> dict:
    stream = stream_deliveries.is_stream(settings.get("EventSourceArn", ""))
    return ({"BatchSize": stream_deliveries.DEFAULT_BATCH} if stream else {}) | settings


def _refusing(create_esm):
    def create(data):
        if problem := _problem(data, creates=True):
            return error_response_json("InvalidParameterValueException", problem, 400)
        return create_esm(_with_defaults(data))

    return create


def _refusing_changes(update_esm):
    def update(uuid, data):
        known = lambda_svc._esms.get(uuid) or {}
        if known and (problem := _problem(known | data, creates=False)):
            return error_response_json("InvalidParameterValueException", problem, 400)
        return update_esm(uuid, data)

    return update


def _failing(create_resource):
    def create(logical_id, properties, stack_name):
        if problem := _problem(properties, creates=True):
            raise ValueError(f"{problem} (Service: Lambda, Status Code: 400)")
        return create_resource(logical_id, _with_defaults(properties), stack_name)

    return create


def _failing_changes(update_resource):
    def update(physical_id, old, new, stack_name):
        if problem := _problem(new, creates=False):
            raise ValueError(f"{problem} (Service: Lambda, Status Code: 400)")
        return update_resource(physical_id, old, _with_defaults(new), stack_name)

    return update


def _permitted(iter_all_esms):
    """The mappings whose function may read; the others are passed over until it may again."""

    def iterate():
        for account, region, mapping in iter_all_esms():
            with request_scope(account, region):
                problem = _denied(mapping["FunctionArn"], mapping.get("EventSourceArn", ""), region)
            if problem is None:
                yield account, region, mapping
            elif mapping.get("LastProcessingResult") != f"PROBLEM: {problem}":
                mapping["LastProcessingResult"] = f"PROBLEM: {problem}"
                logger.warning("%s does not read %s: %s", mapping["FunctionArn"], mapping["EventSourceArn"], problem)

    return iterate
