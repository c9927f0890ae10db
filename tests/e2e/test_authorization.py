"""Who may do what: every route that names a pipeline or an environment, asked by everybody whom the contract tells apart.

Requests are such that who is allowed changes nothing: a stale `If-Match`, a stage or run that is not there, nothing that waits or failed.
"""

import json
import re
from dataclasses import dataclass

import owners
import pytest
import requests
from localplatform.api import Api
from localplatform.commands import ROOT
from localplatform.settings import CICD_ACCOUNT
from pipelines import definition, settled

ACCOUNT = "830000000001"
BUILDERS, OWNERS, GUESTS = "matrix-builders", "matrix-owners", "matrix-guests"
STALE = {"If-Match": '"999"'}
NO_RUN = "00000000-0000-4000-8000-000000000000"

# What a caller is to the pipeline and its environments, and what answers mean: a status, and for 404 what is said not to be there.
CALLERS = ("team", "cicd", "stage", "guest", "stranger", "admin")
HIDDEN = (404, "pipeline")
NO_ENVIRONMENT = (404, "environment")


def row(*, works_on_it, owns_stage, others=HIDDEN, admin=None) -> dict[str, object]:
    """The answers of a route by caller: the pipeline's team and that of its CICD environment, the stage's, guests and strangers."""
    return {
        "team": works_on_it,
        "cicd": works_on_it,
        "stage": owns_stage,
        "guest": others,
        "stranger": others,
        "admin": admin or works_on_it,
    }


READ = row(works_on_it=200, owns_stage=200)
REPOSITORY = row(works_on_it=200, owns_stage=403)


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    answers: dict[str, object]
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()


def stale(method: str, path: str, answers: dict[str, object], body: object = None) -> Route:
    return Route(method, path, answers, body, tuple(STALE.items()))


PIPELINE = "/pipelines/{pipelineId}"
STAGE = "/environments/{stageEnvironmentId}"
CICD = "/environments/{cicdEnvironmentId}"
ROUTES = (
    Route("GET", PIPELINE, READ),
    Route("GET", f"{PIPELINE}/deployments", READ),
    Route("GET", f"{PIPELINE}/deployments/{{deploymentId}}", READ),
    Route("GET", f"{PIPELINE}/stages", READ),
    Route("GET", f"{PIPELINE}/stages/{{stage}}/resources", READ),
    Route("GET", f"{PIPELINE}/runs", READ),
    Route("GET", f"{PIPELINE}/runs/{{runId}}", row(works_on_it=(404, "run"), owns_stage=(404, "run"))),
    Route("GET", f"{PIPELINE}/audit", READ),
    Route("GET", f"{PIPELINE}/revisions", READ),
    Route("POST", f"{PIPELINE}/revisions/{{revision}}/restoration", row(works_on_it=(404, "revision"), owns_stage=403)),
    Route("GET", f"{PIPELINE}/files", REPOSITORY),
    Route("GET", f"{PIPELINE}/branches", REPOSITORY),
    Route("POST", f"{PIPELINE}/credentials", REPOSITORY),
    stale("PATCH", PIPELINE, row(works_on_it=412, owns_stage=403), {"description": "other"}),
    stale("DELETE", PIPELINE, row(works_on_it=412, owns_stage=403)),
    Route("POST", f"{PIPELINE}/deployments", row(works_on_it=202, owns_stage=403)),
    Route("POST", f"{PIPELINE}/runs", row(works_on_it=400, owns_stage=403), {"stage": "nowhere"}),
    Route("POST", f"{PIPELINE}/runs/{{runId}}/stop", row(works_on_it=(404, "run"), owns_stage=403), {"reason": "a test"}),
    Route("POST", f"{PIPELINE}/stages/{{stage}}/retry", row(works_on_it=409, owns_stage=403)),
    Route(
        "POST",
        f"{PIPELINE}/stages/{{stage}}/approval",
        row(works_on_it=403, owns_stage=409, admin=409),
        {"decision": "APPROVED", "runId": NO_RUN},
    ),
    # The environment of the stage: of the team `stage`; `team` and `guest` are invited.
    Route("GET", STAGE, {"team": 200, "cicd": NO_ENVIRONMENT, "stage": 200, "guest": 200, "stranger": NO_ENVIRONMENT, "admin": 200}),
    *(
        Route(
            method, STAGE + below, answers | {"team": 403, "guest": 403, "cicd": NO_ENVIRONMENT, "stranger": NO_ENVIRONMENT}, body, headers
        )
        for method, below, answers, body, headers in (
            ("PATCH", "", {"stage": 412, "admin": 412}, {"label": "other"}, tuple(STALE.items())),
            ("DELETE", "", {"stage": 412, "admin": 412}, None, tuple(STALE.items())),
            ("POST", "/verification", {"stage": 200, "admin": 200}, None, ()),
            ("GET", "/audit", {"stage": 200, "admin": 200}, None, ()),
            ("DELETE", "/pipelines/{otherPipelineId}", {"stage": HIDDEN, "admin": HIDDEN}, None, ()),
        )
    ),
    # The CICD environment, of the team `cicd`; `team` is invited. It holds the repository: nobody evicts that.
    Route(
        "DELETE",
        f"{CICD}/pipelines/{{pipelineId}}",
        {"team": 403, "cicd": 409, "stage": NO_ENVIRONMENT, "guest": NO_ENVIRONMENT, "stranger": NO_ENVIRONMENT, "admin": 409},
    ),
)


@pytest.fixture(scope="module")
def matrix(platform, alice, admin, bob, member_of, environments) -> dict:
    """The callers, and the ids of what they ask for: a pipeline in research's CICD account that delivers to an account of another team."""
    builder, owner, guest = member_of(BUILDERS), member_of(OWNERS), member_of(GUESTS)
    region = platform.settings.region
    more = {"team": OWNERS, "invitedTeams": [BUILDERS, GUESTS]}
    stage = owners.ready(platform, owner, ACCOUNT, region, (CICD_ACCOUNT,), **more)
    before = alice.call("GET", f"/environments/{environments['CICD']}")["invitedTeams"]
    alice.call("PATCH", f"/environments/{environments['CICD']}", {"invitedTeams": [*before, BUILDERS]})
    stages = [{"name": "live", "environmentId": stage["id"], "manualApproval": True}]
    pipeline = settled(
        builder, builder.call("POST", "/pipelines", definition(environments, team=BUILDERS, strategy="trunk", stages=stages))
    )
    yield {
        "callers": {"team": builder, "cicd": alice, "stage": owner, "guest": guest, "stranger": bob, "admin": admin},
        "pipeline": pipeline,
        "environment": stage["id"],
        "ids": {
            "pipelineId": pipeline["id"],
            "otherPipelineId": "zzzzzzzz",
            "deploymentId": pipeline["lastDeployment"]["id"],
            "stage": "live",
            "runId": NO_RUN,
            "revision": 999,
            "stageEnvironmentId": stage["id"],
            "cicdEnvironmentId": environments["CICD"],
        },
    }
    alice.call("PATCH", f"/environments/{environments['CICD']}", {"invitedTeams": before})


def test_the_table_has_every_route_of_a_pipeline_and_an_environment():
    paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    documented = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if "{pipelineId}" in path or "{environmentId}" in path
    }
    tabled = {(route.method, re.sub(r"\{(stage|cicd)EnvironmentId\}", "{environmentId}", route.path)) for route in ROUTES}
    assert {(method, path.replace("{otherPipelineId}", "{pipelineId}")) for method, path in tabled} == documented


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_caller_is_answered_as_the_contract_says(matrix, route, caller):
    api: Api = matrix["callers"][caller]
    answer = api.request(route.method, route.path.format(**matrix["ids"]), route.body, headers=dict(route.headers))
    expected = route.answers[caller]
    status, missing = expected if isinstance(expected, tuple) else (expected, None)
    assert answer.status_code == status, answer.text
    if missing:
        assert answer.json()["detail"].startswith(f"there is no {missing} "), answer.text
    if answer.status_code in (403, 404, 412):
        assert matrix["pipeline"]["repositoryName"] not in answer.text, "it tells nothing that may not be read"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_who_is_not_signed_in_is_told_nothing(platform, matrix, route):
    url = platform.stack["apiUrl"] + route.path.format(**matrix["ids"])
    for headers in ({}, {"Authorization": "Bearer x.y.z"}):
        answer = requests.request(route.method, url, json=route.body, headers=headers, timeout=60)
        assert answer.status_code == 401


@pytest.mark.parametrize("caller", CALLERS)
def test_lists_hold_what_may_be_read_at_every_page(matrix, caller):
    api: Api = matrix["callers"][caller]
    readers = [name for name in CALLERS if READ[name] == 200]
    seen = api.all(f"/pipelines?q={matrix['pipeline']['name']}", 1)
    assert [found["id"] for found in seen] == ([matrix["pipeline"]["id"]] if caller in readers else [])
    assert all(("repositoryName" in found) == (REPOSITORY[caller] == 200) for found in seen)
    listed = [environment["id"] for environment in api.all("/environments")]
    assert (matrix["environment"] in listed) == (caller in ("team", "stage", "guest", "admin"))


@pytest.mark.parametrize("caller", CALLERS)
def test_who_may_ask_for_a_redeployment_finds_it_in_the_list(matrix, caller):
    owner, api = matrix["callers"]["stage"], matrix["callers"][caller]
    asked = owner.call("POST", "/redeployments", {"environmentId": matrix["environment"]})
    listed = api.all("/redeployments")
    assert (asked["id"] in [found["id"] for found in listed]) == (caller in ("stage", "admin"))
    assert [found["requestedAt"] for found in listed] == sorted((found["requestedAt"] for found in listed), reverse=True)
    may_read = api.request("GET", f"/redeployments/{asked['id']}").status_code
    assert may_read == (200 if caller in ("stage", "admin") else 404)


@pytest.mark.parametrize("caller", CALLERS)
def test_me_tells_the_caller_what_it_may_create(matrix, caller):
    me = matrix["callers"][caller].call("GET", "/me")
    assert me["administrator"] == (caller == "admin")
    counts = {quota["team"]: quota["count"] for quota in me["pipelines"]}
    assert sorted(counts) == sorted(me["teams"])
    if caller == "team":
        assert counts[BUILDERS] == 1
    if caller in ("stage", "guest"):
        assert sum(counts.values()) == 0


def test_a_stage_is_shown_with_its_environment(matrix):
    environment = matrix["callers"]["stage"].call("GET", f"/environments/{matrix['environment']}")
    pipeline = matrix["callers"]["team"].call("GET", f"/pipelines/{matrix['pipeline']['id']}")
    (stage,) = pipeline["stages"]
    shown = {name: stage[name] for name in ("environmentLabel", "accountId", "region", "status")}
    assert shown == {"environmentLabel": environment["label"]} | {name: environment[name] for name in ("accountId", "region", "status")}
    assert pipeline["warnings"] == []
