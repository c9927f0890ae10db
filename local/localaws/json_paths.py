"""Step Functions' paths: one that finds nothing ends the execution with States.Runtime, which no Retry and no Catch matches.

MiniStack goes on with null. The words are those of AWS, as far as they are recorded or documented.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import contextvars
import functools
import json
from typing import Any

from ministack.services import stepfunctions

# The context object of the state that is being executed.
_context: contextvars.ContextVar[dict | None] = contextvars.ContextVar("context", default=None)


def install() -> None:
    stepfunctions._resolve_path = resolve
    stepfunctions._resolve_ctx_path = lambda path, context: _or_fail(path, path, {}, context)
    stepfunctions._resolve_params_obj = fill
    stepfunctions._apply_result_selector = _select
    stepfunctions._apply_result_path_raw = _applied(stepfunctions._apply_result_path_raw)
    stepfunctions._eval_intrinsic_arg = _argument(stepfunctions._eval_intrinsic_arg)
    stepfunctions._evaluate_intrinsic = _evaluated(stepfunctions._evaluate_intrinsic)
    stepfunctions._error_matches = _leaving_runtime_alone(stepfunctions._error_matches)
    stepfunctions._fail_state_error = _with_error_paths(stepfunctions._fail_state_error)
    stepfunctions._apply_input_path = in_its_state(stepfunctions._apply_input_path)
    stepfunctions._apply_output_path = in_its_state(stepfunctions._apply_output_path)
    for kind in ("pass", "choice", "wait", "task", "parallel", "map"):
        name = f"_execute_{kind}"
        setattr(stepfunctions, name, in_its_state(getattr(stepfunctions, name)))


class RuntimeFailure(stepfunctions._ExecutionError):
    """States.Runtime; says in which state, as soon as that is known."""

    def __init__(self, cause: str, placed: bool = False):
        super().__init__("States.Runtime", cause)
        self.placed = placed

    def at(self, context: dict | None) -> "RuntimeFailure":
        if self.placed or not context or "State" not in context:
            return self
        name = context["State"]["Name"]
        execution = stepfunctions._executions.get(context.get("Execution", {}).get("Id")) or {}
        entered = [
            event["id"]
            for event in execution.get("events", [])
            if event["type"].endswith("StateEntered") and event["stateEnteredEventDetails"]["name"] == name
        ]
        number = entered[-1] if entered else len(execution.get("events", []))
        return RuntimeFailure(
            f"An error occurred while executing the state '{name}' (entered at the event id #{number}). {self.cause}", True
        )


class NotFound(Exception):
    """A path that finds nothing."""


def find(path: str, data: Any, context: dict | None = None) -> Any:
    """What a path selects of the data, or with `$$` of the context object; all values, if it may select several."""
    root = context if path.startswith("$$") else data
    inner = path[1:] if path.startswith("$$") else path
    if not path.startswith("$"):
        return data
    tokens = stepfunctions._parse_jsonpath_tokens(inner) if inner != "$" else []
    if tokens is None:
        raise RuntimeFailure(f"The local AWS does not understand the path '{path}'")
    values, several, walked = [root], False, "$"
    for number, (kind, wanted) in enumerate(tokens, 1):
        found = [value for each in values for value in _members(each, kind, wanted)]
        several = several or kind == "wildcard"
        walked += {"field": f"['{wanted}']", "index": f"[{wanted}]", "wildcard": "[*]"}[kind]
        if not found and not several:
            raise NotFound(f"{'No results for path:' if number == len(tokens) else 'Missing property in path'} {walked}")
        values = found
    return values if several else values[0]


def _members(value: Any, kind: str, wanted: Any) -> list:
    match kind, value:
        case "field", dict() if wanted in value:
            return [value[wanted]]
        case "index", list() if wanted < len(value):
            return [value[wanted]]
        case "wildcard", dict():
            return list(value.values())
        case "wildcard", list():
            return value
    return []


def resolve(path: str, data: Any) -> Any:
    """As `InputPath`, `ItemsPath` and the like: the path must find something."""
    return _or_fail(path or "$", path, data, None)


def _or_fail(path: str, shown: str, data: Any, context: dict | None) -> Any:
    try:
        return find(path, data, context)
    except NotFound as reason:
        raise RuntimeFailure(f"Invalid path '{shown}' : {reason}") from None


def fill(template: Any, data: Any, context: dict | None = None) -> Any:
    """A template, as of `Parameters`, with what its paths and intrinsic functions say."""
    if isinstance(template, list):
        return [fill(each, data, context) for each in template]
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if not name.endswith(".$"):
            filled[name] = fill(value, data, context)
        elif not isinstance(value, str):
            filled[name[:-2]] = value
        elif value.startswith("States."):
            filled[name[:-2]] = stepfunctions._evaluate_intrinsic(value, data, context)
        else:
            filled[name[:-2]] = _of_field(value, name, data, context)
    return filled


def _of_field(path: str, field: str, data: Any, context: dict | None) -> Any:
    try:
        return find(path, data, context)
    except NotFound:
        cause = f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{_written(data)}'"
        raise RuntimeFailure(cause) from None


def _select(state: dict, result: Any) -> Any:
    selector = state.get("ResultSelector")
    return fill(selector, result, _context.get()) if selector else result


def _applied(apply):
    def apply_result_path(path, original, result):
        if path not in (None, "$") and not isinstance(original, dict):
            cause = f"Unable to apply ReferencePath {path} to input {_written(original)}"
            raise stepfunctions._ExecutionError("States.ResultPathMatchFailure", cause)
        return apply(path, original, result)

    return apply_result_path


def _argument(evaluate):
    def argument(node, data, context):
        if node[0] != "path":
            return evaluate(node, data, context)
        try:
            return find(node[1], data, context)
        except NotFound:
            raise ValueError(
                f"The JsonPath argument for the field '{node[1]}' could not be found in the input '{_written(data)}'"
            ) from None

    return argument


def _evaluated(evaluate):
    def evaluate_intrinsic(expression, data, context):
        try:
            return evaluate(expression, data, context)
        except stepfunctions._ExecutionError:
            raise
        except Exception as reason:
            raise RuntimeFailure(f"The function '{expression}' had the following error: {reason}") from None

    return evaluate_intrinsic


def _leaving_runtime_alone(matches):
    """Not even a retrier or catcher that names it: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

    def error_matches(error_equals, error):
        return error != "States.Runtime" and matches(error_equals, error)

    return error_matches


def _with_error_paths(error_of):
    def fail_state_error(state, given, context=None):
        for field in ("ErrorPath", "CausePath"):
            if (path := state.get(field, "")).startswith("$"):
                try:
                    _of_field(path, field, given, context)
                except RuntimeFailure as failure:
                    raise failure.at(context) from None
        error, cause = error_of(state, given, context)
        return error if {"Error", "ErrorPath"} & state.keys() else "", cause  # a failure may have no name

    return fail_state_error


def in_its_state(execute):
    """Runs a state's code, so that a failure says in which state it was. The context object is the last argument."""

    @functools.wraps(execute)
    def execute_state(*args):
        context = args[-1] if isinstance(args[-1], dict) and {"Execution", "StateMachine"} <= args[-1].keys() else None
        state = dict(context) if context else None  # a Map and a Parallel share theirs with what they run
        if context:
            _complete(context)
        token = _context.set(context)
        try:
            return execute(*args)
        except RuntimeFailure as failure:
            raise failure.at(state) from None
        finally:
            _context.reset(token)

    return execute_state


def _complete(context: dict) -> None:
    """What the context object of an execution also has: a path to it must find it."""
    machine = stepfunctions._state_machines.get(context.get("StateMachine", {}).get("Id", "").partition("/")[0]) or {}
    context["Execution"].setdefault("RoleArn", machine.get("roleArn"))
    context["Execution"].setdefault("RedriveCount", 0)


def _written(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
