"""EventBridge's deliveries: a queue's policy is asked, what cannot be delivered goes to the dead-letter queue, schedules are on time.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
import logging

from ministack.core.responses import get_account_id, request_scope
from ministack.services import eventbridge, lambda_svc, sqs

logger = logging.getLogger("localaws")

NO_PERMISSIONS, NO_RESOURCE = "NO_PERMISSIONS", "NO_RESOURCE"


def install() -> None:
    eventbridge._invoke_target = _asking_queues(eventbridge._invoke_target)
    # Seconds between looks at the schedules: those of AWS fire within the minute that they name, MiniStack's up to ten seconds late.
    eventbridge._SCHEDULER_TICK_INTERVAL = 1


def _asking_queues(invoke):
    def invoke_target(target, event, rule, view=None):
        arn = target.get("Arn", "")
        if arn.startswith("arn:aws:sqs:") and sqs._queue_by_arn(arn) is None:
            undelivered(target, event, rule, NO_RESOURCE, "The queue does not exist")
        elif arn.startswith("arn:aws:sqs:") and not _may_send(arn, rule):
            undelivered(target, event, rule, NO_PERMISSIONS, "The queue's policy does not allow it")
        elif arn.startswith("arn:aws:lambda:") and lambda_svc._get_func_record_for_ref(arn)[1] is None:
            undelivered(target, event, rule, NO_RESOURCE, "The function does not exist")
        else:
            invoke(target, event, rule, view)

    return invoke_target


def _may_send(queue_arn: str, rule: dict) -> bool:
    return sqs.queue_policy_allows(queue_arn, "events.amazonaws.com", rule["Arn"], get_account_id())


def undelivered(target: dict, event: dict, rule: dict, code: str, message: str) -> None:
    """Says in the log that a target does not get an event, and sends that to the target's dead-letter queue, if it has one."""
    logger.warning("The rule %s cannot deliver to %s: %s", rule["Arn"], target["Arn"], message)
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not dead_letters:
        return
    if sqs._queue_by_arn(dead_letters) is None or not _may_send(dead_letters, rule):
        logger.warning("The rule %s may not send to its dead-letter queue %s either: the event is lost", rule["Arn"], dead_letters)
        return
    told = {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"], "ERROR_CODE": code, "ERROR_MESSAGE": message}
    _, _, _, region, account, name = dead_letters.split(":")
    with request_scope(account, region):
        body = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
        attributes = {key: {"DataType": "String", "StringValue": value} for key, value in told.items()}
        sqs._act_send_message({"MessageBody": body, "MessageAttributes": attributes}, sqs._queue_url(name))
