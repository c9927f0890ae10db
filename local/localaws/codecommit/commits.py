"""Commits made through the API: files put, deleted and changed in mode, on top of a branch's head."""

import pygit2

from ..json_service import AwsError
from .repositories import Repository, check_branch_name

# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html and the operation's reference; the number of files is second hand.
MAX_FILE_BYTES = 6 * 1024 * 1024
MAX_COMMIT_BYTES = 7 * 1024 * 1024
MAX_FILES = 100
MAX_NAME = 512
MAX_MESSAGE_BYTES = 10 * 1024

MODES = {
    "NORMAL": pygit2.enums.FileMode.BLOB,
    "EXECUTABLE": pygit2.enums.FileMode.BLOB_EXECUTABLE,
    "SYMLINK": pygit2.enums.FileMode.LINK,
}
MODE_NAMES = {int(mode): name for name, mode in MODES.items()}


def create_commit(repository: Repository, request: dict, caller: str) -> dict:
    """CreateCommit: one commit of all the changes, refused whole if any is wrong or the branch has moved."""
    branch = request["branchName"]
    puts, deletes = request.get("putFiles", []), request.get("deleteFiles", [])
    modes = request.get("setFileModes", [])
    _check_request(request, puts, deletes, modes)
    with repository.lock:
        parent = parent_of_commit(repository, branch, request.get("parentCommitId"))
        git = repository.open()
        change = _Change(git, parent)
        for entry in puts:
            change.put(entry)
        for entry in deletes:
            change.delete(entry["filePath"])
        for entry in modes:
            change.set_mode(entry["filePath"], entry["fileMode"])
        if request.get("keepEmptyFolders"):
            change.keep_empty_folders()
        tree = change.index.write_tree(git)
        if parent and tree == parent.tree_id:
            raise AwsError("NoChangeException", "The commit would not change anything.")
        author = signature(request.get("authorName"), request.get("email"), caller)
        parents = [parent.id] if parent else []
        commit = git.create_commit(None, author, author, request.get("commitMessage", ""), tree, parents)
        if not repository.move_branch(branch, str(commit), str(parent.id) if parent else None, caller):
            raise _outdated(branch)
    return {"commitId": str(commit), "treeId": str(tree), **change.summary()}


def put_file(repository: Repository, request: dict, caller: str) -> dict:
    """PutFile: a commit of one file. Its path may be the full one, from the root on."""
    entry = {
        "filePath": request["filePath"].removeprefix("/"),
        "fileContent": request["fileContent"],
        "fileMode": request.get("fileMode", "NORMAL"),
    }
    commit_request = {k: request[k] for k in ("branchName", "parentCommitId", "commitMessage", "email") if k in request}
    if "name" in request:
        commit_request["authorName"] = request["name"]
    try:
        answer = create_commit(repository, commit_request | {"putFiles": [entry]}, caller)
    except AwsError as error:
        if error.code == "NoChangeException":
            raise AwsError("SameFileContentException", "The file has that content already.") from None
        raise
    changed = (answer["filesAdded"] + answer["filesUpdated"])[0]
    return {"commitId": answer["commitId"], "treeId": answer["treeId"], "blobId": changed["blobId"]}


def delete_file(repository: Repository, request: dict, caller: str) -> dict:
    """DeleteFile: a commit that removes one file. Its path may be the full one, from the root on."""
    commit_request = {k: request[k] for k in ("branchName", "parentCommitId", "commitMessage", "email", "keepEmptyFolders") if k in request}
    if "name" in request:
        commit_request["authorName"] = request["name"]
    deletion = {"deleteFiles": [{"filePath": request["filePath"].removeprefix("/")}]}
    answer = create_commit(repository, commit_request | deletion, caller)
    deleted = answer["filesDeleted"][0]
    return {
        "commitId": answer["commitId"],
        "treeId": answer["treeId"],
        "blobId": deleted["blobId"],
        "filePath": deleted["absolutePath"],
    }


def parent_of_commit(repository: Repository, branch: str, parent_id: str | None) -> pygit2.Commit | None:
    """The head that a commit goes on top of, if the caller named it; None for the first commit of a repository."""
    check_branch_name(branch)
    branches = repository.branches()
    if not branches:
        if parent_id:
            raise AwsError("ParentCommitDoesNotExistException", f"The repository has no commits, so {parent_id} is none.")
        return None
    if branch not in branches:
        raise AwsError("BranchDoesNotExistException", f"The branch {branch} does not exist in {repository.name}.")
    if not parent_id:
        raise AwsError("ParentCommitIdRequiredException", "parentCommitId is required: the repository is not empty.")
    try:
        parent = repository.commit(parent_id)
    except AwsError as error:
        raise AwsError(
            {"InvalidCommitIdException": "InvalidParentCommitIdException"}.get(error.code, "ParentCommitDoesNotExistException"),
            error.message,
        ) from None
    if branches[branch] != parent_id:
        raise _outdated(branch)
    return parent


def signature(name: str | None, email: str | None, caller: str) -> pygit2.Signature:
    """The author of a commit; the caller's ARN where the request names nobody, as CodeCommit does."""
    return pygit2.Signature(name or caller, email or "unknown")


def _outdated(branch: str) -> AwsError:
    return AwsError("ParentCommitIdOutdatedException", f"The branch {branch} has moved: read its head and try again.")


def _check_request(request: dict, puts: list[dict], deletes: list[dict], modes: list[dict]) -> None:
    entries = puts + deletes + modes
    if not entries:
        raise AwsError("FileEntryRequiredException", "The commit names no file.")
    if len(entries) > MAX_FILES:
        raise AwsError(
            "MaximumFileEntriesExceededException",
            f"A commit takes at most {MAX_FILES} file entries, not {len(entries)}.",
        )
    for entry in entries:
        check_path(entry["filePath"])
    put_paths = [entry["filePath"] for entry in puts]
    if len(set(put_paths)) < len(put_paths):
        raise AwsError("PutFileEntryConflictException", "putFiles names a path twice.")
    others = [entry["filePath"] for entry in deletes + modes]
    if len(set(others)) < len(others) or set(others) & set(put_paths):
        raise AwsError("SamePathRequestException", "A path may be in one of putFiles, deleteFiles and setFileModes, and once.")
    for entry in puts:
        if ("fileContent" in entry) == ("sourceFile" in entry):
            code = "FileContentAndSourceFileSpecifiedException" if "fileContent" in entry else "SourceFileOrContentRequiredException"
            raise AwsError(code, f"{entry['filePath']}: give either fileContent or sourceFile.")
    sizes = {entry["filePath"]: len(entry.get("fileContent", b"")) for entry in puts}
    too_large = next((path for path, size in sizes.items() if size > MAX_FILE_BYTES), None)
    if too_large:
        raise AwsError("FileContentSizeLimitExceededException", f"{too_large} is larger than {MAX_FILE_BYTES} bytes.")
    if sum(sizes.values()) > MAX_COMMIT_BYTES:
        raise AwsError("FolderContentSizeLimitExceededException", f"The commit is larger than {MAX_COMMIT_BYTES} bytes.")
    if len(request.get("authorName", "")) > MAX_NAME or len(request.get("email", "")) > MAX_NAME:
        raise AwsError("NameLengthExceededException", f"Names are at most {MAX_NAME} characters long.")
    if any(character in request.get("email", "") for character in "<>\n"):
        raise AwsError("InvalidEmailException", "The e-mail address is not valid.")
    if len(request.get("commitMessage", "").encode()) > MAX_MESSAGE_BYTES:
        raise AwsError("CommitMessageLengthExceededException", f"Commit messages are at most {MAX_MESSAGE_BYTES} bytes long.")


def check_path(path: str) -> None:
    if not path:
        raise AwsError("PathRequiredException", "A file path is empty.")
    segments = path.split("/")
    if len(path) > 4096 or any(s in ("", ".", "..") or s.lower() == ".git" or "\0" in s for s in segments):
        raise AwsError("InvalidPathException", f"The path {path} is not valid.")


class _Change:
    """What a commit does to the tree below it."""

    def __init__(self, git: pygit2.Repository, parent: pygit2.Commit | None):
        self.git = git
        self.index = pygit2.Index()
        if parent:
            self.index.read_tree(parent.tree)
        self.before = {entry.path: entry for entry in self.index}
        self.deleted: list[str] = []

    def put(self, entry: dict) -> None:
        path, mode = entry["filePath"], MODES[entry.get("fileMode", "NORMAL")]
        if "sourceFile" in entry:
            source = entry["sourceFile"]
            found = self.before.get(source["filePath"])
            if found is None:
                raise AwsError("FileDoesNotExistException", f"{source['filePath']} does not exist.")
            blob = found.id
            if source.get("isMove"):
                self.delete(source["filePath"])
        else:
            blob = self.git.create_blob(entry["fileContent"])
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in self.index:
                submodule = self.index[folder].mode == pygit2.enums.FileMode.COMMIT
                code = "FilePathConflictsWithSubmodulePathException" if submodule else "DirectoryNameConflictsWithFileNameException"
                raise AwsError(code, f"{path}: {folder} is not a folder.")
        if any(other.path.startswith(path + "/") for other in self.index):
            raise AwsError("FileNameConflictsWithDirectoryNameException", f"{path} is a folder.")
        self.index.add(pygit2.IndexEntry(path, blob, mode))

    def delete(self, path: str) -> None:
        if path not in self.index:
            raise AwsError("FileDoesNotExistException", f"{path} does not exist.")
        self.index.remove(path)
        self.deleted.append(path)

    def set_mode(self, path: str, mode: str) -> None:
        if path not in self.index:
            raise AwsError("FileDoesNotExistException", f"{path} does not exist.")
        self.index.add(pygit2.IndexEntry(path, self.index[path].id, MODES[mode]))

    def keep_empty_folders(self) -> None:
        for folder in {path.rpartition("/")[0] for path in self.deleted} - {""}:
            if not any(entry.path.startswith(folder + "/") for entry in self.index):
                blob = self.git.create_blob(b"")
                self.index.add(pygit2.IndexEntry(f"{folder}/.gitkeep", blob, pygit2.enums.FileMode.BLOB))

    def summary(self) -> dict:
        after = {entry.path: entry for entry in self.index}

        def describe(entries: dict, paths: list[str]) -> list[dict]:
            return [
                {
                    "absolutePath": p,
                    "blobId": str(entries[p].id),
                    "fileMode": MODE_NAMES.get(int(entries[p].mode), "NORMAL"),
                }
                for p in sorted(paths)
            ]

        changed = [p for p in after.keys() & self.before.keys() if (after[p].id, after[p].mode) != (self.before[p].id, self.before[p].mode)]
        return {
            "filesAdded": describe(after, list(after.keys() - self.before.keys())),
            "filesUpdated": describe(after, changed),
            "filesDeleted": describe(self.before, list(self.before.keys() - after.keys())),
        }
