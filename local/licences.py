"""Judges the licences of npm packages by their locks: what is shipped asks for no more than a notice, what builds may also be MPL."""

import json
import re
import sys
from pathlib import Path

# As in deny.toml, with what only npm has.
SHIPPED = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Zlib"}
# Tools: nothing of them is in what browsers get.
TOOLS = SHIPPED | {"BlueOak-1.0.0", "CC-BY-4.0", "CC0-1.0", "MIT-0", "MPL-2.0", "Python-2.0"}


def refused(lock: dict) -> list[str]:
    """The packages of a lock whose licence is not allowed, in words."""
    found = []
    for path, package in lock["packages"].items():
        licence = str(package.get("license", "none"))
        allowed = TOOLS if package.get("dev") or package.get("devOptional") else SHIPPED
        # Of several that are offered, one is enough.
        if path and not any(choice in allowed for choice in re.split(r" OR ", licence.strip("()"))):
            shipped = "which is shipped" if allowed is SHIPPED else "a tool"
            found.append(f"{path.rpartition('node_modules/')[2]} {package['version']}, {shipped}: {licence}")
    return found


def main() -> None:
    faults = [f"{path}: {fault}" for path in sys.argv[1:] for fault in refused(json.loads(Path(path).read_text()))]
    if faults:
        raise SystemExit("\n".join(["These licences are not allowed (local/licences.py):", *faults]))


if __name__ == "__main__":
    main()
