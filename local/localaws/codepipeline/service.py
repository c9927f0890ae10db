"""CodePipeline's API: each operation of the service that the local AWS offers."""

import copy

from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import get_account_id, get_region

from ..json_service import AwsError, JsonService, page
from .pipelines import PIPELINES, Execution, Pipeline, Stage, check_tags, pipeline_arn

SERVICE = JsonService("codepipeline")
handle_request = SERVICE.handle_request


def reset() -> None:
    """MiniStack's hook: forget everything."""
    PIPELINES.clear()


def resource_arn(request: dict) -> str:
    """What a request is about, for IAM: a pipeline, a stage or an action of it."""
    if isinstance(arn := request.get("resourceArn"), str):
        return arn
    declaration = request.get("pipeline")
    names = [
        request.get("pipelineName"),
        request.get("name"),
        declaration.get("name") if isinstance(declaration, dict) else None,
    ]
    name = next((n for n in names if isinstance(n, str)), None)
    if name is None:
        return "*"
    parts = [name, request.get("stageName"), request.get("actionName")]
    return pipeline_arn(get_account_id(), get_region(), "/".join(p for p in parts if isinstance(p, str)))


def condition_keys(request: dict) -> dict[str, str]:
    return {}


def _pipeline(name: str) -> Pipeline:
    return PIPELINES.get(get_account_id(), get_region(), name)


def _by_arn(arn: str) -> Pipeline:
    found = PIPELINES.by_arn(arn)
    if found is None or found.account != get_account_id():
        raise AwsError("ResourceNotFoundException", f"The resource {arn} does not exist.")
    return found


def _as_list(tags: dict[str, str]) -> list[dict]:
    return [{"key": key, "value": value} for key, value in tags.items()]


@SERVICE.operation
def create_pipeline(request: dict) -> dict:
    tags = {tag["key"]: tag["value"] for tag in request.get("tags", [])}
    check_tags(tags)
    created = PIPELINES.create(get_account_id(), get_region(), request["pipeline"], tags, caller_arn())
    return {"pipeline": created.declaration, "tags": _as_list(tags)}


@SERVICE.operation
def update_pipeline(request: dict) -> dict:
    return {"pipeline": PIPELINES.update(get_account_id(), get_region(), request["pipeline"]).declaration}


@SERVICE.operation
def get_pipeline(request: dict) -> dict:
    pipeline = _pipeline(request["name"])
    if request.get("version", pipeline.declaration["version"]) != pipeline.declaration["version"]:
        raise AwsError(
            "PipelineVersionNotFoundException",
            f"The pipeline {pipeline.name} has no version {request['version']} here.",
        )
    metadata = {"pipelineArn": pipeline.arn, "created": pipeline.created, "updated": pipeline.updated}
    return {"pipeline": copy.deepcopy(pipeline.declaration), "metadata": metadata}


@SERVICE.operation
def delete_pipeline(request: dict) -> None:
    PIPELINES.delete(get_account_id(), get_region(), request["name"])


@SERVICE.operation
def list_pipelines(request: dict) -> dict:
    found = PIPELINES.in_region(get_account_id(), get_region())
    listed, token = page(found, request.get("nextToken"), request.get("maxResults"), 1000, "InvalidNextTokenException")
    summaries = [
        {name: p.declaration[name] for name in ("name", "version", "pipelineType", "executionMode")}
        | {"created": p.created, "updated": p.updated}
        for p in listed
    ]
    return {"pipelines": summaries, "nextToken": token}


@SERVICE.operation
def start_pipeline_execution(request: dict) -> dict:
    options = {name: request[name] for name in ("variables", "sourceRevisions") if name in request}
    token = request.get("clientRequestToken")
    execution = _pipeline(request["name"]).start("StartPipelineExecution", caller_arn(), token, **options)
    return {"pipelineExecutionId": execution.id}


@SERVICE.operation
def stop_pipeline_execution(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    pipeline.stop(request["pipelineExecutionId"], abandon=request.get("abandon", False), reason=request.get("reason"))
    return {"pipelineExecutionId": request["pipelineExecutionId"]}


@SERVICE.operation
def get_pipeline_execution(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    execution = pipeline.execution(request["pipelineExecutionId"])
    revisions = [{k: v for k, v in revision.items() if k != "actionName"} for revision in execution.revisions]
    described = {
        "pipelineName": pipeline.name,
        "pipelineVersion": execution.version,
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.status_summary,
        "artifactRevisions": revisions,
        "variables": execution.variables,
        "trigger": execution.trigger,
        "executionMode": execution.mode,
        "executionType": "STANDARD",
    }
    return {"pipelineExecution": described}


@SERVICE.operation
def list_pipeline_executions(request: dict) -> dict:
    executions = _pipeline(request["pipelineName"]).executions
    listed, token = page(executions, request.get("nextToken"), request.get("maxResults"), 100, "InvalidNextTokenException")
    return {"pipelineExecutionSummaries": [_summary(execution) for execution in listed], "nextToken": token}


def _summary(execution: Execution) -> dict:
    members = ("actionName", "revisionId", "revisionSummary", "revisionUrl")
    return {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.status_summary,
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [{name: revision[name] for name in members} for revision in execution.revisions],
        "trigger": execution.trigger,
        "stopTrigger": {"reason": execution.stop_reason} if execution.stop_reason else None,
        "executionMode": execution.mode,
        "executionType": "STANDARD",
    }


@SERVICE.operation
def get_pipeline_state(request: dict) -> dict:
    pipeline = _pipeline(request["name"])
    with pipeline.lock:
        return {
            "pipelineName": pipeline.name,
            "pipelineVersion": pipeline.declaration["version"],
            "stageStates": [_stage_state(pipeline, stage, first=number == 0) for number, stage in enumerate(pipeline.stages.values())],
            "created": pipeline.created,
            "updated": pipeline.updated,
        }


def _stage_state(pipeline: Pipeline, stage: Stage, *, first: bool) -> dict:
    inbound = [{"pipelineExecutionId": e.id, "status": e.status, "type": "STANDARD"} for e in stage.inbound]
    state = {
        "stageName": stage.name,
        "inboundExecutions": inbound,
        "inboundExecution": inbound[-1] if inbound else None,
        "actionStates": [_action_state(pipeline, stage, action) for action in pipeline.actions(stage.name)],
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
        state["latestExecution"] = {
            "pipelineExecutionId": stage.occupant.id,
            "status": "Stopping" if stopping else stage.status,
            "type": "STANDARD",
        }
    return state


def _action_state(pipeline: Pipeline, stage: Stage, action: dict) -> dict:
    state = {"actionName": action["name"]}
    run = stage.occupant.runs.get((stage.name, action["name"])) if stage.occupant else None
    if run is None:
        return state
    if run.revision:
        revision = run.revision
        state["currentRevision"] = {
            "revisionId": revision["revisionId"],
            "revisionChangeId": revision["revisionId"],
            "created": revision["created"],
        }
        state["revisionUrl"] = revision["revisionUrl"]
    state["latestExecution"] = {
        "actionExecutionId": run.id,
        "status": run.status,
        "summary": run.summary or None,
        "lastStatusChange": run.changed,
        "token": run.token,
        "lastUpdatedBy": run.changed_by,
        "externalExecutionId": run.revision["revisionId"] if run.revision else None,
        "errorDetails": run.error,
    }
    return state


@SERVICE.operation
def put_approval_result(request: dict) -> dict:
    result = request["result"]
    approved_at = _pipeline(request["pipelineName"]).approve(
        request["stageName"], request["actionName"], request["token"], result["status"], result["summary"], caller_arn()
    )
    return {"approvedAt": approved_at}


@SERVICE.operation
def enable_stage_transition(request: dict) -> None:
    _pipeline(request["pipelineName"]).set_transition(request["stageName"], enabled=True, reason=None, caller=caller_arn())


@SERVICE.operation
def disable_stage_transition(request: dict) -> None:
    _pipeline(request["pipelineName"]).set_transition(request["stageName"], enabled=False, reason=request["reason"], caller=caller_arn())


@SERVICE.operation
def tag_resource(request: dict) -> None:
    pipeline = _by_arn(request["resourceArn"])
    tags = {tag["key"]: tag["value"] for tag in request["tags"]}
    check_tags(tags, pipeline.tags)
    pipeline.tags |= tags


@SERVICE.operation
def untag_resource(request: dict) -> None:
    pipeline = _by_arn(request["resourceArn"])
    for key in request["tagKeys"]:
        pipeline.tags.pop(key, None)


@SERVICE.operation
def list_tags_for_resource(request: dict) -> dict:
    return {"tags": _as_list(_by_arn(request["resourceArn"]).tags)}
