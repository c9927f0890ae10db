"""SECURITY.md: each threat of its tables names tests, and these are there and run."""

import ast
import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`([\w./-]+\.(?:py|rs))::([\w:]+)`")
# A Rust test: its attribute, other attributes and comments between, its name.
RUST_TEST = re.compile(r"#\[(?:\w+::)*test(?:\([^]]*\))?\]\s*((?:(?:#\[[^]]*\]|//[^\n]*)\s*)*)(?:async\s+)?fn\s+(\w+)")


def python_tests(source: str) -> set[str]:
    """The tests that pytest collects and does not skip, as `test_name` or `TestClass::test_name`."""

    def runs(node: ast.FunctionDef | ast.ClassDef) -> bool:
        return not any(re.search(r"\b(skip|skipif|xfail)\b", ast.unparse(decorator)) for decorator in node.decorator_list)

    def functions(body: list[ast.stmt], prefix: str = "") -> set[str]:
        tests = (node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
        return {prefix + node.name for node in tests if runs(node)}

    module = ast.parse(source).body
    classes = (node for node in module if isinstance(node, ast.ClassDef) and node.name.startswith("Test") and runs(node))
    return functions(module).union(*(functions(node.body, f"{node.name}::") for node in classes))


def rust_tests(source: str) -> set[str]:
    """Of the ignored ones those that a target runs by themselves."""
    tests = RUST_TEST.findall(source)
    return {name for between, name in tests if "#[ignore" not in between or "make test-records" in between}


def collected(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    return (python_tests if path.suffix == ".py" else rust_tests)(path.read_text())


@pytest.fixture(scope="module")
def document(repository) -> str:
    return (repository / "SECURITY.md").read_text()


def test_each_mitigation_names_its_tests(document):
    model = document.partition("## Threats")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in model.splitlines() if line.startswith("| ") and not line.startswith("| threat |")]
    assert len(rows) > 30
    assert [threat for threat, *_, tests in rows if not NAMED.search(tests)] == []


def test_the_tests_that_it_names_are_there_and_run(document, repository):
    named = set(NAMED.findall(document))
    assert [f"{file}::{test}" for file, test in sorted(named) if test not in collected(repository / file)] == []


PYTHON = """
@pytest.mark.skip
def test_a(): ...
def test_b(): ...
class TestC:
    def test_d(self): ...
def e(): ...
"""
RUST = """
#[test]
fn a() {}
#[tokio::test(start_paused = true)]
// why
async fn b() {}
fn c() {}
#[test]
#[ignore = "slow"]
fn d() {}
#[test]
#[ignore = "asks the local AWS: make test-records"]
fn e() {}
"""


def test_what_is_no_test_or_does_not_run_is_found():
    assert python_tests(PYTHON) == {"test_b", "TestC::test_d"}
    assert rust_tests(RUST) == {"a", "b", "e"}
