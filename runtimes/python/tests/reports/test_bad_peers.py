"""Peers that accept and close, never read, say too much, or call a client."""

import base64
import contextlib
import hashlib
import re
import socket
import struct
import time

import pytest

import rapace
from rapace import Reconnect
from rapace.limits import LOGGED_REFUSALS
from rapace.quote import quoted, seconds
from rapace.session import Failed, Item, Session

from ..features import Talker, talking
from ..flavors import Flavor
from ..peer import (
    CONTROL,
    DATA,
    EOS,
    ERROR,
    NO_REPLY,
    Conversation,
    answer,
    echo,
    failure,
    frame,
    playing,
    serving,
    text,
)

KINDS = ["asyncio", "uvloop", "blocking"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_accepts_and_closes_is_dialled_ever_more_rarely(kind: str) -> None:
    reconnect = Reconnect(initial_delay=0.05, max_delay=10.0)
    with serving(lambda _, peer: None) as server, talking(kind, server.address, reconnect=reconnect) as talker:
        end = time.monotonic() + 2.0
        while time.monotonic() < end:
            talker.calls("lost", timeout=0.2)
        # The longest waits are 0.05, 0.1, 0.2, … s: without end they would be some 80.
        assert len(server.conversations) < 30


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_has_answered_is_opened_again_at_once(kind: str) -> None:
    def once(_: int, peer: Conversation) -> None:
        request = peer.receive_request()
        peer.send(answer(request.channel, request.payload))

    reconnect = Reconnect(initial_delay=0.01, max_delay=10.0, factor=100.0)
    with serving(once) as server, talking(kind, server.address, reconnect=reconnect) as talker:
        for number in range(8):
            assert talker.call(str(number)) == str(number)
            talker.pause(0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_while_it_is_down_a_calls_error_says_that_and_the_last_cause(kind: str) -> None:
    with serving(echo) as server:
        talker = Talker(kind)
        talker.connect(server.address, reconnect=Reconnect(initial_delay=0.01, max_delay=0.01))
        assert talker.call("first") == "first"
        server.stop_listening()
        server.hang_up()
        talker.pause(0.05)
        talker.calls("lost", timeout=0.5)
        (reported,) = talker.calls("down", timeout=0.5)
        assert isinstance(reported, rapace.DeadlineExceededError)
        assert "the connection is lost and was not opened again within 0.5 s: UNAVAILABLE: cannot connect" in str(
            reported
        )
        assert reported.__cause__ is not None
        talker.finish()


def flood_with_pings(sock: socket.socket) -> None:
    """Shakes hands as a WebSocket server does, and then sends pings and reads nothing."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += sock.recv(4096)
    (key,) = re.findall(rb"Sec-WebSocket-Key: (\S+)", request)
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    sock.sendall(head + accept + b"\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            sock.sendall((b"\x89\x7d" + bytes(125)) * 100)


@pytest.mark.parametrize("kind", KINDS)
def test_pings_of_a_peer_that_reads_no_pongs_do_not_pile_up(kind: str) -> None:
    with serving(lambda _, peer: flood_with_pings(peer.sock)) as server:
        with talking(kind, server.address.replace("tcp:", "ws:")) as talker:
            (reported,) = talker.calls("x", timeout=15)
        assert isinstance(reported, rapace.ConnectionLostError)
        assert "the peer does not read the answers to what it sends" in str(reported)


def test_empty_fragments_without_end_take_no_memory() -> None:
    from rapace.address import WebSocketAddress
    from rapace.limits import DEFAULT_LIMITS
    from rapace.websocket import WebSocketLayer

    layer = WebSocketLayer(WebSocketAddress("localhost", 80, "/"), DEFAULT_LIMITS)
    fragment = type("Fragment", (), {"opcode": 0, "data": b"", "fin": False})
    frames: list[bytes] = []
    for _ in range(1000):
        layer._take(fragment, frames)  # pyright: ignore[reportPrivateUsage]
    assert frames == []
    assert len(layer._message) == 0  # pyright: ignore[reportPrivateUsage]


def test_what_comes_before_a_tunnel_is_opened_is_bounded() -> None:
    session = Session()
    for _ in range(100):
        session.receive(frame(2, DATA, bytes(64 * 1024)))
    kept = session.open_tunnel(2)
    assert sum(len(event.payload) for event in kept if isinstance(event, Item)) <= 1024 * 1024
    assert len(kept) == 15


def test_what_a_peer_says_is_quoted_without_what_steers_a_terminal() -> None:
    assert quoted("two\r\nlines\tand \x1b[31mred\x00 \u202ereversed\u2066 caf\u00e9") == (
        "two  lines and \ufffd[31mred\ufffd \ufffdreversed\ufffd caf\u00e9"
    )
    for long in ("x" * 20_000_000, "\u00e9" * 2000):
        assert quoted(long).endswith("...")
        assert len(quoted(long).encode()) <= 1024
    assert quoted("x" * 1024) == "x" * 1024


def test_an_errors_message_is_quoted() -> None:
    session = Session()
    channel, _ = session.start_unary(1, b"")
    (event,) = session.receive(failure(channel, 4, b"line\nbreak \x1b[2J " + b"y" * 16_000_000))
    assert isinstance(event, Failed)
    assert event.error.message.startswith("line break \ufffd[2J yyy")
    assert event.error.message.endswith("...")
    assert len(event.error.message.encode()) <= 1024


def test_numbers_in_messages_are_rounded() -> None:
    wanted = {14.647485000001325: "14.647 s", 5e-324: "0.001 s", 0.25: "0.25 s", 30.0: "30 s", 0.0: "0 s"}
    assert {number: seconds(number) for number in wanted} == wanted
    assert seconds(86400.0) == "86400 s"


def test_a_call_of_the_peer_is_refused_and_logged(flavor: Flavor, caplog: pytest.LogCaptureFixture) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        peer.send(frame(2, DATA | EOS, text("set_total"), method=0xABCD))
        refusal = peer.receive()
        assert (refusal.channel, refusal.method, refusal.flags) == (2, 0, ERROR | EOS)
        message = b"this client serves no methods"
        assert refusal.payload == struct.pack("<II", rapace.Code.UNIMPLEMENTED, len(message)) + message
        peer.send(frame(4, DATA | EOS | NO_REPLY, b"", method=7))
        assert peer.receive().channel == 4
        peer.send(answer(request.channel, request.payload))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert client.call("built") == "built"
        assert client.dropped_frames == 0
    refused = [record for record in caplog.records if "refused a call of the peer" in record.getMessage()]
    assert refused[0].getMessage() == "refused a call of the peer: method 0x0000abcd, no handler"
    assert [record.levelname for record in refused] == ["WARNING", "WARNING"]


def test_refused_calls_do_not_fill_a_log(caplog: pytest.LogCaptureFixture) -> None:
    session = Session()
    for channel in range(2, 6 * LOGGED_REFUSALS, 2):
        session.receive(frame(channel, DATA | EOS, b"", method=5))
    logged = [record.getMessage() for record in caplog.records]
    assert len(logged) == LOGGED_REFUSALS + 1
    assert logged[-1] == "refused more calls of the peer, which are not logged"


def test_only_what_is_a_request_is_refused() -> None:
    session = Session()
    channel, _ = session.start_unary(1, b"")
    for stray in (
        frame(2, DATA, b"tunnel"),
        frame(2, EOS, b"", method=5),
        frame(9, DATA | EOS, b"", method=5),
        frame(0, DATA | EOS, b"", method=5),
        frame(2, CONTROL | DATA, b"", method=5),
        frame(channel, DATA, b"answer", method=5),
    ):
        session.receive(stray)
        assert session.outgoing() == b""
    session.open_tunnel(6)
    session.receive(frame(6, DATA, b"", method=5))
    assert session.outgoing() == b""
    session.receive(frame(8, DATA, b"part", method=5))
    assert session.outgoing() != b""
    session.receive(frame(8, DATA, b"of one request", method=5))
    assert session.outgoing() == b""
