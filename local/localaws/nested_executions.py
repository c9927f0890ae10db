"""Step Functions tasks that start an execution and, with `.sync`, wait for its end.

MiniStack runs those on the spot, in the waiting thread: under no name that a start elsewhere shares, without a timeout, as nobody.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

import json
import threading

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions

_changed = threading.Condition()

_SHOWN = ("executionArn", "input", "inputDetails", "name", "startDate", "stateMachineArn", "status", "stopDate")


def install() -> None:
    stepfunctions._emit_execution_status_event = _waking(stepfunctions._emit_execution_status_event)


def wake() -> None:
    """Lets those who wait for an execution look at it again."""
    with _changed:
        _changed.notify_all()


def _waking(emit):
    def emit_execution_status_event(execution):
        wake()
        emit(execution)

    return emit_execution_status_event


def needed(resource: str, request: dict) -> list[tuple[str, str]]:
    """What the role of the starting execution must allow.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies
    """
    machine = request.get("StateMachineArn", "")
    actions = [("states:StartExecution", machine)]
    if ".sync" in resource:
        rule = f"arn:aws:events:{get_region()}:{get_account_id()}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
        actions.append(("states:DescribeExecution", _execution_arn(machine, request.get("Name", "*"))))
        actions += [(f"events:{name}", rule) for name in ("PutTargets", "PutRule", "DescribeRule")]
    return actions


def run(resource: str, request: dict, parent: dict, may_stop) -> dict:
    """Starts an execution; with `.sync` waits for its end and answers what has come of it.

    If the `parent` ends meanwhile the execution is stopped, should `may_stop` of its ARN allow it.
    """
    given = request.get("Input", {})
    # Without spaces, as Step Functions writes it: by its text it is known for the input of an execution of that name.
    written = given if isinstance(given, str) else json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    start = {"stateMachineArn": request["StateMachineArn"], "input": written}
    if name := request.get("Name"):
        start["name"] = name
    status, _, body = stepfunctions._start_execution(start)
    answer = json.loads(body)
    if status != 200:
        raise stepfunctions._ExecutionError(f"StepFunctions.{answer['__type'].rpartition('#')[2]}Exception", answer.get("message", ""))
    if ".sync" not in resource:
        return {"ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"]}
    execution = stepfunctions._executions[answer["executionArn"]]
    with _changed:
        # The time of the end is set last.
        _changed.wait_for(lambda: execution["stopDate"] or parent["status"] != "RUNNING")
    if not execution["stopDate"]:
        if may_stop(execution["executionArn"]):
            stepfunctions._stop_execution({"executionArn": execution["executionArn"]})
        raise stepfunctions._ExecutionError("States.TaskFailed", "The execution that waited was stopped")
    result = {name[0].upper() + name[1:]: execution[name] for name in _SHOWN}
    if execution["status"] != "SUCCEEDED":
        failure = {name.capitalize(): execution[name] for name in ("error", "cause") if execution.get(name)}
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(result | failure))
    version_two = resource.endswith(".sync:2")
    return result | {
        "Output": json.loads(execution["output"]) if version_two else execution["output"],
        "OutputDetails": execution["outputDetails"],
    }


def _execution_arn(machine_arn: str, name: str) -> str:
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
