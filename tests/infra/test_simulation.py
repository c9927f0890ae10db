"""What each role of the platform may do and may not, by an independent simulator of IAM."""

from itertools import chain

import pytest
from authorization import expand_action
from policies import as_list
from resolving import Deployed
from simulation import Principal, Question, ask, roles

PLATFORM = "000000000000"
LEADING_KEYS = "dynamodb:LeadingKeys"
# Every kind of row that the table has. ACCOUNT rows say which account is linked.
PARTITIONS = ("PIPELINE#p", "ENVIRONMENT#e", "ACCOUNT#a", "TEAM#t", "ALL", "STRATEGY#s", "IDEMPOTENCY#i", "REDEPLOYMENT#r")

# The other half of a call into another account.
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PLATFORM}:root"}, "Action": "sts:AssumeRole"}],
}

# Nothing of the platform does any of that to anything.
FORBIDDEN = {
    "dynamodb:DeleteTable": "arn:aws:dynamodb:eu-west-1:000000000000:table/dataall-Table",
    "dynamodb:Scan": "arn:aws:dynamodb:eu-west-1:000000000000:table/dataall-Table",
    "events:PutTargets": "arn:aws:events:eu-west-1:000000000000:rule/dataall",
    "iam:CreateRole": "arn:aws:iam::000000000000:role/dataall",
    "iam:PassRole": "arn:aws:iam::000000000000:role/dataall-platform-prepare",
    "iam:PutRolePolicy": "arn:aws:iam::000000000000:role/dataall-platform-prepare",
    "lambda:UpdateFunctionCode": "arn:aws:lambda:eu-west-1:000000000000:function:dataall-platform-prepare",
    "s3:DeleteBucket": "arn:aws:s3:::dataall-artifacts",
    "s3:PutBucketPolicy": "arn:aws:s3:::dataall-artifacts",
    "states:StopExecution": "arn:aws:states:eu-west-1:000000000000:execution:dataall-platform-deploy-pipeline:x",
    "states:UpdateStateMachine": "arn:aws:states:eu-west-1:000000000000:stateMachine:dataall-platform-deploy-pipeline",
    "sts:AssumeRole": "arn:aws:iam::111111111111:role/Administrator",
}


@pytest.fixture(scope="module")
def principals(expanded) -> dict[str, Principal]:
    return {name: role for name, role in roles(Deployed(expanded, PLATFORM, "dataall")).items() if name != "ApiGatewayAccountRole"}


def allowed(role: Principal) -> list[Question]:
    """A request for each action, resource and partition that the role's statements name."""
    questions = []
    for statement in chain.from_iterable(policy["Statement"] for policy in role.policies):
        conditions = [pair for of_operator in statement.get("Condition", {}).values() for pair in of_operator.items()]
        keys = {key: concrete(as_list(patterns)[0]) for key, patterns in conditions if key != LEADING_KEYS}
        partitions = next((as_list(patterns) for key, patterns in conditions if key == LEADING_KEYS), [])
        of_rows = [{LEADING_KEYS: [concrete(partition)]} for partition in partitions] or [{}]
        for action in chain.from_iterable(expand_action(given) for given in as_list(statement["Action"])):
            # IAM is asked about the group's ARN with `:*` behind it, which the simulator does not know.
            if action == "logs:CreateLogStream":
                continue
            for resource in as_list(statement["Resource"]):
                stream = ":log-stream:x" if action.startswith("logs:") else ":*"
                arn = resource if resource == "*" else concrete(resource.replace("iam::*:", "iam::111111111111:").replace(":*", stream))
                trust = TRUST if action == "sts:AssumeRole" else None
                questions += [Question(role, action, arn, keys | row, trust) for row in of_rows]
    return questions


def concrete(pattern: str) -> str:
    return pattern.replace("*", "x")


def test_each_role_may_what_its_statements_say(principals):
    questions = [question for role in principals.values() for question in allowed(role)]
    assert len(questions) > 400
    refused = [(q.who.name, q.action, q.resource, q.keys) for q, answer in zip(questions, ask(questions), strict=True) if not answer]
    assert refused == []


def test_no_role_may_the_same_elsewhere(principals):
    """On another table, bucket, bus, queue, state machine or environment, in another account, under another prefix, in other rows."""
    questions = []
    for role in principals.values():
        own = allowed(role)
        reached = {key for question in own for key in question.keys.get(LEADING_KEYS, [])}
        for question in own:
            if question.resource == "*":
                continue
            for here, there in (
                ("dataall", "acme"),
                (PLATFORM, "999999999999"),
                ("/deployments/", "/elsewhere/"),
                ("/pipelines/", "/elsewhere/"),
            ):
                if here in question.resource and not question.action.startswith("s3:ListBucket"):
                    questions.append(
                        Question(role, question.action, question.resource.replace(here, there), question.keys, question.resource_policy)
                    )
            if LEADING_KEYS in question.keys:
                own_key = question.keys[LEADING_KEYS]
                others = [p for p in PARTITIONS if p.partition("#")[0] not in {key.partition("#")[0] for key in reached}]
                for other in others:
                    questions.append(Question(role, question.action, question.resource, {LEADING_KEYS: [other]}))
                    # As a part of a transaction.
                    questions.append(Question(role, question.action, question.resource, {LEADING_KEYS: [*own_key, other]}))
    assert len(questions) > 1000
    granted = [(q.who.name, q.action, q.resource, q.keys) for q, answer in zip(questions, ask(questions), strict=True) if answer]
    assert granted == []


def test_no_role_may_what_is_forbidden_to_all(principals):
    trusts = {"sts:AssumeRole": TRUST}
    questions = [
        Question(role, action, resource, {}, trusts.get(action)) for role in principals.values() for action, resource in FORBIDDEN.items()
    ]
    assert [(q.who.name, q.action) for q, answer in zip(questions, ask(questions), strict=True) if answer] == []


def test_the_simulator_refuses_and_allows():
    """What the tests above rely on: conditions count, and a Deny wins."""
    table = "arn:aws:dynamodb:eu-west-1:000000000000:table/t"
    condition = {"ForAllValues:StringLike": {LEADING_KEYS: ["OWN#*"]}}
    allow = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table, "Condition": condition}

    def asked(*statements: dict, key: str) -> bool:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        role = Principal("role", "arn:aws:iam::000000000000:role/r", [document])
        return ask([Question(role, "dynamodb:PutItem", table, {LEADING_KEYS: [key]})])[0]

    assert asked(allow, key="OWN#1")
    assert not asked(allow, key="OTHER#1")
    assert not asked(allow, {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}, key="OWN#1")
