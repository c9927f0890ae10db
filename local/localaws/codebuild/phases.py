"""Runs the phases of a build specification: which command comes next, what a failure means."""

from dataclasses import dataclass

from .build_log import BuildLog
from .builds import Build
from .buildspec import PHASES, Phase, Spec
from .shell import Shell


@dataclass(frozen=True)
class Outcome:
    """How the phases ended: whether all succeeded, and whether artifacts are to be made."""

    succeeded: bool
    reaches_artifacts: bool


def run_phases(build: Build, spec: Spec, shell: Shell, log: BuildLog) -> Outcome:
    """INSTALL to POST_BUILD. After a failed install or pre_build nothing follows; after a failed build post_build does."""
    succeeded = True
    for name in PHASES:
        phase = spec.phases.get(name, Phase())
        build.enter(name.upper())
        log.say(f"Entering phase {name.upper()}")
        problem = _run_phase(phase, shell, log)
        leave(build, log, "COMMAND_EXECUTION_ERROR" if problem else "", problem or "")
        if problem:
            succeeded = False
            shell.export({"CODEBUILD_BUILD_SUCCEEDING": "0"})
            goes_on = name in ("build", "post_build") if phase.on_failure is None else phase.on_failure == "CONTINUE"
            if not goes_on:
                return Outcome(succeeded=False, reaches_artifacts=False)
    return Outcome(succeeded, reaches_artifacts=True)


def leave(build: Build, log: BuildLog, code: str = "", message: str = "", status: str | None = None) -> None:
    """Ends a phase, in the record and in the log."""
    status = status or ("FAILED" if code else "SUCCEEDED")
    build.leave(status, code, message)
    log.say(f"Phase complete: {build.phases[-1].type} State: {status}")
    log.say(f"Phase context status code: {code} Message: {message}")


def _run_phase(phase: Phase, shell: Shell, log: BuildLog) -> str | None:
    """Runs the commands up to the first that fails, then those of `finally`; what the first failure was."""
    problem = _run_commands(phase.commands, shell, log)
    last = _run_commands(phase.finally_commands, shell, log)
    return problem or last


def _run_commands(commands: tuple[str, ...], shell: Shell, log: BuildLog) -> str | None:
    for command in commands:
        log.say(f"Running command {command}")
        if status := shell.run(command):
            log.say(f"Command did not exit successfully {command} exit status {status}")
            return f"Error while executing command: {command}. Reason: exit status {status}"
    return None
