"""The languages of a build's image: Node.js from npm, Python of this machine in an environment of the build's own."""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import pip_shim
from .buildspec import SpecError
from .environment import network
from .workspace import Caches, Workspace, place_program

# npm's package `node` carries the program of each version.
_NODE = {"20": "20.20.2", "22": "22.23.3"}
# Pythons that may lie on this machine beside the one that runs the local AWS.
_PYTHON_MINORS = range(9, 15)
_OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class InstallError(Exception):
    """A runtime that could not be had, and what its installer said."""


def choose(wanted: dict[str, str]) -> dict[str, str]:
    """The versions that a specification gets of the runtimes it asks for."""
    chosen = {}
    for runtime, version in wanted.items():
        if runtime not in _AVAILABLE:
            raise SpecError(
                f"Unknown runtime named '{runtime}'. This build image has the following runtimes: {', '.join(sorted(_AVAILABLE))}"
            )
        versions = _AVAILABLE[runtime]()
        expression = re.escape(version).replace("x", r"\d+") if version != "latest" else ".*"
        matching = [v for v in versions if re.fullmatch(expression, v)]
        if not matching:
            raise SpecError(
                f"Unknown runtime version named '{version}' of {runtime}. "
                f"This build image has the following versions: {', '.join(versions)}"
            )
        chosen[runtime] = matching[-1]
    return chosen


def install(chosen: dict[str, str], workspace: Workspace, say: Callable[[str], None]) -> None:
    """Puts the runtimes into the build's PATH; a Python is always there."""
    if "nodejs" in chosen:
        say(f"Installing Node.js version {chosen['nodejs']} ...")
        node = workspace.caches.entry(
            f"node/{_NODE[chosen['nodejs']]}", lambda aside: _fetch_node(chosen["nodejs"], aside, workspace.caches)
        )
        (workspace.programs / "node").symlink_to(node / "node_modules/node/bin/node")
    python = chosen.get("python", _OWN_PYTHON)
    if "python" in chosen:
        say(f"Installing Python version {python} ...")
    _install_python(python, workspace)
    for tool in ("aws", "git-remote-codecommit"):
        program = Path(sys.prefix) / "bin" / tool
        if program.exists():
            (workspace.programs / tool).symlink_to(program)


def _fetch_node(version: str, aside: Path, caches: Caches) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise InstallError("This machine has no npm, which brings Node.js.")
    aside.mkdir()
    _run([npm, "install", "--prefix", str(aside), "--no-audit", "--no-fund", "--loglevel=error", f"node@{_NODE[version]}"], caches)


def _run(command: list[str], caches: Caches) -> None:
    environment = network() | {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(caches.shared("home"))}
    environment |= {"npm_config_cache": str(caches.shared("npm"))}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InstallError((done.stderr or done.stdout).strip())


@functools.cache
def _pythons() -> dict[str, str]:
    """The programs of the Pythons on this machine, by version."""
    found = {}
    for minor in _PYTHON_MINORS:
        version = f"3.{minor}"
        program = sys._base_executable if version == _OWN_PYTHON else shutil.which(f"python{version}")
        if program and _starts(program, version):
            found[version] = os.path.realpath(program)
    return found


def _starts(program: str, version: str) -> bool:
    """Whether it is that Python: version managers leave programs in the PATH that only say that they are not installed."""
    asked = [program, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version


_AVAILABLE: dict[str, Callable[[], list[str]]] = {"nodejs": lambda: list(_NODE), "python": lambda: list(_pythons())}


def _install_python(version: str, workspace: Workspace) -> None:
    """An environment of the build's own, whose packages may come from the cache."""
    base, caches, own = _pythons()[version], workspace.caches, workspace.python
    tools = caches.entry(f"python/{version}-tools", lambda aside: _run([base, "-m", "venv", str(aside)], caches))
    _run([base, "-m", "venv", "--without-pip", str(own)], caches)
    pip_shim.layer(own, tools, version, "tools")
    shim = [sys._base_executable, "-I", "-S", pip_shim.__file__, str(own), version, str(caches.root), _uv() or ""]
    for name in ("pip", "pip3"):
        place_program(own / "bin" / name, f'#!/bin/sh\nexec {shlex.join(shim)} "$@"\n')


def _uv() -> str | None:
    """The fast installer that `make tools` puts beside the environment of the local AWS, or the machine's."""
    beside = Path(sys.prefix).parent / "uv/bin/uv"
    return str(beside) if beside.exists() else shutil.which("uv")
