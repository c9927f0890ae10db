"""The proxy, between the AWS SDK and a server that plays AWS: bytes arrive as they were, and calls go wrong as a rule says."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from proxy import Call, Fault, Proxy, Rule, Scene

REQUEST = b"POST /path HTTP/1.1\r\nHost: aws\r\nAuthorization: x\r\nX-Odd:  two  spaces \r\n"


@dataclass
class Aws:
    """What a server that plays AWS was asked, and who it says is at work."""

    url: str
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    working: dict[str, dict] = field(default_factory=dict)


@pytest.fixture
def aws():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            played.asked.append((str(self.headers), body))
            self.answer(200, b'{"TableNames": ["one"]}')

        def do_PUT(self):
            self.do_POST()

        def do_GET(self):
            told = played.working.get(self.path.rpartition("/")[2])
            self.answer(200 if told else 404, json.dumps(told).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played = Aws(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield played
    server.shutdown()


@pytest.fixture
def proxy(aws):
    with Proxy(aws.url) as proxy:
        yield proxy


def client(proxy: Proxy, service: str = "dynamodb", parent: str = "aaaa", **options):
    """A client in a function that works with this parent in its trace; as the SDK for Rust does, it names its calls."""
    config = Config(**{"retries": {"total_max_attempts": 1}, "read_timeout": 1, "s3": {"addressing_style": "path"}} | options)
    credentials = {"aws_access_key_id": "1", "aws_secret_access_key": "test"}
    made = boto3.client(service, region_name="eu-west-1", endpoint_url=proxy.url, config=config, **credentials)

    def name(request, **_) -> None:
        request.headers["X-Amzn-Trace-Id"] = f"Root=1-0-0;Parent={parent};Sampled=1"

    made.meta.events.register("before-send", name)
    return made


@pytest.fixture
def scene(aws, proxy) -> Scene:
    """A scene to which the calls of the parent aaaa belong, by a function whose process this is not."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    aws.working["aaaa"] = {
        "function": "dataall-platform-prepare",
        "processId": process.pid,
        "event": {"execution": "sales-k3j9x0ab-r1", "pipelineId": "k3j9x0ab"},
    }
    made = Scene()
    made.process = process
    proxy.belongs("k3j9x0ab", made)
    yield made
    process.kill()
    process.wait()


FIRST = Call("prepare", "dynamodb:ListTables", 1)


def test_bytes_arrive_as_they_were(aws, proxy):
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    for framing, body in ((b"Content-Length: 5\r\n\r\n", b"hello"), (b"\r\n", b"")):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(REQUEST + framing + body)
            assert b'"TableNames"' in connection.recv(1000)
        headers, arrived = aws.asked[-1]
        assert arrived == body
        assert "X-Odd: two  spaces \n" in headers or "X-Odd: two  spaces\n" in headers


def test_what_belongs_to_nobody_passes(aws, proxy):
    assert client(proxy, parent="eeee").list_tables()["TableNames"] == ["one"]


def test_calls_are_counted_by_function_and_operation(proxy, scene):
    functions = client(proxy)
    functions.list_tables()
    functions.list_tables()
    assert [made.call for made in scene.calls] == [FIRST, Call("prepare", "dynamodb:ListTables", 2)]


def test_tries_of_the_sdk_are_one_call(proxy, scene):
    scene.begin(Rule(FIRST, Fault.BROKEN))
    assert client(proxy, retries={"total_max_attempts": 3}).list_tables()["TableNames"] == ["one"]
    assert [(made.call, made.fault) for made in scene.calls] == [(FIRST, "500"), (FIRST, "")]


@pytest.mark.parametrize(
    ("fault", "arrives", "seen"),
    [
        (Fault.THROTTLED, False, "ThrottlingException"),
        (Fault.BROKEN, False, "InternalServerError"),
        (Fault.BROKEN_AFTER, True, "InternalServerError"),
        (Fault.DROPPED, False, ConnectionClosedError),
        (Fault.LOST, True, ConnectionClosedError),
        (Fault.LATE, True, ReadTimeoutError),
        (Fault.KILLED_BEFORE, False, ConnectionClosedError),
        (Fault.KILLED_AFTER, True, ConnectionClosedError),
    ],
)
@pytest.mark.parametrize("always", [False, True])
def test_a_call_goes_wrong_as_the_rule_says(aws, proxy, scene, fault, arrives, seen, always):
    scene.begin(rule := Rule(FIRST, fault, always))
    functions = client(proxy)
    for count in range(1, 3 if always else 2):
        kind, words = (ClientError, seen) if isinstance(seen, str) else (seen, None)
        with pytest.raises(kind, match=words):
            functions.list_tables()
        assert (rule.applied, len(aws.asked)) == (count, count if arrives else 0)
    rule.lifted = True
    before = len(aws.asked)
    assert functions.list_tables()["TableNames"] == ["one"]
    assert len(aws.asked) == before + 1
    if fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
        assert scene.process.wait(5) == -signal.SIGKILL


def test_only_the_call_that_is_meant_goes_wrong(proxy, scene):
    scene.begin(Rule(Call("prepare", "dynamodb:ListTables", 2), Fault.THROTTLED))
    functions = client(proxy)
    functions.list_tables()
    with pytest.raises(ClientError, match="ThrottlingException"):
        functions.list_tables()
    functions.list_tables()


def test_somebody_is_told_when_a_function_is_to_run_twice(proxy, scene):
    told = []
    scene.begin(Rule(FIRST, Fault.TWICE, does=told.append))
    functions = client(proxy)
    functions.list_tables()
    functions.list_tables()
    [invocation] = told
    assert (invocation.function, invocation.event["pipelineId"]) == ("prepare", "k3j9x0ab")


@pytest.mark.parametrize(
    ("service", "ask", "throttled", "broken"),
    [
        ("sts", lambda c: c.assume_role(RoleArn="arn:aws:iam::1:role/platform", RoleSessionName="one"), "Throttling", "InternalFailure"),
        ("s3", lambda c: c.put_object(Bucket="bucket", Key="key", Body=b""), "SlowDown", "InternalError"),
        ("codecommit", lambda c: c.get_branch(repositoryName="a", branchName="b"), "ThrottlingException", "InternalFailure"),
        ("cloudformation", lambda c: c.describe_stacks(), "Throttling", "InternalFailure"),
    ],
)
def test_each_service_fails_in_its_own_protocol(proxy, scene, service, ask, throttled, broken):
    functions = client(proxy, service)
    # What the server that plays AWS answers is no answer of this service.
    with contextlib.suppress(Exception):
        ask(functions)
    [made] = scene.calls
    call = made.call
    assert call.operation.startswith(f"{service}:")
    for fault, code in ((Fault.THROTTLED, throttled), (Fault.BROKEN, broken)):
        scene.begin(Rule(call, fault))
        with pytest.raises(ClientError) as failed:
            ask(functions)
        assert failed.value.response["Error"]["Code"] == code


def test_several_scenes_in_one_invocation_are_told_apart_by_the_request(aws, proxy, scene):
    other = Scene()
    proxy.belongs("x1y2z3w4", other)
    aws.working["bbbb"] = {"function": "dataall-platform-start", "processId": 1, "event": ["k3j9x0ab", "x1y2z3w4"]}
    functions = client(proxy, parent="bbbb")
    functions.get_item(TableName="t", Key={"pk": {"S": "PIPELINE#x1y2z3w4"}})
    functions.list_tables()
    assert [str(one.call) for one in other.calls] == ["start dynamodb:GetItem#1"]
    assert scene.calls == []


def test_a_new_pipeline_is_known_as_soon_as_it_is_written(aws, proxy, scene):
    made = Scene()
    proxy.belongs("p-sales", made)
    aws.working["cccc"] = {"function": "dataall-platform-create-pipeline", "processId": 1, "event": {"body": '{"name": "p-sales"}'}}
    put = {"Put": {"TableName": "t", "Item": {"pk": {"S": "PIPELINE#abcdefgh"}}}}
    client(proxy, parent="cccc").transact_write_items(TransactItems=[put])
    aws.working["dddd"] = {"function": "dataall-platform-check-stack", "processId": 1, "event": {"pipelineId": "abcdefgh"}}
    client(proxy, parent="dddd").list_tables()
    assert [str(one.call) for one in made.calls] == [
        "create-pipeline dynamodb:TransactWriteItems#1",
        "check-stack dynamodb:ListTables#1",
    ]
