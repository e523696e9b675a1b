"""States, reconnecting and pools, with asyncio, uvloop and blocking clients alike."""

import threading
import time

import pytest

import rapace
from rapace import Reconnect

from .features import AGAIN, Talker, talking
from .flavors import FLAVORS
from .peer import Conversation, Received, answer, echo, item, serving, text

pytestmark = pytest.mark.parametrize("kind", FLAVORS)

SOON = Reconnect(initial_delay=0.01, max_delay=0.05)


def test_a_connection_that_is_closed(kind: str) -> None:
    with serving(echo) as server, talking(kind, server.address) as talker:
        assert talker.connection.state == rapace.State.CONNECTED
        talker.call("x")
        talker.close()
        talker.close()
        assert talker.states == ["connecting", "connected", "closed"]
        assert talker.changes[-1].cause is None


def test_a_connection_that_is_lost(kind: str) -> None:
    def script(_: int, peer: Conversation) -> None:
        peer.receive()

    with serving(script) as server, talking(kind, server.address) as talker:
        with pytest.raises(rapace.ConnectionLostError):
            talker.call("x")
        talker.pause(0.02)
        assert talker.states == ["connecting", "connected", "closed"]
        assert isinstance(talker.changes[-1].cause, rapace.ConnectionLostError)
        assert talker.connection.closed


@pytest.mark.parametrize("options", [{}, {"reconnect": SOON}, {"pool": 2}])
def test_a_server_that_is_not_there(kind: str, options: dict[str, object]) -> None:
    with serving(echo) as server:
        address = server.address
    talker = Talker(kind)
    with pytest.raises(rapace.ConnectionLostError, match="cannot connect"):
        talker.connect(address, **options)
    assert talker.states == ["connecting", "closed"]
    assert isinstance(talker.changes[-1].cause, rapace.ConnectionLostError)
    talker.finish()


def test_a_handler_that_fails_disturbs_nothing(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: rapace.StateChange) -> None:
        raise RuntimeError("not now")

    with serving(echo) as server, talking(kind, server.address, on_state=fail) as talker:
        assert talker.call("x") == "x"
    assert "the handler of connection states failed" in caplog.text


def test_states_are_logged_without_payloads(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), serving(echo) as server, talking(kind, server.address) as talker:
        talker.call("a secret")
        talker.close()
    assert f"{server.address} is connected" in caplog.text
    assert "secret" not in caplog.text


def test_a_lost_connection_is_opened_again_and_calls_wait_for_it(kind: str) -> None:
    def script(number: int, peer: Conversation) -> None:
        if number == 1:
            peer.receive()
        else:
            echo(number, peer)

    with serving(script) as server, talking(kind, server.address, reconnect=SOON) as talker:
        with pytest.raises(rapace.ConnectionLostError):  # It was sent, and may have been done.
            talker.call("x")
        assert talker.call("y") == "y"
        assert not talker.connection.closed
        talker.close()
    assert talker.states == ["connecting", "connected", "disconnected", "connecting", "connected", "closed"]
    assert isinstance(talker.changes[2].cause, rapace.ConnectionLostError)


def test_an_idempotent_call_is_sent_again(kind: str) -> None:
    seen: list[Received] = []

    def script(number: int, peer: Conversation) -> None:
        seen.append(peer.receive_request())
        if number == 3:
            peer.send(answer(seen[-1].channel, text("at last")))
            peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, reconnect=SOON) as talker:
        assert talker.call("x", AGAIN) == "at last"
    assert [request.method for request in seen] == [AGAIN.method_id] * 3


def test_an_idempotent_call_ends_with_its_timeout(kind: str) -> None:
    def script(_: int, peer: Conversation) -> None:
        peer.receive()

    with serving(script) as server, talking(kind, server.address, reconnect=SOON) as talker:
        started = time.monotonic()
        with pytest.raises(rapace.DeadlineExceededError):
            talker.call("x", AGAIN, timeout=0.3)
        assert 0.25 < time.monotonic() - started < 5


def test_a_call_waits_no_longer_than_its_timeout_for_the_connection(kind: str) -> None:
    with serving(echo) as server, talking(kind, server.address, reconnect=SOON) as talker:
        assert talker.call("x") == "x"
        server.stop_listening()
        server.hang_up()
        talker.pause(0.05)
        with pytest.raises(rapace.DeadlineExceededError):
            talker.call("y", AGAIN, timeout=0.2)
        server.listen_again()
        assert talker.call("z") == "z"


def test_attempts_are_bounded(kind: str) -> None:
    few = Reconnect(initial_delay=0.01, max_delay=0.02, attempts=3)
    with serving(echo) as server, talking(kind, server.address, reconnect=few) as talker:
        assert talker.call("x") == "x"
        server.stop_listening()
        server.hang_up()
        talker.pause(0.05)
        for _ in range(2):
            with pytest.raises(rapace.ConnectionLostError, match="3 attempts to open it again failed"):
                talker.call("y", AGAIN)
        assert talker.connection.closed
    again = ["connecting", "disconnected"] * 2 + ["connecting", "closed"]
    assert talker.states == ["connecting", "connected", "disconnected", *again]


def test_a_stream_is_never_sent_again(kind: str) -> None:
    def script(number: int, peer: Conversation) -> None:
        request = peer.receive_request()
        if number == 1:
            peer.send(item(request.channel, text("a")))
        else:
            peer.send(answer(request.channel, request.payload))
            peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, reconnect=SOON) as talker:
        stream = talker.stream("go")
        assert stream.next() == "a"
        with pytest.raises(rapace.ConnectionLostError):
            stream.next()
        assert talker.call("x") == "x"
        assert len(server.conversations) == 2


def test_closing_while_disconnected(kind: str) -> None:
    with serving(echo) as server, talking(kind, server.address, reconnect=SOON) as talker:
        assert talker.call("x") == "x"
        server.stop_listening()
        server.hang_up()
        talker.pause(0.05)
        talker.close()
        with pytest.raises(rapace.ConnectionLostError, match="the connection is closed"):
            talker.call("y")
        assert talker.states[-1] == "closed"


@pytest.mark.parametrize(
    "wrong",
    [{"initial_delay": -1}, {"max_delay": 0.01}, {"factor": 0.5}, {"attempts": 0}, {"max_delay": float("inf")}],
)
def test_schedules_that_are_none(kind: str, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is no schedule"):
        Reconnect(**wrong)


def test_delays_grow_and_are_drawn(kind: str) -> None:
    when = Reconnect()
    for failed, longest in [(0, 0.1), (1, 0.2), (3, 0.8), (7, 10.0), (10_000, 10.0)]:
        drawn = [when.delay(failed) for _ in range(300)]
        assert 0 <= min(drawn) < longest / 4, kind
        assert longest * 3 / 4 < max(drawn) <= longest


def test_a_pool_has_a_connection_for_each_call_at_once(kind: str) -> None:
    def slowly(_: int, peer: Conversation) -> None:
        while True:
            request = peer.receive_request()
            time.sleep(0.1)
            peer.send(answer(request.channel, request.payload))

    with serving(slowly) as server, talking(kind, server.address, pool=3) as talker:
        assert talker.call("x") == "x"
        assert len(server.conversations) == 1
        values = [str(n) for n in range(6)]
        assert talker.calls(*values) == values
        assert len(server.conversations) == 3
        assert talker.call("x") == "x"
        assert len(server.conversations) == 3
        assert talker.connection.in_flight == 0
        talker.close()
        with pytest.raises(rapace.ConnectionLostError, match="the connection is closed"):
            talker.call("y")
    assert talker.states == ["connecting", "connected", "closed"]


def test_a_pool_replaces_what_it_lost_and_is_lost_with_its_last(kind: str) -> None:
    def script(number: int, peer: Conversation) -> None:
        while True:
            request = peer.receive_request()
            if request.payload == text("die"):
                return
            time.sleep(0.05)
            peer.send(answer(request.channel, request.payload))

    with serving(script) as server, talking(kind, server.address, pool=2) as talker:
        assert talker.calls("a", "b") == ["a", "b"]
        with pytest.raises(rapace.ConnectionLostError):
            talker.call("die")
        talker.pause(0.02)
        assert not talker.connection.closed
        assert talker.calls("c", "d") == ["c", "d"]
        assert len(server.conversations) == 3
        results = talker.calls("die", "die")
        assert all(isinstance(result, rapace.ConnectionLostError) for result in results)
        talker.pause(0.02)
        assert talker.connection.closed
        with pytest.raises(rapace.ConnectionLostError):
            talker.call("e")
    assert talker.states == ["connecting", "connected", "closed"]


def test_a_pool_refuses_tunnels(kind: str) -> None:
    with (
        serving(echo) as server,
        talking(kind, server.address, pool=2) as talker,
        pytest.raises(rapace.StatusError, match="a pool of up to 2 connections cannot tell whose channel") as failed,
    ):
        talker.tunnel(2)
    assert (failed.value.code, failed.value.remote) == (rapace.Code.FAILED_PRECONDITION, False)


def test_a_pool_of_one_has_tunnels(kind: str) -> None:
    with serving(echo) as server, talking(kind, server.address, pool=1) as talker:
        talker.tunnel(2).close()


def test_a_pool_reconnects_when_that_is_asked_for(kind: str) -> None:
    with serving(echo) as server, talking(kind, server.address, pool=2, reconnect=SOON) as talker:
        assert talker.call("x") == "x"
        server.hang_up()
        talker.pause(0.1)
        assert talker.call("y", AGAIN) == "y"


@pytest.mark.parametrize("pool", [0, -1])
def test_pools_that_are_none(kind: str, pool: int) -> None:
    with pytest.raises(ValueError, match="at least one connection"):
        Talker(kind).connect("tcp://localhost:1", pool=pool)


def test_a_connection_in_memory(kind: str) -> None:
    mine, theirs = rapace.memory_transport()
    with theirs, talking(kind, mine) as talker:
        peer = Conversation(theirs)

        def answers() -> None:
            peer.send(answer(peer.receive().channel, text("from memory")))

        thread = threading.Thread(target=answers)
        thread.start()
        assert talker.call("x") == "from memory"
        thread.join()
        assert talker.connection.address.startswith("socket ")
        with pytest.raises(ValueError, match="needs an address to open another"):
            rapace.connect(mine, pool=2)
