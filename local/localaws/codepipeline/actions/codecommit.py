"""The source action of CodeCommit: reads a branch's head and puts the commit's files into the artifact store.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeCommit.html
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator

import pygit2

from ...codecommit.repositories import REPOSITORIES, Repository, repository_arn
from ...identity import role_allows
from ...json_service import AwsError, now
from .. import console
from ..artifacts import put
from ..failures import ActionFailed
from ..work import Outcome, Work

# What the action calls: https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam-permissions-console-logs.html
# UploadArchive has no public API, so IAM is asked here instead of by a request.
_CALLS = ("codecommit:GetBranch", "codecommit:GetCommit", "codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus")
_LINK = 0o120000


def perform(work: Work) -> Outcome:
    if work.configuration.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
        raise ActionFailed("ConfigurationError", "The local AWS offers the OutputArtifactFormat CODE_ZIP only.")
    session = work.roles.action()
    repository, commit = _head(work)
    [artifact] = work.outputs
    put(session, work.store, artifact.key, _archive(repository, commit))
    return _outcome(work, commit)


def read_head(work: Work) -> Outcome:
    """Without an artifact: for a local AWS that runs no builds which would read it."""
    role = work.roles.pipeline_role
    if work.roles.action_role and not role_allows(role, "sts:AssumeRole", work.roles.action_role, work.region):
        raise ActionFailed("PermissionError", f"The role {role} may not assume the action's role {work.roles.action_role}.")
    return _outcome(work, _head(work)[1])


def _head(work: Work) -> tuple[Repository, pygit2.Commit]:
    """The branch's head, or the commit that the start of the execution named, if the role may read it."""
    name, branch = work.configuration["RepositoryName"], work.configuration["BranchName"]
    role = work.roles.working_role
    account = role.split(":")[4]
    arn = repository_arn(account, work.region, name)
    denied = next((call for call in _CALLS if not role_allows(role, call, arn, work.region)), None)
    if denied:
        raise ActionFailed(
            "PermissionError",
            f"The service role or action role {role} doesn't have the permissions required to access the AWS CodeCommit repository named "
            f"{name}. Update the IAM role permissions, and then try again. Error: not authorized to perform: {denied} on resource: {arn}",
        )
    try:
        repository = REPOSITORIES.get(account, work.region, name)
        commit = repository.commit(work.source_override or repository.head(branch))
    except AwsError as error:
        raise ActionFailed(
            "ConfigurationError",
            f"The action failed because the branch {branch} of the repository {name} could not be read: {error.message}",
        ) from error
    work.report(external_id=str(commit.id), external_url=console.commit(work.region, name, str(commit.id)))
    return repository, commit


def _outcome(work: Work, commit: pygit2.Commit) -> Outcome:
    name, branch, commit_id = work.configuration["RepositoryName"], work.configuration["BranchName"], str(commit.id)
    lines = commit.message.strip().splitlines()
    summary = (lines[0] if lines else "(no message)")[:2048]
    revision = {
        "name": work.outputs[0].name,
        "revisionId": commit_id,
        "revisionSummary": summary,
        "revisionUrl": console.commit(work.region, name, commit_id),
        "created": now(),
    }
    variables = {
        "RepositoryName": name,
        "BranchName": branch,
        "CommitId": commit_id,
        "CommitMessage": commit.message,
        "AuthorDate": _time(commit.author.time),
        "CommitterDate": _time(commit.committer.time),
    }
    return Outcome(summary, variables, revision)


def _time(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _archive(repository: Repository, commit: pygit2.Commit) -> bytes:
    """The commit's files as a zip file. Modes stay, so that a script can be run and a link is a link."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for path, blob in _blobs(repository.open()[commit.id].tree, ""):
            entry = zipfile.ZipInfo(path, dt.datetime.fromtimestamp(max(commit.commit_time, 315_619_200), dt.UTC).timetuple()[:6])
            mode = int(blob.filemode)
            entry.create_system = 3
            entry.external_attr = (_LINK | 0o777 if mode == pygit2.enums.FileMode.LINK else 0o100000 | mode & 0o777) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            files.writestr(entry, blob.data)
    return archive.getvalue()


def _blobs(tree: pygit2.Tree, folder: str) -> Iterator[tuple[str, pygit2.Blob]]:
    for item in tree:
        if isinstance(item, pygit2.Tree):
            yield from _blobs(item, f"{folder}{item.name}/")
        elif isinstance(item, pygit2.Blob):
            yield f"{folder}{item.name}", item
