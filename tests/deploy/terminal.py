"""A person at a terminal: runs a program on a pseudo terminal and answers what it asks."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Nothing that is deployed here is silent for so long.
SILENCE_SECONDS = 600
# `Stack Name [dataall-platform]: ` at the very end of what was written: now it waits.
QUESTION = re.compile(r"(?:^|\n)\s*(?P<question>[^\n\[\]]+) \[(?P<default>[^\n]*)\]: $")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Session:
    """What was on the screen, and what was asked with which default."""

    code: int
    screen: str
    asked: dict[str, str]


def run(command: list[str], variables: Mapping[str, str], directory: Path, answers: Mapping[str, str]) -> Session:
    """Runs a program to its end. A question without an answer gets Enter."""
    ours, theirs = pty.openpty()
    # As wide as it takes for a question to stay on one line.
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=directory, env={**variables, "TERM": "xterm"}, start_new_session=True
    )
    os.close(theirs)
    screen, seen, asked = "", "", {}
    try:
        while (written := _read(ours)) is not None:
            seen = COLOURS.sub("", seen + written).replace("\r", "")
            if question := QUESTION.search(seen):
                asked[question["question"]] = question["default"]
                os.write(ours, (answers.get(question["question"], "") + "\n").encode())
                screen, seen = screen + seen, ""
        return Session(process.wait(), screen + seen, asked)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(ours)


def _read(terminal: int) -> str | None:
    """What was written next; None at the end."""
    if not select.select([terminal], [], [], SILENCE_SECONDS)[0]:
        raise TimeoutError(f"silent for {SILENCE_SECONDS} seconds")
    try:
        return os.read(terminal, 65536).decode(errors="replace") or None
    except OSError:
        # Linux says so when nobody has the other end open any more.
        return None
