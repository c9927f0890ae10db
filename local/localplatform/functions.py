"""Building the Lambda functions once, and laying them out where the template looks for them: target/lambda/<function>/bootstrap."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import commands
from .settings import ROOT, Settings


def build(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Builds all functions for this machine and lays them out; answers where they are.

    Cargo unifies features over all packages that it builds together, and includes those of development dependencies only if it
    builds tests or examples. So that tests and functions share what is compiled, the profile `dev` builds the whole workspace
    "with examples", of which there are none; `release` leaves out what only tests want.
    """
    profile = settings.functions_profile
    log = settings.log("build")
    log.unlink(missing_ok=True)
    targets = ["--bins", "--examples"] if profile == "dev" else ["--bins"]
    commands.run(["cargo", "build", "--workspace", *targets, "--locked", "--profile", profile], log, on_line=on_line)
    metadata = json.loads(
        subprocess.run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True).stdout
    )
    # Cargo may build elsewhere (CARGO_TARGET_DIR); the template names the folder in this checkout.
    built = Path(metadata["target_directory"]) / ("debug" if profile == "dev" else profile)
    laid_out = ROOT / "target/lambda"
    names = [package["name"] for package in metadata["packages"] if Path(package["manifest_path"]).parent.parent == ROOT / "functions"]
    return [_lay_out(built / name, laid_out / name / "bootstrap") for name in names]


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
