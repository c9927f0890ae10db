"""Pipelines are edited while their developers edit, too: nobody's work is lost, and one deployment runs at a time."""

import ast
import json
import subprocess
from itertools import pairwise
from pathlib import Path

import owners
import pytest
from localplatform.settings import DEV_ACCOUNT, PROD_ACCOUNT
from pipelines import Platform, definition, ended, recorded, redeployed, settled, wait_for
from times import in_order


@pytest.fixture
def stages(environments) -> dict[str, dict]:
    return {name: {"name": name, "environmentId": environments[name]} for name in ("dev", "prod")}


@pytest.fixture
def pipeline(alice, environments, stages) -> dict:
    """A pipeline with the stages dev and prod that is deployed."""
    return settled(alice, alice.call("POST", "/pipelines", definition(environments, stages=[stages["dev"], stages["prod"]])))


@pytest.fixture
def clone(platform, pipeline, tmp_path) -> Path:
    return platform.clone(pipeline, tmp_path / "clone")


def git(clone: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    return subprocess.run(["git", "-C", clone, *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def push(clone: Path, **replacements: tuple[str, str]) -> str:
    """A developer replaces text in files and pushes; the new head. The names of files are given with _ for the dot."""
    for name, (old, new) in replacements.items():
        file = clone / name.replace("_", ".")
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
    git(clone, "commit", "--all", "--message", "A developer's change")
    git(clone, "push")
    return git(clone, "rev-parse", "HEAD")


def edited(alice, pipeline: dict, **change) -> dict:
    """The deployment of a change, once it has ended."""
    return ended(alice, alice.call("PATCH", f"/pipelines/{pipeline['id']}", change))


def stages_in(app: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(app.read_text())) if isinstance(node, ast.Call)]
    added = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "add_stage"]
    added.sort(key=lambda call: call.lineno)
    return [next(ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg == "stage_id") for call in added]


def test_an_edit_is_one_commit_and_keeps_what_developers_changed(platform, alice, pipeline, clone, stages, environments):
    theirs = push(
        clone,
        app_py=("app = cdk.App()", "app = cdk.App()  # ours"),
        ddk_json=('"RemovalPolicy": "destroy"', '"RemovalPolicy": "retain"'),
    )
    events = platform.stack_events(pipeline)
    staging = {"name": "staging", "environmentId": environments["dev"], "manualApproval": True}
    change = {"description": "Now with staging", "tags": {"tier": "2"}, "stages": [stages["dev"], staging, stages["prod"]]}
    deployment = edited(alice, pipeline, **change)
    assert (deployment["status"], deployment["revision"]) == ("SUCCEEDED", 2), json.dumps(deployment, indent=2)
    git(clone, "pull", "--ff-only")
    assert git(clone, "rev-list", f"{theirs}..HEAD") == deployment["commit"]["commitId"] == git(clone, "rev-parse", "HEAD")
    assert set(git(clone, "diff", "--name-only", theirs).split()) == {"app.py", "ddk.json"}
    assert "app = cdk.App()  # ours" in (clone / "app.py").read_text()
    assert stages_in(clone / "app.py") == ["dev", "staging", "prod"]
    ddk = json.loads((clone / "ddk.json").read_text())
    assert ddk["environments"]["dev"]["resources"]["ddk-bucket"]["RemovalPolicy"] == "retain"
    assert ddk["environments"]["staging"]["account"] == DEV_ACCOUNT
    assert ddk["tags"]["tier"] == "2"
    # The pipeline updates itself: the platform's own update would undo what its developers added.
    assert platform.stack_events(pipeline) == events
    codecommit = platform.aws("codecommit")
    repository = codecommit.get_repository(repositoryName=pipeline["repositoryName"])["repositoryMetadata"]
    assert repository["repositoryDescription"] == "Now with staging"
    assert codecommit.list_tags_for_resource(resourceArn=repository["Arn"])["tags"] == {"tier": "2", "dataall:pipeline": pipeline["id"]}


def test_a_change_that_changes_nothing_does_nothing(platform, alice, pipeline, clone):
    path = f"/pipelines/{pipeline['id']}"
    same = {key: pipeline[key] for key in ("description", "tags", "stages")}
    answer = alice.request("PATCH", path, same, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert recorded(answer.json()) == recorded(alice.call("GET", path)) == recorded(pipeline)
    assert len(alice.all(f"{path}/deployments")) == 1
    events, codepipeline = platform.stack_events(pipeline), platform.aws("codepipeline")
    deployment = redeployed(alice, pipeline)
    assert deployment["commit"]["changed"] is False
    assert platform.stack_events(pipeline) == events
    git(clone, "fetch", "--prune")
    assert git(clone, "rev-list", "--count", "--all") == "1"
    assert codepipeline.get_pipeline(name=pipeline["repositoryName"])["pipeline"]["version"] == 1


def test_a_conflict_is_proposed_and_goes_through_once_it_is_merged(platform, alice, pipeline, clone, stages):
    theirs = push(clone, app_py=('stage=ApplicationStage(app, "prod")', 'stage=ApplicationStage(app, "prod"),  # live'))
    line = next(n for n, text in enumerate((clone / "app.py").read_text().splitlines(), 1) if "# live" in text)
    first = edited(alice, pipeline, stages=[stages["dev"]])
    refused = (first, redeployed(alice, pipeline))
    codecommit = platform.aws("codecommit")
    [request] = codecommit.list_pull_requests(repositoryName=pipeline["repositoryName"])["pullRequestIds"]
    for deployment in refused:
        assert (deployment["status"], deployment["failure"]["error"]) == ("FAILED", "RepositoryConflict"), deployment
        for words in (f"app.py (line {line})", "dataall/r2", f"pull request {request}", "deploy again"):
            assert words in deployment["failure"]["cause"], words
    assert platform.head(pipeline) == theirs
    [target] = codecommit.get_pull_request(pullRequestId=request)["pullRequest"]["pullRequestTargets"]
    assert (target["sourceReference"], target["destinationReference"]) == ("refs/heads/dataall/r2", "refs/heads/main")

    git(clone, "fetch")
    git(clone, "merge", "--no-ff", "--message", "Take the stage off", "origin/dataall/r2")
    git(clone, "push")
    merged = git(clone, "rev-parse", "HEAD")
    assert stages_in(clone / "app.py") == ["dev"]
    deployment = redeployed(alice, pipeline)
    assert deployment["status"] == "SUCCEEDED", deployment
    assert (deployment["commit"]["commitId"], deployment["commit"]["changed"]) == (merged, False)
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["deployedRevision"] == 2
    # What was proposed is the base of the next merge.
    assert edited(alice, pipeline, stages=[stages["dev"], stages["prod"]])["status"] == "SUCCEEDED"
    git(clone, "pull", "--ff-only")
    assert stages_in(clone / "app.py") == ["dev", "prod"]


def test_changes_during_a_deployment_are_deployed_together_after_it(alice, environments, stages):
    pipeline = alice.call("POST", "/pipelines", definition(environments))
    path = f"/pipelines/{pipeline['id']}"
    for number in range(2, 6):
        changed = alice.call("PATCH", path, {"description": f"Change {number}"})
        assert (changed["revision"], changed["status"]) == (number, "DEPLOYING")
    deployed = wait_for(
        lambda: (found := alice.call("GET", path)) and found["status"] != "DEPLOYING" and found, "the end of all deployments"
    )
    assert (deployed["status"], deployed["deployedRevision"], deployed["description"]) == ("DEPLOYED", 5, "Change 5")
    deployments = alice.all(f"{path}/deployments")[::-1]
    assert 1 < len(deployments) < 5
    assert [deployment["status"] for deployment in deployments] == ["SUCCEEDED"] * len(deployments)
    for earlier, later in pairwise(deployments):
        assert earlier["revision"] < later["revision"]
        assert in_order(earlier["endedAt"], later["createdAt"], later["startedAt"])


def test_a_stale_change_is_refused(alice, pipeline):
    path = f"/pipelines/{pipeline['id']}"
    answer = alice.request("PATCH", path, {"description": "mine"}, headers={"If-Match": '"7"'})
    assert (answer.status_code, answer.json()["title"]) == (412, "Stale")
    answer = alice.request("PATCH", path, {"stages": [], "strategy": "trunk"})
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/stages", "/strategy"}
    assert recorded(alice.call("GET", path)) == recorded(pipeline)


def test_strangers_change_nothing(bob, alice, pipeline, environments):
    assert bob.request("PATCH", f"/pipelines/{pipeline['id']}", {"description": "mine"}).status_code == 404
    unknown = [{"name": "dev", "environmentId": "env-a0000000"}]
    answer = alice.request("PATCH", f"/pipelines/{pipeline['id']}", {"stages": unknown})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/stages/0/environmentId"]


def test_removed_and_moved_stages_leave_orphans_with_the_command_that_deletes_them(
    platform: Platform, alice, pipeline, stages, environments
):
    name = f"{pipeline['repositoryName']}-prod"
    deployed = platform.aws("cloudformation", PROD_ACCOUNT)
    deployed.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    path = f"/pipelines/{pipeline['id']}"
    listed = f"/pipelines?environmentId={environments['prod']}"
    assert pipeline["id"] in [found["id"] for found in alice.all(listed)]
    assert edited(alice, pipeline, stages=[stages["dev"]])["status"] == "SUCCEEDED"
    [orphan] = alice.call("GET", path)["orphans"]
    assert {key: orphan[key] for key in ("stage", "accountId", "region", "stackName")} == {
        "stage": "prod",
        "accountId": PROD_ACCOUNT,
        "region": platform.settings.region,
        "stackName": name,
    }
    assert pipeline["id"] not in [found["id"] for found in alice.all(listed)]
    assert deployed.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE", "it is left alone"
    stack_id = deployed.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    owners.run(platform, PROD_ACCOUNT, orphan["command"])
    wait_for(lambda: deployed.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE", "the stack's deletion")

    moved = stages["dev"] | {"environmentId": environments["prod"]}
    assert edited(alice, pipeline, stages=[moved])["status"] == "SUCCEEDED"
    left = alice.call("GET", path)["orphans"]
    assert [(orphan["stage"], orphan["accountId"]) for orphan in left] == [("prod", PROD_ACCOUNT), ("dev", DEV_ACCOUNT)]
    assert pipeline["id"] in [found["id"] for found in alice.all(listed)]
    assert edited(alice, pipeline, stages=[stages["dev"], stages["prod"]])["status"] == "SUCCEEDED"
    back = alice.call("GET", path)
    assert [(orphan["stage"], orphan["accountId"]) for orphan in back["orphans"]] == [("dev", PROD_ACCOUNT)]
