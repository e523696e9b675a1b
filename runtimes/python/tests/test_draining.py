"""Hosts that shut down: calls in flight end, and clients of both kinds send the others to the next host."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

import rapace
from rapace.budget import RetryBudget
from rapace.control import close_connection, pong
from rapace.failures import SHUTTING_DOWN

from .conftest import LOOPS
from .features import AGAIN, talking
from .flavors import payload
from .handlers import ECHO_CALL, KINDS, Served
from .peer import CONTROL, Conversation, Received, answer, end, failure, frame, item, playing, serving, text

ways = pytest.mark.parametrize("kind", [*LOOPS, "blocking"])

NOTICE = frame(0, CONTROL, close_connection(), method=2)
RECONNECT = rapace.Reconnect(initial_delay=0.0, max_delay=0.1)


def request_of(peer: Conversation) -> Received:
    """The next request. The hello's Ping is answered before."""
    while True:
        got = peer.receive()
        if got.method == 5 and got.flags & CONTROL and got.payload:
            peer.send(frame(0, CONTROL, pong(got.payload[1:]), method=6))
        if not got.flags & CONTROL:
            return got


@ways
def test_a_plain_connection_takes_no_new_calls_and_ends_with_its_last(kind: str) -> None:
    more = threading.Event()

    def script(peer: Conversation) -> None:
        first = request_of(peer)
        stream = request_of(peer)
        peer.send(item(stream.channel, text("a")), NOTICE, answer(first.channel, text("first")))
        assert more.wait(10)
        peer.send(item(stream.channel, text("b")), end(stream.channel))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, hello=True) as talker:
        first = talker.begin("x")
        stream = talker.stream("y")
        assert stream.next() == "a"
        assert first() == "first"
        with pytest.raises(rapace.UnavailableError, match=SHUTTING_DOWN) as caught:
            talker.call("z")
        assert (caught.value.remote, type(caught.value)) == (False, rapace.UnavailableError)
        with pytest.raises(rapace.UnavailableError, match=SHUTTING_DOWN):
            talker.notify()
        more.set()
        assert (stream.next(), stream.next()) == ("b", None)
        talker.pause(0.05)
        with pytest.raises(rapace.ConnectionLostError, match=SHUTTING_DOWN):
            talker.call("z")


@ways
@pytest.mark.parametrize("pool", [1, 2])
def test_new_calls_go_to_the_next_connection_and_those_in_flight_go_on(kind: str, pool: int) -> None:
    more = threading.Event()

    def script(number: int, peer: Conversation) -> None:
        stream = request_of(peer)
        if number == 1:
            peer.send(item(stream.channel, text("a")), NOTICE)
            assert more.wait(10)
            peer.send(item(stream.channel, text("b")), end(stream.channel))
            peer.wait_for_close()
        else:
            peer.send(answer(stream.channel, text(f"on {number}")))
            peer.wait_for_close()

    options: dict[str, Any] = {"hello": True, "reconnect": RECONNECT, "pool": pool}
    with serving(script) as server, talking(kind, server.address, **options) as talker:
        stream = talker.stream("y")
        assert stream.next() == "a"
        talker.pause(0.05)
        assert talker.call("x") in ("on 2", "on 3")  # A pool may take a connection of its own.
        more.set()
        assert (stream.next(), stream.next()) == ("b", None)
        assert talker.connection.in_flight == 0


@ways
def test_a_call_that_crosses_the_notice_is_sent_again(kind: str) -> None:
    heard: list[tuple[int, bytes]] = []

    def script(number: int, peer: Conversation) -> None:
        request = request_of(peer)
        heard.append((number, request.payload))
        if number < 3:
            peer.send(NOTICE, failure(request.channel, 13, SHUTTING_DOWN.encode()))
        else:
            peer.send(answer(request.channel, text("ran")))
        peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, hello=True, reconnect=RECONNECT) as talker:
        assert talker.call("x") == "ran"
    assert heard == [(1, text("x")), (2, text("x")), (3, text("x"))]


@ways
def test_a_stream_that_crosses_the_notice_is_sent_again_unless_it_has_begun(kind: str) -> None:
    def script(number: int, peer: Conversation) -> None:
        request = request_of(peer)
        if number == 1:
            peer.send(NOTICE, failure(request.channel, 13, SHUTTING_DOWN.encode()))
        elif number == 2:
            refused = failure(request.channel, 13, SHUTTING_DOWN.encode())
            peer.send(item(request.channel, text("a")), NOTICE, refused)
        peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, hello=True, reconnect=RECONNECT) as talker:
        stream = talker.stream("y")
        assert stream.next() == "a"
        with pytest.raises(rapace.UnavailableError, match=SHUTTING_DOWN) as caught:
            stream.next()
        assert caught.value.remote


@ways
def test_what_is_unavailable_without_a_notice_is_not_sent_again(kind: str) -> None:
    def script(_: int, peer: Conversation) -> None:
        request = request_of(peer)
        peer.send(failure(request.channel, 13, b"down"))
        peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, hello=True, reconnect=RECONNECT) as talker:
        with pytest.raises(rapace.UnavailableError, match="down"):
            talker.call("x", method=AGAIN)
        assert len(server.conversations) == 1


@ways
def test_a_call_waits_no_longer_than_its_timeout_for_the_next_host(kind: str) -> None:
    def script(_: int, peer: Conversation) -> None:
        request = request_of(peer)
        server.stop_listening()
        peer.send(NOTICE, failure(request.channel, 13, SHUTTING_DOWN.encode()))
        peer.wait_for_close()

    with (
        serving(script) as server,
        talking(kind, server.address, hello=True, reconnect=RECONNECT) as talker,
        pytest.raises(rapace.DeadlineExceededError, match=r"was not opened again within 0\.2 s"),
    ):
        talker.call("x", timeout=0.2)


def test_a_tenth_of_the_calls_and_ten_more_may_be_sent_again() -> None:
    budget = RetryBudget()
    assert [budget.take() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(20):
        budget.count()
    assert [budget.take() for _ in range(3)] == [True, True, False]


def test_what_is_long_ago_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("rapace.budget.monotonic", lambda: now[0])
    budget = RetryBudget()
    for _ in range(100):
        budget.count()
    assert sum(budget.take() for _ in range(30)) == 20
    now[0] += 10
    assert sum(budget.take() for _ in range(30)) == 10


@pytest.fixture(params=KINDS)
def start(request: pytest.FixtureRequest) -> Callable[[], Served]:
    return KINDS[str(request.param)]


@ways
def test_a_host_that_is_replaced_under_load_loses_no_call(start: Callable[[], Served], kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    served = [start()]
    served[0].start(address=address)
    stop, answers = threading.Event(), list[str]()

    def restart() -> None:
        for _ in range(2):
            stop.wait(0.1)
            served[-1].close(5.0)
            served.append(start())
            served[-1].start(address=address)
        stop.wait(0.1)
        stop.set()

    def blocking(connection: rapace.sync.Connection) -> None:
        while not stop.is_set():
            answers.append(connection.call(ECHO_CALL, payload("hi"), 10.0))

    async def calls(connection: rapace.Connection) -> None:
        while not stop.is_set():
            answers.append(await connection.call(ECHO_CALL, payload("hi"), 10.0))

    async def all_calls(connection: rapace.Connection) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(calls(connection))

    restarting = threading.Thread(target=restart)
    try:
        with talking(kind, address, hello=True, reconnect=RECONNECT) as talker:
            restarting.start()
            if talker.blocks:
                blocking(talker.connection)
            else:
                talker.run(all_calls(talker.connection))
    finally:
        stop.set()
        restarting.join(20)
        for each in served:
            each.finish()
    assert set(answers) == {"hi"}
    assert len(served) == 3
