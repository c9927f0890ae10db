"""The edge of the API: whose tokens it takes, which bodies it reads, what it writes to its log."""

import pytest
import requests
from pipelines import definition, settled, wait_for


def is_problem(answer: requests.Response, status: int, kind: str) -> dict:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text[:500]
    assert answer.json()["type"] == f"urn:dataall:problem:{kind}"
    return answer.json()


# --- Tokens ---


@pytest.mark.parametrize("group", ["x,platform-admins", "[platform-admins]", "platform-admins,", "[x,platform-admins]"])
def test_a_group_whose_name_looks_like_several_gives_no_rights(member_of, alice, environments, group):
    somebody = member_of(group)
    assert somebody.all("/environments") == []
    is_problem(somebody.request("GET", f"/environments/{environments['dev']}"), 404, "NotFound")
    is_problem(somebody.request("POST", "/redeployments", {"all": True}), 403, "Forbidden")


def test_each_group_counts(member_of, environments):
    assert environments["dev"] in [found["id"] for found in member_of("marketing", "research").all("/environments")]
    assert environments["dev"] in [found["id"] for found in member_of("platform-admins").all("/environments")]


def test_tokens_of_other_clients_and_access_tokens_are_refused(platform, alice):
    cognito = platform.aws("cognito-idp", platform.stack["platformAccountId"])
    pool, user = platform.stack["userPoolId"], platform.stack["users"][0]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    other = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another", ExplicitAuthFlows=flows)["UserPoolClient"]["ClientId"]
    credentials = {"USERNAME": user["username"], "PASSWORD": user["password"]}

    def tokens(client: str) -> dict:
        return cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=credentials)["AuthenticationResult"]

    for token in (tokens(other)["IdToken"], tokens(platform.stack["userPoolClientId"])["AccessToken"]):
        refused = alice.request("GET", "/environments", headers={"Authorization": token})
        problem = is_problem(refused, 401, "Unauthenticated")
        assert (problem["title"], refused.headers["WWW-Authenticate"]) == ("Not signed in", "Bearer")
    bearer = {"Authorization": f"Bearer {tokens(platform.stack['userPoolClientId'])['IdToken']}"}
    assert alice.request("GET", "/environments", headers=bearer).status_code == 200


# --- Bodies and parameters ---


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ('{"stages": [' + ",".join(["1"] * 50_000) + "]}", 400, "Invalid"),
        ('{"stages": [' + ",".join(["{" + ",".join(f'"x{n}": 1' for n in range(100)) + "}"] * 9) + "]}", 400, "Invalid"),
        ("[" * 100_000, 400, "Invalid"),
        ('{"name": "a", "name": "b"}', 400, "Invalid"),
        ('{"name": "' + "x" * 200_000 + '"}', 413, "TooLarge"),
    ],
    ids=["many elements", "many problems", "deep", "twice", "large"],
)
def test_a_hostile_body_is_answered_shortly(platform, alice, body, status, kind):
    headers = {"Authorization": alice.token(), "Content-Type": "application/json"}
    answer = requests.post(platform.stack["apiUrl"] + "/pipelines", data=body, headers=headers, timeout=30)
    problem = is_problem(answer, status, kind)
    assert len(answer.content) < 16_000
    assert len(problem.get("errors", [])) <= 50


def test_a_place_in_a_list_that_was_made_up_is_bad_input(alice):
    # {"l":0,"a":"x"}, {"l":0,"a":"ENVIRONMENT#"} and {"l":7}, as the API writes them.
    for token in ("eyJsIjowLCJhIjoieCJ9", "eyJsIjowLCJhIjoiRU5WSVJPTk1FTlQjIn0", "eyJsIjo3fQ"):
        problem = is_problem(alice.request("GET", "/pipelines", params={"nextToken": token}), 400, "Invalid")
        assert [error["pointer"] for error in problem["errors"]] == ["/nextToken"]


# --- The log ---


def test_no_level_of_the_log_writes_tokens(platform, alice, configured):
    """`trace` has Lambda's runtime and the SDK tell all: events with callers' tokens, requests with session tokens."""
    configured("list-environments", LOG_LEVEL="trace")
    answer = alice.request("GET", "/environments")
    assert answer.status_code == 200
    logs, request = platform.aws("logs", platform.stack["platformAccountId"]), answer.headers["x-amzn-requestid"]

    def lines() -> list[str]:
        """All of the log, once the request is in it."""
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/dataall-platform")
        found = [event["message"] for page in pages for event in page["events"]]
        return found if any(request in line for line in found) else []

    text = "\n".join(wait_for(lines, "the line of the request"))
    _, payload, signature = alice.token().split(".")
    assert payload not in text and signature not in text
    assert "x-amz-security-token" not in text.lower() and "SecretAccessKey" not in text


# --- How often, and whether at all ---


def test_a_user_may_send_so_many_changes_in_a_minute(member_of, configured):
    configured("request-redeployment", WRITES_PER_MINUTE="2")
    somebody, other = member_of("newcomers"), member_of("newcomers")
    # A window may end meanwhile: among six in a row, three are in one.
    answers = [somebody.request("POST", "/redeployments", {"all": True}) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {403, 429}
    assert [answer.status_code for answer in answers[:2]] == [403, 403]
    refused = next(answer for answer in answers if answer.status_code == 429)
    is_problem(refused, 429, "TooManyRequests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.request("POST", "/redeployments", {"all": True}).status_code == 403
    assert somebody.request("GET", "/environments").status_code == 200


def test_credentials_are_bounded_and_can_be_switched_off(alice, environments, configured):
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    path, cicd = f"/pipelines/{pipeline['id']}/credentials", f"/environments/{environments['CICD']}"
    assert alice.call("GET", cicd)["credentials"] == "ENABLED"
    assert alice.request("POST", path).status_code == 200
    alice.call("PATCH", cicd, {"credentials": "DISABLED"})
    try:
        refused = is_problem(alice.request("POST", path), 403, "Forbidden")
        assert environments["CICD"] in refused["detail"]
    finally:
        alice.call("PATCH", cicd, {"credentials": "ENABLED"})
    assert alice.request("POST", path).status_code == 200
    configured("issue-credentials", CREDENTIALS_PER_HOUR="1")
    is_problem(alice.request("POST", path), 429, "TooManyRequests")
    configured("issue-credentials", HAND_OUT_CREDENTIALS="false")
    is_problem(alice.request("POST", path), 403, "Forbidden")
