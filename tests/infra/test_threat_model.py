"""SECURITY.md: each threat of its tables names tests, and these are there and run."""

import pytest
from named_tests import NAMED, missing


@pytest.fixture(scope="module")
def document(repository) -> str:
    return (repository / "SECURITY.md").read_text()


def test_each_mitigation_names_its_tests(document):
    model = document.partition("## Threats")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in model.splitlines() if line.startswith("| ") and not line.startswith("| threat |")]
    assert len(rows) > 30
    assert [threat for threat, *_, tests in rows if not NAMED.search(tests)] == []


def test_the_tests_that_it_names_are_there_and_run(document, repository):
    assert missing(document, repository) == []
