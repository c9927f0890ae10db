"""A sweep: what each scenario calls is recorded; then cells are run, many at a time."""

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import cells
import fleets
from cells import Cell, Result, Way
from proxy import Call, Fault, Made
from scenarios import SCENARIOS, STRATEGIES, Subject
from world import World

# Cells wait more than they work, and those in which every answer is late do nothing else.
AT_ONCE = 16
IDLE_AT_ONCE = 12
# Environments with pipelines of their own; the cells of each are run one after the other.
FLEETS = 4
# So many cells on one pipeline, between its creation and its deletion.
CELLS_OF_A_LIFE = 4

# The calls of each scenario and strategy.
Recorded = dict[tuple[str, str], list[tuple[Way, Call]]]


def record(world: World, strategies: tuple[str, ...], turns: int = 2) -> Recorded:
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
            for turn in range(turns)
        }
        recordings: dict[tuple[str, str], list[list[Made]]] = {}
        for (strategy, _, _), found in lives.items():
            for scenario, calls in found.result().items():
                recordings.setdefault((scenario, strategy), []).append(calls)
    order = [(scenario, strategy) for strategy in STRATEGIES for scenario in SCENARIOS if (scenario, strategy) in recordings]
    return {key: cells.calls_of(recordings[key]) for key in order}


def record_fleets(world: World) -> tuple[list[fleets.Fleet], Recorded]:
    """New fleets, and the calls of their scenarios."""
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda _: fleets.Fleet.new(world), range(FLEETS)))
        recorded = {
            (name, fleets.STRATEGY): cells.calls_of(list(pool.map(partial(fleets.recorded, world, scenario), made[:2])))
            for name, scenario in fleets.FLEET_SCENARIOS.items()
        }
    return made, recorded


def is_idle(cell: Cell) -> bool:
    return cell.always and cell.fault == Fault.LATE


class Queue:
    """Cells by strategy, and by their place in a pipeline's life."""

    def __init__(self, wanted: list[Cell]) -> None:
        self._lock = threading.Lock()
        self._cells: dict[tuple[str, str], deque[Cell]] = {
            (strategy, place): deque(cell for cell in wanted if (cell.strategy, _place(cell)) == (strategy, place))
            for strategy in STRATEGIES
            for place in ("first", "between", "last")
        }

    def strategy(self) -> str | None:
        """One of which there are cells."""
        return next((strategy for (strategy, _), left in self._cells.items() if left), None)

    def take(self, strategy: str, place: str) -> Cell | None:
        with self._lock:
            left = self._cells[strategy, place]
            return left.popleft() if left else None


def _place(cell: Cell) -> str:
    scenario = SCENARIOS[cell.scenario]
    return "first" if scenario.begins else "last" if scenario.ends else "between"


class Sweep:
    """Runs cells, many at a time, and tells how far it is."""

    def __init__(self, world: World, wanted: list[Cell], made: list[fleets.Fleet]) -> None:
        self.world, self.count, self._fleets = world, len(wanted), made
        self.results: list[Result] = []
        self.pipelines: set[str] = set()
        self._lock = threading.Lock()
        self._of_fleets = deque(cell for cell in wanted if cell.scenario in fleets.FLEET_SCENARIOS)
        wanted = [cell for cell in wanted if cell.scenario in SCENARIOS]
        self._outages = Queue([cell for cell in wanted if cells.is_outage_of_all(cell)])
        wanted = [cell for cell in wanted if not cells.is_outage_of_all(cell)]
        self._idle = Queue([cell for cell in wanted if is_idle(cell)])
        self._busy = Queue([cell for cell in wanted if not is_idle(cell)])

    def run(self, at_once: int) -> list[Result]:
        self.begun = time.monotonic()
        with ThreadPoolExecutor(at_once + IDLE_AT_ONCE + len(self._fleets) + 1) as pool:
            workers = [pool.submit(self._work, self._outages)]
            workers += [pool.submit(self._work, self._busy, self._idle) for _ in range(at_once)]
            workers += [pool.submit(self._work, self._idle) for _ in range(IDLE_AT_ONCE)]
            workers += [pool.submit(self._work_on, fleet) for fleet in self._fleets]
            for worker in workers:
                worker.result()
        return self.results

    def _work_on(self, fleet: fleets.Fleet) -> None:
        """The cells of fleets, one after the other. A fleet with which something is wrong is left."""
        while self._of_fleets:
            with self._lock:
                cell = self._of_fleets.popleft() if self._of_fleets else None
            if cell is None:
                return
            if not self._told(fleets.run(self.world, cell, fleet), fleet.environment):
                self.world.proxy.forget(fleet.scene)
                try:
                    fleet = fleets.Fleet.new(self.world)
                except RuntimeError as error:
                    print(f"  without a fault: {error}", flush=True)
                    return

    def _work(self, *queues: Queue) -> None:
        for queue in queues:
            while strategy := queue.strategy():
                self._live(strategy, queue)

    def _live(self, strategy: str, queue: Queue) -> None:
        """A pipeline's life: made, worked on, deleted, each in a cell while there are some. It ends early when something is wrong."""
        subject = Subject.new(self.world, strategy)
        first = queue.take(strategy, "first")
        well = self._try(first, subject) if first else self._plainly("create", subject)
        for _ in range(CELLS_OF_A_LIFE):
            cell = queue.take(strategy, "between") if well else None
            well = well and (cell is None or self._try(cell, subject))
        if well:
            last = queue.take(strategy, "last")
            well = self._try(last, subject) if last else self._plainly("delete with repository", subject)
        self.world.proxy.forget(subject.scene)
        self.pipelines |= {subject.id} - {None}

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
