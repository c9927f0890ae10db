"""Which functions each test makes work, read from their log: what `make mutate-policies` chooses its tests by."""

import json
import re
import time
from collections import defaultdict
from pathlib import Path

import pytest
from localplatform.commands import ROOT
from pipelines import Platform

LOG = "/aws/lambda/dataall-platform"


def pytest_addoption(parser):
    parser.addoption("--record-functions", metavar="FILE", help="write which functions each test invoked into this file")


@pytest.fixture(scope="session")
def _table():
    """The tests of each function, and the seconds of each test."""
    return {"functions": defaultdict(list), "seconds": {}}


@pytest.fixture(autouse=True)
def _recorded(request):
    """Tests run one after another: what worked since this one began is its own, its modules' fixtures included."""
    file = request.config.getoption("--record-functions")
    if not file:
        yield
        return
    platform, table, begun = request.getfixturevalue("platform"), request.getfixturevalue("_table"), time.time()
    yield
    table["seconds"][request.node.nodeid] = round(time.time() - begun, 1)
    for function in sorted(worked(platform, begun)):
        table["functions"][function].append(request.node.nodeid)
    # After each test: a run that is stopped has told what it can.
    Path(file).write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


def worked(platform: Platform, since: float) -> set[str]:
    """The functions that wrote into the log."""
    logs = platform.aws("logs", platform.stack["platformAccountId"])
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=LOG, startTime=int(since * 1000))
    lines = [json.loads(event["message"]) for page in pages for event in page["events"] if event["message"].startswith("{")]
    return {function for line in lines if (function := _function(line))}


def _function(line: dict) -> str | None:
    """Whose line it is: a call of the API is told with its route, a step with its state."""
    if "route" in line:
        return ROUTES.get(f"{line['method']} {line['route']}")
    if "step" in line:
        return re.sub("(?<!^)(?=[A-Z])", "-", line["step"]).lower()
    if "detailType" in line:
        return "record-delivery" if line["detailType"].startswith("CodePipeline ") else "accept-event"
    return None


def _routes() -> dict[str, str]:
    """The functions of the API by their routes, from the table in the documentation, which the tests of the template keep true."""
    rows = re.findall(r"^\| `([a-z-]+)` \| `([A-Z]+ /[^`]*)` \|", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    return {route: function for function, route in rows}


ROUTES = _routes()
