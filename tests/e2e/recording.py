"""Which functions each test makes work, read from the log of all functions: what `make mutate-policies` chooses its tests by."""

import json
import re
import time
from pathlib import Path

import pytest

# The name of a log stream: 2026/11/30/dataall-platform-prepare[$LATEST]0123...
_FUNCTION = re.compile(r"dataall-platform-([a-z-]+)\[")


def pytest_addoption(parser):
    parser.addoption("--record-functions", metavar="FILE", help="write which functions each test invoked into this file")


@pytest.fixture(scope="session", autouse=True)
def _record(request):
    """Tests run one after another, and what a function writes carries a time: it belongs to the test that ran then."""
    file = request.config.getoption("--record-functions")
    if not file:
        yield
        return
    platform = request.getfixturevalue("platform")
    yield
    times = request.config.stash[_TIMES]
    told = _invocations(platform)
    table: dict[str, list[str]] = {}
    for function, at in sorted(told):
        for test, (begin, end) in times.items():
            if begin <= at <= end and test not in table.setdefault(function, []):
                table[function].append(test)
    Path(file).write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


_TIMES = pytest.StashKey[dict[str, tuple[float, float]]]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    begin = time.time()
    yield
    item.config.stash.setdefault(_TIMES, {})[item.nodeid] = (begin, time.time())


def _invocations(platform) -> set[tuple[str, float]]:
    """Each function that wrote a line, and when."""
    logs = platform.aws("logs", platform.stack["platformAccountId"])
    found = set()
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName="/dataall-platform/functions"):
        for event in page["events"]:
            if match := _FUNCTION.search(event["logStreamName"]):
                found.add((match[1], event["timestamp"] / 1000))
    return found
