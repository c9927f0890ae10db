"""Licences of npm packages: what is refused."""

import json
import subprocess
import sys

import pytest


def judged(repository, *locks) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, repository / "local/licences.py", *locks], capture_output=True, text=True, check=False)


def test_those_of_the_console_and_its_tests_are_allowed(repository):
    done = judged(repository, repository / "console/package-lock.json", repository / "tests/e2e/console/package-lock.json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ({"license": "MIT"}, True),
        ({"license": "(GPL-2.0 OR MIT)"}, True),
        ({"license": "(MIT AND GPL-2.0)"}, False),
        ({"license": "AGPL-3.0-only"}, False),
        ({"license": "AGPL-3.0-only", "dev": True}, False),
        ({"license": "MPL-2.0"}, False),
        ({"license": "MPL-2.0", "dev": True}, True),
        ({}, False),
    ],
)
def test_one(repository, tmp_path, package, allowed):
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/a/node_modules/b": {"version": "1.0.0"} | package}}))
    done = judged(repository, lock)
    assert (done.returncode == 0) == allowed
    assert allowed or "b 1.0.0" in done.stderr
