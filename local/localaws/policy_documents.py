"""Policies that AWS refuses to take: MalformedPolicyDocument of IAM, MalformedPolicy of S3, and the same in templates.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, s3
from ministack.services.cloudformation import provisioners

_SYNTAX = "Syntax errors in policy."
_ELEMENTS = {"Action", "Condition", "Effect", "NotAction", "NotPrincipal", "NotResource", "Principal", "Resource", "Sid"}
_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_STRINGS = ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
_NUMBERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_OPERATORS = {
    *(f"String{name}" for name in _STRINGS),
    *(f"{kind}{name}" for kind in ("Numeric", "Date") for name in _NUMBERS),
    *(f"Arn{name}" for name in ("Equals", "NotEquals", "Like", "NotLike")),
    *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
}
_TRUST_ACTIONS = re.compile(r"sts:[A-Za-z*?]+|\*")
_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.+")


def install() -> None:
    iam_evaluator.validate_policy_document = problem_of_permissions
    iam._trust_policy_not_principal_error = _of_trust(iam._trust_policy_not_principal_error)
    s3._put_bucket_policy = _of_bucket(s3._put_bucket_policy)
    for kind, problem in (
        ("AWS::IAM::ManagedPolicy", lambda properties: problem_of_permissions(properties.get("PolicyDocument"))),
        ("AWS::IAM::Role", _problem_of_role),
        ("AWS::S3::BucketPolicy", lambda properties: problem_of_bucket(properties.get("PolicyDocument"), properties.get("Bucket", ""))),
    ):
        made = provisioners._RESOURCE_HANDLERS[kind]
        made["create"] = _refusing(made["create"], problem, 1)
        made["update"] = _refusing(made["update"], problem, 2)


def _refusing(make, problem, properties_at: int):
    def make_resource(*args, **named):
        if wrong := problem(args[properties_at]):
            raise ValueError(f"{wrong} (Status Code: 400; Error Code: MalformedPolicyDocument)")
        return make(*args, **named)

    return make_resource


def _problem_of_role(properties: dict) -> str | None:
    documents = [policy.get("PolicyDocument") for policy in properties.get("Policies") or [] if isinstance(policy, dict)]
    return next(filter(None, map(problem_of_permissions, documents)), None)


def problem_of_permissions(document: Any) -> str | None:
    """Why IAM does not take a policy of an identity."""
    return _first(_permissions(document))


def problem_of_trust(document: Any) -> str | None:
    """Why IAM does not take a trust policy."""
    return _first(_trust(document))


def problem_of_bucket(document: Any, bucket: str) -> str | None:
    """Why S3 does not take a bucket's policy."""
    return _first(_bucket(document, bucket))


def _first(problems: Iterator[str]) -> str | None:
    return next(problems, None)


def _of_trust(not_principal_error):
    return lambda document: not_principal_error(document) or problem_of_trust(document)


def _of_bucket(put):
    def put_bucket_policy(name, body):
        if name in s3._buckets and (problem := problem_of_bucket(body.decode(errors="replace"), name)):
            return s3._error("MalformedPolicy", problem, 400)
        return put(name, body)

    return put_bucket_policy


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def _read(document: Any) -> dict | None:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return None
    return document if isinstance(document, dict) else None


def _statements(document: Any) -> Iterator[str | dict]:
    """The statements of a policy, or what is wrong with what they all share."""
    policy = _read(document)
    if policy is None or policy.keys() - {"Version", "Id", "Statement"} or not policy.get("Statement"):
        yield _SYNTAX
        return
    if str(policy.get("Version", "2008-10-17")) not in ("2008-10-17", "2012-10-17"):
        yield _SYNTAX
    statements = _listed(policy["Statement"])
    ids = [statement["Sid"] for statement in statements if isinstance(statement, dict) and statement.get("Sid")]
    if len(ids) > len(set(ids)):
        yield "Statement IDs (SID) in a single policy must be unique."
    for statement in statements:
        if not isinstance(statement, dict) or statement.keys() - _ELEMENTS or statement.get("Effect") not in ("Allow", "Deny"):
            yield _SYNTAX
        elif ("Action" in statement) == ("NotAction" in statement):
            yield "Policy statement must contain actions." if "Action" not in statement else _SYNTAX
        elif not _listed(statement.get("Action", statement.get("NotAction"))):
            yield "Policy statement must contain actions."
        else:
            yield from _conditions(statement.get("Condition") or {})
            yield statement


def _conditions(conditions: Any) -> Iterator[str]:
    if not isinstance(conditions, dict):
        yield _SYNTAX
        return
    for operator, keys in conditions.items():
        name = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
        if (name.removesuffix("IfExists") not in _OPERATORS and name not in _OPERATORS) or not isinstance(keys, dict):
            yield _SYNTAX
        elif not all(":" in key for key in keys):
            yield _VENDOR


def _actions(statement: dict) -> Iterator[str]:
    for action in _listed(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(action, str) or (action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action)):
            yield _VENDOR


def _permissions(document: Any) -> Iterator[str]:
    for statement in _statements(document):
        if isinstance(statement, str):
            yield statement
            continue
        if "Principal" in statement or "NotPrincipal" in statement:
            yield "Policy document should not specify a principal."
        if not re.fullmatch("[0-9A-Za-z]*", statement.get("Sid") or ""):
            what = "Check that your input satisfies the regular expression [0-9A-Za-z]*"
            yield f"Statement IDs (SID) must be alpha-numeric. {what}"
        yield from _actions(statement)
        resources = _listed(statement.get("Resource", statement.get("NotResource", [])))
        if not resources or ("Resource" in statement and "NotResource" in statement):
            yield "Policy statement must contain resources."
        for resource in resources:
            if not isinstance(resource, str) or (resource != "*" and not _ARN.fullmatch(resource) and not re.match(r"arn:.*\*", resource)):
                yield f'Resource {resource} must be in ARN format or "*".'


def _trust(document: Any) -> Iterator[str]:
    for statement in _statements(document):
        if isinstance(statement, str):
            yield "This policy contains invalid Json" if _read(document) is None else statement
            continue
        for element in ("Resource", "NotResource"):
            if element in statement:
                yield f"Has prohibited field {element}"
        if "Principal" not in statement:
            yield "Missing required field Principal"
        elif not all(isinstance(action, str) and _TRUST_ACTIONS.fullmatch(action) for action in _listed(statement.get("Action", "*"))):
            yield "AssumeRole policy may only specify STS AssumeRole actions."
        else:
            yield from _principals(statement["Principal"])


def _bucket(document: Any, bucket: str) -> Iterator[str]:
    for statement in _statements(document):
        if isinstance(statement, str):
            yield "Policies must be valid JSON and the first byte must be '{'" if _read(document) is None else statement
            continue
        if "Principal" not in statement and "NotPrincipal" not in statement:
            yield "Missing required field Principal"
            return
        if not all(action == "*" or str(action).startswith("s3") for action in _listed(statement.get("Action", "*"))):
            yield "Policy has invalid action"
        resources = _listed(statement.get("Resource", statement.get("NotResource", [])))
        if not resources:
            yield "Missing required field Resource"
        for resource in resources:
            if str(resource).partition("/")[0].rpartition(":")[2].partition("*")[0] not in (bucket, "") or not str(resource).startswith(
                ("arn:", "*")
            ):
                yield "Policy has invalid resource"
        yield from _principals(statement.get("Principal", statement.get("NotPrincipal")))


def _principals(principal: Any) -> Iterator[str]:
    """Services by their domain; users and roles must be there."""
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or principal.keys() - {"AWS", "CanonicalUser", "Federated", "Service"}:
        yield _SYNTAX
        return
    for service in _listed(principal.get("Service", [])):
        if not re.fullmatch(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)", str(service)):
            yield f'Invalid principal in policy: "SERVICE":"{service}"'
    for named in _listed(principal.get("AWS", [])):
        if not _is_there(str(named)):
            yield f'Invalid principal in policy: "AWS":"{named}"'


def _is_there(named: str) -> bool:
    if named == "*" or re.fullmatch(r"\d{12}|arn:[a-z-]+:iam::\d{12}:root|AROA\w+|AIDA\w+|arn:[a-z-]+:sts::\d{12}:.+", named):
        return True
    found = re.fullmatch(r"arn:[a-z-]+:iam::(\d{12}):(role|user)/(?:.*/)?([^/]+)", named)
    if found is None:
        # Origin access identities of CloudFront are users of that service.
        return ":iam::cloudfront:user/" in named
    account, kind, name = found.groups()
    return (iam._roles if kind == "role" else iam._users).get_scoped(account, None, name) is not None
