"""Spans and durations of calls, with asyncio, uvloop and blocking clients alike, as OpenTelemetry's SDK has them."""

import asyncio
import contextvars
import gc
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

import rapace
from rapace.opentelemetry import AsyncTelemetry, SyncTelemetry

from .features import talking
from .flavors import FLAVORS
from .peer import NO_REPLY, Conversation, answer, end, failure, item, playing, text
from .telemetry import AsyncInside, Recorded, SyncInside, Told, Watching

BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

kinds = pytest.mark.parametrize("kind", FLAVORS)


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    made = Recorded()
    yield made
    made.finish()


def nothing() -> None: ...


def answering(peer: Conversation) -> None:
    """Answers each call with its argument; a stream, with three items."""
    while True:
        try:
            request = peer.receive_request()
        except EOFError:
            return
        if request.payload == text("items"):
            peer.send(*(item(request.channel, text(value)) for value in "abc"), end(request.channel))
        elif request.method != 3:
            peer.send(answer(request.channel, request.payload))


def outcome(recorded: Recorded) -> tuple[Any, ...]:
    """How the only call ended: status code, kind of error, status of the span, description."""
    span = recorded.span()
    (metric,) = recorded.metrics()
    (point,) = metric["data"]["data_points"]
    attributes = dict(span.attributes or {})
    assert point["attributes"] == attributes
    assert point["count"] == 1
    assert not span.events
    return (
        attributes.get("rpc.status_code"),
        attributes.get("error.type"),
        span.status.status_code,
        span.status.description,
    )


FINE = ("OK", None, StatusCode.UNSET, None)


@kinds
def test_a_call_is_a_span_and_a_duration(kind: str, recorded: Recorded) -> None:
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        assert Told(talker, recorded).call("x") == "x"
    assert outcome(recorded) == FINE
    span = recorded.span()
    assert (span.name, span.kind, span.parent) == ("Test/echo", SpanKind.CLIENT, None)
    assert span.attributes == {
        "rpc.system.name": "rapace",
        "rpc.method": "Test/echo",
        "rpc.status_code": "OK",
        "server.address": "127.0.0.1",
        "server.port": int(peer.address.rpartition(":")[2]),
    }
    scope = span.instrumentation_scope
    assert scope is not None
    (metric,) = recorded.metrics()
    (point,) = metric["data"]["data_points"]
    assert (metric["name"], metric["unit"]) == ("rpc.client.call.duration", "s")
    assert (scope.name, scope.version) == (metric["scope"], metric["version"]) == ("rapace.opentelemetry", "0.1.0")
    assert point["explicit_bounds"] == BOUNDARIES
    assert 0 < point["sum"] < 5


ERRORS: dict[str, tuple[bytes, tuple[Any, ...]]] = {
    "an error of the server": (failure(1, 4, b"a secret"), ("NOT_FOUND", "NOT_FOUND", StatusCode.ERROR, None)),
    "a code without a name": (failure(1, 77, b"a secret"), ("77", "77", StatusCode.ERROR, None)),
    "an answer that is none": (answer(1, b"a secret"), ("INTERNAL", "INTERNAL", StatusCode.ERROR, None)),
}


@kinds
@pytest.mark.parametrize("what", ERRORS)
def test_a_call_that_fails_says_how_and_nothing_of_the_servers_words(kind: str, what: str, recorded: Recorded) -> None:
    sent, expected = ERRORS[what]

    def script(peer: Conversation) -> None:
        peer.receive_request()
        peer.send(sent)
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker, pytest.raises(rapace.RapaceError):
        Told(talker, recorded).call("x")
    assert outcome(recorded) == expected


@kinds
def test_a_timeout_is_an_error(kind: str, recorded: Recorded) -> None:
    silent = Conversation.wait_for_close
    with playing(silent) as peer, talking(kind, peer.address) as talker, pytest.raises(TimeoutError):
        Told(talker, recorded).call("x", timeout=0.05)
    name = "DEADLINE_EXCEEDED"
    assert outcome(recorded) == (name, name, StatusCode.ERROR, "no answer within 0.05 s")


@kinds
def test_a_cancelled_call_is_cancelled(kind: str, recorded: Recorded) -> None:
    with playing(Conversation.wait_for_close) as peer, talking(kind, peer.address) as talker:
        told = Told(talker, recorded)
        if talker.blocks:
            scope = rapace.sync.CancelScope()
            timer = threading.Timer(0.05, scope.cancel)
            timer.start()
            with scope, pytest.raises(rapace.StatusError):
                told.call("x")
            timer.join()
        else:

            async def cancelled() -> None:
                task = asyncio.create_task(told.client.echo("x"))
                await asyncio.sleep(0.02)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

            talker.run(cancelled())
    assert outcome(recorded)[:3] == ("CANCELLED", "CANCELLED", StatusCode.ERROR)


def test_an_address_is_told_without_its_path(recorded: Recorded) -> None:
    """The path and the query may hold a token."""
    address = "ws://127.0.0.1:1/secret?token=secret"

    def fail(call: rapace.CallInfo) -> str:
        raise rapace.StatusError(rapace.Code.UNAVAILABLE, f"cannot connect to {call.peer}: refused")

    telemetry = SyncTelemetry(tracer_provider=recorded.tracers, meter_provider=recorded.meters)
    with pytest.raises(rapace.StatusError):
        telemetry.unary(rapace.CallInfo("Test", "echo", "unary", 5.0, False, address), fail)
    name = "UNAVAILABLE"
    assert outcome(recorded) == (name, name, StatusCode.ERROR, "cannot connect to 127.0.0.1: refused")
    assert "secret" not in recorded.span().to_json() + str(recorded.metrics())


@kinds
def test_a_lost_connection_is_an_error(kind: str, recorded: Recorded) -> None:
    def script(peer: Conversation) -> None:
        peer.receive_request()

    with playing(script) as peer, talking(kind, peer.address) as talker, pytest.raises(rapace.ConnectionLostError):
        Told(talker, recorded).call("x")
    assert outcome(recorded)[:3] == ("UNAVAILABLE", "UNAVAILABLE", StatusCode.ERROR)


def test_a_coroutine_that_is_given_up_was_cancelled(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    """As by a loop that is closed: that is in another context than the coroutine was."""
    ran: list[str] = []

    class Waiting:
        def __await__(self) -> Generator[None, None, None]:
            ran.append("waits")
            yield

    telemetry = AsyncTelemetry(tracer_provider=recorded.tracers, meter_provider=recorded.meters)
    call = rapace.CallInfo("Test", "echo", "unary", 5.0, False, "tcp://127.0.0.1:1")
    coroutine = telemetry.unary(call, lambda _: Waiting())
    contextvars.copy_context().run(coroutine.send, None)
    coroutine.close()
    assert ran == ["waits"]
    assert outcome(recorded) == ("CANCELLED", "CANCELLED", StatusCode.ERROR, None)
    assert caplog.records == []


@kinds
def test_an_error_of_an_interceptor_is_told_by_its_type(kind: str, recorded: Recorded) -> None:
    class Fails(Watching):
        def look(self) -> None:
            raise LookupError("a secret")

    with playing(Conversation.wait_for_close) as peer, talking(kind, peer.address) as talker:
        inside = SyncInside(Fails()) if talker.blocks else AsyncInside(Fails())
        with pytest.raises(LookupError):
            Told(talker, recorded, inside).call("x")
    assert outcome(recorded) == (None, "LookupError", StatusCode.ERROR, None)


@kinds
def test_arguments_and_answers_are_never_told(kind: str, recorded: Recorded) -> None:
    def script(peer: Conversation) -> None:
        for _ in range(2):
            request = peer.receive_request()
            peer.send(item(request.channel, request.payload), end(request.channel))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        told = Told(talker, recorded)
        assert told.call("a secret") == "a secret"
        assert told.read("a secret", nothing) == ["a secret"]
    told_of = "".join(span.to_json() for span in recorded.spans()) + str(recorded.metrics())
    assert told_of.count("Test/echo") > 4
    assert "secret" not in told_of


@kinds
def test_a_streams_span_lasts_to_its_end(kind: str, recorded: Recorded) -> None:
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        stream = Told(talker, recorded).client.items("items")
        for value in "abc":
            assert talker.do(lambda: next(stream) if talker.blocks else anext(stream)) == value
            assert recorded.spans() == []
        assert talker.do(lambda: next(stream, None) if talker.blocks else step(stream)) is None
        assert outcome(recorded) == FINE


@kinds
def test_leaving_a_stream_ends_its_span_and_is_no_error(kind: str, recorded: Recorded) -> None:
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        assert Told(talker, recorded).read("items", nothing, most=2) == ["a", "b"]
        assert outcome(recorded) == FINE


@kinds
def test_closing_a_stream_ends_its_span_and_is_no_error(kind: str, recorded: Recorded) -> None:
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        stream = Told(talker, recorded).client.items("items")
        close = stream.close if talker.blocks else stream.aclose
        assert talker.do(lambda: next(stream) if talker.blocks else anext(stream)) == "a"
        talker.do(close)
        assert outcome(recorded) == FINE
        talker.do(close)
        assert talker.do(lambda: next(stream, None) if talker.blocks else step(stream)) is None
    assert outcome(recorded) == FINE


async def step(stream: Any) -> Any:
    return await anext(stream, None)


@kinds
def test_a_stream_that_nobody_reads_is_no_call(kind: str, recorded: Recorded) -> None:
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        stream = Told(talker, recorded).client.items("items")
        talker.do(stream.close if talker.blocks else stream.aclose)
        assert talker.do(lambda: next(stream, None) if talker.blocks else step(stream)) is None
    assert recorded.spans() == recorded.metrics() == []


def failing(peer: Conversation) -> None:
    request = peer.receive_request()
    peer.send(item(request.channel, text("a")), failure(request.channel, 7, b"a secret"))
    peer.wait_for_close()


def stopping(peer: Conversation) -> None:
    request = peer.receive_request()
    peer.send(item(request.channel, text("a")))
    peer.wait_for_close()


@kinds
@pytest.mark.parametrize(
    ("script", "name", "description"),
    [
        (failing, "RESOURCE_EXHAUSTED", None),
        (stopping, "DEADLINE_EXCEEDED", "no item within 0.1 s, the timeout of the stream's call"),
    ],
)
def test_a_stream_that_fails_says_how(
    kind: str, script: Callable[[Conversation], None], name: str, description: str | None, recorded: Recorded
) -> None:
    with playing(script) as peer, talking(kind, peer.address) as talker:
        with pytest.raises(rapace.StatusError):
            Told(talker, recorded).read("items", nothing, timeout=0.1)
        assert outcome(recorded) == (name, name, StatusCode.ERROR, description)


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_stream_whose_wait_is_cancelled(kind: str, more: int, recorded: Recorded) -> None:
    """Cancelling a wait ends no stream. One that is left then was cancelled."""
    ready = threading.Event()

    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        assert ready.wait(10)
        peer.send(item(request.channel, text("a")), end(request.channel))
        peer.wait_for_close()

    async def main(client: Any) -> None:
        stream = client.items("items")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(stream)
        assert recorded.spans() == []
        ready.set()
        assert [await anext(stream, None) for _ in range(more)] == ["a", None][:more]

    with playing(script) as peer, talking(kind, peer.address) as talker:
        talker.run(main(Told(talker, recorded).client))
        gc.collect()  # what pytest knows of the error knows the stream
        expected = FINE if more else ("CANCELLED", "CANCELLED", StatusCode.ERROR, None)
        assert outcome(recorded) == expected


@kinds
def test_a_notification_is_a_span_that_ends_when_it_is_sent(kind: str, recorded: Recorded) -> None:
    with playing(Conversation.wait_for_close) as peer, talking(kind, peer.address) as talker:
        Told(talker, recorded).notify()
        assert outcome(recorded) == FINE
    assert recorded.span().name == "Test/nothing"


def blocking_caller(client: Any, span: trace.Span, look: Callable[[], None]) -> None:
    with trace.use_span(span):
        look()
        client.echo("x")
        look()
        for _ in client.items("items"):
            look()
        look()
        for _ in client.items("items"):
            look()
            break
        look()


async def async_caller(client: Any, span: trace.Span, look: Callable[[], None]) -> None:
    with trace.use_span(span):
        look()
        await client.echo("x")
        look()
        async for _ in client.items("items"):
            look()
        look()
        async for _ in client.items("items"):
            look()
            break
        look()


@kinds
def test_the_span_is_the_current_one_inside_and_never_in_the_callers_code(kind: str, recorded: Recorded) -> None:
    inside, outside = Watching(), Watching()
    caller = recorded.tracers.get_tracer("test").start_span("caller")
    with playing(answering) as peer, talking(kind, peer.address) as talker:
        told = Told(talker, recorded, SyncInside(inside) if talker.blocks else AsyncInside(inside))
        calls: Any = blocking_caller if talker.blocks else async_caller
        talker.do(lambda: calls(told.client, caller, outside.look))
    assert len(outside.seen) == 8
    assert set(outside.seen) == {caller.get_span_context().span_id}
    # Before and after a call; at a stream's begin, and before and after each of its items; the last was left at one.
    call, whole, left = dict.fromkeys(inside.seen)
    assert inside.seen == [call] * 2 + [whole] * 7 + [left] * 2
    told_of = [json.loads(span.to_json()) for span in recorded.spans()]
    assert [int(span["context"]["span_id"], 16) for span in told_of] == [call, whole, left]
    assert {int(span["parent_id"], 16) for span in told_of} == {caller.get_span_context().span_id}


@kinds
def test_a_call_carries_the_trace_of_its_span(kind: str, recorded: Recorded) -> None:
    said: list[str] = []

    def script(peer: Conversation) -> None:
        for _ in range(2):
            opened = peer.receive()
            while opened.method != 1:
                opened = peer.receive()
            said.append(opened.payload.decode("latin-1"))
            request = peer.receive_request()
            ends = end(request.channel) if request.flags & NO_REPLY else answer(request.channel, text("yes"))
            peer.send(ends)
        assert peer.receive_request().channel == 0
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        told = Told(talker, recorded)
        assert told.call("x") == "yes"
        assert told.read("x", nothing) == []
        told.notify()
    for span, payload in zip(recorded.spans(), said, strict=False):
        context = span.context
        assert context is not None
        assert "traceparent\x37" + f"00-{context.trace_id:032x}-{context.span_id:016x}-" in payload
    assert len(said) == 2


def test_the_address_of_a_unix_socket_is_its_path(tmp_path: Path, recorded: Recorded) -> None:
    call = rapace.CallInfo("Test", "echo", "unary", 5.0, False, f"unix://{tmp_path}/test.sock")
    SyncTelemetry(tracer_provider=recorded.tracers, meter_provider=recorded.meters).unary(call, lambda _: 1)
    attributes = dict(recorded.span().attributes or {})
    assert attributes["server.address"] == f"{tmp_path}/test.sock"
    assert "server.port" not in attributes
    assert outcome(recorded) == FINE


@kinds
def test_nothing_is_known_of_a_socket_that_somebody_else_connected(kind: str, recorded: Recorded) -> None:
    ours, theirs = rapace.memory_transport()
    thread = threading.Thread(target=lambda: answering(Conversation(theirs)))
    thread.start()
    with theirs, talking(kind, ours) as talker:
        assert Told(talker, recorded).call("x") == "x"
        talker.close()
        thread.join(10)
    assert outcome(recorded) == FINE
    assert not [name for name in recorded.span().attributes or {} if name.startswith("server.")]


def test_providers_are_the_global_ones_even_if_they_are_set_later() -> None:
    script = """
from opentelemetry import metrics, trace
from rapace.opentelemetry import SyncTelemetry
from tests.telemetry import Recorded
import rapace

telemetry, recorded = SyncTelemetry(), Recorded()
call = rapace.CallInfo("Test", "echo", "unary", 5.0, False, "tcp://127.0.0.1:1")
assert telemetry.unary(call, lambda _: "x") == "x"
trace.set_tracer_provider(recorded.tracers)
metrics.set_meter_provider(recorded.meters)
assert telemetry.unary(call, lambda _: "x") == "x"
print(recorded.span().name, len(recorded.metrics()))
"""
    assert run(script) == "Test/echo 1\n"


def test_without_the_package_the_extra_is_named_when_an_interceptor_is_made() -> None:
    script = """
import sys
sys.modules["opentelemetry.trace"] = None
from rapace.opentelemetry import AsyncTelemetry, SyncTelemetry
for make in (AsyncTelemetry, SyncTelemetry):
    try:
        make()
    except ImportError as error:
        print(error)
"""
    printed = run(script)
    assert printed.count("needs the package opentelemetry-api, version 1.30 or later") == 2
    assert printed.count("extra [opentelemetry]") == 2


def run(script: str) -> str:
    paths = "import sys; sys.path[:0] = ['src', '.']\n"
    command = [sys.executable, "-W", "error", "-c", paths + script]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[1])
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout
