"""The build action: starts a build with the action's role and waits for its end.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

import json

from botocore.exceptions import ClientError

from ...codebuild.pipeline_builds import HANDED_OVER, PipelineBuild
from .. import console
from ..failures import ActionFailed, refused
from ..work import Outcome, Work

_POLL_SECONDS = 0.3


def perform(work: Work) -> Outcome:
    build_id = _start(work)
    work.report(external_id=build_id, external_url=console.build(work.region, build_id))
    while not (build := _described(work, build_id))["buildComplete"]:
        work.pause(_POLL_SECONDS)
    if build["buildStatus"] != "SUCCEEDED":
        raise ActionFailed("JobFailed", _failure(build))
    exported = {v["name"]: v.get("value", "") for v in build.get("exportedEnvironmentVariables", [])}
    return Outcome(variables=exported)


def _start(work: Work) -> str:
    if work.configuration.get("BatchEnabled", "false").lower() == "true":
        raise ActionFailed("ConfigurationError", "The local AWS runs no batch builds.")
    inputs = tuple(work.inputs.values())
    primary = work.configuration.get("PrimarySource", inputs[0].name if len(inputs) == 1 else None)
    if primary not in work.inputs:
        raise ActionFailed("ConfigurationError", "An action with several input artifacts names one of them as its PrimarySource.")
    handed = PipelineBuild(work.pipeline, work.execution_id, inputs, primary, work.outputs, work.store.encryption_key)
    project = work.configuration["ProjectName"]
    HANDED_OVER.leave(work.run_id, handed)
    try:
        started = work.roles.client("codebuild", work.region).start_build(
            projectName=project, idempotencyToken=work.run_id, environmentVariablesOverride=_environment(work)
        )
    except ClientError as error:
        raise refused(error, work.roles.working_role, f"start a build of the project {project} (codebuild:StartBuild)") from error
    finally:
        HANDED_OVER.take(work.run_id)
    return started["build"]["id"]


def _environment(work: Work) -> list[dict]:
    text = work.configuration.get("EnvironmentVariables", "[]")
    try:
        variables = json.loads(text)
        return [{"name": v["name"], "value": v["value"], "type": v.get("type", "PLAINTEXT")} for v in variables]
    except (ValueError, KeyError, TypeError):
        raise ActionFailed("ConfigurationError", f"EnvironmentVariables is not a JSON list of names and values: {text}") from None


def _described(work: Work, build_id: str) -> dict:
    try:
        [build] = work.roles.client("codebuild", work.region).batch_get_builds(ids=[build_id])["builds"]
    except ClientError as error:
        raise refused(error, work.roles.working_role, f"read the build {build_id} (codebuild:BatchGetBuilds)") from error
    except ValueError:
        raise ActionFailed("JobFailed", f"The build {build_id} does not exist any more.") from None
    return build


def _failure(build: dict) -> str:
    message = f"Build terminated with state: {build['buildStatus']}."
    for phase in build.get("phases", []):
        if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED":
            reasons = [f"Code: {c.get('statusCode', '')}, Message: {c.get('message', '')}" for c in phase.get("contexts", [])]
            return ", ".join([f"{message} Phase: {phase['phaseType']}", *reasons])
    return message
