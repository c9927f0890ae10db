"""EventBridge rules that start pipelines: a target that MiniStack takes, but does not deliver to."""

import logging

from ministack.services import eventbridge

from ..identity import role_allows
from .pipelines import PIPELINES

logger = logging.getLogger("localaws")


def install() -> None:
    deliver = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        pipeline = PIPELINES.by_arn(target.get("Arn", ""))
        if pipeline is None:
            deliver(target, event, rule, view)
        elif role_allows(target.get("RoleArn", ""), "codepipeline:StartPipelineExecution", pipeline.arn, pipeline.region):
            pipeline.start("CloudWatchEvent", rule["Arn"])
        else:
            logger.warning(
                "The rule %s may not start %s: its role %s lacks the permission",
                rule["Arn"],
                pipeline.arn,
                target.get("RoleArn"),
            )

    eventbridge._invoke_target = invoke_target
