"""CodePipeline's events: what a rule on the account's default bus hears of an execution."""

import json

import pytest
from codepipelines import World, approval, stage
from conftest import Queue, unique, wait_for


@pytest.fixture
def heard(aws):
    """What happened to a pipeline, as (level, what, state), oldest first; and the last event of each."""
    queue, events, rule = Queue(aws), aws.client("events"), unique("pipelines")
    arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.codepipeline"]}))["RuleArn"]
    queue.let_in(arn)
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.arn}])
    received: list[dict] = []

    def of(pipeline: str, until: tuple) -> list[dict]:
        def found() -> list[dict]:
            for message in queue.messages():
                received.append(json.loads(message["Body"]))
                queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
            mine = [event for event in received if event["detail"]["pipeline"] == pipeline]
            return mine if until in map(short, mine) else []

        return wait_for(found, f"the event {until}")

    yield of
    events.remove_targets(Rule=rule, Ids=["queue"])
    events.delete_rule(Name=rule)


def short(event: dict) -> tuple:
    detail, level = event["detail"], event["detail-type"].split()[1]
    return level, detail.get("action") or detail.get("stage") or "", detail["state"]


def test_an_execution_that_succeeds(aws, heard):
    world = World(aws)
    pipeline = world.pipeline(stage("Approve", approval()))
    pipeline.answer("Approve")
    events = heard(pipeline.name, ("Pipeline", "", "SUCCEEDED"))
    assert {(event["source"], *event["resources"]) for event in events} == {("aws.codepipeline", events[0]["resources"][0])}
    assert sorted(map(short, events)) == sorted(
        [
            ("Pipeline", "", "STARTED"),
            ("Stage", "Source", "STARTED"),
            ("Action", "Source", "STARTED"),
            ("Action", "Source", "SUCCEEDED"),
            ("Stage", "Source", "SUCCEEDED"),
            ("Stage", "Approve", "STARTED"),
            ("Action", "Approve", "STARTED"),
            ("Action", "Approve", "SUCCEEDED"),
            ("Stage", "Approve", "SUCCEEDED"),
            ("Pipeline", "", "SUCCEEDED"),
        ]
    )
    [source] = [event["detail"] for event in events if short(event) == ("Action", "Source", "SUCCEEDED")]
    assert source["type"] == {"owner": "AWS", "provider": "CodeCommit", "category": "Source", "version": "1"}
    assert source["output-artifacts"][0]["s3location"]["bucket"] == world.store.bucket
    assert (source["execution-id"], source["version"]) == (pipeline.execution_id(), 1.0)


def test_an_action_that_fails_tells_why_and_a_retry_resumes(aws, heard):
    world = World(aws)
    pipeline = world.pipeline(stage("Approve", approval()), role=world.role({"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}))
    events = heard(pipeline.name, ("Pipeline", "", "FAILED"))
    [failed] = [event["detail"] for event in events if short(event) == ("Action", "Source", "FAILED")]
    assert failed["execution-result"]["error-code"] == "PermissionError"
    assert "s3:PutObject" in failed["execution-result"]["external-execution-summary"]
    assert failed["execution-result"]["external-execution-id"] == world.commit
    pipeline.retry("Source")
    pipeline.ended("Failed")
    events = heard(pipeline.name, ("Pipeline", "", "RESUMED"))
    assert ("Stage", "Source", "RESUMED") in map(short, events)
    attempts = [event["detail"]["pipeline-execution-attempt"] for event in events if short(event) == ("Pipeline", "", "RESUMED")]
    assert attempts == [2.0]


@pytest.mark.parametrize(
    ("end", "states"),
    [
        (lambda pipeline: pipeline.stop(abandon=True, reason="enough"), ("STOPPED", "STOPPED", "ABANDONED")),
        (lambda pipeline: pipeline.update(lambda definition: None), ("CANCELED", "CANCELED", "CANCELED")),
    ],
    ids=["stopped", "updated"],
)
def test_an_execution_that_ends_early(aws, heard, end, states):
    pipeline = World(aws).pipeline(stage("Approve", approval()))
    pipeline.reaches("Approve")
    end(pipeline)
    of_pipeline, of_stage, of_action = states
    events = [short(event) for event in heard(pipeline.name, ("Pipeline", "", of_pipeline))]
    assert ("Stage", "Approve", of_stage) in events and ("Action", "Approve", of_action) in events


def test_an_execution_that_is_replaced(aws, heard):
    pipeline = World(aws).pipeline(stage("Approve", approval()))
    pipeline.reaches("Approve")
    replaced = pipeline.start()
    wait_for(lambda: pipeline.stage("Approve").get("inboundExecution"), "the second execution before the approval")
    pipeline.start()
    events = heard(pipeline.name, ("Pipeline", "", "SUPERSEDED"))
    assert [e["detail"]["execution-id"] for e in events if short(e) == ("Pipeline", "", "SUPERSEDED")] == [replaced]
