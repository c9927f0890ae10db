"""DynamoDB: what reads consume depends on the size of what is read; MiniStack counts each as one small item, and a batch as nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import contextvars
import json
import math

from ministack.core.responses import json_response
from ministack.services import dynamodb

_UNIT_BYTES = 4_096

# The sizes of the items that the running request shows, before it leaves out attributes.
_shown: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("shown", default=None)


def install() -> None:
    dynamodb._apply_projection = _measuring(dynamodb._apply_projection)
    for name in ("_get_item", "_query", "_scan"):
        setattr(dynamodb, name, _with_units_read(getattr(dynamodb, name)))
    dynamodb._batch_get_item = _with_units_of_batch(dynamodb._batch_get_item)


def _measuring(apply_projection):
    def project(item, data):
        if (sizes := _shown.get()) is not None:
            sizes.append(dynamodb._item_size_bytes(item))
        return apply_projection(item, data)

    return project


def _units(size: float, consistent: bool) -> float:
    return max(1, math.ceil(size / _UNIT_BYTES)) * (1.0 if consistent else 0.5)


def _with_units_read(read):
    """All that one request reads counts together; items that a filter leaves out are read, too, and taken to be as large as the others."""

    def handle(data):
        sizes: list[int] = []
        token = _shown.set(sizes)
        try:
            answer = read(data)
        finally:
            _shown.reset(token)
        if answer[0] != 200 or data.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return answer
        result = json.loads(answer[2])
        count, scanned = result.get("Count", 1), result.get("ScannedCount", 1)
        size = sum(sizes) * scanned / count if count else scanned
        result["ConsumedCapacity"]["CapacityUnits"] = _units(size, data.get("ConsistentRead", False))
        return json_response(result)

    return handle


def _with_units_of_batch(batch_get_item):
    """Each item of a batch is rounded up by itself."""

    def handle(data):
        answer = batch_get_item(data)
        if answer[0] != 200 or data.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return answer
        consumed = []
        for name, request in data["RequestItems"].items():
            table = dynamodb._tables[dynamodb._normalize_table_name(name)]
            units = 0.0
            for key in request["Keys"]:
                hashed, ranged, _ = dynamodb._resolve_table_key_values(table, key, allow_extra=False)
                item = table["items"].get(hashed, {}).get(ranged) or {}
                units += _units(dynamodb._item_size_bytes(item), request.get("ConsistentRead", False))
            consumed.append({"TableName": name, "CapacityUnits": units})
        return json_response(json.loads(answer[2]) | {"ConsumedCapacity": consumed})

    return handle
