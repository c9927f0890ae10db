"""Rules of IAM that MiniStack leaves out.

`aws:PrincipalArn` of a role's session, tags of roles, `iam:PassRole`, whom a role trusts, boundaries and policies as condition keys, the
role that CloudFormation gets.
"""

import json
import re

from ministack import app as ministack_app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_actions import access_denied_response, extract_iam_action
from ministack.core.responses import get_account_id, request_scope
from ministack.core.router import detect_service, extract_access_key_id, extract_region
from ministack.services import iam

_SESSION_ARN = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")

# Calls that hand a role to a service: the action, where the request names the role, and the service that gets it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
_PASSED_ROLES: dict[str, tuple[tuple[str, ...], str]] = {
    "cloudformation:CreateStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:UpdateStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:DeleteStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:CreateChangeSet": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:ContinueUpdateRollback": (("RoleARN",), "cloudformation.amazonaws.com"),
    "cloudformation:RollbackStack": (("RoleARN",), "cloudformation.amazonaws.com"),
    "codebuild:StartBuild": (("serviceRoleOverride",), "codebuild.amazonaws.com"),
    "codebuild:CreateProject": (("serviceRole",), "codebuild.amazonaws.com"),
    "codebuild:UpdateProject": (("serviceRole",), "codebuild.amazonaws.com"),
    "codepipeline:CreatePipeline": (("pipeline", "roleArn"), "codepipeline.amazonaws.com"),
    "codepipeline:UpdatePipeline": (("pipeline", "roleArn"), "codepipeline.amazonaws.com"),
    "states:CreateStateMachine": (("roleArn",), "states.amazonaws.com"),
    "states:UpdateStateMachine": (("roleArn",), "states.amazonaws.com"),
    "lambda:CreateFunction": (("Role",), "lambda.amazonaws.com"),
    "lambda:UpdateFunctionConfiguration": (("Role",), "lambda.amazonaws.com"),
    "events:PutRule": (("RoleArn",), "events.amazonaws.com"),
    "events:PutTargets": (("Targets", "RoleArn"), "events.amazonaws.com"),
}


def install() -> None:
    resolve = _with_principal_arn_of_role(iam_evaluator._resolve_condition_key)
    resolve = _with_tags_of_role(resolve)
    iam_evaluator._resolve_condition_key = _with_secure_transport(resolve)
    iam_actions.request_tag_context = _with_keys_of_cloudformation(_with_keys_of_iam(iam_actions.request_tag_context))
    iam_evaluator._trust_principal_matches = _trusting_no_root_for_a_service(iam_evaluator._trust_principal_matches)
    ministack_app._dispatch_service_request = _with_pass_role(ministack_app._dispatch_service_request)


def _with_principal_arn_of_role(resolve):
    """`aws:PrincipalArn` of a session is the ARN of its role, path included, not that of the session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """

    def resolve_condition_key(key, context):
        if key.lower() == "aws:principalarn" and (session := _SESSION_ARN.fullmatch(context.principal_arn)):
            partition, account, name = session.groups()
            role = iam._roles.get_scoped(account, None, name) or {}
            return role.get("Arn", f"arn:{partition}:iam::{account}:role/{name}")
        return resolve(key, context)

    return resolve_condition_key


def _with_tags_of_role(resolve):
    """`iam:ResourceTag` and `aws:ResourceTag` of a role that is assumed, passed or worked on, in whatever account it is.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """

    def resolve_condition_key(key, context):
        prefix, _, tag = key.partition("/")
        if prefix.lower() in ("iam:resourcetag", "aws:resourcetag") and (role := _role(context.resource_arn)):
            return next((t["Value"] for t in role.get("Tags") or [] if t["Key"].lower() == tag.lower()), None)
        return resolve(key, context)

    return resolve_condition_key


# Calls that give a user or role a boundary, and those on one that may have a boundary.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_SETS_BOUNDARY = {f"iam:{call}" for of in ("Role", "User") for call in (f"Create{of}", f"Put{of}PermissionsBoundary")}
_KNOWS_BOUNDARY = {
    f"iam:{call}"
    for of in ("Role", "User")
    for call in (f"Attach{of}Policy", f"Detach{of}Policy", f"Put{of}Policy", f"Delete{of}Policy", f"Delete{of}PermissionsBoundary")
}


def _with_keys_of_iam(context_of):
    """`iam:PermissionsBoundary` and `iam:PolicyARN` of IAM's own calls."""

    def request_tag_context(service, action, body, parameters):
        context = context_of(service, action, body, parameters)
        if service != "iam":
            return context

        def given(name: str) -> str | None:
            value = parameters.get(name)
            return (value[0] if isinstance(value, list) else value) or None

        if action in _SETS_BOUNDARY:
            context = context | {"iam:PermissionsBoundary": given("PermissionsBoundary")}
        elif action in _KNOWS_BOUNDARY:
            found = iam._roles.get(given("RoleName") or "") or iam._users.get(given("UserName") or "") or {}
            context = context | {"iam:PermissionsBoundary": found.get("PermissionsBoundary")}
        if given("PolicyArn"):
            context = context | {"iam:PolicyARN": given("PolicyArn")}
        return context

    return request_tag_context


def _with_keys_of_cloudformation(context_of):
    """`cloudformation:RoleArn`: the role that a request hands over.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """

    def request_tag_context(service, action, body, parameters):
        context = context_of(service, action, body, parameters)
        given = parameters.get("RoleARN") if service == "cloudformation" else None
        return context | {"cloudformation:RoleArn": given[0] if isinstance(given, list) else given} if given else context

    return request_tag_context


def _trusting_no_root_for_a_service(matches):
    """A role that trusts a service does not trust the roots of accounts, as which MiniStack lets services work."""

    def trust_principal_matches(principal, caller_arn, federated):
        if isinstance(principal, dict) and not federated:
            principal = {kind: named for kind, named in principal.items() if kind != "Service"}
        return matches(principal, caller_arn, federated)

    return trust_principal_matches


def _with_secure_transport(resolve):
    """`aws:SecureTransport` is true: on this machine's own interface there is no TLS, and nobody who listens.

    Otherwise every bucket whose policy refuses plain HTTP, the CDK bootstrap's among them, would refuse everybody.
    """

    def resolve_condition_key(key, context):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    return resolve_condition_key


def _with_pass_role(dispatch):
    """Asks for iam:PassRole on a role that a request hands to a service, before the request is served."""

    async def dispatch_service_request(method, path, headers, body, query_params, request_id):
        parameters = ministack_app._routing_params(method, path, headers, body, query_params)
        service = detect_service(method, path, headers, parameters)
        action = extract_iam_action(service, method, path, headers, body, parameters)
        for role, receiver in _passed_roles(action, body, parameters):
            denied = iam_evaluator.enforce(
                extract_access_key_id(headers, query_params),
                "iam:PassRole",
                "iam",
                extract_region(headers),
                resource_arn=role,
                service_context={"iam:PassedToService": receiver},
            )
            if isinstance(denied, iam_evaluator.AuthError):
                # The signature is checked once: nobody would look at it again.
                return ministack_app._credential_failure(service, action, request_id, denied, headers)
            if denied:
                return access_denied_response(
                    service,
                    "iam:PassRole",
                    denied.principal_arn,
                    request_id,
                    headers=headers,
                    resource_arn=role,
                    explicit_deny=denied.decision == "Deny",
                )
        return await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


def _passed_roles(action: str | None, body: bytes, parameters: dict) -> list[tuple[str, str]]:
    """The roles that a request hands over, and to which service."""
    if action not in _PASSED_ROLES:
        return []
    members, receiver = _PASSED_ROLES[action]
    if body[:1] == b"{":
        values = [json.loads(body)]
        for member in members:
            found = [value.get(member) for value in values if isinstance(value, dict)]
            values = [item for value in found for item in (value if isinstance(value, list) else [value])]
    else:
        values = parameters.get(members[-1]) or []
    roles = dict.fromkeys(value for value in values if isinstance(value, str) and value)
    return [(role if role.startswith("arn:") else f"arn:aws:iam::{get_account_id()}:role/{role}", receiver) for role in roles]


def _role(arn: str) -> dict | None:
    """The role of this ARN, as MiniStack keeps it."""
    parts = arn.split(":")
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return None
    return iam._roles.get_scoped(parts[4], None, arn.rpartition("/")[2])


def trusts_service(role_arn: str, service: str) -> bool:
    """Whether a role exists and its trust policy lets the service assume it."""
    role = _role(role_arn)
    if role is None:
        return False
    document = role.get("AssumeRolePolicyDocument", {})
    statements = (json.loads(document) if isinstance(document, str) else document).get("Statement", [])
    return any(
        s.get("Effect") == "Allow" and iam_evaluator._service_principal_matches(s.get("Principal"), service)
        for s in (statements if isinstance(statements, list) else [statements])
    )


def role_allows(role_arn: str, action: str, resource: str, region: str, **condition_keys: str) -> bool:
    """Whether a role's policies and boundary allow an action: for what a service does with a role that it was given.

    Condition keys of the service are given by their names with `_` for `:`.
    """
    parts = role_arn.split(":")
    if len(parts) != 6:
        return False
    account, name = parts[4], role_arn.rpartition("/")[2]
    with request_scope(account, region):
        policies = iam_evaluator._gather_role_policies(name, account)
        limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
        session = f"arn:{parts[1]}:sts::{account}:assumed-role/{name}/service"
        keys = {name.replace("_", ":"): value for name, value in condition_keys.items()}
        context = iam_evaluator.EvalContext(session, "AssumedRole", account, action, resource, region, service_context=keys)
        return iam_evaluator.evaluate(context, policies, *limits).decision == "Allow"
