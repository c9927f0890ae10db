"""Parts of CodeBuild on their own: the cache, the patterns of artifacts, the credentials' renewal."""

import json
import os
import threading
import time
import urllib.error
import urllib.request

import pytest

from localaws.codebuild import credentials, pip_shim
from localaws.codebuild.artifacts import ArtifactError, select
from localaws.codebuild.buildspec import Files
from localaws.codebuild.credentials import BuildSession, CredentialsServer
from localaws.codebuild.workspace import Caches
from localaws.service_sessions import Session


class TestCache:
    def test_an_entry_is_filled_once_for_all_who_ask(self, tmp_path):
        filled, answered, together, twice = [], [], threading.Barrier(3), threading.Event()

        def fill(aside):
            aside.mkdir()
            filled.append(aside)
            if len(filled) > 1:
                twice.set()
            twice.wait(0.5)  # gives the others the time to fill it too
            (aside / "whole").touch()

        def ask():
            together.wait(10)
            assert (Caches(tmp_path).entry("kind/entry", fill) / "whole").exists()
            answered.append(True)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(answered) == 3 and len(filled) == 1

    def test_what_fails_to_fill_is_no_entry(self, tmp_path):
        def fail(aside):
            (aside / "half").mkdir(parents=True)
            raise OSError("no network")

        with pytest.raises(OSError, match="no network"):
            Caches(tmp_path).entry("kind/entry", fail)
        assert not [path for path in (tmp_path / "kind").iterdir() if path.is_dir()]
        assert Caches(tmp_path).entry("kind/entry", lambda aside: aside.mkdir()).is_dir()

    def test_entries_that_nobody_asks_for_go(self, tmp_path):
        caches, long_ago = Caches(tmp_path), time.time() - 31 * 24 * 3600
        old, used = (caches.entry(f"kind/{name}", lambda aside: aside.mkdir()) for name in ("old", "used"))
        for entry in (old, used):
            os.utime(entry, (long_ago, long_ago))
        caches.entry("kind/used", lambda aside: aside.mkdir())
        caches.entry("kind/new", lambda aside: aside.mkdir())
        assert used.exists() and not old.exists()


@pytest.mark.parametrize(
    ("requirements", "cached"),
    [
        ("attrs==26.1.0\n# why\njsii==1 ; python_version < '4'  # here\n", True),
        ("boto3[crt] >= 1.2, < 2 --hash=sha256:abc\n", True),
        ("-r other.txt\n", False),
        ("--index-url https://example.org\nattrs\n", False),
        ("./here\n", False),
        ("attrs @ file:///tmp/attrs\n", False),
        ("\n", False),
    ],
)
def test_only_requirements_by_name_are_cached(tmp_path, requirements, cached):
    file = tmp_path / "requirements.txt"
    file.write_text(requirements)
    assert (pip_shim._cacheable(["install", "-q", "-r", str(file)]) is not None) == cached
    assert pip_shim._cacheable(["install", "-U", "-r", str(file)]) is None


class TestArtifacts:
    @pytest.fixture
    def source(self, tmp_path):
        for name in ("a.txt", "b.log", "x/a.txt", "x/y/c.txt", "out-1/d.txt"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(name)
        return tmp_path

    @pytest.mark.parametrize(
        ("files", "base", "names"),
        [
            (Files(("**/*",)), None, {"a.txt", "b.log", "x/a.txt", "x/y/c.txt", "out-1/d.txt"}),
            (Files(("*",)), None, {"a.txt", "b.log"}),
            (Files(("**/a.txt",)), None, {"a.txt", "x/a.txt"}),
            (Files(("x/**/*",)), None, {"x/a.txt", "x/y/c.txt"}),
            (Files(("**/*",)), "x", {"a.txt", "y/c.txt"}),
            (Files(("**/*",)), "out-*", {"d.txt"}),
            (Files(("**/*",), exclude=("**/*.txt",)), None, {"b.log"}),
            (Files(("x/y/?.txt",), discard_paths=True), None, {"c.txt"}),
        ],
    )
    def test_are_the_files_that_the_patterns_name(self, source, files, base, names):
        assert {name for _, name in select(files, source, base)} == names

    @pytest.mark.parametrize(("pattern", "base"), [("absent", None), ("*.zip", None), ("*", "absent")])
    def test_that_are_missing_are_named(self, source, pattern, base):
        with pytest.raises(ArtifactError, match=r"no matching .*(absent|zip)"):
            select(Files((pattern,)), source, base)


def test_credentials_are_renewed_and_end_with_the_build(monkeypatch):
    made = []

    def assume() -> Session:
        made.append(Session("arn:aws:iam::111111111111:role/r", f"ASIA{len(made)}", "secret", "token"))
        return made[-1]

    server, session = CredentialsServer(), BuildSession(assume)
    variables = server.open_for(session)
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    request = urllib.request.Request(variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": token})

    def key() -> str:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["AccessKeyId"]

    assert [key(), key()] == ["ASIA0", "ASIA0"]
    monkeypatch.setattr(credentials, "_RENEW_SECONDS", 0)
    assert key() == "ASIA1"
    server.close_for(session)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        key()
