"""Environments over HTTP: linked, read, changed, unlinked, by whom it may be."""

import itertools
import re

import owners
import pytest
from pipelines import definition, settled

REGION = "eu-west-1"
ACCOUNTS = (f"{number:012}" for number in itertools.count(5_000_000_000))


@pytest.fixture
def account_id() -> str:
    """An account that nobody has linked; its zeros in front are part of it."""
    return next(ACCOUNTS)


def test_a_linked_environment_tells_its_owner_what_to_run(alice, account_id):
    answer = alice.request("POST", "/environments", {"label": "Sandbox", "accountId": account_id, "region": REGION, "team": "research"})
    assert answer.status_code == 201
    environment = answer.json()
    assert answer.headers["Location"] == f"{alice.url}/environments/{environment['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (environment["status"], environment["accountId"], environment["problems"]) == ("PENDING", account_id, [])
    assert re.match(rf"npx aws-cdk@\d+\.\d+\.\d+ bootstrap aws://{account_id}/{REGION}$", environment["setup"][0])
    assert f"ExternalId={environment['externalId']}" in environment["setup"][1]
    read = alice.request("GET", f"/environments/{environment['id']}")
    assert (read.status_code, read.json(), read.headers["ETag"]) == (200, environment, '"1"')


def test_others_see_it_when_they_are_invited_and_may_not_change_it(alice, bob, admin, account_id):
    environment = owners.link(alice, account_id, REGION)
    path = f"/environments/{environment['id']}"
    assert bob.request("GET", path).status_code == 404
    assert bob.request("PATCH", path, {"label": "mine"}).status_code == 404
    assert environment["id"] not in [found["id"] for found in bob.all("/environments")]
    assert admin.request("GET", path).json() == environment

    assert alice.call("PATCH", path, {"invitedTeams": ["marketing"]})["invitedTeams"] == ["marketing"]
    seen = bob.call("GET", path)
    assert "externalId" not in seen and "setup" not in seen
    assert environment["id"] in [found["id"] for found in bob.all("/environments")]
    for method, below, body in (("PATCH", "", {"label": "mine"}), ("DELETE", "", None), ("POST", "/verification", None)):
        refused = bob.request(method, path + below, body)
        assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")

    alice.call("PATCH", path, {"invitedTeams": None})
    assert bob.request("GET", path).status_code == 404
    assert environment["id"] not in [found["id"] for found in bob.all("/environments")]


def test_nobody_links_for_a_team_that_is_not_theirs(bob, account_id):
    request = {"label": "x", "accountId": account_id, "region": REGION, "team": "research"}
    assert bob.request("POST", "/environments", request).status_code == 403


def test_a_change_counts_and_a_stale_one_is_refused(alice, account_id):
    environment = owners.link(alice, account_id, REGION)
    path = f"/environments/{environment['id']}"
    changed = alice.request("PATCH", path, {"label": "New label"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"], changed.json()["label"]) == (200, '"2"', "New label")
    for method, body in (("PATCH", {"label": "Newer"}), ("DELETE", None)):
        stale = alice.request(method, path, body, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.headers["Content-Type"]) == (412, "application/problem+json")
    same = alice.request("PATCH", path, {"label": "New label"})
    assert (same.status_code, same.headers["ETag"]) == (200, '"2"')
    boundary = alice.call("PATCH", path, {"permissionsBoundary": "Bounded", "bootstrapQualifier": "mine"})
    assert (boundary["permissionsBoundary"], boundary["bootstrapQualifier"], boundary["status"]) == ("Bounded", "mine", "PENDING")
    assert "BootstrapQualifier=mine" in boundary["setup"][1]


def test_unused_it_can_be_unlinked_and_linked_anew(alice, account_id):
    environment = owners.link(alice, account_id, REGION)
    path = f"/environments/{environment['id']}"
    gone = alice.request("DELETE", path, headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert alice.request("GET", path).status_code == 404
    assert alice.request("DELETE", path).status_code == 404
    assert environment["id"] not in [found["id"] for found in alice.all("/environments")]
    assert owners.link(alice, account_id, REGION)["externalId"] != environment["externalId"]


def test_in_use_it_cannot_be_unlinked(alice, environments):
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    for label in ("CICD", "dev"):
        refused = alice.request("DELETE", f"/environments/{environments[label]}")
        assert refused.status_code == 409
        assert f"GET /pipelines?environmentId={environments[label]}" in refused.json()["detail"]
    assert pipeline["id"] in [found["id"] for found in alice.all(f"/pipelines?environmentId={environments['dev']}")]


def test_verification_is_repeated_as_often_as_asked(alice, environments):
    for _ in range(2):
        verified = alice.call("POST", f"/environments/{environments['prod']}/verification")
        assert (verified["status"], verified["problems"], verified["revision"]) == ("READY", [], 1)
