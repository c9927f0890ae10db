"""The program under test: `render INPUT.json OUTDIR`."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from configurations import Configuration

ROOT = Path(__file__).parents[2]


def build() -> Path:
    """Builds `render`, unless RENDER names one that is built."""
    if given := os.environ.get("RENDER"):
        return Path(given)
    # The features that `make test-rust` has compiled, see local/localplatform/functions.py.
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bin", "render", "--examples"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug" / "render"


@dataclass(frozen=True)
class Rendered:
    """What `render` wrote for a configuration."""

    configuration: Configuration
    folder: Path

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    def templates(self) -> dict[str, str]:
        """The text of each template by the name of its stack."""
        suffix = ".template.json"
        return {path.name.removesuffix(suffix): path.read_text(encoding="utf-8") for path in (self.folder / "stacks").glob(f"*{suffix}")}

    @property
    def cicd_template(self) -> dict[str, Any]:
        return json.loads(self.templates()[self.cicd_stack])

    @property
    def strategy(self) -> str:
        return self.configuration["strategy"]

    @property
    def cicd_stack(self) -> str:
        return "{prefix}-pipeline-{name}-{id}".format_map(self.configuration)

    @property
    def repository_name(self) -> str:
        return "{prefix}-{name}-{id}".format_map(self.configuration)


def build_specification(repository: Path) -> dict[str, Any]:
    """That of trunk and gitflow, as a YAML reader sees it."""
    python = ROOT / ".tools" / "checks" / "bin" / "python"
    if not python.exists():
        pytest.skip("the environment `checks` is not installed: make tools")
    read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))"
    with (repository / "deploy_buildspec.yaml").open(encoding="utf-8") as file:
        result = subprocess.run([str(python), "-c", read], stdin=file, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def run(binary: Path, configuration: object, folder: Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "input.json"
    source.write_text(json.dumps(configuration), encoding="utf-8")
    return subprocess.run([str(binary), str(source), str(folder / "out")], capture_output=True, text=True, timeout=60, check=False)


def render(binary: Path, configuration: Configuration, folder: Path) -> Rendered:
    result = run(binary, configuration, folder)
    assert result.returncode == 0, f"{result.stderr}\n{json.dumps(configuration)}"
    return Rendered(configuration, folder / "out")
