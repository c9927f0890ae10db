"""What developers and account owners do meanwhile: a deployment keeps it, repairs it, or says clearly what is in its way."""

import json
import subprocess
from pathlib import Path

import pytest
from pipelines import Platform, definition, redeployed, settled, wait_for


@pytest.fixture
def pipeline(alice, environments) -> dict:
    """A pipeline that is deployed."""
    return settled(alice, alice.call("POST", "/pipelines", definition(environments)))


def git(clone: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    return subprocess.run(["git", "-C", clone, *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def delete_stack(platform: Platform, pipeline: dict) -> None:
    cloudformation = platform.aws("cloudformation")
    cloudformation.delete_stack(StackName=pipeline["stackName"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=pipeline["stackId"], WaiterConfig={"Delay": 1})


def test_what_a_developer_pushed_stays(platform, alice, pipeline, tmp_path):
    clone = platform.clone(pipeline, tmp_path / "clone")
    for name in ("app.py", "ddk_app/ddk_app_stack.py"):
        (clone / name).write_text((clone / name).read_text() + "\n# ours\n")
    git(clone, "commit", "--all", "--message", "Say that it is ours")
    git(clone, "push")
    head = git(clone, "rev-parse", "HEAD")
    codepipeline = platform.aws("codepipeline")

    def revisions() -> list[str]:
        executions = codepipeline.list_pipeline_executions(pipelineName=pipeline["repositoryName"])["pipelineExecutionSummaries"]
        return [revision["revisionId"] for execution in executions for revision in execution["sourceRevisions"]]

    wait_for(lambda: head in revisions(), "the pipeline's start by the push", 10)
    deployment = redeployed(alice, pipeline)
    assert deployment["status"] == "SUCCEEDED", deployment
    assert (deployment["commit"]["commitId"], deployment["commit"]["changed"]) == (head, False)
    assert platform.head(pipeline) == head


def test_a_stack_that_is_gone_comes_back(platform, alice, pipeline):
    head = platform.head(pipeline)
    delete_stack(platform, pipeline)
    deployment = redeployed(alice, pipeline)
    assert deployment["status"] == "SUCCEEDED", deployment
    assert [stack["action"] for stack in deployment["stacks"]] == ["CREATED"]
    assert platform.head(pipeline) == head
    restored = alice.call("GET", f"/pipelines/{pipeline['id']}")
    assert restored["stackId"] == deployment["stacks"][0]["stackId"] != pipeline["stackId"]


def test_the_first_resource_that_failed_is_named_and_the_next_deployment_recovers(platform, alice, pipeline):
    name = pipeline["repositoryName"]
    codepipeline, iam = platform.aws("codepipeline"), platform.aws("iam")
    squatter = codepipeline.get_pipeline(name=name)["pipeline"]
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    squatter["roleArn"] = iam.create_role(RoleName=f"squatter-{pipeline['id']}", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    delete_stack(platform, pipeline)
    codepipeline.create_pipeline(pipeline=squatter)

    deployment = redeployed(alice, pipeline)
    assert (deployment["status"], deployment["failure"]["error"]) == ("FAILED", "StackFailed")
    cause = deployment["failure"]["cause"]
    assert pipeline["stackName"] in cause
    assert "DDKCodePipeline" in cause, "the resource that failed first"
    assert name in cause, "and why"
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "FAILED"
    assert platform.execution(deployment)["cause"] == cause

    codepipeline.delete_pipeline(name=name)
    assert redeployed(alice, pipeline)["status"] == "SUCCEEDED"
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "DEPLOYED"


def test_a_repository_that_is_not_ours_is_left_alone(platform, alice, pipeline):
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    codecommit.delete_repository(repositoryName=name)
    codecommit.create_repository(repositoryName=name)
    deployment = redeployed(alice, pipeline)
    assert (deployment["status"], deployment["failure"]["error"]) == ("FAILED", "RepositoryNotOurs")
    assert codecommit.list_branches(repositoryName=name)["branches"] == []
    codecommit.delete_repository(repositoryName=name)
    assert redeployed(alice, pipeline)["status"] == "SUCCEEDED"
    assert codecommit.list_branches(repositoryName=name)["branches"] == ["main"]
