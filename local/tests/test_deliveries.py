"""EventBridge and queues: whom a queue lets in, where undelivered events go, and whose functions read it."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, Queue, allow, unique, wait_for


class Rule:
    def __init__(self, aws, **options):
        self.events, self.name = aws.client("events"), unique("rule")
        options = options or {"EventPattern": json.dumps({"source": [self.name]})}
        self.arn = self.events.put_rule(Name=self.name, **options)["RuleArn"]

    def target(self, arn: str, dead_letters: Queue | None = None) -> None:
        more = {"DeadLetterConfig": {"Arn": dead_letters.arn}} if dead_letters else {}
        self.events.put_targets(Rule=self.name, Targets=[{"Id": "target", "Arn": arn} | more])

    def send(self, detail: dict) -> None:
        entry = {"Source": self.name, "DetailType": "test", "Detail": json.dumps(detail)}
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture
def rule(aws) -> Rule:
    return Rule(aws)


def test_a_queue_gets_the_events_of_rules_that_its_policy_names(aws, rule):
    queue, dead_letters = Queue(aws), Queue(aws)
    rule.target(queue.arn, dead_letters)
    dead_letters.let_in(rule.arn)
    rule.send({"n": 1})
    dead = dead_letters.first()
    attributes = {name: value["StringValue"] for name, value in dead["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["RULE_ARN"], attributes["TARGET_ARN"]) == ("NO_PERMISSIONS", rule.arn, queue.arn)
    assert json.loads(dead["Body"])["detail"] == {"n": 1}
    queue.let_in(f"{rule.arn}-another")
    rule.send({"n": 2})
    assert json.loads(dead_letters.first()["Body"])["detail"] == {"n": 2}
    queue.let_in(rule.arn)
    rule.send({"n": 3})
    assert json.loads(queue.first()["Body"])["detail"] == {"n": 3}
    assert dead_letters.messages() == []


def test_a_rule_may_leave_out_callers_and_still_take_events_without_one(aws):
    """What the rules of pipelines ask of an event of CodeCommit."""
    sessions = "arn:aws:sts::111111111111:assumed-role/dataall-environment-eu-west-1/dataall.deployment-"
    callers = [{"exists": False}, {"anything-but": {"prefix": sessions}}]
    source, queue = unique("source"), Queue(aws)
    rule = Rule(aws, EventPattern=json.dumps({"source": [source], "detail": {"callerUserArn": callers}}))
    queue.let_in(rule.arn)
    rule.target(queue.arn)
    user = sessions.replace("dataall.deployment-", "dataall-alice")
    for detail in ({"callerUserArn": f"{sessions}01k9v3xv0m0000000000000001"}, {"callerUserArn": user}, {"other": 1}):
        entry = {"Source": source, "DetailType": "test", "Detail": json.dumps(detail)}
        assert rule.events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    received: list[dict] = []

    def both() -> bool:
        received.extend(json.loads(message["Body"])["detail"] for message in queue.messages())
        return len(received) >= 2

    wait_for(both, "the events of others")
    assert sorted(received, key=str) == [{"callerUserArn": user}, {"other": 1}]


@pytest.mark.parametrize("absent", ["sqs:{place}:absent", "lambda:{place}:function:absent"])
def test_an_event_for_what_does_not_exist_is_kept(aws, rule, absent):
    dead_letters = Queue(aws)
    dead_letters.let_in(rule.arn)
    rule.target(f"arn:aws:{absent.format(place=f'{REGION}:{ACCOUNT}')}", dead_letters)
    rule.send({"n": 1})
    assert dead_letters.first()["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


class TestEventSourceMappings:
    READ = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

    @pytest.mark.parametrize("missing", READ)
    def test_the_functions_role_must_allow_reading(self, aws, make_function, missing):
        queue = Queue(aws)
        function = make_function(allow([action for action in self.READ if action != missing], queue.arn))
        with pytest.raises(ClientError, match=f"does not have permissions to call {missing.partition(':')[2]} on SQS"):
            aws.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=queue.arn)

    def test_a_message_that_cannot_be_handled_ends_among_the_dead_letters(self, aws, make_function):
        dead_letters = Queue(aws)
        redrive = json.dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": 2})
        queue = Queue(aws, RedrivePolicy=redrive, VisibilityTimeout="1")
        mapping = {"EventSourceArn": queue.arn, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
        client = aws.client("lambda")
        client.create_event_source_mapping(FunctionName=make_function(allow(list(self.READ), queue.arn)), **mapping)
        for body in ("good", "please raise"):
            queue.sqs.send_message(QueueUrl=queue.url, MessageBody=body)
            wait_for(lambda: self.left(queue) == 0, "the queue's end")
        assert dead_letters.first()["Body"] == "please raise"

    @pytest.mark.parametrize("named", [True, False])
    def test_dead_letters_go_back_and_are_handled(self, aws, make_function, named):
        dead_letters = Queue(aws)
        redrive = json.dumps({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": 1})
        queue = Queue(aws, RedrivePolicy=redrive, VisibilityTimeout="0")
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody="good")
        wait_for(lambda: queue.messages() == [] and self.left(dead_letters) == 1, "the dead letter")
        move = {"SourceArn": dead_letters.arn} | ({"DestinationArn": queue.arn} if named else {})
        queue.sqs.start_message_move_task(**move)
        [task] = queue.sqs.list_message_move_tasks(SourceArn=dead_letters.arn)["Results"]
        assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
        assert self.left(dead_letters) == 0
        assert queue.first()["Body"] == "good"

    def left(self, queue: Queue) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


def test_a_schedule_sends_events_as_eventbridge_does(aws):
    """At the next full minute."""
    scheduled = Rule(aws, ScheduleExpression="cron(* * * * ? *)")
    queue = Queue(aws)
    queue.let_in(scheduled.arn)
    scheduled.target(queue.arn)
    event = json.loads(wait_for(queue.messages, "the scheduled event", 65)[0]["Body"])
    expected = {"source": "aws.events", "detail-type": "Scheduled Event", "account": ACCOUNT, "region": REGION, "detail": {}}
    assert event | expected == event
    assert (event["resources"], len(event["id"])) == ([scheduled.arn], 36)
