"""`make sweep`: every call of AWS that the platform makes goes wrong, in every way; whatever happens, promises are kept."""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cells
from cells import Cell, Result
from proxy import Call, Proxy
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


def record(world: World, strategies: tuple[str, ...]) -> dict[tuple[str, str], list[Call]]:
    """The calls of each scenario, from pipelines with which nothing goes wrong."""
    wanted = [scenario for scenario in SCENARIOS.values() if not scenario.ends or scenario.name == "delete"]

    def life(strategy: str, last: str) -> dict[str, list[Call]]:
        subject, found = Subject.new(world, strategy), {}
        for scenario in [*wanted[:-1], SCENARIOS[last]]:
            if strategy in scenario.strategies:
                if wrong := cells.plainly(world, scenario, subject):
                    raise SystemExit(f"{scenario.name} of {strategy} goes wrong without a fault: {wrong}")
                found[scenario.name] = [call for _, call, _ in subject.scene.calls]
        return found

    with ThreadPoolExecutor() as pool:
        lives = {
            (strategy, last, turn): pool.submit(life, strategy, last)
            for strategy in strategies
            for last in ("delete", "delete with repository")
            for turn in range(2)
        }
        recordings: dict[tuple[str, str], list[list[Call]]] = {}
        for (strategy, _, _), found in lives.items():
            for scenario, calls in found.result().items():
                recordings.setdefault((scenario, strategy), []).append(calls)
    order = [(scenario, strategy) for strategy in STRATEGIES for scenario in SCENARIOS if (scenario, strategy) in recordings]
    return {key: cells.calls_of(recordings[key]) for key in order}


class Sweep:
    """Runs cells, many at a time, and tells how far it is."""

    def __init__(self, world: World, wanted: list[Cell]) -> None:
        self.world, self.count = world, len(wanted)
        self.results: list[Result] = []
        self._lock = threading.Lock()
        # What takes longest begins first.
        wanted = sorted(wanted, key=lambda cell: not cell.always)
        self._first = {s: deque(c for c in wanted if c.strategy == s and SCENARIOS[c.scenario].begins) for s in STRATEGIES}
        self._last = {s: deque(c for c in wanted if c.strategy == s and SCENARIOS[c.scenario].ends) for s in STRATEGIES}
        self._between = {
            s: deque(c for c in wanted if c.strategy == s and not SCENARIOS[c.scenario].begins and not SCENARIOS[c.scenario].ends)
            for s in STRATEGIES
        }

    def run(self, at_once: int) -> list[Result]:
        self.begun = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            for worker in [pool.submit(self._work) for _ in range(at_once)]:
                worker.result()
        return self.results

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
        wrong = cells.plainly(self.world, SCENARIOS[scenario], subject)
        if wrong:
            print(f"  without a fault: {scenario} · {subject.strategy}: {wrong}", flush=True)
        return not wrong

    def _try(self, cell: Cell, subject: Subject) -> bool:
        result = cells.run(self.world, cell, subject)
        with self._lock:
            self.results.append(result)
            done, failed = len(self.results), sum(bool(one.wrong) for one in self.results)
            if result.wrong:
                print(f"  {cell} ({subject.id}, {result.seconds:.0f} s)", *(f"    {wrong}" for wrong in result.wrong), sep="\n", flush=True)
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
    recorded = record(world, strategies)
    wanted = [cell for cell in cells.plan(recorded) if all(word in STRATEGIES or word in str(cell) for word in words)]
    if arguments.sample:
        wanted = cells.sampled(wanted, arguments.sample, arguments.seed)
    print(f"{sum(map(len, recorded.values()))} calls in {len(recorded)} scenarios, {len(wanted)} cells", flush=True)
    if arguments.list:
        print(*wanted, sep="\n")
        return 0
    results = Sweep(world, wanted).run(arguments.at_once)
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
