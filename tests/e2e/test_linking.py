"""Whose an account is: the first verified link has it, and a verification sees what the owner has changed. IAM is enforced."""

import time

import owners
from localplatform import environments as linked
from localplatform.environments import Account
from pipelines import Platform, wait_for

REGION = "eu-west-1"
# Accounts that no other test links.
OWNERS, CHANGING, STRANGE = "910000000001", "910000000002", "910000000003"


def verified(api, environment: dict) -> dict:
    return api.call("POST", f"/environments/{environment['id']}/verification")


def bootstrapped(platform: Platform, account_id: str) -> None:
    linked.bootstrap(platform.settings, Account("stage", account_id, ("111111111111",)), REGION)


def set_external_id(platform: Platform, environment: dict, external_id: str) -> None:
    """The owner lets in whoever has this external id, and nobody else."""
    command = environment["setup"][-1].replace(environment["externalId"], external_id)
    # The AWS CLI names change sets by the second, and the stack may have had one in this second.
    begun = int(time.time())
    wait_for(lambda: int(time.time()) > begun, "the next second")
    owners.run(platform, environment["accountId"], command)


def test_a_stranger_does_not_keep_the_owner_out(platform, alice, bob):
    strange = owners.link(bob, OWNERS, REGION, team="marketing")
    own = owners.link(alice, OWNERS, REGION)
    bootstrapped(platform, OWNERS)
    linked.deploy_role(platform.settings, own)
    assert verified(alice, own)["status"] == "READY"
    assert "expiresAt" in strange and "expiresAt" not in alice.call("GET", f"/environments/{own['id']}")

    # Who cannot enter the account learns nothing, neither by linking nor by verifying.
    [problem] = verified(bob, strange)["problems"]
    assert problem["code"] == "EnvironmentRoleNotAssumable"
    again = bob.request("POST", "/environments", {"label": "again", "accountId": OWNERS, "region": REGION, "team": "marketing"})
    assert again.status_code == 201

    # The account's owner lets the other link in: it is told that the account is taken, and not by whom.
    set_external_id(platform, own, strange["externalId"])
    [problem] = verified(bob, strange)["problems"]
    assert problem["code"] == "AccountTaken"
    assert own["id"] not in str(problem) and "research" not in str(problem) and "alice" not in str(problem)

    assert alice.request("DELETE", f"/environments/{own['id']}").status_code == 204
    assert verified(bob, strange)["status"] == "READY"
    assert bob.request("DELETE", f"/environments/{strange['id']}").status_code == 204


def test_a_verification_finds_that_the_owner_has_changed_the_trust(platform, alice):
    environment = owners.link(alice, CHANGING, REGION)
    bootstrapped(platform, CHANGING)
    linked.deploy_role(platform.settings, environment)
    for _ in range(2):
        assert verified(alice, environment)["status"] == "READY"
    set_external_id(platform, environment, "another-external-id")
    failed = verified(alice, environment)
    assert (failed["status"], [problem["code"] for problem in failed["problems"]]) == ("FAILED", ["EnvironmentRoleNotAssumable"])
    linked.deploy_role(platform.settings, environment)
    assert verified(alice, environment)["status"] == "READY"


def test_the_platforms_own_account_cannot_be_linked(platform, alice, admin):
    request = {"label": "own", "accountId": platform.stack["platformAccountId"], "region": "eu-west-2"}
    for user, team in ((alice, "research"), (admin, "platform-admins")):
        refused = user.request("POST", "/environments", request | {"team": team})
        assert refused.status_code == 400
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/accountId"]


def test_a_user_has_so_many_links_that_wait(member_of, configured):
    configured("link-environment", UNVERIFIED_LINKS="2")
    somebody = member_of("newcomers")
    request = {"label": "wait", "accountId": STRANGE, "team": "newcomers"}
    first, _ = [somebody.call("POST", "/environments", request | {"region": region}) for region in ("eu-west-1", "eu-west-2")]
    refused = somebody.request("POST", "/environments", request | {"region": "eu-west-3"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:dataall:problem:QuotaExceeded")
    assert somebody.request("DELETE", f"/environments/{first['id']}").status_code == 204
    assert somebody.request("POST", "/environments", request | {"region": "eu-west-3"}).status_code == 201
