"""One build, from its slot in the queue to its end."""

import contextlib
import logging
import re
import time
from pathlib import Path

from botocore.exceptions import ClientError
from ministack.core.responses import request_scope

from ..json_service import AwsError
from ..service_sessions import assume_as_service
from . import buildspec, runtimes, uploading
from .artifacts import ArtifactError
from .build_log import BuildLog, LogPlace
from .builds import Build, wants_buildspec_file
from .credentials import CREDENTIALS, BuildSession
from .environment import own_environment
from .phases import leave, run_phases
from .shell import Killed, Shell, TimedOut
from .sources import Source, download, sources_of
from .variables import ACCESS_KEY_ID, VariableError, codebuild_variables, declared_variables
from .workspace import Caches, Workspace, remove

logger = logging.getLogger("localaws")


class _Failed(Exception):
    """A phase that failed; the build ends with it."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Runner:
    """Runs builds below a directory."""

    def __init__(self, directory: Path, cache: Path):
        self._directory, self._caches = directory, Caches(cache)

    def run(self, build: Build) -> None:
        with request_scope(build.account, build.region):
            build.log = _log_place(build)
            run = _Run(build)
            try:
                status = run.go(Workspace(self._directory / build.uuid, self._caches))
            except Exception:
                logger.exception("The build %s failed by a fault of the local AWS", build.id)
                status = run.end("FAULT", "INTERNAL_ERROR", "The local AWS failed; its log says why.")
            finally:
                run.clean_up()
            build.finish(status)


def _log_place(build: Build) -> LogPlace | None:
    wanted = (build.settings.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
    if wanted["status"] == "DISABLED":
        return None
    prefix = wanted.get("streamName")
    stream = f"{prefix}/{build.uuid}" if prefix else build.uuid
    return LogPlace(build.account, build.region, wanted.get("groupName") or f"/aws/codebuild/{build.project}", stream)


class _Run:
    """The state of a build while it runs."""

    def __init__(self, build: Build):
        self.build = build
        self.workspace: Workspace | None = None
        self.log = BuildLog(build.log, build.settings["serviceRole"], mask=self._mask)
        self.deadline = time.monotonic() + 60 * build.settings["timeoutInMinutes"]
        self.session: BuildSession | None = None
        self.shell: Shell | None = None
        self.secrets: set[str] = set()

    def go(self, workspace: Workspace) -> str:
        """Runs the build and answers its status."""
        self.workspace = workspace
        self.build.leave()
        try:
            return self._run()
        except _Failed as failed:
            leave(self.build, self.log, failed.code, str(failed))
            self.build.enter("FINALIZING")
            self.build.leave()
            return "FAILED"
        except Killed:
            return self.end("STOPPED")
        except TimedOut:
            minutes = self.build.settings["timeoutInMinutes"]
            return self.end("TIMED_OUT", "BUILD_TIMED_OUT", f"Build has timed out. It may take {minutes} minutes.")

    def _run(self) -> str:
        self._provision()
        spec = self._prepare()
        outcome = run_phases(self.build, spec, self.shell, self.log)
        uploaded = self._upload(spec) if outcome.reaches_artifacts else True
        self.build.enter("FINALIZING")
        self.build.exported = {name: self._mask(value) for name, value in self.shell.value_of(list(spec.exported)).items()}
        self.build.leave()
        return "SUCCEEDED" if outcome.succeeded and uploaded else "FAILED"

    def end(self, status: str, code: str = "", message: str = "") -> str:
        """Ends the phase that the build is in before its time."""
        if self.build.phases[-1].status is None:
            leave(self.build, self.log, code, message, status)
        return status

    def clean_up(self) -> None:
        with self.build.lock:
            self.build.interrupt = None
        if self.shell:
            self.shell.close()
        if self.session:
            CREDENTIALS.close_for(self.session)
        self.log.flush()
        if self.workspace:
            self.workspace.remove()

    def _check(self) -> None:
        """Between the steps that no shell runs."""
        if self.build.stopping.is_set():
            raise Killed
        if time.monotonic() >= self.deadline:
            raise TimedOut

    def _provision(self) -> None:
        self.build.enter("PROVISIONING")
        role = self.build.settings["serviceRole"]
        name = f"AWSCodeBuild-{self.build.uuid}"
        try:
            self.session = BuildSession(lambda: assume_as_service(role, "codebuild.amazonaws.com", name))
        except AwsError as error:
            raise _Failed("ACCESS_DENIED", error.message) from error
        self.build.leave()
        self._check()

    def _prepare(self) -> buildspec.Spec:
        """DOWNLOAD_SOURCE: sources, specification, variables, runtimes; then there is a shell."""
        self.build.enter("DOWNLOAD_SOURCE")
        self.log.say("Running on the local AWS: processes of this machine, in no container; there is no Docker")
        self.log.say("Phase is DOWNLOAD_SOURCE")
        directories = self._download()
        self.log.say(f"CODEBUILD_SRC_DIR={self.workspace.source}")
        try:
            spec = buildspec.parse(self._buildspec_text())
            self.log.say("Processing environment variables")
            declared, secrets = declared_variables(self.build, spec, self.session)
            self.secrets |= secrets
            chosen = runtimes.choose(spec.runtimes)
            for runtime, version in chosen.items():
                self.log.say(f"Selecting '{runtime}' runtime version '{version}' based on manual selections...")
            runtimes.install(chosen, self.workspace, self.log.write)
        except buildspec.SpecError as error:
            raise _Failed("YAML_FILE_ERROR", str(error)) from error
        except VariableError as error:
            raise _Failed(error.code, str(error)) from error
        except runtimes.InstallError as error:
            raise _Failed("CLIENT_ERROR", f"The runtimes could not be installed: {error}") from error
        self._check()
        environment = own_environment(self.workspace, self.build.region) | codebuild_variables(self.build) | directories
        environment |= CREDENTIALS.open_for(self.session)
        environment |= declared
        self.shell = Shell(self.workspace.shell_state, self.workspace.source, environment, self.log.write, self.deadline)
        self.shell.program = spec.shell
        with self.build.lock:
            self.build.interrupt = self.shell.kill
        self._check()
        self.log.say(f"Phases found in YAML: {len(spec.phases)}")
        for name, phase in spec.phases.items():
            self.log.say(f" {name.upper()}: {len(phase.commands)} commands")
        leave(self.build, self.log)
        return spec

    def _download(self) -> dict[str, str]:
        """Fetches the sources; the variables that say where they lie."""
        self.workspace.source.mkdir()
        directories = {"CODEBUILD_SRC_DIR": str(self.workspace.source)}
        for source in sources_of(self.build):
            place = self.workspace.source
            if source.name:
                place = self.workspace.sources / f"src_{source.name}"
                directories[f"CODEBUILD_SRC_DIR_{source.name}"] = str(place)
            self._download_one(source, place)
            self._check()
        return directories

    def _download_one(self, source: Source, place: Path) -> None:
        try:
            version = download(source, place, self.workspace.temporary, self.session, self.build.region)
        except ArtifactError as error:
            raise _Failed(error.code, str(error)) from error
        if source.name is None:
            if self.build.pipeline and not self.build.source_version:
                self.build.settings = self.build.settings | {"sourceVersion": f"arn:aws:s3:::{source.bucket}/{source.key}"}
            self.build.resolved_source_version = version or self.build.source_version

    def _buildspec_text(self) -> str:
        source = self.build.settings["source"]
        if not wants_buildspec_file(source):
            return source["buildspec"]
        place = source.get("buildspec") or "buildspec.yml"
        path = (self.workspace.source / place).resolve()
        self.log.say(f"YAML location is {path}")
        if not path.is_relative_to(self.workspace.source.resolve()) or not path.is_file():
            raise _Failed("YAML_FILE_ERROR", f"stat {path}: no such file or directory")
        return path.read_text(errors="replace")

    def _upload(self, spec: buildspec.Spec) -> bool:
        """UPLOAD_ARTIFACTS, which a failed build reaches too."""
        self.build.enter("UPLOAD_ARTIFACTS")
        try:
            uploading.upload_artifacts(self.build, spec, self.workspace, self.session, self.shell, self.log)
        except ArtifactError as error:
            leave(self.build, self.log, error.code, str(error))
            return False
        except ClientError as error:
            told = error.response["Error"]
            leave(self.build, self.log, "CLIENT_ERROR", f"Failed to upload artifacts: {told['Code']}: {told['Message']}")
            return False
        leave(self.build, self.log)
        self._check()
        return True

    def _mask(self, text: str) -> str:
        """Hides secrets as CodeBuild does."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return ACCESS_KEY_ID.sub("***", text)


def remove_leftovers(directory: Path) -> None:
    """The directories of builds that were running when the local AWS ended."""
    with contextlib.suppress(FileNotFoundError):
        for left in directory.iterdir():
            if re.fullmatch(r"[0-9a-f-]{36}", left.name):
                remove(left)
