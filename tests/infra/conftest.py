"""The state machines and the templates, parsed once."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from function_tables import Function, functions_of
from machines import TRANSIENT
from templates import expand, load_template

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


def _mutant(name: str) -> dict | None:
    """A template from which `make mutate-policies` left a statement out, in place of the one of this name."""
    template, _, file = os.environ.get("MUTANT", "").partition("=")
    return json.loads(Path(file).read_text()) if template == name else None


@pytest.fixture(scope="session")
def platform() -> dict:
    return _mutant("template.yaml") or load_template(REPOSITORY / "infra/template.yaml")


@pytest.fixture(scope="session")
def environment() -> dict:
    return _mutant("environment.yaml") or load_template(REPOSITORY / "infra/environment.yaml")


@pytest.fixture(scope="session")
def expanded(platform) -> dict:
    """What the SAM transform makes of the platform's template."""
    return expand(platform)


@pytest.fixture(scope="session")
def state_machine() -> dict:
    """The workflow of a deployment."""
    return json.loads((REPOSITORY / "statemachine.asl.json").read_text())


@pytest.fixture(scope="session")
def redeployment() -> dict:
    """The workflow that redeploys many pipelines."""
    return json.loads((REPOSITORY / "infra/redeployment.asl.json").read_text())


@pytest.fixture(scope="session")
def lasting() -> list[str]:
    """Errors that a person must fix: those of the domain that are not transient."""
    source = (REPOSITORY / "shared/domain/src/error.rs").read_text()
    # An error's name is that of its variant; the match has all of them.
    retryable, rest = re.search(r"fn retryable\(&self\)(.*?)=> true(.*?)=> false", source, re.DOTALL).groups()
    assert set(re.findall(r"Self::(\w+)", retryable)) == set(TRANSIENT)
    return sorted(set(re.findall(r"Self::(\w+)", rest)))


@pytest.fixture(scope="session")
def functions(platform) -> dict[str, Function]:
    """The functions of the platform's template by the name of their crate."""
    return functions_of(platform)


@pytest.fixture(scope="session")
def render(tmp_path_factory):
    """The templates of a strategy's stacks by their names, as the built generator writes them."""
    if not (binary := os.environ.get("RENDER")):
        # The features that `make test-rust` has compiled, see local/localplatform/functions.py.
        command = ["cargo", "build", "--quiet", "--locked", "--workspace", "--bin", "render", "--examples"]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        binary = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "debug/render"
    example = json.loads((REPOSITORY / "shared/render/examples/sales.json").read_text())

    def templates(strategy: str) -> dict[str, dict]:
        folder = tmp_path_factory.mktemp(strategy)
        source = folder / "input.json"
        source.write_text(json.dumps(example | {"strategy": strategy}))
        subprocess.run([binary, source, folder / "out"], check=True)
        return {path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in (folder / "out/stacks").iterdir()}

    return templates
