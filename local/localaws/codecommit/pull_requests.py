"""Pull requests: ours to offer, a developer's to merge."""

import datetime as dt
import itertools
import threading
import uuid
from dataclasses import dataclass, field

import pygit2

from ..events import emit
from ..json_service import AwsError, now
from .commits import signature
from .repositories import BRANCHES, REPOSITORIES, Repository

FAST_FORWARD, SQUASH, THREE_WAY = "FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"


@dataclass
class PullRequest:
    """A pull request within one repository. While it is open its commits are those of its branches now."""

    id: str
    repository: Repository
    title: str
    description: str | None
    source: str
    destination: str
    author: str
    client_request_token: str
    status: str = "OPEN"
    created: dt.datetime = field(default_factory=now)
    active: dt.datetime = field(default_factory=now)
    source_commit: str = ""
    destination_commit: str = ""
    merge: dict = field(default_factory=lambda: {"isMerged": False})

    def describe(self) -> dict:
        self.refresh()
        git = self.repository.open()
        base = git.merge_base(self.source_commit, self.destination_commit)
        target = {
            "repositoryName": self.repository.name,
            "sourceReference": BRANCHES + self.source,
            "destinationReference": BRANCHES + self.destination,
            "sourceCommit": self.source_commit,
            "destinationCommit": self.destination_commit,
            "mergeBase": str(base) if base else None,
            "mergeMetadata": self.merge,
        }
        return {
            "pullRequestId": self.id,
            "title": self.title,
            "description": self.description,
            "lastActivityDate": self.active,
            "creationDate": self.created,
            "pullRequestStatus": self.status,
            "authorArn": self.author,
            "pullRequestTargets": [target],
            "clientRequestToken": self.client_request_token,
            "revisionId": uuid.uuid5(uuid.NAMESPACE_URL, f"{self.repository.id}/{self.id}/{self.source_commit}").hex,
            "approvalRules": [],
        }

    def refresh(self) -> None:
        """Takes the branches as they are; closes as merged what a push has merged."""
        if self.status != "OPEN":
            return
        branches = self.repository.branches()
        self.source_commit = branches.get(self.source, self.source_commit)
        self.destination_commit = branches.get(self.destination, self.destination_commit)
        if contains(self.repository, self.destination_commit, self.source_commit):
            self._merged(self.author, self.destination_commit, None)

    def _merged(self, caller: str, commit: str, option: str | None) -> None:
        self.status, self.active = "CLOSED", now()
        self.merge = {"isMerged": True, "mergedBy": caller, "mergeCommitId": commit, "mergeOption": option}
        self._emit("pullRequestMergeStatusUpdated", caller)

    def close(self, caller: str) -> None:
        self.status, self.active = "CLOSED", now()
        self._emit("pullRequestStatusChanged", caller)

    def merge_into_destination(self, option: str, caller: str, request: dict) -> None:
        """Merges, or says that people must."""
        repository = self.repository
        with repository.lock:
            self.refresh()
            if self.status != "OPEN":
                raise AwsError("PullRequestAlreadyClosedException", f"The pull request {self.id} is closed.")
            if request.get("sourceCommitId", self.source_commit) != self.source_commit:
                raise AwsError("TipOfSourceReferenceIsDifferentException", f"The branch {self.source} has moved.")
            commit = merged_commit(repository, self.source_commit, self.destination_commit, option, caller, request)
            if not repository.move_branch(self.destination, commit, self.destination_commit, caller):
                raise AwsError("ConcurrentReferenceUpdateException", f"The branch {self.destination} has moved.")
            self._merged(caller, commit, option)

    def _emit(self, event: str, caller: str) -> None:
        detail = {
            "event": event,
            "pullRequestId": self.id,
            "pullRequestStatus": self.status.capitalize(),
            "title": self.title,
            "description": self.description,
            "author": self.author,
            "callerUserArn": caller,
            "repositoryNames": [self.repository.name],
            "sourceReference": BRANCHES + self.source,
            "destinationReference": BRANCHES + self.destination,
            "sourceCommit": self.source_commit,
            "destinationCommit": self.destination_commit,
            "isMerged": str(self.merge["isMerged"]).capitalize(),
        }
        where = self.repository
        emit(where.account, where.region, "aws.codecommit", "CodeCommit Pull Request State Change", detail, [where.arn])


def contains(repository: Repository, commit: str, ancestor: str) -> bool:
    return commit == ancestor or repository.open().descendant_of(commit, ancestor)


def merged_commit(repository: Repository, source: str, destination: str, option: str, caller: str, request: dict) -> str:
    """The commit that holds both sides."""
    if option == FAST_FORWARD:
        if not contains(repository, source, destination):
            raise AwsError("ManualMergeRequiredException", "The branches have diverged: a fast-forward merge is not possible.")
        return source
    git = repository.open()
    index = git.merge_commits(git.get(destination), git.get(source))
    if index.conflicts:
        raise AwsError("ManualMergeRequiredException", "The branches conflict: merge them with git.")
    author = signature(request.get("authorName"), request.get("email"), caller)
    parents = [destination, source] if option == THREE_WAY else [destination]
    message = request.get("commitMessage") or f"Merge {source[:8]}"
    return str(git.create_commit(None, author, author, message, index.write_tree(git), [pygit2.Oid(hex=p) for p in parents]))


def merge_conflicts(repository: Repository, request: dict) -> dict:
    """GetMergeConflicts: whether two commits merge, and the files that do not."""
    source = repository.resolve(request["sourceCommitSpecifier"])
    destination = repository.resolve(request["destinationCommitSpecifier"])
    git = repository.open()
    base = git.merge_base(source.id, destination.id)
    if request["mergeOption"] == FAST_FORWARD:
        mergeable, conflicts = contains(repository, str(source.id), str(destination.id)), []
    else:
        index = git.merge_commits(destination, source)
        conflicts = [_conflict(git, *sides) for sides in index.conflicts or []]
        mergeable = not conflicts
    return {
        "mergeable": mergeable,
        "destinationCommitId": str(destination.id),
        "sourceCommitId": str(source.id),
        "baseCommitId": str(base) if base else None,
        "conflictMetadataList": conflicts,
    }


def _conflict(
    git: pygit2.Repository,
    base: pygit2.IndexEntry | None,
    ours: pygit2.IndexEntry | None,
    theirs: pygit2.IndexEntry | None,
) -> dict:
    sides = {"base": base, "destination": ours, "source": theirs}
    sizes = {name: git[side.id].size for name, side in sides.items() if side}
    binary = {name: git[side.id].is_binary for name, side in sides.items() if side}

    def operation(side: pygit2.IndexEntry | None) -> str:
        return "D" if side is None else "A" if base is None else "M"

    other_mode = bool(ours and theirs and ours.mode != theirs.mode)
    return {
        "filePath": next(side.path for side in sides.values() if side),
        "fileSizes": sizes,
        "numberOfConflicts": _places(git, base, ours, theirs) + other_mode,
        "isBinaryFile": binary,
        "contentConflict": True,
        "fileModeConflict": other_mode,
        "mergeOperations": {"source": operation(theirs), "destination": operation(ours)},
    }


def _places(git: pygit2.Repository, *sides: pygit2.IndexEntry | None) -> int:
    """In how many places the sides of a file differ; one, if there is nothing to compare line by line."""
    if None in sides or any(git[side.id].is_binary for side in sides):
        return 1
    merged = git.merge_file_from_index(*sides).contents
    return sum(line.startswith("<<<<<<<") for line in merged.splitlines())


class PullRequests:
    """The pull requests of all accounts and regions; ids count up within an account and region."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str, str], PullRequest] = {}
        self._ids: dict[tuple[str, str], itertools.count] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        self._all.clear()
        self._ids.clear()

    def create(self, account: str, region: str, request: dict, caller: str) -> PullRequest:
        if len(request["targets"]) != 1:
            raise AwsError("InvalidTargetsException", "A pull request has one target.")
        target = request["targets"][0]
        repository = REPOSITORIES.get(account, region, target["repositoryName"])
        source = target["sourceReference"].removeprefix(BRANCHES)
        destination = target.get("destinationReference", repository.default_branch() or "").removeprefix(BRANCHES)
        for branch in (source, destination):
            if branch not in repository.branches():
                raise AwsError("ReferenceDoesNotExistException", f"The branch {branch} does not exist in {repository.name}.")
        if source == destination:
            raise AwsError("SourceAndDestinationAreSameException", "Source and destination are the same branch.")
        token = request.get("clientRequestToken") or str(uuid.uuid4())
        with self._lock:
            for known in self._all.values():
                if known.repository is repository and known.client_request_token == token:
                    if (known.title, known.source, known.destination) != (request["title"], source, destination):
                        raise AwsError(
                            "IdempotencyParameterMismatchException",
                            "That client request token was used for another request.",
                        )
                    return known
            number = str(next(self._ids.setdefault((account, region), itertools.count(1))))
            created = PullRequest(number, repository, request["title"], request.get("description"), source, destination, caller, token)
            self._all[account, region, number] = created
        branches = repository.branches()
        created.source_commit, created.destination_commit = branches[source], branches[destination]
        created._emit("pullRequestCreated", caller)
        return created

    def get(self, account: str, region: str, number: str) -> PullRequest:
        found = self.find(account, region, number)
        if found is None:
            code = "PullRequestDoesNotExistException" if number.isdigit() else "InvalidPullRequestIdException"
            raise AwsError(code, f"The pull request {number} does not exist.")
        return found

    def find(self, account: str, region: str, number: str) -> PullRequest | None:
        return self._all.get((account, region, number))

    def of(self, repository: Repository) -> list[PullRequest]:
        """A repository's pull requests, newest first."""
        return [p for p in reversed(list(self._all.values())) if p.repository is repository]

    def forget(self, repository: Repository) -> None:
        self._all = {key: known for key, known in self._all.items() if known.repository is not repository}


PULL_REQUESTS = PullRequests()
