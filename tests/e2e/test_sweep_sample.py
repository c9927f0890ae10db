"""A sample of `make sweep`: calls of AWS go wrong, and promises are kept. What is promised: docs/reliability.md."""

import json

import cells
import pytest
import sweeping
from world import World

STRATEGY = "trunk"
CELLS = 60
AT_ONCE = 16


def test_promises_are_kept_whatever_goes_wrong(platform, pytestconfig):
    if platform.proxy is None:
        pytest.skip("the functions of a platform that was running reach AWS without a proxy")
    seed = str(pytestconfig.getoption("--seed"))
    with World(platform, platform.proxy).watched() as world:
        planned = [cell for cell in cells.plan(sweeping.record(world, (STRATEGY,), turns=1)) if not sweeping.is_idle(cell)]
        results = sweeping.Sweep(world, cells.sampled(planned, CELLS, seed), []).run(AT_ONCE)
    assert len(results) == CELLS
    wrong = {str(result.cell): result.wrong for result in results if result.wrong}
    assert not wrong, json.dumps(wrong, indent=2)
