"""Pipelines, their executions, and how an execution moves from stage to stage."""

import datetime as dt
import threading
import uuid
from dataclasses import dataclass, field

from ..codecommit.repositories import REPOSITORIES, repository_arn
from ..events import emit
from ..identity import role_allows
from ..json_service import AwsError, now
from .structure import check_structure

_WAITING = "The local AWS runs no builds and no deployments: this action stays in progress."
# What the source action of CodeCommit calls:
# https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam-permissions-console-logs.html
_SOURCE_ACTIONS = (
    "codecommit:GetBranch",
    "codecommit:GetCommit",
    "codecommit:UploadArchive",
    "codecommit:GetUploadArchiveStatus",
)


@dataclass
class ActionRun:
    """One run of one action."""

    status: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str | None = None
    summary: str | None = None
    changed: dt.datetime = field(default_factory=now)
    changed_by: str | None = None
    revision: dict | None = None
    error: dict | None = None

    def finish(self, status: str, **details) -> None:
        self.status, self.changed, self.token = status, now(), None
        for name, value in details.items():
            setattr(self, name, value)


@dataclass
class Execution:
    """One execution: what triggered it, which revisions it carries, where it stands."""

    version: int
    trigger: dict
    mode: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    status_summary: str | None = None
    stop_reason: str | None = None
    started: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    revisions: list[dict] = field(default_factory=list)
    variables: list[dict] = field(default_factory=list)
    runs: dict[tuple[str, str], ActionRun] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return self.status not in ("InProgress", "Stopping")


@dataclass
class Stage:
    """A stage of a pipeline as it stands: who is in it, who waits before it."""

    name: str
    occupant: Execution | None = None
    status: str | None = None
    inbound: list[Execution] = field(default_factory=list)
    enabled: bool = True
    changed_by: str | None = None
    changed: dt.datetime = field(default_factory=now)
    disabled_reason: str | None = None

    @property
    def busy(self) -> bool:
        return self.occupant is not None and self.status == "InProgress"


@dataclass
class Pipeline:
    """A pipeline of one account and region."""

    account: str
    region: str
    declaration: dict
    tags: dict[str, str]
    created: dt.datetime = field(default_factory=now)
    updated: dt.datetime = field(default_factory=now)
    executions: list[Execution] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def name(self) -> str:
        return self.declaration["name"]

    @property
    def arn(self) -> str:
        return pipeline_arn(self.account, self.region, self.name)

    def declare(self, declaration: dict) -> None:
        """Takes a new definition. Stages keep what is in them, by name."""
        self.declaration = declaration
        self.updated = now()
        self.stages = {s["name"]: self.stages.get(s["name"], Stage(s["name"])) for s in declaration["stages"]}

    def actions(self, stage: str) -> list[dict]:
        return next(s["actions"] for s in self.declaration["stages"] if s["name"] == stage)

    def start(self, trigger_type: str, detail: str, token: str | None = None, **options) -> Execution:
        """Starts an execution: its sources are read now."""
        with self.lock:
            if token and token in self.tokens:
                return self.execution(self.tokens[token])
            trigger = {"triggerType": trigger_type, "triggerDetail": detail}
            execution = Execution(
                self.declaration["version"],
                trigger,
                self.declaration["executionMode"],
                variables=self._variables(options),
            )
            if token:
                self.tokens[token] = execution.id
            self.executions.insert(0, execution)
            self._report(execution, "STARTED")
            source = next(iter(self.stages.values()))
            source.occupant, source.status = execution, "InProgress"
            for action in self.actions(source.name):
                run = self._read_source(action, execution, options.get("sourceRevisions", []))
                execution.runs[source.name, action["name"]] = run
            failed = next((r for r in execution.runs.values() if r.status == "Failed"), None)
            if failed:
                self._fail(execution, source, failed)
            else:
                self._leave(source)
            return execution

    def execution(self, execution_id: str) -> Execution:
        found = next((e for e in self.executions if e.id == execution_id), None)
        if found is None:
            raise AwsError("PipelineExecutionNotFoundException", f"The execution {execution_id} does not exist.")
        return found

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
            execution.stop_reason, execution.updated = reason, now()
            running = [r for r in execution.runs.values() if r.status == "InProgress"]
            if running and not abandon:
                execution.status = "Stopping"
                return
            for run in running:
                run.finish("Abandoned")
            self._end(execution, "Stopped")

    def approve(self, stage: str, action: str, token: str, status: str, summary: str, caller: str) -> dt.datetime:
        """PutApprovalResult: a person's answer to a waiting approval."""
        with self.lock:
            if stage not in self.stages:
                raise AwsError("StageNotFoundException", f"The stage {stage} does not exist.")
            if all(a["name"] != action for a in self.actions(stage)):
                raise AwsError("ActionNotFoundException", f"The action {action} does not exist.")
            occupant = self.stages[stage].occupant
            run = occupant.runs.get((stage, action)) if occupant else None
            if run and run.status != "InProgress":
                raise AwsError("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.")
            if run is None or run.token != token:
                raise AwsError("InvalidApprovalTokenException", "The approval token is not valid.")
            approved = status == "Approved"
            run.finish("Succeeded" if approved else "Failed", summary=summary, changed_by=caller)
            if approved:
                self._run_next_actions(self.stages[stage])
            else:
                self._fail(occupant, self.stages[stage], run)
            return run.changed

    def set_transition(self, stage: str, *, enabled: bool, reason: str | None, caller: str) -> None:
        with self.lock:
            if stage not in self.stages:
                raise AwsError("StageNotFoundException", f"The stage {stage} does not exist.")
            found = self.stages[stage]
            found.enabled, found.disabled_reason, found.changed_by, found.changed = enabled, reason, caller, now()
            self._admit(found)

    def _variables(self, options: dict) -> list[dict]:
        given = {v["name"]: v["value"] for v in options.get("variables", [])}
        declared = {v["name"]: v.get("defaultValue") for v in self.declaration.get("variables", [])}
        unknown = given.keys() - declared.keys()
        if unknown:
            raise AwsError("ValidationException", f"The pipeline does not declare the variables {sorted(unknown)}.")
        return [{"name": name, "resolvedValue": value} for name, value in (declared | given).items() if value is not None]

    def _read_source(self, action: dict, execution: Execution, overrides: list[dict]) -> ActionRun:
        """The source action of CodeCommit: the head of its branch, if the roles may read it."""
        if action["actionTypeId"]["provider"] != "CodeCommit":
            return ActionRun("InProgress", summary="The local AWS reads sources from CodeCommit only: this action stays in progress.")
        name, branch = action["configuration"]["RepositoryName"], action["configuration"]["BranchName"]
        region = action.get("region", self.region)
        arn = repository_arn(self.account, region, name)
        if problem := self._role_problem(action, arn, region):
            return _failed("PermissionError", problem)
        try:
            repository = REPOSITORIES.get(self.account, region, name)
            override = next((o["revisionValue"] for o in overrides if o["actionName"] == action["name"]), None)
            commit = repository.commit(override or repository.head(branch))
        except AwsError as error:
            return _failed(
                "ConfigurationError",
                f"The action failed because the branch {branch} of the repository {name} could not be read: {error.message}",
            )
        summary = commit.message.strip().splitlines()[0] if commit.message.strip() else "(no message)"
        url = f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/commit/{commit.id}"
        revision = {
            "revisionId": str(commit.id),
            "revisionSummary": summary[:2048],
            "revisionUrl": url,
            "created": now(),
        }
        artifact = action["outputArtifacts"][0]["name"]
        execution.revisions.append(revision | {"actionName": action["name"], "name": artifact})
        return ActionRun("Succeeded", summary=summary[:2048], revision=revision)

    def _role_problem(self, action: dict, arn: str, region: str) -> str | None:
        """Why the pipeline's role, or the action's that it assumes, may not read the source."""
        role = self.declaration["roleArn"]
        if action_role := action.get("roleArn"):
            if not role_allows(role, "sts:AssumeRole", action_role, region):
                return f"The role {role} may not assume the action's role {action_role}."
            role = action_role
        denied = next((a for a in _SOURCE_ACTIONS if not role_allows(role, a, arn, region)), None)
        return f"The provided role {role} does not have sufficient permissions to access CodeCommit: {denied} on {arn}." if denied else None

    def _leave(self, stage: Stage) -> None:
        """The occupant has done a stage: on to the next one, or the end. Who waits may come in."""
        if any(r.status == "InProgress" for (name, _), r in stage.occupant.runs.items() if name == stage.name):
            return
        execution, stage.status = stage.occupant, "Succeeded"
        names = list(self.stages)
        following = names[names.index(stage.name) + 1 :]
        if following:
            self._arrive(execution, self.stages[following[0]])
        else:
            self._end(execution, "Succeeded")
        self._admit(stage)

    def _arrive(self, execution: Execution, stage: Stage) -> None:
        """Enters a stage, or waits before it. In the mode SUPERSEDED the newest one who waits replaces the others."""
        if self.declaration["executionMode"] == "SUPERSEDED":
            for waiting in list(stage.inbound):
                stage.inbound.remove(waiting)
                self._end(waiting, "Superseded")
        stage.inbound.append(execution)
        self._admit(stage)

    def _admit(self, stage: Stage) -> None:
        while stage.inbound and stage.enabled and not stage.busy:
            stage.occupant, stage.status = stage.inbound.pop(0), "InProgress"
            self._run_next_actions(stage)

    def _run_next_actions(self, stage: Stage) -> None:
        """Starts the actions of the lowest run order that is left. Approvals wait for a person, the rest for what is not here."""
        execution = stage.occupant
        done = {name for (where, name), run in execution.runs.items() if where == stage.name and run.status == "Succeeded"}
        left = [a for a in self.actions(stage.name) if a["name"] not in done]
        if not left:
            self._leave(stage)
            return
        lowest = min(a.get("runOrder", 1) for a in left)
        for action in left:
            if action.get("runOrder", 1) == lowest and (stage.name, action["name"]) not in execution.runs:
                approval = action["actionTypeId"]["category"] == "Approval"
                run = ActionRun("InProgress", token=str(uuid.uuid4()) if approval else None, summary=None if approval else _WAITING)
                execution.runs[stage.name, action["name"]] = run

    def _fail(self, execution: Execution, stage: Stage, run: ActionRun) -> None:
        stage.status = "Failed"
        execution.status_summary = (run.error or {}).get("message") or run.summary
        self._end(execution, "Failed")
        self._admit(stage)

    def _end(self, execution: Execution, status: str) -> None:
        execution.status, execution.updated = status, now()
        self._report(execution, {"Stopped": "STOPPED"}.get(status, status.upper()))
        for stage in self.stages.values():
            if execution in stage.inbound:
                stage.inbound.remove(execution)
            if stage.occupant is execution and stage.busy:
                stage.status = "Stopped" if status == "Stopped" else "Failed"
                self._admit(stage)

    def _report(self, execution: Execution, state: str) -> None:
        detail = {
            "pipeline": self.name,
            "execution-id": execution.id,
            "execution-trigger": {
                "trigger-type": execution.trigger["triggerType"],
                "trigger-detail": execution.trigger["triggerDetail"],
            },
            "state": state,
            "version": float(execution.version),
            "pipeline-execution-attempt": 1.0,
        }
        emit(
            self.account,
            self.region,
            "aws.codepipeline",
            "CodePipeline Pipeline Execution State Change",
            detail,
            [self.arn],
        )


def _failed(code: str, message: str) -> ActionRun:
    return ActionRun("Failed", summary=message[:2048], error={"code": code, "message": message[:5000]})


class Pipelines:
    """All pipelines of all accounts and regions."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, str], Pipeline] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        self._by_key.clear()

    def create(self, account: str, region: str, declaration: dict, tags: dict[str, str], creator: str) -> Pipeline:
        """A new pipeline, whose first execution starts at once, as on AWS."""
        check_structure(declaration, region)
        with self._lock:
            key = (account, region, declaration["name"])
            if key in self._by_key:
                raise AwsError(
                    "PipelineNameInUseException",
                    f"A pipeline with the name '{declaration['name']}' already exists in account '{account}'",
                )
            created = Pipeline(account, region, {}, tags)
            created.declare(_with_defaults(declaration, version=1))
            self._by_key[key] = created
        created.start("CreatePipeline", creator)
        return created

    def update(self, account: str, region: str, declaration: dict) -> Pipeline:
        pipeline = self.get(account, region, declaration["name"])
        check_structure(declaration, region)
        with pipeline.lock:
            pipeline.declare(_with_defaults(declaration, version=pipeline.declaration["version"] + 1))
        return pipeline

    def get(self, account: str, region: str, name: str) -> Pipeline:
        found = self.find(account, region, name)
        if found is None:
            raise AwsError("PipelineNotFoundException", f"Account '{account}' does not have a pipeline with name '{name}'")
        return found

    def find(self, account: str, region: str, name: str) -> Pipeline | None:
        return self._by_key.get((account, region, name))

    def by_arn(self, arn: str) -> Pipeline | None:
        parts = arn.split(":")
        return self.find(parts[4], parts[3], parts[5]) if len(parts) == 6 and parts[2] == "codepipeline" else None

    def in_region(self, account: str, region: str) -> list[Pipeline]:
        return [p for (a, r, _), p in sorted(self._by_key.items()) if (a, r) == (account, region)]

    def delete(self, account: str, region: str, name: str) -> None:
        """A pipeline that is absent is no error."""
        self._by_key.pop((account, region, name), None)


def pipeline_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:codepipeline:{region}:{account}:{name}"


def check_tags(tags: dict[str, str], present: dict[str, str] | None = None) -> None:
    """Refuses tags that a caller may not add to those present; CloudFormation's own (aws:...) are not the caller's."""
    if len(tags | (present or {})) > 50:
        raise AwsError("TooManyTagsException", "A pipeline has at most 50 tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidTagsException", "Tag keys must not start with aws:.")


def _with_defaults(declaration: dict, version: int) -> dict:
    """The definition as GetPipeline answers it. V2 is the default type since 2024-12."""
    declaration = {"pipelineType": "V2", "executionMode": "SUPERSEDED"} | declaration | {"version": version}
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action.setdefault("configuration", {})
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
    return declaration


PIPELINES = Pipelines()
