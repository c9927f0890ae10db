"""Projects and builds for the tests of CodeBuild."""

import contextlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from conftest import LocalAws, allow, unique, wait_for

TRUST = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
WRITE_LOGS = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}


def spec(**parts) -> str:
    """A build specification: the commands of phases by their names, or whole parts."""
    phases = {name: parts.pop(name) for name in ("install", "pre_build", "build", "post_build") if name in parts}
    phases = {name: phase if isinstance(phase, dict) else {"commands": phase} for name, phase in phases.items()}
    return json.dumps({"version": "0.2", "phases": phases} | {name.replace("_", "-"): part for name, part in parts.items()})


def archive(files: dict[str, str]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def contents(aws: LocalAws, bucket: str, key: str) -> dict[str, str]:
    """The files of a zip file in a bucket."""
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist()}


def lasting(process: int) -> bool:
    """Whether a process still runs."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@dataclass
class CodeBuild:
    """CodeBuild of one account, as its root."""

    aws: LocalAws
    role: str

    def __post_init__(self):
        self.client = self.aws.client("codebuild")

    def project(self, buildspec: str | None = None, **options) -> str:
        """The name of a new project without source and artifacts."""
        name = unique("project")
        source = options.pop("source", {"type": "NO_SOURCE"}) | ({"buildspec": buildspec} if buildspec else {})
        options = {"serviceRole": self.role, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": ENVIRONMENT} | options
        self.client.create_project(name=name, source=source, **options)
        return name

    def start(self, buildspec: str | None = None, **options) -> str:
        """The id of a started build of a new project."""
        return self.client.start_build(projectName=self.project(buildspec, **options))["build"]["id"]

    def build(self, build_id: str) -> dict:
        return self.client.batch_get_builds(ids=[build_id])["builds"][0]

    def ended(self, build_id: str, seconds: float = 60) -> dict:
        wait_for(lambda: self.build(build_id)["buildComplete"], f"the end of {build_id}", seconds)
        return self.build(build_id)

    def run(self, buildspec: str | None = None, **options) -> dict:
        """A new project's build that has ended."""
        return self.ended(self.start(buildspec, **options))

    def log(self, build: dict) -> list[str]:
        """The lines of a build's log until now."""
        logs = self.aws.client("logs")
        with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
            place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
            return [event["message"].rstrip("\n") for event in logs.get_log_events(**place, startFromHead=True)["events"]]
        return []


def phases(build: dict) -> dict[str, str | None]:
    return {phase["phaseType"]: phase.get("phaseStatus") for phase in build["phases"]}


def context(build: dict, phase: str) -> dict:
    return next(p for p in build["phases"] if p["phaseType"] == phase)["contexts"][0]
