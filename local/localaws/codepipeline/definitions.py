"""A pipeline's definition: its defaults, its ARN, its tags."""

from ..json_service import AwsError


def pipeline_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:codepipeline:{region}:{account}:{name}"


def check_tags(tags: dict[str, str], present: dict[str, str] | None = None) -> None:
    """Refuses tags that a caller may not add to those present; CloudFormation's own (aws:...) are not the caller's."""
    if len(tags | (present or {})) > 50:
        raise AwsError("TooManyTagsException", "A pipeline has at most 50 tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidTagsException", "Tag keys must not start with aws:.")


def with_defaults(declaration: dict, version: int) -> dict:
    """The definition as GetPipeline answers it. V2 is the default type since 2024-12."""
    declaration = {"pipelineType": "V2", "executionMode": "SUPERSEDED"} | declaration | {"version": version}
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action.setdefault("configuration", {})
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
    return declaration
