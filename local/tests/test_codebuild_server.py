"""CodeBuild and its server: what ends with it, builds that are off, time that is over, builds of pipelines."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from codebuilding import TRUST, WRITE_LOGS, CodeBuild, archive, contents, context, lasting, phases, spec
from conftest import REGION, LocalAws, allow, environment_for, localaws, unique, wait_for

# Builds find it a day later while the file `late` exists; a token is itself what a pipeline hands over.
CHANGED = """
import json, time, types
from localaws.__main__ import main
from localaws.settings import Settings
from localaws import process, server
serve = server.serve
def changed(settings):
    from localaws.codebuild import running, shell
    from localaws.codebuild.pipeline_builds import HANDED_OVER, Artifact, PipelineBuild
    late = settings.directory / "late"
    running.time = shell.time = types.SimpleNamespace(monotonic=lambda: time.monotonic() + 86400 * late.exists())
    def take(token):
        told = json.loads(token)
        inputs, outputs = (tuple(Artifact(*artifact) for artifact in told.pop(name)) for name in ("inputs", "outputs"))
        return PipelineBuild(**told, inputs=inputs, outputs=outputs)
    HANDED_OVER.take = take
    serve(settings)
server.serve = changed
process.become_server(Settings.from_environment())
"""


def running(environment: dict[str, str], directory: Path) -> CodeBuild:
    aws = LocalAws(int(environment["LOCAL_AWS_PORT"]), directory, environment)
    return CodeBuild(aws, aws.role(unique("builder"), TRUST, [WRITE_LOGS]))


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> CodeBuild:
    directory = tmp_path_factory.mktemp("changed")
    environment = environment_for(directory)
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-c", CHANGED], env=environment, stdout=log, stderr=log)
    assert localaws("wait", environment).returncode == 0
    yield running(environment, directory)
    server.terminate()
    server.wait(20)


@pytest.mark.parametrize("end", ["stop", "death"])
def test_builds_end_with_the_server(tmp_path, end):
    environment = environment_for(tmp_path / "aws")
    assert localaws("start", environment).returncode == 0
    codebuild, pids = running(environment, tmp_path / "aws"), tmp_path / "pids"
    codebuild.start(spec(build=[f"setsid sh -c 'echo $$ >> {pids}; exec sleep 300' & echo $$ >> {pids}; sleep 300"]))
    wait_for(lambda: pids.exists() and len(pids.read_text().splitlines()) == 2, "the processes")
    if end == "stop":
        assert localaws("stop", environment).returncode == 0
    else:
        os.kill(int((tmp_path / "aws/server.pid").read_text()), signal.SIGKILL)
    wait_for(lambda: not any(lasting(int(pid)) for pid in pids.read_text().split()), "the end of the processes")


def test_without_slots_nothing_runs_and_nothing_is_told_to_have_run(tmp_path):
    environment = environment_for(tmp_path) | {"LOCAL_AWS_BUILDS": "0"}
    assert localaws("start", environment).returncode == 0
    codebuild = running(environment, tmp_path)
    build = codebuild.build(codebuild.start(spec(build=["true"])))
    assert (build["buildStatus"], build["currentPhase"], build["buildComplete"]) == ("IN_PROGRESS", "QUEUED", False)
    assert "LOCAL_AWS_BUILDS" in context(build, "QUEUED")["message"]
    codebuild.client.stop_build(id=build["id"])
    assert codebuild.build(build["id"])["buildStatus"] == "STOPPED"
    assert localaws("stop", environment).returncode == 0


def test_a_build_whose_time_is_over_is_killed(changed, tmp_path):
    pid = tmp_path / "pid"
    buildspec = spec(build=[f"echo $$ > {pid}; sleep 300"], post_build=["true"])
    started = changed.start(buildspec)
    wait_for(lambda: pid.exists() and pid.read_text(), "the command")
    late = changed.aws.directory / "late"
    late.touch()
    build = changed.ended(started)
    late.unlink()
    assert build["buildStatus"] == "TIMED_OUT" and list(phases(build))[-2:] == ["BUILD", "COMPLETED"]
    assert context(build, "BUILD")["statusCode"] == "BUILD_TIMED_OUT"
    assert not lasting(int(pid.read_text()))


class TestPipelines:
    @pytest.fixture
    def bucket(self, changed) -> str:
        name = unique("artifacts")
        s3 = changed.aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=name, Key="in/code", Body=archive({"a.txt": "code"}))
        s3.put_object(Bucket=name, Key="in/data", Body=archive({"b.txt": "data"}))
        return name

    def start(self, changed, bucket: str, outputs: list[str], **buildspec) -> dict:
        """A build that a pipeline has started."""
        role = changed.aws.role(unique("builder"), TRUST, [WRITE_LOGS, allow("s3:*", f"arn:aws:s3:::{bucket}/*")])
        pipeline = {"source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}}
        name = changed.project(spec(**buildspec), **pipeline, serviceRole=role)
        handed_over = {
            "pipeline": "sales",
            "execution_id": "1",
            "inputs": [["Data", bucket, "in/data"], ["Code", bucket, "in/code"]],
            "primary": "Code",
            "outputs": [[output, bucket, f"out/{output}"] for output in outputs],
            "encryption_key": None,
        }
        started = changed.client.start_build(projectName=name, idempotencyToken=json.dumps(handed_over))["build"]
        return changed.ended(started["id"])

    def test_hand_over_and_get_artifacts(self, changed, bucket):
        commands = ["cat a.txt $CODEBUILD_SRC_DIR_Data/b.txt > c.txt", "cat c.txt"]
        build = self.start(changed, bucket, ["Built"], build=commands, artifacts={"files": ["c.txt"], "name": "unused"})
        assert build["buildStatus"] == "SUCCEEDED", build["phases"]
        assert contents(changed.aws, bucket, "out/Built") == {"c.txt": "codedata"}
        assert build["initiator"] == "codepipeline/sales" and build["sourceVersion"] == f"arn:aws:s3:::{bucket}/in/code"

    def test_get_several_artifacts_by_their_names(self, changed, bucket):
        secondary = {"Left": {"files": ["a.txt"]}, "Right": {"base-directory": "$CODEBUILD_SRC_DIR_Data", "files": ["*"]}}
        build = self.start(changed, bucket, ["Left", "Right"], build=["true"], artifacts={"secondary-artifacts": secondary})
        assert build["buildStatus"] == "SUCCEEDED", build["phases"]
        assert contents(changed.aws, bucket, "out/Left") == {"a.txt": "code"}
        assert contents(changed.aws, bucket, "out/Right") == {"b.txt": "data"}

    def test_miss_an_artifact_that_the_build_does_not_define(self, changed, bucket):
        build = self.start(changed, bucket, ["Built"], build=["true"])
        assert build["buildStatus"] == "FAILED" and "Built" in context(build, "UPLOAD_ARTIFACTS")["message"]
