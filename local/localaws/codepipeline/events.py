"""CodePipeline's events: changes of the state of executions, stages and actions, on the account's default bus.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html

They are delivered by a thread of their own, in the order in which they happened: whoever changes a pipeline's state holds its lock, and the
target of a rule may be another pipeline.
"""

import logging
import queue
import threading

from ..codebuild.pipeline_builds import Artifact
from ..events import emit
from .definitions import pipeline_arn
from .executions import ActionRun, Execution, Stage

logger = logging.getLogger("localaws")


class _Outbox:
    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, *event) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="codepipeline-events", daemon=True)
                self._thread.start()
        self._waiting.put(event)

    def _deliver(self) -> None:
        while True:
            event = self._waiting.get()
            try:
                emit(*event)
            except Exception:
                logger.exception("An event of CodePipeline could not be delivered")


_OUTBOX = _Outbox()


class Reporter:
    """Tells of one pipeline."""

    def __init__(self, account: str, region: str, pipeline: str):
        self._account, self._region, self._pipeline = account, region, pipeline

    def execution(self, execution: Execution, state: str) -> None:
        trigger = {"trigger-type": execution.trigger["triggerType"], "trigger-detail": execution.trigger["triggerDetail"]}
        comments = {"stop-execution-comments": execution.stop_reason} if execution.stop_reason and state in ("STOPPING", "STOPPED") else {}
        self._put("Pipeline", execution, state, {"start-time": _time(execution.started), "execution-trigger": trigger} | comments)

    def stage(self, execution: Execution, stage: Stage, state: str) -> None:
        self._put("Stage", execution, state, {"stage": stage.name, "start-time": _time(stage.entered)})

    def action(self, execution: Execution, run: ActionRun, state: str) -> None:
        kind = run.action["actionTypeId"]
        detail = {
            "start-time": _time(run.started),
            "stage": run.stage,
            "action": run.name,
            "action-execution-id": run.id,
            "region": run.region,
            "type": {name: kind[name] for name in ("owner", "provider", "category", "version")},
            "input-artifacts": [_artifact(artifact) for artifact in run.inputs],
            "output-artifacts": [_artifact(artifact) for artifact in run.outputs],
        }
        if run.error:
            result = {
                "external-execution-url": run.external_url,
                "external-execution-summary": run.error["message"],
                "external-execution-id": run.external_id,
                "error-code": run.error["code"],
            }
            detail["execution-result"] = {name: value for name, value in result.items() if value}
        self._put("Action", execution, state, detail)

    def _put(self, level: str, execution: Execution, state: str, detail: dict) -> None:
        detail = {
            "pipeline": self._pipeline,
            "execution-id": execution.id,
            **detail,
            "state": state,
            "version": float(execution.version),
            "pipeline-execution-attempt": float(execution.attempt),
        }
        arn = pipeline_arn(self._account, self._region, self._pipeline)
        _OUTBOX.put(self._account, self._region, "aws.codepipeline", f"CodePipeline {level} Execution State Change", detail, [arn])


def _time(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _artifact(artifact: Artifact) -> dict:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
