"""What the platform tells of deployments: a rule and its queue hear it, and every event is as its published schema says."""

import copy
import json

import bus
import pytest
from bus import Listener
from jsonschema import Draft202012Validator, FormatChecker
from localplatform.commands import ROOT
from pipelines import definition, ended, settled, wait_for

SCHEMAS = ROOT / "docs/events"


def validator(kind: str) -> Draft202012Validator:
    """Of the detail of an event: the schema is named after the detail-type."""
    schema = json.loads((SCHEMAS / f"{kind.lower().replace(' ', '-')}.v1.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


@pytest.fixture(scope="module")
def listener(platform) -> Listener:
    listener = Listener(platform, {"source": [bus.SOURCE]})
    yield listener
    for event in listener.heard:
        validator(event["detail-type"]).validate(event["detail"])
    listener.close()


@pytest.fixture(scope="module")
def pipeline(alice, environments, listener) -> dict:
    """A pipeline that is deployed, under the listener's ear."""
    return settled(alice, alice.call("POST", "/pipelines", definition(environments)))


def common(deployment: dict, pipeline: dict, operation: str = "DEPLOY") -> dict:
    """What every event tells of a deployment, as the API tells it."""
    return {
        "version": "1",
        "pipelineId": pipeline["id"],
        "pipelineName": pipeline["name"],
        "team": "research",
        "strategy": "cdk-trunk",
        "deploymentId": deployment["id"],
        "operation": operation,
        "revision": deployment["revision"],
        "requestedBy": "alice",
        "requestId": deployment["requestId"],
        "executionArn": deployment["executionArn"],
        "startedAt": deployment["startedAt"],
    }


def test_a_deployment_that_succeeds(platform, alice, pipeline, listener):
    deployment = ended(alice, pipeline)
    started = listener.first("Pipeline Deployment Started", pipelineId=pipeline["id"])
    succeeded = listener.first("Pipeline Deployment Succeeded", pipelineId=pipeline["id"])
    assert (started["source"], started["account"]) == (bus.SOURCE, platform.stack["platformAccountId"])
    assert started["detail"] == common(deployment, pipeline)
    more = {name: deployment[name] for name in ("endedAt", "commit", "stacks")}
    assert succeeded["detail"] == common(deployment, pipeline) | more
    assert listener.matching("Pipeline Deployment Failed", pipelineId=pipeline["id"]) == []


def test_one_that_fails(platform, alice, pipeline, listener):
    codecommit, name = platform.aws("codecommit"), pipeline["repositoryName"]
    codecommit.delete_repository(repositoryName=name)
    codecommit.create_repository(repositoryName=name)
    requested = alice.call("POST", f"/pipelines/{pipeline['id']}/deployments")
    deployment = ended(alice, pipeline, requested["id"])
    failed = listener.first("Pipeline Deployment Failed", deploymentId=requested["id"])
    more = {name: deployment[name] for name in ("endedAt", "failure")}
    assert failed["detail"] == common(deployment, pipeline) | more
    assert failed["detail"]["failure"]["error"] == "RepositoryNotOurs"
    assert len(listener.matching("Pipeline Deployment Started", deploymentId=requested["id"])) == 1


def test_a_deletion(alice, environments, listener):
    doomed = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    alice.call("DELETE", f"/pipelines/{doomed['id']}?deleteRepository=true")
    deleted = listener.first("Pipeline Deleted", pipelineId=doomed["id"])["detail"]
    assert (deleted["operation"], deleted["repositoryDeleted"]) == ("DELETE", True)
    wait_for(lambda: alice.request("GET", f"/pipelines/{doomed['id']}").status_code == 404, "the pipeline's end")
    assert len(listener.matching("Pipeline Deployment Started", pipelineId=doomed["id"])) == 1, "that of its creation"


def test_what_is_asked_for_is_published_too(platform, pipeline):
    """The schema of requests takes exactly what the platform takes."""
    requests = validator(bus.REDEPLOY_REQUESTED)
    for good in ({"pipelineId": pipeline["id"]}, {"environmentId": "env-abcdefgh"}, {"strategy": "gitflow"}, {"all": True}):
        assert requests.is_valid(good), good
    for bad in ({}, {"all": False}, {"all": True, "strategy": "trunk"}, {"strategy": "none"}, {"pipelineId": "X"}, {"everything": True}):
        assert not requests.is_valid(bad), bad


def test_the_schemas_are_strict(listener, pipeline):
    """Each member that is required is missed, and none may be of another type."""
    listener.first("Pipeline Deployment Succeeded", pipelineId=pipeline["id"])
    kinds = {event["detail-type"]: event["detail"] for event in listener.heard}
    assert len(kinds) == 5, kinds.keys()
    for kind, detail in kinds.items():
        judge = validator(kind)
        for member in judge.schema["required"]:
            less = {name: value for name, value in detail.items() if name != member}
            assert not judge.is_valid(less), f"{kind} without {member}"
            assert not judge.is_valid(copy.deepcopy(detail) | {member: [[]]}), f"{kind} with {member} of another type"
