"""CloudFormation asks IAM before it touches a resource: as its service role, or without one as whoever called.

MiniStack makes resources without asking. A denied call fails the resource in AWS's words, and the stack rolls back.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

import contextvars
from collections.abc import Callable
from dataclasses import dataclass

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import detect_service, extract_access_key_id
from ministack.services import iam, sts, tagging
from ministack.services.cloudformation import changesets, handlers, helpers, provisioners, stacks

from .resource_calls import Call, Change, calls

_OPERATIONS = (
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "ExecuteChangeSet",
    "ContinueUpdateRollback",
    "RollbackStack",
    "CancelUpdateStack",
)


@dataclass(frozen=True)
class Limit:
    """What narrows a principal's own policies, and how AWS calls it."""

    name: str
    policies: list


@dataclass(frozen=True)
class Performer:
    """Who a stack's resources are made as. Policies are read anew for each call: a stack may change those of its own role."""

    principal: Callable[[], tuple[PrincipalInfo, list[Limit]] | None]
    keys: dict

    def denial(self, call: Call) -> str | None:
        """Why IAM denies a call, in AWS's words; nothing if it is allowed."""
        found = self.principal()
        if found is None:
            return "The security token included in the request is invalid."
        principal, limits = found
        if principal.policies is None:
            return None
        context = _context(principal, call, self.keys)
        layers = [limit.policies for limit in limits]
        result = iam_evaluator.evaluate(context, principal.policies, *layers)
        service = call.action.partition(":")[0]
        policy = (call.policy, principal.account) if call.policy else iam_evaluator._resource_policy(service, call.resource)
        if policy:
            required = service in iam_evaluator._POLICY_REQUIRED
            result = iam_evaluator.combine_resource_policy(result, context, *policy, required=required, limits=tuple(layers))
        if result.decision == "Allow":
            return None
        reason = _reason(result.decision, context, principal.policies, limits, by_resource=bool(policy))
        return f"User: {principal.arn} is not authorized to perform: {call.action} on resource: {call.resource} {reason}"


def _context(principal: PrincipalInfo, call: Call, keys: dict) -> EvalContext:
    given = {key.lower(): value for key, value in (call.keys | keys).items()}
    given.setdefault("aws:tagkeys", None)
    if iam_evaluator._names_condition_key(principal.policies, "aws:resourcetag/"):
        for name, value in (tagging.resource_tags(call.resource) or {}).items():
            given.setdefault(f"aws:resourcetag/{name}".lower(), value)
    return EvalContext(
        principal.arn,
        principal.type,
        principal.account,
        call.action,
        call.resource,
        get_region(),
        service_context=given,
        principal_keys=principal.keys,
    )


def _reason(decision: str, context: EvalContext, policies: list, limits: list[Limit], *, by_resource: bool) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    layers = [Limit("identity-based policy", policies), *limits]
    wanted = "Deny" if decision == "Deny" else None
    for layer in layers:
        alone = iam_evaluator.evaluate(context, layer.policies).decision
        if alone == "Deny" and wanted:
            return f"with an explicit deny in {_article(layer.name)} {layer.name}"
        if alone != "Allow" and not wanted:
            return f"because no {layer.name} allows the {context.action} action"
    if wanted:
        return "with an explicit deny in a resource-based policy"
    return f"because no {'resource-based' if by_resource else 'identity-based'} policy allows the {context.action} action"


def _article(name: str) -> str:
    return "an" if name[0] == "i" else "a"


# --- who


# The access key of the request that is being served, and who makes the resources of the operation that it began.
_access_key: contextvars.ContextVar[str] = contextvars.ContextVar("access_key", default="")
_performer: contextvars.ContextVar[Performer | None] = contextvars.ContextVar("performer", default=None)


def _role_performer(role_arn: str) -> Performer:
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]

    def principal() -> tuple[PrincipalInfo, list[Limit]]:
        session = f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation"
        policies = iam_evaluator._gather_role_policies(name, account)
        bounds = iam_evaluator._permissions_boundary(iam._roles, name, account)
        return PrincipalInfo(session, "AssumedRole", account, policies), [Limit("permissions boundary", bound) for bound in bounds]

    return Performer(principal, {})


def _caller_performer(access_key: str) -> Performer:
    """CloudFormation goes on with a session of the caller's: with all that narrows the caller."""

    def principal() -> tuple[PrincipalInfo, list[Limit]] | None:
        found = iam_evaluator.resolve_principal(access_key, get_account_id())
        if isinstance(found, AuthError):
            return None
        narrowed = (sts._sessions.get(access_key) or {}).get("SessionPolicies") is not None
        names = ["session policy"] * narrowed
        names = ["permissions boundary"] * (len(found.limits) - len(names)) + names
        return found, [Limit(name, limit) for name, limit in zip(names, found.limits, strict=True)]

    # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    return Performer(principal, {"aws:CalledVia": ["cloudformation.amazonaws.com"], "aws:ViaAWSService": "true"})


def _knowing_the_caller(dispatch):
    async def dispatch_service_request(method, path, headers, body, query_params, request_id):
        parameters = ministack_app._routing_params(method, path, headers, body, query_params)
        if detect_service(method, path, headers, parameters) == "cloudformation":
            _access_key.set(extract_access_key_id(headers, query_params))
        return await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


def _performed(operation):
    """The work of a stack goes on in a task of its own, which takes this context over."""

    def handle(params):
        role = helpers._p(params, "RoleARN") or _role_of_stack(params)
        token = _performer.set(_role_performer(role) if role else _caller_performer(_access_key.get()))
        try:
            return operation(params)
        finally:
            _performer.reset(token)

    return handle


def _role_of_stack(params: dict) -> str | None:
    """The role that an earlier operation gave the stack."""
    name = helpers._p(params, "StackName")
    if not name and (change_set := changesets._find_change_set(helpers._p(params, "ChangeSetName"))[1]):
        name = change_set["StackName"]
    return (handlers._resolve_stack(name) or {}).get("_role_arn")


# --- asking


def _ask(resource_type: str, change: Change) -> None:
    performer = _performer.get()
    if performer is None:
        return
    for call in calls(resource_type, change):
        if denial := performer.denial(call):
            service = call.action.partition(":")[0].capitalize()
            raise ValueError(
                f'Resource handler returned message: "{denial} (Service: {service}, Status Code: 403)" (HandlerErrorCode: AccessDenied)'
            )


def _creating(provision):
    def provision_resource(resource_type, logical_id, properties, stack_name):
        _ask(resource_type, Change("create", get_account_id(), get_region(), stack_name, logical_id, "", {}, properties))
        return provision(resource_type, logical_id, properties, stack_name)

    return provision_resource


def _updating(update):
    def update_resource(resource_type, physical_id, old, new, stack_name, logical_id=None, old_attributes=None):
        where = (get_account_id(), get_region(), stack_name, logical_id or physical_id)
        if provisioners._replacing_change(resource_type, old, new):
            _ask(resource_type, Change("create", *where, "", {}, new))
        elif old != new:
            _ask(resource_type, Change("update", *where, physical_id, old, new))
        return update(resource_type, physical_id, old, new, stack_name, logical_id, old_attributes)

    return update_resource


def _deleting(delete):
    def delete_resource(resource_type, physical_id, properties, stack_name=None, logical_id=None):
        where = (get_account_id(), get_region(), stack_name or "", logical_id or "")
        _ask(resource_type, Change("delete", *where, physical_id, properties, {}))
        return delete(resource_type, physical_id, properties, stack_name, logical_id)

    return delete_resource


def install() -> None:
    operations = handlers._ACTION_HANDLERS
    for name in _OPERATIONS:
        operations[name] = _performed(operations[name])
    stacks._provision_resource = _creating(stacks._provision_resource)
    stacks._update_resource = _updating(stacks._update_resource)
    stacks._delete_resource = _deleting(stacks._delete_resource)
    ministack_app._dispatch_service_request = _knowing_the_caller(ministack_app._dispatch_service_request)
