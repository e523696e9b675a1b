"""Hello, token and Pings: what clients of both kinds send, and how both sides answer."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

import rapace
from rapace.control import encode_opening, open_channel, ping, pong

from .conftest import LOOPS
from .features import ECHO, talking
from .flavors import payload
from .peer import CONTROL, Conversation, Received, answer, end, frame, item, playing, serving, text

ways = pytest.mark.parametrize("kind", [*LOOPS, "blocking"])


def hello_of(entries: dict[str, str]) -> bytes:
    return open_channel(0, encode_opening("", "", [(key, entries[key].encode()) for key in sorted(entries)]))


def check_hello(peer: Conversation, entries: dict[str, str]) -> bytes:
    """The first two frames are a hello and a Ping. Returns the payload of the Ping."""
    first, second = peer.receive(), peer.receive()
    assert (first.channel, first.method, first.flags) == (0, 1, CONTROL)
    assert first.payload == hello_of({"rapace-hello": "1", "rapace-client": "rapace-python/0.1.0", **entries})
    assert (second.channel, second.method, second.flags) == (0, 5, CONTROL)
    assert len(second.payload) == 9
    return second.payload[1:]


def control(verb: int, data: bytes) -> bytes:
    return frame(0, CONTROL, data, method=verb)


@ways
@pytest.mark.parametrize(
    ("options", "entries"),
    [
        ({"token": "secret"}, {"token": "secret"}),
        ({"hello": True}, {}),
        ({"hello": {"zone": "eu"}, "token": lambda: "asked"}, {"zone": "eu", "token": "asked"}),
        ({"client_name": "shop/2.1"}, {"rapace-client": "shop/2.1"}),
    ],
)
@pytest.mark.parametrize("pool", [1, 2])
def test_a_hello_is_said_first(kind: str, options: dict[str, Any], entries: dict[str, str], pool: int) -> None:
    def script(_: int, peer: Conversation) -> None:
        check_hello(peer, entries)
        request = peer.receive()
        assert (request.channel, request.flags) == (1, 5)
        peer.send(answer(1, text("yes")))
        peer.wait_for_close()

    with serving(script) as server, talking(kind, server.address, pool=pool, **options) as talker:
        assert talker.call("x") == "yes"


@ways
def test_a_peer_that_understands_gets_the_deadline_of_each_call(kind: str) -> None:
    said: list[Received | None] = []

    def script(peer: Conversation) -> None:
        asked = check_hello(peer, {})
        peer.send(answer(peer.receive_request().channel, text("before")))
        peer.send(control(6, pong(asked)))
        for _ in range(2):
            got = peer.receive()
            said.append(got if got.flags & CONTROL else None)
            request = peer.receive_request() if got.flags & CONTROL else got
            peer.send(answer(request.channel, text("after")))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, hello=True) as talker:
        assert talker.call("x") == "before"
        # The Pong comes after that answer. It is there with the next one at the latest.
        talker.pause(0.05)
        assert talker.call("x", timeout=1.5) == "after"
        assert talker.call("x", timeout=float("inf")) == "after"
    if kind == "blocking":
        return  # Nobody reads the Pong before the call: `test_a_watched_connection_hears_a_pong`.
    assert said[0] is not None
    assert said[1] is None
    opened = open_channel(3, encode_opening("Test", "echo", []))[:-1]
    assert said[0].payload.startswith(opened + b"\1\x0atimeout-ns")
    assert 1.4e9 < int(said[0].payload[len(opened) + 13 :]) <= 1.5e9


@ways
def test_a_token_is_asked_at_each_dial(kind: str) -> None:
    asked: list[str] = []

    def token() -> str:
        asked.append(f"token {len(asked)}")
        return asked[-1]

    async def async_token() -> str:
        await asyncio.sleep(0)
        return token()

    def script(number: int, peer: Conversation) -> None:
        check_hello(peer, {"token": f"token {number - 1}"})
        peer.send(answer(peer.receive_request().channel, text(f"on {number}")))

    given = token if kind == "blocking" else async_token
    reconnect = rapace.Reconnect(initial_delay=0.0)
    with serving(script) as server, talking(kind, server.address, token=given, reconnect=reconnect) as talker:
        assert talker.call("x") == "on 1"
        talker.pause(0.05)
        assert talker.call("x") == "on 2"


def returns_bytes() -> Any:
    return b"token"


def raises() -> str:
    raise ValueError("a secret")


@ways
@pytest.mark.parametrize(
    ("token", "problem", "cause"),
    [(raises, "ValueError", ValueError), (returns_bytes, "TypeError", TypeError)],
)
def test_a_token_function_that_fails_fails_the_dial(
    kind: str, token: Callable[[], str], problem: str, cause: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    expected = f"cannot connect to tcp://127.0.0.1:1: the token function failed with {problem}"
    with (
        pytest.raises(rapace.ConnectionLostError, match=expected) as caught,
        talking(kind, "tcp://127.0.0.1:1", token=token),
    ):
        pass
    assert isinstance(caught.value.__cause__, cause)
    assert "secret" not in str(caught.value)
    assert not any("secret" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"hello": {"Key": "v"}}, "a key is 1 to 64"),
        ({"hello": {"token": "v"}}, r"pass it as token=…"),
        ({"hello": {"rapace-hello": "2"}}, "reserved"),
        ({"token": "x" * 9000}, "the hello takes 90.. bytes; at most 8192 are sent"),
        ({"keepalive": -1.0}, "keepalive is a number of seconds"),
        ({"keepalive": float("nan")}, "keepalive is a number of seconds"),
    ],
)
def test_options_that_cannot_be_said(options: dict[str, Any], problem: str) -> None:
    for connect in (rapace.connect, rapace.sync.connect):
        with pytest.raises(ValueError, match=problem):
            connect("tcp://127.0.0.1:1", **options)


def test_a_token_is_in_no_repr() -> None:
    connecting: Any = rapace.connect("tcp://127.0.0.1:1", token="secret")
    assert "secret" not in repr(connecting._options)


@ways
def test_a_ping_is_answered(kind: str) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        peer.send(control(5, ping(b"12345678")), control(5, b""), answer(request.channel, text("yes")))
        got = peer.receive()
        assert (got.method, got.flags, got.payload) == (6, CONTROL, pong(b"12345678"))
        assert peer.receive_request().channel == 3
        peer.send(answer(3, text("more")))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        assert talker.call("x") == "yes"
        assert talker.call("x") == "more"


@ways
def test_a_flood_of_pings_has_one_pong_that_waits(kind: str) -> None:
    """The client is not read: no more of its Pongs than one may wait, or the connection would be lost."""

    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        for _ in range(200):
            peer.send(control(5, ping(b"12345678")) * 500)
        peer.send(answer(request.channel, text("yes")))
        pongs = 0
        while (got := peer.receive()).flags & CONTROL:
            pongs += 1
        assert 0 < pongs < 10_000
        peer.send(answer(got.channel, text("more")))
        peer.wait_for_close()

    limits = rapace.Limits(max_unsent_bytes=1000)
    with playing(script) as peer, talking(kind, peer.address, limits=limits) as talker:
        assert talker.call("x", timeout=10.0) == "yes"
        assert talker.call("x", timeout=10.0) == "more"


def answering(peer: Conversation) -> None:
    """Answers the hello's Ping, and then says nothing more."""
    asked = check_hello(peer, {})
    peer.send(control(6, pong(asked)))
    verbs: list[int] = []
    try:
        while True:
            got = peer.receive()
            verbs.append(got.method if got.flags & CONTROL else 0)
    except (EOFError, ConnectionError):
        pass
    assert verbs.count(5) == 2


@ways
def test_a_peer_that_is_silent_for_two_pings_is_lost(kind: str) -> None:
    with playing(answering) as peer, talking(kind, peer.address, hello=True, keepalive=0.1) as talker:
        with pytest.raises(rapace.ConnectionLostError) as caught:
            talker.call("x", timeout=10.0)
        problem = f"{peer.address} has not answered two pings in 0.2 s"
        assert caught.value.message == problem
        assert talker.changes[-1].state == rapace.State.CLOSED


@ways
def test_a_peer_that_does_not_understand_is_never_asked(kind: str) -> None:
    def script(peer: Conversation) -> None:
        check_hello(peer, {})
        request = peer.receive_request()
        peer.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            peer.receive()
        peer.sock.settimeout(10)
        peer.send(answer(request.channel, text("yes")))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, hello=True, keepalive=0.05) as talker:
        assert talker.call("x", timeout=10.0) == "yes"


@ways
def test_a_peer_that_answers_stays(kind: str) -> None:
    def script(peer: Conversation) -> None:
        asked = check_hello(peer, {})
        peer.send(control(6, pong(asked)))
        request = None
        for _ in range(4):
            got = peer.receive()
            while got.method != 5:
                request = got if not got.flags & CONTROL else request
                got = peer.receive()
            peer.send(control(6, pong(got.payload[1:])))
        assert request is not None
        peer.send(answer(request.channel, text("yes")))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, hello=True, keepalive=0.05) as talker:
        assert talker.call("x", timeout=10.0) == "yes"


@ways
def test_a_reader_that_is_slow_is_no_silent_peer(kind: str) -> None:
    block = "b" * 16384
    data = bytes([0x80, 0x80, 0x01]) + block.encode()  # its length as a varint, and the text

    def script(peer: Conversation) -> None:
        asked = check_hello(peer, {})
        peer.send(control(6, pong(asked)))
        channel = peer.receive_request().channel
        peer.sock.sendall(item(channel, data) * 20)
        peer.send(end(channel))
        peer.wait_for_close()

    limits = rapace.Limits(stream_high_water_bytes=64 * 1024)
    with playing(script) as peer, talking(kind, peer.address, hello=True, keepalive=0.1, limits=limits) as talker:
        reader = talker.stream("go")
        assert reader.next() == block
        talker.pause(0.6)  # nothing is read meanwhile, neither items nor Pongs
        assert [reader.next() for _ in range(20)] == [block] * 19 + [None]


def test_a_blocking_connection_that_nobody_read_is_not_taken_for_lost() -> None:
    def script(peer: Conversation) -> None:
        asked = check_hello(peer, {})
        peer.send(control(6, pong(asked)))
        for _ in range(2):
            while (got := peer.receive()).flags & CONTROL:
                if got.method == 5:
                    peer.send(control(6, pong(got.payload[1:])))
            peer.send(answer(got.channel, text("yes")))
        peer.wait_for_close()

    with playing(script) as peer, talking("blocking", peer.address, hello=True, keepalive=0.02) as talker:
        assert talker.call("x") == "yes"
        talker.pause(0.2)
        assert talker.call("x") == "yes"


def test_a_watched_connection_hears_a_pong() -> None:
    def script(peer: Conversation) -> None:
        asked = check_hello(peer, {})
        peer.send(control(6, pong(asked)))
        first = peer.receive()
        assert (first.method, b"timeout-ns" in first.payload) == (1, True)
        peer.send(answer(peer.receive_request().channel, text("yes")))
        peer.wait_for_close()

    with playing(script) as peer, rapace.sync.connect(peer.address, hello=True) as connection:
        connection.watch(0.1)
        assert connection.call(ECHO, payload("x"), 5.0) == "yes"
