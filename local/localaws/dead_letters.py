"""SQS' message moves: dead letters go back to the queue that they came from, or to another. Here at once, however many.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

import time

from ministack.core.responses import new_uuid
from ministack.services import lambda_svc, sqs

# What was moved from each queue, latest first.
_tasks: dict[str, list[dict]] = {}


def install() -> None:
    sqs._HANDLERS["StartMessageMoveTask"] = start
    sqs._HANDLERS["ListMessageMoveTasks"] = list_tasks


def start(data: dict, _queue_url: str) -> dict:
    source_arn, destination_arn = data["SourceArn"], data.get("DestinationArn")
    source = _queue(source_arn)
    destination = _queue(destination_arn) if destination_arn else None
    messages, source["messages"] = source["messages"], []
    for message in messages:
        came_from = (message.get("sys") or {}).get("DeadLetterQueueSourceArn", "")
        moved = message | {"receipt_handle": None, "visible_at": time.time(), "receive_count": 0, "first_receive_at": None}
        (destination or _queue(came_from))["messages"].append(moved)
    lambda_svc.esm_wake.set()
    task = {
        "TaskHandle": new_uuid(),
        "Status": "COMPLETED",
        "SourceArn": source_arn,
        "ApproximateNumberOfMessagesMoved": len(messages),
        "ApproximateNumberOfMessagesToMove": len(messages),
        "StartedTimestamp": int(time.time() * 1000),
    }
    _tasks.setdefault(source_arn, []).insert(0, task | ({"DestinationArn": destination_arn} if destination_arn else {}))
    return {"TaskHandle": task["TaskHandle"]}


def list_tasks(data: dict, _queue_url: str) -> dict:
    shown = _tasks.get(data["SourceArn"], [])[: int(data.get("MaxResults", 1))]
    return {"Results": [{name: value for name, value in task.items() if name != "TaskHandle"} for task in shown]}


def _queue(arn: str) -> dict:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist.", 404)
    return queue
