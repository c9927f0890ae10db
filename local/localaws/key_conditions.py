"""DynamoDB: MiniStack parses a key condition anew for each item of a partition, on every page; here it is read once."""

import re
from functools import lru_cache

from ministack.services import dynamodb

# A partition's key, and the beginning of the sort key, all texts: what listings ask for.
_OF_PARTITION = re.compile(r"\s*(\w+)\s*=\s*(:\w+)(?:\s+AND\s+begins_with\s*\(\s*(\w+)\s*,\s*(:\w+)\s*\))?\s*")


def install() -> None:
    dynamodb._evaluate_condition = _reading_once(dynamodb._evaluate_condition)


@lru_cache(maxsize=128)
def _parsed(expression: str) -> tuple[str, str, str | None, str | None] | None:
    found = _OF_PARTITION.fullmatch(expression)
    return found.groups() if found else None


def _reading_once(evaluate):
    def evaluate_condition(expression, item, values, names, slot="ConditionExpression"):
        parsed = _parsed(expression) if slot == "KeyConditionExpression" and expression else None
        if parsed is None:
            return evaluate(expression, item, values, names, slot=slot)
        hashed, value, ranged, prefix = parsed
        if item.get(hashed) != values.get(value):
            return False
        return ranged is None or item.get(ranged, {}).get("S", "").startswith(values[prefix].get("S", "\0"))

    return evaluate_condition
