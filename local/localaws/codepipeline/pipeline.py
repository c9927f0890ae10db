"""A pipeline, and how its executions move from stage to stage.

All that changes its state, and all that reads it for a client, holds its lock. Actions run outside of it (workers.py) and come back by
`finish`.
"""

import datetime as dt
import threading
import uuid
from dataclasses import dataclass, field

from ..json_service import AwsError, now
from . import workers
from .actions import ACTIONS
from .definitions import pipeline_arn
from .events import Reporter
from .executions import ActionRun, Execution, Stage
from .failures import ActionFailed
from .work import Outcome

_CANCELLED = "The pipeline's definition was updated before the pipeline execution could be completed."
# What StageNotRetryableException is for, in the words of the API's reference.
_NOT_RETRYABLE = (
    "Unable to retry. The specified stage can't be retried because the pipeline structure or stage state changed after the stage was not "
    "completed; the stage contains no failed actions; one or more actions are still in progress; or an earlier stage failed."
)


@dataclass(eq=False)
class Pipeline:
    """A pipeline of one account and region."""

    account: str
    region: str
    name: str
    tags: dict[str, str]
    declaration: dict = field(default_factory=dict)
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    executions: list[Execution] = field(default_factory=list)
    history: list[ActionRun] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        return pipeline_arn(self.account, self.region, self.name)

    @property
    def _tell(self) -> Reporter:
        return Reporter(self.account, self.region, self.name)

    def declare(self, declaration: dict) -> None:
        """Takes a definition. Executions of the former one are cancelled; stages keep what has been in them, by name."""
        with self.lock:
            for stage in self.stages.values():
                for waiting in list(stage.inbound):
                    self._cancel(waiting)
            for execution in self.executions:
                if not execution.over:
                    self._cancel(execution)
            self.declaration = declaration
            self.updated = now()
            self.stages = {s["name"]: self.stages.get(s["name"], Stage(s["name"])) for s in declaration["stages"]}

    def actions(self, stage: str) -> list[dict]:
        return next(s["actions"] for s in self.declaration["stages"] if s["name"] == stage)

    def execution(self, execution_id: str) -> Execution:
        found = next((e for e in self.executions if e.id == execution_id), None)
        if found is None:
            raise AwsError("PipelineExecutionNotFoundException", f"The execution {execution_id} does not exist.")
        return found

    def start(self, trigger_type: str, detail: str, token: str | None = None, **options) -> Execution:
        """Starts an execution, which enters the first stage or waits before it."""
        with self.lock:
            if token and token in self.tokens:
                return self.execution(self.tokens[token])
            execution = Execution(
                self.declaration["version"],
                {"triggerType": trigger_type, "triggerDetail": detail},
                self.declaration["executionMode"],
                self._variables(options.get("variables", [])),
                {override["actionName"]: override["revisionValue"] for override in options.get("sourceRevisions", [])},
            )
            if token:
                self.tokens[token] = execution.id
            self._begin(execution, next(iter(self.stages.values())))
            return execution

    def stop(self, execution_id: str, *, abandon: bool, reason: str | None) -> None:
        with self.lock:
            execution = self.execution(execution_id)
            if execution.over:
                raise AwsError(
                    "PipelineExecutionNotStoppableException",
                    f"The execution {execution_id} has ended as {execution.status}.",
                )
            if execution.status == "Stopping" and not abandon:
                raise AwsError("DuplicatedStopRequestException", f"The execution {execution_id} is being stopped already.")
            execution.stop_reason = reason
            running = [run for run in execution.runs.values() if run.running]
            if running and not abandon:
                execution.status, execution.updated = "Stopping", now()
                self._tell.execution(execution, "STOPPING")
                self._tell.stage(execution, self.stages[running[0].stage], "STOPPING")
                return
            for run in running:
                self._abandon(execution, run, "ABANDONED")
            self._end(execution, "Stopped")

    def retry(self, stage_name: str, execution_id: str, mode: str) -> None:
        """RetryStageExecution: the failed actions of a stage once more, or all of them."""
        with self.lock:
            stage = self._stage(stage_name)
            execution = stage.occupant
            if execution is None or execution.id != execution_id:
                raise AwsError(
                    "NotLatestPipelineExecutionException",
                    f"The execution {execution_id} is not the latest one of the stage {stage_name}.",
                )
            runs = execution.runs_of(stage_name)
            failed = [run for run in runs if run.status in ("Failed", "Abandoned")]
            outdated = execution.version != self.declaration["version"]
            retryable = stage.status == "Stopped" or (stage.status == "Failed" and failed)
            if outdated or not execution.over or not retryable:
                raise AwsError("StageNotRetryableException", _NOT_RETRYABLE)
            for run in failed if mode == "FAILED_ACTIONS" else runs:
                del execution.runs[stage_name, run.name]
            stage.retries += 1
            stage.status, stage.entered = "InProgress", now()
            execution.attempt += 1
            execution.status, execution.updated, execution.status_summary, execution.stop_reason = "InProgress", now(), None, None
            self._tell.execution(execution, "RESUMED")
            self._tell.stage(execution, stage, "RESUMED")
            self._go_on(stage)

    def roll_back(self, stage_name: str, target_id: str, caller: str) -> Execution:
        """RollbackStage: a stage once more with the artifacts of an execution that succeeded there, and nothing after it."""
        with self.lock:
            stage, target = self._stage(stage_name), self.execution(target_id)
            if target.version != self.declaration["version"]:
                raise AwsError(
                    "PipelineExecutionOutdatedException", f"The execution {target_id} is of a former definition of the pipeline."
                )
            if stage is next(iter(self.stages.values())) or stage_name not in target.succeeded_in or stage.busy:
                raise AwsError(
                    "UnableToRollbackStageException",
                    f"The stage {stage_name} is the source stage, it is in progress, or {target_id} did not succeed in it.",
                )
            execution = Execution(
                target.version,
                {"triggerType": "ManualRollback", "triggerDetail": caller},
                target.mode,
                target.variables,
                rolls_back_to=target_id,
                revisions=dict(target.revisions),
                artifacts=dict(target.artifacts),
                runs={key: run for key, run in target.runs.items() if key[0] != stage_name},
            )
            self._begin(execution, stage)
            return execution

    def approve(self, stage: str, action: str, token: str, status: str, summary: str, caller: str) -> dt.datetime:
        """PutApprovalResult: a person's answer to a waiting approval."""
        with self.lock:
            occupant = self._stage(stage).occupant
            if all(a["name"] != action for a in self.actions(stage)):
                raise AwsError("ActionNotFoundException", f"The action {action} does not exist.")
            run = occupant.runs.get((stage, action)) if occupant else None
            if run and not run.running:
                raise AwsError("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.")
            if run is None or run.token != token:
                raise AwsError("InvalidApprovalTokenException", "The approval token is not valid.")
            run.finish("Succeeded" if status == "Approved" else "Failed", summary=summary, changed_by=caller)
            self._tell.action(occupant, run, run.status.upper())
            self._go_on(self.stages[stage])
            return run.changed

    def set_transition(self, stage: str, *, enabled: bool, reason: str | None, caller: str) -> None:
        with self.lock:
            found = self._stage(stage)
            found.enabled, found.disabled_reason, found.changed_by, found.changed = enabled, reason, caller, now()
            self._admit(found)

    def finish(self, execution: Execution, run: ActionRun, outcome: Outcome | ActionFailed) -> None:
        """Takes a run's outcome from its worker, unless the run was ended meanwhile."""
        with self.lock:
            if not run.running:
                return
            if isinstance(outcome, ActionFailed):
                error = {"code": outcome.code, "message": outcome.message[:5000]}
                run.finish("Failed", summary=outcome.message[:2048], error=error)
            else:
                run.finish("Succeeded", summary=outcome.summary, variables=outcome.variables, revision=outcome.revision)
                execution.artifacts |= {(artifact.name, run.region): artifact for artifact in run.outputs}
                if outcome.revision:
                    execution.revisions[run.name] = outcome.revision
            execution.updated = now()
            self._tell.action(execution, run, run.status.upper())
            self._go_on(self.stages[run.stage])

    def close(self) -> None:
        """The pipeline is deleted: what runs for it is left to itself."""
        with self.lock:
            for run in self.history:
                if run.running:
                    run.finish("Abandoned")

    def _stage(self, name: str) -> Stage:
        if name not in self.stages:
            raise AwsError("StageNotFoundException", f"The stage {name} does not exist.")
        return self.stages[name]

    def _variables(self, given: list[dict]) -> dict[str, str]:
        values = {v["name"]: v["value"] for v in given}
        declared = {v["name"]: v.get("defaultValue") for v in self.declaration.get("variables", [])}
        unknown = values.keys() - declared.keys()
        if unknown:
            raise AwsError("ValidationException", f"The pipeline does not declare the variables {sorted(unknown)}.")
        return {name: value for name, value in (declared | values).items() if value is not None}

    def _begin(self, execution: Execution, stage: Stage) -> None:
        self.executions.insert(0, execution)
        self._tell.execution(execution, "STARTED")
        self._arrive(execution, stage)

    def _arrive(self, execution: Execution, stage: Stage) -> None:
        """Enters a stage, or waits before it. In the mode SUPERSEDED the newest one who waits replaces the others."""
        if self.declaration["executionMode"] == "SUPERSEDED":
            for waiting in list(stage.inbound):
                self._end(waiting, "Superseded")
        stage.inbound.append(execution)
        self._admit(stage)

    def _admit(self, stage: Stage) -> None:
        while stage.inbound and stage.enabled and not stage.busy:
            stage.occupant, stage.status, stage.entered, stage.retries = stage.inbound.pop(0), "InProgress", now(), 0
            self._tell.stage(stage.occupant, stage, "STARTED")
            self._go_on(stage)

    def _go_on(self, stage: Stage) -> None:
        """What follows in a stage once its running actions have ended: the next actions, the next stage, or the end."""
        execution = stage.occupant
        runs = execution.runs_of(stage.name)
        if any(run.running for run in runs):
            return
        failed = next((run for run in runs if run.status != "Succeeded"), None)
        left = [a for a in self.actions(stage.name) if (stage.name, a["name"]) not in execution.runs]
        stopping = execution.status == "Stopping"
        if failed:
            self._leave(stage, "Failed")
            execution.status_summary = (failed.error or {}).get("message") or failed.summary
            self._end(execution, "Stopped" if stopping else "Failed")
        elif left and stopping:
            self._end(execution, "Stopped")
        elif left:
            lowest = min(a["runOrder"] for a in left)
            for action in [a for a in left if a["runOrder"] == lowest]:
                self._start_action(execution, stage, action)
        else:
            self._leave(stage, "Succeeded")
            execution.succeeded_in.add(stage.name)
            names = list(self.stages)
            following = names[names.index(stage.name) + 1 :]
            if stopping or not following or execution.rolls_back_to:
                self._end(execution, "Stopped" if stopping else "Succeeded")
            else:
                self._arrive(execution, self.stages[following[0]])
        self._admit(stage)

    def _start_action(self, execution: Execution, stage: Stage, action: dict) -> None:
        run = ActionRun(execution.id, execution.version, stage.name, action, action.get("region", self.region))
        execution.runs[stage.name, action["name"]] = run
        self.history.insert(0, run)
        perform, waits_because = ACTIONS.find(action)
        run.summary = waits_because
        if action["actionTypeId"]["category"] == "Approval":
            run.token = str(uuid.uuid4())
        self._tell.action(execution, run, "STARTED")
        if perform:
            workers.start(self, execution, run, perform)

    def _leave(self, stage: Stage, status: str) -> None:
        stage.status = status
        self._tell.stage(stage.occupant, stage, {"Cancelled": "CANCELED"}.get(status, status.upper()))

    def _abandon(self, execution: Execution, run: ActionRun, state: str) -> None:
        """What runs on the action's behalf goes on; its result is of no interest any more."""
        run.finish("Abandoned")
        self._tell.action(execution, run, state)

    def _cancel(self, execution: Execution) -> None:
        for run in execution.runs.values():
            if run.running:
                self._abandon(execution, run, "CANCELED")
        execution.status_summary = _CANCELLED
        self._end(execution, "Cancelled")

    def _end(self, execution: Execution, status: str) -> None:
        execution.status, execution.updated = status, now()
        left = []
        for stage in self.stages.values():
            if execution in stage.inbound:
                stage.inbound.remove(execution)
            if stage.occupant is execution and stage.busy:
                self._leave(stage, status)
                left.append(stage)
        self._tell.execution(execution, {"Cancelled": "CANCELED"}.get(status, status.upper()))
        for stage in left:
            self._admit(stage)
