"""Builds: their records, in the words of the API, and who waits for whom."""

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from ..events import emit
from ..json_service import AwsError, now
from .build_log import LogPlace
from .buildspec import is_inline
from .pipeline_builds import PipelineBuild
from .projects import SETTINGS, Project, invalid

_TOKEN_SECONDS = 300
_CONTEXTLESS = {"statusCode": "", "message": ""}


@dataclass
class PhaseRecord:
    """One phase of a build."""

    type: str
    started: dt.datetime = field(default_factory=now)
    ended: dt.datetime | None = None
    status: str | None = None
    context: dict = field(default_factory=lambda: dict(_CONTEXTLESS))

    def described(self) -> dict:
        described = {"phaseType": self.type, "startTime": self.started}
        if self.ended:
            seconds = round((self.ended - self.started).total_seconds())
            described |= {"endTime": self.ended, "durationInSeconds": seconds}
        if self.status:
            described |= {"phaseStatus": self.status, "contexts": [self.context]}
        elif self.context["message"]:
            described["contexts"] = [self.context]
        return described


@dataclass
class Build:
    """One build: the settings of its project as they were, with what the start has changed."""

    account: str
    region: str
    project: str
    number: int
    settings: dict
    initiator: str
    pipeline: PipelineBuild | None
    request: dict
    tags: dict[str, str]
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: dt.datetime = field(default_factory=now)
    ended: dt.datetime | None = None
    status: str = "IN_PROGRESS"
    phases: list[PhaseRecord] = field(default_factory=list)
    resolved_source_version: str | None = None
    artifacts: dict = field(default_factory=dict)
    secondary_artifacts: list[dict] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    log: LogPlace | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    # Ends what the build is doing; set while it runs.
    interrupt: Callable[[], None] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        return f"{self.project}:{self.uuid}"

    @property
    def arn(self) -> str:
        return f"arn:aws:codebuild:{self.region}:{self.account}:build/{self.id}"

    @property
    def source_version(self) -> str | None:
        return self.settings.get("sourceVersion") or None

    def enter(self, phase: str) -> PhaseRecord:
        with self.lock:
            record = PhaseRecord(phase)
            self.phases.append(record)
            return record

    def leave(self, status: str = "SUCCEEDED", code: str = "", message: str = "") -> None:
        """Ends the phase that the build is in."""
        with self.lock:
            record = self.phases[-1]
            record.ended, record.status = now(), status
            record.context = {"statusCode": code, "message": message}

    def finish(self, status: str) -> None:
        with self.lock:
            self.enter("COMPLETED")
            self.ended, self.status = now(), status
        self.tell()

    def tell(self) -> None:
        """The event that a build's status has changed.

        https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
        """
        phases = [
            {
                "phase-context": [f"{p.context['statusCode']}: {p.context['message']}".strip(": ")] if p.status else [],
                "start-time": _event_time(p.started),
                "phase-type": p.type,
            }
            | (
                {
                    "end-time": _event_time(p.ended),
                    "duration-in-seconds": round((p.ended - p.started).total_seconds()),
                    "phase-status": p.status,
                }
                if p.ended
                else {}
            )
            for p in self.phases
        ]
        information = {
            "timeout-in-minutes": self.settings["timeoutInMinutes"],
            "build-complete": self.status != "IN_PROGRESS",
            "initiator": self.initiator,
            "build-start-time": _event_time(self.started),
            "source": {"type": self.settings["source"]["type"]},
            "environment": _event_environment(self.settings["environment"]),
            "phases": phases,
        }
        if location := self.artifacts.get("location"):
            information["artifact"] = {"location": location}
        if self.log:
            information["logs"] = {"group-name": self.log.group, "stream-name": self.log.stream, "deep-link": self.log.link}
        detail = {
            "build-status": self.status,
            "project-name": self.project,
            "build-id": self.arn,
            "additional-information": information,
            "current-phase": self.phases[-1].type,
            "current-phase-context": "[]",
            "version": "1",
        }
        emit(self.account, self.region, "aws.codebuild", "CodeBuild Build State Change", detail, [self.arn])

    def described(self) -> dict:
        """The build as the API answers it."""
        with self.lock:
            shown = {name: self.settings[name] for name in _SHOWN if name in self.settings}
            return shown | {
                "id": self.id,
                "arn": self.arn,
                "buildNumber": self.number,
                "startTime": self.started,
                "endTime": self.ended,
                "currentPhase": self.phases[-1].type,
                "buildStatus": self.status,
                "buildComplete": self.status != "IN_PROGRESS",
                "projectName": self.project,
                "phases": [phase.described() for phase in self.phases],
                "sourceVersion": self.source_version,
                "resolvedSourceVersion": self.resolved_source_version,
                "artifacts": dict(self.artifacts),
                "secondaryArtifacts": list(self.secondary_artifacts),
                "initiator": self.initiator,
                "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in self.exported.items()],
                "logs": self._logs(),
            }

    def _logs(self) -> dict:
        cloudwatch = (self.settings.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
        logs = {"cloudWatchLogs": cloudwatch, "s3Logs": {"status": "DISABLED"}}
        if self.log:
            logs |= {
                "groupName": self.log.group,
                "streamName": self.log.stream,
                "deepLink": self.log.link,
                "cloudWatchLogsArn": self.log.arn,
            }
        return logs


_SHOWN = (
    "source",
    "secondarySources",
    "secondarySourceVersions",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "fileSystemLocations",
)


def _event_time(time: dt.datetime) -> str:
    return f"{time:%b} {time.day}, {time:%Y} {time.hour % 12 or 12}:{time:%M:%S %p}"


def _event_environment(environment: dict) -> dict:
    return {
        "image": environment["image"],
        "privileged-mode": environment.get("privilegedMode", False),
        "compute-type": environment["computeType"],
        "type": environment["type"],
        "environment-variables": [
            {"name": v["name"], "type": v.get("type", "PLAINTEXT"), "value": v["value"]}
            for v in environment.get("environmentVariables", [])
        ],
    }


_OVERRIDES = {
    "secondarySourcesOverride": "secondarySources",
    "secondarySourcesVersionOverride": "secondarySourceVersions",
    "sourceVersion": "sourceVersion",
    "artifactsOverride": "artifacts",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "cacheOverride": "cache",
    "serviceRoleOverride": "serviceRole",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "encryptionKeyOverride": "encryptionKey",
    "logsConfigOverride": "logsConfig",
}
_SOURCE_OVERRIDES = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "buildspecOverride": "buildspec",
}
_ENVIRONMENT_OVERRIDES = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "privilegedModeOverride": "privilegedMode",
}
_SOURCES = ("NO_SOURCE", "S3", "CODEPIPELINE")


def settings_for(project: Project, request: dict) -> dict:
    """The project's settings with what a start overrides."""
    ignored = {"projectName", "environmentVariablesOverride", "idempotencyToken"}
    unknown = request.keys() - _OVERRIDES.keys() - _SOURCE_OVERRIDES.keys() - _ENVIRONMENT_OVERRIDES.keys() - ignored
    if unknown:
        raise invalid(f"The local AWS does not offer {', '.join(sorted(unknown))} of StartBuild.")
    settings = {name: project.settings[name] for name in SETTINGS if name in project.settings}
    settings |= {name: request[override] for override, name in _OVERRIDES.items() if override in request}
    settings["source"] = settings["source"] | {n: request[o] for o, n in _SOURCE_OVERRIDES.items() if o in request}
    environment = settings["environment"] | {n: request[o] for o, n in _ENVIRONMENT_OVERRIDES.items() if o in request}
    variables = {v["name"]: v for v in environment.get("environmentVariables", [])}
    variables |= {v["name"]: v for v in request.get("environmentVariablesOverride", [])}
    settings["environment"] = environment | {"environmentVariables": list(variables.values())}
    return settings


def check_offered(settings: dict) -> None:
    """Refuses builds that cannot run on this machine, before they are started."""
    for source in (settings["source"], *settings.get("secondarySources", [])):
        if source["type"] not in _SOURCES:
            raise invalid(f"The local AWS builds from {', '.join(_SOURCES)}, not from {source['type']}.")
    if not settings["environment"]["type"].startswith(("LINUX_", "ARM_")):
        raise invalid(f"The local AWS does not build in a {settings['environment']['type']}.")
    if settings.get("fileSystemLocations"):
        raise invalid("The local AWS does not mount file systems into builds.")
    if (settings.get("logsConfig") or {}).get("s3Logs", {}).get("status") == "ENABLED":
        raise invalid("The local AWS does not write the logs of builds to S3.")


class Builds:
    """All builds of all accounts and regions, and the queue of those that wait."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str, str], Build] = {}
        self._tokens: dict[tuple[str, str, str], tuple[float, Build]] = {}
        self._lock = threading.Lock()
        self._waiting: list[Build] = []
        self._running = 0
        self._slots = 0
        self._run: Callable[[Build], None] | None = None

    def run_with(self, run: Callable[[Build], None], slots: int) -> None:
        """How a build runs, and how many at once. None: builds wait forever."""
        self._run, self._slots = run, slots

    def clear(self) -> None:
        with self._lock:
            builds = list(self._by_id.values())
            for forgotten in (self._by_id, self._tokens, self._waiting):
                forgotten.clear()
        for build in builds:
            self._interrupt(build)

    def started_with(self, account: str, region: str, token: str, request: dict) -> Build | None:
        """The build that a request with this token has started already."""
        with self._lock:
            self._tokens = {key: kept for key, kept in self._tokens.items() if time.monotonic() - kept[0] < _TOKEN_SECONDS}
            kept = self._tokens.get((account, region, token))
        if kept is None:
            return None
        if kept[1].request != request:
            raise invalid("The idempotency token was used with other parameters.")
        return kept[1]

    def start(self, build: Build, token: str | None) -> None:
        build.enter("SUBMITTED")
        build.leave()
        queued = build.enter("QUEUED")
        if not self._slots:
            queued.context["message"] = "The local AWS runs no builds: LOCAL_AWS_BUILDS is 0."
        with self._lock:
            self._by_id[build.account, build.region, build.id] = build
            if token:
                self._tokens[build.account, build.region, token] = time.monotonic(), build
            self._waiting.append(build)
        build.tell()
        self._admit()

    def _admit(self) -> None:
        """Lets in who waits, while there are slots."""
        while True:
            with self._lock:
                if not self._waiting or self._running >= self._slots:
                    return
                build = self._waiting.pop(0)
                self._running += 1
            threading.Thread(target=self._run_one, args=(build,), name=f"build-{build.uuid}", daemon=True).start()

    def _run_one(self, build: Build) -> None:
        try:
            self._run(build)
        finally:
            with self._lock:
                self._running -= 1
            self._admit()

    def stop(self, build: Build) -> None:
        """Stops a build; one that has ended stays as it is."""
        with self._lock:
            waited = build in self._waiting
            if waited:
                self._waiting.remove(build)
        if waited:
            build.leave("STOPPED")
            build.finish("STOPPED")
        else:
            self._interrupt(build)

    def _interrupt(self, build: Build) -> None:
        with build.lock:
            build.stopping.set()
            interrupt = build.interrupt
        if interrupt:
            interrupt()

    def find(self, account: str, region: str, build_id: str) -> Build | None:
        """By id or ARN."""
        if build_id.startswith("arn:"):
            parts = build_id.split(":", 5)
            if parts[3:5] != [region, account] or not parts[5].startswith("build/"):
                return None
            build_id = parts[5].removeprefix("build/")
        return self._by_id.get((account, region, build_id))

    def get(self, account: str, region: str, build_id: str) -> Build:
        found = self.find(account, region, build_id)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Build {build_id} does not exist")
        return found

    def in_region(self, account: str, region: str, project: str | None = None) -> list[Build]:
        """Oldest first."""
        return [b for (a, r, _), b in self._by_id.items() if (a, r) == (account, region) and project in (None, b.project)]

    def delete(self, build: Build) -> bool:
        """Forgets a build that has ended."""
        if build.status == "IN_PROGRESS":
            return False
        self._by_id.pop((build.account, build.region, build.id), None)
        return True


def wants_buildspec_file(source: dict) -> bool:
    return not is_inline(source.get("buildspec", ""))


BUILDS = Builds()
