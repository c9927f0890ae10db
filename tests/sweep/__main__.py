"""`make sweep`: every call of AWS that the platform makes goes wrong, in every way; whatever happens, promises are kept."""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import cells
import fleets
from cells import Cell, Result, Way
from proxy import Call, Fault, Made, Proxy
from scenarios import SCENARIOS, STRATEGIES, Subject
from world import ROOT, World

from localaws import process  # isort: skip
from localplatform.progress import Steps  # isort: skip
from localplatform.settings import Settings  # isort: skip
from localplatform.up import up  # isort: skip
from pipelines import Platform  # isort: skip

OUT = ROOT / ".local/sweep.json"
# Cells wait more than they work.
AT_ONCE = 16
# Environments with pipelines of their own; the cells of each are run one after the other.
FLEETS = 4
# So many cells on one pipeline, between its creation and its deletion.
CELLS_OF_A_LIFE = 4


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


def record(world: World, strategies: tuple[str, ...]) -> dict[tuple[str, str], list[tuple[Way, Call]]]:
    """The calls of each scenario, from pipelines with which nothing goes wrong."""
    between = [scenario for scenario in SCENARIOS.values() if not scenario.begins and not scenario.ends]

    def life(strategy: str, first: str, last: str) -> dict[str, list[Made]]:
        subject, found = Subject.new(world, strategy), {}
        for scenario in [SCENARIOS[first], *between, SCENARIOS[last]]:
            if strategy in scenario.strategies:
                result = cells.plainly(world, scenario, subject)
                if result.wrong:
                    raise SystemExit(f"{scenario.name} of {strategy} goes wrong without a fault: {result.wrong}")
                found[scenario.name] = result.calls
        return found

    with ThreadPoolExecutor() as pool:
        lives = {
            (strategy, last, turn): pool.submit(life, strategy, first if strategy in SCENARIOS[first].strategies else "create", last)
            for strategy in strategies
            for first, last in (("create", "delete"), ("create and heal", "delete with repository"))
            for turn in range(2)
        }
        recordings: dict[tuple[str, str], list[list[Made]]] = {}
        for (strategy, _, _), found in lives.items():
            for scenario, calls in found.result().items():
                recordings.setdefault((scenario, strategy), []).append(calls)
    order = [(scenario, strategy) for strategy in STRATEGIES for scenario in SCENARIOS if (scenario, strategy) in recordings]
    return {key: cells.calls_of(recordings[key]) for key in order}


def record_fleets(world: World) -> tuple[list[fleets.Fleet], dict[tuple[str, str], list[tuple[Way, Call]]]]:
    """New fleets, and the calls of their scenarios."""
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda _: fleets.Fleet.new(world), range(FLEETS)))
        recorded = {
            (name, fleets.STRATEGY): cells.calls_of(list(pool.map(partial(fleets.recorded, world, scenario), made[:2])))
            for name, scenario in fleets.FLEET_SCENARIOS.items()
        }
    return made, recorded


class Sweep:
    """Runs cells, many at a time, and tells how far it is."""

    def __init__(self, world: World, wanted: list[Cell], made: list[fleets.Fleet]) -> None:
        self.world, self.count, self._fleets = world, len(wanted), made
        self.results: list[Result] = []
        self._lock = threading.Lock()
        # What takes longest begins first, and the others in no order: what is seen early is a sample of all.
        wanted = sorted(random.Random(1).sample(wanted, len(wanted)), key=lambda cell: (cell.fault, cell.always) != (Fault.LATE, True))
        self._of_fleets = deque(c for c in wanted if c.scenario in fleets.FLEET_SCENARIOS)
        wanted = [c for c in wanted if c.scenario in SCENARIOS]
        self._first = {s: deque(c for c in wanted if c.strategy == s and SCENARIOS[c.scenario].begins) for s in STRATEGIES}
        self._last = {s: deque(c for c in wanted if c.strategy == s and SCENARIOS[c.scenario].ends) for s in STRATEGIES}
        self._between = {
            s: deque(c for c in wanted if c.strategy == s and not SCENARIOS[c.scenario].begins and not SCENARIOS[c.scenario].ends)
            for s in STRATEGIES
        }

    def run(self, at_once: int) -> list[Result]:
        self.begun = time.monotonic()
        with ThreadPoolExecutor(at_once + len(self._fleets)) as pool:
            workers = [pool.submit(self._work) for _ in range(at_once)]
            workers += [pool.submit(self._work_on, fleet) for fleet in self._fleets]
            for worker in workers:
                worker.result()
        return self.results

    def _work_on(self, fleet: fleets.Fleet) -> None:
        """The cells of fleets, one after the other. A fleet with which something is wrong is left."""
        while cell := self._take(self._of_fleets):
            if not self._told(fleets.run(self.world, cell, fleet), fleet.environment):
                self.world.proxy.forget(fleet.scene)
                fleet = fleets.Fleet.new(self.world)

    def _work(self) -> None:
        while strategy := next((s for s in STRATEGIES if self._first[s] or self._last[s] or self._between[s]), None):
            self._live(strategy)

    def _live(self, strategy: str) -> None:
        """A pipeline's life: made, worked on, deleted, each in a cell while there are some. It ends early when something is wrong."""
        subject = Subject.new(self.world, strategy)
        first = self._take(self._first[strategy])
        well = self._try(first, subject) if first else self._plainly("create", subject)
        for _ in range(CELLS_OF_A_LIFE):
            cell = self._take(self._between[strategy]) if well else None
            well = well and (cell is None or self._try(cell, subject))
        if well:
            last = self._take(self._last[strategy])
            well = self._try(last, subject) if last else self._plainly("delete with repository", subject)
        self.world.proxy.forget(subject.scene)

    def _take(self, queue: deque[Cell]) -> Cell | None:
        with self._lock:
            return queue.popleft() if queue else None

    def _plainly(self, scenario: str, subject: Subject) -> bool:
        wrong = cells.plainly(self.world, SCENARIOS[scenario], subject).wrong
        if wrong:
            print(f"  without a fault: {scenario} · {subject.strategy}: {wrong}", flush=True)
        return not wrong

    def _try(self, cell: Cell, subject: Subject) -> bool:
        return self._told(cells.run(self.world, cell, subject), subject.id)

    def _told(self, result: Result, what: str | None) -> bool:
        with self._lock:
            self.results.append(result)
            done, failed = len(self.results), sum(bool(one.wrong) for one in self.results)
            if result.wrong:
                print(
                    f"  {result.cell} ({what}, {result.seconds:.0f} s)", *(f"    {wrong}" for wrong in result.wrong), sep="\n", flush=True
                )
            if result.wrong or done % 25 == 0 or done == self.count:
                pace = done / (time.monotonic() - self.begun)
                print(f"cell {done} of {self.count}, failures so far: {failed} ({pace:.2f} cells/s)", flush=True)
        return not result.wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="make sweep", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many cells, chosen by the seed")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="the cells whose names have all of these words, separated by commas")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
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
        recorded = record(world, strategies)
    if fleets.STRATEGY in strategies and (not named or set(named) & fleets.FLEET_SCENARIOS.keys()):
        made, more = record_fleets(world)
        recorded |= more
    names = {*STRATEGIES, *SCENARIOS, *fleets.FLEET_SCENARIOS}
    wanted = [
        cell for cell in cells.plan(recorded) if all(word in cell.words or (word not in names and word in str(cell)) for word in words)
    ]
    if arguments.sample:
        wanted = cells.sampled(wanted, arguments.sample, arguments.seed)
    print(f"{sum(map(len, recorded.values()))} calls in {len(recorded)} scenarios, {len(wanted)} cells", flush=True)
    if arguments.list:
        print(*wanted, sep="\n")
        return 0
    results = Sweep(world, wanted, made).run(arguments.at_once)
    failed = [result for result in results if result.wrong]
    missed = [result for result in results if not result.applied]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([result.told() for result in results], indent=1))
    for result in failed:
        print(f"failed: {result.cell}", *(f"    {wrong}" for wrong in result.wrong), sep="\n")
    seconds = time.monotonic() - begun
    print(f"{len(results)} cells, {len(failed)} failed; {len(missed)} in which the call was not made")
    print(f"{seconds:.0f} s, {world.proxy.requests} requests; {OUT.relative_to(ROOT)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
