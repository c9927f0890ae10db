"""The API's manners: who is let in, how bad input is answered, idempotency, lists."""

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import owners
import pytest
import requests
from localplatform.settings import ROOT
from pipelines import definition, ended, settled

PROBLEM = "application/problem+json"


def is_problem(answer: requests.Response, status: int) -> dict:
    """The problem document of a refused request."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM), answer.text
    document = answer.json()
    assert document["status"] == status
    assert document["type"] and document["title"] and document["detail"] and document["instance"]
    return document


# --- Who is let in ---


def test_the_deployed_routes_are_those_of_the_openapi_document(platform):
    gateway = platform.aws("apigateway", "000000000000")
    [api_id] = re.findall(r"/restapis/([^/]+)/", platform.stack["apiUrl"])
    deployed = {
        (method, resource["path"])
        for page in gateway.get_paginator("get_resources").paginate(restApiId=api_id)
        for resource in page["items"]
        for method in resource.get("resourceMethods", {})
    }
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    methods = {"get", "put", "post", "patch", "delete"}
    assert deployed == {(method.upper(), path) for path, item in document["paths"].items() for method in methods & item.keys()}


@pytest.mark.parametrize("header", [{}, {"Authorization": ""}, {"Authorization": "nonsense"}, {"Authorization": "Bearer a.b.c"}])
def test_without_a_good_token_nobody_gets_in(platform, header):
    for method, path in (("GET", "/pipelines"), ("POST", "/environments"), ("GET", "/pipelines/a1234567/deployments")):
        is_problem(requests.request(method, platform.stack["apiUrl"] + path, headers=header, timeout=30), 401)


def test_the_token_is_taken_with_and_without_bearer(platform, alice):
    for token in (alice.token(), f"Bearer {alice.token()}"):
        answer = requests.get(platform.stack["apiUrl"] + "/pipelines", headers={"Authorization": token}, timeout=30)
        assert answer.status_code == 200


def test_an_access_token_is_no_id_token(platform):
    """On AWS the authorizer refuses it; wherever it gets through, it names no user."""
    user = platform.stack["users"][0]
    signed_in = platform.aws("cognito-idp", "000000000000").initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=platform.stack["userPoolClientId"],
        AuthParameters={"USERNAME": user["username"], "PASSWORD": user["password"]},
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    answer = requests.get(platform.stack["apiUrl"] + "/pipelines", headers={"Authorization": token}, timeout=30)
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/pipelines"), ("DELETE", "/environments")])
def test_an_unknown_route_is_a_problem_document(alice, method, path):
    is_problem(alice.request(method, path), 404)


@pytest.mark.parametrize(
    "path",
    ["/pipelines/a0000000", "/pipelines/%00", "/environments/env-a0000000", "/environments/..%2f", "/pipelines/a0000000/deployments"],
)
def test_what_is_not_there_is_not_found(alice, path):
    is_problem(alice.request("GET", path), 404)


# --- Bad input ---


def test_all_that_is_wrong_with_a_pipeline_is_said_at_once(alice):
    request = {
        "name": "Sales--",
        "description": "x" * 1001,
        "tags": {"aws:mine": "1", "empty": ""},
        "team": "",
        "cicdEnvironmentId": "env-1",
        "strategy": "waterfall",
        "stages": [
            {"name": "cicd", "environmentId": "env-abcdefgh"},
            {"name": "dev", "environmentId": "env-abcdefgh", "manualApproval": "yes", "approver": "me"},
            {"name": "dev", "environmentId": "env-abcdefgh"},
        ],
        "owner": "me",
    }
    problem = is_problem(alice.request("POST", "/pipelines", request), 400)
    assert {error["pointer"] for error in problem["errors"]} >= {
        *("/name", "/description", "/tags/aws:mine", "/tags/empty", "/team", "/cicdEnvironmentId", "/strategy"),
        *("/stages/0/name", "/stages/1/manualApproval", "/stages/1/approver", "/owner"),
    }
    assert all(error["detail"] for error in problem["errors"])


def test_environments_that_the_caller_may_not_use_are_named_each(bob, environments):
    stages = [{"name": "dev", "environmentId": environments["dev"]}, {"name": "prod", "environmentId": "env-a0000000"}]
    problem = is_problem(bob.request("POST", "/pipelines", definition(environments, team="marketing", stages=stages)), 400)
    pointers = [error["pointer"] for error in problem["errors"]]
    assert sorted(pointers) == ["/cicdEnvironmentId", "/stages/0/environmentId", "/stages/1/environmentId"]


def test_nobody_creates_for_a_team_that_is_not_theirs(alice, environments):
    is_problem(alice.request("POST", "/pipelines", definition(environments, team="marketing")), 403)


def test_unknown_fields_and_parameters_are_refused(alice, environments):
    problem = is_problem(alice.request("PATCH", f"/environments/{environments['dev']}", {"accountId": "1", "colour": "red"}), 400)
    assert {error["pointer"] for error in problem["errors"]} == {"/accountId", "/colour"}
    problem = is_problem(alice.request("GET", "/pipelines?sort=name&limit=0&strategy=x&status=y&tag=z&environmentId=e"), 400)
    assert {error["pointer"] for error in problem["errors"]} == {*("/sort", "/limit", "/strategy", "/status", "/tag", "/environmentId")}
    is_problem(alice.request("GET", "/environments?nextToken=invented"), 400)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "\x00", "{}" * 2])
def test_a_body_that_is_no_object_is_refused(platform, alice, body):
    url, headers = platform.stack["apiUrl"] + "/pipelines", {"Authorization": alice.token(), "Content-Type": "application/json"}
    is_problem(requests.post(url, data=body.encode(), headers=headers, timeout=30), 400)


def test_times_are_in_utc(alice, environments):
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    paths = (
        f"/pipelines/{pipeline['id']}",
        f"/pipelines/{pipeline['id']}/deployments",
        f"/pipelines/{pipeline['id']}/audit",
        "/environments",
    )
    for path in paths:
        times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', json.dumps(alice.call("GET", path)))
        assert times, path
        assert all(time.endswith("Z") and datetime.fromisoformat(time) for time in times), times


# --- Idempotency ---


def test_the_same_key_and_body_give_the_same_answer(alice, environments):
    request, key = definition(environments), {"Idempotency-Key": str(uuid.uuid4())}
    first = alice.request("POST", "/pipelines", request, headers=key)
    assert first.status_code == 201
    settled(alice, first.json())
    again = alice.request("POST", "/pipelines", request, headers=key)
    assert (again.status_code, again.json(), again.headers["Location"]) == (201, first.json(), first.headers["Location"])
    is_problem(alice.request("POST", "/pipelines", request | {"description": "another"}, headers=key), 422)
    assert [found["id"] for found in alice.all(f"/pipelines?q={request['name']}")] == [first.json()["id"]]
    assert len(alice.all(f"/pipelines/{first.json()['id']}/deployments")) == 1


def test_concurrent_twins_create_one_pipeline(alice, environments):
    request, key = definition(environments), {"Idempotency-Key": str(uuid.uuid4())}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: alice.request("POST", "/pipelines", request, headers=key), range(6)))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    [pipeline] = alice.all(f"/pipelines?q={request['name']}")
    settled(alice, pipeline)
    assert len(alice.all(f"/pipelines/{pipeline['id']}/deployments")) == 1


def test_a_key_is_bound_to_its_user(alice, admin, platform):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    one, other = ({"label": "x", "accountId": f"60000000000{n}", "region": "eu-west-1", "team": "research"} for n in (1, 2))
    assert alice.request("POST", "/environments", one, headers=key).status_code == 201
    assert admin.request("POST", "/environments", other, headers=key).status_code == 201


def test_deployments_are_idempotent_and_one_at_a_time(alice, environments):
    pipeline = alice.call("POST", "/pipelines", definition(environments))
    path, key = f"/pipelines/{pipeline['id']}/deployments", {"Idempotency-Key": str(uuid.uuid4())}
    during = alice.request("POST", path)
    assert (during.status_code, during.json()["id"]) == (202, pipeline["lastDeployment"]["id"])
    settled(alice, pipeline)
    first = alice.request("POST", path, headers=key)
    assert (first.status_code, first.headers["Location"]) == (202, f"{alice.url}{path}/{first.json()['id']}")
    assert first.json()["id"] != pipeline["lastDeployment"]["id"]
    ended(alice, pipeline, first.json()["id"])
    again = alice.request("POST", path, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(alice.all(path)) == 2


# --- Lists ---


def test_environments_are_listed_page_by_page(alice):
    linked = {owners.link(alice, f"7000000000{number:02}", "eu-west-1")["id"] for number in range(7)}
    seen, sizes, query = [], [], {"limit": "3"}
    while True:
        page = alice.call("GET", "/environments", params=query)
        seen += [environment["id"] for environment in page["items"]]
        sizes.append(len(page["items"]))
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    assert len(seen) == len(set(seen))
    assert linked <= set(seen)
    assert max(sizes) == 3


@pytest.fixture(scope="module")
def shelf(alice, bob, admin, environments) -> dict[str, dict]:
    """Pipelines to be found: two of research, one of marketing in research's CICD account, one that failed."""
    mark = uuid.uuid4().hex[:6]
    for label in ("CICD", "dev"):
        alice.call("PATCH", f"/environments/{environments[label]}", {"invitedTeams": ["marketing"], "selfMutation": "INVITED"})
    nowhere = owners.link(alice, "800000000001", "eu-west-1")["id"]
    made = {
        "plain": alice.call("POST", "/pipelines", definition(environments, name=f"plain-{mark}", tags={"shelf": mark})),
        "tagged": alice.call(
            "POST",
            "/pipelines",
            definition(environments, name=f"tagged-{mark}", description="About ÄPFEL", tags={"shelf": mark, "a:b": "c:d"}),
        ),
        "marketing": bob.call(
            "POST", "/pipelines", definition(environments, name=f"market-{mark}", team="marketing", tags={"shelf": mark})
        ),
        "failed": alice.call(
            "POST",
            "/pipelines",
            definition(environments, name=f"failed-{mark}", tags={"shelf": mark}, stages=[{"name": "dev", "environmentId": nowhere}]),
        ),
    }
    for name, pipeline in made.items():
        assert ended(admin, pipeline)["status"] == ("FAILED" if name == "failed" else "SUCCEEDED")
    yield made | {"mark": mark, "nowhere": nowhere}
    for label in ("CICD", "dev"):
        alice.call("PATCH", f"/environments/{environments[label]}", {"invitedTeams": [], "selfMutation": None})


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"plain", "tagged", "marketing", "failed"}),
        ("team=research", {"plain", "tagged", "marketing", "failed"}),
        ("team=marketing", {"marketing"}),
        ("environmentId={dev}", {"plain", "tagged", "marketing"}),
        ("environmentId={nowhere}", {"failed"}),
        ("environmentId={CICD}&team=marketing", {"marketing"}),
        ("strategy=cdk-trunk", {"plain", "tagged", "marketing", "failed"}),
        ("strategy=gitflow", set()),
        ("status=DEPLOYED", {"plain", "tagged", "marketing"}),
        ("status=FAILED", {"failed"}),
        ("status=DELETING", set()),
        ("tag=a:b:c:d", set()),
        ("q=äpfel", {"tagged"}),
        ("q=PLAIN-", {"plain"}),
        ("status=DEPLOYED&q=tagged&strategy=cdk-trunk&team=research", {"tagged"}),
    ],
)
@pytest.mark.parametrize("user", ["alice", "admin"])
def test_pipelines_are_found_by_every_filter(request, shelf, environments, user, query, names):
    api = request.getfixturevalue(user)
    filled = query.format(nowhere=shelf["nowhere"], **environments)
    found = api.all(f"/pipelines?tag=shelf:{shelf['mark']}" + (f"&{filled}" if filled else ""))
    assert {pipeline["id"] for pipeline in found} == {shelf[name]["id"] for name in names}
    assert len(found) == len(names)


def test_filters_show_nothing_that_one_may_not_see(bob, shelf, environments):
    mine = {shelf["marketing"]["id"]}
    for query in ("", "team=research", f"environmentId={environments['CICD']}", "strategy=cdk-trunk", f"tag=shelf:{shelf['mark']}"):
        assert {pipeline["id"] for pipeline in bob.all(f"/pipelines?{query}")} == mine


def test_pipelines_are_listed_page_by_page(admin, shelf):
    seen, query = [], {"limit": "1", "tag": f"shelf:{shelf['mark']}"}
    while True:
        page = admin.call("GET", "/pipelines", params=query)
        assert len(page["items"]) <= 1
        seen += [pipeline["id"] for pipeline in page["items"]]
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    assert sorted(seen) == sorted(shelf[name]["id"] for name in ("plain", "tagged", "marketing", "failed"))


def test_the_team_of_the_cicd_environment_sees_what_others_build_there(alice, shelf):
    path = f"/pipelines/{shelf['marketing']['id']}"
    seen = alice.request("GET", path)
    assert (seen.status_code, seen.json()["team"], seen.headers["ETag"]) == (200, "marketing", '"1"')
    [deployment] = alice.all(f"{path}/deployments")
    assert alice.call("GET", f"{path}/deployments/{deployment['id']}")["status"] == "SUCCEEDED"
    is_problem(alice.request("GET", f"{path}/deployments/{'0' * 26}"), 404)
