"""The platform's event bus: events that are put on it, and queues that hear what is on it."""

import json
import uuid

from pipelines import Platform, wait_for

SOURCE = "dataall.pipelines"
REDEPLOY_REQUESTED = "Pipeline Redeploy Requested"


def put(platform: Platform, detail: dict, kind: str = REDEPLOY_REQUESTED) -> str:
    """Puts an event on the platform's bus; its id."""
    entry = {"EventBusName": platform.stack["eventBusName"], "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
    answer = platform.aws("events", platform.stack["platformAccountId"]).put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0, answer
    return answer["Entries"][0]["EventId"]


class Queue:
    """A queue of the platform's account."""

    def __init__(self, platform: Platform, name: str):
        self.sqs = platform.aws("sqs", platform.stack["platformAccountId"])
        self.url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def attribute(self, name: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])["Attributes"][name]

    def set(self, **attributes: str) -> None:
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes=attributes)

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def take(self) -> list[str]:
        """The bodies of some of its messages, which are gone from it then."""
        messages = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def is_empty(self) -> bool:
        """Whether no message is in it, neither waiting nor being worked on."""
        return all(self.attribute(f"ApproximateNumberOfMessages{which}") == "0" for which in ("", "NotVisible"))


class Listener:
    """What somebody sets up who wants to hear: a rule on the bus, and the queue that it fills."""

    def __init__(self, platform: Platform, pattern: dict):
        account, name = platform.stack["platformAccountId"], f"listener-{uuid.uuid4().hex[:8]}"
        self._bus, self._name = platform.stack["eventBusName"], name
        self._events, sqs = platform.aws("events", account), platform.aws("sqs", account)
        rule = self._events.put_rule(Name=name, EventBusName=self._bus, EventPattern=json.dumps(pattern))["RuleArn"]
        sqs.create_queue(QueueName=name)
        self._queue = Queue(platform, name)
        arn = self._queue.attribute("QueueArn")
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": rule}}
        self._queue.set(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        self._events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "queue", "Arn": arn}])
        self.heard: list[dict] = []

    def close(self) -> None:
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["queue"])
        self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        self._queue.sqs.delete_queue(QueueUrl=self._queue.url)

    def matching(self, kind: str, **detail: str) -> list[dict]:
        """What has been heard of this kind and with these members."""
        self.heard += map(json.loads, self._queue.take())
        return [event for event in self.heard if event["detail-type"] == kind and event["detail"] | detail == event["detail"]]

    def first(self, kind: str, **detail: str) -> dict:
        return wait_for(lambda: self.matching(kind, **detail), f"the event {kind} with {detail}")[0]
