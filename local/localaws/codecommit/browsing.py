"""Reading commits, files and differences."""

import pygit2

from ..json_service import AwsError, page
from .commits import MAX_FILE_BYTES, MODE_NAMES, check_path
from .repositories import Repository


def describe_commit(commit: pygit2.Commit) -> dict:
    return {
        "commitId": str(commit.id),
        "treeId": str(commit.tree_id),
        "parents": [str(parent) for parent in commit.parent_ids],
        "message": commit.message,
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "additionalData": "",
    }


def _person(signature: pygit2.Signature) -> dict:
    sign = "-" if signature.offset < 0 else "+"
    hours, minutes = divmod(abs(signature.offset), 60)
    return {"name": signature.name, "email": signature.email, "date": f"{signature.time} {sign}{hours:02}{minutes:02}"}


def get_commit(repository: Repository, request: dict) -> dict:
    try:
        return {"commit": describe_commit(repository.commit(request["commitId"]))}
    except AwsError as error:
        if error.code == "CommitDoesNotExistException":
            raise AwsError("CommitIdDoesNotExistException", error.message) from None
        raise


def batch_get_commits(repository: Repository, request: dict) -> dict:
    commits, errors = [], []
    if len(request["commitIds"]) > 100:
        raise AwsError("CommitIdsLimitExceededException", "At most 100 commits are read at once.")
    for commit_id in request["commitIds"]:
        try:
            commits.append(describe_commit(repository.commit(commit_id)))
        except AwsError as error:
            errors.append({"commitId": commit_id, "errorCode": error.code, "errorMessage": error.message})
    return {"commits": commits, "errors": errors}


def get_file(repository: Repository, request: dict) -> dict:
    path = request["filePath"].strip("/")
    check_path(path)
    commit = repository.resolve(request.get("commitSpecifier"))
    entry = _entry(commit.tree, path)
    if not isinstance(entry, pygit2.Blob):
        raise AwsError("FileDoesNotExistException", f"{path} does not exist in {commit.id}.")
    return {
        "commitId": str(commit.id),
        "blobId": str(entry.id),
        "filePath": path,
        "fileMode": MODE_NAMES[int(entry.filemode)],
        "fileSize": entry.size,
        "fileContent": _content(entry, path),
    }


def get_blob(repository: Repository, request: dict) -> dict:
    blob = repository.open().get(request["blobId"]) if len(request["blobId"]) == 40 else None
    if not isinstance(blob, pygit2.Blob):
        raise AwsError("BlobIdDoesNotExistException", f"The blob {request['blobId']} does not exist.")
    return {"content": _content(blob, request["blobId"])}


def _content(blob: pygit2.Blob, what: str) -> bytes:
    if blob.size > MAX_FILE_BYTES:
        raise AwsError("FileTooLargeException", f"{what} is larger than {MAX_FILE_BYTES} bytes: read it with git.")
    return blob.data


def get_folder(repository: Repository, request: dict) -> dict:
    path = request["folderPath"].strip("/")
    commit = repository.resolve(request.get("commitSpecifier"))
    if path:
        check_path(path)
    tree = _entry(commit.tree, path) if path else commit.tree
    if not isinstance(tree, pygit2.Tree):
        raise AwsError("FolderDoesNotExistException", f"{path} does not exist in {commit.id}.")
    answer = {"commitId": str(commit.id), "folderPath": path, "treeId": str(tree.id)}
    lists: dict[str, list] = {"subFolders": [], "files": [], "symbolicLinks": [], "subModules": []}
    for entry in tree:
        names = {"absolutePath": f"{path}/{entry.name}".lstrip("/"), "relativePath": entry.name}
        match entry.filemode:
            case pygit2.enums.FileMode.TREE:
                lists["subFolders"].append(names | {"treeId": str(entry.id)})
            case pygit2.enums.FileMode.COMMIT:
                lists["subModules"].append(names | {"commitId": str(entry.id)})
            case pygit2.enums.FileMode.LINK:
                lists["symbolicLinks"].append(names | {"blobId": str(entry.id), "fileMode": "SYMLINK"})
            case mode:
                lists["files"].append(names | {"blobId": str(entry.id), "fileMode": MODE_NAMES[int(mode)]})
    return answer | lists


def _entry(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    try:
        return tree[path]
    except KeyError:
        return None


def get_differences(repository: Repository, request: dict) -> dict:
    after = repository.resolve(request["afterCommitSpecifier"])
    after_tree = _below(after, request.get("afterPath"))
    before_tree = None
    if "beforeCommitSpecifier" in request:
        before_tree = _below(repository.resolve(request["beforeCommitSpecifier"]), request.get("beforePath"))
    diff = before_tree.diff_to_tree(after_tree) if before_tree else after_tree.diff_to_tree(swap=True)
    differences = []
    for delta in diff.deltas:
        sides = {
            "beforeBlob": (delta.old_file, request.get("beforePath"), delta.status_char() != "A"),
            "afterBlob": (delta.new_file, request.get("afterPath"), delta.status_char() != "D"),
        }
        difference = {
            side: {
                "blobId": str(file.id),
                "path": "/".join(filter(None, [(root or "").strip("/"), file.path])),
                "mode": f"{int(file.mode):06o}",
            }
            for side, (file, root, present) in sides.items()
            if present
        }
        kind = delta.status_char()
        differences.append(difference | {"changeType": kind if kind in "AD" else "M"})
    found, token = page(differences, request.get("NextToken"), request.get("MaxResults"), 400, "InvalidContinuationTokenException")
    return {"differences": found, "NextToken": token}


def _below(commit: pygit2.Commit, path: str | None) -> pygit2.Tree:
    path = (path or "").strip("/")
    if not path:
        return commit.tree
    found = _entry(commit.tree, path)
    if not isinstance(found, pygit2.Tree):
        raise AwsError("PathDoesNotExistException", f"{path} is not a folder of {commit.id}.")
    return found
