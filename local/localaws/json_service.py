"""A service of the AWS JSON protocol, driven by botocore's model of it: parsing, validation, answers and errors.

What a request must look like (required members, lengths, patterns, enumerations) is read from the model that the SDKs are made from, so no
rule is typed twice. A service adds its operations as plain functions from a request to an answer.
"""

import asyncio
import base64
import datetime as dt
import functools
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

logger = logging.getLogger("localaws")

Response = tuple[int, dict[str, str], bytes]


class AwsError(Exception):
    """An error that a client of the service reads: its stable name and a message."""

    def __init__(self, code: str, message: str, **members: Any):
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members


class JsonService:
    """One service: the operations that are registered for it, and the protocol around them."""

    def __init__(self, name: str):
        self.name = name
        self.model = botocore.session.get_session().get_service_model(name)
        self.operations: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {}

    @property
    def target_prefix(self) -> str:
        return self.model.metadata["targetPrefix"]

    def operation(self, function: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Callable:
        """Registers `create_repository` as the operation CreateRepository; the model must know it."""
        name = next(n for n in self.model.operation_names if n.lower() == function.__name__.replace("_", ""))
        self.operations[name] = function
        return function

    async def handle_request(self, method: str, path: str, headers: dict, body: bytes, query_params: dict) -> Response:
        """MiniStack's entry point of a service. Operations run on a worker thread: git may take its time."""
        name = headers.get("x-amz-target", "").rpartition(".")[2]
        function = self.operations.get(name)
        if function is None:
            known = name in self.model.operation_names
            return self._error(
                AwsError(
                    "NotImplementedException" if known else "UnknownOperationException",
                    f"The local AWS does not offer {self.name}:{name}." if known else "",
                )
            )
        operation = self.model.operation_model(name)
        try:
            request = parse_request(operation, body)
            answer = await asyncio.to_thread(function, request)
        except AwsError as error:
            return self._error(error)
        except Exception:
            logger.exception("%s:%s failed", self.name, name)
            return self._error(AwsError("InternalFailure", "The local AWS failed; its log says why."), status=500)
        return self._answer(200, serialize(operation.output_shape, answer or {}) if operation.output_shape else {})

    def _error(self, error: AwsError, status: int = 400) -> Response:
        code, headers, body = self._answer(status, {"__type": error.code, "message": error.message, **error.members})
        return code, {**headers, "x-amzn-errortype": error.code}, body

    def _answer(self, status: int, content: dict) -> Response:
        headers = {"Content-Type": f"application/x-amz-json-{self.model.metadata['jsonVersion']}"}
        return status, headers, json.dumps(content, ensure_ascii=False).encode()


def parse_request(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """The request as Python values (bytes for blobs), or the error that the service would answer."""
    try:
        raw = json.loads(body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request is not valid JSON.") from None
    if not isinstance(raw, dict):
        raise AwsError("SerializationException", "The request must be a JSON object.")
    if operation.input_shape is None:
        return {}
    declared = {shape.name for shape in operation.error_shapes}
    return parse(operation.input_shape, raw, [], declared)


def parse(shape: Shape, raw: Any, path: list[str], declared: set[str]) -> Any:
    match shape:
        case StructureShape():
            if not isinstance(raw, dict):
                raise _wrong_type(path)
            for required in shape.required_members:
                if raw.get(required) is None:
                    raise _missing([*path, required], declared)
            return {
                name: parse(member, raw[name], [*path, name], declared)
                for name, member in shape.members.items()
                if raw.get(name) is not None
            }
        case ListShape():
            if not isinstance(raw, list):
                raise _wrong_type(path)
            _check(shape, raw, len(raw), path, declared)
            return [parse(shape.member, item, path, declared) for item in raw]
        case MapShape():
            if not isinstance(raw, dict):
                raise _wrong_type(path)
            _check(shape, raw, len(raw), path, declared)
            return {parse(shape.key, k, path, declared): parse(shape.value, v, path, declared) for k, v in raw.items()}
    match shape.type_name:
        case "string":
            if not isinstance(raw, str):
                raise _wrong_type(path)
            _check(shape, raw, len(raw), path, declared)
            return raw
        case "blob":
            try:
                return base64.b64decode(raw, validate=True)
            except (TypeError, ValueError):
                raise _wrong_type(path) from None
        case "boolean":
            if not isinstance(raw, bool):
                raise _wrong_type(path)
            return raw
        case "integer" | "long":
            if not isinstance(raw, int) or isinstance(raw, bool):
                raise _wrong_type(path)
            _check(shape, raw, raw, path, declared)
            return raw
        case "timestamp":
            return dt.datetime.fromtimestamp(raw, dt.UTC)
    return raw


def _check(shape: Shape, value: Any, size: int, path: list[str], declared: set[str]) -> None:
    """Length (strings, lists, maps), range (numbers), pattern and enumeration."""
    rules = shape.metadata
    measure = "length" if not isinstance(value, int) else "value"
    problem = None
    if "min" in rules and size < rules["min"]:
        problem = f"Member must have {measure} greater than or equal to {rules['min']}"
    elif "max" in rules and size > rules["max"]:
        problem = f"Member must have {measure} less than or equal to {rules['max']}"
    elif "pattern" in rules and not _pattern(rules["pattern"]).fullmatch(value):
        problem = f"Member must satisfy regular expression pattern: {rules['pattern']}"
    elif rules.get("enum") and value not in rules["enum"]:
        problem = f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
    if problem:
        raise AwsError(
            _declared_error(path, declared, "Invalid{}Exception") or _general_error(declared),
            f"1 validation error detected: Value '{value}' at '{'.'.join(path)}' failed to satisfy constraint: {problem}",
        )


# The classes of characters that the models name and Python's expressions do not know: letters, numbers, separators.
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}


@functools.cache
def _pattern(pattern: str) -> re.Pattern:
    pattern = pattern.removeprefix("^").removesuffix("$")
    if r"\p" not in pattern:
        return re.compile(pattern, re.ASCII | re.DOTALL)
    for name, class_ in _CLASSES.items():
        pattern = pattern.replace(name, class_)
    return re.compile(pattern, re.DOTALL)


def _missing(path: list[str], declared: set[str]) -> AwsError:
    code = _declared_error(path, declared, "{}RequiredException") or _general_error(declared)
    return AwsError(
        code,
        f"1 validation error detected: Value null at '{'.'.join(path)}' failed to satisfy constraint: Member must not be null",
    )


def _general_error(declared: set[str]) -> str:
    """What an operation answers to input that no error of its own is for."""
    return "InvalidInputException" if "InvalidInputException" in declared else "ValidationException"


def _declared_error(path: list[str], declared: set[str], form: str) -> str | None:
    """The operation's own error for a member, by the models' naming: repositoryName, InvalidRepositoryNameException.

    Some names are shorter than their member's: beforeCommitSpecifier is missed as CommitRequiredException.
    """
    member = path[-1]
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", member[0].upper() + member[1:])
    candidates = ["".join(words[i:j]) for i in range(len(words)) for j in range(len(words), i, -1)]
    return next((code for name in candidates if (code := form.format(name)) in declared), None)


def _wrong_type(path: list[str]) -> AwsError:
    return AwsError("SerializationException", f"The member '{'.'.join(path)}' has the wrong type.")


def serialize(shape: Shape, value: Any) -> Any:
    """An answer in the protocol's JSON. A member that the model does not know is a fault of ours and raises."""
    if value is None:
        return None
    match shape:
        case StructureShape():
            unknown = value.keys() - shape.members.keys()
            if unknown:
                raise ValueError(f"{shape.name} has no members {sorted(unknown)}")
            return {name: serialize(shape.members[name], member) for name, member in value.items() if member is not None}
        case ListShape():
            return [serialize(shape.member, item) for item in value]
        case MapShape():
            return {key: serialize(shape.value, item) for key, item in value.items()}
    match shape.type_name:
        case "timestamp":
            return value.timestamp()
        case "blob":
            return base64.b64encode(value).decode()
    return value


def page(items: list, next_token: str | None, size: int | None, default: int, invalid_token: str) -> tuple[list, str | None]:
    """One page of a list and the token of the next; tokens are offsets."""
    try:
        start = int(base64.urlsafe_b64decode(next_token)) if next_token else 0
    except ValueError:
        raise AwsError(invalid_token, "The continuation token is not valid.") from None
    end = start + (size or default)
    following = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], following


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
