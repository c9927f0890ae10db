"""The repositories: what CodeCommit knows of each, beside a bare git repository on disk."""

import datetime as dt
import re
import shutil
import subprocess
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from ..events import emit
from ..json_service import AwsError, now

BRANCHES = "refs/heads/"
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
_FORBIDDEN_IN_BRANCH = re.compile(r"\.\.|//|@\{|[ ?^*\[\\~:\x00-\x1f\x7f]|^/|/$|\.lock$|\.$|^-|^refs/")
_COMMIT_ID = re.compile(r"[0-9a-f]{40}")


@dataclass
class Repository:
    """A repository of one account and region."""

    account: str
    region: str
    name: str
    path: Path
    description: str | None
    tags: dict[str, str]
    kms_key_id: str | None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: dt.datetime = field(default_factory=now)
    modified: dt.datetime = field(default_factory=now)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        return repository_arn(self.account, self.region, self.name)

    def open(self) -> pygit2.Repository:
        """The git repository, opened anew: what a push has just brought is seen."""
        return pygit2.Repository(str(self.path))

    def metadata(self) -> dict:
        host = f"git-codecommit.{self.region}.amazonaws.com/v1/repos/{self.name}"
        return {
            "accountId": self.account,
            "repositoryId": self.id,
            "repositoryName": self.name,
            "repositoryDescription": self.description,
            "defaultBranch": self.default_branch(),
            "lastModifiedDate": self.modified,
            "creationDate": self.created,
            "cloneUrlHttp": f"https://{host}",
            "cloneUrlSsh": f"ssh://{host}",
            "Arn": self.arn,
            "kmsKeyId": self.kms_key_id,
        }

    def branches(self) -> dict[str, str]:
        """Branch names and the commits at their heads, sorted by name."""
        git = self.open()
        names = sorted(name for name in git.references if name.startswith(BRANCHES))
        return {name.removeprefix(BRANCHES): str(git.references[name].target) for name in names}

    def default_branch(self) -> str | None:
        """None while there is no branch at all."""
        target = self.open().references["HEAD"].target
        branch = str(target).removeprefix(BRANCHES)
        return branch if branch in self.branches() else None

    def set_default_branch(self, branch: str) -> None:
        self.open().references.create("HEAD", BRANCHES + branch, force=True)

    def head(self, branch: str) -> str:
        """The commit at a branch's head."""
        check_branch_name(branch)
        commit = self.branches().get(branch)
        if commit is None:
            raise AwsError("BranchDoesNotExistException", f"The branch {branch} does not exist in {self.name}.")
        return commit

    def commit(self, commit_id: str) -> pygit2.Commit:
        """A commit by its full id."""
        if not _COMMIT_ID.fullmatch(commit_id):
            raise AwsError("InvalidCommitIdException", f"{commit_id} is not a full commit id.")
        found = self.open().get(commit_id)
        if not isinstance(found, pygit2.Commit):
            raise AwsError("CommitDoesNotExistException", f"The commit {commit_id} does not exist in {self.name}.")
        return found

    def resolve(self, specifier: str | None) -> pygit2.Commit:
        """A commit by branch, tag, full reference, HEAD or id; the default branch's head without a specifier."""
        git = self.open()
        if specifier is None or specifier == "HEAD":
            branch = self.default_branch()
            if branch is None:
                raise AwsError("CommitDoesNotExistException", f"The repository {self.name} has no commits.")
            specifier = BRANCHES + branch
        if _COMMIT_ID.fullmatch(specifier):
            return self.commit(specifier)
        for name in (specifier, BRANCHES + specifier, "refs/tags/" + specifier):
            if pygit2.reference_is_valid_name(name) and name in git.references:
                return git.references[name].peel(pygit2.Commit)
        raise AwsError("CommitDoesNotExistException", f"{specifier} does not exist in {self.name}.")

    def move_branch(self, branch: str, new: str | None, old: str | None, caller: str) -> bool:
        """Points a branch from `old` to `new` (None: does not exist), and says so; False if it is not at `old` any more."""
        reference = BRANCHES + branch
        zero = "0" * 40
        command = ["git", "update-ref", reference, new, old or zero] if new else ["git", "update-ref", "-d", reference, old]
        if subprocess.run(command, cwd=self.path, capture_output=True, check=False).returncode:
            return False
        self.after_change({reference: old} if old else {}, {reference: new} if new else {}, caller)
        return True

    def references(self) -> dict[str, str]:
        """Branches and tags by their full names; what a push may change."""
        git = self.open()
        names = [name for name in git.references if name.startswith((BRANCHES, "refs/tags/"))]
        return {name: str(git.references[name].target) for name in names}

    def after_change(self, before: dict[str, str], after: dict[str, str], caller: str) -> None:
        """Emits the events of references that changed. The first branch of a repository becomes its default."""
        if self.default_branch() is None and (first := next((n for n in after if n.startswith(BRANCHES)), None)):
            self.set_default_branch(first.removeprefix(BRANCHES))
        for name in sorted(before.keys() | after.keys()):
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            self.modified = now()
            kind, _, short = name.removeprefix("refs/").partition("/")
            detail = {
                "event": "referenceCreated" if old is None else "referenceDeleted" if new is None else "referenceUpdated",
                "repositoryName": self.name,
                "repositoryId": self.id,
                "referenceType": {"heads": "branch", "tags": "tag"}[kind],
                "referenceName": short,
                "referenceFullName": name,
                "callerUserArn": caller,
            }
            if new is not None:
                detail["commitId"] = new
            if old is not None:
                detail["oldCommitId"] = old
            emit(self.account, self.region, "aws.codecommit", "CodeCommit Repository State Change", detail, [self.arn])


class Repositories:
    """All repositories of all accounts and regions."""

    def __init__(self) -> None:
        self.root: Path | None = None
        self._by_key: dict[tuple[str, str, str], Repository] = {}
        self._lock = threading.Lock()

    def keep_under(self, root: Path) -> None:
        """Starts empty, as MiniStack does: what lies under `root` from an earlier run goes."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        self.root = root
        self._by_key.clear()

    def clear(self) -> None:
        if self.root:
            self.keep_under(self.root)

    def create(
        self,
        account: str,
        region: str,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        kms_key_id: str | None = None,
    ) -> Repository:
        check_repository_name(name)
        with self._lock:
            if (account, region, name) in self._by_key:
                raise AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")
            path = self.root / account / region / f"{name}.git"
            pygit2.init_repository(path, bare=True, initial_head="main")
            config = pygit2.Repository(str(path)).config
            config["http.receivepack"] = "true"
            config["receive.autogc"] = "false"
            config["uploadpack.allowReachableSHA1InWant"] = "true"
            repository = Repository(account, region, name, path, description, dict(tags or {}), kms_key_id)
            self._by_key[account, region, name] = repository
            return repository

    def find(self, account: str, region: str, name: str) -> Repository | None:
        return self._by_key.get((account, region, name))

    def get(self, account: str, region: str, name: str) -> Repository:
        check_repository_name(name)
        repository = self.find(account, region, name)
        if repository is None:
            raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
        return repository

    def by_arn(self, arn: str) -> Repository | None:
        parts = arn.split(":")
        return self.find(parts[4], parts[3], parts[5]) if len(parts) == 6 and parts[2] == "codecommit" else None

    def in_region(self, account: str, region: str) -> list[Repository]:
        return [r for (a, g, _), r in sorted(self._by_key.items()) if (a, g) == (account, region)]

    def named(self, account: str, name: str) -> list[Repository]:
        """The repositories of that name in all regions of an account."""
        return [r for (a, _, n), r in sorted(self._by_key.items()) if (a, n) == (account, name)]

    def rename(self, repository: Repository, name: str) -> None:
        check_repository_name(name)
        with self._lock, repository.lock:
            if (repository.account, repository.region, name) in self._by_key:
                raise AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")
            del self._by_key[repository.account, repository.region, repository.name]
            repository.path = repository.path.rename(repository.path.with_name(f"{name}.git"))
            repository.name = name
            self._by_key[repository.account, repository.region, name] = repository

    def delete(self, account: str, region: str, name: str) -> Repository | None:
        check_repository_name(name)
        with self._lock:
            repository = self._by_key.pop((account, region, name), None)
        if repository:
            with repository.lock:
                shutil.rmtree(repository.path)
        return repository


def repository_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:codecommit:{region}:{account}:{name}"


def check_repository_name(name: str) -> None:
    if name.endswith(".git") or not re.fullmatch(r"[\w.-]{1,100}", name, re.ASCII):
        raise AwsError(
            "InvalidRepositoryNameException",
            f"The repository name {name} is not valid: 1 to 100 letters, digits, periods, underscores and hyphens, not ending in .git.",
        )


def check_branch_name(name: str) -> None:
    valid = (
        len(name) <= 256
        and not _FORBIDDEN_IN_BRANCH.search(name)
        and not _COMMIT_ID.fullmatch(name)
        and pygit2.reference_is_valid_name(BRANCHES + name)
    )
    if not valid:
        raise AwsError("InvalidBranchNameException", f"The branch name {name} is not valid.")


def check_tags(tags: dict[str, str], present: dict[str, str] | None = None) -> None:
    """Refuses tags that a caller may not add to those present; CloudFormation's own (aws:...) are not the caller's."""
    if len(tags | (present or {})) > 50:
        raise AwsError("TooManyTagsException", "A repository has at most 50 tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidSystemTagUsageException", "Tag keys must not start with aws:.")


REPOSITORIES = Repositories()
