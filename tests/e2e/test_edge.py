"""The edge of the API: whose tokens it takes, which bodies it reads, what it writes to its log."""

import contextlib
import uuid

import pytest
import requests
from localplatform.api import Api
from pipelines import wait_for

PASSWORD = "Somebody-of-a-team-1"


@pytest.fixture(scope="module")
def cognito(platform):
    return platform.aws("cognito-idp", platform.stack["platformAccountId"])


@pytest.fixture
def member_of(platform, cognito):
    """A new user who is in these groups."""

    def member(*groups: str) -> Api:
        pool, name = platform.stack["userPoolId"], f"user-{uuid.uuid4().hex[:8]}"
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        for group in groups:
            with contextlib.suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        return Api(platform.stack, {"username": name, "password": PASSWORD})

    return member


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


def test_tokens_of_other_clients_and_access_tokens_are_refused(platform, cognito, alice):
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


def test_no_level_of_the_log_writes_tokens(platform, alice):
    """`trace` has Lambda's runtime and the SDK tell all: events with callers' tokens, requests with session tokens."""
    function = "dataall-platform-list-environments"
    lambdas, logs = (platform.aws(service, platform.stack["platformAccountId"]) for service in ("lambda", "logs"))
    variables = lambdas.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": variables | {"LOG_LEVEL": "trace"}})
    try:
        answer = alice.request("GET", "/environments")
        assert answer.status_code == 200
        request = answer.headers["x-amzn-requestid"]

        def lines() -> list[str]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/dataall-platform")
            return [event["message"] for page in pages for event in page["events"]]

        written = wait_for(lambda: any(request in line for line in (found := lines())) and found, "the line of the request")
    finally:
        lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    text = "\n".join(written)
    header, payload, signature = alice.token().split(".")
    assert payload not in text and signature not in text
    assert "AWS_SECRET_ACCESS_KEY" not in text and "x-amz-security-token" not in text.lower()
