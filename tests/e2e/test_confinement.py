"""What the platform's role may do in a linked account, asked with a session that has all of its power: as if it had leaked."""

import json
import os
import subprocess
import uuid
from pathlib import Path

import boto3
import owners
import pytest
from botocore.exceptions import ClientError
from localplatform import environments as linked
from localplatform.commands import ROOT
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT, PLATFORM_ACCOUNT
from pipelines import definition, redeployed, settled, wait_for

PATH = "/dataall-platform/"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def platform_role(platform, path: str, name: str) -> str:
    """A role of the platform's account that may assume every environment's role."""
    iam = platform.aws("iam", PLATFORM_ACCOUNT)
    principal = {"AWS": f"arn:aws:iam::{PLATFORM_ACCOUNT}:root"}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/dataall-environment-*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="enter", PolicyDocument=policy)
    return arn


def client(platform, service: str, credentials: dict, region: str | None = None):
    return boto3.client(
        service,
        region_name=region or platform.settings.region,
        endpoint_url=platform.stack["endpointUrl"],
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def session(platform, role_arn: str) -> dict:
    sts = platform.aws("sts", PLATFORM_ACCOUNT)
    return sts.assume_role(RoleArn=role_arn, RoleSessionName="leaked")["Credentials"]


@pytest.fixture(scope="module")
def enter(platform, alice):
    """Credentials of the whole role of an environment."""
    role = platform_role(platform, PATH, f"leaked-{uuid.uuid4().hex[:8]}")

    def enter(environment_id: str, **narrowed: str) -> dict:
        environment = alice.call("GET", f"/environments/{environment_id}")
        sts = client(platform, "sts", session(platform, role))
        arguments = {"RoleArn": environment["roleArn"], "RoleSessionName": "leaked", "ExternalId": environment["externalId"]}
        return sts.assume_role(**arguments, **narrowed)["Credentials"]

    return enter


def denied(call, **arguments) -> None:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert "AccessDenied" in refused.value.response["Error"]["Code"], (arguments, refused.value)


def allowed(call, **arguments) -> bool:
    try:
        call(**arguments)
    except ClientError as refused:
        if "AccessDenied" not in refused.response["Error"]["Code"]:
            raise
        return False
    return True


def template(resources: dict) -> str:
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


def administrator(**more) -> dict:
    principal = {"AWS": f"arn:aws:iam::{PLATFORM_ACCOUNT}:root"}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [ADMINISTRATOR]} | more}


def bootstrap_role(kind: str, account: str, region: str) -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{region}"


@pytest.fixture
def other_role(platform):
    """A role of the platform's account that begins like the platform's own, and is none of them."""
    return platform_role(platform, "/", f"dataall-platform-{uuid.uuid4().hex[:8]}")


def test_a_role_that_is_only_named_like_the_platforms_is_not_trusted(platform, alice, environments, other_role):
    environment = alice.call("GET", f"/environments/{environments['dev']}")
    sts = client(platform, "sts", session(platform, other_role))
    denied(sts.assume_role, RoleArn=environment["roleArn"], RoleSessionName="other", ExternalId=environment["externalId"])


def test_an_account_of_stages_can_only_be_read(platform, alice, environments, enter):
    assert alice.call("GET", f"/environments/{environments['dev']}")["pipelines"] == "NONE"
    credentials, region = enter(environments["dev"]), platform.settings.region
    cloudformation = client(platform, "cloudformation", credentials)
    for stack in ("dataall-environment", "CDKToolkit"):
        assert cloudformation.describe_stacks(StackName=stack)["Stacks"]
    body = template({"Admin": administrator()})
    for name in ("dataall-pipeline-x-k3j9x0ab", "dataall-x-k3j9x0ab-dev", "anything"):
        for role in ({}, {"RoleARN": bootstrap_role("cfn-exec", DEV_ACCOUNT, region)}):
            denied(cloudformation.create_stack, StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"], **role)
    denied(client(platform, "codecommit", credentials).create_repository, repositoryName="dataall-x-k3j9x0ab")
    denied(client(platform, "codepipeline", credentials).start_pipeline_execution, name="dataall-x-k3j9x0ab")
    denied(client(platform, "s3", credentials).list_buckets)
    denied(client(platform, "iam", credentials).list_roles)


def test_a_cicd_account_takes_stacks_with_the_platforms_execution_role_only(platform, environments, enter):
    credentials, region = enter(environments["CICD"]), platform.settings.region
    cloudformation = client(platform, "cloudformation", credentials)
    body, name = template({"Admin": administrator()}), f"dataall-pipeline-x-{uuid.uuid4().hex[:8]}"
    execution = f"arn:aws:iam::{CICD_ACCOUNT}:role/dataall-environment-execution-{region}"
    for role in ({}, {"RoleARN": bootstrap_role("cfn-exec", CICD_ACCOUNT, region)}):
        denied(cloudformation.create_stack, StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"], **role)
    denied(cloudformation.create_stack, StackName="other", TemplateBody=body, Capabilities=["CAPABILITY_IAM"], RoleARN=execution)
    sts = client(platform, "sts", credentials)
    for role in (execution, bootstrap_role("deploy", CICD_ACCOUNT, region), bootstrap_role("deploy", DEV_ACCOUNT, region)):
        denied(sts.assume_role, RoleArn=role, RoleSessionName="further")
    denied(client(platform, "iam", credentials).create_role, RoleName="dataall-pipeline-admin", AssumeRolePolicyDocument="{}")


def test_no_template_makes_an_administrator(platform, environments, enter):
    """Without the boundary CloudFormation may not make a role; with it the role's own policies do not matter."""
    credentials, region = enter(environments["CICD"]), platform.settings.region
    cloudformation = client(platform, "cloudformation", credentials)
    execution = f"arn:aws:iam::{CICD_ACCOUNT}:role/dataall-environment-execution-{region}"
    boundary = f"arn:aws:iam::{CICD_ACCOUNT}:policy/dataall-environment-boundary-{region}"

    def create(resources: dict) -> tuple[str, dict]:
        name = f"dataall-pipeline-x-{uuid.uuid4().hex[:8]}"
        more = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], "RoleARN": execution}
        cloudformation.create_stack(StackName=name, TemplateBody=template(resources), **more)
        stacks = platform.aws("cloudformation")

        def stack() -> dict | None:
            [found] = stacks.describe_stacks(StackName=name)["Stacks"]
            return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

        status = wait_for(stack, f"the end of {name}")["StackStatus"]
        return status, {r["LogicalResourceId"]: r for r in stacks.describe_stack_resources(StackName=name)["StackResources"]}

    for refused in (
        administrator(),
        administrator(PermissionsBoundary=ADMINISTRATOR),
        administrator(PermissionsBoundary=boundary, RoleName="somebody"),
        {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "somebodys-bucket"}},
        {"Type": "AWS::IAM::User", "Properties": {}},
    ):
        status, _ = create({"Wanted": refused})
        assert status == "ROLLBACK_COMPLETE", refused
    status, made = create({"Wanted": administrator(PermissionsBoundary=boundary)})
    assert status == "CREATE_COMPLETE"
    role = f"arn:aws:iam::{CICD_ACCOUNT}:role/{made['Wanted']['PhysicalResourceId']}"
    own = session(platform, role)
    denied(client(platform, "iam", own).list_roles)
    denied(client(platform, "s3", own).list_buckets)
    denied(client(platform, "cloudformation", own).create_stack, StackName="x", TemplateBody=template({"Admin": administrator()}))


def test_a_pipeline_that_the_owner_does_not_allow_is_refused_with_who_can_allow_it(platform, alice, environments):
    region, account = platform.settings.region, "400000000071"
    environment = owners.ready(platform, alice, account, region, (CICD_ACCOUNT,))
    stages = [{"name": "dev", "environmentId": environments["dev"]}]
    wanted = definition(environments, strategy="trunk", stages=stages) | {"cicdEnvironmentId": environment["id"]}

    def refusal(wanted: dict) -> dict:
        answer = alice.request("POST", "/pipelines", wanted)
        assert answer.status_code == 400, answer.text
        [problem] = answer.json()["errors"]
        assert problem["pointer"] == "/cicdEnvironmentId"
        assert f"GET /environments/{environment['id']}" in problem["detail"]
        return problem["detail"]

    assert "Pipelines=none" in refusal(wanted) and "Pipelines=delivering is needed" in refusal(wanted)
    linked.deploy_role(platform.settings, environment, "DELIVERING")
    assert linked.verify(alice, environment)["pipelines"] == "DELIVERING"
    assert "Pipelines=self-mutating is needed" in refusal(wanted | {"strategy": "cdk-trunk"})
    here = [{"name": "here", "environmentId": environment["id"]}]
    assert "Pipelines=self-mutating is needed" in refusal(wanted | {"stages": here})


def test_what_the_owner_takes_back_ends_the_next_deployment_with_the_command(platform, alice, environments):
    region, account = platform.settings.region, "400000000072"
    environment = owners.ready(platform, alice, account, region, (), "DELIVERING")
    owners.bootstrap_trusting(platform, "400000000073", account)
    stage = owners.link(alice, "400000000073", region)
    linked.deploy_role(platform.settings, stage)
    wanted = definition(environments, strategy="trunk", stages=[{"name": "dev", "environmentId": stage["id"]}])
    pipeline = settled(alice, alice.call("POST", "/pipelines", wanted | {"cicdEnvironmentId": environment["id"]}))
    linked.deploy_role(platform.settings, environment, "NONE")
    failure = redeployed(alice, pipeline)["failure"]
    assert failure["error"] == "PipelinesNotAllowed"
    owners.run(platform, account, failure["cause"].partition("Run: ")[2])
    waiter = platform.aws("cloudformation", account).get_waiter("stack_update_complete")
    waiter.wait(StackName="dataall-environment", WaiterConfig={"Delay": 1})
    assert redeployed(alice, pipeline)["status"] == "SUCCEEDED"


@pytest.fixture(scope="module")
def policies(platform, alice, environments):
    """The session policies of all steps and requests, as the functions make them for a pipeline."""
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples/session_policies"
    cicd = alice.call("GET", f"/environments/{environments['CICD']}")
    access = {"prefix": "dataall", "platformAccountId": PLATFORM_ACCOUNT, "environmentId": cicd["id"]}
    access |= {name: cicd[name] for name in ("accountId", "region", "team", "externalId", "bootstrapQualifier")}

    def policies(pipeline: dict) -> dict[str, str]:
        command = [program, json.dumps(access), pipeline["name"], pipeline["id"]]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    return policies


def test_no_session_of_a_step_or_request_reaches_another_pipeline(platform, alice, environments, enter, policies):
    stages = [{"name": "dev", "environmentId": environments["dev"]}]
    mine, other = (
        settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy="trunk", stages=stages))) for _ in range(2)
    )
    reached = set()
    for step, policy in policies(mine).items():
        credentials = enter(environments["CICD"], Policy=policy)
        codecommit, cloudformation, codepipeline = (
            client(platform, service, credentials) for service in ("codecommit", "cloudformation", "codepipeline")
        )
        calls = [
            (codecommit.get_branch, lambda p: {"repositoryName": p["repositoryName"], "branchName": "main"}, True),
            (codecommit.get_file, lambda p: {"repositoryName": p["repositoryName"], "filePath": "app.py"}, True),
            (codecommit.delete_repository, lambda p: {"repositoryName": p["repositoryName"]}, False),
            (cloudformation.get_template, lambda p: {"StackName": p["stackName"]}, True),
            (cloudformation.delete_stack, lambda p: {"StackName": p["stackName"]}, False),
            (codepipeline.get_pipeline_state, lambda p: {"name": p["repositoryName"]}, True),
            (codepipeline.start_pipeline_execution, lambda p: {"name": p["repositoryName"]}, False),
        ]
        for call, arguments, harmless in calls:
            denied(call, **arguments(other))
            if harmless and allowed(call, **arguments(mine)):
                reached.add((step, call.__name__))
    # Its own pipeline is what each is for.
    expected = {("commit repository", "get_file"), ("deploy stack", "get_template"), ("get stages", "get_pipeline_state")}
    assert expected <= reached
    assert alice.call("GET", f"/pipelines/{other['id']}")["status"] == "DEPLOYED"
    platform.head(other)
