"""The tests of a file by the names that documents give them: those that are there and that nobody leaves out."""

import ast
import re
from pathlib import Path

# How documents name a test: its file and its name, or the title of one in TypeScript.
NAMED = re.compile(r"`([\w./-]+\.(?:py|rs|tsx?))::([^`]+)`")

SKIPS = re.compile(r"\b(skip|skipif|xfail|importorskip)\b")

LINE_COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
BLOCK_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/", re.MULTILINE | re.DOTALL)

RUST_ATTRIBUTE = r'#\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]'
RUST_FUNCTION = re.compile(rf"((?:{RUST_ATTRIBUTE}\s*)+)(?:async\s+)?fn\s+(\w+)\s*\(")
RUST_TEST = re.compile(r"#\[(?:\w+::)*test\b")
# Of the ignored tests those that a target of their own runs.
RUN_BY_TARGET = "make test-records"
# The macro that makes a test of each promise of a store of records, and where it lists them.
CONTRACT = Path("shared/adapters/memory/src/contract.rs")
CONTRACT_USE = re.compile(r"^memory::contract!\(", re.MULTILINE)
CONTRACT_NAMES = re.compile(r"\$crate::contract!\(@ \[[^\n]*\] \$store;([\w,\s]*)\);")
CONTRACT_WRITTEN_OUT = re.compile(r"#\[tokio::test\]\s+\$\(#\[\$attribute\]\)\*\s+async fn (\w+)\(\)")

TYPESCRIPT_TEST = re.compile(r"""\b(?:it|test)((?:\.\w+)*)\(\s*(['"`])((?:\\.|(?!\2).)*)\2""")
# Whoever writes this leaves out tests that are written elsewhere in the file.
TYPESCRIPT_LEAVES_OUT = re.compile(
    r"""\b(?:it|test|describe)(?:\.\w+)*\.only\(|\bdescribe(?:\.\w+)*\.(?:skip|todo|fixme)\(|\btest\.(?:skip|fixme)\((?!\s*['"`])"""
)


def python_tests(source: str) -> set[str]:
    """The tests that pytest collects and does not skip, as `test_name` or `TestClass::test_name`."""

    def runs(node: ast.FunctionDef | ast.ClassDef) -> bool:
        return not any(SKIPS.search(ast.unparse(decorator)) for decorator in node.decorator_list)

    def goes_through(node: ast.FunctionDef) -> bool:
        """Whether nothing in it gives up on the way."""
        calls = (call for call in ast.walk(node) if isinstance(call, ast.Call))
        return not any(re.fullmatch(rf"pytest\.{SKIPS.pattern}", ast.unparse(call.func)) for call in calls)

    def functions(body: list[ast.stmt], prefix: str = "") -> set[str]:
        tests = (node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))
        return {prefix + node.name for node in tests if runs(node) and goes_through(node)}

    module = ast.parse(source).body
    marks = (node.value for node in module if isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets))
    if any(SKIPS.search(ast.unparse(mark)) for mark in marks):
        return set()
    classes = (node for node in module if isinstance(node, ast.ClassDef) and node.name.startswith("Test") and runs(node))
    return functions(module).union(*(functions(node.body, f"{node.name}::") for node in classes))


def rust_tests(source: str) -> set[str]:
    """Of the ignored ones those that a target runs by themselves."""
    tests = ((name, attributes) for attributes, name in RUST_FUNCTION.findall(without_comments(source)) if RUST_TEST.search(attributes))
    return {name for name, attributes in tests if "#[ignore" not in attributes or RUN_BY_TARGET in attributes}


def contract_tests(contract: str) -> set[str]:
    """The tests that the macro makes for every store."""
    [names] = CONTRACT_NAMES.findall(contract)
    return set(re.findall(r"\w+", names)) | set(CONTRACT_WRITTEN_OUT.findall(contract))


def typescript_tests(source: str) -> set[str]:
    """Their titles, as Vitest and Playwright tell them; of those with parameters the title with its placeholders."""
    source = without_comments(source)
    if TYPESCRIPT_LEAVES_OUT.search(source):
        return set()
    found = TYPESCRIPT_TEST.findall(source)
    return {re.sub(r"\\(.)", r"\1", title) for changes, _, title in found if not re.search(r"skip|todo|fixme|fails|fail\b", changes)}


def without_comments(source: str) -> str:
    return LINE_COMMENT.sub("", BLOCK_COMMENT.sub("", source))


def found_in(file: str, repository: Path) -> set[str]:
    """The tests of a file of the repository; none if it is not there."""
    path = repository / file
    if not path.is_file():
        return set()
    source = path.read_text()
    if path.suffix == ".py":
        return python_tests(source) if path.name.startswith("test_") else set()
    if path.suffix != ".rs":
        return typescript_tests(source) if ".test." in path.name else set()
    made = contract_tests((repository / CONTRACT).read_text()) if CONTRACT_USE.search(source) else set()
    return rust_tests(source) | made


def missing(document: str, repository: Path) -> list[str]:
    """The tests that a document names and that are not there, or do not run."""
    named = sorted(set(NAMED.findall(document)))
    there = {file: found_in(file, repository) for file in {file for file, _ in named}}
    return [f"{file}::{test}" for file, test in named if test not in there[file]]
