"""Step Functions' Choice rules: a variable that is not there ends the execution, unless IsPresent asks for it; types must agree.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

import operator
import re
from datetime import datetime
from typing import Any

from ministack.services import stepfunctions

from . import json_paths

_COMPARISONS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_OPERATOR = re.compile(r"(String|Numeric|Boolean|Timestamp)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_NOT_OPERATORS = {"Variable", "Next", "Comment", "Assign", "Output"}


def install() -> None:
    stepfunctions._evaluate_rule = evaluate


def evaluate(rule: dict, data: Any, context: dict | None = None) -> bool:
    """Whether a rule holds; what a part of it guards is only looked at after that part."""
    if "And" in rule:
        return all(evaluate(each, data, context) for each in rule["And"])
    if "Or" in rule:
        return any(evaluate(each, data, context) for each in rule["Or"])
    if "Not" in rule:
        return not evaluate(rule["Not"], data, context)
    [(name, wanted)] = [(name, value) for name, value in rule.items() if name not in _NOT_OPERATORS]
    if name == "IsPresent":
        return _is_present(rule["Variable"], data, context) == wanted
    value = _value(rule["Variable"], data, context)
    if name in _TYPES:
        return _TYPES[name](value) == wanted
    if name == "StringMatches":
        return isinstance(value, str) and _pattern(wanted).fullmatch(value) is not None
    kind, comparison, by_path = _OPERATOR.fullmatch(name).groups()
    if by_path:
        wanted = _value(wanted, data, context)
    is_one = _TYPES[f"Is{kind}"]
    if not is_one(value) or not is_one(wanted):
        return False
    if kind == "Timestamp":
        value, wanted = _moment(value), _moment(wanted)
    return _COMPARISONS[comparison](value, wanted)


def _is_present(path: str, data: Any, context: dict | None) -> bool:
    try:
        json_paths.find(path, data, context)
    except json_paths.NotFound:
        return False
    return True


def _value(path: str, data: Any, context: dict | None) -> Any:
    try:
        return json_paths.find(path, data, context)
    except json_paths.NotFound:
        raise json_paths.RuntimeFailure(f"Invalid path '{path}': The choice state's condition path references an invalid value.") from None


def is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and _TIMESTAMP.fullmatch(value) is not None and _moment(value) is not None


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


_TYPES = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": is_timestamp,
}


def _pattern(wanted: str) -> re.Pattern:
    """`*` stands for anything, and a backslash takes its meaning from it."""
    parts = re.findall(r"\\(.)|(\*)|([^\\*])", wanted, re.DOTALL)
    return re.compile("".join(".*" if star else re.escape(escaped or plain) for escaped, star, plain in parts), re.DOTALL)
