"""A thread that watches a blocking connection hears what the others would hear at their next call."""

import contextlib
import threading
import time

import pytest

import rapace

from .flavors import ECHO, payload
from .peer import Conversation, echo, item, playing, serving

SOON = rapace.Reconnect(initial_delay=0.01, max_delay=0.05)


def watching(connection: rapace.sync.Connection) -> threading.Thread:
    thread = threading.Thread(target=connection.watch)
    thread.start()
    return thread


def test_a_loss_is_heard_of_while_nobody_calls() -> None:
    states: list[rapace.State] = []

    def heard(change: rapace.StateChange) -> None:
        states.append(change.state)

    with serving(echo) as server, rapace.sync.connect(server.address, on_state=heard) as connection:
        thread = watching(connection)
        assert connection.call(ECHO, payload("x"), 5) == "x"
        server.hang_up()
        thread.join(5)
        assert not thread.is_alive()
        assert states[-1] == rapace.State.CLOSED


def test_a_watched_connection_is_opened_again_while_nobody_calls() -> None:
    with serving(echo) as server, rapace.sync.connect(server.address, reconnect=SOON) as connection:
        thread = watching(connection)
        for opened in (1, 2, 3):
            deadline = time.monotonic() + 5
            while len(server.conversations) < opened and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(server.conversations) == opened
            assert connection.call(ECHO, payload("x"), 5) == "x"
            server.hang_up()
        connection.close()
        thread.join(5)
        assert not thread.is_alive()


def test_a_watched_pool_hears_of_each_loss() -> None:
    with serving(echo) as server, rapace.sync.connect(server.address, pool=2) as connection:
        thread = watching(connection)
        assert connection.call(ECHO, payload("x"), 5) == "x"
        server.hang_up()
        thread.join(5)
        assert not thread.is_alive()
        assert connection.closed


def test_watching_ends_with_its_time_and_with_close() -> None:
    with playing(Conversation.wait_for_close) as peer, rapace.sync.connect(peer.address) as connection:
        started = time.monotonic()
        connection.watch(0.1)
        assert 0.05 < time.monotonic() - started < 5
        assert not connection.closed
        thread = watching(connection)
        time.sleep(0.05)
        connection.close()
        thread.join(5)
        assert not thread.is_alive()
        connection.watch()


def test_watching_is_no_reason_to_read_for_a_slow_reader() -> None:
    """And when the connection is reset meanwhile, it is not looked at for ever."""
    sent: list[int] = []
    block = bytes([0x80, 0x80, 0x01]) + b"b" * 16384

    def script(peer: Conversation) -> None:
        channel = peer.receive().channel
        peer.sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            for _ in range(10_000):
                peer.send(item(channel, block))
                sent.append(1)
        peer.reset()

    limits = rapace.Limits(stream_high_water_bytes=64 * 1024)
    with playing(script) as peer, rapace.sync.connect(peer.address, limits=limits) as connection:
        items = connection.stream(ECHO, payload("go"), 5)
        assert len(next(items)) == 16384
        thread = watching(connection)
        thread.join(10)
        assert not thread.is_alive()
        assert connection.closed
        with pytest.raises(rapace.ConnectionLostError):
            list(items)
        assert len(sent) < 5_000


def test_a_scope_ends_watching() -> None:
    with playing(Conversation.wait_for_close) as peer, rapace.sync.connect(peer.address) as connection:
        scope = rapace.sync.CancelScope()
        threading.Timer(0.05, scope.cancel).start()
        with scope, pytest.raises(rapace.StatusError, match="cancelled"):
            connection.watch()
