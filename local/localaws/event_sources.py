"""Event source mappings: the function's role must allow reading the queue, when the mapping is made and as long as it is."""

import logging

from ministack.core.responses import error_response_json, get_region, request_scope
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from .identity import role_allows

logger = logging.getLogger("localaws")

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def install() -> None:
    lambda_svc._create_esm = _refusing(lambda_svc._create_esm)
    lambda_svc._iter_all_esms = _permitted(lambda_svc._iter_all_esms)
    mappings = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    mappings["create"] = _failing(mappings["create"])


def _problem(function: str, source_arn: str, region: str) -> str | None:
    if not source_arn.startswith("arn:aws:sqs:"):
        return None
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    for action in _ACTIONS if config else ():
        if not role_allows(config["Role"], f"sqs:{action}", source_arn, region):
            return f"The function execution role does not have permissions to call {action} on SQS"
    return None


def _refusing(create_esm):
    def create(data):
        if problem := _problem(data.get("FunctionName", ""), data.get("EventSourceArn", ""), get_region()):
            return error_response_json("InvalidParameterValueException", problem, 400)
        return create_esm(data)

    return create


def _failing(create_resource):
    def create(logical_id, properties, stack_name):
        if problem := _problem(properties["FunctionName"], properties.get("EventSourceArn", ""), get_region()):
            raise ValueError(f"{problem} (Service: Lambda, Status Code: 400)")
        return create_resource(logical_id, properties, stack_name)

    return create


def _permitted(iter_all_esms):
    """The mappings whose function may read; the others are passed over until it may again."""

    def iterate():
        for account, region, mapping in iter_all_esms():
            with request_scope(account, region):
                problem = _problem(mapping["FunctionArn"], mapping.get("EventSourceArn", ""), region)
            if problem is None:
                yield account, region, mapping
            elif mapping.get("LastProcessingResult") != f"PROBLEM: {problem}":
                mapping["LastProcessingResult"] = f"PROBLEM: {problem}"
                logger.warning("%s does not read %s: %s", mapping["FunctionArn"], mapping["EventSourceArn"], problem)

    return iterate
