"""A sample of `make sweep`: calls of AWS go wrong, and promises are kept. What is promised: docs/reliability.md."""

import json

import cells
import pytest
import sweeping
from world import World

STRATEGY = "trunk"
CELLS = 40
AT_ONCE = 12


def test_promises_are_kept_whatever_goes_wrong(platform, pytestconfig):
    if platform.proxy is None:
        pytest.skip("the functions of a platform that was running reach AWS without a proxy")
    seed = str(pytestconfig.getoption("--seed"))
    with World(platform, platform.proxy).watched() as world:
        planned = [cell for cell in cells.plan(sweeping.record(world, (STRATEGY,), turns=1)) if not takes_minutes(cell)]
        chosen = cells.sampled(planned, CELLS, seed)
        # What is tried for long begins first.
        results = sweeping.Sweep(world, sorted(chosen, key=lambda cell: not cell.always), []).run(AT_ONCE)
    assert len(results) == CELLS
    wrong = {str(result.cell): result.wrong for result in results if result.wrong}
    assert not wrong, json.dumps(wrong, indent=2)


def takes_minutes(cell: cells.Cell) -> bool:
    """Whether the fault is waited for, or tried against, longer than a test may take."""
    return sweeping.is_idle(cell) or (cell.always and cell.call.function.startswith("record-"))
