"""No way from a role of the platform, or of a linked account, to an administrator, but for those that are meant."""

from pathlib import Path

import pytest
from escalation import ADMINISTRATOR, EVERYTHING, administrator, is_administrator, made_roles, steps, ways
from policies import documents
from resolving import Deployed
from simulation import Principal, roles
from templates import load_template

PLATFORM, CICD, DEV, PROD = "000000000000", "111111111111", "222222222222", "333333333333"
BOOTSTRAP = Path(__file__).resolve().parents[2] / ".tools/node/node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"
DEPLOYING = (
    "Deploying is what a pipeline is for: the CDK's deploy role hands stacks to the execution role, whose policies the account's owner "
    "chose at the bootstrap."
)
SELF_MUTATION = "A cdk-trunk pipeline updates its own stack by the CDK's deploy role of the CICD account: whoever can push there may do so."
BY_STAGE_BUILDS = {
    ("DeploydevRole22FA275C", "AssumeRole", f"deploy in {DEV}"): DEPLOYING,
    ("DeployprodRoleA7EBFD3D", "AssumeRole", f"deploy in {PROD}"): DEPLOYING,
}

# The steps that are meant: by strategy the role that goes, how, where it ends, and why.
BY_DESIGN: dict[str, dict[tuple[str, str, str], str]] = {
    "cdk-trunk": {
        ("DDKCodePipelineUpdatePipelineSelfMutationRole40FE9EA8", "AssumeRole", f"deploy in {CICD}"): SELF_MUTATION,
        ("DDKCodePipelineRole7491484A", "AssumeRole", f"deploy in {DEV}"): DEPLOYING,
        ("DDKCodePipelineRole7491484A", "AssumeRole", f"deploy in {PROD}"): DEPLOYING,
    },
    "trunk": BY_STAGE_BUILDS,
    "gitflow": BY_STAGE_BUILDS,
}


@pytest.fixture(scope="module")
def bootstrapped():
    template = load_template(BOOTSTRAP)

    def of(account: str, *trusted: str) -> list[Principal]:
        given = {"TrustedAccounts": list(trusted), "CloudFormationExecutionPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
        found = roles(Deployed(template, account, "CDKToolkit", given | {"TrustedAccountsForLookup": []}))
        by_name = {role.arn.rpartition("/")[2].removeprefix("cdk-hnb659fds-").split("-role-")[0]: role for role in found.values()}
        return [
            Principal(name, role.arn, [EVERYTHING] if name == "cfn-exec" else role.policies, None, role.trust, role.tags)
            for name, role in by_name.items()
        ]

    return of


@pytest.fixture(scope="module")
def accounts(bootstrapped) -> list[Principal]:
    """What is in the accounts beside the product."""
    made = [*bootstrapped(CICD), *bootstrapped(DEV, CICD), *bootstrapped(PROD, CICD)]
    assert len([role for role in made if is_administrator(role)]) == 3
    return [*made, *(administrator(account) for account in (PLATFORM, CICD, DEV, PROD))]


@pytest.fixture(scope="module")
def linked(environment) -> Deployed:
    bus = "arn:aws:events:eu-west-1:000000000000:event-bus/dataall-platform"
    return Deployed(environment, CICD, "environment", {"PlatformAccountId": PLATFORM, "ExternalId": "known", "PlatformEventBusArn": bus})


def found_ways(
    start: list[Principal], others: list[Principal], boundaries: dict | None = None, meant: set | None = None
) -> dict[str, list[str]]:
    everybody = [*start, *others, *made_roles(boundaries or {}, CICD)]
    allowed = {step for step in steps(everybody, boundaries or {}) if (short(step.who), step.how, step.then) not in (meant or set())}
    found = {role.name: [" -> ".join(f"{s.how} -> {s.then}" for s in way) for way in ways(role, everybody, allowed)] for role in start}
    return {name: told for name, told in found.items() if told}


def short(who: str) -> str:
    return who.partition(" in ")[0]


def test_from_the_platforms_roles(expanded, accounts):
    """In the platform's account. What they can do in linked accounts is what the roles there let them."""
    platform = list(roles(Deployed(expanded, PLATFORM, "dataall")).values())
    assert len(platform) == 64
    assert found_ways(platform, accounts) == {}


def test_from_the_role_that_tells_the_platform(linked, accounts):
    assert found_ways([roles(linked)["EventsRole"]], accounts) == {}


MADE = f"made with arn:aws:iam::{CICD}:policy/dataall-environment-boundary-eu-west-1"
NAMED = "The execution role reaches roles of pipelines alone, by their names, and these have the boundary."
BOUNDED = {
    ("ExecutionRole", "UpdateAssumeRolePolicy", ADMINISTRATOR): NAMED,
    (MADE, "AssumeRole", f"deploy in {DEV}"): DEPLOYING,
    (MADE, "AssumeRole", f"deploy in {PROD}"): DEPLOYING,
}
# The steps that are meant, by what the owner allows.
BY_OWNER: dict[str, dict[tuple[str, str, str], str]] = {
    "none": {},
    "delivering": BOUNDED,
    "self-mutating": BOUNDED | {(MADE, "AssumeRole", f"deploy in {CICD}"): SELF_MUTATION},
}


@pytest.mark.parametrize("allowed", BY_OWNER)
def test_from_the_role_that_the_platform_assumes(environment, accounts, allowed):
    """Whatever the owner allows: stacks go to the execution role, which makes no role without the boundary."""
    given = {"PlatformAccountId": PLATFORM, "ExternalId": "known", "Pipelines": allowed}
    deployed = Deployed(environment, CICD, "environment", given)
    own = roles(deployed)
    boundary = {"Version": "2012-10-17", "Statement": next(documents(deployed.resources["Boundary"]))}
    boundaries = {deployed.arn("Boundary"): boundary}
    assert ("ExecutionRole" in own) == (allowed != "none")
    start = own.pop("EnvironmentRole")
    others = [*accounts, *own.values()]
    meant = set(BY_OWNER[allowed])
    there = {(short(step.who), step.how, step.then) for step in steps([start, *others, *made_roles(boundaries, CICD)], boundaries)}
    assert meant - there == set()
    assert found_ways([start], others, boundaries, meant) == {}


@pytest.mark.parametrize("strategy", BY_DESIGN)
def test_from_the_roles_of_a_pipeline(render, accounts, strategy):
    """All roles of its stacks. Each step that is meant is there: the list holds nothing that has become needless."""
    own = [role for name, template in render(strategy).items() for role in roles(Deployed(template, CICD, name)).values()]
    assert own
    meant = set(BY_DESIGN[strategy])
    there = {(short(step.who), step.how, step.then) for step in steps([*own, *accounts], {})}
    assert meant - there == set()
    assert found_ways(own, accounts, None, meant) == {}


ACCOUNT_ROOT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{CICD}:root"}, "Action": "sts:AssumeRole"}],
}


def role(name: str, *statements: dict, boundary: dict | None = None, trust: dict | None = None) -> Principal:
    return Principal(name, f"arn:aws:iam::{CICD}:role/{name}", [{"Version": "2012-10-17", "Statement": list(statements)}], boundary, trust)


def allow(actions, resource: str = "*", **conditions) -> dict:
    return {"Effect": "Allow", "Action": actions, "Resource": resource} | ({"Condition": conditions} if conditions else {})


BOUNDARY = f"arn:aws:iam::{CICD}:policy/boundary"
HARMLESS = {"Version": "2012-10-17", "Statement": [allow("s3:*")]}


@pytest.mark.parametrize(
    ("statements", "how"),
    [
        ([allow("iam:CreatePolicyVersion")], "CreatePolicyVersion"),
        ([allow("iam:PutRolePolicy")], "PutRolePolicy"),
        ([allow("iam:AttachRolePolicy")], "AttachRolePolicy"),
        ([allow("iam:UpdateAssumeRolePolicy")], "UpdateAssumeRolePolicy"),
        ([allow("iam:CreateAccessKey")], "CreateAccessKey"),
        ([allow(["iam:PassRole", "cloudformation:CreateStack"])], "PassRole to CloudFormation"),
        ([allow(["iam:PassRole", "lambda:CreateFunction"])], "PassRole to Lambda"),
        ([allow(["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"])], "PassRole to CodeBuild"),
        ([allow(["iam:PassRole", "cloudformation:UpdateStack"])], "change a stack of the role's"),
        ([allow("lambda:UpdateFunctionCode")], "lambda:UpdateFunctionCode"),
        ([allow(["iam:CreateRole", "iam:PutRolePolicy"], f"arn:aws:iam::{CICD}:role/own/*")], "CreateRole, PutRolePolicy"),
        ([allow("sts:AssumeRole")], "AssumeRole"),
    ],
)
def test_a_way_is_found(accounts, statements, how):
    chain = role("chained", allow("*"), trust=ACCOUNT_ROOT)
    found = {step.how for step in steps([role("some", *statements), chain, *accounts], {}) if step.who.startswith("some ")}
    assert how in found
    assert found_ways([role("some", *statements)], [chain, *accounts])


@pytest.mark.parametrize(
    "statements",
    [
        [allow("iam:PassRole"), allow("s3:*")],
        [allow(["iam:PassRole"], f"arn:aws:iam::{CICD}:role/another"), allow("cloudformation:CreateStack")],
        [allow("iam:CreateRole")],
        [allow("iam:*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}],
        [allow(["iam:PassRole"], "*", StringEquals={"iam:PassedToService": "ecs.amazonaws.com"}), allow("cloudformation:*")],
    ],
)
def test_what_is_none_is_not_taken_for_one(accounts, statements):
    assert found_ways([role("some", *statements)], accounts) == {}


def test_a_boundary_ends_a_way(accounts):
    """Roles may be made with a boundary only; what such a role may do is looked at in turn."""
    making = allow(["iam:CreateRole", "iam:PutRolePolicy"], "*", StringEquals={"iam:PermissionsBoundary": BOUNDARY})
    assert found_ways([role("some", making)], accounts, {BOUNDARY: HARMLESS}) == {}
    useless = {"Version": "2012-10-17", "Statement": [allow("iam:PutRolePolicy")]}
    (way,) = found_ways([role("some", making)], accounts, {BOUNDARY: useless})["some"]
    assert way == f"CreateRole, PutRolePolicy -> made with {BOUNDARY} in {CICD} -> PutRolePolicy -> {ADMINISTRATOR}"
