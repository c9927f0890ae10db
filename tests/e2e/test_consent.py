"""What the owners of accounts let other teams' pipelines do there, and what ends when they do not let them any more."""

from collections.abc import Iterator

import owners
import pytest
from localplatform.api import Api
from localplatform.settings import CICD_ACCOUNT
from pipelines import Platform, definition, ended, settled, wait_for

FIRST_ACCOUNT = "820000000001"
SECOND_ACCOUNT = "820000000002"
THEIR_ACCOUNT = "820000000003"
INVITED = {"invitedTeams": ["marketing"]}


@pytest.fixture(scope="module")
def invited(platform, alice, environments) -> Iterator[dict[str, str]]:
    """Environments of research's to which marketing is invited: one for CICD, two for stages."""
    region = platform.settings.region
    ready = {
        label: owners.ready(platform, alice, account, region, (CICD_ACCOUNT,))["id"]
        for label, account in (("first", FIRST_ACCOUNT), ("second", SECOND_ACCOUNT))
    } | {"CICD": environments["CICD"]}
    for environment in ready.values():
        alice.call("PATCH", f"/environments/{environment}", INVITED)
    yield ready
    for environment in ready.values():
        alice.call("PATCH", f"/environments/{environment}", {"invitedTeams": None})


def wanted(invited: dict[str, str], **changes) -> dict:
    """A trunk pipeline of marketing's with two stages."""
    stages = [
        {"name": "dev", "environmentId": invited["first"]},
        {"name": "second", "environmentId": invited["second"], "manualApproval": True},
    ]
    return definition({"CICD": invited["CICD"], "dev": invited["first"]}, team="marketing", strategy="trunk", stages=stages) | changes


@pytest.fixture(scope="module")
def pipeline(bob, invited) -> dict:
    return settled(bob, bob.call("POST", "/pipelines", wanted(invited)))


def refusals(api: Api, pipeline: dict) -> dict[str, tuple[int, str]]:
    """How everything is answered that would go on with a pipeline: status and kind of problem."""
    path = f"/pipelines/{pipeline['id']}"
    calls = {
        "change": ("PATCH", path, {"description": "go on"}),
        "deploy": ("POST", f"{path}/deployments", None),
        "credentials": ("POST", f"{path}/credentials", None),
        "run": ("POST", f"{path}/runs", {}),
        "retry": ("POST", f"{path}/stages/second/retry", None),
    }
    answers = {name: api.request(*call) for name, call in calls.items()}
    return {name: (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) for name, answer in answers.items()}


def closed(platform: Platform, pipeline: dict) -> dict[str, str]:
    """The stages of the CodePipeline into which the way is closed, and why."""
    state = platform.aws("codepipeline").get_pipeline_state(name=pipeline["repositoryName"])
    inbound = {stage["stageName"]: stage.get("inboundTransitionState", {"enabled": True}) for stage in state["stageStates"]}
    return {name: transition["disabledReason"] for name, transition in inbound.items() if not transition["enabled"]}


def stop_runs(platform: Platform, pipeline: dict) -> None:
    """Stops all runs, which nothing else ends here: builds stay where they are, and an update of the stack would wait for them."""
    codepipeline, name = platform.aws("codepipeline"), pipeline["repositoryName"]

    def runs(*statuses: str) -> list[str]:
        found = codepipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return [run["pipelineExecutionId"] for run in found if run["status"] in statuses]

    for run in runs("InProgress"):
        codepipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=run, abandon=True, reason="the eviction goes first")
    wait_for(lambda: not runs("InProgress", "Stopping"), "the end of all runs")


def test_the_pipelines_team_must_be_invited_whoever_calls(alice, admin, environments):
    body = definition(environments, team="marketing")
    answer = admin.request("POST", "/pipelines", body)
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/cicdEnvironmentId", "/stages/0/environmentId"}
    assert alice.request("POST", "/pipelines", body).status_code == 403


def test_an_invited_team_has_no_self_mutating_pipelines_unless_the_owner_says_so(alice, bob, admin, invited):
    body = wanted(invited, strategy="cdk-trunk")
    for user in (bob, admin):
        answer = user.request("POST", "/pipelines", body)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, ["/cicdEnvironmentId"])
        assert "administrator" in answer.json()["errors"][0]["detail"]
    path = f"/environments/{invited['CICD']}"
    assert alice.call("PATCH", path, {"selfMutation": "INVITED"})["selfMutation"] == "INVITED"
    made = settled(bob, bob.call("POST", "/pipelines", body))
    withdrawn = alice.call("PATCH", path, {"selfMutation": None})["withdrawn"]
    assert made["id"] in [pipeline["id"] for pipeline in withdrawn["pipelines"]]
    assert set(refusals(bob, made).values()) == {(403, "EnvironmentNotAllowed")}
    assert bob.request("DELETE", f"/pipelines/{made['id']}?deleteRepository=true").status_code == 202
    wait_for(lambda: bob.request("GET", f"/pipelines/{made['id']}").status_code == 404, "the deletion")


def test_the_owner_of_a_stage_sees_what_deploys_there_without_its_repository(alice, bob, admin, platform, environments):
    theirs = owners.ready(platform, bob, THEIR_ACCOUNT, platform.settings.region, (CICD_ACCOUNT,), team="marketing")
    stages = [{"name": "dev", "environmentId": environments["dev"]}, {"name": "live", "environmentId": theirs["id"]}]
    body = definition(environments, strategy="trunk", stages=stages)
    for user in (alice, admin):
        answer = user.request("POST", "/pipelines", body)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, ["/stages/1/environmentId"])
    bob.call("PATCH", f"/environments/{theirs['id']}", {"invitedTeams": ["research"]})
    pipeline = settled(alice, alice.call("POST", "/pipelines", body))
    path = f"/pipelines/{pipeline['id']}"

    for listed in ("/pipelines", f"/pipelines?environmentId={theirs['id']}", "/pipelines?team=marketing"):
        [seen] = [found for found in bob.all(listed) if found["id"] == pipeline["id"]]
        assert set(pipeline) - set(seen) <= {"repositoryName", "cloneUrl", "cloneCommand", "delivery"}
        assert "repositoryName" not in seen
    assert "cloneUrl" not in bob.call("GET", path)
    for readable in ("/deployments", f"/deployments/{pipeline['lastDeployment']['id']}", "/stages", "/runs"):
        assert bob.request("GET", path + readable).status_code == 200, readable
    refused = [("GET", "/branches"), ("GET", "/files"), ("POST", "/credentials"), ("POST", "/deployments"), ("PATCH", ""), ("DELETE", "")]
    for method, below in refused:
        answer = bob.request(method, path + below, {"description": "mine"} if method == "PATCH" else None)
        assert answer.status_code == 403, (method, below)

    # A redeployment of what uses the environment leaves out what its owner may not deploy.
    requested = bob.call("POST", "/redeployments", {"environmentId": theirs["id"]})
    ending = f"/redeployments/{requested['id']}"
    done = wait_for(lambda: (found := bob.call("GET", ending))["status"] != "RUNNING" and found, "the redeployment")
    assert (done["status"], done["total"]) == ("SUCCEEDED", 0)
    assert len(alice.all(f"{path}/deployments")) == 1

    stop_runs(platform, pipeline)
    evicted = bob.call("DELETE", f"/environments/{theirs['id']}/pipelines/{pipeline['id']}")
    assert "repositoryName" not in evicted
    ended(alice, evicted)
    assert [stage["name"] for stage in alice.call("GET", path)["stages"]] == ["dev"]
    assert bob.request("GET", path).status_code == 404
    assert bob.request("DELETE", f"/environments/{theirs['id']}").status_code == 204


def test_an_approval_is_taken_away_by_the_environments_team_alone(alice, bob, pipeline, invited):
    path = f"/pipelines/{pipeline['id']}"
    stages = [{**stage, "manualApproval": False} for stage in wanted(invited)["stages"]]
    refused = bob.request("PATCH", path, {"stages": stages})
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    assert "research" in refused.json()["detail"]
    assert bob.call("GET", path)["revision"] == pipeline["revision"]


def test_a_withdrawn_invitation_ends_it_all_and_another_one_opens_it_again(alice, bob, admin, platform, pipeline, invited):
    environment = f"/environments/{invited['second']}"
    answer = alice.call("PATCH", environment, {"invitedTeams": None})
    told = answer["withdrawn"]
    assert (pipeline["id"], ["second"]) in [(found["id"], found["stages"]) for found in told["pipelines"]]
    commands = [command["command"] for command in told["commands"]]
    assert any(f"delete-stack --region {platform.settings.region} --stack-name" in command for command in commands)
    [untrust] = [command for command in commands if "--untrust" in command]
    for user in (bob, admin):
        assert set(refusals(user, pipeline).values()) == {(403, "EnvironmentNotAllowed")}
    more = [*wanted(invited)["stages"], {"name": "third", "environmentId": invited["second"]}]
    stages = bob.request("PATCH", f"/pipelines/{pipeline['id']}", {"stages": more})
    assert [error["pointer"] for error in stages.json()["errors"]] == ["/stages/1/environmentId", "/stages/2/environmentId"]

    wait_for(lambda: set(closed(platform, pipeline)) == {"Approve-second", "Deploy-second"}, "the closed stages")
    assert all("has not invited marketing" in reason for reason in closed(platform, pipeline).values())
    ways = {stage["name"]: stage["closed"] for stage in bob.call("GET", f"/pipelines/{pipeline['id']}/stages")["stages"]}
    assert (ways["dev"], ways["second"]["stageName"]) == (None, "Approve-second")
    assert ways["second"]["reason"] == closed(platform, pipeline)["Approve-second"]
    failed = wait_for(lambda: (found := bob.call("GET", f"/pipelines/{pipeline['id']}"))["status"] == "FAILED" and found, "the failure")
    assert failed["lastDeployment"]["failure"]["error"] == "EnvironmentNotAllowed"
    deployment = bob.call("GET", f"/pipelines/{pipeline['id']}/deployments/{failed['lastDeployment']['id']}")
    assert {"Prepare", "CloseStages", "RecordFailure"} <= platform.states(deployment)
    owners.run(platform, SECOND_ACCOUNT, untrust)

    # What is invited again is deployed again, once the account trusts the CICD account again.
    owners.bootstrap_trusting(platform, SECOND_ACCOUNT, CICD_ACCOUNT)
    alice.call("PATCH", environment, INVITED)
    wait_for(lambda: bob.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "DEPLOYED", "the deployment")
    assert closed(platform, pipeline) == {}
    assert bob.request("POST", f"/pipelines/{pipeline['id']}/credentials").status_code == 200


def test_the_owner_evicts_a_stage_and_unlinks(alice, bob, platform, pipeline, invited):
    environment = f"/environments/{invited['second']}"
    refused = alice.request("DELETE", environment)
    assert refused.status_code == 409 and pipeline["id"] in refused.json()["detail"]
    stop_runs(platform, pipeline)
    answer = alice.request("DELETE", f"{environment}/pipelines/{pipeline['id']}")
    assert answer.status_code == 202
    evicted = answer.json()
    assert ([stage["name"] for stage in evicted["stages"]], evicted["updatedBy"]) == (["dev"], "alice")
    assert [orphan["stage"] for orphan in evicted["orphans"]] == ["second"]
    wait_for(lambda: bob.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "DEPLOYED", "the deployment without the stage")
    state = platform.aws("codepipeline").get_pipeline_state(name=pipeline["repositoryName"])
    assert [stage["stageName"] for stage in state["stageStates"]] == ["Source", "Deploy-dev"]
    assert alice.request("DELETE", f"{environment}/pipelines/{pipeline['id']}").status_code == 404
    # Its last stage: then it is deleted.
    last = alice.request("DELETE", f"/environments/{invited['first']}/pipelines/{pipeline['id']}")
    assert (last.status_code, last.json()["status"]) == (202, "DELETING")
    wait_for(lambda: bob.request("GET", f"/pipelines/{pipeline['id']}").status_code == 404, "the deletion")
    repository = platform.aws("codecommit").get_repository(repositoryName=pipeline["repositoryName"])
    assert repository["repositoryMetadata"]["repositoryName"] == pipeline["repositoryName"], "it is kept"
