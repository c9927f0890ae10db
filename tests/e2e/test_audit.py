"""The audit trail: who asked for what, when, from where, by which request, and how it was answered. By the API, and as events."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import owners
import pytest
from bus import Listener
from pipelines import Platform, definition, settled
from times import in_order

ADDED = "Audit Entry Added"
HOST_ACCOUNT, STAGE_ACCOUNT = owners.unused_account(), owners.unused_account()


@pytest.fixture(scope="module")
def listener(platform) -> Iterator[Listener]:
    """Hears what the bus tells of the audit trail from here on."""
    listener = Listener(platform, {"detail-type": [ADDED]})
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def stage(platform, alice, listener) -> dict:
    """An environment of research's to which marketing is invited."""
    return owners.ready(platform, alice, STAGE_ACCOUNT, platform.settings.region, (HOST_ACCOUNT,), invitedTeams=["marketing"])


@pytest.fixture(scope="module")
def cicd(platform, member_of, listener) -> dict:
    """An environment of a third team, to which marketing is invited."""
    host, region = member_of("hosts"), platform.settings.region
    return owners.ready(platform, host, HOST_ACCOUNT, region, (), "DELIVERING", team="hosts", invitedTeams=["marketing"])


@pytest.fixture(scope="module")
def pipeline(bob, stage, cicd) -> dict:
    """A pipeline of marketing's: research owns its stage, and hosts its CICD environment."""
    wanted = definition({"CICD": cicd["id"], "dev": stage["id"]}, team="marketing", strategy="trunk")
    made = bob.call("POST", "/pipelines", wanted)
    return settled(bob, made)


def trail(api, path: str) -> list[dict]:
    """The whole trail, read in pages of two."""
    return api.all(f"{path}/audit", 2)


def told(entries: list[dict]) -> list[tuple[str, str, str]]:
    """Who asked for what, and how it was answered, the oldest first."""
    return [(entry["by"], entry["action"], entry["outcome"]) for entry in reversed(entries)]


def rows(platform: Platform, partition: str) -> dict[str, dict]:
    """The entries of the trail as they are stored, by their sort keys."""
    return {row["sk"]["S"]: row for row in platform.rows(partition, "AUDIT#")}


@pytest.fixture(scope="module")
def asked(bob, alice, admin, stage, pipeline) -> list[tuple[str, str, str]]:
    """What was asked for about the pipeline, in order."""
    path = f"/pipelines/{pipeline['id']}"
    settled(bob, bob.call("PATCH", path, {"description": "for the books"}))
    settled(bob, bob.call("GET", path) | {"lastDeployment": bob.call("POST", f"{path}/deployments")})
    bob.call("POST", f"{path}/credentials")
    run = bob.call("POST", f"{path}/runs", {})["runId"]
    # Builds do not run here: stopping is asked for, whatever becomes of it.
    bob.call("POST", f"{path}/runs/{run}/stop", {"reason": "not now"})
    # The team of the stage may not change it, nor take credentials.
    for call in (("PATCH", path, {"description": "ours"}), ("POST", f"{path}/credentials", None)):
        assert alice.request(*call).status_code == 403
    redeployment = bob.call("POST", "/redeployments", {"pipelineId": pipeline["id"]})
    assert alice.request("POST", "/redeployments", {"pipelineId": pipeline["id"]}).status_code == 403
    bob.call("POST", f"/redeployments/{redeployment['id']}/cancellation")
    return [
        ("bob", "createPipeline", "ACCEPTED"),
        ("bob", "changePipeline", "ACCEPTED"),
        ("bob", "redeployPipeline", "ACCEPTED"),
        ("bob", "issueCredentials", "ACCEPTED"),
        ("bob", "startRun", "ACCEPTED"),
        ("bob", "stopRun", "ACCEPTED"),
        ("alice", "changePipeline", "REFUSED"),
        ("alice", "issueCredentials", "REFUSED"),
        ("bob", "requestRedeployment", "ACCEPTED"),
        ("alice", "requestRedeployment", "REFUSED"),
    ]


def test_an_entry_says_who_asked_for_what_and_how_it_was_answered(bob, pipeline, asked):
    entries = trail(bob, f"/pipelines/{pipeline['id']}")
    for newer, older in itertools.pairwise(entries):
        assert in_order(older["at"], newer["at"])
    # What the platform did by itself, for the redeployment, came from no address. The cancellation may be faster.
    people = [entry for entry in entries if "sourceAddress" in entry and entry["action"] != "cancelRedeployment"]
    assert told(people) == asked
    for entry in people:
        age = datetime.now(UTC) - datetime.fromisoformat(entry["at"])
        assert timedelta() <= age < timedelta(hours=1)
        assert entry["at"].endswith("Z")
    assert len({entry["requestId"] for entry in people}) == len(asked)
    refused = next(entry for entry in entries if entry["outcome"] == "REFUSED")
    assert refused["detail"].startswith("Forbidden: ")


def test_an_environments_trail_is_its_teams(alice, bob, stage, asked):
    path = f"/environments/{stage['id']}"
    alice.call("PATCH", path, {"label": "books"})
    assert bob.request("PATCH", path, {"label": "ours"}).status_code == 403
    alice.call("POST", "/redeployments", {"environmentId": stage["id"]})
    assert told(trail(alice, path)) == [
        ("alice", "linkEnvironment", "ACCEPTED"),
        ("alice", "verifyEnvironment", "ACCEPTED"),
        ("alice", "changeEnvironment", "ACCEPTED"),
        ("bob", "changeEnvironment", "REFUSED"),
        ("alice", "requestRedeployment", "ACCEPTED"),
    ]
    assert bob.request("GET", f"{path}/audit").status_code == 403


def test_who_owns_a_stage_does_not_see_who_was_handed_credentials(alice, bob, pipeline, asked):
    path = f"/pipelines/{pipeline['id']}"
    assert [entry["by"] for entry in trail(bob, path) if entry["action"] == "issueCredentials"] == ["alice", "bob"]
    seen = trail(alice, path)
    assert ("bob", "changePipeline", "ACCEPTED") in told(seen)
    assert not [entry for entry in seen if entry["action"] == "issueCredentials"]


def test_a_list_has_twenty_items_by_default(alice, stage):
    path = f"/environments/{stage['id']}"
    for number in range(21):
        alice.call("PATCH", path, {"label": f"books-{number}"})
    page = alice.call("GET", f"{path}/audit")
    assert (len(page["items"]), "nextToken" in page) == (20, True)


def test_each_entry_is_announced(listener, bob, alice, stage, pipeline, asked):
    """At least once, as the trail has it."""
    for name, api, path in (
        ("pipelineId", bob, f"/pipelines/{pipeline['id']}"),
        ("environmentId", alice, f"/environments/{stage['id']}"),
    ):
        about = {name: path.rsplit("/", 1)[1], "version": "1"}
        for entry in trail(api, path):
            listener.first(ADDED, **about, **entry)


def test_entries_stay_as_they_are_for_four_hundred_days(platform, bob, alice, stage, pipeline, asked):
    partition = f"PIPELINE#{pipeline['id']}"
    before = rows(platform, partition)
    for row in before.values():
        kept = datetime.fromtimestamp(int(row["expiresAt"]["N"]), UTC) - datetime.fromisoformat(row["at"]["S"])
        assert abs(kept - timedelta(days=400)) <= timedelta(seconds=1)
    path = f"/pipelines/{pipeline['id']}"
    # The same again, and the end of it all.
    bob.call("PATCH", path, {"description": "for other books"})
    bob.call("POST", f"{path}/credentials")
    assert alice.request("PATCH", path, {"description": "ours"}).status_code == 403
    alice.call("DELETE", f"/environments/{stage['id']}/pipelines/{pipeline['id']}")
    after = rows(platform, partition)
    assert {key: after.get(key) for key in before} == before
    added = sorted((row["by"]["S"], row["action"]["S"]) for key, row in after.items() if key not in before)
    expected = [("alice", "changePipeline"), ("alice", "deletePipeline"), ("bob", "changePipeline"), ("bob", "issueCredentials")]
    assert [entry for entry in expected if entry not in added] == []
    # It had no other stage. Where the owner did it, it is called what it was.
    assert told(trail(alice, f"/environments/{stage['id']}"))[-1] == ("alice", "evictPipeline", "ACCEPTED")
