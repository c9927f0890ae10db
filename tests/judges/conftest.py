"""The judges' local AWS, and what is known not to agree."""

import importlib.util
import sys
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parent
_LOCAL_TESTS = FOLDER.parents[1] / "local/tests/conftest.py"


def _load(name: str, path: Path):
    """The helpers of the local AWS's own tests, whose module has the name of this one."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


local = _load("local_tests", _LOCAL_TESTS)
aws, make_function = local.aws, local.make_function


def cases(service: str) -> list:
    """The cases of a file; one that is known not to agree must not agree."""
    found = yaml.safe_load((FOLDER / f"{service}.yaml").read_text())
    names = [case["case"] for case in found]
    assert len(names) == len(set(names)), f"{service}.yaml names a case twice"
    assert all(case.get("source", "").startswith("https://") for case in found), f"a case of {service}.yaml has no source"
    reasons = known(service)
    assert reasons.keys() <= set(names), f"known-mismatches.yaml names cases that {service}.yaml does not have"
    marks = {name: pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError) for name, reason in reasons.items()}
    return [pytest.param(case, id=case["case"], marks=marks.get(case["case"], ())) for case in found]


def known(service: str) -> dict[str, str]:
    mismatches = yaml.safe_load((FOLDER / "known-mismatches.yaml").read_text()) or {}
    return mismatches.get(service) or {}


def pytest_terminal_summary(terminalreporter):
    judged = [report for name in ("passed", "failed", "xfailed") for report in terminalreporter.getreports(name) if report.when == "call"]
    mismatches = len(terminalreporter.getreports("xfailed"))
    terminalreporter.write_line(f"{len(judged)} cases, {mismatches} known mismatches")
