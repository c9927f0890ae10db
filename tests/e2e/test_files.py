"""Browsing a repository without git."""

import base64
import subprocess

import pytest
from pipelines import definition, settled

BINARY = bytes(range(256))
LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def pipeline(alice, environments) -> dict:
    return settled(alice, alice.call("POST", "/pipelines", definition(environments)))


@pytest.fixture(scope="module")
def clone(platform, pipeline, tmp_path_factory):
    """A clone with all that git knows, pushed as the branch feature/all."""
    directory = platform.clone(pipeline, tmp_path_factory.mktemp("clones") / "all")
    (directory / "data").mkdir()
    (directory / "data/binary.bin").write_bytes(BINARY)
    (directory / "data/limit.txt").write_bytes(b'"' * LIMIT)
    (directory / "data/large.txt").write_bytes(b"x" * (LIMIT + 1))
    (directory / "data/huge.bin").write_bytes(b"\0" * (7 * LIMIT))
    (directory / "data/Ünïcödé & more.txt").write_text("Zürich\n\t数据\r\n", newline="")
    (directory / "run.sh").write_text("#!/bin/sh\n")
    (directory / "run.sh").chmod(0o755)
    (directory / "link").symlink_to("app.py")

    def git(*command: str) -> str:
        author = ["-c", "user.name=dev", "-c", "user.email=dev@example.com"]
        return subprocess.run(["git", *author, *command], cwd=directory, check=True, capture_output=True, text=True).stdout.strip()

    git("add", ".")
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD')},module")
    git("commit", "--quiet", "--message", "Add all that git knows")
    git("push", "--quiet", "origin", "HEAD:refs/heads/feature/all")
    return directory


@pytest.fixture(scope="module")
def browse(alice, pipeline, clone):
    def browse(path: str = "", branch: str = "feature/all"):
        return alice.request("GET", f"/pipelines/{pipeline['id']}/files", params={"branch": branch, "path": path})

    return browse


def git_mode(mode: str) -> str:
    return {"040000": "FOLDER", "100644": "FILE", "100755": "EXECUTABLE", "120000": "SYMLINK", "160000": "SUBMODULE"}[mode]


def listed_by_git(clone, path: str) -> set[tuple[str, str]]:
    command = ["git", "ls-tree", "-z", "HEAD", f"{path}/" if path else "."]
    lines = subprocess.run(command, cwd=clone, check=True, capture_output=True).stdout.decode().split("\0")
    return {(line.split("\t")[1], git_mode(line.split()[0])) for line in lines if line}


def test_main_is_shown_by_default(alice, platform, pipeline):
    answer = alice.call("GET", f"/pipelines/{pipeline['id']}/files")
    assert (answer["type"], answer["branch"], answer["path"]) == ("folder", "main", "")
    assert answer["commitId"] == platform.head(pipeline)
    assert {"app.py", "ddk.json", "ddk_app"} <= {entry["name"] for entry in answer["entries"]}


@pytest.mark.parametrize("path", ["", "data", "ddk_app"])
def test_a_folder_lists_what_git_lists(browse, clone, path):
    answer = browse(path).json()
    assert {(entry["path"], entry["mode"]) for entry in answer["entries"]} == listed_by_git(clone, path)
    assert all(entry["path"].rsplit("/", 1)[-1] == entry["name"] for entry in answer["entries"])
    folders_first = sorted(answer["entries"], key=lambda entry: (entry["mode"] != "FOLDER", entry["name"]))
    assert answer["entries"] == folders_first


@pytest.mark.parametrize("path", ["app.py", "run.sh", "data/binary.bin", "data/limit.txt", "data/Ünïcödé & more.txt"])
def test_a_file_has_the_bytes_that_git_has(browse, clone, path):
    answer = browse(path).json()
    content = answer["content"].encode() if answer["encoding"] == "utf-8" else base64.b64decode(answer["content"])
    assert content == (clone / path).read_bytes()
    assert (answer["type"], answer["path"], answer["size"]) == ("file", path, len(content))
    assert answer["mode"] == ("EXECUTABLE" if path == "run.sh" else "FILE")
    assert (answer["encoding"] == "base64") == (path == "data/binary.bin")


def test_a_link_tells_where_it_points(browse):
    answer = browse("link").json()
    assert (answer["mode"], answer["content"]) == ("SYMLINK", "app.py")


def test_slashes_around_a_path_are_ignored(browse):
    assert browse("/data/").json() == browse("data").json()
    assert browse("/").json() == browse("").json()


@pytest.mark.parametrize("path", ["data/large.txt", "data/huge.bin"])
def test_a_large_file_is_to_be_cloned(browse, path):
    refused = browse(path)
    assert (refused.status_code, refused.json()["title"]) == (413, "Too large")
    assert path in refused.json()["detail"] and "clone" in refused.json()["detail"]


def test_what_is_not_there_is_named(browse):
    for path, branch, named in (("nope.py", "main", "main:nope.py"), ("data", "main", "main:data"), ("", "nope", "branch")):
        missing = browse(path, branch)
        assert missing.status_code == 404
        assert named in missing.json()["detail"]


@pytest.mark.parametrize("path", ["../../etc/passwd", "data/../../x", "./app.py", "data//binary.bin", "..", "a\0b"])
def test_no_path_leads_out_of_the_repository(browse, path):
    refused = browse(path)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/path"


def test_an_absolute_path_is_one_in_the_repository(browse):
    assert browse("/etc/passwd").status_code == 404


@pytest.mark.parametrize("branch", ["main~1", "HEAD^", "a..b", "c0ffee" * 6 + "c0ff", "x y", ""])
def test_a_branch_is_a_branchs_name(browse, branch):
    refused = browse("", branch)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/branch"


def test_other_teams_see_nothing(bob, admin, pipeline):
    path = f"/pipelines/{pipeline['id']}/files"
    assert bob.request("GET", path).status_code == 404
    assert admin.request("GET", path).status_code == 200
