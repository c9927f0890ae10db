"""Step Functions rules that MiniStack leaves out: the timeout of a whole execution, repeated starts, and what the role may do."""

import contextvars
import json
import re

from ministack import app as ministack_app
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso
from ministack.services import lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

from . import map_runs, nested_executions, payloads
from .identity import role_allows

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
MAX_NAME = 80
_FORBIDDEN_IN_NAME = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')

# The execution whose task is running in this context, and its role.
_execution: contextvars.ContextVar[dict | None] = contextvars.ContextVar("execution", default=None)
_role: contextvars.ContextVar[str | None] = contextvars.ContextVar("role", default=None)


def install() -> None:
    stepfunctions._start_execution = _starting_as_documented(stepfunctions._start_execution)
    stepfunctions._fail_execution = _only_while_running(stepfunctions._fail_execution)
    stepfunctions._execute_task = _as_its_execution(stepfunctions._execute_task)
    stepfunctions._invoke_resource = _asking_iam(stepfunctions._invoke_resource)
    stepfunctions._create_state_machine = _with_tracing(stepfunctions._create_state_machine)
    stepfunctions._update_state_machine = _with_tracing(stepfunctions._update_state_machine)
    machines = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    machines["create"] = _made_as_declared(machines["create"], 1)
    machines["update"] = _made_as_declared(machines["update"], 2)


def _starting_as_documented(start_execution):
    """Checks name and input, answers a repeated start of a running execution as the first time, and watches the timeout."""

    def start(data):
        name, given = data.get("name"), data.get("input", "{}")
        if name is not None and (not 1 <= len(name) <= MAX_NAME or _FORBIDDEN_IN_NAME.search(name)):
            return error_response_json("InvalidName", f"Invalid Name: '{name}'")
        try:
            json.loads(given)
        except ValueError:
            return error_response_json("InvalidExecutionInput", "Invalid State Machine Execution Input: it is not valid JSON")
        if len(given.encode()) > payloads.MAX_BYTES:
            constraint = f"Member must have length less than or equal to {payloads.MAX_BYTES}"
            return error_response_json("ValidationException", f"Value at 'input' failed to satisfy constraint: {constraint}")
        arn = stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "").partition("#")[0])
        if arn is None:
            return error_response_json("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{data.get('stateMachineArn', '')}'")
        if name:
            machine = stepfunctions._state_machines[arn]["name"]
            known = stepfunctions._executions.get(f"arn:aws:states:{get_region()}:{get_account_id()}:execution:{machine}:{name}")
            if known and known["status"] == "RUNNING" and known["input"] == given:
                return json_response({"executionArn": known["executionArn"], "startDate": known["startDate"]})
        answer = start_execution(data)
        if answer[0] == 200:
            _watch_timeout(json.loads(answer[2])["executionArn"], arn)
        return answer

    return start


def _with_tracing(change):
    """Keeps whether a state machine is traced."""

    def change_state_machine(data):
        answer = change(data)
        if answer[0] == 200 and "tracingConfiguration" in data:
            arn = data.get("stateMachineArn") or json.loads(answer[2])["stateMachineArn"]
            stepfunctions._state_machines[arn]["tracingConfiguration"] = data["tracingConfiguration"]
        return answer

    return change_state_machine


def _made_as_declared(make, properties_at: int):
    """Keeps logging and tracing of a template's state machine, in the API's spelling."""

    def make_state_machine(*args, **named):
        made = make(*args, **named)
        for name in ("LoggingConfiguration", "TracingConfiguration"):
            if name in args[properties_at]:
                stepfunctions._state_machines[made[0]][_uncapitalized(name)] = _in_api_spelling(args[properties_at][name])
        return made

    return make_state_machine


def _uncapitalized(name: str) -> str:
    return name[:1].lower() + name[1:]


def _in_api_spelling(value):
    """A value of a template with the names of its members as the API spells them."""
    match value:
        case dict():
            return {_uncapitalized(name): _in_api_spelling(member) for name, member in value.items()}
        case list():
            return [_in_api_spelling(member) for member in value]
        case _:
            return value


def _watch_timeout(execution_arn: str, machine_arn: str) -> None:
    seconds = json.loads(stepfunctions._state_machines[machine_arn]["definition"]).get("TimeoutSeconds")
    if seconds is None:
        return
    loop = ministack_app._MAIN_LOOP
    loop.call_soon_threadsafe(loop.call_later, seconds, contextvars.copy_context().run, _time_out, execution_arn)


def _time_out(execution_arn: str) -> None:
    execution = stepfunctions._executions.get(execution_arn)
    if execution is None or execution["status"] != "RUNNING":
        return
    execution["status"], execution["stopDate"] = "TIMED_OUT", now_iso()
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)
    map_runs.stop_map_runs_of(execution_arn)


def _only_while_running(fail_execution):
    """A task that fails after its execution was stopped or has timed out changes nothing any more."""

    def fail(execution, error, cause):
        if execution["status"] == "RUNNING":
            fail_execution(execution, error, cause)

    return fail


def _as_its_execution(execute_task):
    """Runs a task with the role of its execution, and not at all once that has been stopped."""

    def execute(state_def, raw_input, execution, ctx):
        if execution["status"] != "RUNNING":
            raise stepfunctions._ExecutionError("States.Runtime", "The execution was stopped")
        # The children of a distributed Map run on {machine}/{label}.
        machine = stepfunctions._state_machines.get(ctx.get("StateMachine", {}).get("Id", "").partition("/")[0])
        tokens = _execution.set(execution), _role.set(machine["roleArn"] if machine else None)
        try:
            return execute_task(state_def, raw_input, execution, ctx)
        finally:
            _execution.reset(tokens[0])
            _role.reset(tokens[1])

    return execute


_SERVICES_IN_ERRORS = {"lambda": "Lambda.AWSLambda", "dynamodb": "DynamoDB.AccessDenied", "events": "EventBridge.AccessDenied"}


def _asking_iam(invoke_resource):
    """The execution's role must allow what a task does: calls of Lambda, DynamoDB, EventBridge and Step Functions are checked."""

    def invoke(resource, input_data):
        role = _role.get()
        nested = resource.startswith("arn:aws:states:::states:startExecution")
        needed = nested_executions.needed(resource, input_data) if nested else _needed(resource, input_data)
        for action, on in needed if role else ():
            if not role_allows(role, action, on, get_region()):
                session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
                error = "StepFunctions.AWSStepFunctions" if nested else _SERVICES_IN_ERRORS[action.partition(":")[0]]
                raise stepfunctions._ExecutionError(
                    f"{error}Exception", f"User: {session} is not authorized to perform: {action} on resource: {on}"
                )
        if nested:
            return nested_executions.run(resource, input_data, _execution.get(), lambda arn: _may_stop(role, arn))
        return invoke_resource(resource, input_data)

    return invoke


def _may_stop(role: str | None, execution_arn: str) -> bool:
    return role is None or role_allows(role, "states:StopExecution", execution_arn, get_region())


def _needed(resource: str, request: dict) -> list[tuple[str, str]]:
    """The actions of a task and what they act on."""
    where = f"{get_region()}:{get_account_id()}"
    if "states:::lambda:invoke" in resource or ":function:" in resource:
        reference = request.get("FunctionName", "") if ":::" in resource else resource
        _, config, _ = lambda_svc._get_func_record_for_ref(reference)
        return [("lambda:InvokeFunction", config["FunctionArn"])] if config else []
    if found := re.search(r"states:::(?:aws-sdk:)?dynamodb:(\w)(\w+)", resource):
        return [(f"dynamodb:{found[1].upper()}{found[2]}", f"arn:aws:dynamodb:{where}:table/{request.get('TableName')}")]
    if "states:::events:putEvents" in resource or "states:::aws-sdk:eventbridge:putEvents" in resource:
        buses = {entry.get("EventBusName", "default") for entry in request.get("Entries", [])}
        return [("events:PutEvents", bus if bus.startswith("arn:") else f"arn:aws:events:{where}:event-bus/{bus}") for bus in buses]
    return []
