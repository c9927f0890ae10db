"""Building the Lambda functions and laying them out where the template looks for them: target/lambda/<function>/bootstrap."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import commands
from .settings import ROOT, Settings

LAID_OUT = ROOT / "target/lambda"


def names() -> list[str]:
    """The names of all functions: each has a crate of its name."""
    return sorted(manifest.parent.name for manifest in (ROOT / "functions").glob("*/Cargo.toml"))


def build(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Builds all functions for this machine and lays them out; answers where they are."""
    built = _cargo_build(settings, ["--bins"], on_line)
    return [_lay_out(built / name, bootstrap(name)) for name in names()]


def build_one(settings: Settings, name: str, on_line: Callable[[str], None] = lambda _: None) -> Path:
    """Builds one function and lays it out; answers where it is."""
    built = _cargo_build(settings, ["--bin", name], on_line)
    return _lay_out(built / name, bootstrap(name))


def bootstrap(name: str) -> Path:
    """Where the binary of a function is laid out."""
    return LAID_OUT / name / "bootstrap"


def _cargo_build(settings: Settings, binaries: list[str], on_line: Callable[[str], None]) -> Path:
    """Builds binaries; answers in which directory they are.

    Always with `--workspace`: cargo unifies features over all packages that it builds together, so that a part of them would
    compile the dependencies again. It includes the features of development dependencies only if it builds tests or examples:
    so that tests and functions share what is compiled, the profile `dev` builds the workspace "with examples", of which there
    is one; `release` leaves out what only tests want.
    """
    profile = settings.functions_profile
    log = settings.log("build")
    log.unlink(missing_ok=True)
    targets = [*binaries, "--examples"] if profile == "dev" else binaries
    commands.run(["cargo", "build", "--workspace", *targets, "--locked", "--profile", profile], log, on_line=on_line)
    metadata = json.loads(
        subprocess.run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True).stdout
    )
    # Cargo may build elsewhere (CARGO_TARGET_DIR); the template names the folder in this checkout.
    return Path(metadata["target_directory"]) / ("debug" if profile == "dev" else profile)


def _lay_out(binary: Path, bootstrap: Path) -> Path:
    """Copies a binary without its symbols, a third less to upload; not if it is there already."""
    built = binary.stat()
    if bootstrap.exists() and bootstrap.stat().st_mtime_ns == built.st_mtime_ns:
        return bootstrap
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    # Another build may do the same at the same time.
    new = bootstrap.with_name(f"bootstrap.{os.getpid()}")
    if strip := shutil.which("strip"):
        subprocess.run([strip, "-o", new, binary], check=True)
    else:
        shutil.copy(binary, new)
    new.chmod(0o755)
    os.utime(new, ns=(built.st_atime_ns, built.st_mtime_ns))
    return new.replace(bootstrap)
