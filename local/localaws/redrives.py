"""Step Functions' RedriveExecution: an execution that did not succeed goes on from the state that it had come to.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import contextvars
import json
import logging
import threading

from ministack import app as ministack_app
from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import stepfunctions

logger = logging.getLogger("localaws")

_ENDED_BADLY = ("FAILED", "ABORTED", "TIMED_OUT")


def install() -> None:
    ministack_app.SERVICE_HANDLERS["states"] = _with_redrive(ministack_app.SERVICE_HANDLERS["states"])
    stepfunctions._describe_execution = _showing_redrives(stepfunctions._describe_execution)


def _with_redrive(handle_request):
    async def handle(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return stepfunctions._finalize_response(redrive(json.loads(body)))
        return await handle_request(method, path, headers, body, query_params)

    return handle


def _showing_redrives(describe_execution):
    def describe(data):
        answer = describe_execution(data)
        if answer[0] != 200:
            return answer
        execution = stepfunctions._executions[data["executionArn"]]
        status = "REDRIVABLE" if execution["status"] in _ENDED_BADLY else "NOT_REDRIVABLE"
        shown = {"redriveCount": execution.get("redriveCount", 0), "redriveStatus": status}
        if "redriveDate" in execution:
            shown["redriveDate"] = execution["redriveDate"]
        return json_response(json.loads(answer[2]) | shown)

    return describe


def redrive(data: dict):
    """Lets an execution go on; its children, if it was in a distributed Map, this cannot."""
    arn = data.get("executionArn")
    execution = stepfunctions._executions.get(arn)
    if execution is None:
        return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
    if execution["status"] not in _ENDED_BADLY or "mapRunArn" in execution:
        return error_response_json("ExecutionNotRedrivable", f"Execution is {execution['status']} and cannot be redriven", 400)
    machine = stepfunctions._state_machines[execution["stateMachineArn"]]
    entered = [event for event in execution["events"] if event["type"].endswith("StateEntered")]
    state = entered[-1]["stateEnteredEventDetails"]
    definition = json.loads(machine["definition"])
    if definition["States"][state["name"]].get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return error_response_json("ExecutionNotRedrivable", "The local AWS does not redrive a distributed Map", 400)
    execution.update(status="RUNNING", stopDate=None, output=None, redriveDate=now_iso(), redriveCount=execution.get("redriveCount", 0) + 1)
    execution.pop("error", None)
    execution.pop("cause", None)
    stepfunctions._add_event(execution, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": execution["redriveCount"]}})
    stepfunctions._emit_execution_status_event(execution)
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_go_on, execution, definition, state), daemon=True).start()
    return json_response({"redriveDate": execution["redriveDate"]})


def _go_on(execution: dict, definition: dict, state: dict) -> None:
    machine = stepfunctions._state_machines[execution["stateMachineArn"]]
    ctx = {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RedriveCount": execution["redriveCount"],
            "RedriveTime": execution["redriveDate"],
        },
        "StateMachine": {"Id": machine["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    try:
        output = json.dumps(_walk(definition["States"], state["name"], json.loads(state["input"]), execution, ctx))
    except stepfunctions._ExecutionError as error:
        stepfunctions._fail_execution(execution, error.error, error.cause)
    except Exception as error:
        logger.exception("The redriven execution %s failed unexpectedly", execution["executionArn"])
        stepfunctions._fail_execution(execution, "States.Runtime", str(error))
    else:
        if execution["status"] == "RUNNING":
            execution.update(status="SUCCEEDED", output=output, stopDate=now_iso())
            stepfunctions._add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
            stepfunctions._emit_execution_status_event(execution)


def _walk(states: dict, name: str | None, given, execution: dict, ctx: dict):
    """The output of the states from `name` on, as MiniStack walks through them."""
    execute = {
        "Pass": lambda state, value: stepfunctions._execute_pass(state, value, ctx),
        "Choice": lambda state, value: stepfunctions._execute_choice(state, value, ctx),
        "Wait": lambda state, value: stepfunctions._execute_wait(state, value, ctx),
        "Task": lambda state, value: stepfunctions._execute_task(state, value, execution, ctx),
        "Parallel": lambda state, value: stepfunctions._execute_parallel(state, value, execution, ctx),
        "Map": lambda state, value: stepfunctions._execute_map(state, value, execution, ctx),
        "Succeed": lambda state, value: (stepfunctions._apply_output_path(state, value, ctx), None),
    }
    while name and execution["status"] == "RUNNING":
        state = states[name]
        kind = state["Type"]
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": json.dumps(given)}
        stepfunctions._add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
        if kind == "Fail":
            raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, given, ctx))
        given, following = execute[kind](state, given)
        exited = {"name": name, "output": json.dumps(given)}
        stepfunctions._add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": exited})
        name = following
    return given
