"""Events that cross accounts: a rule's role and the receiving bus's policy decide."""

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, LocalAws, Queue, allow, unique, wait_for

PLATFORM = "000000000000"


class Receiver:
    """A bus of the platform's account, and the queue that everything on it reaches."""

    def __init__(self, aws: LocalAws):
        self.name = unique("bus")
        self.arn = aws.client("events", PLATFORM).create_event_bus(Name=self.name)["EventBusArn"]
        self.queue, events = Queue(aws, PLATFORM), aws.client("events", PLATFORM)
        pattern = json.dumps({"account": [ACCOUNT]})
        self.queue.let_in(events.put_rule(Name=self.name, EventBusName=self.name, EventPattern=pattern)["RuleArn"])
        events.put_targets(Rule=self.name, EventBusName=self.name, Targets=[{"Id": "queue", "Arn": self.queue.arn}])

    def received(self) -> list[dict]:
        return [json.loads(message["Body"]) for message in self.queue.messages()]


@pytest.fixture
def receiver(aws) -> Receiver:
    return Receiver(aws)


@pytest.fixture
def send(aws, receiver):
    """Puts an event on the default bus of another account, where a rule with a role of these permissions forwards it."""

    def send(*permissions: dict) -> str:
        events, name = aws.client("events"), unique("forward")
        trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.role(name, trust, list(permissions))
        rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
        events.put_targets(Rule=name, Targets=[{"Id": "bus", "Arn": receiver.arn, "RoleArn": role}])
        events.put_events(Entries=[{"Source": name, "DetailType": "test", "Detail": '{"a": 1}'}])
        return rule

    return send


def let_in(aws, receiver: Receiver, account: str, **conditions) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "events:PutEvents", "Resource": receiver.arn}
    statement |= {"Condition": conditions} if conditions else {}
    properties = {"EventBusName": receiver.name, "StatementId": "let-in", "Statement": statement}
    template = {"Resources": {"Policy": {"Type": "AWS::Events::EventBusPolicy", "Properties": properties}}}
    cloudformation, stack = aws.client("cloudformation", PLATFORM), unique("policy")
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def test_arrives_where_both_sides_allow_it(aws, receiver, send):
    let_in(aws, receiver, ACCOUNT)
    rule = send(allow("events:PutEvents", receiver.arn))
    event = wait_for(receiver.received, "the event")[0]
    assert (event["account"], event["source"], event["detail"]) == (ACCOUNT, rule.rpartition("/")[2], {"a": 1})


@pytest.mark.parametrize(
    ("let", "permitted", "problem"), [("222222222222", True, "does not let account"), (ACCOUNT, False, "may not events:PutEvents")]
)
def test_is_refused_where_one_side_does_not(aws, receiver, send, let, permitted, problem):
    let_in(aws, receiver, let)
    rule = send(*([allow("events:PutEvents", receiver.arn)] if permitted else []))
    log = aws.directory / "server.log"
    wait_for(lambda: any(rule in line and problem in line for line in log.read_text().splitlines()), "the refusal in the log")
    assert receiver.received() == []


def test_a_permission_by_account_number_counts(aws, receiver, send):
    events = aws.client("events", PLATFORM)
    events.put_permission(EventBusName=receiver.name, StatementId="one", Action="events:PutEvents", Principal=ACCOUNT)
    send(allow("events:PutEvents", receiver.arn))
    wait_for(receiver.received, "the event")


def test_events_are_put_on_a_bus_of_another_account_if_its_policy_allows_their_source(aws, receiver):
    events = aws.client("events")

    def put(*sources: str) -> list[dict]:
        entries = [{"EventBusName": receiver.arn, "Source": source, "DetailType": "test", "Detail": "{}"} for source in sources]
        return events.put_events(Entries=entries)["Entries"]

    with pytest.raises(ClientError, match="AccessDenied"):
        put("good")
    let_in(aws, receiver, ACCOUNT, **{"ForAllValues:StringEquals": {"events:source": "good"}})
    for refused in (["bad"], ["good", "bad"]):
        with pytest.raises(ClientError, match="AccessDenied"):
            put(*refused)
    [answer] = put("good")
    [event] = wait_for(receiver.received, "the event")
    assert (event["id"], event["account"], event["source"]) == (answer["EventId"], ACCOUNT, "good")


def test_a_rule_delivers_only_sources_that_the_bus_lets_in(aws, receiver, send):
    let_in(aws, receiver, ACCOUNT, **{"ForAllValues:StringEquals": {"events:source": "another"}})
    rule = send(allow("events:PutEvents", receiver.arn))
    log = aws.directory / "server.log"
    wait_for(
        lambda: any(rule in line and "does not let account" in line for line in log.read_text().splitlines()), "the refusal in the log"
    )
    assert receiver.received() == []
