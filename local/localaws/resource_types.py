"""The CloudFormation resource types that MiniStack lacks."""

import copy
import secrets
import string
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation.provisioners import _physical_name

from .codebuild.projects import PROJECTS, Project
from .codebuild.service import SERVICE as CODEBUILD
from .codecommit.pull_requests import PULL_REQUESTS
from .codecommit.repositories import REPOSITORIES, Repository
from .codepipeline.pipeline import Pipeline
from .codepipeline.pipelines import PIPELINES
from .codepipeline.service import SERVICE as CODEPIPELINE
from .event_buses import EVENT_BUS_POLICY
from .json_service import AwsError, parse
from .resource_type import Made, Properties, ResourceType


def _raising_cloudformation_errors(function):
    """MiniStack takes the text of a ValueError for the reason of a failed resource."""

    def call(*args):
        try:
            return function(*args)
        except AwsError as error:
            raise ValueError(f"{error.message} (Status Code: 400; Error Code: {error.code})") from error

    return call


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}


# --- AWS::CodeCommit::Repository: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codecommit-repository.html


@_raising_cloudformation_errors
def create_repository(logical_id: str, properties: Properties, stack_name: str) -> Made:
    unsupported = sorted(properties.keys() & {"Code", "Triggers"})
    if unsupported:
        raise ValueError(f"The local AWS does not offer {' and '.join(unsupported)} of AWS::CodeCommit::Repository.")
    created = REPOSITORIES.create(
        get_account_id(),
        get_region(),
        properties["RepositoryName"],
        properties.get("RepositoryDescription"),
        _tags(properties),
        properties.get("KmsKeyId"),
    )
    return created.id, _repository_attributes(created)


@_raising_cloudformation_errors
def update_repository(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Made:
    repository = _repository(physical_id)
    if repository is None:
        raise ValueError(f"The repository {old['RepositoryName']} does not exist.")
    if new["RepositoryName"] != repository.name:
        REPOSITORIES.rename(repository, new["RepositoryName"])
    repository.description = new.get("RepositoryDescription")
    repository.tags = {k: v for k, v in repository.tags.items() if k not in _tags(old)} | _tags(new)
    return physical_id, _repository_attributes(repository)


def delete_repository(physical_id: str, properties: Properties) -> None:
    if repository := _repository(physical_id):
        REPOSITORIES.delete(repository.account, repository.region, repository.name)
        PULL_REQUESTS.forget(repository)


def _repository(physical_id: str) -> Repository | None:
    return next((r for r in REPOSITORIES.in_region(get_account_id(), get_region()) if r.id == physical_id), None)


def _repository_attributes(repository: Repository) -> dict[str, str]:
    metadata = repository.metadata()
    return {
        "Arn": repository.arn,
        "Name": repository.name,
        "CloneUrlHttp": metadata["cloneUrlHttp"],
        "CloneUrlSsh": metadata["cloneUrlSsh"],
    }


# --- AWS::CodePipeline::Pipeline: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codepipeline-pipeline.html


@_raising_cloudformation_errors
def create_pipeline(logical_id: str, properties: Properties, stack_name: str) -> Made:
    name = properties.get("Name") or _physical_name(stack_name, logical_id, max_len=100)
    created = PIPELINES.create(get_account_id(), get_region(), declaration(name, properties), _tags(properties), "CloudFormation")
    _set_transitions(created, properties)
    return name, {"Version": str(created.declaration["version"])}


@_raising_cloudformation_errors
def update_pipeline(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Made:
    pipeline = PIPELINES.update(get_account_id(), get_region(), declaration(physical_id, new))
    pipeline.tags = {k: v for k, v in pipeline.tags.items() if k not in _tags(old)} | _tags(new)
    _set_transitions(pipeline, new)
    if str(new.get("RestartExecutionOnUpdate", False)).lower() == "true":
        pipeline.start("StartPipelineExecution", "CloudFormation")
    return physical_id, {"Version": str(pipeline.declaration["version"])}


def delete_pipeline(physical_id: str, properties: Properties) -> None:
    PIPELINES.delete(get_account_id(), get_region(), physical_id)


def _set_transitions(pipeline: Pipeline, properties: Properties) -> None:
    for disabled in properties.get("DisableInboundStageTransitions") or []:
        pipeline.set_transition(disabled["StageName"], enabled=False, reason=disabled["Reason"], caller="CloudFormation")


def declaration(name: str, properties: Properties) -> dict:
    """The pipeline of a template in the words of the API, checked as the API checks it."""
    wanted = copy.deepcopy(properties)
    for not_in_declaration in ("Tags", "RestartExecutionOnUpdate", "DisableInboundStageTransitions"):
        wanted.pop(not_in_declaration, None)
    if stores := wanted.get("ArtifactStores"):
        wanted["ArtifactStores"] = {store["Region"]: store["ArtifactStore"] for store in stores}
    shape = CODEPIPELINE.model.operation_model("CreatePipeline").input_shape.members["pipeline"]
    errors = {error.name for error in CODEPIPELINE.model.operation_model("CreatePipeline").error_shapes}
    return parse(shape, _in_words_of(shape, wanted | {"Name": name}), ["pipeline"], errors)


def _in_words_of(shape: Shape, value: Any) -> Any:
    """A template's value as the API spells it: members in camel case, numbers and booleans as the model types them."""
    match shape:
        case StructureShape() if isinstance(value, dict):
            members = {member.lower(): (member, of) for member, of in shape.members.items()}
            known = {key: members[key.lower()] for key in value if key.lower() in members}
            unknown = value.keys() - known.keys()
            if unknown:
                raise ValueError(f"Encountered unsupported property {', '.join(sorted(unknown))}")
            return {member: _in_words_of(of, value[key]) for key, (member, of) in known.items()}
        case ListShape() if isinstance(value, list):
            return [_in_words_of(shape.member, item) for item in value]
        case MapShape() if isinstance(value, dict):
            return {key: _in_words_of(shape.value, item) for key, item in value.items()}
    if shape.type_name == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if shape.type_name in ("integer", "long") and isinstance(value, str) and value.isdigit():
        return int(value)
    if shape.type_name == "boolean" and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    return value


# --- AWS::CodeBuild::Project: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-project.html


@_raising_cloudformation_errors
def create_project(logical_id: str, properties: Properties, stack_name: str) -> Made:
    suffix = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))
    name = properties.get("Name") or f"{logical_id[:137]}-{suffix}"
    created = PROJECTS.create(get_account_id(), get_region(), project_request(name, properties))
    return name, _project_attributes(created)


@_raising_cloudformation_errors
def update_project(physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Made:
    project = PROJECTS.replace(get_account_id(), get_region(), project_request(physical_id, new))
    project.tags = {k: v for k, v in project.tags.items() if k not in _tags(old)} | _tags(new)
    return physical_id, _project_attributes(project)


def delete_project(physical_id: str, properties: Properties) -> None:
    PROJECTS.delete(get_account_id(), get_region(), physical_id)


def project_request(name: str, properties: Properties) -> dict:
    """The project of a template in the words of the API, checked as the API checks it."""
    if unsupported := sorted(properties.keys() & {"Triggers", "BuildBatchConfig", "ResourceAccessRole"}):
        raise ValueError(f"The local AWS does not offer {' and '.join(unsupported)} of AWS::CodeBuild::Project.")
    if properties.get("Visibility", "PRIVATE") != "PRIVATE":
        raise ValueError("The local AWS has no public projects.")
    operation = CODEBUILD.model.operation_model("CreateProject")
    wanted = {key: value for key, value in properties.items() if key != "Visibility"} | {"Name": name}
    return parse(operation.input_shape, _in_words_of(operation.input_shape, wanted), [], {e.name for e in operation.error_shapes})


def _project_attributes(project: Project) -> dict[str, str]:
    return {"Arn": project.arn}


RESOURCE_TYPES = {
    "AWS::CodeBuild::Project": ResourceType(create_project, update_project, delete_project, ("Name",), tagged=True),
    "AWS::CodeCommit::Repository": ResourceType(create_repository, update_repository, delete_repository, (), tagged=True),
    "AWS::CodePipeline::Pipeline": ResourceType(create_pipeline, update_pipeline, delete_pipeline, ("Name",), tagged=True),
    "AWS::Events::EventBusPolicy": EVENT_BUS_POLICY,
}
