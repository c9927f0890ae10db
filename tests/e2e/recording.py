"""Which functions each test makes work, read from their log: what `make mutate-policies` chooses its tests by."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
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
    return {function for line in lines for function in _functions(line)}


def _functions(line: dict) -> Iterator[str]:
    """Whose line it is: a call of the API is told with its route, a step with its state. A dry run is handed on."""
    if "route" in line:
        route, dry_run, _ = line["route"].partition("?dryRun")
        if function := ROUTES.get(f"{line['method']} {route}"):
            yield function
        if dry_run:
            yield "preview-pipeline"
    elif "step" in line:
        yield re.sub("(?<!^)(?=[A-Z])", "-", line["step"]).lower()
    elif "detailType" in line:
        yield "record-delivery" if line["detailType"].startswith("CodePipeline ") else "accept-event"


def _routes() -> dict[str, str]:
    """The functions of the API by their routes, from the table in the documentation, which the tests of the template keep true."""
    rows = re.findall(r"^\| `([a-z-]+)` \| `([A-Z]+ /[^`]*)` \|", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    return {route: function for function, route in rows}


ROUTES = _routes()
