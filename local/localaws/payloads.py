"""Step Functions: what a payload may weigh, what a task that times out says, and events that EventBridge did not take.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
"""

import json
from typing import Any

from ministack.services import eventbridge, stepfunctions

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions
MAX_BYTES = 262_144
_TOO_LARGE = "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."


def install() -> None:
    eventbridge._put_events = _refusing_malformed(eventbridge._put_events)
    stepfunctions._invoke_events_put_events = put_events
    for prefix in list(stepfunctions._SERVICE_DISPATCH):
        if prefix.endswith(":events:putEvents"):
            stepfunctions._SERVICE_DISPATCH[prefix] = put_events
    stepfunctions._invoke_resource = _with_small_results(stepfunctions._invoke_resource)
    stepfunctions._invoke_resource_with_timeout = _without_cause(stepfunctions._invoke_resource_with_timeout)
    stepfunctions._apply_parameters = _with_small_parameters(stepfunctions._apply_parameters)
    for kind in ("pass", "choice", "wait", "task", "parallel", "map"):
        name = f"_execute_{kind}"
        setattr(stepfunctions, name, _with_small_outputs(getattr(stepfunctions, name)))


def size(payload: Any) -> int:
    return len(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())


def _check(payload: Any, what: str) -> None:
    if size(payload) > MAX_BYTES:
        raise stepfunctions._ExecutionError("States.DataLimitExceeded", _TOO_LARGE.format(what))


def _with_small_results(invoke_resource):
    """The failure of a task, which its state may catch."""

    def invoke(resource, given):
        result = invoke_resource(resource, given)
        # An integration is named by its service, a function by its ARN.
        _check(result, resource.split(":")[5] if resource.startswith("arn:aws:states:::") else resource)
        return result

    return invoke


def _with_small_parameters(apply_parameters):
    def apply(state, data, context=None):
        given = apply_parameters(state, data, context)
        if "Parameters" in state:
            _check(given, (context or {}).get("State", {}).get("Name", ""))
        return given

    return apply


def _with_small_outputs(execute):
    """The failure of the execution: a state cannot catch its own output."""

    def execute_state(*args):
        context = args[-1] if isinstance(args[-1], dict) else {}
        name = context.get("State", {}).get("Name", "")
        output, following = execute(*args)
        _check(output, name)
        return output, following

    return execute_state


def _without_cause(invoke_with_timeout):
    def invoke(resource, given, seconds):
        try:
            return invoke_with_timeout(resource, given, seconds)
        except stepfunctions._ExecutionError as error:
            if error.error == "States.Timeout" and error.cause == f"Task timed out after {seconds} seconds":
                raise stepfunctions._ExecutionError("States.Timeout", "") from None
            raise

    return invoke


def put_events(resource: str, given: dict) -> dict:
    """The task fails if EventBridge does not take all of its events."""
    entries = [entry | {"Detail": _text(entry.get("Detail"))} for entry in given.get("Entries", [])]
    status, _, body = eventbridge._put_events(given | {"Entries": entries})
    result = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(f"EventBridge.{result.get('__type', 'EventBridgeException')}", result.get("message", ""))
    if result["FailedEntryCount"]:
        shown = {"Entries": result["Entries"], "FailedEntryCount": result["FailedEntryCount"]}
        raise stepfunctions._ExecutionError("EventBridge.FailedEntry", json.dumps(shown, separators=(",", ":")))
    return result


def _text(detail: Any) -> Any:
    return json.dumps(detail, separators=(",", ":"), ensure_ascii=False) if isinstance(detail, dict) else detail


def _refusing_malformed(put):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html"""

    def put_events(data, allow_aws_source=False):
        entries = data.get("Entries", [])
        refused = [_refusal(entry) for entry in entries]
        if allow_aws_source or not any(refused):
            return put(data, allow_aws_source)
        good = [entry for entry, refusal in zip(entries, refused, strict=True) if refusal is None]
        answer = put(data | {"Entries": good}, allow_aws_source)
        if answer[0] != 200:
            return answer
        told = json.loads(answer[2])
        results = iter(told["Entries"])
        told["Entries"] = [refusal or next(results) for refusal in refused]
        told["FailedEntryCount"] += len(entries) - len(good)
        return answer[0], answer[1], json.dumps(told).encode()

    return put_events


def _refusal(entry: dict) -> dict | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return {
                "ErrorCode": "InvalidArgument",
                "ErrorMessage": f"Parameter {name} is not valid. Reason: {name} is a required argument.",
            }
    detail = entry["Detail"]
    try:
        parsed = json.loads(detail) if isinstance(detail, str) else detail
    except ValueError:
        parsed = None
    return None if isinstance(parsed, dict) else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
