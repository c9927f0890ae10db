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


def test_it_has_the_node_packages_and_hashes_that_npm_knows(components, repository, tmp_path):
    # npm wants a version of what it describes.
    (tmp_path / "package.json").write_text(json.dumps(json.loads((repository / "local/package.json").read_text()) | {"version": "0.0.0"}))
    (tmp_path / "package-lock.json").write_bytes((repository / "local/package-lock.json").read_bytes())
    known = told(["npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"], tmp_path)["components"]
    assert len(known) > 10
    assert of(components, "npm") == {component["purl"] for component in known}
    assert all(components[component["purl"]]["hashes"] == component["hashes"] for component in known)


def test_it_has_the_python_packages_that_are_installed_here(components):
    names = {(re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(), found.version) for found in distributions()}
    installed = {f"pkg:pypi/{name}@{version}" for name, version in names}
    assert len(installed) > 50
    assert installed - of(components, "pypi") == set()
