"""trunk and gitflow: what their pipelines run, and that a stage's build can deploy its stage and no other."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from localplatform import commands
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT, TOOLS
from pipelines import Platform, definition, settled, wait_for

STRATEGIES = ("trunk", "gitflow")


@pytest.fixture(scope="module")
def requested(alice, environments) -> dict[str, dict]:
    """The pipelines of these tests, under way at the same time."""
    stages = [{"name": name, "environmentId": environments[name]} for name in ("dev", "prod")]
    return {
        strategy: alice.call("POST", "/pipelines", definition(environments, strategy=strategy, stages=stages)) for strategy in STRATEGIES
    }


@pytest.fixture(scope="module")
def deployed(alice, requested) -> dict[str, dict]:
    return {strategy: settled(alice, pipeline) for strategy, pipeline in requested.items()}


def stages_of(platform: Platform, code_pipeline: str) -> list[str]:
    found = platform.aws("codepipeline").get_pipeline(name=code_pipeline)["pipeline"]
    assert found["pipelineType"] == "V2"
    return [stage["name"] for stage in found["stages"]]


def source_branch(platform: Platform, code_pipeline: str) -> str:
    """The branch that a pipeline reads, once it has read it."""
    client = platform.aws("codepipeline")

    def first_stage() -> dict:
        return client.get_pipeline_state(name=code_pipeline)["stageStates"][0].get("latestExecution", {})

    wait_for(lambda: first_stage().get("status") == "Succeeded", f"the source of {code_pipeline}")
    action = client.get_pipeline(name=code_pipeline)["pipeline"]["stages"][0]["actions"][0]
    assert action["configuration"]["PollForSourceChanges"] == "false"
    return action["configuration"]["BranchName"]


def test_trunk_is_one_pipeline_with_an_approval_between_stages(platform, requested, deployed):
    name = deployed["trunk"]["repositoryName"]
    assert [stage["manualApproval"] for stage in requested["trunk"]["stages"]] == [False, True]
    assert stages_of(platform, name) == ["Source", "Deploy-dev", "Approve-prod", "Deploy-prod"]
    assert source_branch(platform, name) == "main"


def test_gitflow_is_a_pipeline_per_stage_and_its_branches_are_there(platform, deployed):
    name = deployed["gitflow"]["repositoryName"]
    assert stages_of(platform, f"{name}-dev") == ["Source", "Deploy-dev"]
    assert stages_of(platform, f"{name}-prod") == ["Source", "Deploy-prod"]
    assert source_branch(platform, f"{name}-dev") == "dev"
    assert source_branch(platform, f"{name}-prod") == "main"
    assert sorted(platform.aws("codecommit").list_branches(repositoryName=name)["branches"]) == ["dev", "main"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_build_deploys_its_stage_and_no_other(platform, deployed, strategy, tmp_path):
    pipeline = deployed[strategy]
    clone = platform.clone(pipeline, tmp_path / strategy)
    builder = credentials_of_build(platform, f"{pipeline['repositoryName']}-dev")
    refused = cdk_deploy(platform, clone, "prod", builder)
    assert refused.returncode != 0
    assert stack_status(platform, PROD_ACCOUNT, f"{pipeline['repositoryName']}-prod") is None
    done = cdk_deploy(platform, clone, "dev", builder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert stack_status(platform, DEV_ACCOUNT, f"{pipeline['repositoryName']}-dev") == "CREATE_COMPLETE"


def credentials_of_build(platform: Platform, project: str) -> dict[str, str]:
    """A session of the role of a project's builds. The account's owner lets itself in for it."""
    [found] = platform.aws("codebuild").batch_get_projects(names=[project])["projects"]
    role = found["serviceRole"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{CICD_ACCOUNT}:root"}}
    platform.aws("iam").update_assume_role_policy(
        RoleName=role.rpartition("/")[2], PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    session = platform.aws("sts").assume_role(RoleArn=role, RoleSessionName="build")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def cdk_deploy(platform: Platform, clone: Path, stage: str, credentials: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What deploy_buildspec.yaml says of the phase `build`, with the real command line."""
    environment = commands.environment(**(platform.settings.credentials(CICD_ACCOUNT) | credentials), STAGE=stage)
    environment["PATH"] = os.pathsep.join([str(TOOLS / "ddk/bin"), environment["PATH"]])
    command = [commands.CDK, "deploy", "--all", "--require-approval=never", "--no-notices", "--no-color"]
    assert "cdk deploy --all --require-approval=never" in (clone / "deploy_buildspec.yaml").read_text()
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def stack_status(platform: Platform, account: str, name: str) -> str | None:
    client = platform.aws("cloudformation", account)
    statuses = {stack["StackName"]: stack["StackStatus"] for stack in client.describe_stacks()["Stacks"]}
    return statuses.get(name)
