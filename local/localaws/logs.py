"""CloudWatch Logs: functions and workflows write there with their roles, and documents of the embedded metric format become metrics."""

import json
import logging
import time
import zlib
from datetime import UTC, datetime

from ministack.core import iam_actions
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc, stepfunctions

from .identity import role_allows

logger = logging.getLogger("localaws")

# What each log level of a state machine takes. https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
_ENDINGS = ("Failed", "Aborted", "TimedOut")
# Calls that IAM asks about a stream, not about its group.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
_ABOUT_STREAMS = ("DeleteLogStream", "GetLogEvents", "PutLogEvents")
# How many streams the executions of a state machine share in a day.
_STREAMS = 256


def install() -> None:
    lambda_svc._emit_lambda_logs = _if_allowed(lambda_svc._emit_lambda_logs)
    cloudwatch_logs._append_log_events = _with_metrics(cloudwatch_logs._append_log_events)
    stepfunctions._add_event = _logged(stepfunctions._add_event)
    iam_actions.extract_resource_arn = _with_streams(iam_actions.extract_resource_arn)


def _with_streams(extract):
    def extract_resource_arn(service, method, path, headers, body, *rest):
        arn = extract(service, method, path, headers, body, *rest)
        if service == "logs" and headers.get("x-amz-target", "").endswith(tuple(f".{name}" for name in _ABOUT_STREAMS)):
            stream = json.loads(body or b"{}").get("logStreamName")
            return f"{arn}:log-stream:{stream}" if isinstance(stream, str) and arn != "*" else arn
        return arn

    return extract_resource_arn


def _if_allowed(emit_lambda_logs):
    """A function's log needs its role's permission."""

    def emit(func, *args, **named):
        config = func.get("config") or func
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        _, _, _, region, account, *_ = config["FunctionArn"].split(":")
        stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
        for action in ("CreateLogStream", "PutLogEvents"):
            if not role_allows(config["Role"], f"logs:{action}", stream, region):
                logger.warning("The log of %s is lost: its role may not logs:%s in %s", config["FunctionArn"], action, group)
                return
        emit_lambda_logs(func, *args, **named)

    return emit


def _with_metrics(append_log_events):
    """Takes the metrics out of log events.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def append(stream, events):
        append_log_events(stream, events)
        for event in events:
            if '"CloudWatchMetrics"' in event["message"]:
                try:
                    _record_metrics(json.loads(event["message"]))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    logger.warning("A log event is no document of the embedded metric format (%r): %s", error, event["message"])

    return append


def _record_metrics(document: dict) -> None:
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive["Metrics"]:
                value = document[metric["Name"]]
                for single in value if isinstance(value, list) else [value]:
                    cloudwatch.record_metric(directive["Namespace"], metric["Name"], float(single), metric.get("Unit", "None"), dimensions)


def _logged(add_event):
    """Writes the events of an execution to the log group of its state machine.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """

    def add(execution, event_type, details=None):
        event = add_event(execution, event_type, details)
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"].partition("/")[0]) or {}
        configuration = machine.get("loggingConfiguration") or {}
        level = configuration.get("level", "OFF")
        # MiniStack adds an execution's first event, its start, by itself.
        for taken in execution["events"][:2] if event["id"] == 2 else [event]:
            if level == "ALL" or (level in ("ERROR", "FATAL") and taken["type"].endswith(_ENDINGS)):
                for destination in configuration.get("destinations", []):
                    _write(
                        destination["cloudWatchLogsLogGroup"]["logGroupArn"], execution, taken, configuration.get("includeExecutionData")
                    )
        return event

    return add


def _write(group_arn: str, execution: dict, event: dict, with_data: bool) -> None:
    _, _, _, region, account, _, name, *_ = group_arn.split(":")
    details = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    if not with_data:
        details = {key: value for key, value in details.items() if key not in ("input", "output", "cause")}
    now = int(time.time() * 1000)
    line = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "event_timestamp": str(now),
        "execution_arn": execution["executionArn"],
    }
    with request_scope(account, region):
        group = cloudwatch_logs._log_groups.get(name)
        if group is None:
            logger.warning("The log group %s of %s does not exist", name, execution["stateMachineArn"])
            return
        # Many streams, as on AWS: a line that comes late costs MiniStack a merge of its whole stream.
        shard = zlib.crc32(execution["executionArn"].encode()) % _STREAMS
        stream = f"states/{execution['stateMachineArn'].split(':')[6]}/{datetime.now(UTC):%Y-%m-%d}/{shard:08x}"
        empty = {"events": [], "uploadSequenceToken": "1", "creationTime": now, "lastIngestionTime": None}
        record = group["streams"].setdefault(stream, empty | {"firstEventTimestamp": None, "lastEventTimestamp": None})
        written = [{"timestamp": now, "message": json.dumps(line), "ingestionTime": now}]
        cloudwatch_logs._append_log_events(record, written)
        cloudwatch_logs._fanout_to_subscription_filters(name, stream, written)
