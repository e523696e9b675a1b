"""What threads wait for is cancelled from other threads, and only that."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import rapace
from rapace.sync import CancelScope, Connection

from .flavors import ECHO, payload
from .peer import Conversation, answer, echo, end, item, playing, serving, text

Wait = Callable[[Connection], object]

WAITS: dict[str, Wait] = {
    "a call": lambda connection: connection.call(ECHO, payload("x"), 10),
    "an item": lambda connection: next(connection.stream(ECHO, payload("x"), 10)),
    "bytes of a tunnel": lambda connection: connection.open_tunnel(2).read(1),
}


def cancelled_soon(scope: CancelScope, action: Callable[[], object]) -> float:
    """Does something that is cancelled from another thread; returns how long after that it ended."""
    told: list[float] = []

    def cancel() -> None:
        told.append(time.monotonic())
        scope.cancel()

    timer = threading.Timer(0.05, cancel)
    timer.start()
    with scope, pytest.raises(rapace.StatusError, match="cancelled by another thread") as caught:
        action()
    ended = time.monotonic()
    timer.join()
    assert (caught.value.code, caught.value.remote) == (rapace.Code.CANCELLED, False)
    return ended - told[0]


@pytest.mark.parametrize("what", WAITS)
@pytest.mark.parametrize("reads", [True, False], ids=["that reads for all", "that sleeps"])
def test_a_call_is_cancelled_from_another_thread(what: str, reads: bool) -> None:
    """Whether the thread reads the socket, or sleeps while another one does."""

    def script(peer: Conversation) -> None:
        while True:
            request = peer.receive_request()
            if request.payload == text("last"):
                peer.send(answer(request.channel, request.payload))
                return

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection, ThreadPoolExecutor(1) as pool:
        reader = None if reads else pool.submit(connection.call, ECHO, payload("first"), 10)
        while reader is not None and connection.in_flight == 0:
            time.sleep(0.01)
        assert cancelled_soon(CancelScope(), lambda: WAITS[what](connection)) < 2
        assert connection.call(ECHO, payload("last"), 5) == "last"
        connection.close()
        if reader is not None:
            assert isinstance(reader.exception(5), rapace.ConnectionLostError)


def test_the_server_is_told_and_the_late_answer_is_dropped() -> None:
    def script(peer: Conversation) -> None:
        first = peer.receive()
        cancel = peer.receive()
        assert cancel.is_cancel
        assert cancel.payload == bytes([2, first.channel, 0])
        second = peer.receive()
        peer.send(answer(first.channel, text("late")), answer(second.channel, text("right")))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        cancelled_soon(CancelScope(), lambda: connection.call(ECHO, payload("1"), 5))
        assert connection.call(ECHO, payload("2"), 5) == "right"
        assert connection.dropped_frames == 1


def test_a_scope_that_was_cancelled_sends_nothing_more() -> None:
    def script(peer: Conversation) -> None:
        channel = peer.receive().channel
        peer.send(item(channel, text("a")), item(channel, text("b")))
        assert peer.receive().is_cancel
        peer.send(end(channel))
        request = peer.receive()
        assert request.payload == text("outside")
        peer.send(answer(request.channel, request.payload))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        items = connection.stream(ECHO, payload("go"), 5)
        with CancelScope() as scope, CancelScope():
            assert next(items) == "a"
            scope.cancel()
            assert scope.cancelled
            with pytest.raises(rapace.StatusError, match="cancelled"):
                next(items)
            with pytest.raises(rapace.StatusError, match="cancelled"):
                connection.call(ECHO, payload("inside"), 5)
        assert next(items, None) is None
        assert connection.call(ECHO, payload("outside"), 5) == "outside"


def test_one_scope_holds_for_the_threads_that_entered_it() -> None:
    scope = CancelScope()

    def call(value: str, inside: bool) -> object:
        if not inside:
            return connection.call(ECHO, payload(value), 10)
        with scope:
            return connection.call(ECHO, payload(value), 10)

    def script(peer: Conversation) -> None:
        requests = [peer.receive_request() for _ in range(4)]
        scope.cancel()
        for _ in range(3):
            assert peer.receive().is_cancel
        peer.send(*(answer(request.channel, request.payload) for request in requests))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call, str(n), n != 2) for n in range(4)]
        errors = [each.exception(10) for each in calls]
        assert [isinstance(error, rapace.StatusError) for error in errors] == [True, True, False, True]
        assert calls[2].result() == "2"


def test_waiting_for_room_and_for_a_connection_is_cancelled_too() -> None:
    over = threading.Event()
    limits = rapace.Limits(max_unsent_bytes=100_000)

    def script(_: Conversation) -> None:
        over.wait(10)

    with playing(script) as peer:
        connection = rapace.sync.connect(peer.address, limits=limits)
        with pytest.raises(rapace.DeadlineExceededError):
            connection.call(ECHO, payload("x" * 8_000_000), 0.05)
        assert cancelled_soon(CancelScope(), lambda: connection.call(ECHO, payload("x"), 10)) < 2
        connection.close()
        over.set()
    late = rapace.Reconnect(initial_delay=5)
    with serving(echo) as server, rapace.sync.connect(server.address, reconnect=late) as lost:
        assert lost.call(ECHO, payload("x"), 5) == "x"
        server.stop_listening()
        server.hang_up()
        assert cancelled_soon(CancelScope(), lambda: lost.call(ECHO, payload("x"), 30)) < 2
