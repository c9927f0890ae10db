"""Holds every answer that a test gets from the API to docs/openapi.json: status, headers, body, and no member that it does not name."""

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker
from localplatform.api import Api
from localplatform.commands import ROOT

FORMATS = FormatChecker()


@FORMATS.checks("date-time")
def is_a_time_in_utc(value: object) -> bool:
    """RFC 3339 allows other offsets; the API has none."""
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None


DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())


def _closed(schema: object, *, used_as_a_whole: bool) -> object:
    """The schema without room for what it does not name, wherever a schema describes a value as a whole.

    A part of a composition (`allOf`, `oneOf`, `anyOf`) stays open: what another part names is no stranger. So does what may be any value.
    """
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    for name in ("properties", "$defs", "patternProperties"):
        if name in schema:
            closed[name] = {key: _closed(value, used_as_a_whole=True) for key, value in schema[name].items()}
    for name in ("items", "additionalProperties"):
        if name in schema:
            closed[name] = _closed(schema[name], used_as_a_whole=True)
    for name in ("allOf", "oneOf", "anyOf"):
        if name in schema:
            closed[name] = [_closed(part, used_as_a_whole=False) for part in schema[name]]
    if used_as_a_whole and schema.keys() - {"description"}:
        closed["unevaluatedProperties"] = False
    return closed


COMPONENTS = {"schemas": {name: _closed(schema, used_as_a_whole=False) for name, schema in DOCUMENT["components"]["schemas"].items()}}


@cache
def _operations() -> list[tuple[str, re.Pattern, dict]]:
    """Method, pattern of the path and description of each operation, those with the fewest parameters first."""
    operations = []
    for path, methods in DOCUMENT["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        operations += [(method.upper(), pattern, operation) for method, operation in methods.items() if method != "parameters"]
    return sorted(operations, key=lambda operation: operation[1].pattern.count("[^/]+"))


def problems(method: str, path: str, answer: requests.Response) -> Iterator[str]:
    """What is in an answer and not in the document; a path that the API does not have answers as it likes."""
    described = next((operation for verb, pattern, operation in _operations() if verb == method and pattern.fullmatch(path)), None)
    if described is None:
        return
    response = described["responses"].get(str(answer.status_code))
    if response is None:
        yield f"the status {answer.status_code} is not documented"
        return
    for name in response.get("headers", {}):
        if name not in answer.headers:
            yield f"the header {name} is missing"
    content = response.get("content", {})
    if not content:
        if answer.content:
            yield "no body is documented"
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    if kind not in content:
        yield f"{kind} is not documented"
        return
    schema = _closed(content[kind].get("schema", {}), used_as_a_whole=kind.endswith("json"))
    validator = Draft202012Validator({**schema, "components": COMPONENTS}, format_checker=FORMATS)
    body = answer.json() if kind.endswith("json") else answer.text
    for error in validator.iter_errors(body):
        yield f"{error.json_path}: {error.message}"


@pytest.fixture(scope="session", autouse=True)
def answers_keep_to_the_document():
    """A test whose call is answered otherwise than documented fails there."""
    request = Api.request

    def judged(self: Api, method: str, path: str, *arguments, **options) -> requests.Response:
        answer = request(self, method, path, *arguments, **options)
        found = list(problems(method, path.partition("?")[0], answer))
        assert not found, f"{method} {path} answers against docs/openapi.json: {found}\n{answer.text[:2000]}"
        return answer

    Api.request = judged
    yield
    Api.request = request
