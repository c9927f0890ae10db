"""What the operator's guide tells people to do: its own commands, run as they stand there."""

import datetime
import json
import re
import subprocess
import uuid
from collections.abc import Iterator

import bus
import pytest
from bus import Listener, Queue
from denials import denied, switched_off
from localplatform.commands import ROOT, environment
from pipelines import Platform, definition, settled, wait_for

GUIDE = ROOT / "docs/operations.md"

# The pinned AWS CLI is of version 1. The guide is for version 2, which shows times as text (see the configuration
# below) and asks every service, SQS too, at the address that it is told.
VERSION_TWO = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


def run(platform: Platform, containing: str, **placeholders: str) -> str:
    """Runs the guide's commands that contain these words, with the placeholders filled in; their output."""
    blocks = [block for block in re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL) if containing in block]
    assert len(blocks) == 1, f"{len(blocks)} blocks of commands contain {containing}"
    account = platform.stack["platformAccountId"]
    script = blocks[0]
    for name, value in (placeholders | {"REGION": platform.stack["region"], "PLATFORM_ACCOUNT": account}).items():
        script = re.sub(rf"(?<![\w.]){name}\b", value, script)
    assert not (left := re.findall(r"\b[A-Z]+_[A-Z_]+\b", script)), f"nobody fills in {left}"
    config = platform.settings.directory / "aws-config"
    config.write_text("[default]\ncli_timestamp_format = iso8601\n")
    variables = environment(**platform.settings.credentials(account), AWS_CONFIG_FILE=str(config))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", VERSION_TWO + script], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def unrecorded_failures(platform: Platform) -> float:
    """What the alarm `dataall-platform-unrecorded-failures` looks at."""
    client, now = platform.aws("cloudwatch", platform.stack["platformAccountId"]), datetime.datetime.now(datetime.UTC)
    [alarm] = client.describe_alarms(AlarmNames=["dataall-platform-unrecorded-failures"])["MetricAlarms"]
    hours = {"StartTime": now - datetime.timedelta(hours=2), "EndTime": now + datetime.timedelta(minutes=1), "Period": 10_800}
    what = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    return sum(point["Sum"] for point in client.get_metric_statistics(**what, **hours, Statistics=["Sum"])["Datapoints"])


def test_an_announcement_that_failed_is_made_up_for(platform, alice, environments):
    listener, before = Listener(platform, {"source": [bus.SOURCE]}), unrecorded_failures(platform)
    since = datetime.datetime.now(datetime.UTC).isoformat()
    action = "events:PutEvents"
    # Who hears of its end would send the event as well.
    with switched_off(platform, "close-deployment"):
        # The workflow itself cannot announce it.
        with denied(platform, "dataall-platform-deploy-pipeline", action):
            pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
            deployment = alice.call("GET", f"/pipelines/{pipeline['id']}/deployments/{pipeline['lastDeployment']['id']}")
            failed = wait_for(lambda: (found := platform.execution(deployment))["status"] == "FAILED" and found, "the last try to announce")
        assert failed["error"] == "EventBridge.AccessDeniedException"
        assert alice.call("GET", f"/pipelines/{pipeline['id']}")["status"] == "DEPLOYED", "what is deployed is deployed"
        assert listener.matching("Pipeline Deployment Succeeded", pipelineId=pipeline["id"]) == []
        wait_for(lambda: unrecorded_failures(platform) > before, "the metric that raises the alarm")

        run(platform, "grep -q putEvents", STATE_MACHINE_ARN=platform.stack["stateMachineArn"], SINCE=since)
        told = listener.first("Pipeline Deployment Succeeded", pipelineId=pipeline["id"])["detail"]
        assert (told["deploymentId"], told["endedAt"]) == (deployment["id"], deployment["endedAt"])
        wait_for(lambda: platform.execution(deployment)["status"] == "SUCCEEDED", "the execution's end")
        assert len(alice.all(f"/pipelines/{pipeline['id']}/deployments")) == 1, "nothing was deployed again"
    listener.close()


@pytest.fixture
def dead_letter(platform, alice, environments) -> Iterator[tuple[str, dict]]:
    """The id of an event that could not be accepted five times, and the pipeline that it is about."""
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    queue, dead_letters = Queue(platform, "dataall-platform-events"), Queue(platform, "dataall-platform-events-dead-letters")
    visibility = queue.attribute("VisibilityTimeout")
    queue.set(VisibilityTimeout="1")
    with denied(platform, "dataall-platform-accept-event", "dynamodb:PutItem"):
        event = bus.put(platform, {"pipelineId": pipeline["id"]})
        wait_for(lambda: dead_letters.attribute("ApproximateNumberOfMessages") == "1", "the dead letter")
    queue.set(VisibilityTimeout=visibility)
    yield event, pipeline
    dead_letters.take()


def test_dead_letters_are_read_and_go_back(platform, alice, dead_letter):
    event, pipeline = dead_letter
    queue = Queue(platform, "dataall-platform-events-dead-letters")
    seen = json.loads(run(platform, "aws sqs receive-message", DEAD_LETTERS_URL=queue.url))
    assert [json.loads(message["Body"])["id"] for message in seen["Messages"]] == [event]
    assert len(alice.all(f"/pipelines/{pipeline['id']}/deployments")) == 1
    tasks = run(platform, "aws sqs start-message-move-task")
    assert '"COMPLETED"' in tasks
    path = f"/redeployments/{event}"
    wait_for(lambda: alice.request("GET", path).json().get("status") == "SUCCEEDED", "the redeployment's end")
    deployments = alice.all(f"/pipelines/{pipeline['id']}/deployments")
    assert [deployment["requestId"] for deployment in deployments].count(event) == 1 == len(deployments) - 1


def test_events_that_are_turned_off_wait(platform, alice, environments):
    pipeline = settled(alice, alice.call("POST", "/pipelines", definition(environments)))
    client = platform.aws("lambda", platform.stack["platformAccountId"])
    found = client.list_event_source_mappings(FunctionName="dataall-platform-accept-event")["EventSourceMappings"]
    assert run(platform, "--no-enabled", UUID=found[0]["UUID"]).startswith(found[0]["UUID"])
    queue = Queue(platform, "dataall-platform-events")
    event = bus.put(platform, {"pipelineId": pipeline["id"]})
    wait_for(lambda: queue.attribute("ApproximateNumberOfMessages") == "1", "the event in the queue")
    assert alice.request("GET", f"/redeployments/{event}").status_code == 404
    client.update_event_source_mapping(UUID=found[0]["UUID"], Enabled=True)
    wait_for(lambda: alice.request("GET", f"/redeployments/{event}").json().get("status") == "SUCCEEDED", "the redeployment's end")


def test_whoever_wants_to_hear_of_a_teams_failures_can(platform):
    account = platform.stack["platformAccountId"]
    topic = platform.aws("sns", account).create_topic(Name=f"failures-{uuid.uuid4().hex[:8]}")["TopicArn"]
    run(platform, "aws events put-rule", TOPIC_ARN=topic)
    events = platform.aws("events", account)
    targets = events.list_targets_by_rule(Rule="research-failures", EventBusName=platform.stack["eventBusName"])["Targets"]
    assert [target["Arn"] for target in targets] == [topic]
    pattern = events.describe_rule(Name="research-failures", EventBusName=platform.stack["eventBusName"])["EventPattern"]
    example = re.search(r"### Pipeline Deployment Failed\n.*?```json\n(.*?)```", (ROOT / "docs/events/README.md").read_text(), re.DOTALL)[1]
    event = {"id": "1", "account": account, "source": bus.SOURCE, "time": "2026-11-22T00:00:00Z", "region": "eu-west-1", "resources": []}
    event |= {"detail-type": "Pipeline Deployment Failed", "detail": json.loads(example)}
    assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
    event["detail"]["team"] = "marketing"
    assert not events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]
