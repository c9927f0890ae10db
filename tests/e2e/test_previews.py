"""A dry run says what a change of a pipeline does, and changes nothing: what is deployed afterwards is what it said."""

import json
import subprocess
import time
from pathlib import Path

import owners
import pytest
from localplatform.api import Problem
from localplatform.settings import CICD_ACCOUNT
from pipelines import definition, ended, recorded, settled, wait_for
from proxy import Scene

DRY = {"dryRun": "true"}
# Generous: the machine of the tests is busy with others. docs/benchmarks.md has what it takes.
SECONDS = 10
READS = {
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "states:DescribeExecution",
    "s3:GetObject",
    "sts:AssumeRole",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "codecommit:GetRepository",
    "codecommit:ListTagsForResource",
    "codecommit:GetBranch",
    "codecommit:GetCommit",
    "codecommit:GetFile",
    "codecommit:GetMergeConflicts",
}


@pytest.fixture
def stages(environments) -> dict[str, dict]:
    return {name: {"name": name, "environmentId": environments[name]} for name in ("dev", "prod")}


@pytest.fixture(params=["cdk-trunk", "trunk"])
def strategy(request) -> str:
    return request.param


@pytest.fixture
def pipeline(alice, environments, stages, strategy) -> dict:
    """A pipeline with the stages dev and prod that is deployed."""
    wanted = definition(environments, strategy=strategy, stages=[stages["dev"], stages["prod"]])
    return settled(alice, alice.call("POST", "/pipelines", wanted))


@pytest.fixture
def clone(platform, pipeline, tmp_path) -> Path:
    return platform.clone(pipeline, tmp_path / "clone")


def git(clone: Path, *arguments: str, **options) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    return subprocess.run(["git", "-C", clone, *identity, *arguments], check=True, capture_output=True, text=True, **options).stdout.strip()


def push(clone: Path, file: str, old: str, new: str) -> str:
    """A developer replaces text in a file and pushes; the new head."""
    text = (clone / file).read_text()
    assert old in text
    (clone / file).write_text(text.replace(old, new))
    git(clone, "commit", "--all", "--message", "A developer's change")
    git(clone, "push")
    return git(clone, "rev-parse", "HEAD")


def preview(api, pipeline: dict, **change) -> dict:
    return api.call("PATCH", f"/pipelines/{pipeline['id']}", change, params=DRY)


def files(preview: dict, branch: str = "main") -> dict[str, dict]:
    [found] = [found for found in preview["repository"]["branches"] if found["name"] == branch]
    return {file["path"]: file for file in found["files"]}


def everything(platform, api, pipeline: dict) -> dict:
    """All that a change of the pipeline would change."""
    path = f"/pipelines/{pipeline['id']}"
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    branches = codecommit.list_branches(repositoryName=name)["branches"]
    metadata = codecommit.get_repository(repositoryName=name)["repositoryMetadata"]
    states = platform.aws("stepfunctions", platform.stack["platformAccountId"])
    executions = states.list_executions(stateMachineArn=platform.stack["stateMachineArn"])["executions"]
    return {
        "record": recorded(api.call("GET", path)),
        "deployments": api.all(f"{path}/deployments"),
        "audit": api.all(f"{path}/audit"),
        "heads": {branch: codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"] for branch in branches},
        "description": metadata.get("repositoryDescription"),
        "tags": codecommit.list_tags_for_resource(resourceArn=metadata["Arn"])["tags"],
        "pull requests": codecommit.list_pull_requests(repositoryName=name)["pullRequestIds"],
        "stack": platform.stack_events(pipeline),
        "executions": [execution["name"] for execution in executions if execution["name"].startswith(pipeline["id"])],
    }


def deployed(platform, api, pipeline: dict, change: dict, **options) -> dict:
    """The deployment of a change, once it has ended. An update of the stack waits for runs, which nothing else ends here."""
    changed = api.call("PATCH", f"/pipelines/{pipeline['id']}", change, **options)
    path = f"/pipelines/{pipeline['id']}/deployments/{changed['lastDeployment']['id']}"
    codepipeline, name = platform.aws("codepipeline"), pipeline["repositoryName"]

    def end() -> dict | None:
        for run in codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]:
            if run["status"] == "InProgress":
                codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=run["pipelineExecutionId"], abandon=True)
        found = api.call("GET", path)
        return found if found["status"] in ("SUCCEEDED", "FAILED") else None

    return wait_for(end, f"the end of {path}")


def template(platform, pipeline: dict) -> dict:
    return platform.aws("cloudformation").get_template(StackName=pipeline["stackName"])["TemplateBody"]


def test_an_edit_does_what_its_preview_said(platform, alice, pipeline, clone, stages, environments, strategy):
    theirs = push(clone, "ddk.json", '"RemovalPolicy": "destroy"', '"RemovalPolicy": "retain"')
    staging = {"name": "staging", "environmentId": environments["dev"], "manualApproval": True}
    change = {"description": "Now with staging", "tags": {"tier": "2"}, "stages": [stages["dev"], staging, stages["prod"]]}
    before, present = everything(platform, alice, pipeline), template(platform, pipeline)
    begun = time.monotonic()
    previewed = preview(alice, pipeline, **change)
    assert time.monotonic() - begun < SECONDS
    assert everything(platform, alice, pipeline) == before
    assert (previewed["unchanged"], previewed["revision"], previewed["problems"]) == (False, 2, []), json.dumps(previewed, indent=2)
    assert previewed["pipelineId"] == pipeline["id"]
    path = f"/pipelines/{pipeline['id']}"
    tag = alice.request("PATCH", path, change, params=DRY).headers["ETag"]
    assert tag == '"1"'

    deployment = deployed(platform, alice, pipeline, change, headers={"If-Match": tag})
    assert (deployment["status"], deployment["revision"]) == ("SUCCEEDED", 2), json.dumps(deployment, indent=2)
    # git makes of the developer's commit what the deployment has made of it.
    git(clone, "apply", "--index", input="".join(file["diff"] for file in files(previewed).values()))
    git(clone, "fetch")
    assert git(clone, "diff", "--cached", "--name-only") and git(clone, "diff", "--cached", "origin/main") == ""
    assert git(clone, "rev-list", f"{theirs}..origin/main") == deployment["commit"]["commitId"]
    assert previewed["repository"]["description"] == {"before": "", "after": "Now with staging"}
    assert previewed["repository"]["tags"] == {"set": {"tier": "2"}, "removed": []}

    [stack] = previewed["stacks"]
    assert (stack["name"], stack["accountId"], stack["action"]) == (pipeline["stackName"], CICD_ACCOUNT, "UPDATE")
    if strategy == "cdk-trunk":
        # It updates itself, in the run that the commit starts.
        assert (stack["updatedBy"], template(platform, pipeline)) == ("RUN", present)
        return
    assert (stack["updatedBy"], stack["comparedWith"]) == ("DEPLOYMENT", "DEPLOYED")
    old, new = present["Resources"], template(platform, pipeline)["Resources"]
    told = {what: {resource["logicalId"] for resource in stack[what]} for what in ("added", "changed", "replaced", "removed")}
    access = {
        what: {change["logicalId"] for change in stack["iam"] if change["change"] == what} for what in ("ADDED", "CHANGED", "REMOVED")
    }
    assert told["added"] | access["ADDED"] == new.keys() - old.keys() != set()
    assert told["removed"] | access["REMOVED"] == old.keys() - new.keys()
    both = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    assert both <= told["changed"] | told["replaced"] | access["CHANGED"]
    assert any("may now: sts:AssumeRole" in sentence for change in stack["iam"] for sentence in change["words"])
    again = preview(alice, pipeline, **change)
    assert (again["unchanged"], again["stacks"], again["revision"]) == (True, [], 2)


def test_a_preview_only_reads(platform, alice, pipeline, stages):
    if platform.proxy is None:
        pytest.skip("the functions of a platform that was running reach AWS without a proxy")
    scene = Scene()
    platform.proxy.belongs(pipeline["id"], scene)
    try:
        preview(alice, pipeline, stages=[stages["dev"]])
    finally:
        platform.proxy.forget(scene)
    made = {(made.call.function, made.call.operation) for made in scene.calls}
    handed_on = {("change-pipeline", "lambda:Invoke")}
    assert handed_on <= made
    assert {function for function, _ in made - handed_on} == {"preview-pipeline"}
    assert {operation for _, operation in made - handed_on} <= READS
    assert ("preview-pipeline", "cloudformation:GetTemplate") in made


@pytest.mark.parametrize("strategy", ["cdk-trunk"])
def test_a_conflict_is_told_with_its_lines(platform, alice, pipeline, clone, stages):
    push(clone, "app.py", 'stage=ApplicationStage(app, "prod")', 'stage=ApplicationStage(app, "prod"),  # live')
    line = next(n for n, text in enumerate((clone / "app.py").read_text().splitlines(), 1) if "# live" in text)
    before = everything(platform, alice, pipeline)
    previewed = preview(alice, pipeline, stages=[stages["dev"]])
    assert everything(platform, alice, pipeline) == before
    assert previewed["deployable"] is False
    [problem] = previewed["problems"]
    assert problem["code"] == "RepositoryConflict" and f"app.py (line {line})" in problem["detail"]
    assert files(previewed)["app.py"]["conflict"]["lines"] == [{"first": line, "last": line}]
    assert "conflict" not in files(previewed)["ddk.json"]
    deployment = ended(alice, alice.call("PATCH", f"/pipelines/{pipeline['id']}", {"stages": [stages["dev"]]}))
    assert deployment["failure"]["error"] == "RepositoryConflict"


@pytest.mark.parametrize("strategy", ["trunk"])
def test_a_stage_that_goes_leaves_its_stack_behind(platform, alice, pipeline, stages):
    previewed = preview(alice, pipeline, stages=[stages["dev"]])
    assert deployed(platform, alice, pipeline, {"stages": [stages["dev"]]})["status"] == "SUCCEEDED"
    assert previewed["orphans"] == alice.call("GET", f"/pipelines/{pipeline['id']}")["orphans"] != []
    assert previewed["orphans"][0]["command"].startswith("aws cloudformation delete-stack ")
    back = preview(alice, pipeline, stages=[stages["dev"], stages["prod"]])
    assert (back["orphans"], [orphan["stage"] for orphan in back["takenOver"]]) == ([], ["prod"])


def test_a_creation_does_what_its_preview_said(platform, alice, environments, stages, strategy, tmp_path):
    wanted = definition(environments, strategy=strategy, tags={"tier": "1"}, stages=[stages["dev"], stages["prod"]])
    before = {pipeline["id"] for pipeline in alice.all("/pipelines")}
    begun = time.monotonic()
    answer = alice.request("POST", "/pipelines", wanted, params=DRY, headers={"Idempotency-Key": "a-key-of-a-dry-run"})
    assert time.monotonic() - begun < SECONDS
    assert answer.status_code == 200, answer.text
    previewed = answer.json()
    assert (previewed["revision"], previewed["deployable"], previewed["repository"]["created"]) == (1, True, True)
    assert {pipeline["id"] for pipeline in alice.all("/pipelines")} == before

    pipeline = settled(alice, alice.call("POST", "/pipelines", wanted))
    clone = platform.clone(pipeline, tmp_path / "clone")
    assert files(previewed).keys() == set(git(clone, "ls-files").split("\n"))
    example = tmp_path / "example"
    example.mkdir()
    git(example, "init", "--quiet")
    git(example, "apply", input="".join(file["diff"] for file in files(previewed).values()))
    for path in files(previewed):
        told = (example / path).read_text().replace(previewed["pipelineId"], pipeline["id"])
        assert told == (clone / path).read_text(), path
    [stack] = previewed["stacks"]
    assert (stack["action"], stack["name"]) == ("CREATE", pipeline["stackName"].replace(pipeline["id"], previewed["pipelineId"]))
    added = [resource["type"] for resource in stack["added"] + [change for change in stack["iam"] if change["type"].startswith("AWS::IAM")]]
    assert sorted(added) == sorted(resource["Type"] for resource in template(platform, pipeline)["Resources"].values())
    assert not stack["changed"] and not stack["replaced"] and not stack["removed"]


@pytest.mark.parametrize("strategy", ["trunk"])
def test_a_bootstrap_that_is_gone_is_told_with_its_fix(platform, alice, pipeline, stages):
    account, region = owners.unused_account(), platform.settings.region
    environment = owners.ready(platform, alice, account, region, (CICD_ACCOUNT,))
    change = {"stages": [stages["dev"], {"name": "qa", "environmentId": environment["id"]}, stages["prod"]]}
    assert preview(alice, pipeline, **change)["problems"] == []
    platform.aws("cloudformation", account).delete_stack(StackName="CDKToolkit")
    # What the stack leaves, and what would be in the way of the next one.
    platform.aws("s3", account).delete_bucket(Bucket=f"cdk-hnb659fds-assets-{account}-{region}")
    previewed = preview(alice, pipeline, **change)
    [problem] = previewed["problems"]
    assert (problem["code"], problem["environmentId"], problem["accountId"]) == ("EnvironmentNotBootstrapped", environment["id"], account)
    assert previewed["deployable"] is False
    assert files(previewed), "what it does once that is fixed"
    owners.run(platform, account, problem["command"])
    assert preview(alice, pipeline, **change)["deployable"] is True


@pytest.mark.parametrize("strategy", ["trunk"])
def test_what_is_refused_is_refused_in_a_dry_run(alice, bob, pipeline, stages, environments, member_of):
    path = f"/pipelines/{pipeline['id']}"
    for api, method, where, body, headers, status in (
        (bob, "PATCH", path, {"description": "x"}, {}, 404),
        (member_of("strangers"), "PATCH", path, {"description": "x"}, {}, 404),
        (bob, "POST", "/pipelines", definition(environments), {}, 403),
        (alice, "PATCH", path, {"description": "x"}, {"If-Match": '"9"'}, 412),
        (alice, "PATCH", path, {"stages": [], "colour": 1}, {}, 400),
        (alice, "POST", "/pipelines", {"name": "X"}, {}, 400),
        (alice, "POST", "/pipelines", definition({"CICD": "env-gone0000", "dev": "env-gone0001"}), {}, 400),
        (alice, "POST", "/pipelines", definition(environments), {"Idempotency-Key": "k" * 300}, 400),
    ):
        answers = [api.request(method, where, body, params=query, headers=headers) for query in ({}, DRY)]
        assert [answer.status_code for answer in answers] == [status, status], (method, body, [answer.text for answer in answers])
        said = [{name: value for name, value in answer.json().items() if name != "instance"} for answer in answers]
        assert said[0] == said[1]
    for value in ("perhaps", "", "TRUE"):
        with pytest.raises(Problem) as refused:
            alice.call("PATCH", path, {"description": "x"}, params={"dryRun": value})
        assert "answered 400" in str(refused.value) and "/dryRun: " in str(refused.value)
    assert alice.call("GET", path)["revision"] == 1
    assert alice.call("PATCH", path, {"description": "x"}, params={"dryRun": "false"})["revision"] == 2
