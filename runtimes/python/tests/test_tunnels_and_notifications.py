"""Tunnels and notifications, with asyncio, uvloop and blocking clients alike."""

import asyncio
import io
import threading

import pytest

import rapace
from rapace.session import Session

from .features import Talker, talking
from .flavors import FLAVORS
from .peer import DATA, EOS, NO_REPLY, Conversation, answer, failure, frame, playing, text

pytestmark = pytest.mark.parametrize("kind", FLAVORS)


def tunnel_data(channel: int, data: bytes) -> bytes:
    return frame(channel, DATA, data)


def tunnel_end(channel: int) -> bytes:
    return frame(channel, DATA | EOS)


def opened(peer: Conversation, channel: int) -> None:
    """Answers the call that returns the tunnel's channel."""
    peer.send(answer(peer.receive_request().channel, text(str(channel))))


def test_bytes_go_both_ways_and_each_direction_ends_by_itself(kind: str) -> None:
    def script(peer: Conversation) -> None:
        opened(peer, 2)
        sent = peer.receive()
        assert (sent.channel, sent.method, sent.flags, sent.payload) == (2, 0, DATA, b"hello")
        peer.send(tunnel_data(2, b"wor"), tunnel_data(2, b"ld"))
        finished = peer.receive()
        assert (finished.channel, finished.method, finished.flags, finished.payload) == (2, 0, DATA | EOS, b"")
        peer.send(tunnel_data(2, b"!"), tunnel_end(2))
        request = peer.receive_request()
        peer.send(answer(request.channel, text("still there")))

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        tunnel.write(b"hello")
        assert tunnel.read(3) == b"wor"
        tunnel.write_eof()
        tunnel.write_eof()
        with pytest.raises(ValueError, match="after its end"):
            tunnel.write(b"more")
        assert tunnel.read() == b"ld!"
        assert tunnel.read() == b""
        tunnel.close()
        tunnel.close()
        assert talker.call("x") == "still there"
        assert talker.connection.in_flight == 0


def test_chunks_are_at_most_64_kib(kind: str) -> None:
    data = bytes(range(256)) * 1000

    def script(peer: Conversation) -> None:
        opened(peer, 2)
        received = b""
        while len(received) < len(data):
            chunk = peer.receive().payload
            assert len(chunk) <= 64 * 1024
            received += chunk
            peer.send(tunnel_data(2, chunk))
        assert received == data
        peer.send(tunnel_end(2))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        tunnel.write(data)
        assert tunnel.read() == data
        tunnel.close()


def test_what_comes_before_the_tunnel_is_opened_is_kept(kind: str) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        peer.send(tunnel_data(2, b"early "), answer(request.channel, text("2")), tunnel_data(2, b"late"), tunnel_end(2))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        channel = int(talker.call("open"))
        talker.pause(0.05)
        tunnel = talker.tunnel(channel)
        assert tunnel.read() == b"early late"
        assert talker.connection.dropped_frames == 0
        tunnel.close()


def test_an_error_frame_ends_a_tunnel(kind: str) -> None:
    def script(peer: Conversation) -> None:
        opened(peer, 2)
        peer.send(tunnel_data(2, b"part"), failure(2, 9, b"no more"))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        assert tunnel.read(99) == b"part"
        for action in (lambda: tunnel.read(1), lambda: tunnel.write(b"x")):
            with pytest.raises(rapace.StatusError, match="no more") as caught:
                action()
            assert caught.value.remote
        tunnel.close()


def test_a_lost_connection_ends_a_tunnel(kind: str) -> None:
    def script(peer: Conversation) -> None:
        opened(peer, 2)
        peer.receive()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        tunnel.write(b"x")
        with pytest.raises(rapace.ConnectionLostError):
            tunnel.read(1)
        with pytest.raises(rapace.ConnectionLostError):
            tunnel.write(b"x")
        tunnel.close()
        with pytest.raises(rapace.ConnectionLostError):
            talker.tunnel(4)


def test_a_tunnel_that_is_dropped_tells_the_peer(kind: str) -> None:
    def script(peer: Conversation) -> None:
        for channel in (2, 4):
            opened(peer, channel)
            finished, cancelled = peer.receive(), peer.receive()
            assert (finished.channel, finished.flags) == (channel, DATA | EOS)
            assert cancelled.is_cancel
            assert cancelled.payload[1] == channel
        peer.send(tunnel_data(2, b"late"), tunnel_data(4, b"late"))
        opened(peer, 6)

    with playing(script) as peer, talking(kind, peer.address) as talker:
        talker.tunnel(int(talker.call("open"))).close()
        talker.tunnel(int(talker.call("open")))  # and forgotten
        talker.pause(0.02)
        assert talker.call("x") == "6"
        assert talker.connection.dropped_frames == 2
        assert talker.connection.in_flight == 0


def test_a_channel_in_use_is_no_tunnels(kind: str) -> None:
    def script(peer: Conversation) -> None:
        opened(peer, 2)
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        for channel in (0, 2):
            with pytest.raises(rapace.StatusError, match=f"FAILED_PRECONDITION: channel {channel} is in use"):
                talker.tunnel(channel)
        tunnel.write(b"still open")
        tunnel.close()


def test_a_writer_waits_for_a_peer_that_does_not_read(kind: str) -> None:
    go = threading.Event()
    count = 300

    def script(peer: Conversation) -> None:
        opened(peer, 2)
        go.wait(10)
        for _ in range(count):
            peer.receive()
        peer.send(tunnel_end(2))
        peer.wait_for_close()

    limits = rapace.Limits(max_unsent_bytes=256 * 1024)
    with playing(script) as peer, talking(kind, peer.address, limits=limits) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        chunk = bytes(64 * 1024)
        threading.Timer(0.2, go.set).start()
        for _ in range(count):
            tunnel.write(chunk)
        assert go.is_set()  # 19 MiB are more than any socket takes unread.
        assert tunnel.read() == b""
        tunnel.close()


def test_a_notification_is_one_frame_and_waits_for_nothing(kind: str) -> None:
    def script(peer: Conversation) -> None:
        sent = peer.receive()
        assert (sent.channel, sent.method, sent.flags, sent.payload) == (0, 3, DATA | EOS | NO_REPLY, b"")
        peer.send(answer(0, b""), failure(0, 12, b"answers to notifications are dropped"))
        opened(peer, 7)

    with playing(script) as peer, talking(kind, peer.address) as talker:
        talker.notify()
        assert talker.connection.in_flight == 0
        assert talker.call("x") == "7"
        talker.close()
        with pytest.raises(rapace.ConnectionLostError):
            talker.notify()


def test_a_notification_that_is_followed_by_close_arrives(kind: str) -> None:
    received: list[int] = []

    def script(peer: Conversation) -> None:
        received.append(peer.receive().method)

    with playing(script) as peer, talking(kind, peer.address) as talker:
        talker.notify()
        talker.close()
    assert received == [3]


def test_pythons_own_readers_go_around_a_blocking_tunnel(kind: str) -> None:
    def script(peer: Conversation) -> None:
        opened(peer, 2)
        peer.send(tunnel_data(2, b"one\ntw"), tunnel_data(2, b"o\n"), tunnel_end(2))
        assert peer.receive().payload == b"three\n"
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address) as talker:
        tunnel = talker.tunnel(int(talker.call("open")))
        if isinstance(tunnel.tunnel, io.RawIOBase):
            with io.BufferedReader(tunnel.tunnel) as lines:
                assert list(lines) == [b"one\n", b"two\n"]
                tunnel.write(b"three\n")
        else:
            read_lines(talker, tunnel.tunnel)


def read_lines(talker: Talker, tunnel: rapace.Tunnel) -> None:
    async def main() -> None:
        async with tunnel:
            assert await tunnel.readexactly(4) == b"one\n"
            assert [chunk async for chunk in tunnel] == [b"tw", b"o\n"]
            with pytest.raises(asyncio.IncompleteReadError):
                await tunnel.readexactly(1)
            await tunnel.write(b"three\n")

    talker.run(main())


def test_early_frames_are_bounded(kind: str) -> None:
    session = Session(rapace.Limits(max_stream_bytes=1000))
    for _ in range(100):
        assert session.receive(tunnel_data(2, bytes(36))) == []
    assert session.dropped_frames == 100, kind
    assert len(session.open_tunnel(2)) == 10
    assert session.dropped_frames == 90


def test_what_comes_after_a_tunnels_end_is_no_other_tunnels(kind: str) -> None:
    session = Session()
    session.open_tunnel(2)
    session.finish_tunnel(2)
    session.receive(tunnel_end(2) + tunnel_data(2, b"late"))
    assert session.dropped_frames == 1, kind
    assert session.open_tunnel(2) == []
