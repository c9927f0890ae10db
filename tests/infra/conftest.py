"""The state machine, the templates and the design, parsed once."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from machines import TRANSIENT
from templates import expand, load_template

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def platform() -> dict:
    return load_template(REPOSITORY / "infra/template.yaml")


@pytest.fixture(scope="session")
def environment() -> dict:
    return load_template(REPOSITORY / "infra/environment.yaml")


@pytest.fixture(scope="session")
def expanded(platform) -> dict:
    """What the SAM transform makes of the platform's template."""
    return expand(platform)


@pytest.fixture(scope="session")
def state_machine() -> dict:
    """The workflow of a deployment."""
    return json.loads((REPOSITORY / "statemachine.asl.json").read_text())


@pytest.fixture(scope="session")
def redeployment() -> dict:
    """The workflow that redeploys many pipelines."""
    return json.loads((REPOSITORY / "infra/redeployment.asl.json").read_text())


@pytest.fixture(scope="session")
def lasting() -> list[str]:
    """Errors that a person must mend: those of the domain that are not transient, and the crash of a function."""
    source = (REPOSITORY / "shared/domain/src/error.rs").read_text()
    # An error's name is that of its variant; the match has all of them.
    retryable, rest = re.search(r"fn retryable\(&self\)(.*?)=> true(.*?)=> false", source, re.DOTALL).groups()
    assert set(re.findall(r"Self::(\w+)", retryable)) == set(TRANSIENT)
    lasting = set(re.findall(r"Self::(\w+)", rest))
    return [*sorted(lasting), "Runtime.ExitError"]


@pytest.fixture(scope="session")
def design() -> dict[str, SimpleNamespace]:
    """The table of functions in docs/architecture.md: for each its route, state or queue, and its actions by resource."""
    functions: dict[str, SimpleNamespace] = {}
    previous = ""
    for line in (REPOSITORY / "docs/architecture.md").read_text().splitlines():
        row = re.fullmatch(r"\| `([a-z-]+)` \| (?:`([A-Z]+) (/\S+)`|state `(\w+)`|queue `([a-z{}-]+)`) \| (.+) \|", line)
        if row:
            name, method, path, state, queue, permissions = row.groups()
            actions = functions[previous].actions if permissions == "the same" else parse_permissions(permissions)
            functions[name] = SimpleNamespace(method=method, path=path, state=state, queue=queue, actions=actions)
            previous = name
    assert len(functions) >= 39, "the table of functions in docs/architecture.md is not to be read any more"
    return functions


def parse_permissions(text: str) -> set[str]:
    """`table: GetItem, Query; states:StartExecution` as `dynamodb:GetItem`, `dynamodb:Query`, `states:StartExecution`."""
    services = {"table": "dynamodb", "artifacts": "s3", "states": "states", "sts": "sts", "queue": "sqs", "events": "events"}
    actions = set()
    for part in text.split(";"):
        service, calls = part.strip().split(":", 1)
        actions |= {f"{services[service]}:{call.split()[0]}" for call in calls.split(",")}
    return actions
