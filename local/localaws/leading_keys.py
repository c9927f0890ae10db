"""DynamoDB: `dynamodb:LeadingKeys`, which MiniStack never supplies, so that a `ForAllValues` condition on it always holds.

AWS documents the key for the requests that name an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html.
Nobody documents whether a statement sees the keys of one item of a transaction or those of all. Here each sees all: what passes then
passes either way.
"""

import json
import re

from ministack.core import iam_actions
from ministack.services import dynamodb

# One attribute equals one value. A name may be a placeholder.
_EQUALS = re.compile(r"(#?[\w.]+)\s*=\s*(:\w+)")
# What a request in PartiQL touches is not parsed: no pattern of keys covers it.
_UNKNOWN = "\0"


def install() -> None:
    service_context = iam_actions.dynamodb_service_context

    def dynamodb_service_context(body: bytes) -> dict:
        keys = leading_keys(body)
        return service_context(body) | ({"dynamodb:LeadingKeys": keys} if keys else {})

    iam_actions.dynamodb_service_context = dynamodb_service_context


def leading_keys(body: bytes) -> list[str]:
    """The partition keys of all items that a request names."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    if not isinstance(request, dict):
        return []
    if request.keys() & {"Statement", "Statements", "TransactStatements"}:
        return [_UNKNOWN]
    return list(dict.fromkeys(key for named in _named(request) if (key := _key(named)) is not None))


def _named(request: dict) -> list[dict]:
    """Each part of a request that names a table and an item or a partition."""
    if transaction := request.get("TransactItems"):
        return [part for item in transaction if isinstance(item, dict) for part in item.values() if isinstance(part, dict)]
    parts = []
    for table, of_table in (request.get("RequestItems") or {}).items():
        if isinstance(of_table, dict):  # BatchGetItem
            parts += [{"TableName": table, "Key": key} for key in of_table.get("Keys") or []]
        else:  # BatchWriteItem
            parts += [part | {"TableName": table} for write in of_table for part in write.values()]
    return parts or [request]


def _key(part: dict) -> str | None:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(part.get("TableName") or ""))
    if table is None:
        return None
    hashed = next(key["AttributeName"] for key in _schema(table, part.get("IndexName")) if key["KeyType"] == "HASH")
    value = (part.get("Key") or part.get("Item") or {}).get(hashed) or _queried(part, hashed)
    return str(next(iter(value.values()))) if value else None


def _schema(table: dict, index: str | None) -> list[dict]:
    indexes = [*(table.get("GlobalSecondaryIndexes") or []), *(table.get("LocalSecondaryIndexes") or [])]
    return next((of["KeySchema"] for of in indexes if of["IndexName"] == index), table["KeySchema"])


def _queried(part: dict, hashed: str) -> dict | None:
    """The partition that a Query reads."""
    names, values = part.get("ExpressionAttributeNames") or {}, part.get("ExpressionAttributeValues") or {}
    for name, value in _EQUALS.findall(part.get("KeyConditionExpression") or ""):
        if names.get(name, name) == hashed:
            return values.get(value)
    legacy = (part.get("KeyConditions") or {}).get(hashed) or {}
    return next(iter(legacy.get("AttributeValueList") or []), None)
