"""Elements of policies that MiniStack does not read: policy variables, and `NotPrincipal` in a resource's policy.

Without them a Deny that uses one denies nobody.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

import json
import re
from dataclasses import replace

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

# ${aws:PrincipalTag/team}, ${aws:username, 'nobody'}
_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
# Characters that stand for themselves.
_LITERALS = {"*": "*", "?": "?", "$": "$"}


def install() -> None:
    iam_evaluator._first_match = _with_variables(iam_evaluator._first_match)
    iam_evaluator.evaluate_resource_policy = _with_not_principal(iam_evaluator.evaluate_resource_policy)


class _Undefined(Exception):
    """A variable without a value: nothing matches it."""


def _with_variables(first_match):
    def matches(context: EvalContext, statements: list[ParsedStatement], effect: str) -> ParsedStatement | None:
        for statement in statements:
            if statement.effect != effect:
                continue
            try:
                resolved = _resolved(statement, context)
            except _Undefined:
                continue
            if first_match(context, [resolved], effect):
                return statement
        return None

    return matches


def _resolved(statement: ParsedStatement, context: EvalContext) -> ParsedStatement:
    if "${" not in f"{statement.resources}{statement.not_resources}{statement.conditions}":
        return statement
    return replace(
        statement,
        resources=_texts(statement.resources, context),
        not_resources=_texts(statement.not_resources, context),
        conditions={
            operator: {key: _texts(values if isinstance(values, list) else [values], context) for key, values in keys.items()}
            for operator, keys in statement.conditions.items()
        },
    )


def _texts(texts: list, context: EvalContext) -> list:
    def value(match: re.Match) -> str:
        key, default = match.groups()
        if key in _LITERALS:
            return _LITERALS[key]
        found = iam_evaluator._resolve_condition_key(key, context)
        if isinstance(found, list) or (found is None and default is None):
            raise _Undefined
        return str(default if found is None else found)

    return [_VARIABLE.sub(value, text) if isinstance(text, str) else text for text in texts]


def _with_not_principal(evaluate):
    """A statement with NotPrincipal is about everybody else."""

    def evaluate_resource_policy(doc, ctx, *rest, **named):
        document = json.loads(doc) if isinstance(doc, str) and "NotPrincipal" in doc else doc
        if isinstance(document, dict) and "NotPrincipal" in json.dumps(document):
            statements = document.get("Statement", [])
            statements = [statements] if isinstance(statements, dict) else statements
            document = document | {"Statement": [_about_others(statement, ctx.principal_arn) for statement in statements]}
        return evaluate(document, ctx, *rest, **named)

    return evaluate_resource_policy


def _about_others(statement: dict, caller: str) -> dict:
    if "NotPrincipal" not in statement:
        return statement
    others = {key: value for key, value in statement.items() if key != "NotPrincipal"}
    return others | {"Principal": {} if iam_evaluator._principal_matches(statement["NotPrincipal"], caller) else "*"}
