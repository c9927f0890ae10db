"""How a pipeline stands, as GetPipelineState answers it. Callers hold the pipeline's lock."""

from . import console
from .executions import ActionRun, Execution, Stage
from .pipeline import Pipeline


def described(pipeline: Pipeline) -> dict:
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": pipeline.declaration["version"],
        "stageStates": [_stage(pipeline, stage, first=number == 0) for number, stage in enumerate(pipeline.stages.values())],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def _stage(pipeline: Pipeline, stage: Stage, *, first: bool) -> dict:
    inbound = [_stage_execution(execution, execution.status) for execution in stage.inbound]
    state = {
        "stageName": stage.name,
        "inboundExecutions": inbound,
        "inboundExecution": inbound[-1] if inbound else None,
        "actionStates": [_action(pipeline, stage, action) for action in pipeline.actions(stage.name)],
    }
    if not first:
        state["inboundTransitionState"] = {
            "enabled": stage.enabled,
            "lastChangedBy": stage.changed_by,
            "lastChangedAt": stage.changed if stage.changed_by else None,
            "disabledReason": stage.disabled_reason,
        }
    if stage.occupant:
        stopping = stage.occupant.status == "Stopping" and stage.busy
        state["latestExecution"] = _stage_execution(stage.occupant, "Stopping" if stopping else stage.status)
    if stage.retries:
        state["retryStageMetadata"] = {"manualStageRetryAttempt": stage.retries, "latestRetryTrigger": "ManualStageRetry"}
    return state


def _stage_execution(execution: Execution, status: str) -> dict:
    return {"pipelineExecutionId": execution.id, "status": status, "type": execution.type}


def _action(pipeline: Pipeline, stage: Stage, action: dict) -> dict:
    state = {"actionName": action["name"], "entityUrl": _entity_url(action, action.get("region", pipeline.region))}
    run = stage.occupant.runs.get((stage.name, action["name"])) if stage.occupant else None
    if run is None:
        return state
    if run.revision:
        state["currentRevision"] = {
            "revisionId": run.revision["revisionId"],
            "revisionChangeId": run.revision["revisionId"],
            "created": run.revision["created"],
        }
        state["revisionUrl"] = run.revision["revisionUrl"]
    return state | {"latestExecution": _run(run)}


def _run(run: ActionRun) -> dict:
    return {
        "actionExecutionId": run.id,
        "status": run.status,
        "summary": run.summary or None,
        "lastStatusChange": run.changed,
        "token": run.token,
        "lastUpdatedBy": run.changed_by,
        "externalExecutionId": run.external_id,
        "externalExecutionUrl": run.external_url,
        "errorDetails": run.error,
    }


def _entity_url(action: dict, region: str) -> str | None:
    configuration = action["configuration"]
    match action["actionTypeId"]["provider"]:
        case "CodeCommit":
            return console.repository(region, configuration["RepositoryName"], configuration["BranchName"])
        case "CodeBuild":
            return console.project(region, configuration["ProjectName"])
        case "CloudFormation":
            return console.stacks(region)
        case "Manual":
            return configuration.get("ExternalEntityLink")
    return None
