"""SPECIFICATION.md: each promise has its number and the tests that enforce it, and these are there and run."""

import pytest
from specification import NUMBER, faults, sections

TESTS = """
def test_it_is_linked(): ...
@pytest.mark.skip
def test_it_is_left_out(): ...
"""
GOOD = """
# What users rely on

## Environments

| P-ENV-1 | It is linked | `tests/test_link.py::test_it_is_linked` |
| P-ENV-3 | withdrawn: It is painted | |

## Pipelines

| P-PIP-1 | It is made | `tests/test_link.py::test_it_is_linked` `tests/test_link.py::test_it_is_linked` |

## No test yet

| P-ENV-2 | It is unlinked | a test that unlinks it |
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_link.py").write_text(TESTS)
    return tmp_path


def test_the_specification_has_no_faults(repository):
    document = (repository / "SPECIFICATION.md").read_text()
    assert faults(document, repository) == []
    assert len(set(NUMBER.findall(document))) > 100
    assert "Not yet" in dict(sections(document))


def test_a_good_one_is_good(project):
    assert faults(GOOD, project) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("P-ENV-3", "P-ENV-1", "given twice: P-ENV-1"),
        ("P-ENV-3", "P-ENV-4", "not there: P-ENV-3"),
        ("P-PIP-1", "P-PIP-2", "not there: P-PIP-1"),
        ("| P-ENV-2 | It is unlinked | a test that unlinks it |", "", "not there: P-ENV-2"),
        ("P-PIP-1", "P-PIP-01", "no promise: | P-PIP-01 |"),
        ("| It is made |", "| |", "no promise: | P-PIP-1 |"),
        ("It is made", "It | is made", "no promise: | P-PIP-1 |"),
        ("withdrawn: ", "", "no list of tests: P-ENV-3"),
        ("## No test yet", "## Others", "no list of tests: P-ENV-2"),
        ("| `tests/test_link.py::test_it_is_linked` |", "| test_it_is_linked |", "no list of tests: P-ENV-1"),
        ("a test that unlinks it", "`tests/test_link.py::test_it_is_linked`", "has tests and says that it has none: P-ENV-2"),
        ("::test_it_is_linked` |", "::test_it_was_linked` |", "no such test, or it does not run: tests/test_link.py::test_it_was_linked"),
        ("::test_it_is_linked` |", "::test_it_is_left_out` |", "no such test, or it does not run: tests/test_link.py::test_it_is_left_out"),
        ("tests/test_link.py::", "tests/test_gone.py::", "no such test, or it does not run: tests/test_gone.py::test_it_is_linked"),
    ],
)
def test_a_fault_is_found(project, old, new, fault):
    assert old in GOOD
    found = faults(GOOD.replace(old, new, 1), project)
    assert [one for one in found if one.startswith(fault)], found
