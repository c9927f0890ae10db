"""Ways from a role to an administrator, and the search for them.

The methods are the published ones: Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation" (2018, with later
additions), and the list of pathfinding.cloud. One is a set of calls that all must be allowed. It ends at an administrator, at a role that
is handed to a service, at the role of something whose code is replaced, or at a role that is made.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies import as_list
from simulation import Principal, Question, ask

ADMINISTRATOR = "administrator"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ADMINISTRATOR_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"

# What gives the caller, or somebody whom the caller is, every permission: actions, each on something of its own kind.
DIRECT = {
    "CreatePolicyVersion": ("iam:CreatePolicyVersion",),
    "SetDefaultPolicyVersion": ("iam:SetDefaultPolicyVersion",),
    "CreateAccessKey": ("iam:CreateAccessKey",),
    "CreateLoginProfile": ("iam:CreateLoginProfile",),
    "UpdateLoginProfile": ("iam:UpdateLoginProfile",),
    "AttachUserPolicy": ("iam:AttachUserPolicy",),
    "AttachGroupPolicy": ("iam:AttachGroupPolicy",),
    "AttachRolePolicy": ("iam:AttachRolePolicy",),
    "PutUserPolicy": ("iam:PutUserPolicy",),
    "PutGroupPolicy": ("iam:PutGroupPolicy",),
    "PutRolePolicy": ("iam:PutRolePolicy",),
    "AddUserToGroup": ("iam:AddUserToGroup",),
    "UpdateAssumeRolePolicy": ("iam:UpdateAssumeRolePolicy",),
    "DeleteRolePermissionsBoundary": ("iam:DeleteRolePermissionsBoundary",),
    "PutRolePermissionsBoundary": ("iam:PutRolePermissionsBoundary",),
    "UpdateSAMLProvider": ("iam:UpdateSAMLProvider",),
    "SendCommand": ("ssm:SendCommand",),
    "StartSession": ("ssm:StartSession",),
}

# A role that the caller hands to a service, which then does with it what the caller says.
PASSING = {
    "EC2": ("ec2.amazonaws.com", ("ec2:RunInstances",)),
    "Lambda": ("lambda.amazonaws.com", ("lambda:CreateFunction",)),
    "Glue": ("glue.amazonaws.com", ("glue:CreateDevEndpoint",)),
    "GlueJob": ("glue.amazonaws.com", ("glue:CreateJob", "glue:StartJobRun")),
    "CloudFormation": ("cloudformation.amazonaws.com", ("cloudformation:CreateStack",)),
    "CloudFormationChangeSet": ("cloudformation.amazonaws.com", ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet")),
    "DataPipeline": ("datapipeline.amazonaws.com", ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition")),
    "CodeBuild": ("codebuild.amazonaws.com", ("codebuild:CreateProject", "codebuild:StartBuild")),
    "CodePipeline": ("codepipeline.amazonaws.com", ("codepipeline:CreatePipeline",)),
    "StepFunctions": ("states.amazonaws.com", ("states:CreateStateMachine", "states:StartExecution")),
    "ECS": ("ecs-tasks.amazonaws.com", ("ecs:RegisterTaskDefinition", "ecs:RunTask")),
    "SageMaker": ("sagemaker.amazonaws.com", ("sagemaker:CreateNotebookInstance",)),
    "EventBridge": ("events.amazonaws.com", ("events:PutRule", "events:PutTargets")),
}

# A stack keeps the role that it was made with: whoever may change the stack needs not pass the role again.
REPLACING_A_STACK = (("cloudformation:UpdateStack",), ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"))
# What runs with a role, and the call that puts other code there.
REPLACING_CODE = {
    "lambda.amazonaws.com": ("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:{account}:function:{name}"),
    "codebuild.amazonaws.com": ("codebuild:StartBuild", "arn:aws:codebuild:eu-west-1:{account}:project/{name}"),
    "states.amazonaws.com": ("states:UpdateStateMachine", "arn:aws:states:eu-west-1:{account}:stateMachine:{name}"),
}


@dataclass(frozen=True)
class Step:
    """One step of a way: who does what, and who they are then."""

    who: str
    how: str
    then: str


@dataclass(frozen=True)
class Attempt:
    step: Step
    questions: tuple[Question, ...]


def administrator(account: str) -> Principal:
    """Every account has one; nobody is trusted by it who is not one."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": list(_services())}, "Action": "sts:AssumeRole"}]}
    return Principal("Administrator", f"arn:aws:iam::{account}:role/Administrator", [EVERYTHING], None, {"Version": "2012-10-17"} | trust)


def _services() -> set[str]:
    return {service for service, _ in PASSING.values()}


def is_administrator(role: Principal) -> bool:
    statements = [statement for policy in role.policies for statement in policy["Statement"]]
    return role.boundary is None and any(
        s["Effect"] == "Allow" and "*" in as_list(s.get("Action", [])) and "*" in as_list(s.get("Resource", [])) for s in statements
    )


def steps(roles: list[Principal], boundaries: dict[str, dict]) -> set[Step]:
    """Every step that is allowed. `boundaries` are the policies that a role may be made with as its boundary, by their ARNs."""
    attempts = [attempt for role in roles if not is_administrator(role) for attempt in _attempts(role, roles, boundaries)]
    questions = list(dict.fromkeys(_key(question) for attempt in attempts for question in attempt.questions))
    by_key = {_key(question): question for attempt in attempts for question in attempt.questions}
    allowed = dict(zip(questions, ask([by_key[key] for key in questions]), strict=True))
    return {attempt.step for attempt in attempts if all(allowed[_key(question)] for question in attempt.questions)}


def _key(question: Question) -> tuple:
    return (question.who.name, question.who.arn, question.action, question.resource, str(sorted(question.keys.items())))


def ways(start: Principal, roles: list[Principal], found: set[Step]) -> list[list[Step]]:
    """The shortest way of a role to each administrator that it reaches."""
    administrators = {_id(role) for role in roles if is_administrator(role)} | {ADMINISTRATOR}
    reached: dict[str, list[Step]] = {_id(start): []}
    todo = [_id(start)]
    while todo:
        here = todo.pop(0)
        for step in sorted((s for s in found if s.who == here), key=lambda s: (s.then, s.how)):
            if step.then not in reached:
                reached[step.then] = [*reached[here], step]
                todo.append(step.then)
    return [way for there, way in reached.items() if there in administrators and way]


def _id(role: Principal) -> str:
    return f"{role.name} in {role.account}"


def _attempts(role: Principal, roles: list[Principal], boundaries: dict[str, dict]) -> Iterator[Attempt]:
    me = _id(role)
    for how, actions in DIRECT.items():
        for resources in _choices(role, actions):
            keys = {"iam:PolicyARN": ADMINISTRATOR_POLICY} if how.startswith("Attach") else {}
            yield Attempt(Step(me, how, ADMINISTRATOR), tuple(Question(role, a, r, keys) for a, r in resources))
    for other in roles:
        if other is role:
            continue
        if role.mentions("sts:AssumeRole") and other.trust:
            keys = {"sts:ExternalId": "known"} | {f"iam:ResourceTag/{k}": v for k, v in other.tags.items()}
            question = Question(role, "sts:AssumeRole", other.arn, keys, _knowing_the_external_id(other.trust))
            yield Attempt(Step(me, "AssumeRole", _id(other)), (question,))
        if other.account == role.account:
            yield from _attempts_by_service(role, other)
    yield from _made_roles(role, boundaries)


def _attempts_by_service(role: Principal, other: Principal) -> Iterator[Attempt]:
    trusted = _trusted_services(other)
    for how, (service, actions) in PASSING.items():
        if service not in trusted or not role.mentions("iam:PassRole"):
            continue
        passing = Question(role, "iam:PassRole", other.arn, {"iam:PassedToService": service})
        for resources in _choices(role, actions):
            questions = [_of_stack(Question(role, a, r), other) for a, r in resources]
            yield Attempt(Step(_id(role), f"PassRole to {how}", _id(other)), (passing, *questions))
    if "cloudformation.amazonaws.com" in trusted:
        # The stack is one that was made with this role: only where the role may be handed on is that so.
        passing = Question(role, "iam:PassRole", other.arn, {"iam:PassedToService": "cloudformation.amazonaws.com"})
        for actions in REPLACING_A_STACK:
            for resources in _choices(role, actions):
                yield Attempt(
                    Step(_id(role), "change a stack of the role's", _id(other)),
                    (passing, *(_of_stack(Question(role, a, r), other) for a, r in resources)),
                )
    for service, (action, pattern) in REPLACING_CODE.items():
        if service in trusted and role.mentions(action):
            of_its_name = pattern.format(account=role.account, name=other.arn.rpartition("/")[2])
            for resource in [arn for arn in other.runs if arn.split(":")[2] == action.partition(":")[0]] or [of_its_name]:
                yield Attempt(Step(_id(role), action, _id(other)), (Question(role, action, resource),))


def _of_stack(question: Question, role: Principal) -> Question:
    if question.action not in ("cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:CreateChangeSet"):
        return question
    return Question(question.who, question.action, question.resource, {"cloudformation:RoleArn": role.arn})


def _made_roles(role: Principal, boundaries: dict[str, dict]) -> Iterator[Attempt]:
    """A role that the caller makes for itself, with any policy: an administrator, unless it must have a boundary."""
    for resources in _choices(role, ("iam:CreateRole",)):
        for boundary in (None, *boundaries):
            keys = {"iam:PermissionsBoundary": boundary} if boundary else {}
            making = tuple(Question(role, a, r, keys) for a, r in resources)
            writing = tuple(Question(role, "iam:PutRolePolicy", r, keys) for _, r in resources)
            then = f"made with {boundary} in {role.account}" if boundary else ADMINISTRATOR
            yield Attempt(Step(_id(role), "CreateRole, PutRolePolicy", then), (*making, *writing))


def made_roles(boundaries: dict[str, dict], account: str) -> list[Principal]:
    """What a role that somebody makes may be at most: everything within the boundary."""
    arn = f"arn:aws:iam::{account}:role/made"
    return [Principal(f"made with {boundary}", arn, [EVERYTHING], document) for boundary, document in boundaries.items()]


def _choices(role: Principal, actions: tuple[str, ...]) -> Iterator[list[tuple[str, str]]]:
    """Each action with a resource that the role's own statements name, if they name all of the actions."""
    resources = [_resources(role, action) for action in actions]
    for index in range(max(map(len, resources), default=0) if all(resources) else 0):
        yield [(action, of[min(index, len(of) - 1)]) for action, of in zip(actions, resources, strict=True)]


_KINDS = {
    "ToGroup": "group/Administrators",
    "User": "user/Administrator",
    "LoginProfile": "user/Administrator",
    "AccessKey": "user/Administrator",
    "Group": "group/Administrators",
    "SAML": "saml-provider/provider",
    "PolicyVersion": "policy/some",
    "Policy": "role/Administrator",
}


def _resources(role: Principal, action: str) -> list[str]:
    """Concrete resources for an action: one for each pattern in the statements that allow it."""
    found = []
    for statement in (s for policy in role.policies for s in policy["Statement"] if s["Effect"] == "Allow"):
        patterns = [re.escape(a).replace(r"\*", ".*") for a in as_list(statement.get("Action", []))]
        if any(re.fullmatch(pattern, action, re.IGNORECASE) for pattern in patterns):
            for resource in as_list(statement.get("Resource", "*")):
                found.append(_concrete(resource, action, role.account))
    return list(dict.fromkeys(found))


def _concrete(resource: str, action: str, account: str) -> str:
    service, _, name = action.partition(":")
    if resource == "*" and service == "iam":
        kind = next((value for key, value in _KINDS.items() if key in name), "role/Administrator")
        return f"arn:aws:iam::{account}:{kind}"
    # A part that is left open may be anything: one that fits every kind of resource of the service.
    return (
        resource.replace(":*:", f":{account}:", 1)
        if resource.startswith("arn:aws:iam")
        else resource.replace("*", "x").replace("?", "x")
        if resource != "*"
        else "*"
    )


def _trusted_services(role: Principal) -> set[str]:
    principals = [statement.get("Principal", {}) for statement in as_list((role.trust or {}).get("Statement", []))]
    return {service for p in principals if isinstance(p, dict) for service in as_list(p.get("Service", []))}


def _knowing_the_external_id(trust: dict) -> dict:
    """The trust without its question for the external id: whoever stole a session knows it."""
    statements = []
    for statement in as_list(trust["Statement"]):
        conditions = {
            operator: {key: value for key, value in keys.items() if key != "sts:ExternalId"}
            for operator, keys in statement.get("Condition", {}).items()
        }
        statements.append(
            {k: v for k, v in statement.items() if k != "Condition"} | {"Condition": {o: k for o, k in conditions.items() if k}}
        )
    return {"Version": "2012-10-17", "Statement": statements}
