"""What has been executed: ListPipelineExecutions, GetPipelineExecution, ListActionExecutions. Callers hold the pipeline's lock."""

from ..codebuild.pipeline_builds import Artifact
from .executions import ActionRun, Execution
from .pipeline import Pipeline


def executions(pipeline: Pipeline, request_filter: dict) -> list[Execution]:
    """Newest first; those that have succeeded in a stage, if the filter names one."""
    stage = request_filter.get("succeededInStage", {}).get("stageName")
    return [execution for execution in pipeline.executions if stage is None or stage in execution.succeeded_in]


def summary(execution: Execution) -> dict:
    revisions = [
        {"actionName": action} | {name: revision[name] for name in ("revisionId", "revisionSummary", "revisionUrl")}
        for action, revision in execution.revisions.items()
    ]
    return {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.status_summary,
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": revisions,
        "trigger": execution.trigger,
        "stopTrigger": {"reason": execution.stop_reason} if execution.stop_reason else None,
        "executionMode": execution.mode,
        "executionType": execution.type,
        "rollbackMetadata": _rollback(execution),
    }


def _rollback(execution: Execution) -> dict | None:
    return {"rollbackTargetPipelineExecutionId": execution.rolls_back_to} if execution.rolls_back_to else None


def described(pipeline: Pipeline, execution: Execution) -> dict:
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": execution.version,
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.status_summary,
        "artifactRevisions": list(execution.revisions.values()),
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
        "trigger": execution.trigger,
        "executionMode": execution.mode,
        "executionType": execution.type,
        "rollbackMetadata": _rollback(execution),
    }


def runs(pipeline: Pipeline, request_filter: dict) -> list[ActionRun]:
    """Newest first; those of one execution, if the filter names one, and of those the latest of each action, if it wants these."""
    latest = request_filter.get("latestInPipelineExecution", {})
    execution_id = request_filter.get("pipelineExecutionId", latest.get("pipelineExecutionId"))
    if execution_id is None:
        return list(pipeline.history)
    execution = pipeline.execution(execution_id)
    found = [run for run in pipeline.history if run.execution_id == execution_id]
    if latest.get("startTimeRange") == "Latest":
        return [run for run in found if execution.runs.get((run.stage, run.name)) is run]
    return found


def run_detail(run: ActionRun) -> dict:
    result = {
        "externalExecutionId": run.external_id,
        "externalExecutionSummary": run.summary,
        "externalExecutionUrl": run.external_url,
        "errorDetails": run.error,
    }
    return {
        "pipelineExecutionId": run.execution_id,
        "actionExecutionId": run.id,
        "pipelineVersion": run.version,
        "stageName": run.stage,
        "actionName": run.name,
        "startTime": run.started,
        "lastUpdateTime": run.changed,
        "updatedBy": run.changed_by,
        "status": run.status,
        "input": {
            "actionTypeId": run.action["actionTypeId"],
            "configuration": run.action["configuration"],
            "resolvedConfiguration": run.configuration,
            "roleArn": run.action.get("roleArn"),
            "region": run.region,
            "inputArtifacts": [_artifact(artifact) for artifact in run.inputs],
            "namespace": run.action.get("namespace"),
        },
        "output": {
            "outputArtifacts": [_artifact(artifact) for artifact in run.outputs],
            "executionResult": {name: value for name, value in result.items() if value},
            "outputVariables": run.variables,
        },
    }


def _artifact(artifact: Artifact) -> dict:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
