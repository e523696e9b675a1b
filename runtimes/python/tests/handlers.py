"""A service in both kinds of handlers, whose methods do what their argument says, and hosts of it in threads."""

import asyncio
import math
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from queue import SimpleQueue
from typing import Any

import rapace
from rapace.background.loop import LoopThread
from rapace.calls import Method
from rapace.codegen import Handler, ServedMethod, SyncHandler, unpack_string
from rapace.limits import Limits
from rapace.postcard.quick import quick
from rapace.postcard.reader import decode_payload, decode_payload_loosely, read_string
from rapace.postcard.writer import Writer, write_string

from .peer import Conversation

ECHO, COUNT = 0x1234_5678, 0x2345_6789
ECHO_CALL = Method("Test.echo", ECHO, read_string, quick(unpack_string, read_string))
COUNT_CALL = Method("Test.count", COUNT, read_string, quick(unpack_string, read_string))
SECONDS = 10.0
ANYWHERE = "tcp://127.0.0.1:0"


def read(payload: bytes, limits: Limits, allow_trailing_bytes: bool) -> tuple[object, ...]:
    decode = decode_payload_loosely if allow_trailing_bytes else decode_payload
    return (decode(read_string, limits, payload),)


def write(value: object, limits: Limits) -> bytes:
    w = Writer()
    write_string(w, value)  # pyright: ignore[reportArgumentType]
    return bytes(w)


class Script:
    """What the test and the handlers share."""

    def __init__(self) -> None:
        self.events: SimpleQueue[str] = SimpleQueue()
        self.gate = threading.Event()
        self.tunnels: list[object] = []  # A tunnel that nobody holds is given up.

    def wait_for(self, *wanted: str) -> None:
        """Returns when these events have come, in this order."""
        for event in wanted:
            assert self.events.get(timeout=SECONDS) == event

    def saw_nothing(self) -> bool:
        return self.events.empty()


METHODS = (
    ServedMethod("Test.echo", ECHO, "echo", False, read, write),
    ServedMethod("Test.count", COUNT, "count", True, read, write),
)


def simple_answer(text: str) -> Any:
    """What both kinds of handlers answer at once."""
    match text.partition(":"):
        case "status", _, _:
            raise rapace.StatusError(rapace.Code.NOT_FOUND, "there is none")
        case "code", _, code:
            raise rapace.StatusError(int(code), "a code")
        case "boom", _, _:
            raise ValueError("a secret")
        case "unreachable", _, address:
            rapace.sync.connect(address, timeout=5.0)
            raise AssertionError
        case "exit", _, _:
            raise SystemExit
        case "stop", _, _:
            raise StopIteration
        case "bad", _, _:
            return 5
        case "long", _, length:
            return "x" * int(length)
        case _:
            return text


class AsyncTest(Handler):
    rapace_service = "Test"
    rapace_methods = METHODS

    def __init__(self, script: Script) -> None:
        self.script = script

    async def echo(self, text: str) -> str:
        events, call = self.script.events, rapace.current_call()
        match text:
            case "wait":
                events.put("started")
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    assert call.cancelled
                    events.put("cancelled")
                    raise
            case "gate":
                events.put("started")
                await asyncio.to_thread(self.script.gate.wait, SECONDS)
            case "stubborn":
                events.put("started")
                while not self.script.gate.is_set():
                    try:
                        await asyncio.sleep(0.001)
                    except asyncio.CancelledError:
                        events.put("ignored")
                events.put("ended")
            case "note":
                events.put("noted")
            case "where":
                return f"{call.method} {call.channel} {call.notification} {call.peer}"
            case "metadata":
                return repr(sorted(call.metadata.items()))
            case "identity":
                return repr(call.identity)
            case "left":
                return "inf" if call.time_left == math.inf else str(int(call.time_left))
            case "back":
                return await call.connection.call(ECHO_CALL, bytearray(write("called back", Limits())), SECONDS)
            case "late":
                return await call.connection.call(ECHO_CALL, bytearray(write("called back", Limits())), 0.01)
            case "tunnel":
                tunnel = call.open_tunnel()
                self.script.tunnels.append(tunnel)
                await tunnel.write(b"hello")
                await tunnel.write_eof()
                return str(tunnel.channel)
            case _:
                pass
        return str(answer) if isinstance(answer := simple_answer(text), str) else answer

    async def count(self, text: str) -> AsyncIterator[str]:
        events = self.script.events
        number, _, then = text.partition(" ")
        try:
            i = 0
            while i < int(number):
                yield str(i).rjust(20_000) if then == "steps" else str(i)
                i += 1
                if then == "steps":
                    events.put(f"step {i}")
            match then:
                case "wait":
                    events.put("started")
                    await asyncio.Event().wait()
                case "bad":
                    yield simple_answer("bad")
                case "stubborn":
                    events.put("started")
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        yield "more"
                case "" | "steps":
                    pass
                case _:
                    simple_answer(then)
        finally:
            events.put("closed")
            if then == "clean-up":
                raise ValueError("in the clean-up")


class SyncTest(SyncHandler):
    rapace_service = "Test"
    rapace_methods = METHODS

    def __init__(self, script: Script) -> None:
        self.script = script

    def echo(self, text: str) -> str:
        events, call = self.script.events, rapace.sync.current_call()
        match text:
            case "wait":
                events.put("started")
                while not call.cancelled:
                    time.sleep(0.001)
                events.put("cancelled")
            case "gate":
                events.put("started")
                self.script.gate.wait(SECONDS)
            case "stubborn":
                events.put("started")
                while not call.cancelled:
                    time.sleep(0.001)
                events.put("ignored")
                self.script.gate.wait(SECONDS)
                events.put("ended")
            case "note":
                events.put("noted")
            case "where":
                return f"{call.method} {call.channel} {call.notification} {call.peer}"
            case "metadata":
                return repr(sorted(call.metadata.items()))
            case "identity":
                return repr(call.identity)
            case "left":
                return "inf" if call.time_left == math.inf else str(int(call.time_left))
            case "back":
                return call.connection.call(ECHO_CALL, bytearray(write("called back", Limits())), SECONDS)
            case "late":
                return call.connection.call(ECHO_CALL, bytearray(write("called back", Limits())), 0.01)
            case "tunnel":
                tunnel = call.open_tunnel()
                self.script.tunnels.append(tunnel)
                tunnel.write(b"hello")
                tunnel.write_eof()
                return str(tunnel.channel)
            case _:
                pass
        return str(answer) if isinstance(answer := simple_answer(text), str) else answer

    def count(self, text: str) -> Iterator[str]:
        events, call = self.script.events, rapace.sync.current_call()
        number, _, then = text.partition(" ")
        try:
            i = 0
            while i < int(number):
                yield str(i).rjust(20_000) if then == "steps" else str(i)
                i += 1
                if then == "steps":
                    events.put(f"step {i}")
            match then:
                case "wait" | "stubborn":
                    events.put("started")
                    while not call.cancelled:
                        time.sleep(0.001)
                    yield "more"
                case "bad":
                    yield simple_answer("bad")
                case "" | "steps":
                    pass
                case _:
                    simple_answer(then)
        finally:
            events.put("closed")
            if then == "clean-up":
                raise ValueError("in the clean-up")


class Served(ABC):
    """A host of the service in another thread, and raw clients of it."""

    script: Script
    address: str

    def __init__(self) -> None:
        self.script = Script()
        self.conversations: list[Conversation] = []

    def peer(self) -> Conversation:
        """A new connection to the host."""
        host, _, port = self.address.removeprefix("tcp://").rpartition(":")
        sock = socket.create_connection((host, int(port)), timeout=SECONDS)
        self.conversations.append(Conversation(sock))
        return self.conversations[-1]

    def near(self) -> Conversation:
        """A new connection through a socket pair, whose buffers in the system are small."""
        ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS)
        self.serve(theirs)
        self.conversations.append(Conversation(ours))
        return self.conversations[-1]

    def finish(self) -> None:
        self.script.gate.set()
        for conversation in self.conversations:
            conversation.sock.close()
        self.close(0.0)

    @abstractmethod
    def start(self, address: str = ANYWHERE, **options: Any) -> None: ...

    @abstractmethod
    def serve(self, sock: socket.socket) -> None: ...

    @abstractmethod
    def close(self, grace: float) -> None: ...

    @property
    @abstractmethod
    def serving(self) -> int: ...


class AsyncServed(Served):
    def start(self, address: str = ANYWHERE, **options: Any) -> None:
        self.thread = LoopThread()
        self.host = rapace.Host(AsyncTest(self.script), **options)
        self.listening = self.host.listen(address)
        self.thread.run(self.listening.__aenter__())
        self.address = self.listening.address

    def serve(self, sock: socket.socket) -> None:
        self.thread.run(self.host.serve(sock))

    def close(self, grace: float) -> None:
        self.thread.run(self.host.close(grace))

    def finish(self) -> None:
        super().finish()
        self.thread.close()

    @property
    def serving(self) -> int:
        return self.thread.do(lambda: self.host.serving)


class ThreadsServed(Served):
    def start(self, address: str = ANYWHERE, **options: Any) -> None:
        self.host = rapace.sync.Host(SyncTest(self.script), **options)
        self.listening = self.host.listen(address)
        self.listening.__enter__()
        self.address = self.listening.address

    def serve(self, sock: socket.socket) -> None:
        self.host.serve(sock)

    def close(self, grace: float) -> None:
        self.host.close(grace)

    @property
    def serving(self) -> int:
        return self.host.serving


KINDS: dict[str, type[Served]] = {"asyncio": AsyncServed, "threads": ThreadsServed}
