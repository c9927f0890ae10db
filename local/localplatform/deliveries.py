"""Following a pipeline's runs over REST: action by action, until a stage is delivered or waits for a person."""

import time
from datetime import UTC, datetime

from .api import Api
from .progress import Steps

POLL_SECONDS = 0.3
# The first build of a new machine installs what the application needs.
PATIENCE_SECONDS = 900

_MARKS = {"SUCCEEDED": "[green]✓[/]", "FAILED": "[red]✗[/]", "STOPPED": "[red]■[/]"}


class NotDelivered(Exception):
    """A run failed or took too long; the message tells what the API tells of it."""


class Deliveries:
    """The runs of one pipeline, as its team sees them."""

    def __init__(self, api: Api, pipeline: dict, steps: Steps) -> None:
        self._api = api
        self._steps = steps
        self._path = f"/pipelines/{pipeline['id']}"
        self._told: set[tuple] = set()

    def follow(self, stage: str, wanted: str) -> dict:
        """Tells what the runs do until `stage` has the status `wanted`; answers the stage."""
        title = f"Stage {stage}: {wanted.replace('_', ' ').lower()}"
        begun = time.monotonic()
        with self._steps as steps, steps.step(title) as tell:
            while True:
                found = self.stage(stage)
                runs = self._runs()
                self._tell_of_ended(runs)
                tell(_under_way(runs))
                if found["status"] == wanted:
                    return found
                if any(run["status"] in ("FAILED", "STOPPED") for run in runs):
                    raise NotDelivered(self._why(stage, runs))
                if time.monotonic() - begun > PATIENCE_SECONDS:
                    raise NotDelivered(f"The stage {stage} is still {found['status']} after {PATIENCE_SECONDS} seconds.")
                time.sleep(POLL_SECONDS)

    def stage(self, name: str) -> dict:
        stages = self._api.call("GET", f"{self._path}/stages")["stages"]
        return next(stage for stage in stages if stage["name"] == name)

    def approve(self, stage: str, comment: str) -> dict:
        return self._api.call("POST", f"{self._path}/stages/{stage}/approval", {"decision": "APPROVED", "comment": comment})

    def resources(self, stage: str) -> dict:
        return self._api.call("GET", f"{self._path}/stages/{stage}/resources")

    def _runs(self) -> list[dict]:
        """The runs with what they did, the oldest first."""
        items = self._api.call("GET", f"{self._path}/runs")["items"]
        return [self._api.call("GET", f"{self._path}/runs/{item['runId']}") for item in reversed(items)]

    def _tell_of_ended(self, runs: list[dict]) -> None:
        for run in runs:
            for stage, action in _actions(run):
                key = (run["runId"], stage["name"], action["name"], action["attempt"])
                if action["status"] in _MARKS and key not in self._told:
                    self._told.add(key)
                    self._steps.say(f"  {_MARKS[action['status']]} {stage['name']} / {action['name']} [dim]{_seconds(action):.1f} s[/]")

    def _why(self, stage: str, runs: list[dict]) -> str:
        lines = [f"The stage {stage} was not delivered."]
        for run in runs:
            for part, action in _actions(run):
                if action["status"] == "FAILED":
                    error, log = action["error"] or {}, action["log"] or {}
                    lines.append(f"{part['name']} / {action['name']}: {error.get('message')}")
                    lines += [f"  {line}" for line in log.get("lines", [])[-20:]]
        return "\n".join([*lines, f"Everything is left running: look at GET {self._path}/runs, or run `make down`."])


def _actions(run: dict) -> list[tuple[dict, dict]]:
    return [(stage, action) for stage in run["stages"] for action in stage["actions"]]


def _under_way(runs: list[dict]) -> str:
    """What is being done at the moment, and for how long."""
    return ", ".join(
        f"{stage['name']} / {action['name']} {_seconds(action):.0f} s"
        for run in runs
        for stage, action in _actions(run)
        if action["status"] == "IN_PROGRESS"
    )


def _seconds(action: dict) -> float:
    """How long an action took, or has taken so far."""
    if action["startedAt"] is None:
        return 0
    until = datetime.fromisoformat(action["endedAt"]) if action["endedAt"] else datetime.now(UTC)
    return max(0, (until - datetime.fromisoformat(action["startedAt"])).total_seconds())
