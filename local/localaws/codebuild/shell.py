"""The shell of a build: runs its commands one after the other, as the agent of CodeBuild does.

Each command is a shell of its own. The working directory and the exported variables go from one to the next by files, so that `exit` in a
command ends the command and not the build.
"""

import contextlib
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_SCRIPT = """\
. {state}/environment.sh
cd "$(cat {state}/directory)"
{command}
CODEBUILD_LAST_EXIT=$?
export -p > {state}/environment.sh
pwd > {state}/directory
exit $CODEBUILD_LAST_EXIT
"""
_KILL_SECONDS = 10
# A last line without an end is shown when nothing follows for so long.
_PARTIAL_LINE_SECONDS = 1.0


class Killed(Exception):
    """The build's processes were killed: it was stopped."""


class TimedOut(Exception):
    """The time of the build is over; its processes are killed."""


class Shell:
    """The processes of one build. `write` gets each line of output as it comes; `deadline` is of the monotonic clock."""

    def __init__(self, state: Path, directory: Path, environment: dict[str, str], write: Callable[[str], None], deadline: float):
        self.program = "/bin/sh"
        self._state, self._directory, self._write, self._deadline = state, directory, write, deadline
        state.mkdir(mode=0o700, parents=True)
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
        self._file("environment.sh").write_text(exports)
        self._file("directory").write_text(str(directory))
        # What is no name of a shell variable, such as `my.setting`, reaches processes nevertheless.
        self._environment = {name: value for name, value in environment.items() if not name.isidentifier()}
        self._environment["PATH"] = environment["PATH"]
        self._killed = threading.Event()
        self._output, output = os.pipe()
        self._reports, reports = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_SUPERVISOR), str(reports)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={},
                cwd="/",
                pass_fds=(reports,),
                start_new_session=True,
            )
        finally:
            os.close(output)
            os.close(reports)
        self._line = b""
        self._line_since = 0.0

    def _file(self, name: str) -> Path:
        return self._state / name

    def run(self, command: str) -> int:
        """Runs a command and answers its exit status."""
        script = self._file("script.sh")
        script.write_text(_SCRIPT.format(state=shlex.quote(str(self._state)), command=command))
        order = {"argv": [self.program, str(script)], "env": self._environment, "directory": str(self._directory)}
        try:
            self._supervisor.stdin.write(json.dumps(order).encode() + b"\n")
            self._supervisor.stdin.flush()
        except (OSError, ValueError):
            self._end()
        # Not select(), which takes no file descriptor above 1,023: the server may have many open.
        waiting = select.poll()
        for source in (self._output, self._reports):
            waiting.register(source, select.POLLIN)
        while True:
            wait = min(0.2, max(0.0, self._deadline - time.monotonic()))
            ready = {source for source, _ in waiting.poll(wait * 1000)}
            self._drain()
            if self._reports in ready:
                report = os.read(self._reports, 4096)
                if not report:
                    self._end()
                self._flush_line()
                status = json.loads(report.splitlines()[-1])["status"]
                return status if status >= 0 else 128 - status
            if time.monotonic() >= self._deadline:
                self.kill()
                self._drain()
                self._flush_line()
                raise TimedOut

    def _end(self) -> None:
        self._drain()
        self._flush_line()
        if self._killed.is_set():
            raise Killed
        raise RuntimeError("The process that runs the build's commands has ended.")

    def value_of(self, names: list[str]) -> dict[str, str]:
        """What the shell's variables are now; those that are not set are left out."""
        if not names:
            return {}
        out = self._file("values")
        lines = [f'if [ -n "${{{name}+set}}" ]; then printf "%s\\0" {name} "${name}"; fi' for name in names]
        self.run("{\n" + "\n".join(lines) + f"\n}} > {shlex.quote(str(out))}")
        parts = out.read_text(errors="replace").split("\0")[:-1]
        return dict(zip(parts[::2], parts[1::2], strict=True))

    def expand(self, text: str) -> str:
        """A text in which variables and commands stand, as the shell reads it."""
        if "$" not in text and "`" not in text:
            return text
        out = self._file("expanded")
        self.run(f'printf "%s" "{text}" > {shlex.quote(str(out))}')
        return out.read_text(errors="replace")

    def export(self, variables: dict[str, str]) -> None:
        """Sets variables for the commands that follow."""
        with self._file("environment.sh").open("a") as environment:
            environment.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())

    def kill(self) -> None:
        """Kills all processes of the build. May be called from another thread."""
        self._killed.set()
        with contextlib.suppress(OSError, ValueError):
            self._supervisor.stdin.close()
        try:
            self._supervisor.wait(_KILL_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._supervisor.pid, signal.SIGKILL)
            self._supervisor.wait()

    def close(self) -> None:
        """Ends the shell and what runs in the background."""
        self.kill()
        os.close(self._output)
        os.close(self._reports)

    def _drain(self) -> None:
        """Hands on the lines that have come."""
        while True:
            try:
                read = os.read(self._output, 65536)
            except BlockingIOError:
                break
            if not read:
                break
            *lines, self._line = (self._line + read).split(b"\n")
            self._line_since = time.monotonic()
            for line in lines:
                self._write(line.decode(errors="replace").rstrip("\r"))
        if self._line and time.monotonic() - self._line_since > _PARTIAL_LINE_SECONDS:
            self._flush_line()

    def _flush_line(self) -> None:
        if self._line:
            self._write(self._line.decode(errors="replace").rstrip("\r"))
            self._line = b""
