"""DynamoDB Streams to Lambda: batches of filtered records, in order, retried, split, given up and told to a destination.

MiniStack reads one batch after another, retries it for ever, and knows neither reports of failed items nor splitting.
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
import logging
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass, field

from ministack.core.concurrency import spawn_background
from ministack.core.responses import new_uuid, request_scope
from ministack.services import cloudwatch, dynamodb, eventbridge, lambda_svc, sns, sqs

from .identity import role_allows

logger = logging.getLogger("localaws")

DEFAULT_BATCH = 100
# What a function takes in one call.
MAX_BATCH_BYTES = 6 * 1024 * 1024
MAX_FILTERS = 10
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
_RANGES = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "MaximumRetryAttempts": (-1, 10_000),
    "ParallelizationFactor": (1, 10),
}
_MIN_RECORD_AGE = 60
_MAX_PAUSE = 10
# A small table has one shard.
_SHARD = "shardId-00000000000000000000-00000000"
_EXPIRES = "dynamodb-ttl-reaper"


def install() -> None:
    lambda_svc._poll_dynamodb_streams = poll
    dynamodb._remove_item = _told(dynamodb._remove_item)
    dynamodb._build_change_record = _by_the_service(dynamodb._build_change_record)


def is_stream(arn: str) -> bool:
    return arn.startswith("arn:aws:dynamodb:") and "/stream/" in arn


def problem(settings: dict, creates: bool) -> str | None:
    """Why Lambda refuses a mapping of a stream with these settings."""
    for name, (least, most) in _RANGES.items():
        value = settings.get(name)
        if value is not None and not least <= int(value) <= most:
            member = name[0].lower() + name[1:]
            return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: it must be {least} to {most}"
    if 0 <= int(settings.get("MaximumRecordAgeInSeconds", -1)) < _MIN_RECORD_AGE:
        return f"MaximumRecordAgeInSeconds must be -1 or at least {_MIN_RECORD_AGE}."
    if creates and settings.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
        return f"Unsupported starting position for stream type: {settings.get('StartingPosition')}"
    filters = (settings.get("FilterCriteria") or {}).get("Filters") or []
    if len(filters) > MAX_FILTERS:
        return f"Number of filters exceeds the limit of {MAX_FILTERS}."
    if any(eventbridge._parse_pattern_text(each.get("Pattern"))[0] is None for each in filters):
        return "Invalid filter pattern definition."
    if set(settings.get("FunctionResponseTypes") or []) - {"ReportBatchItemFailures"}:
        return "FunctionResponseTypes may hold ReportBatchItemFailures."
    if creates and _table(settings.get("EventSourceArn", "")) is None:
        return f"Stream not found: {settings.get('EventSourceArn')}"
    return None


@dataclass
class Lane:
    """Records whose order counts, and whether a batch of them is being handled."""

    records: deque[dict] = field(default_factory=deque)
    busy: bool = False
    since: float = 0

    def put(self, record: dict) -> None:
        if not self.records:
            self.since = time.monotonic()
        self.records.append(record)

    def take(self, most: int) -> list[dict]:
        """A batch: as many records as asked for, unless they are too large for one call."""
        batch, size = [], 0
        while self.records and len(batch) < most:
            size += len(json.dumps(self.records[0]))
            if batch and size > MAX_BATCH_BYTES:
                break
            batch.append(self.records.popleft())
        self.since = time.monotonic()
        return batch


# The lanes of each mapping, by its UUID: as many as its parallelization factor.
_lanes: dict[str, list[Lane]] = {}


def poll() -> bool:
    """Starts what can be started, as Lambda's poller; whether there was anything."""
    started = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        if is_stream(mapping.get("EventSourceArn", "")) and _is_on(mapping):
            with request_scope(account, region):
                started = _poll_mapping(mapping) or started
    return started


def _poll_mapping(mapping: dict) -> bool:
    table = _table(mapping["EventSourceArn"])
    if table is None or _function(mapping) is None:
        return False
    lanes = _lanes_of(mapping)
    for record in _new_records(mapping, table):
        if _is_wanted(record, mapping):
            # The same item goes the same way, so that its changes stay in order.
            lanes[zlib.crc32(json.dumps(record["dynamodb"]["Keys"], sort_keys=True).encode()) % len(lanes)].put(record)
    size, window = _number(mapping, "BatchSize", DEFAULT_BATCH), _number(mapping, "MaximumBatchingWindowInSeconds", 0)
    started = False
    for lane in lanes:
        full = len(lane.records) >= size or time.monotonic() - lane.since >= window
        if lane.records and full and not lane.busy:
            lane.busy = started = True
            spawn_background(_deliver, mapping["UUID"], lane, lane.take(size), thread_name="localaws-stream")
    return started


def _lanes_of(mapping: dict) -> list[Lane]:
    """Its lanes; another number of them takes over once all batches have ended."""
    lanes, count = _lanes.get(mapping["UUID"], []), _number(mapping, "ParallelizationFactor", 1)
    if len(lanes) != count and not any(lane.busy or lane.records for lane in lanes):
        lanes = _lanes[mapping["UUID"]] = [Lane() for _ in range(count)]
    return lanes


def _new_records(mapping: dict, table: str) -> list[dict]:
    positions, uuid = lambda_svc._dynamodb_stream_positions, mapping["UUID"]
    with lambda_svc._dynamodb_stream_positions_lock:
        if uuid not in positions:
            starts = dynamodb.stream_start_position if mapping.get("StartingPosition") == "TRIM_HORIZON" else dynamodb.stream_end_position
            positions[uuid] = starts(table)
        position = max(positions[uuid], dynamodb.stream_start_position(table))
        records = list(dynamodb.stream_records_since(table, position, _RANGES["BatchSize"][1]))
        positions[uuid] = position + len(records)
    return records


def _is_wanted(record: dict, mapping: dict) -> bool:
    filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
    patterns = [eventbridge._compiled_pattern(each["Pattern"]) or [] for each in filters]
    return not filters or any(eventbridge._matches_detail(record, each) for pattern in patterns for each in pattern)


def _deliver(uuid: str, lane: Lane, batch: list[dict]) -> None:
    try:
        left = _handle(uuid, batch, 0)
        lane.records.extendleft(reversed(left))
    finally:
        lane.busy = False
        lambda_svc.esm_wake.set()


def _handle(uuid: str, batch: list[dict], failures: int) -> list[dict]:
    """Lets the function handle a batch, until it has or may not be asked again; what is left if the mapping was switched off."""
    result: dict = {}
    while batch:
        mapping = _running(uuid)
        if mapping is None:
            return batch if uuid in lambda_svc._esms else []
        expired = [record for record in batch if _is_too_old(record, mapping)]
        if expired:
            _give_up(mapping, expired, "MaxRecordAgeExceeded", result, failures)
            batch = batch[len(expired) :]
            continue
        result = lambda_svc._execute_function(_function(mapping), {"Records": batch})
        if result.get("throttle"):  # is no attempt
            _pause(1)
            continue
        first_failed = _first_failed(mapping, batch, result)
        _note(mapping, batch, first_failed is None)
        if first_failed is None:
            return []
        splits = str(mapping.get("BisectBatchOnFunctionError", False)).lower() == "true"
        if splits and result.get("error") and len(batch) > 1:  # neither is splitting
            half = len(batch) // 2
            if left := _handle(uuid, batch[:half], failures):
                return left + batch[half:]
            batch = batch[half:]
            continue
        batch = batch[first_failed:]
        if splits and first_failed > 0:
            continue
        failures += 1
        retries = _number(mapping, "MaximumRetryAttempts", -1)
        if 0 <= retries < failures:
            _give_up(mapping, batch, "RetryAttemptsExhausted", result, failures)
            return []
        _pause(failures)
    return []


def _first_failed(mapping: dict, batch: list[dict], result: dict) -> int | None:
    """The first record that the function has not handled: all after it are handled again."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    answer = result.get("body")
    if isinstance(answer, (str, bytes)):
        try:
            answer = json.loads(answer or "null")
        except ValueError:
            return 0
    if not answer:
        return None
    if not isinstance(answer, dict):
        return 0
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    reported = [each.get("itemIdentifier") if isinstance(each, dict) else None for each in answer.get("batchItemFailures") or []]
    if any(number not in numbers for number in reported):
        return 0
    return min(map(numbers.index, reported), default=None)


def _is_too_old(record: dict, mapping: dict) -> bool:
    most = _number(mapping, "MaximumRecordAgeInSeconds", -1)
    return 0 <= most < time.time() - record["dynamodb"]["ApproximateCreationDateTime"]


def _note(mapping: dict, batch: list[dict], good: bool) -> None:
    mapping["LastProcessingResult"] = "OK" if good else "PROBLEM: Function call failed"
    age = time.time() - batch[-1]["dynamodb"]["ApproximateCreationDateTime"]
    cloudwatch.record_metric("AWS/Lambda", "IteratorAge", age * 1000, "Milliseconds", {"FunctionName": mapping["FunctionName"]})


def _give_up(mapping: dict, batch: list[dict], condition: str, result: dict, calls: int) -> None:
    """Tells the destination of the mapping, if it has one, which records are lost; not what is in them."""
    logger.warning("%s is given up %d records of %s: %s", mapping["FunctionArn"], len(batch), mapping["EventSourceArn"], condition)
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not destination:
        return
    first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
    now = time.time()
    told = {
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": mapping["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": calls,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": (result.get("function_error") or "Unhandled") if result.get("error") else None,
        },
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z",
        "DDBStreamBatchInfo": {
            "shardId": _SHARD,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _time(first["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": _time(last["ApproximateCreationDateTime"]),
            "batchSize": len(batch),
            "streamArn": mapping["EventSourceArn"],
        },
    }
    if refusal := _send(mapping, destination, json.dumps(told)):
        logger.error("%s does not get what is given up: %s", destination, refusal)
        cloudwatch.record_metric("AWS/Lambda", "DestinationDeliveryFailures", 1, "Count", {"FunctionName": mapping["FunctionName"]})


def _send(mapping: dict, destination: str, body: str) -> str | None:
    """Sends to a queue or topic as the function's role; why that did not work."""
    _, _, service, region, _, name = destination.split(":")
    action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}.get(service)
    if action is None:
        return "the local AWS sends to queues and topics only"
    if not role_allows(_function(mapping)["config"]["Role"], action, destination, region):
        return f"the function's role does not allow {action}"
    if service == "sns":
        if destination not in sns._topics:
            return "there is no such topic"
        sns._fanout(destination, new_uuid(), body, "", "", {})
        return None
    if sqs._queue_by_arn(destination) is None:
        return "there is no such queue"
    sqs._act_send_message({"MessageBody": body}, sqs._queue_url(name))
    return None


def _running(uuid: str) -> dict | None:
    """The mapping, if it is on and its function may read and be called."""
    found = {mapping["UUID"]: mapping for _, _, mapping in lambda_svc._iter_all_esms()}.get(uuid)
    return found if found and _is_on(found) and _function(found) else None


def _is_on(mapping: dict) -> bool:
    return str(mapping.get("Enabled", True)).lower() == "true"


def _function(mapping: dict) -> dict | None:
    return lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))[0]


def _table(stream_arn: str) -> str | None:
    """The name of the table whose stream it is, if it has that stream now."""
    if not is_stream(stream_arn):
        return None
    name = stream_arn.split("/")[1]
    table = dynamodb._tables.get(name) or {}
    enabled = (table.get("StreamSpecification") or {}).get("StreamEnabled")
    return name if enabled and table.get("LatestStreamArn") == stream_arn else None


def _number(mapping: dict, name: str, default: int) -> int:
    value = mapping.get(name)
    return default if value is None else int(value)


def _pause(failures: int) -> None:
    threading.Event().wait(min(2 ** (failures - 1), _MAX_PAUSE))


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _is_expiry() -> bool:
    return threading.current_thread().name == _EXPIRES


def _told(remove_item):
    """An item that has expired leaves a record in the stream as well."""

    def remove(table, partition_key, sort_key):
        removed = remove_item(table, partition_key, sort_key)
        if removed is not None and _is_expiry():
            _, _, _, region, account, _ = table["TableArn"].split(":")
            with request_scope(account, region):
                dynamodb._emit_stream_event(table["TableName"], "REMOVE", removed, None)
        return removed

    return remove


def _by_the_service(build_record):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""

    def build(table, event_name, old_item, new_item, view_type):
        record = build_record(table, event_name, old_item, new_item, view_type)
        if _is_expiry():
            record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        return record

    return build
