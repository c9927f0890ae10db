"""What CodePipeline tells in the CICD account reaches the pipeline's record and whoever listens, IAM enforced."""

import json
import uuid

import bus
import pytest
from bus import Listener, Queue
from jsonschema import Draft202012Validator, FormatChecker
from localplatform.commands import ROOT
from pipelines import definition, settled, wait_for
from times import in_order

QUEUE = "dataall-platform-delivery-events"
WAITING, REJECTED = "Pipeline Stage Waiting For Approval", "Pipeline Stage Rejected"
FAILED, SUCCEEDED = "Pipeline Run Failed", "Pipeline Run Succeeded"


def validate(event: dict) -> None:
    name = event["detail-type"].lower().replace(" ", "-")
    schema = json.loads((ROOT / f"docs/events/{name}.v1.schema.json").read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(event["detail"])


@pytest.fixture(scope="module")
def listener(platform) -> Listener:
    listener = Listener(platform, {"source": [bus.SOURCE], "detail-type": [{"prefix": "Pipeline Stage"}, {"prefix": "Pipeline Run"}]})
    yield listener
    for event in listener.heard:
        validate(event)
    listener.close()


@pytest.fixture
def pipeline(alice, environments, listener) -> dict:
    """A pipeline whose first run comes to an approval before anything is built."""
    stages = [{"name": "dev", "environmentId": environments["dev"], "manualApproval": True}]
    return settled(alice, alice.call("POST", "/pipelines", definition(environments, strategy="trunk", stages=stages)))


def delivery(alice, pipeline: dict) -> dict:
    return alice.call("GET", f"/pipelines/{pipeline['id']}").get("delivery", {"run": None, "waiting": []})


def waiting(alice, pipeline: dict) -> dict:
    """What waits, once something does and its run is known, too: events come in any order."""
    found = wait_for(lambda: (d := delivery(alice, pipeline))["run"] and d["waiting"] and d, "the approval")
    [approval] = found["waiting"]
    return approval


def ended(alice, pipeline: dict, status: str, run_id: str | None = None) -> dict:
    def look() -> dict | None:
        found = delivery(alice, pipeline)
        run = found["run"] or {}
        return found if run.get("status") == status and run_id in (None, run["runId"]) else None

    return wait_for(look, f"a run that is {status}")


def test_an_approval_that_waits_is_shown_and_told_until_it_is_answered(platform, alice, pipeline, listener):
    approval = waiting(alice, pipeline)
    assert (approval["stage"], approval["team"]) == ("dev", "research")
    [listed] = [one for one in alice.all("/pipelines") if one["id"] == pipeline["id"]]
    assert listed["delivery"]["waiting"] == [approval]
    run = listed["delivery"]["run"]
    assert (run["runId"], run["status"], run["codePipeline"]) == (approval["runId"], "IN_PROGRESS", pipeline["repositoryName"])
    assert "stage" not in run, "it delivers all stages"
    told = listener.first(WAITING, pipelineId=pipeline["id"])["detail"]
    assert told["approvalPath"] == f"/pipelines/{pipeline['id']}/stages/dev/approval"
    assert (told["runId"], told["waitingSince"], told["approvalTeam"]) == (approval["runId"], approval["since"], "research")
    assert in_order(run["startedAt"], run["updatedAt"])

    codepipeline, name = platform.aws("codepipeline"), pipeline["repositoryName"]
    states = {state["stageName"]: state for state in codepipeline.get_pipeline_state(name=name)["stageStates"]}
    [action] = states["Approve-dev"]["actionStates"]
    result = {"status": "Rejected", "summary": "Not on a Friday"}
    place = {"pipelineName": name, "stageName": "Approve-dev", "actionName": "Approve"}
    codepipeline.put_approval_result(**place, token=action["latestExecution"]["token"], result=result)
    found = ended(alice, pipeline, "FAILED")
    assert found["waiting"] == []
    rejected = listener.first(REJECTED, pipelineId=pipeline["id"])["detail"]
    assert (rejected["runId"], rejected["stage"]) == (approval["runId"], "dev")
    assert "by" not in rejected, "it was answered in AWS"
    failed = listener.first(FAILED, pipelineId=pipeline["id"])["detail"]
    assert (failed["runId"], failed["endedAt"]) == (approval["runId"], found["run"]["updatedAt"])


def test_a_run_that_fails_is_the_newest_and_is_told_once(platform, alice, pipeline, listener):
    first = waiting(alice, pipeline)
    platform.aws("codecommit").delete_repository(repositoryName=pipeline["repositoryName"])
    codepipeline = platform.aws("codepipeline")
    started = codepipeline.start_pipeline_execution(name=pipeline["repositoryName"])["pipelineExecutionId"]
    found = ended(alice, pipeline, "FAILED", started)
    assert [approval["runId"] for approval in found["waiting"]] == [first["runId"]], "the run before still waits"
    told = listener.first(FAILED, runId=started)["detail"]
    assert (told["pipelineId"], told["strategy"], told["team"]) == (pipeline["id"], "trunk", "research")
    wait_for(Queue(platform, QUEUE).is_empty, "the queue's end")
    assert len(listener.matching(FAILED, runId=started)) == 1


def test_a_run_that_is_stopped_waits_no_more(platform, alice, pipeline, listener):
    approval = waiting(alice, pipeline)
    codepipeline = platform.aws("codepipeline")
    codepipeline.stop_pipeline_execution(
        pipelineName=pipeline["repositoryName"], pipelineExecutionId=approval["runId"], abandon=True, reason="enough"
    )
    assert ended(alice, pipeline, "STOPPED", approval["runId"])["waiting"] == []
    for kind in (FAILED, SUCCEEDED):
        assert listener.matching(kind, runId=approval["runId"]) == []


def test_what_another_account_tells_of_a_pipeline_is_not_believed(platform, alice, pipeline, listener):
    waiting(alice, pipeline)
    queue, before = Queue(platform, QUEUE), delivery(alice, pipeline)
    run = str(uuid.uuid4())
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline",
        "account": "222222222222",
        "time": "2999-01-01T00:00:00Z",
        "region": platform.settings.region,
        "resources": [],
        "detail": {"pipeline": pipeline["repositoryName"], "execution-id": run, "state": "FAILED", "version": 1.0},
    }
    queue.send(json.dumps(event))
    queue.send(json.dumps(event | {"account": "111111111111", "region": "eu-north-1"}))
    wait_for(queue.is_empty, "the queue's end")
    assert delivery(alice, pipeline) == before
    assert listener.matching(FAILED, runId=run) == []
    assert Queue(platform, f"{QUEUE}-dead-letters").is_empty()


def test_what_is_kept_goes_with_the_pipeline(platform, alice, admin, pipeline):
    waiting(alice, pipeline)
    alice.call("DELETE", f"/pipelines/{pipeline['id']}")
    wait_for(lambda: alice.request("GET", f"/pipelines/{pipeline['id']}").status_code == 404, "the pipeline's end")
    wait_for(Queue(platform, QUEUE).is_empty, "the queue's end")
    assert "delivery" not in admin.call("GET", f"/pipelines/{pipeline['id']}")
    table = platform.aws("dynamodb", platform.stack["platformAccountId"])
    key = {"pk": {"S": f"PIPELINE#{pipeline['id']}"}, "sk": {"S": "DELIVERY"}}
    assert "Item" not in table.get_item(TableName=platform.stack["tableName"], Key=key)
