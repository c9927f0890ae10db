"""CloudFormation: conditions that join a list, and change sets of resources that depend on a condition.

MiniStack takes `Fn::Join` in a condition for an object, which equals no text. The CDK's bootstrap asks so whether a list is empty:
`{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "TrustedAccounts"}]}]}`. And it finds no change where a parameter alone is changed that makes
or takes away a resource: `aws cloudformation deploy` then does nothing.
"""

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

_MODULES = (changesets, engine, handlers, stacks)


def install() -> None:
    evaluate = engine._evaluate_conditions

    def evaluate_conditions(template: dict, parameters: dict) -> dict:
        return evaluate(template | {"Conditions": _joined(template.get("Conditions", {}), parameters)}, parameters)

    for module in _MODULES:
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = evaluate_conditions
    changesets._resolve_props_for_diff = _without_what_is_not_made(changesets._resolve_props_for_diff)


def _without_what_is_not_made(resolve):
    def resolve_props_for_diff(template, parameters, stack_name, stack_id):
        resolved = resolve(template, parameters, stack_name, stack_id)
        conditions = engine._evaluate_conditions(template, parameters) if template else {}
        made = {
            name: resource for name, resource in resolved.get("Resources", {}).items() if conditions.get(resource.get("Condition"), True)
        }
        return resolved | {"Resources": made}

    return resolve_props_for_diff


def _joined(value: Any, parameters: dict) -> Any:
    if isinstance(value, list):
        return [_joined(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::Join"}:
        separator, items = value["Fn::Join"]
        values = [item for part in (items if isinstance(items, list) else [items]) for item in _values(part, parameters)]
        return separator.join(values)
    return {key: _joined(item, parameters) for key, item in value.items()}


def _values(part: Any, parameters: dict) -> list[str]:
    """What a text or the reference to a parameter stands for; the items of a list."""
    if not isinstance(part, dict):
        return [str(part)]
    parameter = parameters.get(part.get("Ref")) or {}
    text = str(parameter.get("Value", ""))
    is_list = "List" in str(parameter.get("Type", ""))
    return [item.strip() for item in text.split(",")] if is_list else [text]
