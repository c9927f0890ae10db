"""The cells of the sweep: each call of each scenario with each fault. And how a cell is run and judged."""

import contextlib
import random
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field

import judging
import requests
from proxy import Call, Fault, Made, Rule
from scenarios import SCENARIOS, Scenario, Subject
from world import World

ONCE = (Fault.THROTTLED, Fault.BROKEN, Fault.DROPPED, Fault.LOST, Fault.BROKEN_AFTER, Fault.LATE)
# What differs for a call that the function has made before in the scenario: done, and unknown to it.
ONCE_MORE = (Fault.LOST, Fault.KILLED_AFTER)
# A record may be busy so long without an execution.
PATIENCE_SECONDS = 60
# A call that always goes wrong goes wrong for so long when nothing else happens.
OUTAGE_SECONDS = 15
# These work for many pipelines in turn: an outage of one is an outage of all, so there is one at a time.
SHARED = ("start-executions", "close-deployment", "accept-event", "record-delivery")
_outage = threading.Lock()
# What an event asks for is recorded within this time: queues deliver again what failed.
BEGINS_WITHIN_SECONDS = 60
# Longer than all retries of a step, with functions that are killed by their time limit each time.
LONGEST_SECONDS = 900
_WRITES = ("Put", "Create", "Update", "Delete", "Transact", "Start", "Merge", "Retry")
# Those that only read for people, and which the sweep itself polls.
READERS = ("get-", "list-", "browse-")


@dataclass(frozen=True)
class Cell:
    """A call in a scenario, and what goes wrong with it."""

    scenario: str
    strategy: str
    call: Call
    fault: Fault
    always: bool = False

    @property
    def words(self) -> set[str]:
        return {self.scenario, self.strategy, self.call.function, self.call.operation, str(self.fault)}

    def __str__(self) -> str:
        often = " always" if self.always else ""
        return f"{self.scenario} · {self.strategy} · {self.call} · {self.fault}{often}"


@dataclass
class Result:
    """What came of a cell."""

    cell: Cell
    wrong: list[str] = field(default_factory=list)
    # How often the call went wrong: 0 if it was not made.
    applied: int = 0
    seconds: float = 0
    healed_by: list[str] = field(default_factory=list)
    # What was called until the scenario came to its first end.
    calls: list[Made] = field(default_factory=list)

    def told(self) -> dict:
        cell = self.cell
        return {
            "scenario": cell.scenario,
            "strategy": cell.strategy,
            "function": cell.call.function,
            "operation": cell.call.operation,
            "nth": cell.call.nth,
            "fault": str(cell.fault),
            "always": cell.always,
            "violations": self.wrong,
        } | {name: value for name, value in asdict(self).items() if name in ("applied", "seconds", "healed_by")}


@dataclass(frozen=True)
class Way:
    """What a function does in an invocation: its calls, by kind."""

    function: str
    operations: frozenset[tuple[str, int]]


def calls_of(recordings: list[list[Made]]) -> list[tuple[Way, Call]]:
    """The calls that every recording of a scenario has, in the order of the first, without those of invocations that do the same again.

    How often a function polls, or is told of something, depends on time.
    """
    common = {made.call for made in recordings[0]}.intersection(*({made.call for made in more} for more in recordings[1:]))
    invocations: dict[tuple[str, str], list[Call]] = {}
    for made in recordings[0]:
        calls = invocations.setdefault((made.call.function, made.invocation), [])
        if made.call not in calls:
            calls.append(made.call)
    found: dict[Way, list[Call]] = {}
    for (function, _), calls in invocations.items():
        if not function.startswith(READERS):
            found.setdefault(Way(function, frozenset(Counter(call.operation for call in calls).items())), calls)
    return [(way, call) for way, calls in found.items() for call in calls if call in common]


def cells_of(scenario: str, strategy: str, calls: list[Call]) -> list[Cell]:
    """All that can go wrong with the calls."""
    found: list[Cell] = []
    begun: set[str] = set()
    for call in calls:

        def cell(fault: Fault, always: bool = False, call: Call = call) -> Cell:
            return Cell(scenario, strategy, call, fault, always)

        if call.function not in begun:
            begun.add(call.function)
            found += [cell(Fault.TWICE), cell(Fault.KILLED_BEFORE)]
        if call.nth > 1:
            found += [cell(fault) for fault in ONCE_MORE]
            continue
        found += [cell(fault) for fault in (*ONCE, Fault.KILLED_AFTER)]
        found += [cell(fault, always=True) for fault in ONCE]
        if call.operation.partition(":")[2].startswith(_WRITES):
            found.append(cell(Fault.KILLED_AFTER, always=True))
    return found


def plan(recorded: dict[tuple[str, str], list[tuple[Way, Call]]]) -> list[Cell]:
    """The cells of all recorded scenarios.

    A function that does the same as in an earlier scenario or strategy, call by call, does it in the same code: it is tried once.
    Whether it does it for a pipeline or for many is not the same.
    """
    cells: list[Cell] = []
    seen: set[tuple[bool, Way]] = set()
    for (scenario, strategy), found in recorded.items():
        alone = scenario in SCENARIOS
        cells += cells_of(scenario, strategy, [call for way, call in found if (alone, way) not in seen])
        seen |= {(alone, way) for way, _ in found}
    return cells


def sampled(cells: list[Cell], count: int, seed: str) -> list[Cell]:
    """So many cells, chosen by the seed: each call and each fault at least once, as far as the count allows."""
    shuffled = random.Random(seed).sample(cells, len(cells))
    chosen: list[Cell] = []
    seen: set[object] = set()
    for cell in shuffled:
        covers = {(cell.call.function, cell.call.operation), (cell.fault, cell.always), (cell.scenario, cell.strategy)}
        if len(chosen) < count and covers - seen:
            chosen.append(cell)
            seen |= covers
    rest = [cell for cell in shuffled if cell not in set(chosen)]
    return chosen + rest[: count - len(chosen)]


def is_outage_of_all(cell: Cell) -> bool:
    return cell.always and cell.call.function in SHARED


def alone(cell: Cell) -> contextlib.AbstractContextManager:
    """The time in which a cell has an outage to itself, if its outage is one of all pipelines."""
    return _outage if is_outage_of_all(cell) else contextlib.nullcontext()


def run(world: World, cell: Cell, subject: Subject) -> Result:
    """Runs a cell on a pipeline: what it begins with may go wrong, and is judged; the same for what mends it."""
    with alone(cell):
        return _run(world, cell, subject)


def _run(world: World, cell: Cell, subject: Subject) -> Result:
    begun = time.monotonic()
    result = Result(cell)
    twins: list = []
    rule = Rule(cell.call, cell.fault, cell.always, does=lambda invocation: twins.append(world.invoke_again(invocation)))
    try:
        _Run(world, SCENARIOS[cell.scenario], subject, result, rule, twins).through()
    except Exception as error:
        result.wrong.append(f"sweep: {type(error).__name__}: {error}")
    result.applied, result.seconds = rule.applied, round(time.monotonic() - begun, 1)
    return result


def plainly(world: World, scenario: Scenario, subject: Subject) -> Result:
    """Goes through a scenario in which nothing goes wrong."""
    result = Result(Cell(scenario.name, subject.strategy, Call("", "", 0), Fault.DROPPED))
    _Run(world, scenario, subject, result, None, []).through()
    return result


class _Run:
    def __init__(self, world: World, scenario: Scenario, subject: Subject, result: Result, rule: Rule | None, twins: list) -> None:
        self.world, self.scenario, self.subject, self.rule, self.twins = world, scenario, subject, rule, twins
        self.result, self.wrong = result, result.wrong
        # So many deployments may have been recorded.
        self.asked = 1

    def through(self) -> None:
        scenario, subject = self.scenario, self.subject
        scenario.before(subject)
        request = scenario.request(subject)
        subject.scene.begin(self.rule)
        if request is None:
            scenario.begun(subject)
            answer = None
            self.until_begun()
        else:
            answer = self.send(request)
        record = self.end_of()
        self.result.calls = list(subject.scene.calls)
        if self.rule:
            self.rule.lifted = True
        if answer is not None and judging.is_to_be_sent_again(answer):
            self.result.healed_by.append("the same request")
            answer = request.send(self.world) if scenario.ends else self.send(request)
            # What was to be deleted may be gone by now.
            if not answer.ok and not (scenario.ends and answer.status_code == 404):
                self.wrong.append(f"mended: the same request is answered {answer.status_code} again: {answer.text[:300]}")
            record = self.end_of()
        scenario.expect(subject)
        if record and record["status"] == "FAILED":
            self.wrong += judging.failure(subject, record, scenario.fails_with)
            record = self.mend(record)
        elif scenario.fails_with:
            self.wrong.append(f"agrees: the record is {record and record['status']}, it cannot be")
        self.judge(record)

    def until_begun(self) -> None:
        """Waits for the deployment that the platform records by itself, or for the failure of that, which people see and mend."""
        subject, world = self.subject, self.world

        def recorded() -> bool:
            rows = world.rows(subject.id)
            return any(row["sk"].startswith("DEPLOYMENT#") and row["id"] not in subject.deployments for row in rows)

        outages = [OUTAGE_SECONDS] if self.rule and self.rule.always else []
        for seconds in (*outages, BEGINS_WITHIN_SECONDS):
            try:
                world.until(recorded, "the deployment", seconds)
            except TimeoutError:
                if self.rule:
                    self.rule.lifted = True
            else:
                return
        if "FAILED" not in world.redeployments_of(subject.stack_id):
            self.wrong.append(f"ended: the platform has not deployed the pipeline again after {BEGINS_WITHIN_SECONDS} s")
        self.mend(None)

    def send(self, request) -> requests.Response:
        answer = request.send(self.world)
        self.wrong += judging.answer(answer)
        if self.scenario.begins and answer.ok:
            written = answer.json()["id"]
            if self.subject.id not in (None, written):
                self.wrong.append(f"once: the same request made {self.subject.id} and {written}")
            self.subject.known_as(written)
        return answer

    def end_of(self) -> dict | None:
        """The pipeline's record when all has ended; with the fault lifted, if it does not end with it."""
        subject = self.subject
        if len(subject.scene.pipelines) > 1:
            self.wrong.append(f"once: pipelines were written: {sorted(subject.scene.pipelines)}")
        if subject.id is None:
            if not subject.scene.pipelines:
                return None
            subject.known_as(next(iter(subject.scene.pipelines)))
        lasting = self.rule is not None and self.rule.always and not self.rule.lifted
        record, stuck = self.world.settled(subject.id, OUTAGE_SECONDS if lasting else PATIENCE_SECONDS, LONGEST_SECONDS)
        if stuck and lasting:
            self.rule.lifted = True
            record, stuck = self.world.settled(subject.id, PATIENCE_SECONDS, LONGEST_SECONDS)
        for twin in self.twins:
            twin.join()
        if self.twins:
            record, stuck = self.world.settled(subject.id, PATIENCE_SECONDS, LONGEST_SECONDS)
        if stuck:
            self.wrong.append(f"ended: {stuck}")
            record = self.mend(record)
        return record

    def mend(self, record: dict | None) -> dict | None:
        """One plain call."""
        subject = self.subject
        call = self.scenario.mends(subject)
        self.asked += 1
        self.result.healed_by.append(f"{call.method} {call.path.removeprefix(subject.path)}".strip())
        answer = call.send(self.world)
        if not answer.ok:
            self.wrong.append(f"mended: {call.method} {call.path} is answered {answer.status_code}: {answer.text[:300]}")
            return record
        record, stuck = self.world.settled(subject.id, PATIENCE_SECONDS, LONGEST_SECONDS)
        if stuck:
            self.wrong.append(f"mended: after {call.method} {call.path} {stuck}")
        elif record and record["status"] == "FAILED":
            self.wrong.append(f"mended: after {call.method} {call.path} the record is FAILED: {record['lastDeployment'].get('failure')}")
        return record

    def judge(self, record: dict | None) -> None:
        subject, scenario = self.subject, self.scenario
        if subject.id is None:
            self.wrong.append("answer: nothing came of it")
            return
        if scenario.changes:
            self.wrong += judging.deployments(subject, record or {}, self.asked)
        if scenario.ends:
            self.wrong += judging.gone(subject, with_repository=scenario.takes_repository)
        else:
            self.wrong += judging.deployed(subject)
        self.wrong += scenario.judge(subject)
