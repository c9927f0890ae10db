"""CodeBuild's API: each operation of the service that the local AWS offers."""

import json

from ministack.core import iam_evaluator
from ministack.core.iam_actions import access_denied_response
from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.core.router import extract_access_key_id, extract_region

from ..json_service import JsonService, Response, page
from .builds import BUILDS, Build, check_offered, settings_for
from .pipeline_builds import HANDED_OVER
from .projects import PROJECTS, Project, check, invalid, project_arn

SERVICE = JsonService("codebuild")
_PAGE = 100
# Operations on several things at once, each of which IAM must allow.
_BATCHES = {"BatchGetBuilds": "ids", "BatchDeleteBuilds": "ids", "BatchGetProjects": "names"}


async def handle_request(method: str, path: str, headers: dict, body: bytes, query_params: dict) -> Response:
    """MiniStack has asked IAM about the first project of a request; here about the others."""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation in _BATCHES:
        for arn in _projects_of(_object(body).get(_BATCHES[operation]))[1:]:
            action = f"codebuild:{operation}"
            key, region = extract_access_key_id(headers, query_params), extract_region(headers)
            denied = iam_evaluator.enforce(key, action, "codebuild", region, resource_arn=arn, service_context={})
            if isinstance(denied, iam_evaluator.EvalResult):
                return access_denied_response(
                    "codebuild",
                    action,
                    denied.principal_arn,
                    new_uuid(),
                    headers=headers,
                    resource_arn=arn,
                    explicit_deny=denied.decision == "Deny",
                )
    return await SERVICE.handle_request(method, path, headers, body, query_params)


def reset() -> None:
    """MiniStack's hook: forget everything."""
    PROJECTS.clear()
    BUILDS.clear()


def resource_arn(request: dict) -> str:
    """What a request is about, for IAM: always a project."""
    for member in ("projectName", "name", "id", "ids", "names"):
        value = request.get(member)
        if projects := _projects_of([value] if isinstance(value, str) else value):
            return projects[0]
    return "*"


def _projects_of(names: object) -> list[str]:
    """The projects that are named: by a name, a build's id, or an ARN of either."""
    found = {}
    for name in names if isinstance(names, list) else []:
        if isinstance(name, str):
            prefix, _, rest = name.partition("/") if name.startswith("arn:") else ("", "", name)
            account, region = prefix.split(":")[4:2:-1] if prefix.count(":") == 5 else (get_account_id(), get_region())
            found[project_arn(account, region, rest.partition(":")[0])] = None
    return list(found)


def condition_keys(request: dict) -> dict[str, str]:
    return {}


def _object(body: bytes) -> dict:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _here() -> tuple[str, str]:
    return get_account_id(), get_region()


def _project(name: str) -> Project:
    if name.startswith(f"arn:aws:codebuild:{get_region()}:{get_account_id()}:project/"):
        name = name.partition("/")[2]
    return PROJECTS.get(*_here(), name)


@SERVICE.operation
def create_project(request: dict) -> dict:
    return {"project": PROJECTS.create(*_here(), request).described()}


@SERVICE.operation
def update_project(request: dict) -> dict:
    return {"project": PROJECTS.update(*_here(), request | {"name": _project(request["name"]).name}).described()}


@SERVICE.operation
def delete_project(request: dict) -> None:
    PROJECTS.delete(*_here(), request["name"].rpartition("/")[2])


@SERVICE.operation
def batch_get_projects(request: dict) -> dict:
    found, missing = [], []
    for name in request["names"]:
        project = PROJECTS.find(*_here(), name.rpartition("/")[2])
        if project and name in (project.name, project.arn):
            found.append(project.described())
        else:
            missing.append(name)
    return {"projects": found, "projectsNotFound": missing}


@SERVICE.operation
def list_projects(request: dict) -> dict:
    keys = {"NAME": lambda p: p.name, "CREATED_TIME": lambda p: p.created, "LAST_MODIFIED_TIME": lambda p: p.modified}
    found = sorted(PROJECTS.in_region(*_here()), key=keys[request.get("sortBy", "NAME")])
    return _page(request, [project.name for project in found], "projects", default="ASCENDING")


def _page(request: dict, items: list[str], member: str, default: str) -> dict:
    ordered = items if request.get("sortOrder", default) == "ASCENDING" else items[::-1]
    listed, token = page(ordered, request.get("nextToken"), None, _PAGE, "InvalidInputException")
    return {member: listed, "nextToken": token}


@SERVICE.operation
def start_build(request: dict) -> dict:
    project = _project(request["projectName"])
    token = request.get("idempotencyToken")
    return {"build": _start(project, settings_for(project, request), request, token).described()}


def _start(project: Project, settings: dict, request: dict, token: str | None) -> Build:
    if token and (started := BUILDS.started_with(*_here(), token, request)):
        return started
    check(settings)
    check_offered(settings)
    pipeline = HANDED_OVER.take(token) if token and settings["source"]["type"] == "CODEPIPELINE" else None
    if settings["source"]["type"] == "CODEPIPELINE" and pipeline is None:
        raise invalid("Project source type CODEPIPELINE is not supported: only CodePipeline starts builds of this project.")
    if pipeline and pipeline.encryption_key:
        settings = settings | {"encryptionKey": pipeline.encryption_key}
    limit = settings.get("concurrentBuildLimit")
    if limit and sum(b.status == "IN_PROGRESS" for b in BUILDS.in_region(*_here(), project.name)) >= limit:
        raise invalid(f"Project {project.name} has its limit of {limit} concurrent builds.")
    project.builds += 1
    initiator = f"codepipeline/{pipeline.pipeline}" if pipeline else _initiator(caller_arn())
    build = Build(*_here(), project.name, project.builds, settings, initiator, pipeline, request, dict(project.tags))
    BUILDS.start(build, token)
    return build


def _initiator(arn: str) -> str:
    """Who has started a build: a user's name, a role and its session, or the account's root."""
    return arn.rpartition(":")[2].removeprefix("assumed-role/").removeprefix("user/")


@SERVICE.operation
def stop_build(request: dict) -> dict:
    build = BUILDS.get(*_here(), request["id"])
    BUILDS.stop(build)
    return {"build": build.described()}


@SERVICE.operation
def retry_build(request: dict) -> dict:
    if "id" not in request:
        raise invalid("Build ID must not be null")
    build = BUILDS.get(*_here(), request["id"])
    if build.pipeline:
        raise invalid("A build that CodePipeline has started cannot be retried: retry the stage of the pipeline.")
    if build.status == "IN_PROGRESS":
        raise invalid(f"Build {build.id} has not ended yet")
    project = _project(build.project)
    return {"build": _start(project, build.settings, {"retried": build.id}, request.get("idempotencyToken")).described()}


@SERVICE.operation
def batch_get_builds(request: dict) -> dict:
    found = {build_id: BUILDS.find(*_here(), build_id) for build_id in request["ids"]}
    return {
        "builds": [build.described() for build in found.values() if build],
        "buildsNotFound": [build_id for build_id, build in found.items() if build is None],
    }


@SERVICE.operation
def batch_delete_builds(request: dict) -> dict:
    deleted, kept = [], []
    for build_id in request["ids"]:
        build = BUILDS.find(*_here(), build_id)
        if build and BUILDS.delete(build):
            deleted.append(build.arn)
        else:
            kept.append({"id": build_id, "statusCode": "BUILD_IN_PROGRESS" if build else "BUILD_NOT_FOUND"})
    return {"buildsDeleted": deleted, "buildsNotDeleted": kept}


@SERVICE.operation
def list_builds(request: dict) -> dict:
    return _page(request, [build.id for build in BUILDS.in_region(*_here())], "ids", default="DESCENDING")


@SERVICE.operation
def list_builds_for_project(request: dict) -> dict:
    project = _project(request["projectName"])
    return _page(request, [build.id for build in BUILDS.in_region(*_here(), project.name)], "ids", default="DESCENDING")
