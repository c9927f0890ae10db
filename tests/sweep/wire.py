"""HTTP/1.1 as functions and AWS speak it: messages read whole and handed on byte for byte, and what services answer when they fail."""

import json
import re
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

LONGEST_HEAD = 1 << 17


@dataclass(frozen=True)
class Message:
    """A request or an answer: its first line, its headers (names in lower case), its body, and all of it as it came."""

    first: str
    headers: dict[str, str]
    body: bytes
    raw: bytes

    @property
    def is_last(self) -> bool:
        """Whether the sender closes the connection after it."""
        return self.headers.get("connection", "").lower() == "close"

    @cached_property
    def method(self) -> str:
        return self.first.partition(" ")[0]

    @cached_property
    def target(self) -> str:
        """Where a request goes; the status of an answer."""
        return self.first.split(" ")[1]

    @cached_property
    def service(self) -> str:
        """The service that the request is signed for; empty if it is not signed."""
        found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", self.headers.get("authorization", ""))
        return found[1] if found else ""

    @cached_property
    def operation(self) -> str:
        """What is asked of the service, such as `PutItem`."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        query = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        if "x-id" in query:
            return query["x-id"][0]
        form = parse_qs(self.body.decode("latin-1")) if self.headers.get("content-type", "").startswith("application/x-www-form") else {}
        if "Action" in form:
            return form["Action"][0]
        path = urlsplit(self.target).path
        if self.service == "lambda" and path.endswith("/invocations"):
            return "Invoke"
        return _of_s3(self.method, path, set(query))

    @property
    def text(self) -> str:
        """Where it goes and what it says."""
        return f"{self.target}\n{self.body.decode('latin-1')}"


def _of_s3(method: str, path: str, query: set[str]) -> str:
    """An operation of S3 that does not name itself."""
    key = path.strip("/").partition("/")[2]
    named = {
        ("GET", False, "list-type"): "ListObjectsV2",
        ("GET", False, "versions"): "ListObjectVersions",
        ("GET", False, "tagging"): "GetBucketTagging",
        ("GET", False, "location"): "GetBucketLocation",
        ("POST", False, "delete"): "DeleteObjects",
    }
    for (verb, of_object, parameter), operation in named.items():
        if (method, bool(key), parameter in query) == (verb, of_object, True):
            return operation
    return f"{method.capitalize()}{'Object' if key else 'Bucket'}"


async def read_request(reader: StreamReader, writer: StreamWriter) -> Message | None:
    """The next request; none if the connection ends before one begins."""

    def bounds(_first: str, headers: dict[str, str]) -> int | str:
        if headers.get("expect") == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return _bounds(headers, open_end=False)

    return await _read(reader, bounds)


async def read_answer(reader: StreamReader, method: str) -> Message:
    def bounds(first: str, headers: dict[str, str]) -> int | str:
        status = first.split(" ")[1]
        empty = method == "HEAD" or status in ("204", "304") or status.startswith("1")
        return 0 if empty else _bounds(headers, open_end=True)

    while (answer := await _read(reader, bounds)) is not None:
        if not answer.target.startswith("1"):
            return answer
    raise ConnectionResetError("There is no answer.")


def _bounds(headers: dict[str, str], *, open_end: bool) -> int | str:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return "chunked"
    if "content-length" in headers:
        return int(headers["content-length"])
    return "to the end" if open_end else 0


async def _read(reader: StreamReader, bounds) -> Message | None:
    head = await reader.readuntil(b"\r\n\r\n") if (begun := await reader.read(1)) else b""
    if not begun:
        return None
    head = begun + head
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    end = bounds(first, headers)
    if end == "to the end":
        body = raw = await reader.read()
        headers["connection"] = "close"
    elif end == "chunked":
        body, raw = await _read_chunks(reader)
    else:
        body = raw = await reader.readexactly(end) if end else b""
    return Message(first, headers, body, head + raw)


async def _read_chunks(reader: StreamReader) -> tuple[bytes, bytes]:
    body, raw = b"", b""
    while True:
        line = await reader.readuntil(b"\r\n")
        raw += line
        if size := int(line.partition(b";")[0], 16):
            chunk = await reader.readexactly(size + 2)
            body, raw = body + chunk[:-2], raw + chunk
        else:
            while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
                raw += line
            return body, raw + line


THROTTLED = {
    "dynamodb": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"),
    "sts": (400, "Throttling"),
    "cloudformation": (400, "Throttling"),
    "iam": (400, "Throttling"),
}
BROKEN = {"s3": (500, "InternalError"), "dynamodb": (500, "InternalServerError")}


def throttled(request: Message) -> bytes:
    """What the service answers to who asks too often."""
    return refusal(request, *THROTTLED.get(request.service, (400, "ThrottlingException")), "Rate exceeded")


def broken(request: Message) -> bytes:
    """What the service answers when it fails itself."""
    return refusal(request, *BROKEN.get(request.service, (500, "InternalFailure")), "The request processing has failed")


def refusal(request: Message, status: int, code: str, message: str) -> bytes:
    """An error in the service's own protocol."""
    if request.service == "s3":
        kind, body = "application/xml", f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>sweep</RequestId></Error>"
    elif "x-amz-target" in request.headers:
        kind, body = request.headers.get("content-type", "application/x-amz-json-1.1"), json.dumps({"__type": code, "message": message})
    else:
        error = f"<Error><Type>{'Sender' if status < 500 else 'Receiver'}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        kind, body = "text/xml", f"<ErrorResponse>{error}<RequestId>sweep</RequestId></ErrorResponse>"
    content = b"" if request.method == "HEAD" else body.encode()
    head = f"HTTP/1.1 {status} Refused\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content
