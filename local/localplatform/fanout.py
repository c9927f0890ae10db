"""`make bench-fanout`: what it costs to redeploy many pipelines at once, and that none is lost.

First the deployments themselves are left out: the workflow that they run is replaced by one that does nothing for some seconds.
What remains is the platform's own part of a fan-out: accepting the event, selecting the pipelines, deciding about each,
recording and starting its deployment. Then some hundred are deployed as they really are.
"""

import itertools
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

from localaws import process

from . import host
from .api import Api
from .bench import BenchFailed
from .deployment import client
from .environments import ACCOUNTS
from .following import follow
from .measurements import FUNCTIONS_LOG
from .progress import Steps
from .seeding import Copies, pipeline_of, rows
from .settings import Settings

SOURCE = "fanout"
# How long the workflow lasts that takes the place of the real one: it must still run when its execution begins to be followed.
STAND_IN_SECONDS = 3
STAND_IN = {
    "Comment": "Does nothing for a moment, in place of a deployment",
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": STAND_IN_SECONDS, "Next": "End"}, "End": {"Type": "Succeed"}},
}
POLL_SECONDS = 2
# Without any progress for so long a fan-out hangs.
PATIENCE_SECONDS = 300
# By how much the cost per pipeline may grow from the smallest to the largest fan-out.
FLAT = 1.1
LOG_PAGE = 10_000


@dataclass(frozen=True)
class Invocation:
    """One call of a function of the workflow or of a queue, as it measured itself."""

    step: str
    aws_calls: int
    read_units: float
    write_units: float
    own_ms: float
    duration_ms: float


@dataclass(frozen=True)
class Span:
    """From when to when an execution ran."""

    name: str
    start: datetime
    stop: datetime


@dataclass(frozen=True)
class FanOut:
    """A fan-out that has ended."""

    pipelines: int
    wall_seconds: float
    accepting_seconds: float
    selecting_seconds: float
    bound: int
    children: list[Span]
    deployments: list[Span]
    invocations: list[Invocation]
    aws_cpu_seconds: float

    def per_pipeline(self, of: Callable[[Invocation], float]) -> float:
        return sum(map(of, self.invocations)) / self.pipelines

    @property
    def cost(self) -> tuple[float, ...]:
        """What must not grow with the number of pipelines: Lambda calls, calls of AWS, units read and written, for each."""
        measures = (lambda _: 1, lambda call: call.aws_calls, lambda call: call.read_units, lambda call: call.write_units)
        return tuple(self.per_pipeline(measure) for measure in measures)

    @property
    def starts_per_second(self) -> float:
        starts = sorted(span.start for span in self.deployments)
        return len(starts) / max((starts[-1] - starts[0]).total_seconds(), 1)

    @property
    def most_starts_in_a_second(self) -> int:
        return max(Counter(span.start.replace(microsecond=0) for span in self.deployments).values())


def bench_fanout(settings: Settings, steps: Steps, stack: dict, sizes: list[int], deployments: int) -> bool:
    """Measures fan-outs of the given sizes, then one of whole deployments; says whether nothing was lost and the cost is flat."""
    bench = Bench(settings, steps, stack)
    steps.say()
    with bench.workflow_that_does_nothing():
        measured = [bench.started(size) for size in sizes]
    whole = bench.deployed(deployments) if deployments else []
    flat = _flat(measured)
    steps.say()
    steps.say(Text(report(measured, whole, settings.functions_profile)))
    if len(measured) > 1:
        verdict = "[green]flat[/]" if flat else "[red]not flat[/]"
        steps.say(f"The cost per pipeline from {measured[0].pipelines} to {measured[-1].pipelines:,} pipelines is {verdict}.")
    return flat


def _flat(measured: list[FanOut]) -> bool:
    """Whether each measure of the largest fan-out is at most a tenth above that of the smallest."""
    if len(measured) < 2:
        return True
    smallest, largest = min(measured, key=lambda run: run.pipelines), max(measured, key=lambda run: run.pipelines)
    return all(after <= before * FLAT for before, after in zip(smallest.cost, largest.cost, strict=True))


class Bench:
    """The platform that is measured."""

    def __init__(self, settings: Settings, steps: Steps, stack: dict) -> None:
        self._settings, self._steps, self._stack = settings, steps, stack
        self._sfn, self._dynamodb, self._logs, self._events = (
            client(settings, service) for service in ("stepfunctions", "dynamodb", "logs", "events")
        )
        alice, _, admin = (Api(stack, user) for user in stack["users"])
        self._admin = admin
        with steps.step("A pipeline deployed, whose records are copied"):
            pipeline = follow(settings, alice, alice.call("POST", "/pipelines", self._request(alice)), lambda _: None)
            if pipeline["status"] != "DEPLOYED":
                raise BenchFailed(f"A pipeline is {pipeline['status']}: {pipeline['lastDeployment']}")
        self._copies = Copies(self._dynamodb, stack["tableName"], pipeline)
        # From now on only copies are there, as many as are to be measured.
        self._copies.remove({pipeline["id"]})

    @staticmethod
    def _request(alice: Api) -> dict:
        linked = {environment["accountId"]: environment["id"] for environment in alice.all("/environments")}
        cicd, dev, prod = (linked[account.account_id] for account in ACCOUNTS)
        stages = [{"name": "dev", "environmentId": dev}, {"name": "prod", "environmentId": prod}]
        return {"name": SOURCE, "team": "research", "cicdEnvironmentId": cicd, "strategy": "cdk-trunk", "stages": stages}

    @contextmanager
    def workflow_that_does_nothing(self) -> Iterator[None]:
        """The deployment workflow does nothing meanwhile."""
        arn = self._stack["stateMachineArn"]
        definition = self._sfn.describe_state_machine(stateMachineArn=arn)["definition"]
        self._sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(STAND_IN))
        try:
            yield
        finally:
            self._sfn.update_state_machine(stateMachineArn=arn, definition=definition)

    def started(self, size: int) -> FanOut:
        """A fan-out over `size` pipelines whose deployments do nothing."""
        with self._steps.step(f"{size:,} pipelines' records written") as tell:
            tell("BatchWriteItem")
            copies = self._copies.make(size)
        run = self._fan_out(copies, f"{size:,} pipelines selected, decided about, their deployments recorded and started")
        self._copies.remove(copies)
        return run

    def deployed(self, size: int) -> list[FanOut]:
        """`size` pipelines deployed for the first time, and once more with nothing to change."""
        copies = self._copies.make(size)
        runs = [self._fan_out(copies, f"{size:,} pipelines deployed {title}") for title in ("for the first time", "again")]
        for row in rows(self._dynamodb, self._stack["tableName"]):
            if row["sk"]["S"] == "PIPELINE" and row["status"]["S"] != "DEPLOYED":
                raise BenchFailed(f"A pipeline is {row['status']['S']}: {row['lastDeployment']}")
        return runs

    def _fan_out(self, pipelines: set[str], title: str) -> FanOut:
        server = process.running_pid(self._settings.aws)
        cpu, begun = host.cpu_seconds(server), datetime.now(UTC)
        redeployment = self._ask()
        with self._steps.step(title) as tell:
            self._follow(redeployment, len(pipelines), tell)
        wall, cpu = (datetime.now(UTC) - begun).total_seconds(), host.cpu_seconds(server) - cpu
        machine = self._stack["stateMachineArn"].replace(":stateMachine:", ":execution:")
        execution = f"{machine.replace('deploy-pipeline', 'redeploy-pipelines')}:{redeployment}"
        accepted = self._sfn.describe_execution(executionArn=execution)["startDate"]
        (listed,) = self._sfn.list_map_runs(executionArn=execution)["mapRuns"]
        map_run = self._sfn.describe_map_run(mapRunArn=listed["mapRunArn"])
        run = FanOut(
            pipelines=len(pipelines),
            wall_seconds=wall,
            accepting_seconds=(accepted - begun).total_seconds(),
            selecting_seconds=(map_run["startDate"] - accepted).total_seconds(),
            bound=map_run["maxConcurrency"],
            children=self._spans(mapRunArn=map_run["mapRunArn"]),
            deployments=[span for span in self._spans(stateMachineArn=self._stack["stateMachineArn"]) if span.start >= begun],
            invocations=list(self._invocations(begun)),
            aws_cpu_seconds=cpu,
        )
        self._nothing_lost(pipelines, redeployment, run)
        return run

    def _ask(self) -> str:
        """Puts the event that asks for all pipelines; its id, which is the redeployment's."""
        entry = {
            "EventBusName": self._stack["eventBusName"],
            "Source": "dataall.pipelines",
            "DetailType": "Pipeline Redeploy Requested",
            "Detail": json.dumps({"all": True}),
        }
        return self._events.put_events(Entries=[entry])["Entries"][0]["EventId"]

    def _follow(self, redeployment: str, total: int, tell: Callable[[str], None]) -> None:
        """Returns once the fan-out has ended well; tells its progress."""
        last, changed = None, time.monotonic()
        while True:
            answer = self._admin.request("GET", f"/redeployments/{redeployment}")
            view = answer.json()
            if view != last:
                last, changed = view, time.monotonic()
            if answer.status_code == 200:
                tell(f"{view['done']:,} of {total:,} done, {view['failed']:,} failed")
                if view["status"] != "RUNNING":
                    break
            if time.monotonic() - changed > PATIENCE_SECONDS:
                raise BenchFailed(f"The redeployment {redeployment} has not moved for {PATIENCE_SECONDS} seconds: {view}")
            time.sleep(POLL_SECONDS)
        if (view["status"], view["total"], view["done"], view["remaining"]) != ("SUCCEEDED", total, total, 0):
            raise BenchFailed(f"The redeployment did not reach all {total} pipelines: {view}")

    def _nothing_lost(self, pipelines: set[str], redeployment: str, run: FanOut) -> None:
        """Each pipeline has exactly one deployment of this fan-out, that deployment exactly one execution, and nobody else has one."""
        recorded = [
            row
            for row in rows(self._dynamodb, self._stack["tableName"])
            if row["sk"]["S"].startswith("DEPLOYMENT#") and row.get("requestId", {}).get("S") == redeployment
        ]
        deployed = Counter(pipeline_of(row) for row in recorded)
        if deployed != Counter(pipelines):
            wrong = {pipeline: deployed[pipeline] for pipeline in pipelines | deployed.keys() if deployed[pipeline] != 1}
            raise BenchFailed(f"Pipelines without exactly one new deployment: {wrong}")
        wanted = Counter(row["id"]["S"] for row in recorded)
        executed = Counter(span.name.rpartition("-")[2] for span in run.deployments)
        if wrong := set((executed - wanted) | (wanted - executed)):
            raise BenchFailed(f"Deployments without exactly one execution: {wrong}")
        if (most := at_once(run.children)) > run.bound:
            raise BenchFailed(f"{most} pipelines at once, {run.bound} were allowed")

    def _spans(self, **of: str) -> list[Span]:
        """The executions of a state machine or a map run; all of them have ended."""
        pages = self._sfn.get_paginator("list_executions").paginate(**of)
        return [Span(run["name"], run["startDate"], run["stopDate"]) for page in pages for run in page["executions"]]

    def _invocations(self, begun: datetime) -> Iterator[Invocation]:
        """What the workflows' functions wrote to their log since then."""
        for message in self._messages(int(begun.timestamp() * 1000)):
            line = json.loads(message)
            if "step" in line:
                yield Invocation(line["step"], line["awsCalls"], line["readUnits"], line["writeUnits"], line["ownMs"], line["durationMs"])

    def _messages(self, since: int) -> Iterator[str]:
        """The lines since a time, in milliseconds, in which the functions say what a call of them took."""
        # The local AWS gives no token for a next page: what comes next is asked for by its time.
        seen = set()
        while True:
            wanted = {"logGroupName": FUNCTIONS_LOG, "filterPattern": '"awsCalls"', "startTime": since, "limit": LOG_PAGE}
            page = self._logs.filter_log_events(**wanted)["events"]
            # Each line names its invocation: no two are the same.
            new = [event["message"] for event in page if event["message"] not in seen]
            yield from new
            if len(page) < LOG_PAGE or not new:
                return
            seen.update(new)
            since = page[-1]["timestamp"]


def at_once(spans: list[Span]) -> int:
    """How many ran at the same time at most."""
    # An end comes before a start at the same instant.
    changes = sorted([(span.start, 1) for span in spans] + [(span.stop, -1) for span in spans])
    return max(itertools.accumulate((change for _, change in changes), initial=0))


def report(started: list[FanOut], deployed: list[FanOut], profile: str) -> str:
    """The figures as Markdown."""
    cost = ("Lambda calls", "AWS calls", "read units", "write units", "own work, ms", "longest call, ms", "local AWS, ms")
    lines = [
        f"Machine: {host.described()}; functions built with cargo's profile `{profile}`.",
        "",
        "The fan-out alone: accepting, selecting, deciding, recording, starting. In place of each deployment a workflow runs that "
        f"does nothing for {STAND_IN_SECONDS} seconds:",
        "",
        *_heading("pipelines", "in all, s", "event accepted, s", "selected, s", "starts a second", "most in one", "at once (bound)", *cost),
        *(
            _row(
                f"{run.pipelines:,}",
                f"{run.wall_seconds:.1f}",
                f"{run.accepting_seconds:.1f}",
                f"{run.selecting_seconds:.1f}",
                f"{run.starts_per_second:.1f}",
                str(run.most_starts_in_a_second),
                f"{at_once(run.children)} ({run.bound})",
                *_cost(run),
            )
            for run in started
        ),
    ]
    if deployed:
        lines += [
            "",
            "Whole deployments, the real workflow to its end:",
            "",
            *_heading("", "pipelines", "in all, s", "one deployment, median s", "at once (bound)", *cost),
            *(
                _row(
                    title,
                    f"{run.pipelines:,}",
                    f"{run.wall_seconds:.1f}",
                    f"{statistics.median((span.stop - span.start).total_seconds() for span in run.deployments):.1f}",
                    f"{at_once(run.deployments)} ({run.bound})",
                    *_cost(run),
                )
                for title, run in zip(("first", "again, nothing to change"), deployed, strict=True)
            ),
        ]
    return "\n".join(lines)


def _cost(run: FanOut) -> list[str]:
    own = run.per_pipeline(lambda call: call.own_ms)
    longest = max(call.duration_ms for call in run.invocations)
    server = run.aws_cpu_seconds / run.pipelines * 1000
    return [*(f"{value:.2f}" for value in run.cost), f"{own:.1f}", f"{longest:,.0f}", f"{server:.0f}"]


def _heading(*columns: str) -> list[str]:
    return [_row(*columns), "|" + "--:|" * len(columns)]


def _row(*columns: str) -> str:
    return f"| {' | '.join(columns)} |"
