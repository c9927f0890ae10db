"""CodeCommit's API: each operation of the service that the local AWS offers."""

from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import get_account_id, get_region

from ..json_service import AwsError, JsonService, page
from . import browsing, commits, pull_requests
from .pull_requests import PULL_REQUESTS
from .repositories import REPOSITORIES, Repository, check_branch_name, check_tags

SERVICE = JsonService("codecommit")
handle_request = SERVICE.handle_request


def reset() -> None:
    """MiniStack's hook: forget everything."""
    REPOSITORIES.clear()
    PULL_REQUESTS.clear()


def resource_arn(request: dict) -> str:
    """What a request is about, for IAM: its repository, by name, ARN or pull request."""
    account, region = get_account_id(), get_region()
    if isinstance(arn := request.get("resourceArn"), str):
        return arn
    names = [request.get("repositoryName"), request.get("oldName")]
    names += [target.get("repositoryName") for target in request.get("targets") or [] if isinstance(target, dict)]
    name = next((n for n in names if isinstance(n, str)), None)
    if name is None and (known := PULL_REQUESTS.find(account, region, str(request.get("pullRequestId")))):
        name = known.repository.name
    return f"arn:aws:codecommit:{region}:{account}:{name}" if name else "*"


def condition_keys(request: dict) -> dict[str, str]:
    """codecommit:References: the branch that a request would change."""
    branch = request.get("branchName")
    return {"codecommit:References": f"refs/heads/{branch}"} if isinstance(branch, str) else {}


def _repository(request: dict) -> Repository:
    return REPOSITORIES.get(get_account_id(), get_region(), request["repositoryName"])


def _by_arn(arn: str) -> Repository:
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "codecommit":
        raise AwsError("InvalidResourceArnException", f"{arn} is not the ARN of a repository.")
    found = REPOSITORIES.by_arn(arn)
    if found is None or found.account != get_account_id():
        raise AwsError("RepositoryDoesNotExistException", f"{parts[5]} does not exist")
    return found


@SERVICE.operation
def create_repository(request: dict) -> dict:
    check_tags(request.get("tags", {}))
    created = REPOSITORIES.create(
        get_account_id(),
        get_region(),
        request["repositoryName"],
        request.get("repositoryDescription"),
        request.get("tags"),
        request.get("kmsKeyId"),
    )
    return {"repositoryMetadata": created.metadata()}


@SERVICE.operation
def get_repository(request: dict) -> dict:
    return {"repositoryMetadata": _repository(request).metadata()}


@SERVICE.operation
def batch_get_repositories(request: dict) -> dict:
    found = {name: REPOSITORIES.find(get_account_id(), get_region(), name) for name in request["repositoryNames"]}
    return {
        "repositories": [repository.metadata() for repository in found.values() if repository],
        "repositoriesNotFound": [name for name, repository in found.items() if not repository],
    }


@SERVICE.operation
def delete_repository(request: dict) -> dict:
    deleted = REPOSITORIES.delete(get_account_id(), get_region(), request["repositoryName"])
    if deleted:
        PULL_REQUESTS.forget(deleted)
    return {"repositoryId": deleted.id if deleted else None}


@SERVICE.operation
def list_repositories(request: dict) -> dict:
    found = REPOSITORIES.in_region(get_account_id(), get_region())
    if request.get("sortBy") == "lastModifiedDate":
        found.sort(key=lambda repository: repository.modified)
    if request.get("order") == "descending":
        found.reverse()
    listed, token = page(found, request.get("nextToken"), None, 1000, "InvalidContinuationTokenException")
    return {"repositories": [{"repositoryName": r.name, "repositoryId": r.id} for r in listed], "nextToken": token}


@SERVICE.operation
def update_repository_description(request: dict) -> None:
    _repository(request).description = request.get("repositoryDescription")


@SERVICE.operation
def update_repository_name(request: dict) -> None:
    REPOSITORIES.rename(REPOSITORIES.get(get_account_id(), get_region(), request["oldName"]), request["newName"])


@SERVICE.operation
def tag_resource(request: dict) -> None:
    repository = _by_arn(request["resourceArn"])
    check_tags(request["tags"], repository.tags)
    repository.tags |= request["tags"]


@SERVICE.operation
def untag_resource(request: dict) -> None:
    repository = _by_arn(request["resourceArn"])
    for key in request["tagKeys"]:
        repository.tags.pop(key, None)


@SERVICE.operation
def list_tags_for_resource(request: dict) -> dict:
    return {"tags": _by_arn(request["resourceArn"]).tags}


@SERVICE.operation
def create_commit(request: dict) -> dict:
    return commits.create_commit(_repository(request), request, caller_arn())


@SERVICE.operation
def put_file(request: dict) -> dict:
    return commits.put_file(_repository(request), request, caller_arn())


@SERVICE.operation
def delete_file(request: dict) -> dict:
    return commits.delete_file(_repository(request), request, caller_arn())


@SERVICE.operation
def get_branch(request: dict) -> dict:
    branch = request.get("branchName")
    if branch is None:
        raise AwsError("BranchNameRequiredException", "branchName is required.")
    return {"branch": {"branchName": branch, "commitId": _repository(request).head(branch)}}


@SERVICE.operation
def list_branches(request: dict) -> dict:
    names = list(_repository(request).branches())
    listed, token = page(names, request.get("nextToken"), None, 1000, "InvalidContinuationTokenException")
    return {"branches": listed, "nextToken": token}


@SERVICE.operation
def create_branch(request: dict) -> None:
    repository, branch = _repository(request), request["branchName"]
    check_branch_name(branch)
    commit = repository.commit(request["commitId"])
    if not repository.move_branch(branch, str(commit.id), None, caller_arn()):
        raise AwsError("BranchNameExistsException", f"The branch {branch} exists already.")


@SERVICE.operation
def delete_branch(request: dict) -> dict:
    repository, branch = _repository(request), request["branchName"]
    check_branch_name(branch)
    with repository.lock:
        if branch == repository.default_branch():
            raise AwsError("DefaultBranchCannotBeDeletedException", f"{branch} is the default branch.")
        commit = repository.branches().get(branch)
        if commit is None:
            return {}
        repository.move_branch(branch, None, commit, caller_arn())
    return {"deletedBranch": {"branchName": branch, "commitId": commit}}


@SERVICE.operation
def update_default_branch(request: dict) -> None:
    repository = _repository(request)
    repository.head(request["defaultBranchName"])
    repository.set_default_branch(request["defaultBranchName"])


@SERVICE.operation
def get_commit(request: dict) -> dict:
    return browsing.get_commit(_repository(request), request)


@SERVICE.operation
def batch_get_commits(request: dict) -> dict:
    return browsing.batch_get_commits(_repository(request), request)


@SERVICE.operation
def get_file(request: dict) -> dict:
    return browsing.get_file(_repository(request), request)


@SERVICE.operation
def get_blob(request: dict) -> dict:
    return browsing.get_blob(_repository(request), request)


@SERVICE.operation
def get_folder(request: dict) -> dict:
    return browsing.get_folder(_repository(request), request)


@SERVICE.operation
def get_differences(request: dict) -> dict:
    return browsing.get_differences(_repository(request), request)


@SERVICE.operation
def get_merge_conflicts(request: dict) -> dict:
    return pull_requests.merge_conflicts(_repository(request), request)


@SERVICE.operation
def create_pull_request(request: dict) -> dict:
    created = PULL_REQUESTS.create(get_account_id(), get_region(), request, caller_arn())
    return {"pullRequest": created.describe()}


def _pull_request(request: dict) -> pull_requests.PullRequest:
    found = PULL_REQUESTS.get(get_account_id(), get_region(), request["pullRequestId"])
    if request.get("repositoryName", found.repository.name) != found.repository.name:
        raise AwsError(
            "RepositoryNotAssociatedWithPullRequestException",
            f"The pull request {found.id} belongs to another repository.",
        )
    return found


@SERVICE.operation
def get_pull_request(request: dict) -> dict:
    return {"pullRequest": _pull_request(request).describe()}


@SERVICE.operation
def list_pull_requests(request: dict) -> dict:
    found = []
    for known in PULL_REQUESTS.of(_repository(request)):
        known.refresh()
        if request.get("pullRequestStatus", known.status) == known.status and request.get("authorArn", known.author) == known.author:
            found.append(known.id)
    listed, token = page(found, request.get("nextToken"), request.get("maxResults"), 100, "InvalidContinuationTokenException")
    return {"pullRequestIds": listed, "nextToken": token}


@SERVICE.operation
def update_pull_request_status(request: dict) -> dict:
    found = _pull_request(request)
    found.refresh()
    if request["pullRequestStatus"] == "OPEN" or found.status == "CLOSED":
        raise AwsError("InvalidPullRequestStatusUpdateException", "A pull request goes from OPEN to CLOSED and never back.")
    found.close(caller_arn())
    return {"pullRequest": found.describe()}


@SERVICE.operation
def merge_pull_request_by_fast_forward(request: dict) -> dict:
    return _merge(request, pull_requests.FAST_FORWARD)


@SERVICE.operation
def merge_pull_request_by_three_way(request: dict) -> dict:
    return _merge(request, pull_requests.THREE_WAY)


@SERVICE.operation
def merge_pull_request_by_squash(request: dict) -> dict:
    return _merge(request, pull_requests.SQUASH)


def _merge(request: dict, option: str) -> dict:
    found = _pull_request(request)
    found.merge_into_destination(option, caller_arn(), request)
    return {"pullRequest": found.describe()}
