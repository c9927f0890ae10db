"""Following a pipeline's runs: stage by stage and action by action, until a stage is delivered or waits for a person."""

import time
from dataclasses import dataclass, field

from .api import Api
from .progress import Steps

POLL_SECONDS = 0.25
# The first build of a new machine installs what the application needs.
PATIENCE_SECONDS = 900

_MARKS = {"SUCCEEDED": "[green]✓[/]", "FAILED": "[red]✗[/]", "STOPPED": "[red]■[/]", "WAITING_FOR_APPROVAL": "[yellow]?[/]"}


class NotDelivered(Exception):
    """A run failed or took too long; the message tells what the API tells of it."""


@dataclass
class Deliveries:
    """The runs of one pipeline, as its team sees them over REST."""

    api: Api
    pipeline: dict
    steps: Steps
    begun: float = field(default_factory=time.monotonic)
    _told: set[tuple] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"/pipelines/{self.pipeline['id']}"

    def follow(self, stage: str, wanted: str) -> dict:
        """Tells what happens until `stage` has the status `wanted`; answers the stage."""
        title = f"Stage {stage}"
        with self.steps as steps, steps.step(f"{title}: {wanted.replace('_', ' ').lower()}") as tell:
            while True:
                stages = self.api.call("GET", f"{self.path}/stages")["stages"]
                found = next(each for each in stages if each["name"] == stage)
                tell(self._tell_of_runs())
                if found["status"] == wanted:
                    return found
                if found["status"] in ("FAILED", "STOPPED") or self._failed():
                    raise NotDelivered(self._why(stage))
                if time.monotonic() - self.begun > PATIENCE_SECONDS:
                    raise NotDelivered(f"The stage {stage} is still {found['status']} after {PATIENCE_SECONDS} seconds.")
                time.sleep(POLL_SECONDS)

    def approve(self, stage: str, comment: str) -> dict:
        answer = {"decision": "APPROVED", "comment": comment}
        return self.api.call("POST", f"{self.path}/stages/{stage}/approval", answer)

    def resources(self, stage: str) -> dict:
        return self.api.call("GET", f"{self.path}/stages/{stage}/resources")

    def _runs(self) -> list[dict]:
        summaries = self.api.call("GET", f"{self.path}/runs")["items"]
        return [self.api.call("GET", f"{self.path}/runs/{summary['runId']}") for summary in reversed(summaries)]

    def _tell_of_runs(self) -> str:
        """Says what has ended since it was last asked; answers what is under way."""
        under_way = ""
        for run in self._runs():
            for stage in run["stages"]:
                for action in stage["actions"]:
                    status, name = action["status"], f"{stage['name']} / {action['name']}"
                    if status == "IN_PROGRESS":
                        under_way = f"{name} {self._seconds(action)}"
                    key = (run["runId"], stage["name"], action["name"], status)
                    if status in _MARKS and key not in self._told:
                        self._told.add(key)
                        elapsed = time.monotonic() - self.begun
                        self.steps.say(f"  [dim]{elapsed:5.1f} s[/]  {_MARKS[status]} {name} [dim]{self._seconds(action)}[/]")
        return under_way

    def _failed(self) -> bool:
        newest = self.api.call("GET", f"{self.path}/runs", params={"limit": "1"})["items"]
        return bool(newest) and newest[0]["status"] == "FAILED"

    def _why(self, stage: str) -> str:
        lines = [f"The stage {stage} was not delivered."]
        for run in self._runs():
            for part in run["stages"]:
                for action in part["actions"]:
                    if action["status"] == "FAILED":
                        lines.append(f"{part['name']} / {action['name']}: {action['error']['message']}")
                        lines += [f"  {line}" for line in action.get("log", {}).get("lines", [])[-20:]]
        return "\n".join([*lines, f"Everything is left running: look at GET {self.path}/runs, or run `make down`."])

    @staticmethod
    def _seconds(action: dict) -> str:
        return ""
