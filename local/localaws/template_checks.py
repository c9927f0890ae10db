"""CloudFormation refuses a template that cannot be right: names of nothing, unknown sections and properties, parameters that do not fit.

The words are CloudFormation's, as far as they are known.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, stacks

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
}
_ATTRIBUTES = {
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}
_POLICIES = {
    "DeletionPolicy": {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"},
    "UpdateReplacePolicy": {"Delete", "Retain", "Snapshot"},
}
_PSEUDO = {
    f"AWS::{name}" for name in ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
}
_FUNCTIONS = {
    f"Fn::{name}"
    for name in (
        *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "GetStackOutput", "If", "ImportValue", "Join", "Length"),
        *("Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
    )
}
_PARAMETER_TYPE = re.compile(r"String|Number|List<Number>|CommaDelimitedList|(List<)?AWS::[A-Za-z0-9:]+(<[A-Za-z0-9:<>]+>)?>?")
_SCHEMAS = json.loads((Path(__file__).parent / "resource_schemas.json").read_text())


def install() -> None:
    for module in (handlers, changesets):
        module.validate_template_support = _checking(module.validate_template_support)
        module._resolve_parameters = _knowing_parameters(module._resolve_parameters)
    stacks._validation_errors = _with_schemas(stacks._validation_errors)
    stacks._resolve_stack_outputs = _with_own_exports(stacks._resolve_stack_outputs)


def _knowing_parameters(resolve_parameters):
    """Parameters that the template lacks, and those without a value."""

    def resolve(template, provided, previous=None):
        declared = template.get("Parameters") or {}
        given = {parameter["Key"] for parameter in provided if "Key" in parameter}
        if unknown := sorted(given - declared.keys()):
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        if missing := [name for name, parameter in declared.items() if name not in given and "Default" not in parameter]:
            raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
        if isinstance(template.get("Resources"), dict):
            # Before MiniStack evaluates them.
            _Names(template, {}).check_conditions()
        return resolve_parameters(template, provided, previous)

    return resolve


def _checking(validate):
    def validate_template_support(template, conditions, params=None):
        if not isinstance(template, engine._TransformFailed):
            check(template, conditions)
            if params is not None:  # all but ValidateTemplate know what macros make
                _check_macros(template)
        validate(template, conditions, params=params)

    return validate_template_support


def _check_macros(template: dict) -> None:
    """What is left of the transforms nobody has."""
    left = template.get("Transform") or []
    for transform in left if isinstance(left, list) else [left]:
        name = transform.get("Name", "") if isinstance(transform, dict) else transform
        if not name.startswith("AWS::"):
            raise ValueError(f"No transform named {name} found.")


def check(template: dict, conditions: dict[str, bool]) -> None:
    """Raises what is wrong with a template whose macros have done their work."""
    if unknown := sorted(template.keys() - _SECTIONS):
        raise ValueError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(template.get("AWSTemplateFormatVersion", "2010-09-09")) != "2010-09-09":
        raise ValueError("Template format error: Unsupported value for AWSTemplateFormatVersion.")
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValueError("Template format error: At least one Resources member must be defined.")
    if template.get("Transform"):  # a macro may still make anything of it
        return
    for section, what in (("Parameters", "Parameter"), ("Resources", "Resource"), ("Outputs", "Output")):
        for name in template.get(section) or {}:
            if not re.fullmatch("[A-Za-z0-9]+", name):
                raise ValueError(f"Template format error: {what} name {name} is non alphanumeric.")
    _check_parameters(template)
    for name, resource in resources.items():
        _check_attributes(name, resource)
    _Names(template, conditions).check()
    _check_outputs(template.get("Outputs") or {})
    try:
        engine._topological_sort(resources, conditions)
    except ValueError as circle:
        among = str(circle).rpartition(": ")[2]
        raise ValueError(f"Circular dependency between resources: [{among}]") from None


def _check_parameters(template: dict) -> None:
    for name, parameter in (template.get("Parameters") or {}).items():
        kind = parameter.get("Type")
        if kind is None:
            raise ValueError(f"Template format error: Every Parameters object must contain a Type member: {name}")
        if not _PARAMETER_TYPE.fullmatch(kind):
            raise ValueError(f"Template format error: Unrecognized parameter type: {kind}")
        if name in template["Resources"]:
            raise ValueError(f"Template format error: The name {name} is used for a parameter and a resource.")


def _check_attributes(name: str, resource: Any) -> None:
    kind = resource.get("Type") if isinstance(resource, dict) else None
    if not kind:
        raise ValueError(f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member.")
    for attribute in resource:
        if attribute not in _ATTRIBUTES:
            raise ValueError(f"Invalid template resource property '{attribute}'")
    for attribute, values in _POLICIES.items():
        given = resource.get(attribute)
        if isinstance(given, str) and given not in values:
            raise ValueError(f"Template format error: Unrecognized {attribute} {given} for resource {name}")


def _check_outputs(outputs: dict) -> None:
    exports = []
    for name, output in outputs.items():
        if not isinstance(output, dict) or "Value" not in output:
            raise ValueError(f"Template format error: [/Outputs/{name}] Every Outputs member must contain a Value object")
        export = (output.get("Export") or {}).get("Name")
        if export is not None and export in exports:
            raise ValueError(f"Template format error: More than one output is exported as {json.dumps(export)}")
        exports.append(export)


class _Names:
    """All that a template's functions name, against what it has."""

    def __init__(self, template: dict, conditions: dict[str, bool]):
        self.template, self.holds = template, conditions
        self.parameters = set(template.get("Parameters") or {})
        self.resources = template["Resources"]
        self.conditions = set(template.get("Conditions") or {})
        # Of resources whose condition does not hold there is nothing to name.
        self.made = {name for name, resource in self.resources.items() if self._is_active(resource)}

    def _is_active(self, thing: dict) -> bool:
        return self.holds.get(thing.get("Condition"), True)

    def check_conditions(self) -> None:
        for condition in (self.template.get("Conditions") or {}).values():
            self._check_condition(condition)

    def check(self) -> None:
        for name, resource in self.resources.items():
            self._check_condition_name(resource, f"resource {name}")
            wanted = resource.get("DependsOn") or []
            for dependency in [wanted] if isinstance(wanted, str) else wanted:
                if dependency not in self.resources:
                    raise ValueError(_unresolved([dependency], "Resources"))
                if dependency == name:
                    raise ValueError(f"Circular dependency between resources: [{name}]")
            self._check_block(resource.get("Properties"), "Resources", self._is_active(resource))
        for name, output in (self.template.get("Outputs") or {}).items():
            self._check_condition_name(output, f"output {name}")
            self._check_block({"Value": output.get("Value"), "Export": output.get("Export")}, "Outputs", self._is_active(output))

    def _check_condition_name(self, thing: dict, what: str) -> None:
        condition = thing.get("Condition") if isinstance(thing, dict) else None
        if condition is not None and condition not in self.conditions:
            raise ValueError(f"Template format error: Unresolved condition dependency {condition} of the {what}")

    def _check_condition(self, condition: Any) -> None:
        for function, named in self._functions(condition, follow_all=True):
            if function == "Condition" and named not in self.conditions:
                raise ValueError(f"Template format error: Unresolved condition dependency {named} in the Conditions block of the template")
            if function in ("Ref", "Fn::GetAtt") and named not in self.parameters | _PSEUDO:
                where = "Cannot reference resources in the Conditions block of the template"
                raise ValueError(f"Template format error: Unresolved dependencies [{named}]. {where}")

    def _check_block(self, block: Any, where: str, active: bool) -> None:
        for function, named in self._functions(block, follow_all=not active):
            if function == "Fn::If":
                if named not in self.conditions:
                    raise ValueError(f"Template error: unresolved condition dependency {named} in Fn::If")
                continue
            if function == "Condition":
                continue
            if function == "Fn::GetAtt" and named not in self.resources:
                raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {named}")
            there = self.made if active else self.resources.keys()
            if named not in there and (function == "Fn::GetAtt" or named not in self.parameters | _PSEUDO):
                raise ValueError(_unresolved([named], where))

    def _functions(self, node: Any, follow_all: bool) -> Iterator[tuple[str, str]]:
        """The functions that name something, with what they name: of an `Fn::If` the branch that is taken, or both."""
        if isinstance(node, list):
            for item in node:
                yield from self._functions(item, follow_all)
        if not isinstance(node, dict):
            return
        if len(node) == 1:
            [(function, given)] = node.items()
            if function.startswith("Fn::") and function not in _FUNCTIONS and not function.startswith("Fn::ForEach"):
                supported = ", ".join(sorted(_FUNCTIONS))
                raise ValueError(f"Template error: Encountered unsupported function: {function} Supported functions are: [{supported}]")
            match function, given:
                case (("Ref" | "Condition"), str()):
                    yield function, given
                    return
                case "Fn::GetAtt", str():
                    yield function, given.partition(".")[0]
                    return
                case "Fn::GetAtt", [str() as name, *rest]:
                    yield function, name
                    yield from self._functions(rest, follow_all)
                    return
                case "Fn::Sub", _:
                    yield from self._substituted(given, follow_all)
                    return
                case "Fn::If", [str() as name, then, otherwise]:
                    yield function, name
                    if follow_all or name not in self.holds:
                        yield from self._functions([then, otherwise], follow_all)
                    else:
                        yield from self._functions(then if self.holds[name] else otherwise, follow_all)
                    return
        for item in node.values():
            yield from self._functions(item, follow_all)

    def _substituted(self, given: Any, follow_all: bool) -> Iterator[tuple[str, str]]:
        text, own = given if isinstance(given, list) else (given, {})
        for name in re.findall(r"\$\{\s*([^!}][^}]*?)\s*\}", text):
            if not re.fullmatch(r"[A-Za-z0-9_.:]+", name):
                what = "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons"
                raise ValueError(f"Template error: {what}")
            if name not in own:
                resource, dot, _ = name.partition(".")
                yield ("Fn::GetAtt" if dot else "Ref"), resource
        yield from self._functions(list(own.values()), follow_all)


def _unresolved(names: list[str], block: str) -> str:
    return f"Template format error: Unresolved resource dependencies [{', '.join(names)}] in the {block} block of the template"


def _with_schemas(validation_errors):
    """Unknown and missing properties of the types that we know, before anything is made."""

    def errors(resources, ordered, params, conditions, *rest):
        found = validation_errors(resources, ordered, params, conditions, *rest)
        for name in ordered:
            resource = resources[name]
            kind = resource.get("Type", "")
            if kind in _SCHEMAS and conditions.get(resource.get("Condition"), True):
                for path, reason in _misfits(resource.get("Properties") or {}, _SCHEMAS[kind], conditions, "#"):
                    place = f"/Resources/{name}/Properties{path[1:]}"
                    found.append((name, kind, "PROPERTY_VALIDATION", place, f"{path}: {reason}"))
        return found

    return errors


_ABSENT = object()


def _misfits(value: Any, schema: dict | None, conditions: dict, path: str) -> Iterator[tuple[str, str]]:
    value = _chosen(value, conditions)
    if schema is None:
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _misfits(item, schema, conditions, f"{path}/{number}")
    if not isinstance(value, dict) or _is_function(value):
        return
    given = {name: member for name, member in value.items() if _chosen(member, conditions) is not _ABSENT}
    for name in schema.get("required", []):
        if name not in given:
            yield path, f"required key [{name}] not found"
    for name, member in given.items():
        if name in schema["properties"]:
            yield from _misfits(member, schema["properties"][name], conditions, f"{path}/{name}")
        else:
            yield path, f"extraneous key [{name}] is not permitted"


def _is_function(value: dict) -> bool:
    return len(value) == 1 and (next(iter(value)) in ("Ref", "Condition") or next(iter(value)).startswith("Fn::"))


def _chosen(value: Any, conditions: dict) -> Any:
    """What an `Fn::If` comes to."""
    while isinstance(value, dict) and len(value) == 1 and isinstance(value.get("Fn::If"), list):
        name, then, otherwise = value["Fn::If"]
        value = then if conditions.get(name) else otherwise
    return _ABSENT if value == {"Ref": "AWS::NoValue"} else value


def _with_own_exports(resolve_outputs):
    """An account exports a name once in a region."""

    def resolve(outputs, conditions, resources, params, mappings, stack_name, stack_id):
        resolved, exports = resolve_outputs(outputs, conditions, resources, params, mappings, stack_name, stack_id)
        for name in exports:
            known = cloudformation._exports.get(name)
            if known and known["StackId"] != stack_id:
                other = known["StackId"].split("/")[1]
                raise ValueError(f"Export with name {name} is already exported by stack {other}. Rolling back.")
        names = [output["ExportName"] for output in resolved if "ExportName" in output]
        if len(names) > len(set(names)):
            raise ValueError("Export names must be unique within a stack.")
        return resolved, exports

    return resolve
