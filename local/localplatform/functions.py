"""Building the Lambda functions and packing them where the template looks for them: target/lambda/<function>/bootstrap.zip."""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import commands
from .settings import ROOT, Settings

PACKAGES = ROOT / "target/lambda"


def names() -> list[str]:
    """The names of all functions: each has a crate of its name."""
    return sorted(manifest.parent.name for manifest in (ROOT / "functions").glob("*/Cargo.toml"))


def build(settings: Settings, on_line: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Builds all functions for this machine and packs them; answers where the packages are."""
    built = _cargo_build(settings, ["--bins"], on_line)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda name: _pack_binary(built / name, package(name)), names()))


def build_one(settings: Settings, name: str, on_line: Callable[[str], None] = lambda _: None) -> Path:
    """Builds one function and packs it; answers where the package is."""
    built = _cargo_build(settings, ["--bin", name], on_line)
    return _pack_binary(built / name, package(name))


def package(name: str) -> Path:
    """Where the package of a function is: cargo-lambda puts it there, too."""
    return PACKAGES / name / "bootstrap.zip"


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


def pack(bootstrap: bytes, package: Path) -> Path:
    """Packs a function's executable. The same bytes make the same package."""
    # An entry without a file's time.
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(package, "w") as packed:
        # Fast rather than small: it stays on this machine.
        packed.writestr(entry, bootstrap, zipfile.ZIP_DEFLATED, compresslevel=1)
    return package


def _pack_binary(binary: Path, package: Path) -> Path:
    """Packs a binary without its symbols, a third less to upload; not if it is packed already.

    `sam deploy` would pack a directory by itself, one function after the other and all of them each time.
    """
    built = binary.stat()
    if package.exists() and package.stat().st_mtime_ns == built.st_mtime_ns:
        return package
    package.parent.mkdir(parents=True, exist_ok=True)
    # Another build may do the same at the same time.
    new = pack(_stripped(binary), package.with_name(f"{package.name}.{os.getpid()}"))
    os.utime(new, ns=(built.st_atime_ns, built.st_mtime_ns))
    return new.replace(package)


def _stripped(binary: Path) -> bytes:
    strip = shutil.which("strip")
    if strip is None:
        return binary.read_bytes()
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run([strip, "-o", stripped.name, binary], check=True)
        return Path(stripped.name).read_bytes()
