"""The web console: built when its sources have changed, deployed by infra/console.yaml, and published, all as on AWS."""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from . import commands
from .deployment import STACK_NAME as PLATFORM_STACK
from .deployment import client
from .settings import PLATFORM_ACCOUNT, ROOT, Settings

STACK_NAME = "dataall-console"
SOURCES = ROOT / "console"
BUILT = SOURCES / "dist"
TEMPLATE = ROOT / "infra/console.yaml"
# What the build takes from elsewhere.
API = ROOT / "docs/openapi.json"
GENERATED = {"node_modules", "dist", "coverage"}


def build(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> None:
    """Installs what the console is built with and builds it, each if it was not with these sources."""
    log = _install(settings, on_line)
    _unless(BUILT / ".built", _fingerprint(sources()), lambda: _npm(["run", "build"], log, on_line))


def check(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> None:
    """Runs all checks and tests of the console, which end with the build."""
    log = _install(settings, on_line)
    fingerprint = _fingerprint(sources())
    _npm(["run", "check"], log, on_line)
    (BUILT / ".built").write_text(fingerprint)


def sources() -> list[Path]:
    """All files that the build may read."""
    found = []
    for directory, folders, files in os.walk(SOURCES):
        folders[:] = [folder for folder in folders if folder not in GENERATED]
        found += [Path(directory) / file for file in files]
    return sorted([*found, API])


def deploy(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> None:
    """Creates or updates the console's stack and publishes what was built."""
    log, variables = settings.log("console"), settings.credentials(PLATFORM_ACCOUNT)
    deployed = settings.aws.directory / "console-deployed"
    parameters = [f"ApiUrl={api_url(settings)}", f"HostedUiUrl={settings.endpoint_url}"]
    fingerprint = _fingerprint([TEMPLATE]) + " ".join(parameters)
    command = [commands.SAM, "deploy", "--config-file", "infra/samconfig.toml", "--config-env", "local-console"]
    _unless(deployed, fingerprint, lambda: commands.run([*command, "--parameter-overrides", *parameters], log, variables, on_line=on_line))
    command = [sys.executable, "infra/publish_console.py", "--platform-stack", PLATFORM_STACK, "--console-stack", STACK_NAME]
    commands.run([*command, "--no-step-functions-link"], log, variables, on_line=on_line)


def forget(settings: Settings) -> None:
    """For a local AWS that starts empty: nothing is deployed to it."""
    (settings.aws.directory / "console-deployed").unlink(missing_ok=True)


def api_url(settings: Settings) -> str:
    """The API's address as the platform's stack tells it."""
    described = client(settings, "cloudformation").describe_stacks(StackName=PLATFORM_STACK)["Stacks"][0]
    return next(output["OutputValue"] for output in described["Outputs"] if output["OutputKey"] == "ApiUrl")


def _install(settings: Settings, on_line: Callable[[str], None]) -> Path:
    """Installs what the lock says; answers the log."""
    log = settings.log("console")
    log.unlink(missing_ok=True)
    locked = _fingerprint([SOURCES / "package.json", SOURCES / "package-lock.json"])
    _unless(SOURCES / "node_modules/.installed", locked, lambda: _npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], log, on_line))
    return log


def _npm(arguments: list[str], log: Path, on_line: Callable[[str], None]) -> None:
    commands.run(["npm", "--prefix", str(SOURCES), *arguments], log, directory=SOURCES, on_line=on_line)


def _unless(mark: Path, fingerprint: str, work: Callable[[], None]) -> None:
    """Does what the mark does not say has been done."""
    if mark.exists() and mark.read_text() == fingerprint:
        return
    mark.unlink(missing_ok=True)
    work()
    mark.write_text(fingerprint)


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
