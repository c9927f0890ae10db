"""The manual approval: tells a topic, if it has one, and waits for PutApprovalResult.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ManualApproval.html
"""

import datetime as dt
import json

from botocore.exceptions import ClientError

from ...json_service import now
from .. import console
from ..failures import ActionFailed, refused
from ..work import Outcome, Work

_DEFAULT_MINUTES = 7 * 24 * 60


def perform(work: Work) -> Outcome:
    """Ends by being left: who answers the approval ends the run."""
    minutes = work.action.get("timeoutInMinutes", _DEFAULT_MINUTES)
    if topic := work.configuration.get("NotificationArn"):
        _notify(work, topic, now() + dt.timedelta(minutes=minutes))
    work.pause(minutes * 60)
    raise ActionFailed("JobFailed", "The action failed because nobody approved or rejected it in time.")


def _notify(work: Work, topic: str, expires: dt.datetime) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html"""
    link = console.pipeline(work.home_region, work.pipeline)
    approval = {
        "pipelineName": work.pipeline,
        "stageName": work.stage,
        "actionName": work.action["name"],
        "token": work.token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": work.configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{link}#/{work.stage}/{work.action['name']}/approve/{work.token}",
        "customData": work.configuration.get("CustomData"),
    }
    message = json.dumps({"region": work.home_region, "consoleLink": link, "approval": approval})
    subject = f"APPROVAL NEEDED: AWS CodePipeline {work.pipeline} for action {work.action['name']}"[:100]
    try:
        work.roles.client("sns", topic.split(":")[3]).publish(TopicArn=topic, Subject=subject, Message=message)
    except ClientError as error:
        raise refused(error, work.roles.working_role, f"publish to {topic}") from error
