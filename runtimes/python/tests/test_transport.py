"""Addresses, and the cure for the 44 ms of servers whose writes Nagle's algorithm holds back."""

import asyncio
import logging
import socket
import statistics
import time
import traceback

import pytest

import rapace
from rapace import sync
from rapace.address import Address, TcpAddress, UnixAddress, WebSocketAddress, parse_address
from rapace.aio import wire as asyncio_wire
from rapace.sync import wire as blocking_wire
from rapace.transport import Acknowledger

from .flavors import ECHO, Flavor, payload
from .peer import CONTROL, Conversation, Received, answer, end, item, playing, text


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("tcp://127.0.0.1:9000", TcpAddress("127.0.0.1", 9000)),
        ("tcp://localhost:1", TcpAddress("localhost", 1)),
        ("tcp://[::1]:9000", TcpAddress("::1", 9000)),
        ("tls://shop.example:443", TcpAddress("shop.example", 443, secure=True)),
        ("ws://localhost", WebSocketAddress("localhost", 80, "/")),
        ("ws://localhost:9000/rpc?shop=1", WebSocketAddress("localhost", 9000, "/rpc?shop=1")),
        ("wss://[::1]/", WebSocketAddress("::1", 443, "/", secure=True)),
        ("unix:///run/shop.sock", UnixAddress("/run/shop.sock")),
        ("unix:///a%25b?c#d", UnixAddress("/a%b?c#d")),
    ],
)
def test_addresses(written: str, address: Address) -> None:
    assert parse_address(written) == address
    assert parse_address(address.url if isinstance(address, WebSocketAddress) else str(address)) == address


def test_the_query_of_an_address_is_shown_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    address = f"ws://127.0.0.1:{port}/rpc?token=secret"
    with caplog.at_level(logging.DEBUG), pytest.raises(rapace.ConnectionLostError) as refused:
        sync.connect(address)
    for told in ("".join(traceback.format_exception(refused.value)), caplog.text):
        assert f"ws://127.0.0.1:{port}/rpc?..." in told
        assert "secret" not in told


@pytest.mark.parametrize(
    "written",
    [
        "",
        "127.0.0.1:9000",
        "tcp://127.0.0.1",
        "tcp://:9000",
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:9000/path",
        "tcp://user@127.0.0.1:9000",
        "tcp://[::1:9000",
        "unix://relative.sock",
        "http://localhost:80",
    ],
)
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(ValueError, match="is no address: expected"):
        parse_address(written)


@pytest.fixture(params=["native", "portable"])
def cure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to have what arrived acknowledged: the system's own, where it has one, and the one for all systems."""
    if request.param == "portable":

        def portable(sock: socket.socket) -> Acknowledger:
            made = Acknowledger(sock, quickack=None)
            assert made.needs_nudge
            return made

        monkeypatch.setattr(asyncio_wire, "Acknowledger", portable)
        monkeypatch.setattr(blocking_wire, "Acknowledger", portable)
    return str(request.param)


def write_in_three(peer: Conversation, raw: bytes) -> None:
    """What rapace 0.5.0's `Transport::stream` does on a TCP socket of which nothing was set."""
    for piece in (raw[:4], raw[4:68], raw[68:]):
        peer.sock.send(piece)


def serve_in_three_writes(peer: Conversation) -> None:
    received: list[Received] = []
    while len(received) < 50:
        request = peer.receive_request()
        received.append(request)
        write_in_three(peer, answer(request.channel, text("fine")))
    peer.wait_for_close()


def stream_in_three_writes(peer: Conversation) -> None:
    channel = peer.receive_request().channel
    for _ in range(100):
        time.sleep(0.005)
        write_in_three(peer, item(channel, text("fine")))
    peer.send(end(channel))
    peer.wait_for_close()


def test_no_call_waits_for_a_delayed_acknowledgement(flavor: Flavor, cure: str) -> None:
    with playing(serve_in_three_writes) as peer:
        client = flavor.connect(peer.address)
        times: list[float] = []
        for _ in range(50):
            started = time.perf_counter()
            assert client.call("x") == "fine"
            times.append(time.perf_counter() - started)
        client.close()
    median = statistics.median(times)
    print(f"{type(flavor).__name__}, {cure}: median {median * 1e6:.0f} us")
    assert median < 0.010


def test_no_item_waits_for_a_delayed_acknowledgement(flavor: Flavor, cure: str) -> None:
    with playing(stream_in_three_writes) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("x")
        gaps: list[float] = []
        last = time.perf_counter()
        while items.next() is not None:
            now = time.perf_counter()
            gaps.append(now - last)
            last = now
        client.close()
    assert len(gaps) == 100
    late = sorted(gaps)[90]
    print(f"{type(flavor).__name__}, {cure}: {late * 1e3:.1f} ms between items (90th percentile)")
    assert late < 0.025


@pytest.mark.parametrize("cure", ["portable"], indirect=True)
def test_each_part_of_a_frame_is_acknowledged_by_one_nudge(flavor: Flavor, cure: str) -> None:
    def script(peer: Conversation) -> None:
        channel = peer.receive_request().channel
        raw = item(channel, text("fine"))
        for _ in range(3):
            for piece in (raw[:4], raw[4:68], raw[68:]):
                peer.send(piece)
                assert peer.receive().flags == CONTROL
        peer.send(*[raw] * 100)
        assert peer.receive().flags == CONTROL
        peer.send(end(channel))
        with pytest.raises(EOFError):
            peer.receive()

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert len(client.stream("x").rest()) == 103, cure
        client.close()


@pytest.mark.parametrize("cure", ["portable"], indirect=True)
def test_whole_frames_need_no_nudge(flavor: Flavor, cure: str) -> None:
    def script(peer: Conversation) -> None:
        channel = peer.receive_request().channel
        for _ in range(10):
            peer.send(item(channel, text("fine")))
            time.sleep(0.005)
        peer.send(end(channel))
        with pytest.raises(EOFError):
            peer.receive()

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert len(client.stream("x").rest()) == 10, cure
        client.close()


def test_no_cure_is_needed_on_unix_sockets() -> None:
    one, other = socket.socketpair()
    with one, other:
        acknowledger = Acknowledger(one)
        assert not acknowledger.needs_nudge
        acknowledger.acknowledge()


def test_a_request_is_one_write() -> None:
    """A frame leaves in one piece: a reader that takes what one `recv` gives finds all of it."""

    def script(peer: Conversation) -> None:
        for _ in range(20):
            raw = peer.sock.recv(65536)
            assert len(raw) == int.from_bytes(raw[:4], "little") + 4
            peer.send(answer(int.from_bytes(raw[12:16], "little"), text("fine")))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            for _ in range(20):
                await connection.call(ECHO, payload("x" * 1000), 5)

    with playing(script) as peer:
        asyncio.run(main(peer.address))
    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        for _ in range(20):
            connection.call(ECHO, payload("x" * 1000), 5)
