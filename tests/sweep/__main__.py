"""`make sweep`: every call of AWS that the platform makes goes wrong, in every way; whatever happens, promises are kept."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cells
import fleets
import judging
import sweeping
from proxy import Proxy
from scenarios import SCENARIOS, STRATEGIES
from world import ROOT, World

from localaws import process  # isort: skip
from localplatform.progress import Steps  # isort: skip
from localplatform.settings import Settings  # isort: skip
from localplatform.up import up  # isort: skip
from pipelines import Platform  # isort: skip

OUT = ROOT / ".local/sweep.json"


@contextmanager
def running() -> Iterator[World]:
    """A platform of the sweep's own, whose functions reach AWS through the proxy."""
    os.environ["SFN_WAIT_SCALE"] = "0.1"
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.apart(Path(directory))
        with Proxy(settings.aws.endpoint_url) as proxy:
            settings = replace(settings, aws=replace(settings.aws, functions_through=proxy.url))
            try:
                with Steps() as steps:
                    stack = up(settings, steps)
                with World(Platform(settings, stack), proxy).watched() as world:
                    yield world
            finally:
                process.stop(settings.aws)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make sweep", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many cells, chosen by the seed")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="the cells whose names have all of these words, separated by commas")
    parser.add_argument("--at-once", type=int, default=sweeping.AT_ONCE)
    parser.add_argument("--list", action="store_true", help="print the cells and run none")
    arguments = parser.parse_args()
    with running() as world:
        return sweep(world, arguments)


def sweep(world: World, arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    words = [word.strip() for word in arguments.only.split(",") if word.strip()]
    strategies = tuple(s for s in STRATEGIES if not set(words) & set(STRATEGIES) or s in words)
    named = [word for word in words if word in SCENARIOS or word in fleets.FLEET_SCENARIOS]
    recorded, made = {}, []
    if not named or set(named) & SCENARIOS.keys():
        recorded = sweeping.record(world, strategies)
    if fleets.STRATEGY in strategies and (not named or set(named) & fleets.FLEET_SCENARIOS.keys()):
        made, more = sweeping.record_fleets(world)
        recorded |= more
    names = {*STRATEGIES, *SCENARIOS, *fleets.FLEET_SCENARIOS}
    wanted = [
        cell for cell in cells.plan(recorded) if all(word in cell.words or (word not in names and word in str(cell)) for word in words)
    ]
    planned = len(wanted)
    # In no order: what is seen early is a sample of all.
    wanted = cells.sampled(wanted, arguments.sample or len(wanted), arguments.seed)
    print(f"{sum(map(len, recorded.values()))} calls in {len(recorded)} scenarios, {len(wanted)} cells", flush=True)
    if arguments.list:
        print(*wanted, sep="\n")
        return 0
    run = sweeping.Sweep(world, wanted, made)
    results = run.run(arguments.at_once)
    orphans = judging.lists(world, run.pipelines)
    failed = [result for result in results if result.wrong]
    missed = [result for result in results if not result.applied]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"planned": planned, "results": [result.told() for result in results]}, indent=1))
    for result in failed:
        print(f"failed: {result.cell}", *(f"    {wrong}" for wrong in result.wrong), sep="\n")
    for orphan in orphans:
        print(orphan)
    seconds = time.monotonic() - begun
    print(f"{len(results)} cells, {len(failed)} failed; {len(missed)} in which the call was not made; {len(orphans)} rows left behind")
    print(f"{seconds:.0f} s, {world.proxy.requests} requests; {OUT.relative_to(ROOT)}")
    return 1 if failed or orphans else 0


if __name__ == "__main__":
    sys.exit(main())
