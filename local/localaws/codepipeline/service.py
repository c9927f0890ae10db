"""CodePipeline's API: each operation of the service that the local AWS offers."""

import copy

from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import get_account_id, get_region

from ..json_service import AwsError, JsonService, page
from . import history, state
from .definitions import check_tags, pipeline_arn
from .pipeline import Pipeline
from .pipelines import PIPELINES

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
def retry_stage_execution(request: dict) -> dict:
    _pipeline(request["pipelineName"]).retry(request["stageName"], request["pipelineExecutionId"], request["retryMode"])
    return {"pipelineExecutionId": request["pipelineExecutionId"]}


@SERVICE.operation
def rollback_stage(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    return {"pipelineExecutionId": pipeline.roll_back(request["stageName"], request["targetPipelineExecutionId"], caller_arn()).id}


@SERVICE.operation
def get_pipeline_execution(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    with pipeline.lock:
        return {"pipelineExecution": history.described(pipeline, pipeline.execution(request["pipelineExecutionId"]))}


@SERVICE.operation
def list_pipeline_executions(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    with pipeline.lock:
        found = history.executions(pipeline, request.get("filter", {}))
        listed, token = page(found, request.get("nextToken"), request.get("maxResults"), 100, "InvalidNextTokenException")
        return {"pipelineExecutionSummaries": [history.summary(execution) for execution in listed], "nextToken": token}


@SERVICE.operation
def list_action_executions(request: dict) -> dict:
    pipeline = _pipeline(request["pipelineName"])
    with pipeline.lock:
        found = history.runs(pipeline, request.get("filter", {}))
        listed, token = page(found, request.get("nextToken"), request.get("maxResults"), 100, "InvalidNextTokenException")
        return {"actionExecutionDetails": [history.run_detail(run) for run in listed], "nextToken": token}


@SERVICE.operation
def get_pipeline_state(request: dict) -> dict:
    pipeline = _pipeline(request["name"])
    with pipeline.lock:
        return state.described(pipeline)


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
