"""Running tools: their output goes to a log, their end is checked."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from .settings import ROOT, TOOLS

TAIL_LINES = 20

# Off the network, and not asked about: who uses which tool how often.
QUIET = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "true",
    "SAM_CLI_TELEMETRY": "0",
}

CDK = str(TOOLS / "node/node_modules/.bin/cdk")
SAM = str(TOOLS / "sam/bin/sam")


class CommandFailed(Exception):
    """A command ended badly; the message shows it with the end of its output."""

    def __init__(self, command: Sequence[str], code: int, log: Path) -> None:
        lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        shown = os.path.relpath(log)
        super().__init__("\n".join([f"{' '.join(command)} ended with {code}. The end of {shown}:", "", *(f"  {line}" for line in lines)]))
        self.log = log


def environment(**variables: str) -> dict[str, str]:
    """The environment of a tool: ours without the caller's own AWS profile and credentials, with the pinned tools first."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join([str(TOOLS / "aws/bin"), str(TOOLS / "node/node_modules/.bin"), inherited.get("PATH", "")])
    return inherited | QUIET | {"PATH": path} | variables


def run(
    command: Sequence[str],
    log: Path,
    variables: dict[str, str] | None = None,
    directory: Path = ROOT,
    on_line: Callable[[str], None] = lambda _: None,
) -> None:
    """Runs a command to its end. Its output is added to `log` and handed to `on_line`, line by line."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        out.write(f"$ {' '.join(command)}\n")
        out.flush()
        with subprocess.Popen(
            command,
            cwd=directory,
            env=environment(**(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout:
                out.write(line)
                out.flush()
                on_line(line.strip())
    if process.returncode:
        raise CommandFailed(command, process.returncode, log)
