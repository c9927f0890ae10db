"""A proxy between the platform's functions and the local AWS that lets calls go wrong: throttled, lost, late, or with the caller dead.

It hands bytes on as they are, so signatures stay valid. Whose request it is, it asks the local AWS: the invocation by the parent in
X-Ray's header, which the SDK sends. Which scene the request belongs to, it finds by what the invocation's event names.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

import wire

# A name, an id of a pipeline, an environment or a redeployment.
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")
_WRITTEN_PIPELINE = re.compile(r"PIPELINE#([a-z][a-z0-9]{7})")
_KEPT_INVOCATIONS = 20_000
# Longer than any client waits and any function may run.
_LATEST_SECONDS = 300
PREFIX = "dataall-platform-"


class Fault(StrEnum):
    """What goes wrong with a call."""

    THROTTLED = "throttled"
    BROKEN = "500"
    DROPPED = "dropped"
    LOST = "answer lost"
    BROKEN_AFTER = "500 after"
    LATE = "late"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    TWICE = "twice"


@dataclass(frozen=True)
class Invocation:
    """A function at work on an event."""

    id: str
    function: str
    process_id: int
    event: object
    scenes: tuple["Scene", ...]


@dataclass(frozen=True)
class Call:
    """A call of AWS by a function: the `nth` of its kind that the function makes in the scene. The SDK's tries count as one."""

    function: str
    operation: str
    nth: int

    def __str__(self) -> str:
        return f"{self.function} {self.operation}#{self.nth}"


@dataclass(frozen=True)
class Made:
    """A call that was made, in which invocation, and what went wrong with it, if anything did."""

    call: Call
    invocation: str
    fault: str = ""


@dataclass
class Rule:
    """Which call goes wrong, how, and whether once (its first try) or every time from then on."""

    call: Call
    fault: Fault
    always: bool = False
    # Does what the fault is, where that is not the proxy's to do.
    does: Callable[[Invocation], None] | None = None
    # How often it has come about.
    applied: int = 0
    lifted: bool = False

    def fits(self, call: Call) -> bool:
        if self.lifted or (self.applied and not self.always):
            return False
        same = (call.function, call.operation) == (self.call.function, self.call.operation)
        return same and (call.nth >= self.call.nth if self.always else call.nth == self.call.nth)


@dataclass(eq=False)
class Scene:
    """What belongs together: the calls for one pipeline, or whatever its words name."""

    rule: Rule | None = None
    calls: list[Made] = field(default_factory=list)
    # The pipelines that were written for it.
    pipelines: set[str] = field(default_factory=set)
    _sdk_calls: dict[str, Call] = field(default_factory=dict)
    _count: Counter = field(default_factory=Counter)

    def call(self, invocation: Invocation, request: wire.Message) -> Call:
        sdk_call = request.headers.get("amz-sdk-invocation-id", "")
        if sdk_call not in self._sdk_calls:
            kind = invocation.function, f"{request.service}:{request.operation}"
            self._count[kind] += 1
            self._sdk_calls[sdk_call] = Call(*kind, self._count[kind])
        return self._sdk_calls[sdk_call]

    def begin(self, rule: Rule | None) -> None:
        """Counts anew, with another rule."""
        self._count.clear()
        self._sdk_calls.clear()
        self.calls.clear()
        self.rule = rule


class Proxy:
    """Listens, on a free port if none is named, as long as the context lasts."""

    def __init__(self, aws_url: str, port: int = 0) -> None:
        self._aws_url, self._port = aws_url, port
        host, _, port = aws_url.removeprefix("http://").partition(":")
        self._aws = host, int(port)
        self._lock = threading.Lock()
        self._scenes: dict[str, Scene] = {}
        self._invocations: OrderedDict[str, Invocation] = OrderedDict()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._helpers = ThreadPoolExecutor(16)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="proxy")
        self.requests = 0

    def __enter__(self) -> "Proxy":
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=wire.LONGEST_HEAD, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._helpers.shutdown(wait=False, cancel_futures=True)

    async def _stop(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        _, waiting = await asyncio.wait(serving, timeout=1) if serving else (set(), set())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    def belongs(self, word: str, scene: Scene) -> None:
        """From now on whatever has this word (a name or an id) in its event belongs to the scene."""
        with self._lock:
            self._scenes[word] = scene

    def forget(self, scene: Scene) -> None:
        with self._lock:
            self._scenes = {word: of for word, of in self._scenes.items() if of is not scene}

    def _named(self, text: str) -> tuple[Scene, ...]:
        with self._lock:
            words = {*_WORD.findall(text), *_PART.findall(text)} & self._scenes.keys()
            return tuple({id(scene): scene for scene in (self._scenes[word] for word in words)}.values())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._aws)
        self._writers.add(writer)
        try:
            while (request := await wire.read_request(reader, writer)) is not None:
                self.requests += 1
                if not await self._answer(request, reader, writer, connection) or request.is_last:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            connection.close()
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, request: wire.Message, reader, writer, connection: "_Connection") -> bool:
        """Answers a request, one way or another; whether the connection lives on."""
        invocation = await self._invocation(request) if self._scenes else None
        scenes = invocation.scenes if invocation else ()
        if len(scenes) > 1:
            scenes = self._named(request.text)
        scene = scenes[0] if len(scenes) == 1 else None
        if scene is None:
            return await _hand_back(await connection.ask(request), writer)
        call = scene.call(invocation, request)
        rule = scene.rule
        fault = rule.fault if rule and rule.fits(call) else None
        scene.calls.append(Made(call, invocation.id, fault or ""))

        async def ask() -> wire.Message:
            answer = await connection.ask(request)
            self._learn(scene, call, request, answer)
            return answer

        if fault is None:
            return await _hand_back(await ask(), writer)
        rule.applied += 1
        return await self._go_wrong(rule, invocation, request, ask, reader, writer)

    async def _go_wrong(self, rule: Rule, invocation: Invocation, request: wire.Message, ask, reader, writer) -> bool:
        match rule.fault:
            case Fault.THROTTLED:
                return await _send(wire.throttled(request), writer)
            case Fault.BROKEN:
                return await _send(wire.broken(request), writer)
            case Fault.DROPPED:
                return False
            case Fault.LOST:
                await ask()
                return False
            case Fault.BROKEN_AFTER:
                await ask()
                return await _send(wire.broken(request), writer)
            case Fault.LATE:
                await ask()
                # Until the client has had enough.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), _LATEST_SECONDS)
                return False
            case Fault.KILLED_BEFORE:
                _kill(invocation)
                return False
            case Fault.KILLED_AFTER:
                await ask()
                _kill(invocation)
                return False
            case Fault.TWICE:
                rule.does(invocation)
                return await _hand_back(await ask(), writer)

    def _learn(self, scene: Scene, call: Call, request: wire.Message, answer: wire.Message) -> None:
        """A new pipeline is known from the moment on at which it is written."""
        if (call.function, call.operation, answer.target) == ("create-pipeline", "dynamodb:TransactWriteItems", "200"):
            for pipeline_id in set(_WRITTEN_PIPELINE.findall(request.text)):
                scene.pipelines.add(pipeline_id)
                self.belongs(pipeline_id, scene)

    async def _invocation(self, request: wire.Message) -> Invocation | None:
        found = re.search(r"Parent=([0-9a-f]+)", request.headers.get("x-amzn-trace-id", ""))
        if found is None:
            return None
        parent = found[1]
        if parent not in self._invocations:
            told = await self._loop.run_in_executor(self._helpers, self._ask_for, parent)
            if told is None:
                return None
            scenes = self._named(json.dumps(told["event"]))
            self._invocations[parent] = Invocation(parent, told["function"].removeprefix(PREFIX), told["processId"], told["event"], scenes)
            while len(self._invocations) > _KEPT_INVOCATIONS:
                self._invocations.popitem(last=False)
        return self._invocations[parent]

    def _ask_for(self, parent: str) -> dict | None:
        try:
            with urllib.request.urlopen(f"{self._aws_url}/_localaws/invocations/{parent}", timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            return None


class _Connection:
    """The way to AWS that belongs to a function's connection."""

    # AWS ends connections that nobody uses.
    IDLE_SECONDS = 20

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def ask(self, request: wire.Message) -> wire.Message:
        if self._streams is None or time.monotonic() - self._used > self.IDLE_SECONDS:
            self.close()
            self._streams = await asyncio.open_connection(*self._address, limit=wire.LONGEST_HEAD)
        reader, writer = self._streams
        writer.write(request.raw)
        await writer.drain()
        answer = await wire.read_answer(reader, request.method)
        self._used = time.monotonic()
        if answer.is_last:
            self.close()
        return answer

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def _send(raw: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(raw)
    await writer.drain()
    return True


async def _hand_back(answer: wire.Message, writer: asyncio.StreamWriter) -> bool:
    await _send(answer.raw, writer)
    return not answer.is_last


def _kill(invocation: Invocation) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(invocation.process_id, signal.SIGKILL)
