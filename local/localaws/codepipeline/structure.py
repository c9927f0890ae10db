"""What makes a pipeline's definition valid, beyond what the service's model says of single members."""

from ..identity import trusts_service
from ..json_service import AwsError

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
MIN_STAGES, MAX_STAGES = 2, 50
MAX_ACTIONS_PER_STAGE = 100
MAX_ACTIONS = 1000
# https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html: what AWS runs itself
_PROVIDERS = {
    "Source": {"S3", "ECR", "CodeCommit", "CodeStarSourceConnection"},
    "Build": {"CodeBuild", "ECRBuildAndPublish", "Jenkins"},
    "Test": {"CodeBuild", "DeviceFarm"},
    "Deploy": {
        "S3",
        "CloudFormation",
        "CloudFormationStackSet",
        "CloudFormationStackInstances",
        "CodeDeploy",
        "ECS",
        "CodeDeployToECS",
    }
    | {"ElasticBeanstalk", "AppConfig", "OpsWorks", "ServiceCatalog", "EC2", "EKS"},
    "Approval": {"Manual"},
    "Invoke": {"Lambda", "StepFunctions", "CodePipeline", "Commands", "InspectorScan"},
    "Compute": {"Commands"},
}
_REQUIRED_CONFIGURATION = {
    "CodeCommit": {"RepositoryName", "BranchName"},
    "CodeBuild": {"ProjectName"},
    "CloudFormation": {"ActionMode", "StackName"},
}


def check_structure(pipeline: dict, home_region: str) -> None:
    """Refuses a definition that CodePipeline would refuse."""
    stages = pipeline["stages"]
    if not MIN_STAGES <= len(stages) <= MAX_STAGES:
        raise _structure(f"Pipeline should have at least {MIN_STAGES} and at most {MAX_STAGES} stages, not {len(stages)}")
    if sum(len(stage["actions"]) for stage in stages) > MAX_ACTIONS:
        raise AwsError("LimitExceededException", f"A pipeline has at most {MAX_ACTIONS} actions.")
    _check_unique([stage["name"] for stage in stages], "Stage names must be unique within a pipeline")
    _check_artifact_stores(pipeline, home_region)
    if not trusts_service(pipeline["roleArn"], "codepipeline.amazonaws.com"):
        raise _structure(f"CodePipeline is not authorized to perform AssumeRole on role {pipeline['roleArn']}")
    artifacts: set[str] = set()
    namespaces: set[str] = set()
    for number, stage in enumerate(stages):
        actions = stage["actions"]
        if not 1 <= len(actions) <= MAX_ACTIONS_PER_STAGE:
            raise _structure(f"Stage {stage['name']} should have at least 1 and at most {MAX_ACTIONS_PER_STAGE} actions")
        _check_unique([action["name"] for action in actions], f"Action names must be unique within the stage {stage['name']}")
        for action in sorted(actions, key=lambda a: a.get("runOrder", 1)):
            _check_action(action, stage["name"], first=number == 0)
            for used in action.get("inputArtifacts", []):
                if used["name"] not in artifacts:
                    raise _structure(
                        f"Input Artifact {used['name']} of action {action['name']} is no output artifact of a preceding action"
                    )
            for made in action.get("outputArtifacts", []):
                if made["name"] in artifacts:
                    raise _structure(
                        f"Output Artifact Bundle name must be unique within the pipeline. {made['name']} has been used more than once."
                    )
                artifacts.add(made["name"])
            if namespace := action.get("namespace"):
                if namespace in namespaces:
                    raise _structure(f"The namespace {namespace} has been used more than once.")
                namespaces.add(namespace)


def _check_artifact_stores(pipeline: dict, home_region: str) -> None:
    regions = {action["region"] for stage in pipeline["stages"] for action in stage["actions"] if "region" in action}
    if ("artifactStore" in pipeline) == ("artifactStores" in pipeline):
        raise _structure("Pipeline should specify either artifactStore or artifactStores")
    stores = {home_region} if "artifactStore" in pipeline else pipeline["artifactStores"].keys()
    missing = (regions | {home_region}) - stores
    if missing:
        raise _structure(f"There is no artifact store for the regions {sorted(missing)}, which the pipeline or its actions use")


def _check_action(action: dict, stage: str, *, first: bool) -> None:
    kind = action["actionTypeId"]
    category, provider = kind["category"], kind["provider"]
    if first != (category == "Source"):
        raise _structure(
            "Pipeline should start with a stage that only contains source actions, which no other stage may contain: "
            f"{action['name']} of {stage} is of category {category}"
        )
    if kind["owner"] == "AWS" and (provider not in _PROVIDERS[category] or kind["version"] != "1"):
        raise AwsError(
            "InvalidActionDeclarationException",
            f"ActionType (Category: '{category}', Provider: '{provider}', Owner: 'AWS', Version: '{kind['version']}') in action "
            f"'{action['name']}' is not available in region",
        )
    missing = _REQUIRED_CONFIGURATION.get(provider, set()) - action.get("configuration", {}).keys()
    if missing:
        raise AwsError(
            "InvalidActionDeclarationException",
            f"Action configuration for action '{action['name']}' is missing required configuration {sorted(missing)}",
        )
    if category == "Source" and (action.get("inputArtifacts") or len(action.get("outputArtifacts", [])) != 1):
        raise AwsError(
            "InvalidActionDeclarationException",
            f"The source action '{action['name']}' has one output artifact and no input artifact.",
        )


def _check_unique(names: list[str], rule: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _structure(f"{rule}: {', '.join(twice)}")


def _structure(message: str) -> AwsError:
    return AwsError("InvalidStructureException", message)
