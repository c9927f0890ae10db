"""What the workflow's steps measured of themselves: they log it, a JSON object a line."""

import json
from dataclasses import dataclass

from .deployment import client
from .settings import Settings

FUNCTIONS_LOG = "/aws/lambda/dataall-platform"
# From the request to the stack's creation accepted; in milliseconds, the steps' own work in sum.
OWN_WORK_TARGET = 1000
STEPS_BEFORE_CREATION = ("Prepare", "RenderRepository", "CommitRepository", "DeployStack")


@dataclass(frozen=True)
class StepFigures:
    """One run of a step: how long it took, and the part of it that was its own work, not waiting for AWS. Milliseconds."""

    step: str
    own_ms: float
    duration_ms: float
    aws_calls: int


def steps_of(settings: Settings, deployment_id: str) -> list[StepFigures]:
    """The runs of the steps of a deployment, in order."""
    pages = client(settings, "logs").get_paginator("filter_log_events")
    figures = []
    for page in pages.paginate(logGroupName=FUNCTIONS_LOG, filterPattern=f'"{deployment_id}"'):
        for event in page["events"]:
            line = json.loads(event["message"])
            if "step" in line and "ownMs" in line:
                figures.append(StepFigures(line["step"], line["ownMs"], line["durationMs"], line["awsCalls"]))
    return figures


def until_creation(figures: list[StepFigures]) -> list[StepFigures]:
    """Those that run before CloudFormation has accepted the stack."""
    return [figure for figure in figures if figure.step in STEPS_BEFORE_CREATION]
