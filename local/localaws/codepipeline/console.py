"""Links into the AWS console, as CodePipeline gives them beside what it has run."""

from urllib.parse import quote


def repository(region: str, name: str, branch: str) -> str:
    return f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/browse/refs/heads/{quote(branch)}"


def commit(region: str, name: str, commit_id: str) -> str:
    return f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/commit/{commit_id}"


def project(region: str, name: str) -> str:
    return f"https://console.aws.amazon.com/codebuild/home?region={region}#/projects/{quote(name)}/view"


def build(region: str, build_id: str) -> str:
    return f"https://console.aws.amazon.com/codebuild/home?region={region}#/builds/{quote(build_id)}/view/new"


def stacks(region: str) -> str:
    return f"https://console.aws.amazon.com/cloudformation/home?region={region}#/"


def stack(region: str, stack_id: str) -> str:
    return f"https://console.aws.amazon.com/cloudformation/home?region={region}#/stack/detail?stackId={quote(stack_id, safe='')}"


def change_set(region: str, stack_id: str, change_set_id: str) -> str:
    where = f"changeSetId={quote(change_set_id, safe='')}&stackId={quote(stack_id, safe='')}"
    return f"https://console.aws.amazon.com/cloudformation/home?region={region}#/changeset/detail?{where}"


def pipeline(region: str, name: str) -> str:
    return f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={region}"
