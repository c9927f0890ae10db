"""Step Functions' distributed Map: who may run one, how many children at a time, where results go, and how it is stopped.

MiniStack's own runs cannot be stopped, and know neither MaxConcurrencyPath nor ResultWriter.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

import contextvars
import copy
import json
import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import s3, stepfunctions

from . import nested_executions, payloads, state_fields
from .identity import role_allows

logger = logging.getLogger("localaws")

# Children at a time if the state does not say; AWS then starts up to 10,000.
DEFAULT_CONCURRENCY = 64
_COUNTS = (
    "pending",
    "running",
    "succeeded",
    "failed",
    "timedOut",
    "aborted",
    "total",
    "resultsWritten",
    "failuresNotRedrivable",
    "pendingRedrive",
)

# What the running distributed Maps have; MiniStack keeps the record of each, as DescribeMapRun shows it.
_active: dict[str, "MapRun"] = {}


def install() -> None:
    stepfunctions._run_distributed_map = run_distributed_map
    stepfunctions._stop_execution = _stopping_map_runs(stepfunctions._stop_execution)
    extract = iam_actions.extract_resource_arn

    def with_map_run(service, method, path, headers, body, *rest):
        if service == "states" and body[:1] == b"{" and (arn := json.loads(body).get("mapRunArn")):
            return arn
        return extract(service, method, path, headers, body, *rest)

    iam_actions.extract_resource_arn = with_map_run


def stop_map_runs_of(execution_arn: str) -> None:
    """An execution that was stopped or timed out takes its Map runs, and their children, with it."""
    for run in [run for run in list(_active.values()) if run.record["executionArn"] == execution_arn]:
        run.end("ABORTED")


def _stopping_map_runs(stop_execution):
    def stop(data):
        answer = stop_execution(data)
        if answer[0] == 200:
            stop_map_runs_of(data["executionArn"])
        return answer

    return stop


@dataclass
class MapRun:
    """A run: its record, its items, and what has come of each."""

    record: dict[str, Any]
    execution: dict[str, Any]
    items: list[Any]
    children: list[dict[str, Any] | None]
    next: int = 0
    # Why the run itself failed, if not for its children.
    failure: stepfunctions._ExecutionError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def arn(self) -> str:
        return self.record["mapRunArn"]

    def take(self) -> int | None:
        """The next item's index; none if no more are to start."""
        with self.lock:
            if self.record["status"] != "RUNNING" or self.next == len(self.items):
                return None
            self.next += 1
            self._count(pending=-1, running=1)
            return self.next - 1

    def ended(self, child: dict[str, Any], outcome: str) -> None:
        """A child has come to its end by itself: an aborted one has been counted."""
        with self.lock:
            if child["status"] == "RUNNING":
                self._count(running=-1, **{outcome: 1})
                child["status"], child["stopDate"] = outcome.upper(), now_iso()

    def end(self, status: str) -> None:
        """Ends the run: what runs is aborted, what waits never starts."""
        with self.lock:
            if self.record["status"] != "RUNNING":
                return
            self.record["status"], self.record["stopDate"] = status, now_iso()
            counts = self.record["itemCounts"]
            self._count(aborted=counts["pending"] + counts["running"], pending=-counts["pending"], running=-counts["running"])
            aborted = [child for child in self.children if child and child["status"] == "RUNNING"]
            for child in aborted:
                child["status"], child["stopDate"] = "ABORTED", self.record["stopDate"]
                stepfunctions._add_event(child, "ExecutionAborted", {"executionAbortedEventDetails": {}})
        nested_executions.wake()
        for child in aborted:
            stepfunctions._emit_execution_status_event(child)

    def _count(self, **changes: int) -> None:
        for counts in (self.record["itemCounts"], self.record["executionCounts"]):
            for name, change in changes.items():
                counts[name] += change


def run_distributed_map(state_def, raw_input, effective, iterator, execution, ctx):
    """Runs each item as an execution of its own, as many at a time as the state says; the state's output and what is next."""
    region, account = get_region(), get_account_id()
    machine_arn = execution["stateMachineArn"]
    machine, label = machine_arn.split(":")[6], state_def.get("Label") or new_uuid()
    role = stepfunctions._state_machines[machine_arn]["roleArn"]
    _require(role, "states:StartExecution", machine_arn, "States.Permissions")
    items = _items(state_def, effective, ctx, role)
    concurrency = state_fields.concurrency(state_def, effective, ctx)
    count, percentage = state_fields.tolerated(state_def, effective, ctx)
    counts = dict.fromkeys(_COUNTS, 0) | {"total": len(items), "pending": len(items)}
    record = {
        "mapRunArn": f"arn:aws:states:{region}:{account}:mapRun:{machine}/{label}:{new_uuid()}",
        "executionArn": execution["executionArn"],
        "status": "RUNNING",
        "startDate": now_iso(),
        "maxConcurrency": concurrency,
        "toleratedFailurePercentage": percentage,
        "toleratedFailureCount": count,
        "itemCounts": counts,
        "executionCounts": dict(counts),
        "redriveCount": 0,
        "_stateMachineArn": f"{machine_arn}/{label}",
    }
    run = MapRun(record, execution, items, [None] * len(items))
    stepfunctions._map_runs[run.arn] = record
    stepfunctions._add_event(execution, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": run.arn}})
    _active[run.arn] = run
    if execution["status"] != "RUNNING":
        run.end("ABORTED")
    try:
        _work(run, state_def, effective, iterator, ctx, concurrency or DEFAULT_CONCURRENCY)
    finally:
        _active.pop(run.arn, None)
    if record["status"] == "ABORTED":
        raise stepfunctions._ExecutionError("States.Runtime", "The execution was stopped")
    if record["status"] == "FAILED":
        stepfunctions._add_event(execution, "MapRunFailed", {"mapRunFailedEventDetails": {}})
        if run.failure:
            raise run.failure
        cause = "The specified tolerated failure threshold was exceeded"
        raise stepfunctions._ExecutionError("States.ExceedToleratedFailureThreshold", cause)
    try:
        results = _written(run, state_def, effective, ctx, role) if "ResultWriter" in state_def else _outputs(run)
    except stepfunctions._ExecutionError:
        run.end("FAILED")
        raise
    run.end("SUCCEEDED")
    stepfunctions._add_event(execution, "MapRunSucceeded")
    selected = stepfunctions._apply_result_selector(state_def, results)
    output = stepfunctions._apply_result_path(state_def, raw_input, selected)
    return stepfunctions._apply_output_path(state_def, output, ctx), stepfunctions._next_or_end(state_def)


def _work(run: MapRun, state_def, effective, iterator, ctx, concurrency: int) -> None:
    """As many threads as children run at a time; each takes item after item."""
    selector = state_def.get("ItemSelector") or state_def.get("Parameters")

    def worker() -> None:
        while (index := run.take()) is not None:
            item = run.items[index]
            item_ctx = {**ctx, "Map": {"Item": {"Index": index, "Value": item}}}
            try:
                given = stepfunctions._resolve_params_obj(selector, effective, item_ctx) if selector else item
            except stepfunctions._ExecutionError as failure:
                run.failure = failure
                run.end("FAILED")
                return
            _run_child(run, index, given, iterator, ctx)
            if _exceeded(run, state_def):
                run.end("FAILED")

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(worker,), daemon=True)
        for _ in range(min(concurrency, len(run.items)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _run_child(run: MapRun, index: int, given: Any, iterator: dict, ctx: dict) -> None:
    name, machine_arn = new_uuid(), run.record["_stateMachineArn"]
    child = {
        "executionArn": f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}",
        "stateMachineArn": machine_arn,
        "type": (iterator.get("ProcessorConfig") or {}).get("ExecutionType", "STANDARD"),
        "name": name,
        "status": "RUNNING",
        "startDate": now_iso(),
        "stopDate": None,
        "input": json.dumps(given),
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": {"included": True},
        "mapRunArn": run.arn,
        "events": [],
        "testCase": None,
        "mockAttempts": {},
    }
    stepfunctions._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": {"input": child["input"]}})
    stepfunctions._executions[child["executionArn"]] = child
    with run.lock:
        run.children[index] = child
        if run.record["status"] != "RUNNING":  # stopped between taking the item and this
            child["status"], child["stopDate"] = "ABORTED", run.record["stopDate"]
    stepfunctions._emit_execution_status_event(child)
    if child["status"] != "RUNNING":
        return
    child_ctx = {
        "QueryLanguage": ctx.get("QueryLanguage", "JSONPath"),
        "Execution": {"Id": child["executionArn"], "Input": given, "Name": name, "StartTime": child["startDate"]},
        "StateMachine": {"Id": machine_arn, "Name": machine_arn.rpartition(":")[2]},
        "variables": copy.deepcopy(ctx.get("variables", {})),
    }
    try:
        output = stepfunctions._run_sub_machine(iterator["States"], iterator["StartAt"], given, child, child_ctx)
        child["output"] = json.dumps(output)
        run.ended(child, "succeeded")
        details = {"executionSucceededEventDetails": {"output": child["output"]}}
    except Exception as exception:
        error = exception
        if not isinstance(error, stepfunctions._ExecutionError):
            logger.exception("The child execution %s failed unexpectedly", child["executionArn"])
            error = stepfunctions._ExecutionError("States.Runtime", str(exception))
        if child["status"] == "RUNNING":
            child.update(error=error.error, cause=error.cause)
        run.ended(child, "failed")
        details = {"executionFailedEventDetails": {"error": error.error, "cause": error.cause}}
    if child["status"] != "ABORTED":
        stepfunctions._add_event(child, f"Execution{child['status'].capitalize()}", details)
        stepfunctions._emit_execution_status_event(child)


def _exceeded(run: MapRun, state_def: dict) -> bool:
    """Whether more items failed than is tolerated; none are if the state does not say."""
    failed, total = run.record["itemCounts"]["failed"], len(run.items)
    limits = []
    if any(name.startswith("ToleratedFailureCount") for name in state_def):
        limits.append(failed > run.record["toleratedFailureCount"])
    if any(name.startswith("ToleratedFailurePercentage") for name in state_def):
        limits.append(failed * 100 > run.record["toleratedFailurePercentage"] * total)
    return any(limits) if limits else failed > 0


def _items(state_def: dict, effective: Any, ctx: dict, role: str) -> list[Any]:
    reader = state_def.get("ItemReader")
    if reader is None:
        return stepfunctions._resolve_path_or_ctx(state_def.get("ItemsPath", "$"), effective, ctx)
    given = stepfunctions._resolve_params_obj(reader.get("Parameters") or {}, effective, ctx)
    bucket = f"arn:aws:s3:::{given.get('Bucket')}"
    if reader.get("Resource", "").endswith("s3:listObjectsV2"):
        prefix = given.get("Prefix", "")
        _require(role, "s3:ListBucket", bucket, "States.ItemReaderFailed", s3_prefix=prefix)
        if (reader.get("ReaderConfig") or {}).get("Transformation") == "LOAD_AND_FLATTEN":
            stored = s3._buckets.get(given.get("Bucket")) or {"objects": {}}
            for key in [key for key in stored["objects"] if key.startswith(prefix)]:
                _require(role, "s3:GetObject", f"{bucket}/{key}", "States.ItemReaderFailed")
    else:
        _require(role, "s3:GetObject", f"{bucket}/{given.get('Key')}", "States.ItemReaderFailed")
    return stepfunctions._read_map_items(reader, effective, ctx)


def _outputs(run: MapRun) -> list[Any]:
    outputs = [child["output"] for child in run.children if child and child["status"] == "SUCCEEDED"]
    if sum(map(len, outputs)) > payloads.MAX_BYTES:
        cause = f"The Map run returned a result with a size exceeding the maximum number of bytes service limit of {payloads.MAX_BYTES}."
        raise stepfunctions._ExecutionError("States.DataLimitExceeded", cause)
    return [json.loads(child["output"]) if child and child["output"] is not None else None for child in run.children]


def _written(run: MapRun, state_def: dict, effective: Any, ctx: dict, role: str) -> dict[str, Any]:
    """Writes results as ResultWriter does: a file for what succeeded, one for what failed, and the manifest that names them.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    given = stepfunctions._resolve_params_obj(state_def["ResultWriter"].get("Parameters") or {}, effective, ctx)
    bucket, prefix = given["Bucket"], "/".join(filter(None, [given.get("Prefix", "").strip("/"), run.arn.rpartition(":")[2]]))
    files: dict[str, list] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status, named in files.items():
        results = [_result(child) for child in run.children if child and child["status"] == status]
        if results:
            named.append(_put(role, bucket, f"{prefix}/{status}_0.json", results))
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    key = _put(role, bucket, f"{prefix}/manifest.json", manifest)["Key"]
    for counts in (run.record["itemCounts"], run.record["executionCounts"]):
        counts["resultsWritten"] = len(run.items)
    return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _put(role: str, bucket: str, key: str, content: Any) -> dict[str, Any]:
    _require(role, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}", "States.ResultWriterFailed")
    body = json.dumps(content).encode()
    status, _, _ = s3._put_object(bucket, key, body, {"content-type": "application/json"})
    if status != 200:
        raise stepfunctions._ExecutionError("States.ResultWriterFailed", f"The bucket {bucket} takes no object {key}")
    return {"Key": key, "Size": len(body)}


def _result(child: dict) -> dict[str, Any]:
    names = ("executionArn", "input", "inputDetails", "name", "startDate", "stateMachineArn", "status", "stopDate")
    names += ("output", "outputDetails") if child["status"] == "SUCCEEDED" else ("error", "cause")
    return {name[0].upper() + name[1:]: child[name] for name in names} | {"RedriveCount": 0}


def _require(role: str, action: str, resource: str, error: str, **condition_keys: str) -> None:
    if not role_allows(role, action, resource, get_region(), **condition_keys):
        session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        raise stepfunctions._ExecutionError(error, f"User: {session} is not authorized to perform: {action} on resource: {resource}")
