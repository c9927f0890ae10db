"""The history of executions: events of tasks have the types and fields that AWS gives them.

MiniStack tells of every task alike. Of what is within an inline Map or a Parallel it keeps nothing, and neither does this.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from ministack.core.responses import get_region
from ministack.services import stepfunctions

_INTEGRATION = "arn:aws:states:::"


def install() -> None:
    stepfunctions._add_event = _as_aws(stepfunctions._add_event)


def _as_aws(add_event):
    def add(execution, event_type, details=None):
        told = (details or {}).get(f"{event_type[:1].lower()}{event_type[1:]}EventDetails", {})
        if event_type not in ("TaskScheduled", "TaskSucceeded", "TaskFailed"):
            return add_event(execution, event_type, details)
        if told.get("error") == "States.Runtime":
            return None  # what follows the task has failed, not the task
        events = _of_function if told["resource"].startswith("arn:aws:lambda:") else _of_integration
        added = [add_event(execution, kind, fields) for kind, fields in events(event_type, told)]
        return added[-1]

    return add


def _of_function(event_type: str, told: dict) -> list[tuple[str, dict | None]]:
    match event_type:
        case "TaskScheduled":
            scheduled = {"lambdaFunctionScheduledEventDetails": {"resource": told["resource"]}}
            return [("LambdaFunctionScheduled", scheduled), ("LambdaFunctionStarted", None)]
        case "TaskSucceeded":
            return [("LambdaFunctionSucceeded", {"lambdaFunctionSucceededEventDetails": {"output": told["output"]}})]
    failed = {name: told[name] for name in ("error", "cause") if told.get(name)}
    if told["error"] == "States.Timeout":
        return [("LambdaFunctionTimedOut", {"lambdaFunctionTimedOutEventDetails": failed})]
    return [("LambdaFunctionFailed", {"lambdaFunctionFailedEventDetails": failed})]


def _of_integration(event_type: str, told: dict) -> list[tuple[str, dict | None]]:
    service, _, action = told["resource"].removeprefix(_INTEGRATION).rpartition(":")
    if told["resource"].endswith(".sync:2"):
        service, _, action = told["resource"].removeprefix(_INTEGRATION).removesuffix(":2").rpartition(":")
        action += ":2"
    what = {"resourceType": service, "resource": action}
    match event_type:
        case "TaskScheduled":
            scheduled = {"taskScheduledEventDetails": what | {"region": get_region(), "parameters": "{}"}}
            return [("TaskScheduled", scheduled), ("TaskStarted", {"taskStartedEventDetails": what})]
        case "TaskSucceeded":
            return [("TaskSucceeded", {"taskSucceededEventDetails": what | {"output": told["output"]}})]
    failed = what | {name: told[name] for name in ("error", "cause") if told.get(name)}
    if told["error"] == "States.Timeout":
        return [("TaskTimedOut", {"taskTimedOutEventDetails": failed})]
    return [("TaskFailed", {"taskFailedEventDetails": failed})]
