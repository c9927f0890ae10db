"""What becomes of pipelines of every strategy: they are edited, get back a branch that somebody deleted, and are deleted."""

import json
import subprocess
from pathlib import Path

import owners
import pytest
from localplatform.settings import CICD_ACCOUNT, DEV_ACCOUNT, PROD_ACCOUNT
from pipelines import Platform, definition, ended, redeployed, settled, wait_for
from test_deleting import buckets, delete, gone, repositories
from test_strategies import stages_of

OTHER_REGION = "eu-central-1"


def git(clone: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    return subprocess.run(["git", "-C", clone, *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def stack_status(platform: Platform, stack: dict) -> str:
    """The status of a stack of a deployment, also after the stack's end."""
    cloudformation = platform.aws("cloudformation", region=stack["region"])
    return cloudformation.describe_stacks(StackName=stack["stackId"])["Stacks"][0]["StackStatus"]


def branches(platform: Platform, pipeline: dict) -> dict[str, str]:
    """The heads of all branches."""
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    return {
        branch: codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
        for branch in codecommit.list_branches(repositoryName=name)["branches"]
    }


def triggers(platform: Platform, pipeline: dict) -> dict[str, list[str]]:
    """What started the runs of each CodePipeline, newest first, by the end of its name."""
    codepipeline = platform.aws("codepipeline")
    return {
        name.removeprefix(pipeline["repositoryName"]): [
            run["trigger"]["triggerType"] for run in codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        ]
        for name in code_pipelines(platform, pipeline)
    }


def stop_run_of_dev(platform: Platform, pipeline: dict, strategy: str) -> None:
    """Stops what deploys the stage dev, which nothing else ends here: builds stay where they are."""
    codepipeline, name = platform.aws("codepipeline"), pipeline["repositoryName"] + ("-dev" if strategy == "gitflow" else "")

    def deploying() -> str | None:
        states = {stage["stageName"]: stage for stage in codepipeline.get_pipeline_state(name=name)["stageStates"]}
        latest = states["Deploy-dev"].get("latestExecution") or {}
        return latest.get("status") == "InProgress" and latest["pipelineExecutionId"]

    run = wait_for(deploying, "the build of dev")
    codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=run, abandon=True, reason="the edit goes first")


def stop_runs(platform: Platform, pipeline: dict) -> None:
    """Stops whatever the pipeline's CodePipelines deploy: nothing else ends it here, and an edit of the stack waits for it."""
    codepipeline = platform.aws("codepipeline")
    for name in code_pipelines(platform, pipeline):

        def idle(name: str = name) -> bool:
            newest = codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
            under_way = [each["pipelineExecutionId"] for each in newest if each["status"] == "InProgress"]
            for run in under_way:
                codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=run, abandon=True, reason="the edit goes first")
            return not under_way

        wait_for(idle, f"the end of the runs of {name}")


# What runs after the edit, by the end of the CodePipeline's name.
EDITED = {
    "trunk": {"": ["Source", "Approve-dev", "Deploy-dev", "Deploy-staging", "Deploy-prod"]},
    "gitflow": {
        "-dev": ["Source", "Approve-dev", "Deploy-dev"],
        "-staging": ["Source", "Deploy-staging"],
        "-prod": ["Source", "Deploy-prod"],
    },
}


@pytest.mark.parametrize("strategy", EDITED)
def test_an_edit_is_a_commit_and_an_update_and_comes_once(platform, alice, environments, strategy, tmp_path):
    dev, prod = ({"name": name, "environmentId": environments[name]} for name in ("dev", "prod"))
    staging = {"name": "staging", "environmentId": environments["dev"], "manualApproval": False}
    before = [dev | {"manualApproval": False}, prod | {"manualApproval": True}]
    after = [dev | {"manualApproval": True}, staging, prod | {"manualApproval": False}]
    created = settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy=strategy, stages=before)))
    clone = platform.clone(created, tmp_path / "clone")
    base, begun = git(clone, "rev-parse", "HEAD"), set(platform.stack_events(created))
    before_edit = branches(platform, created)
    assert before_edit == dict.fromkeys({"trunk": ["main"], "gitflow": ["main", "dev"]}[strategy], base)

    asked = alice.call("PATCH", f"/pipelines/{created['id']}", {"stages": after})

    def awaits_run() -> bool:
        [newest, _] = alice.all(f"/pipelines/{created['id']}/deployments")
        # The workflow's first step writes down which execution it is.
        return "executionArn" in newest and "WaitForRun" in platform.states(newest)

    wait_for(awaits_run, "the deployment that waits for the run")
    assert set(platform.stack_events(created)) == begun, "nothing is updated under a running build"
    stop_run_of_dev(platform, created, strategy)
    edit = ended(alice, asked)
    assert (edit["status"], edit["revision"]) == ("SUCCEEDED", 2), edit
    [stack] = edit["stacks"]
    assert (stack["stackId"], stack["action"]) == (created["stackId"], "UPDATED")
    assert stack_status(platform, stack) == "UPDATE_COMPLETE"
    git(clone, "pull", "--ff-only")
    reached = {"main": edit["commit"]["commitId"]} | edit["commit"].get("branches", {})
    for branch in before_edit:
        assert git(clone, "rev-list", f"{base}..origin/{branch}") == reached[branch]
        assert git(clone, "diff", "--name-only", base, f"origin/{branch}") == "ddk.json"
    name = created["repositoryName"]
    assert {end: stages_of(platform, name + end) for end in EDITED[strategy]} == EDITED[strategy]
    heads, events = branches(platform, created), platform.stack_events(created)
    assert set(heads) == {"trunk": {"main"}, "gitflow": {"main", "dev", "staging"}}[strategy]
    assert heads == reached
    assert begun < set(events)
    # Those that are new run because they are new.
    once = {end: ["CreatePipeline"] if end == "-staging" else ["StartPipelineExecution", "CreatePipeline"] for end in EDITED[strategy]}
    assert triggers(platform, created) == once

    again = redeployed(alice, created)
    assert (again["status"], again["commit"]["changed"]) == ("SUCCEEDED", False), again
    assert [stack["action"] for stack in again["stacks"]] == ["UNCHANGED"]
    assert platform.stack_events(created) == events
    assert branches(platform, created) == heads
    twice = {end: ["StartPipelineExecution", *before] for end, before in once.items()}
    assert triggers(platform, created) == twice

    git(clone, "-c", "user.name=Dora", "-c", "user.email=dora@example.com", "commit", "--allow-empty", "--message", "Push")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    delivered = "" if strategy == "trunk" else "-prod"
    pushed = twice | {delivered: ["CloudWatchEvent", *twice[delivered]]}
    wait_for(lambda: triggers(platform, created) == pushed, "the run of the push")


def environment_of(clone: Path, branch: str, stage: str) -> dict:
    return json.loads(git(clone, "show", f"origin/{branch}:ddk.json"))["environments"][stage]


def push(clone: Path, branch: str, stage: str, **changes) -> str:
    """A developer changes a stage's environment on a branch; its new head."""
    git(clone, "switch", "--quiet", branch)
    ddk = json.loads((clone / "ddk.json").read_text())
    ddk["environments"][stage] |= changes
    (clone / "ddk.json").write_text(f"{json.dumps(ddk, indent=2)}\n")
    git(clone, "commit", "--quiet", "--all", "--message", "A developer's change")
    git(clone, "push", "--quiet", "origin", branch)
    return git(clone, "rev-parse", "HEAD")


def test_a_gitflow_stage_that_moves_to_another_account_gets_it_on_its_own_branch(platform, alice, environments, tmp_path):
    dev, prod = ({"name": name, "environmentId": environments[name]} for name in ("dev", "prod"))
    staging = {"name": "staging", "environmentId": environments["dev"]}
    request = definition(environments, strategy="gitflow", stages=[dev, staging, prod])
    pipeline = settled(alice, alice.call("POST", "/pipelines", request))
    clone, path = platform.clone(pipeline, tmp_path / "clone"), f"/pipelines/{pipeline['id']}"
    theirs = push(clone, "dev", "dev", env_vars={"LOG_LEVEL": "DEBUG"})

    # What developers committed on a branch survives there, and lands on no other.
    stages = [dev, staging | {"environmentId": environments["prod"]}, prod]
    stop_runs(platform, pipeline)
    moved = ended(alice, alice.call("PATCH", path, {"stages": stages}))
    assert moved["status"] == "SUCCEEDED", moved
    heads = branches(platform, pipeline)
    assert heads == {"main": moved["commit"]["commitId"]} | moved["commit"]["branches"]
    git(clone, "fetch", "--quiet", "--all")
    assert {branch: environment_of(clone, branch, "staging")["account"] for branch in heads} == dict.fromkeys(heads, PROD_ACCOUNT)
    assert environment_of(clone, "dev", "dev")["env_vars"] == {"LOG_LEVEL": "DEBUG"}
    assert environment_of(clone, "main", "dev").get("env_vars") != {"LOG_LEVEL": "DEBUG"}
    assert git(clone, "rev-list", f"{theirs}..origin/dev") == heads["dev"]

    # A branch that contradicts the next change gets a pull request, and no branch a commit.
    git(clone, "switch", "--quiet", "staging")
    git(clone, "merge", "--quiet", "--ff-only", "origin/staging")
    contradicting = push(clone, "staging", "staging", account="444444444444")
    heads |= {"staging": contradicting}
    refused = ended(alice, alice.call("PATCH", path, {"stages": [dev, staging, prod]}))
    assert (refused["status"], refused["failure"]["error"]) == ("FAILED", "RepositoryConflict"), refused
    codecommit = platform.aws("codecommit")
    [opened] = codecommit.list_pull_requests(repositoryName=pipeline["repositoryName"])["pullRequestIds"]
    for words in ("The branch staging: ddk.json", "dataall/r3-staging", f"pull request {opened}", "deploy again"):
        assert words in refused["failure"]["cause"], words
    assert {branch: head for branch, head in branches(platform, pipeline).items() if branch in heads} == heads
    [target] = codecommit.get_pull_request(pullRequestId=opened)["pullRequest"]["pullRequestTargets"]
    assert (target["sourceReference"], target["destinationReference"]) == ("refs/heads/dataall/r3-staging", "refs/heads/staging")

    # Once it is merged, the change goes through and reaches the others.
    git(clone, "fetch", "--quiet", "--all")
    git(clone, "merge", "--quiet", "--no-ff", "--message", "Move back", "origin/dataall/r3-staging")
    git(clone, "push", "--quiet", "origin", "staging")
    merged = git(clone, "rev-parse", "HEAD")
    stop_runs(platform, pipeline)
    deployment = redeployed(alice, pipeline)
    assert (deployment["status"], deployment["commit"]["changed"]) == ("SUCCEEDED", True), deployment
    assert deployment["commit"]["branches"]["staging"] == merged
    git(clone, "fetch", "--quiet", "--all")
    assert {branch: environment_of(clone, branch, "staging")["account"] for branch in heads} == dict.fromkeys(heads, DEV_ACCOUNT)


@pytest.mark.parametrize(("strategy", "branch"), [("cdk-trunk", "main"), ("trunk", "main"), ("gitflow", "main"), ("gitflow", "dev")])
def test_a_branch_that_somebody_deleted_comes_back(platform, alice, environments, strategy, branch):
    stages = [{"name": name, "environmentId": environments[name]} for name in ("dev", "prod")]
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy=strategy, stages=stages)))
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    # CodeCommit deletes no default branch.
    codecommit.create_branch(repositoryName=name, branchName="theirs", commitId=platform.head(pipeline))
    codecommit.update_default_branch(repositoryName=name, defaultBranchName="theirs")
    heads = branches(platform, pipeline)
    codecommit.delete_branch(repositoryName=name, branchName=branch)
    assert branches(platform, pipeline) == {other: head for other, head in heads.items() if other != branch}

    deployment = redeployed(alice, pipeline)
    assert (deployment["status"], deployment["commit"]["changed"]) == ("SUCCEEDED", False), deployment
    assert branches(platform, pipeline) == heads
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "DEPLOYED"


@pytest.mark.parametrize(
    ("strategy", "account_id", "region", "repository_too"),
    [
        ("trunk", "400000000061", None, False),
        ("trunk", "400000000062", None, True),
        ("gitflow", "400000000063", None, False),
        ("gitflow", "400000000064", None, True),
        ("cdk-trunk", "400000000065", OTHER_REGION, False),
    ],
)
def test_a_deletion_leaves_nothing_but_the_repository(platform, alice, environments, strategy, account_id, region, repository_too):
    environment = owners.ready(platform, alice, account_id, region or platform.settings.region, (CICD_ACCOUNT,))
    unlink = f"/environments/{environment['id']}"
    stages = [{"name": "dev", "environmentId": environments["dev"]}, {"name": "far", "environmentId": environment["id"]}]
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy=strategy, stages=stages)))
    assert alice.request("DELETE", unlink).status_code == 409
    stacks = alice.call("GET", f"/pipelines/{pipeline['id']}/deployments/{pipeline['lastDeployment']['id']}")["stacks"]
    regions = [stack["region"] for stack in stacks]
    assert regions == ([region] if region else []) + [platform.settings.region]
    filled = {fill_bucket(platform, stack) for stack in stacks}
    assert filled <= buckets(platform)
    assert code_pipelines(platform, pipeline)

    delete(alice, pipeline, deleteRepository=str(repository_too).lower())
    gone(alice, pipeline)
    assert [stack_status(platform, stack) for stack in stacks] == ["DELETE_COMPLETE"] * len(stacks)
    assert not filled & buckets(platform)
    assert not code_pipelines(platform, pipeline)
    assert (pipeline["repositoryName"] in repositories(platform)) is not repository_too
    assert alice.request("DELETE", unlink).status_code == 204


def fill_bucket(platform: Platform, stack: dict) -> str:
    """Puts an artifact into the stack's bucket, whose name it answers, and one that was written twice and deleted."""
    resources = platform.aws("cloudformation", region=stack["region"]).list_stack_resources(StackName=stack["stackId"])
    [bucket] = [
        resource["PhysicalResourceId"] for resource in resources["StackResourceSummaries"] if resource["ResourceType"] == "AWS::S3::Bucket"
    ]
    s3 = platform.aws("s3", region=stack["region"])
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("kept.zip", "replaced.zip", "replaced.zip"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"artifact")
    s3.delete_object(Bucket=bucket, Key="replaced.zip")
    return bucket


def code_pipelines(platform: Platform, pipeline: dict) -> list[str]:
    pages = platform.aws("codepipeline").get_paginator("list_pipelines").paginate()
    return [found["name"] for page in pages for found in page["pipelines"] if found["name"].startswith(pipeline["repositoryName"])]
