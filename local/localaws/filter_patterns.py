"""CloudWatch Logs: filter patterns for lines of JSON, and the metrics of metric filters. MiniStack lets every line through.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-events-json
"""

import fnmatch
import json
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch, cloudwatch_logs

Predicate = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<selector>\$(?:\.[\w-]+|\[\d+\])+) | (?P<text>"(?:\\.|[^"\\])*")
    | (?P<symbol>&&|\|\||>=|<=|!=|[=<>(){}]) | (?P<word>[^\s(){}=<>!&|"]+))""",
    re.VERBOSE,
)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def install() -> None:
    cloudwatch_logs._compile_filter_pattern = _of_json(cloudwatch_logs._compile_filter_pattern)
    cloudwatch_logs._put_metric_filter = _checking(cloudwatch_logs._put_metric_filter)
    cloudwatch_logs._fanout_to_subscription_filters = _with_metric_filters(cloudwatch_logs._fanout_to_subscription_filters)


def _of_json(compile_pattern):
    def compile_filter_pattern(raw):
        return matching(raw) if (raw or "").strip().startswith("{") else compile_pattern(raw)

    return compile_filter_pattern


def _checking(put_metric_filter):
    def put(data):
        try:
            cloudwatch_logs._compile_filter_pattern(data.get("filterPattern", ""))
        except ValueError as error:
            return error_response_json("InvalidParameterException", f"Invalid metric filter pattern: {error}", 400)
        return put_metric_filter(data)

    return put


def _with_metric_filters(fan_out):
    def hand_on(group_name, stream_name, events):
        fan_out(group_name, stream_name, events)
        for metric_filter in [found for (group, _), found in cloudwatch_logs._metric_filters.items() if group == group_name]:
            matches = cloudwatch_logs._compile_filter_pattern(metric_filter.get("filterPattern", ""))
            for event in events:
                if matches(event["message"]):
                    for metric in metric_filter.get("metricTransformations", []):
                        unit = metric.get("unit") or "None"
                        cloudwatch.record_metric(metric["metricNamespace"], metric["metricName"], float(metric["metricValue"]), unit)

    return hand_on


@lru_cache(maxsize=128)
def matching(pattern: str) -> Callable[[str], bool]:
    """Whether a line is JSON that the pattern describes; a pattern that is none is a `ValueError`."""
    predicate = _Parser(pattern).whole()

    def matches(message: str) -> bool:
        try:
            return predicate(json.loads(message))
        except ValueError:
            return False

    return matches


class _Parser:
    """Recursive descent: `||` binds loosest, then `&&`."""

    def __init__(self, pattern: str):
        self.tokens: list[tuple[str, str]] = []
        at, pattern = 0, pattern.strip()
        while at < len(pattern):
            found = _TOKEN.match(pattern, at)
            if found is None:
                raise ValueError(f"unexpected at: {pattern[at:]}")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self.at = 0

    def whole(self) -> Predicate:
        self.expect("{")
        predicate = self.disjunction()
        self.expect("}")
        if self.at < len(self.tokens):
            raise ValueError(f"unexpected: {self.tokens[self.at][1]}")
        return predicate

    def disjunction(self) -> Predicate:
        alternatives = [self.conjunction()]
        while self.symbol("||"):
            alternatives.append(self.conjunction())
        return lambda value: any(alternative(value) for alternative in alternatives)

    def conjunction(self) -> Predicate:
        conditions = [self.condition()]
        while self.symbol("&&"):
            conditions.append(self.condition())
        return lambda value: all(condition(value) for condition in conditions)

    def condition(self) -> Predicate:
        if self.symbol("("):
            predicate = self.disjunction()
            self.expect(")")
            return predicate
        kind, selector = self.take()
        if kind != "selector":
            raise ValueError(f"not a selector: {selector}")
        path = [int(part[1:-1]) if part.startswith("[") else part[1:] for part in re.findall(r"\.[\w-]+|\[\d+\]", selector)]
        kind, word = self.take()
        if kind == "word" and word.upper() == "NOT":
            self.take()  # EXISTS
            return lambda value: _at(value, path) is _ABSENT
        if kind == "word" and word.upper() == "IS":
            wanted = {"NULL": None, "TRUE": True, "FALSE": False}[self.take()[1].upper()]
            return lambda value: _at(value, path) is wanted
        return self.comparison(path, word)

    def comparison(self, path: list, symbol: str) -> Predicate:
        kind, wanted = self.take()
        if kind not in ("text", "word"):
            raise ValueError(f"not a value: {wanted}")
        if symbol in _ORDER:
            return lambda value: isinstance(found := _at(value, path), (int, float)) and _ORDER[symbol](found, float(wanted))
        if symbol not in ("=", "!="):
            raise ValueError(f"not a comparison: {symbol}")
        text = wanted[1:-1] if kind == "text" else wanted
        return lambda value: _equals(_at(value, path), text, kind == "word") == (symbol == "=")

    def take(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise ValueError("unexpected end")
        self.at += 1
        return self.tokens[self.at - 1]

    def symbol(self, expected: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == ("symbol", expected)
        self.at += found
        return found

    def expect(self, expected: str) -> None:
        if not self.symbol(expected):
            raise ValueError(f"expected: {expected}")


_ABSENT = object()


def _at(value: Any, path: list) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value


def _equals(found: Any, text: str, may_be_number: bool) -> bool:
    """Texts may hold `*` for anything; what stands without quotes may be a number."""
    if isinstance(found, str):
        return fnmatch.fnmatchcase(found, re.sub(r"([?\[])", r"[\1]", text))
    if may_be_number and isinstance(found, (int, float)) and not isinstance(found, bool):
        return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None and float(text) == found
    return False
