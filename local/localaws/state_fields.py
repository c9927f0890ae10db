"""Step Functions: fields of states that are given by a path, and what they may be.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html
"""

import json
from typing import Any

from ministack.services import stepfunctions

from . import choices
from .json_paths import RuntimeFailure

MAX_TIMEOUT = 99_999_999


def install() -> None:
    stepfunctions._execute_task = _with_timeout_paths(stepfunctions._execute_task)
    stepfunctions._execute_wait = _with_checked_paths(stepfunctions._execute_wait)
    stepfunctions._run_map_items = _with_items_and_concurrency(stepfunctions._run_map_items)


def whole_number(state: dict, name: str, given: Any, context: dict) -> int | None:
    """A field that is a whole number, as it is or by its path; none if the state has neither."""
    value, path = _field(state, name, given, context)
    if path and (isinstance(value, bool) or not isinstance(value, int)):
        raise RuntimeFailure(f'The {name}Path field refers to value "{_shown(value)}" which is not a valid integer: {path}')
    return None if value is None else int(value)


def number(state: dict, name: str, given: Any, context: dict) -> float | None:
    """The same with fractions."""
    value, path = _field(state, name, given, context)
    if path and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise RuntimeFailure(f'The {name}Path field refers to value "{_shown(value)}" which is not a valid float: {path}')
    return None if value is None else float(value)


def _field(state: dict, name: str, given: Any, context: dict) -> tuple[Any, str | None]:
    path = state.get(f"{name}Path")
    return (stepfunctions._resolve_path_or_ctx(path, given, context), path) if path else (state.get(name), None)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _is_jsonpath(state: dict, context: dict) -> bool:
    return stepfunctions._state_query_language(state, context) == "JSONPath"


def _with_timeout_paths(execute_task):
    def execute(state, raw_input, execution, context):
        if "TimeoutSecondsPath" in state or "HeartbeatSecondsPath" in state:
            given = stepfunctions._apply_input_path(state, raw_input, context)
            for name in ("TimeoutSeconds", "HeartbeatSeconds"):
                seconds = whole_number(state, name, given, context)
                if seconds is not None and not 0 < seconds <= MAX_TIMEOUT:
                    raise RuntimeFailure(f"{name} must be a positive integer not greater than {MAX_TIMEOUT} but was: {seconds}")
                state = state | ({} if seconds is None else {name: seconds})
        return execute_task(state, raw_input, execution, context)

    return execute


def _with_checked_paths(execute_wait):
    def execute(state, raw_input, context=None):
        given = stepfunctions._apply_input_path(state, raw_input, context) if _is_jsonpath(state, context) else None
        if path := state.get("SecondsPath"):
            seconds = stepfunctions._resolve_path_or_ctx(path, given, context)
            if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= MAX_TIMEOUT:
                raise RuntimeFailure(f"The SecondsPath parameter does not reference a positive integer value: {path} == {_shown(seconds)}")
        if path := state.get("TimestampPath"):
            moment = stepfunctions._resolve_path_or_ctx(path, given, context)
            if not choices.is_timestamp(moment):
                what = "a valid ISO-8601 extended offset date-time format string"
                raise RuntimeFailure(f"The TimestampPath parameter does not reference {what}: {path} == {_shown(moment)}")
        return execute_wait(state, raw_input, context)

    return execute


def _with_items_and_concurrency(run_map_items):
    """What is mapped over must be an array; with an ItemReader it comes from there alone."""

    def run(state, raw_input, execution, context):
        if "ItemReader" in state:
            state = {name: value for name, value in state.items() if name != "ItemsPath"}
        elif _is_jsonpath(state, context):
            given, path = stepfunctions._apply_input_path(state, raw_input, context), state.get("ItemsPath", "$")
            if not isinstance(stepfunctions._resolve_path_or_ctx(path, given, context), list):
                raise RuntimeFailure(f'Reference path "{path}" must point to array.')
            processor = state.get("ItemProcessor") or state.get("Iterator") or {}
            if "MaxConcurrencyPath" in state and (processor.get("ProcessorConfig") or {}).get("Mode") != "DISTRIBUTED":
                state = state | {"MaxConcurrency": concurrency(state, given, context)}
        return run_map_items(state, raw_input, execution, context)

    return run


def concurrency(state: dict, given: Any, context: dict) -> int:
    """How many items at a time; 0 for as many as can be."""
    most = whole_number(state, "MaxConcurrency", given, context) or 0
    if most < 0:
        raise RuntimeFailure("MaxConcurrency cannot be negative.")
    return most


def tolerated(state: dict, given: Any, context: dict) -> tuple[int, float]:
    """How many failed items, and which percentage of them, a distributed Map takes."""
    count = whole_number(state, "ToleratedFailureCount", given, context) or 0
    if count < 0:
        raise RuntimeFailure("ToleratedFailureCount cannot be negative.")
    percentage = number(state, "ToleratedFailurePercentage", given, context) or 0.0
    if not 0 <= percentage <= 100:
        raise RuntimeFailure("ToleratedFailurePercentage must be between 0 and 100.")
    return count, percentage
