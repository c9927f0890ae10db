"""What is recorded of executions: the stages that they pass, the runs of their actions."""

import datetime as dt
import threading
import uuid
from dataclasses import dataclass, field

from ..codebuild.pipeline_builds import Artifact
from ..json_service import now


@dataclass(eq=False)
class ActionRun:
    """One run of one action."""

    execution_id: str
    version: int
    stage: str
    action: dict
    region: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    token: str | None = None
    summary: str | None = None
    started: dt.datetime = field(default_factory=now)
    changed: dt.datetime = field(default_factory=now)
    changed_by: str | None = None
    configuration: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    revision: dict | None = None
    external_id: str | None = None
    external_url: str | None = None
    error: dict | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        return self.action["name"]

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    def finish(self, status: str, **details) -> None:
        """Ends the run; whoever works for it learns that by `over`."""
        self.status, self.changed, self.token = status, now(), None
        for name, value in details.items():
            setattr(self, name, value)
        self.over.set()


@dataclass(eq=False)
class Execution:
    """One execution: what triggered it, which revisions it carries, where it stands."""

    version: int
    trigger: dict
    mode: str
    variables: dict[str, str]
    source_overrides: dict[str, str] = field(default_factory=dict)
    rolls_back_to: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    status_summary: str | None = None
    stop_reason: str | None = None
    attempt: int = 1
    started: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    revisions: dict[str, dict] = field(default_factory=dict)
    artifacts: dict[tuple[str, str], Artifact] = field(default_factory=dict)
    runs: dict[tuple[str, str], ActionRun] = field(default_factory=dict)
    succeeded_in: set[str] = field(default_factory=set)

    @property
    def over(self) -> bool:
        return self.status not in ("InProgress", "Stopping")

    @property
    def type(self) -> str:
        return "ROLLBACK" if self.rolls_back_to else "STANDARD"

    def runs_of(self, stage: str) -> list[ActionRun]:
        """The latest runs of a stage's actions, as far as they have started."""
        return [run for (where, _), run in self.runs.items() if where == stage]

    def known_variables(self) -> dict[str, dict[str, str]]:
        """What `#{namespace.name}` stands for in a configuration."""
        made = {run.action["namespace"]: run.variables for run in self.runs.values() if "namespace" in run.action}
        return made | {"variables": self.variables, "codepipeline": {"PipelineExecutionId": self.id}}


@dataclass(eq=False)
class Stage:
    """A stage of a pipeline as it stands: who is in it, who waits before it."""

    name: str
    occupant: Execution | None = None
    status: str | None = None
    entered: dt.datetime = field(default_factory=now)
    retries: int = 0
    inbound: list[Execution] = field(default_factory=list)
    enabled: bool = True
    changed_by: str | None = None
    changed: dt.datetime = field(default_factory=now)
    disabled_reason: str | None = None

    @property
    def busy(self) -> bool:
        return self.occupant is not None and self.status == "InProgress"
