"""`make bench`: how long the workflow's own work takes, for pipelines of few and of many stages."""

import statistics
from datetime import datetime

from rich.table import Table

from . import measurements
from .api import Api
from .deployment import client
from .environments import ACCOUNTS
from .following import follow
from .measurements import OWN_WORK_TARGET
from .progress import Steps
from .settings import CICD_ACCOUNT, Settings

SIZES = (1, 5, 20)


class BenchFailed(Exception):
    """What was to be measured did not work."""


def bench(settings: Settings, steps: Steps, stack: dict, runs: int) -> bool:
    """Creates pipelines and shows what their steps measured; says whether all stayed below the target."""
    alice = Api(stack, stack["users"][0])
    linked = {environment["accountId"]: environment["id"] for environment in alice.all("/environments")}
    cicd, dev, _ = (linked[account.account_id] for account in ACCOUNTS)
    table = Table(title=f"From POST to CreateStack accepted, {runs} pipelines each; milliseconds", title_justify="left")
    for column in ("stages", "own work, median", "own work, worst", "own work and calls, median", "on the clock, median"):
        table.add_column(column, justify="right")
    met = True
    for size in SIZES:
        request = {
            "name": f"bench-{size}",
            "team": "research",
            "cicdEnvironmentId": cicd,
            "strategy": "cdk-trunk",
            "stages": [{"name": f"stage-{index}", "environmentId": dev} for index in range(size)],
        }
        with steps.step(f"{runs} pipelines of {size} stages deployed"):
            measured = [_measure(settings, alice, request) for _ in range(runs)]
        own, whole, clock = zip(*measured, strict=True)
        met = met and max(own) < OWN_WORK_TARGET
        columns = (statistics.median(own), max(own), statistics.median(whole), statistics.median(clock))
        table.add_row(str(size), *(f"{value:.0f}" for value in columns))
    steps.say()
    steps.say(table)
    steps.say(f"The target for the own work, under {OWN_WORK_TARGET} ms, is {'[green]met[/]' if met else '[red]missed[/]'}.")
    return met


def _measure(settings: Settings, api: Api, request: dict) -> tuple[float, float, float]:
    pipeline = follow(settings, api, api.call("POST", "/pipelines", request), lambda _: None)
    if pipeline["status"] != "DEPLOYED":
        raise BenchFailed(f"A pipeline is {pipeline['status']}: {pipeline['lastDeployment']}")
    stack = client(settings, "cloudformation", CICD_ACCOUNT).describe_stacks(StackName=pipeline["stackName"])["Stacks"][0]
    clock = (stack["CreationTime"] - datetime.fromisoformat(pipeline["createdAt"])).total_seconds() * 1000
    figures = measurements.until_creation(measurements.steps_of(settings, pipeline["lastDeployment"]["id"]))
    return sum(figure.own_ms for figure in figures), sum(figure.duration_ms for figure in figures), clock
