"""Runs the commands of one build: a process of its own, so that nothing of a build outlives it or the local AWS.

Started by `shell.py` as a script, with nothing but the standard library, as the leader of a session. It reads a JSON object a line from its
standard input, each a command ({"argv", "env", "directory"}), and answers a JSON object a line on the file descriptor that its argument
names: {"status"}, what the command exited with, negative for a signal. The end of its input, which also comes when the local AWS dies,
kills every process that the build has started, those included that have left its session: on Linux they become children of this process.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    reports = int(sys.argv[1])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, waker = os.pipe()
    for end in (woken, waker):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    running, received = None, b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            while (ended := _reap()) is not None:
                if ended[0] == running:
                    running = None
                    os.write(reports, json.dumps({"status": ended[1]}).encode() + b"\n")
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                break
            received += read
            while b"\n" in received:
                line, _, received = received.partition(b"\n")
                running = _start(json.loads(line), reports)
    _kill_all()


def _start(command: dict, reports: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(reports)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.chdir(command["directory"])
        os.execve(command["argv"][0], command["argv"], command["env"])  # noqa: S606 - what a build is for
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    os._exit(127)


def _reap() -> tuple[int, int] | None:
    """A child that has ended, and how."""
    try:
        child, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (child, os.waitstatus_to_exitcode(status)) if child else None


def _kill_all() -> None:
    """Kills what runs, again and again while killed parents leave children behind."""
    if sys.platform != "linux":
        os.killpg(0, signal.SIGKILL)
    while True:
        for process in _descendants():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.005)
        except ChildProcessError:
            return


def _descendants() -> list[int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, last = [], {os.getpid()}
    while last:
        last = {child for child, parent in parents.items() if parent in last}
        found += last
    return found


if __name__ == "__main__":
    main()
