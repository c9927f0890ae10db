"""The templates that `render` emits are those that the CDK synthesizes from the repository that it writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk import HERE, WarmCdk, synthesize_with_cli
from configurations import TABLE, Configuration, with_strategy
from conftest import Render
from rendered import Rendered

REFERENCE = HERE / "reference"


def assert_same_stacks(rendered: Rendered, assembly: Path) -> None:
    synthesized = synthesized_stacks(assembly)
    emitted = rendered.templates()
    where = f"\n{json.dumps(rendered.configuration)}"
    assert emitted.keys() == synthesized.keys(), where
    for name, (properties, template) in synthesized.items():
        template["Resources"].pop("CDKMetadata", None)
        ours = json.loads(emitted[name])
        assert json.dumps(ours) == json.dumps(template), "\n".join([name, *differences(template, ours)]) + where
        # The CDK compares the tags of stacks, too, and ours are created without.
        assert not properties.get("tags"), properties["tags"]


def synthesized_stacks(assembly: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Properties and template of each stack in the assembly's root, that is without the application's."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    stacks = {}
    for artifact_id, artifact in manifest["artifacts"].items():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            template = json.loads((assembly / properties["templateFile"]).read_text(encoding="utf-8"))
            stacks[properties.get("stackName", artifact_id)] = (properties, template)
    return stacks


def differences(expected: Any, actual: Any, at: str = "") -> Iterator[str]:
    """Where two values differ, the order of keys included."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        if list(expected) != list(actual):
            yield f"{at}: keys {list(expected)} expected, {list(actual)} emitted"
        for key in expected.keys() & actual.keys():
            yield from differences(expected[key], actual[key], f"{at}/{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{at}: {len(expected)} elements expected, {len(actual)} emitted"
        for index, pair in enumerate(zip(expected, actual, strict=False)):
            yield from differences(*pair, f"{at}/{index}")
    elif expected != actual:
        yield f"{at}: {expected!r} expected, {actual!r} emitted"


def oracle(rendered: Rendered) -> Path:
    """The application that defines the CICD stack: the repository itself, or where that has no say the reference."""
    if rendered.strategy == "cdk-trunk":
        return rendered.repository
    application = rendered.folder / "reference"
    shutil.copytree(REFERENCE, application, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(rendered.repository / "cdk.json", application)
    (application / "pipeline.json").write_text(json.dumps(rendered.configuration), encoding="utf-8")
    return application


def test_templates_equal_the_synthesized(configuration: Configuration, render: Render, warm_cdk: WarmCdk) -> None:
    rendered = render(configuration)
    assert_same_stacks(rendered, warm_cdk.synthesize(oracle(rendered)))


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("two-stages", "cdk-trunk"), ("everything", "cdk-trunk"), ("everything", "trunk"), ("everything", "gitflow")],
)
def test_templates_equal_those_of_the_command_line(name: str, strategy: str, render: Render) -> None:
    rendered = render(with_strategy(TABLE[name], strategy))
    assert_same_stacks(rendered, synthesize_with_cli(oracle(rendered)))


def test_a_difference_is_found(render: Render, warm_cdk: WarmCdk) -> None:
    """The comparison itself: a repository and templates that are not of one configuration."""
    rendered = render(TABLE["two-stages"])
    other = render(TABLE["approval"])
    with pytest.raises(AssertionError, match="Stages/4/Actions: 3 elements expected, 2 emitted"):
        assert_same_stacks(rendered, warm_cdk.synthesize(other.repository))


def test_the_order_of_keys_counts() -> None:
    assert list(differences({"a": 1, "b": 2}, {"b": 2, "a": 1}))
