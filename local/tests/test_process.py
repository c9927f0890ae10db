"""Starting, stopping, and the check that says what does not fit."""

import socket
import subprocess
import sys

from conftest import environment_for, localaws

CHECK = "import sys; sys.argv = ['localaws', 'serve']; {change}; from localaws.__main__ import main; main()"


def serve_with(change: str, directory) -> subprocess.CompletedProcess:
    """The server's start with one thing changed beforehand."""
    command = [sys.executable, "-c", CHECK.format(change=change)]
    return subprocess.run(command, env=environment_for(directory), capture_output=True, text=True, timeout=60, check=False)


def test_another_version_is_named(tmp_path):
    refused = serve_with("from localaws import fit; fit.VERSION = '9.9.9'", tmp_path)
    assert refused.returncode == 1
    assert "ministack is 1.5.33, not 9.9.9" in refused.stderr and "make tools" in refused.stderr


def test_internals_that_are_gone_or_changed_are_named(tmp_path):
    changes = [
        "import ministack.core.router as r",
        "del r.SERVICE_PATTERNS, r.extract_region",
        "r.detect_service = lambda request: None",
    ]
    # The change itself needs the server's environment; importing a module of MiniStack reads it.
    refused = serve_with("; ".join(changes), tmp_path)
    assert refused.returncode == 1
    assert "ministack.core.router.extract_region is gone" in refused.stderr
    assert "ministack.core.router.detect_service takes (request), not (method, path, headers, query_params)" in refused.stderr


def test_starts_once_and_stops_cleanly(tmp_path):
    environment = environment_for(tmp_path)
    assert "not running" in localaws("stop", environment).stdout
    assert localaws("start", environment).returncode == 0
    again = localaws("start", environment)
    assert again.returncode == 0
    assert "is stopped" in localaws("stop", environment).stdout
    assert "not running" in localaws("stop", environment).stdout
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(environment["LOCAL_AWS_PORT"]))) != 0


def test_a_port_in_use_is_named(aws, tmp_path):
    environment = environment_for(tmp_path) | {"LOCAL_AWS_PORT": str(aws.port)}
    refused = localaws("start", environment)
    assert refused.returncode != 0 and "Something else listens" in refused.stderr


def test_the_callers_own_key_does_not_become_a_root_key(tmp_path):
    credentials = {
        "AWS_ACCESS_KEY_ID": "AKIAOFTHECALLER",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    environment = environment_for(tmp_path) | credentials
    assert localaws("start", environment).returncode == 0
    command = [sys.executable, "-c", "import boto3; print(boto3.client('sts').get_caller_identity())"]
    endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{environment['LOCAL_AWS_PORT']}"}
    refused = subprocess.run(command, env=environment | endpoint, capture_output=True, text=True, check=False)
    localaws("stop", environment)
    assert refused.returncode != 0 and "InvalidClientTokenId" in refused.stderr
