"""The software bill of materials: valid CycloneDX, and complete in the eyes of cargo, npm and the installed packages."""

import json
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import distributions

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="module")
def text(repository, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    subprocess.run([sys.executable, repository / "local/sbom.py", out], check=True)
    return out.read_text()


@pytest.fixture(scope="module")
def components(text) -> dict[str, dict]:
    return {component["purl"]: component for component in json.loads(text)["components"]}


def of(components: dict[str, dict], kind: str) -> set[str]:
    return {purl for purl in components if purl.startswith(f"pkg:{kind}/")}


def told(command: list[str], cwd) -> dict:
    return json.loads(subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout)


def test_it_is_valid(text):
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert fault is None, str(fault)[:2000]


def test_it_has_the_crates_that_cargo_knows(components, repository):
    packages = told(["cargo", "metadata", "--locked", "--format-version", "1"], repository)["packages"]
    known = {f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}" for package in packages if package["source"]}
    assert of(components, "cargo") == known
    scopes = Counter(components[purl]["scope"] for purl in known)
    assert scopes["required"] > 100 and scopes["excluded"] > 10
    by_name = {component["name"]: component["scope"] for component in components.values()}
    assert (by_name["aws-sdk-dynamodb"], by_name["proptest"]) == ("required", "excluded")


def described(repository, folder: str, tmp_path) -> list[dict]:
    """The components of a folder's lock as npm describes them."""
    elsewhere = tmp_path / folder
    elsewhere.mkdir(parents=True, exist_ok=True)
    # npm wants a version of what it describes.
    package = json.loads((repository / folder / "package.json").read_text()) | {"version": "0.0.0"}
    (elsewhere / "package.json").write_text(json.dumps(package))
    (elsewhere / "package-lock.json").write_bytes((repository / folder / "package-lock.json").read_bytes())
    return told(["npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"], elsewhere)["components"]


def test_it_has_the_node_packages_and_hashes_that_npm_knows(components, repository, tmp_path):
    folders = ("console", "local", "tests/e2e/console")
    known = [component for folder in folders for component in described(repository, folder, tmp_path)]
    assert len(known) > 100
    assert of(components, "npm") == {component["purl"] for component in known}
    assert all(components[component["purl"]]["hashes"] == component["hashes"] for component in known)


def test_what_the_console_ships_is_required(components, repository, tmp_path):
    for file in ("package.json", "package-lock.json"):
        (tmp_path / file).write_bytes((repository / "console" / file).read_bytes())
    command = ["npm", "ls", "--package-lock-only", "--omit=dev", "--all", "--parseable", "--long"]
    # PATH:NAME@VERSION, the console itself first.
    lines = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.splitlines()[1:]
    # npm also lists development dependencies that something shipped would take if they were there, such as types.
    tools = json.loads((repository / "console/package.json").read_text())["devDependencies"]
    shipped = {line.split(":")[1] for line in lines} - {f"{name}@{version}" for name, version in tools.items()}
    assert len(shipped) > 10
    required = {
        f"{each['name']}@{each['version']}"
        for purl, each in components.items()
        if purl in of(components, "npm") and each["scope"] == "required"
    }
    assert required == shipped


def test_it_has_the_python_packages_that_are_installed_here(components):
    names = {(re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(), found.version) for found in distributions()}
    installed = {f"pkg:pypi/{name}@{version}" for name, version in names}
    assert len(installed) > 50
    assert installed - of(components, "pypi") == set()
