"""CloudWatch Logs Insights: the fields that it discovers in JSON, filters with `and`, `or` and parentheses, and errors of syntax.

MiniStack passes over a filter that it does not understand, and answers everything.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html
"""

import json
import operator
import re
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

Record = dict[str, Any]
Predicate = Callable[[Record], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') | /(?P<regex>(?:\\.|[^/\\])*)/(?P<flags>i?)
    | (?P<number>-?\d+(?:\.\d+)?)(?![\w.]) | (?P<symbol><=|>=|!=|=~|[=<>(),\[\]]) | `(?P<quoted>[^`]+)` | (?P<word>@?[\w.\-]+))""",
    re.VERBOSE,
)
_STAGES = re.compile(r"(?:fields\s.+|display\s.+|filter\s.+|limit\s+\d+|sort\s+@\w+(?:\s+(?:asc|desc))?)", re.IGNORECASE | re.DOTALL)
_COMPARISONS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class MalformedQuery(Exception):
    """A query that this does not understand."""


def install() -> None:
    cloudwatch_logs._compile_insights_filter = lambda stage: compile_filter(stage.strip().partition(" ")[2])
    cloudwatch_logs._row_from_record = row
    cloudwatch_logs._start_query = _refusing_malformed(cloudwatch_logs._start_query)


def _refusing_malformed(start_query):
    def start(data):
        query = re.sub(r"^\s*#.*$", "", data.get("queryString", ""), flags=re.MULTILINE)
        try:
            _check_stages(query)
            return start_query(data | {"queryString": query})
        except MalformedQuery as error:
            return error_response_json("MalformedQueryException", str(error), 400)

    return start


def _check_stages(query: str) -> None:
    for stage in cloudwatch_logs._split_insights_pipes(query):
        if not _STAGES.fullmatch(stage.strip()):
            raise MalformedQuery(f"unexpected or not offered by the local AWS: {stage}")


def row(record: Record, fields: list[str]) -> list[dict[str, str]]:
    """What a query shows of a record: the fields that it has."""
    values = {name: value_of(record, name) for name in fields}
    return [{"field": name, "value": _shown(value)} for name, value in values.items() if value is not None]


def value_of(record: Record, name: str) -> Any:
    """A field of a record; members of JSON objects are named with dots, elements of arrays by their index."""
    if name.startswith("@"):
        return record.get(name)
    try:
        value = json.loads(record["@message"])
    except ValueError:
        return None
    if isinstance(value, dict) and name in value:
        return value[name]
    for part in name.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def compile_filter(text: str) -> Predicate:
    return _Parser(text).whole()


class _Parser:
    """Recursive descent: `or` binds loosest, then `and`, then `not`."""

    def __init__(self, text: str):
        self.tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise MalformedQuery(f"unexpected symbol at: {text[at:]}")
            kind = found.lastgroup if found.lastgroup != "flags" else "regex"
            value = f"(?i){found['regex']}" if found["flags"] else found[kind]
            self.tokens.append((kind, value))
            at = found.end()
        self.at = 0

    def whole(self) -> Predicate:
        predicate = self.disjunction()
        if self.at < len(self.tokens):
            raise MalformedQuery(f"unexpected: {self.tokens[self.at][1]}")
        return predicate

    def disjunction(self) -> Predicate:
        alternatives = [self.conjunction()]
        while self.word("or"):
            alternatives.append(self.conjunction())
        return lambda record: any(alternative(record) for alternative in alternatives)

    def conjunction(self) -> Predicate:
        conditions = [self.condition()]
        while self.word("and"):
            conditions.append(self.condition())
        return lambda record: all(condition(record) for condition in conditions)

    def condition(self) -> Predicate:
        if self.word("not"):
            condition = self.condition()
            return lambda record: not condition(record)
        if self.symbol("("):
            predicate = self.disjunction()
            self.expect(")")
            return predicate
        if self.word("ispresent"):
            self.expect("(")
            name = self.field()
            self.expect(")")
            return lambda record: value_of(record, name) is not None
        return self.comparison(self.field())

    def comparison(self, name: str) -> Predicate:
        negated = self.word("not")
        if self.word("in"):
            self.expect("[")
            values = [self.literal()]
            while self.symbol(","):
                values.append(self.literal())
            self.expect("]")
            return lambda record: any(_compare(operator.eq, value_of(record, name), value) for value in values) != negated
        if self.word("like") or self.symbol("=~"):
            kind, pattern = self.take()
            if kind not in ("regex", "text"):
                raise MalformedQuery(f"not a pattern: {pattern}")
            found = re.compile(pattern if kind == "regex" else re.escape(_unquoted(pattern)))
            return lambda record: (found.search(_shown(value_of(record, name) or "")) is not None) != negated
        kind, symbol = self.take()
        if kind != "symbol" or symbol not in _COMPARISONS or negated:
            raise MalformedQuery(f"not a comparison: {symbol}")
        value = self.literal()
        return lambda record: _compare(_COMPARISONS[symbol], value_of(record, name), value)

    def field(self) -> str:
        kind, name = self.take()
        if kind not in ("word", "quoted"):
            raise MalformedQuery(f"not a field: {name}")
        return name

    def literal(self) -> str | float:
        kind, text = self.take()
        if kind not in ("text", "number"):
            raise MalformedQuery(f"not a text or number: {text}")
        return float(text) if kind == "number" else _unquoted(text)

    def take(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise MalformedQuery("unexpected end of the filter")
        self.at += 1
        return self.tokens[self.at - 1]

    def word(self, expected: str) -> bool:
        return self._next(lambda kind, text: kind == "word" and text.lower() == expected)

    def symbol(self, expected: str) -> bool:
        return self._next(lambda kind, text: (kind, text) == ("symbol", expected))

    def expect(self, symbol: str) -> None:
        if not self.symbol(symbol):
            raise MalformedQuery(f"expected: {symbol}")

    def _next(self, is_expected: Callable[[str, str], bool]) -> bool:
        found = self.at < len(self.tokens) and is_expected(*self.tokens[self.at])
        self.at += found
        return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _compare(compare: Callable[[Any, Any], bool], value: Any, expected: str | float) -> bool:
    """A field that is not there differs from everything; numbers are compared as numbers."""
    if value is None:
        return compare is operator.ne
    if isinstance(expected, float):
        try:
            return compare(float(value), expected)
        except (TypeError, ValueError):
            return compare is operator.ne
    return compare(_shown(value), expected)
