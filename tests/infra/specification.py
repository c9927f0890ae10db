"""SPECIFICATION.md as a table of promises, and what is wrong with it."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from named_tests import NAMED, missing

# A promise's row begins with its number: P-ENV-3 is the third of the environments.
ROW = re.compile(r"^\| *P-.*$", re.MULTILINE)
NUMBER = re.compile(r"P-([A-Z]{2,4})-([1-9]\d*)")
# Promises that have a number and no test yet.
UNTESTED = "No test yet"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Promise:
    """A row: what is promised, and which tests enforce it."""

    group: str
    number: int
    section: str
    promise: str
    tests: str

    @property
    def name(self) -> str:
        return f"P-{self.group}-{self.number}"


def sections(document: str) -> list[tuple[str, str]]:
    """The headings and what stands below them."""
    parts = re.split(r"^## (.+)$", document, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def faults(document: str, repository: Path) -> list[str]:
    """Everything that is wrong with the document, in words that say where."""
    promises, found = [], []
    for section, text in sections(document):
        for row in ROW.findall(text):
            cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
            number = NUMBER.fullmatch(cells[0])
            if not number or len(cells) != 3 or not cells[1]:
                found.append(f"no promise: {row}")
            else:
                promises.append(Promise(number[1], int(number[2]), section, *cells[1:]))
    return [
        *found,
        *of_numbers(promises),
        *of_tests(promises),
        *(f"no such test, or it does not run: {test}" for test in missing(document, repository)),
    ]


def of_numbers(promises: list[Promise]) -> list[str]:
    """A number is given once, and none is left out or taken back."""
    found = [f"given twice: {name}" for name, count in Counter(promise.name for promise in promises).items() if count > 1]
    groups = defaultdict(set)
    for promise in promises:
        groups[promise.group].add(promise.number)
    for group, numbers in groups.items():
        found += [f"not there: P-{group}-{number}" for number in sorted(set(range(1, max(numbers) + 1)) - numbers)]
    return found


def of_tests(promises: list[Promise]) -> list[str]:
    """Every promise names its tests and nothing else, unless it says why there are none."""
    found = []
    for promise in promises:
        without = promise.section == UNTESTED or promise.promise.startswith(WITHDRAWN)
        named = NAMED.findall(promise.tests)
        if without and named:
            found.append(f"has tests and says that it has none: {promise.name}")
        if not without and (not named or NAMED.sub("", promise.tests).strip()):
            found.append(f"no list of tests: {promise.name}: {promise.tests}")
    return found
