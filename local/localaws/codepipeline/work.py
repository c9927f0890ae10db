"""What an action works with, and what it answers."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..codebuild.pipeline_builds import Artifact
from .artifacts import Store
from .roles import Roles


class Left(Exception):
    """The run was ended by somebody else: stopped, cancelled, approved. Its work is of no interest any more."""


@dataclass(frozen=True)
class Outcome:
    """How a run has succeeded. Failures are raised as ActionFailed."""

    summary: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    revision: dict | None = None


@dataclass(frozen=True)
class Work:
    """One run of one action, as the action sees it.

    `inputs` lie in the store of the action's `region`; `outputs` are places there that the action fills. `report` tells clients what runs
    on the action's behalf (external_id, external_url, summary) while it does.
    """

    account: str
    home_region: str
    pipeline: str
    execution_id: str
    run_id: str
    stage: str
    action: dict
    region: str
    configuration: dict[str, str]
    source_override: str | None
    store: Store
    inputs: dict[str, Artifact]
    outputs: tuple[Artifact, ...]
    roles: Roles
    token: str | None
    over: threading.Event
    report: Callable[..., None]

    def pause(self, seconds: float) -> None:
        """Waits; raises Left as soon as the run is over."""
        if self.over.wait(seconds):
            raise Left
