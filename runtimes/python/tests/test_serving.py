"""Serving on connections that this side dials, and what is around served calls, with asyncio and with threads."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

import rapace
from rapace import Limits
from rapace.aio.wire import Wire
from rapace.background.connection import LoopConnection
from rapace.background.loop import LoopThread
from rapace.control import Opening, encode_opening, open_channel
from rapace.layer import Failure
from rapace.opentelemetry import AsyncServerTelemetry, SyncServerTelemetry
from rapace.session import Request

from .handlers import COUNT, COUNT_CALL, ECHO, ECHO_CALL, KINDS, AsyncTest, Script, SyncTest, write
from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, Conversation, Received, end, frame, item, playing, serving, text
from .telemetry import Recorded

T = TypeVar("T")

kinds = pytest.mark.parametrize("kind", KINDS)


class Dialler:
    """Connects with handlers, of each kind, and closes in the end."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.script = Script()
        self._finish: list[Callable[[], None]] = []

    def connect(self, address: str, **options: Any) -> rapace.sync.Connection:
        if self.kind == "threads":
            connection = rapace.sync.connect(address, handlers=[SyncTest(self.script)], **options)
            self._finish.append(connection.close)
            return connection
        thread = LoopThread()
        self._finish.append(thread.close)

        async def connect() -> rapace.Connection:
            return await rapace.connect(address, handlers=[AsyncTest(self.script)], **options)

        connection = LoopConnection(thread, thread.run(connect()))
        self._finish.append(connection.close)
        return connection

    def finish(self) -> None:
        self.script.gate.set()
        for finish in reversed(self._finish):
            finish()


@pytest.fixture(params=KINDS)
def dialler(request: pytest.FixtureRequest) -> Iterator[Dialler]:
    made = Dialler(str(request.param))
    yield made
    made.finish()


def ask(peer: Conversation, channel: int, argument: str) -> Received:
    """Calls what the other side serves."""
    peer.send(frame(channel, DATA | EOS, text(argument), method=ECHO))
    return peer.receive()


def encoded(value: str) -> bytearray:
    return bytearray(write(value, Limits()))


def test_a_connection_that_is_dialled_serves_and_calls(dialler: Dialler) -> None:
    def script(peer: Conversation) -> None:
        peer.send(frame(2, DATA | EOS, text("at once"), method=ECHO))
        received = {each.channel: each.payload for each in (peer.receive(), peer.receive())}
        assert received == {1: text("there"), 2: text("at once")}
        assert ask(peer, 4, "back").channel == 3  # The handler of the call on 4 calls back.
        peer.send(frame(3, DATA | EOS, text("nested")))
        answer = peer.receive()
        assert (answer.channel, answer.payload) == (4, text("nested"))
        refusal = ask(peer, 5, "own parity")
        assert refusal.payload[8:] == b"channel 5 belongs to this side: the peer must open even channels"
        peer.send(frame(1, DATA | EOS, text("and done")))
        peer.wait_for_close()

    with playing(script) as peer:
        connection = dialler.connect(peer.address)
        assert connection.call(ECHO_CALL, encoded("there"), 10.0) == "and done"
        connection.close()
        connection.close()


def test_a_plug_in_may_have_the_even_channels(dialler: Dialler) -> None:
    def script(peer: Conversation) -> None:
        peer.send(frame(1, DATA | EOS, text("odd"), method=ECHO))
        received = {each.channel: each.payload for each in (peer.receive(), peer.receive())}
        assert received == {1: text("odd"), 2: text("even")}
        peer.send(frame(2, DATA | EOS, text("yes")))
        peer.wait_for_close()

    with playing(script) as peer:
        connection = dialler.connect(peer.address, first_channel=2)
        assert connection.call(ECHO_CALL, encoded("even"), 10.0) == "yes"
        connection.close()
    with pytest.raises(ValueError, match="the first channel of a side is 1 or 2, not 0"):
        dialler.connect("tcp://127.0.0.1:1", first_channel=0)


def test_a_connection_that_comes_back_serves_again(dialler: Dialler) -> None:
    served = threading.Semaphore(0)

    def script(number: int, peer: Conversation) -> None:
        assert ask(peer, 2, f"connection {number}").payload == text(f"connection {number}")
        served.release()
        if number < 3:
            return
        peer.wait_for_close()

    with serving(script) as server:
        connection = dialler.connect(server.address, reconnect=rapace.Reconnect(initial_delay=0.001))
        for _ in range(3):
            assert served.acquire(timeout=10)
        connection.close()


def test_each_connection_of_a_pool_serves(dialler: Dialler) -> None:
    asked = threading.Barrier(2)

    def script(_: int, peer: Conversation) -> None:
        request = peer.receive()
        asked.wait(10)
        assert ask(peer, 2, "pool").payload == text("pool")
        peer.send(frame(request.channel, DATA | EOS, text("done")))
        peer.wait_for_close()

    with serving(script) as server:
        connection = dialler.connect(server.address, pool=2)
        answers: list[str] = []
        threads = [
            threading.Thread(target=lambda: answers.append(connection.call(ECHO_CALL, encoded("x"), 10.0)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert answers == ["done", "done"]
        connection.close()


def test_closing_cancels_the_calls_that_run(dialler: Dialler) -> None:
    def script(peer: Conversation) -> None:
        peer.send(frame(2, DATA | EOS, text("wait"), method=ECHO))
        peer.send(frame(4, DATA | EOS | NO_REPLY, text("0 wait"), method=COUNT))
        peer.wait_for_close()

    with playing(script) as peer:
        connection = dialler.connect(peer.address)
        dialler.script.wait_for("started", "started")
        connection.close()
        assert {dialler.script.events.get(timeout=10) for _ in range(2)} == {"cancelled", "closed"}
        assert connection.closed


def test_threads_stream_notify_and_tunnel_on_a_connection_that_serves(dialler: Dialler) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive()
        peer.send(item(request.channel, text("a")), item(request.channel, text("b")), end(request.channel))
        assert (peer.receive().channel, peer.receive().flags & DATA) == (0, DATA)
        peer.send(item(6, b"early"), item(6, b"more"))
        received = b""
        while not received.endswith(b"bye"):
            received += peer.receive().payload
        peer.send(end(6))
        peer.receive()
        peer.wait_for_close()

    with playing(script) as peer:
        connection = dialler.connect(peer.address)
        with connection.stream(COUNT_CALL, encoded("2"), 10.0) as stream:
            assert list(stream) == ["a", "b"]
        connection.notify(ECHO_CALL, encoded("x"), 10.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        connection.notify(ECHO_CALL, encoded("x"), 10.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        tunnel = connection.open_tunnel(6)
        assert tunnel.channel == 6
        assert tunnel.writable()
        assert tunnel.write(b"bye") == 3
        assert tunnel.read(5) == b"early"
        assert tunnel.readall() == b"more"
        tunnel.timeout = 0.01
        tunnel.write_eof()
        assert not tunnel.writable()
        tunnel.close()
        assert (connection.in_flight, connection.state) == (0, rapace.State.CONNECTED)
        connection.close()
        with pytest.raises(rapace.ConnectionLostError, match="the connection is closed"):
            connection.call(ECHO_CALL, encoded("late"), 10.0)


def test_a_scope_cancels_what_waits_on_a_connection_that_serves(dialler: Dialler) -> None:
    scope = rapace.sync.CancelScope()

    def script(peer: Conversation) -> None:
        request = peer.receive()
        scope.cancel()
        assert peer.receive().is_cancel
        assert request.channel == 1
        peer.wait_for_close()

    with playing(script) as peer:
        connection = dialler.connect(peer.address)
        with scope, pytest.raises(rapace.StatusError, match="cancelled by another thread"):
            connection.call(ECHO_CALL, encoded("x"), 10.0)
        connection.close()


def test_watching_ends_with_the_connection(dialler: Dialler) -> None:
    with playing(lambda peer: peer.sock.close()) as peer:
        connection = dialler.connect(peer.address)
        connection.watch()
        assert connection.closed
        with pytest.raises(rapace.ConnectionLostError):
            connection.call(ECHO_CALL, encoded("x"), 10.0)


def test_a_forked_child_cannot_use_a_connection_that_serves() -> None:
    with rapace.sync.memory_connection(SyncTest(Script())) as connection:
        assert connection.call(ECHO_CALL, encoded("hi"), 10.0) == "hi"
    with serving(lambda _, peer: peer.wait_for_close()) as server:
        connection = rapace.sync.connect(server.address, handlers=[SyncTest(Script())])
        pid = os.fork()
        if not pid:
            code = 1
            try:
                connection.call(ECHO_CALL, encoded("x"), 10.0)
            except rapace.WrongOwnerError:
                connection.close()
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert not connection.closed
        connection.close()


def test_a_forked_child_closes_its_copy_of_a_blocking_host_alone() -> None:
    host = rapace.sync.Host(SyncTest(Script()))
    with host.listen("tcp://127.0.0.1:0") as listening, rapace.sync.connect(listening.address) as connection:
        assert connection.call(ECHO_CALL, encoded("hi"), 10.0) == "hi"
        pid = os.fork()
        if not pid:
            code = 1
            try:
                host.close()
                listening.close()
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert connection.call(ECHO_CALL, encoded("still"), 10.0) == "still"


def test_what_ends_a_program_ends_no_event_loop_from_a_thread(caplog: pytest.LogCaptureFixture) -> None:
    with rapace.sync.memory_connection(SyncTest(Script())) as connection:
        with pytest.raises(rapace.StatusError, match="the handler raised SystemExit"):
            connection.call(ECHO_CALL, encoded("exit"), 10.0)
        with pytest.raises(rapace.StatusError, match="the handler raised SystemExit"):
            list(connection.stream(COUNT_CALL, encoded("0 exit"), 10.0))
        assert connection.call(ECHO_CALL, encoded("still"), 10.0) == "still"
    assert [record.getMessage() for record in caplog.records] == ["Test.echo failed", "Test.count failed"]


def test_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    with rapace.sync.memory_connection(SyncTest(Script())) as connection:
        assert connection.call(ECHO_CALL, encoded("hi"), 10.0) == "hi"
        stream = connection.stream(COUNT_CALL, encoded("2"), 10.0)
        assert list(stream) == ["0", "1"]
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


class AsyncSeen(rapace.AsyncInterceptor):
    def __init__(self, seen: list[str], name: str) -> None:
        self.seen = seen
        self.name = name

    async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
        self.seen.append(f"{self.name} {call.service}.{call.method} {call.kind}")
        try:
            return await proceed(call)
        finally:
            self.seen.append(f"{self.name} done")

    async def stream(
        self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], AsyncIterator[T]]
    ) -> AsyncIterator[T]:
        self.seen.append(f"{self.name} {call.service}.{call.method} {call.kind}")
        try:
            async for each in proceed(call):
                yield each
        finally:
            self.seen.append(f"{self.name} done")


class SyncSeen(rapace.SyncInterceptor):
    def __init__(self, seen: list[str], name: str) -> None:
        self.seen = seen
        self.name = name

    def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], T]) -> T:
        self.seen.append(f"{self.name} {call.service}.{call.method} {call.kind}")
        try:
            return proceed(call)
        finally:
            self.seen.append(f"{self.name} done")

    def stream(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Iterator[T]]) -> Iterator[T]:
        self.seen.append(f"{self.name} {call.service}.{call.method} {call.kind}")
        try:
            yield from proceed(call)
        finally:
            self.seen.append(f"{self.name} done")


SEEN: dict[str, Callable[[list[str], str], Any]] = {"asyncio": AsyncSeen, "threads": SyncSeen}


@kinds
def test_interceptors_run_around_served_calls(kind: str) -> None:
    seen: list[str] = []
    served = KINDS[kind]()
    served.start(interceptors=[SEEN[kind](seen, "outer"), SEEN[kind](seen, "inner")])
    try:
        peer = served.peer()
        assert ask(peer, 1, "hi").payload == text("hi")
        around = ["outer Test.echo unary", "inner Test.echo unary", "inner done", "outer done"]
        assert seen == around
        seen.clear()
        peer.send(frame(3, DATA | EOS | NO_REPLY, text("2"), method=COUNT))
        assert [peer.receive().payload for _ in range(3)] == [text("0"), text("1"), b""]
        served.script.wait_for("closed")
        peer.send(frame(0, DATA | EOS | NO_REPLY, text("note"), method=ECHO))
        served.script.wait_for("noted")
        assert ask(peer, 5, "status").flags == ERROR | EOS
        wanted = [each.replace("echo unary", "count stream") for each in around]
        wanted += [each.replace("unary", "notification") for each in around]
        assert seen == wanted + around
        seen.clear()
        peer.send(frame(7, DATA | EOS | NO_REPLY, text("1 wait"), method=COUNT))
        peer.receive()
        served.script.wait_for("started")
        peer.sock.close()
        served.script.wait_for("closed")
        served.close(10.0)
        assert seen == wanted[:4]
    finally:
        served.finish()


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    made = Recorded()
    yield made
    made.finish()


TELEMETRY: dict[str, Callable[..., Any]] = {"asyncio": AsyncServerTelemetry, "threads": SyncServerTelemetry}


@kinds
@pytest.mark.parametrize(
    ("argument", "status", "error"),
    [("hi", "OK", None), ("status", "NOT_FOUND", "NOT_FOUND"), ("boom", "INTERNAL", "ValueError")],
)
def test_a_served_call_is_a_span_and_a_duration(
    kind: str, recorded: Recorded, argument: str, status: str, error: str | None
) -> None:
    served = KINDS[kind]()
    tracer = recorded.tracers.get_tracer("test")
    with tracer.start_as_current_span("who listens"):
        served.start(interceptors=[TELEMETRY[kind](tracer_provider=recorded.tracers, meter_provider=recorded.meters)])
    try:
        peer = served.peer()
        ask(peer, 1, argument)
        served.close(10.0)
        span = recorded.spans()[-1]
        assert (span.name, span.kind, span.parent) == ("Test/echo", SpanKind.SERVER, None)
        assert span.status.status_code == (StatusCode.UNSET if error is None else StatusCode.ERROR)
        assert span.status.description is None
        host, port = peer.sock.getsockname()
        how: dict[str, object] = {"rpc.system.name": "rapace", "rpc.method": "Test/echo", "rpc.status_code": status}
        if error is not None:
            how["error.type"] = error
        assert span.attributes == {**how, "client.address": host, "client.port": port}
        (metric,) = recorded.metrics()
        assert (metric["name"], metric["unit"]) == ("rpc.server.call.duration", "s")
        (point,) = metric["data"]["data_points"]
        assert (point["attributes"], point["count"]) == (how, 1)
    finally:
        served.finish()


@kinds
def test_the_span_of_a_served_call_is_the_current_one_in_the_handler(kind: str, recorded: Recorded) -> None:
    inside: list[object] = []
    telemetry = TELEMETRY[kind](tracer_provider=recorded.tracers, meter_provider=recorded.meters)

    class AsyncLook(rapace.AsyncInterceptor):
        async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
            inside.append(trace.get_current_span().get_span_context().span_id)
            return await proceed(call)

    class SyncLook(rapace.SyncInterceptor):
        def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], T]) -> T:
            inside.append(trace.get_current_span().get_span_context().span_id)
            return proceed(call)

    served = KINDS[kind]()
    interceptors: Sequence[object] = [telemetry, AsyncLook() if kind == "asyncio" else SyncLook()]
    served.start(interceptors=interceptors)
    try:
        ask(served.peer(), 1, "hi")
        served.close(10.0)
        context = recorded.span().context
        assert context is not None
        assert inside == [context.span_id]
    finally:
        served.finish()


@kinds
def test_the_span_of_a_served_call_is_a_child_of_its_callers(kind: str, recorded: Recorded) -> None:
    served = KINDS[kind]()
    served.start(interceptors=[TELEMETRY[kind](tracer_provider=recorded.tracers, meter_provider=recorded.meters)])
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    carried = open_channel(
        1, encode_opening("Test", "echo", [("traceparent", parent.encode()), ("tracestate", b"a=1")])
    )
    try:
        peer = served.peer()
        peer.send(frame(0, CONTROL, carried, method=1))
        ask(peer, 1, "hi")
        served.close(10.0)
        span = recorded.span()
        assert span.parent is not None
        assert (span.parent.trace_id, span.parent.span_id) == (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
        assert span.parent.is_remote
        assert span.context is not None
        assert span.context.trace_state.to_header() == "a=1"
    finally:
        served.finish()


class PassingLayer:
    """A layer that changes nothing."""

    opened = True
    failure: Failure | None = None

    certificate: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def hello(self) -> bytes:
        return b""

    def wrap(self, frames: bytes) -> bytes:
        return frames

    def unwrap(self, data: bytes) -> bytes:
        return data

    def outgoing(self) -> bytes:
        return b""

    def farewell(self) -> bytes:
        return b""


class DyingLayer(PassingLayer):
    """A layer that ends its wire while it takes bytes in, as one does that has too much to answer."""

    wire: Wire | None = None

    def unwrap(self, data: bytes) -> bytes:
        if self.wire is not None:
            self.wire.lose("the peer does not read", None)
        return data


class Requested:
    """What serves a wire: it counts the calls that it is asked to run."""

    def __init__(self) -> None:
        self.calls = asyncio.Queue[Request]()

    def greeted(self, hello: Opening) -> None: ...

    def requested(self, request: Request) -> None:
        self.calls.put_nowait(request)

    def cancelled(self, number: int) -> None: ...

    def stop(self) -> None: ...

    async def ended(self) -> None: ...


@pytest.mark.parametrize("dies", [False, True])
def test_nothing_is_served_on_a_wire_that_its_layer_has_ended(dies: bool) -> None:
    async def script() -> None:
        ours, theirs = socket.socketpair()
        layer, server = DyingLayer(), Requested()
        with theirs:
            wire = Wire("test", Limits(), False, layer, serve=lambda _: server)
            await asyncio.get_running_loop().create_connection(lambda: wire, sock=ours)
            if dies:
                layer.wire = wire
            theirs.sendall(frame(2, DATA | EOS, text("hi"), method=ECHO))
            if dies:
                with pytest.raises(ConnectionResetError, match="the peer does not read"):
                    await wire.opened()
                await wire.gone.wait()
                assert server.calls.empty()
            else:
                assert (await server.calls.get()).method_id == ECHO
                wire.lose("the test is over", None)
                await wire.gone.wait()

    asyncio.run(script())
