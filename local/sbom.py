"""Writes the software bill of materials, as CycloneDX 1.6, from the locks: Cargo.lock, package-lock.json and requirements/*.txt.

The same locks give the same bytes, so it has no time and no serial number.
"""

import base64
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")


def component(kind: str, name: str, version: str, lock: str, *, required: bool = False, hashes: tuple[str, str] | None = None) -> dict:
    """`required` is what a function is linked with and what the console ships; the rest builds and tests."""
    purl = f"pkg:{kind}/{quote(name)}@{quote(version)}"
    made = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    made |= {"scope": "required" if required else "excluded", "properties": [{"name": "lock", "value": lock}]}
    return made | ({"hashes": [{"alg": hashes[0], "content": hashes[1]}]} if hashes else {})


def linked() -> set[tuple[str, str]]:
    """Names and versions of the crates that the functions are linked with, macros included."""
    functions = [option for crate in sorted(ROOT.glob("functions/*/Cargo.toml")) for option in ("--package", crate.parent.name)]
    command = ["cargo", "tree", "--quiet", "--locked", "--edges", "normal", "--target", "all", "--prefix", "none", "--format", "{p}"]
    lines = subprocess.run([*command, *functions], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {(name, version.removeprefix("v")) for name, version, *_ in (line.split() for line in lines if line)}


def crates() -> list[dict]:
    in_functions = linked()
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    return [
        component("cargo", name, version, "Cargo.lock", required=(name, version) in in_functions, hashes=("SHA-256", package["checksum"]))
        for package in packages
        for name, version in [(package["name"], package["version"])]
        # Those of the workspace have no source.
        if "source" in package
    ]


def node_packages() -> list[dict]:
    found = []
    for lock in ("console/package-lock.json", "local/package-lock.json", "tests/e2e/console/package-lock.json"):
        for path, package in json.loads((ROOT / lock).read_text())["packages"].items():
            if path:
                algorithm, _, digest = package["integrity"].partition("-")
                hashes = (algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex())
                shipped = lock.startswith("console/") and not (package.get("dev") or package.get("devOptional"))
                name = path.rpartition("node_modules/")[2]
                found.append(component("npm", name, package["version"], lock, required=shipped, hashes=hashes))
    return found


def python_packages() -> list[dict]:
    """Without hashes: those in the locks are of the files of a package, one for each platform."""
    locks = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("local/requirements/*.txt"))
    pinned = [(lock, match) for lock in locks for line in (ROOT / lock).read_text().splitlines() if (match := PINNED.match(line))]
    return [component("pypi", match[1].lower().replace("_", "-"), match[2], lock) for lock, match in pinned]


def bill_of_materials() -> dict:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    product = {"type": "application", "bom-ref": "product", "name": "self-service-cicd-pipelines", "version": workspace["version"]}
    components: dict[str, dict] = {}
    for found in [*crates(), *node_packages(), *python_packages()]:
        known = components.setdefault(found["purl"], found)
        if known is not found:
            known["properties"] += [entry for entry in found["properties"] if entry not in known["properties"]]
            known["scope"] = "required" if "required" in (known["scope"], found["scope"]) else "excluded"
    ordered = [components[purl] for purl in sorted(components)]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": product}, "components": ordered}


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    bill = bill_of_materials()
    out.write_text(json.dumps(bill, indent=2) + "\n")
    print(f"{out}: {len(bill['components'])} components")
