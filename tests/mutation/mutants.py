"""The statements of the product's policies, each of which is left out in turn: a mutant.

Runs in the environment of the checks. `python mutants.py OUT` writes all mutants, and which of them a test without a platform notices.
"""

import contextlib
import copy
import io
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/infra"))

from policies import documents  # noqa: E402
from resolving import Deployed  # noqa: E402
from templates import expand, load_template  # noqa: E402

PLATFORM, LINKED = "000000000000", "111111111111"
# The tests that look at policies. Not among them: the table of functions in the documentation, which is made from the template anew,
# and the linters, which take a minute and know nothing of what is needed.
JUDGES = {
    "template.yaml": (
        ["test_platform_template.py", "test_events.py", "test_redeployment_machine.py"],
        "not documents_table and not expanded_template",
    ),
    "environment.yaml": (["test_environment_template.py", "test_events.py"], ""),
}


@dataclass(frozen=True)
class Mutant:
    """A statement that is left out of a resource's policies."""

    template: str
    resource: str
    kind: str
    name: str
    document: int
    statement: int
    left_out: dict

    @property
    def id(self) -> str:
        return f"{self.template} {self.resource} {self.document}.{self.statement}"


def mutants() -> Iterator[tuple[Mutant, dict]]:
    """Each mutant with the template that lacks the statement, both templates as `make up` deploys them."""
    platform = load_template(ROOT / "infra/template.yaml")
    environment = load_template(ROOT / "infra/environment.yaml")
    bus = f"arn:aws:events:eu-west-1:{PLATFORM}:event-bus/dataall-platform"
    deployed = {
        "template.yaml": (platform, Deployed(expand(platform), PLATFORM, "dataall", {"TrustedAccountIds": [LINKED]})),
        "environment.yaml": (environment, Deployed(environment, LINKED, "environment", {"PlatformEventBusArn": bus})),
    }
    for template, (source, as_deployed) in deployed.items():
        resolved = as_deployed.resources
        for name, resource in source["Resources"].items():
            if name not in resolved:
                continue
            whole = list(documents(resolved[name]))
            for document, statements in enumerate(whole):
                for statement in range(len(statements)):
                    changed = copy.deepcopy(source)
                    if resource["Type"] == "AWS::Events::EventBusPolicy":
                        # A bus's statement is a resource.
                        del changed["Resources"][name]
                    else:
                        del list(documents(changed["Resources"][name]))[document][statement]
                    left_out = statements[statement]
                    yield Mutant(template, name, resource["Type"], as_deployed.name(name), document, statement, left_out), changed


def noticed(mutant: Mutant, template: dict) -> str | None:
    """The test without a platform that fails, if one does."""
    files, chosen = JUDGES[mutant.template]
    failed = _Failed()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, contextlib.redirect_stdout(io.StringIO()):
        json.dump(template, file)
        file.flush()
        os.environ["MUTANT"] = f"{mutant.template}={file.name}"
        try:
            pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-k", chosen, *(str(ROOT / "tests/infra" / f) for f in files)], [failed])
        finally:
            del os.environ["MUTANT"]
    return failed.test


class _Failed:
    test: str | None = None

    def pytest_runtest_logreport(self, report):
        if report.failed and not self.test:
            self.test = report.nodeid


def main(out: str, sample: int | None, seed: str) -> None:
    everything = list(mutants())
    chosen = everything if sample is None else random.Random(seed).sample(everything, min(sample, len(everything)))
    told = [asdict(mutant) | {"id": mutant.id, "killed": noticed(mutant, template)} for mutant, template in chosen]
    Path(out).write_text(json.dumps({"statements": len(everything), "mutants": told}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else None, sys.argv[3] if sys.argv[3:] else "")
