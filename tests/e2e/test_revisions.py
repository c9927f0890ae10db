"""Every definition that a pipeline had is kept, and each can be restored: by the rules of today, and with what developers changed since."""

import subprocess
import uuid
from pathlib import Path

import owners
import pytest
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT
from pipelines import definition, ended, recorded, redeployed, settled, wait_for

OWNERS_ACCOUNT = "840000000001"
OWNERS = "revisions-owners"


@pytest.fixture
def stages(environments) -> dict[str, dict]:
    return {
        "dev": {"name": "dev", "environmentId": environments["dev"], "manualApproval": False},
        "prod": {"name": "prod", "environmentId": environments["prod"], "manualApproval": True},
    }


@pytest.fixture
def pipeline(alice, environments, stages) -> dict:
    """A deployed pipeline with the stages dev and prod, and the description of its first revision."""
    body = definition(environments, stages=list(stages.values()), description="first", tags={"tier": "1"})
    return settled(alice, alice.call("POST", "/pipelines", body))


def path(pipeline: dict, revision: int | None = None) -> str:
    listed = f"/pipelines/{pipeline['id']}/revisions"
    return listed if revision is None else f"{listed}/{revision}/restoration"


def changed(api: Api, pipeline: dict, **change) -> dict:
    """The pipeline after a change, once that is deployed."""
    return settled(api, api.call("PATCH", f"/pipelines/{pipeline['id']}", change))


def deployed(api: Api, pipeline: dict) -> dict:
    """The pipeline once all that was asked for is deployed, one deployment after the other."""
    return wait_for(lambda: (found := api.call("GET", f"/pipelines/{pipeline['id']}"))["status"] == "DEPLOYED" and found, "the deployment")


def defined(pipeline: dict) -> dict:
    """What a team may change of a pipeline, as its record or a revision of it has it."""
    stages = [{name: stage[name] for name in ("name", "environmentId", "manualApproval")} for stage in pipeline["stages"]]
    return {"description": pipeline["description"], "tags": pipeline["tags"], "stages": stages}


def git(clone: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    return subprocess.run(["git", "-C", clone, *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def push(clone: Path, file: str, old: str, new: str) -> str:
    text = (clone / file).read_text()
    assert old in text
    (clone / file).write_text(text.replace(old, new))
    git(clone, "commit", "--all", "--message", "A developer's change")
    git(clone, "push")
    return git(clone, "rev-parse", "HEAD")


def test_each_definition_is_listed_with_who_when_and_what_it_changed(alice, bob, admin, platform, pipeline, stages):
    second = changed(alice, pipeline, description="second", stages=[stages["dev"]])
    redeployed(alice, pipeline)
    newest, first = alice.all(path(pipeline))
    assert (first["revision"], first["action"], first["by"]) == (1, "createPipeline", "alice")
    assert first["changes"] == ["created with the stages dev, prod"]
    assert (first["at"], defined(first)) == (pipeline["createdAt"], defined(pipeline))
    assert (newest["revision"], newest["action"], newest["by"]) == (2, "changePipeline", "alice")
    assert newest["changes"] == ["the description changed", "stage prod removed"]
    assert (newest["at"], defined(newest)) == (second["updatedAt"], defined(second))
    # A page needs no other call: what a stage's environment is called and where it is stand beside its id.
    before = {stage["name"]: stage for stage in pipeline["stages"]}
    assert [stage["accountId"] for stage in first["stages"]] == [before["dev"]["accountId"], before["prod"]["accountId"]]
    assert "repositoryName" not in first
    # One at a time, the newest first.
    page = alice.call("GET", path(pipeline), params={"limit": "1"})
    assert [kept["revision"] for kept in page["items"]] == [2]
    page = alice.call("GET", path(pipeline), params={"limit": "1", "nextToken": page["nextToken"]})
    assert ([kept["revision"] for kept in page["items"]], "nextToken" in page) == ([1], False)
    assert bob.request("GET", path(pipeline)).status_code == 404
    assert [kept["revision"] for kept in admin.all(path(pipeline))] == [2, 1]
    # What was deployed again is the same revision, and what asked for a revision asked for its deployment.
    again, change, creation = alice.all(f"/pipelines/{pipeline['id']}/deployments")
    assert [deployment["revision"] for deployment in (again, change, creation)] == [2, 2, 1]
    assert [kept["requestId"] for kept in (newest, first)] == [deployment["requestId"] for deployment in (change, creation)]


def test_a_restoration_keeps_what_developers_changed_since(alice, platform, pipeline, stages, environments, tmp_path):
    staging = {"name": "staging", "environmentId": environments["dev"], "manualApproval": False}
    changed(alice, pipeline, description="second", tags={"tier": "2"}, stages=[stages["dev"], staging])
    clone = platform.clone(pipeline, tmp_path / "clone")
    theirs = push(clone, "app.py", "app = cdk.App()", "app = cdk.App()  # ours")

    answer = alice.request("POST", path(pipeline, 1), headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')
    restored = answer.json()
    assert (restored["revision"], restored["status"]) == (3, "DEPLOYING")
    assert defined(restored) == defined(pipeline)
    assert [orphan["stage"] for orphan in restored["orphans"]] == ["staging"]
    deployment = ended(alice, restored)
    assert (deployment["status"], deployment["revision"]) == ("SUCCEEDED", 3)
    git(clone, "pull", "--ff-only")
    assert git(clone, "rev-list", f"{theirs}..HEAD") == deployment["commit"]["commitId"]
    app = (clone / "app.py").read_text()
    assert "app = cdk.App()  # ours" in app
    assert 'stage_id="prod"' in app and 'stage_id="staging"' not in app

    newest = alice.all(path(pipeline))[0]
    assert (newest["revision"], newest["restored"], newest["action"]) == (3, 1, "restoreRevision")
    assert newest["changes"][:3] == ["the description changed", "the tags changed", "stage staging removed"]
    entry = alice.all(f"/pipelines/{pipeline['id']}/audit")[0]
    assert (entry["action"], entry["outcome"], entry["by"]) == ("restoreRevision", "ACCEPTED", "alice")
    assert entry["detail"].startswith("revision 3 restores revision 1: the description changed")

    # What is there already changes nothing, whichever number it has and whatever was expected.
    for revision in (1, 3):
        again = alice.request("POST", path(pipeline, revision), headers={"If-Match": '"2"'})
        assert (again.status_code, again.headers["ETag"]) == (200, '"3"')
        assert recorded(again.json()) == recorded(alice.call("GET", f"/pipelines/{pipeline['id']}"))
    assert len(alice.all(path(pipeline))) == 3


def test_a_conflict_leaves_the_branch_alone_and_is_proposed(alice, platform, pipeline, stages, tmp_path):
    changed(alice, pipeline, stages=[stages["dev"]], tags={"tier": "2"})
    clone = platform.clone(pipeline, tmp_path / "clone")
    theirs = push(clone, "ddk.json", '"tier": "2"', '"tier": "3"')
    failed = ended(alice, alice.call("POST", path(pipeline, 1)))
    assert (failed["status"], failed["failure"]["error"]) == ("FAILED", "RepositoryConflict")
    assert platform.head(pipeline) == theirs
    assert "pull request" in failed["failure"]["cause"]
    # The developers have the last word in their repository: with their line as it was, the same revision goes through.
    push(clone, "ddk.json", '"tier": "3"', '"tier": "2"')
    assert redeployed(alice, pipeline)["status"] == "SUCCEEDED"
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["deployedRevision"] == 3


def test_the_same_key_restores_once(alice, pipeline):
    changed(alice, pipeline, description="second")
    once = {"Idempotency-Key": uuid.uuid4().hex}
    first = alice.request("POST", path(pipeline, 1), headers=once)
    assert first.json()["revision"] == 3
    alice.call("PATCH", f"/pipelines/{pipeline['id']}", {"description": "fourth"})
    again = alice.request("POST", path(pipeline, 1), headers=once)
    assert (again.status_code, recorded(again.json())) == (200, recorded(first.json()))
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["description"] == "fourth"
    stale = alice.request("POST", path(pipeline, 1), headers={"If-Match": '"3"'})
    assert (stale.status_code, stale.json()["type"].rsplit(":", 1)[-1]) == (412, "Stale")
    deployed(alice, pipeline)


def test_what_is_not_kept_is_told_with_what_is(alice, pipeline):
    for unknown in ("0", "2", "4294967295"):
        answer = alice.request("POST", f"/pipelines/{pipeline['id']}/revisions/{unknown}/restoration")
        assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (404, "RevisionNotKept")
        assert answer.json()["detail"].endswith("those from 1 to 1 are kept")
    for malformed in ("-1", "01", "first", "4294967296"):
        assert alice.request("POST", f"/pipelines/{pipeline['id']}/revisions/{malformed}/restoration").status_code == 404
    assert alice.request("POST", path(pipeline, 1), {"description": "no body"}).status_code == 400
    assert alice.request("GET", path(pipeline), params={"nextToken": "x"}).status_code == 400


@pytest.fixture(scope="module")
def owner(member_of) -> Api:
    """Somebody of another team, which owns the account of a stage."""
    return member_of(OWNERS)


@pytest.fixture(scope="module")
def live(platform, owner) -> dict:
    region = platform.settings.region
    return owners.ready(platform, owner, OWNERS_ACCOUNT, region, (CICD_ACCOUNT,), team=OWNERS, invitedTeams=["research"])


@pytest.fixture
def without_theirs(alice, environments, live) -> dict:
    """A pipeline of research's, first with an approval before a stage in the account of the other team, then without that stage."""
    stages = [
        {"name": "dev", "environmentId": environments["dev"]},
        {"name": "live", "environmentId": live["id"], "manualApproval": True},
    ]
    created = settled(alice, alice.call("POST", "/pipelines", definition(environments, stages=stages)))
    return changed(alice, created, stages=stages[:1]) | {"first": created}


def test_a_stage_is_restored_if_its_owners_still_let_it(alice, admin, owner, without_theirs, live):
    pipeline = without_theirs
    owner.call("PATCH", f"/environments/{live['id']}", {"invitedTeams": None})
    for user in (alice, admin):
        refused = user.request("POST", path(pipeline, 1))
        assert refused.status_code == 400, refused.text
        (problem,) = refused.json()["errors"]
        assert problem["pointer"] == "/stages/1/environmentId"
        assert problem["detail"].startswith("the stage live of revision 1: ")
    assert alice.call("GET", f"/pipelines/{pipeline['id']}")["revision"] == 2
    # Who may not see the environment any more reads its id only.
    (stage,) = [stage for stage in alice.all(path(pipeline))[1]["stages"] if stage["name"] == "live"]
    assert set(stage) == {"name", "environmentId", "manualApproval"}

    owner.call("PATCH", f"/environments/{live['id']}", {"invitedTeams": ["research"]})
    restored = settled(alice, alice.call("POST", path(pipeline, 1)))
    assert defined(restored) == defined(pipeline["first"])

    # Its owner reads the revisions, and restores none.
    assert [kept["revision"] for kept in owner.all(path(pipeline))] == [3, 2, 1]
    refused = owner.request("POST", path(pipeline, 2))
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    entry = alice.all(f"/pipelines/{pipeline['id']}/audit")[0]
    assert (entry["action"], entry["outcome"]) == ("restoreRevision", "REFUSED")

    # An approval that was switched off comes back by anybody who may change it, and goes by its owners only.
    both = [stage | {"manualApproval": False} for stage in defined(pipeline["first"])["stages"]]
    assert alice.request("PATCH", f"/pipelines/{pipeline['id']}", {"stages": both}).status_code == 403
    without = changed(admin, pipeline, stages=both)
    assert without["revision"] == 4
    settled(alice, alice.call("POST", path(pipeline, 3)))
    refused = alice.request("POST", path(pipeline, 4))
    assert (refused.status_code, OWNERS in refused.json()["detail"]) == (403, True)

    # An eviction is a revision of its owner's. Then its environment goes, and nothing brings the stage back.
    assert owner.request("DELETE", f"/environments/{live['id']}/pipelines/{pipeline['id']}").status_code == 202
    deployed(alice, pipeline)
    evicted = alice.all(path(pipeline))[0]
    assert (evicted["action"], evicted["changes"]) == ("evictPipeline", ["stage live removed"])
    assert owner.request("GET", path(pipeline)).status_code == 404
    assert owner.request("DELETE", f"/environments/{live['id']}").status_code == 204
    refused = alice.request("POST", path(pipeline, 1))
    assert [problem["pointer"] for problem in refused.json()["errors"]] == ["/stages/1/environmentId"]
    assert "there is no environment" in refused.json()["errors"][0]["detail"]


def test_only_the_newest_hundred_are_kept(alice, platform, pipeline):
    """The change that makes one too many takes the oldest away, in the same transaction."""
    present = f"/pipelines/{pipeline['id']}"
    for number in range(2, 103):
        change = {"description": f"{number}"}
        # A user may send only so many calls a minute.
        wait_for(lambda change=change: alice.request("PATCH", present, change).status_code == 200, "a change")
    kept = [found["revision"] for found in alice.all(path(pipeline))]
    assert kept == list(range(102, 2, -1))
    gone = alice.request("POST", path(pipeline, 2))
    assert (gone.status_code, gone.json()["detail"].rpartition(": ")[2]) == (404, "those from 3 to 102 are kept")
    alice.call("POST", path(pipeline, 3))
    restored = deployed(alice, pipeline)
    assert (restored["description"], restored["revision"], restored["deployedRevision"]) == ("3", 103, 103)
    assert len(platform.rows(f"PIPELINE#{pipeline['id']}", "REVISION#")) == 100


def test_a_deletion_is_a_revision_and_the_last(alice, admin, pipeline):
    assert alice.request("DELETE", f"/pipelines/{pipeline['id']}?deleteRepository=true").status_code == 202
    newest = admin.all(path(pipeline))[0]
    assert (newest["revision"], newest["action"], newest["changes"]) == (2, "deletePipeline", ["to be deleted: the repository is deleted"])
    assert admin.request("POST", path(pipeline, 1)).status_code in (404, 409)
    wait_for(lambda: alice.request("GET", f"/pipelines/{pipeline['id']}").status_code == 404, "the deletion")
    assert alice.request("GET", path(pipeline)).status_code == 404
    assert [kept["revision"] for kept in admin.all(path(pipeline))] == [2, 1]
