"""Step Functions' intrinsic functions where MiniStack answers otherwise than AWS has been recorded to.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import math
from typing import Any

from ministack.services import stepfunctions


def install() -> None:
    stepfunctions._exec_intrinsic = _as_recorded(stepfunctions._exec_intrinsic)


def _as_recorded(execute):
    def execute_function(node, data, context):
        _, name, arguments = node
        if name not in ("States.Format", "States.MathAdd", "States.StringToJson"):
            return execute(node, data, context)
        values = [stepfunctions._eval_intrinsic_arg(argument, data, context) for argument in arguments]
        match name, values:
            case "States.StringToJson", [str() as text] if not text.strip():
                return None
            case "States.MathAdd", [int() | float() as one, int() | float() as other]:
                return _rounded(one) + _rounded(other)
            case "States.Format", [str() as template, *rest]:
                values = [template, *map(_shown, rest)]
        return execute((node[0], name, [("str", value) for value in values]), data, context)

    return execute_function


def _rounded(number: float) -> int:
    """Halves go up."""
    return math.floor(number + 0.5)


def _shown(value: Any) -> str:
    """As Java shows a value."""
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{name}={_shown(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
