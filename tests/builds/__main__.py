"""`make reproducible`: builds functions from two clones in two places, and compares the packages byte by byte."""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Runs in each of the two checkouts.
BUILD = """
import sys
from localplatform import functions
from localplatform.settings import Settings
settings, names = Settings.from_environment(), sys.argv[1:]
packages = [functions.build_one(settings, name) for name in names] if names else functions.build(settings)
print(*packages, sep="\\n")
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make reproducible", description=__doc__)
    parser.add_argument("names", nargs="*", help="the functions; all by default")
    names = parser.parse_args().names
    if subprocess.run(
        ["git", "status", "--porcelain", "--", "functions", "shared", "Cargo.lock"], cwd=ROOT, check=True, capture_output=True
    ).stdout:
        print("There are changes that are not committed: a clone has no part in them.", file=sys.stderr)
        return 2
    built = []
    with tempfile.TemporaryDirectory(prefix="builds-") as place:
        for name in ("here", "elsewhere/below"):
            clone = Path(place) / name
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
            built.append(hashes(clone, names))
    first, second = built
    different = sorted(name for name in first if first[name] != second[name])
    for name in different:
        print(f"{name}: {first[name]} and {second[name]}")
    print(f"{len(first)} functions built twice, {len(different)} of them different")
    return 1 if different else 0


def hashes(checkout: Path, names: list[str]) -> dict[str, str]:
    """The SHA-256 of each function's package, built in this checkout."""
    variables = os.environ | {
        "PYTHONPATH": str(checkout / "local"),
        "FUNCTIONS_PROFILE": "release",
    }
    variables.pop("CARGO_TARGET_DIR", None)
    print(f"Building in {checkout}", flush=True)
    done = subprocess.run([sys.executable, "-c", BUILD, *names], cwd=checkout, env=variables, check=True, stdout=subprocess.PIPE, text=True)
    packages = map(Path, done.stdout.split())
    return {package.parent.name: hashlib.sha256(package.read_bytes()).hexdigest() for package in packages}


if __name__ == "__main__":
    sys.exit(main())
