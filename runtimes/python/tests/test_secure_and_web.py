"""The same calls over TLS, WebSocket and both; what TLS refuses; what WebSocket refuses."""

import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection

import rapace

from .flavors import Flavor
from .peer import Conversation, answer, end, failure, item, playing, text
from .servers import authority, authority_file, peer_on, server_context, tls_peer, trust, websocket_server

SCHEMES = ["tls", "ws", "wss"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_calls_streams_and_errors(flavor: Flavor, scheme: str, folder: Path) -> None:
    long = "x" * 120

    def script(peer: Conversation) -> None:
        call = peer.receive_request()
        assert (call.channel, call.payload) == (1, text("one"))
        peer.send(answer(1, text("two")))
        stream = peer.receive_request()
        for value in ["a", "b", long]:
            peer.send(item(stream.channel, text(value)))
        peer.send(end(stream.channel))
        peer.send(failure(peer.receive_request().channel, 4, b"no such book"))
        peer.wait_for_close()

    with peer_on(scheme, script, folder) as (address, tls):
        client = flavor.connect(address, tls=tls)
        assert client.call("one") == "two"
        assert client.stream("s").rest() == ["a", "b", long]
        with pytest.raises(rapace.StatusError, match="no such book"):
            client.call("three")
        client.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_payloads_are_never_logged(flavor: Flavor, scheme: str, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    def script(peer: Conversation) -> None:
        for _ in range(2):
            request = peer.receive_request()
            peer.send(answer(request.channel, request.payload))
        peer.send(failure(peer.receive_request().channel, 4, b"a secret"))
        peer.send(answer(peer.receive_request().channel, b"a secret"))
        peer.wait_for_close()

    with caplog.at_level("DEBUG"), peer_on(scheme, script, folder) as (address, tls):
        client = flavor.connect(address, tls=tls)
        # What the test's own server says of itself is none of the client's.
        for theirs in ("websockets.server", "asyncio"):
            caplog.set_level("ERROR", theirs)
        assert client.call("a secret") == "a secret"
        assert client.stream("a secret").next() == "a secret"
        for problem in (rapace.StatusError, rapace.DecodeError):
            with pytest.raises(problem):
                client.call("a secret")
        client.close()
    assert "is connected" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_long_answer_and_a_cancelled_call(flavor: Flavor, scheme: str, folder: Path) -> None:
    value = "y" * 3_000_000
    data = bytes([0xC0, 0x8D, 0xB7, 0x01]) + value.encode()  # the length as a varint, and the text

    def script(peer: Conversation) -> None:
        request = peer.receive_request()
        assert request.payload == data
        peer.send(answer(request.channel, data))
        late = peer.receive_request()
        cancel, request = peer.receive_cancel_and_request()
        assert cancel.payload[1] == late.channel
        peer.send(answer(late.channel, text("late")), answer(request.channel, text("own")))
        peer.wait_for_close()

    with peer_on(scheme, script, folder) as (address, tls):
        client = flavor.connect(address, tls=tls)
        assert client.call(value) == value
        with pytest.raises(TimeoutError):
            client.call("slow", timeout=0.05)
        assert client.call("next") == "own"
        client.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_lost_connection_fails_the_call_at_once(flavor: Flavor, scheme: str, folder: Path) -> None:
    def script(peer: Conversation) -> None:
        peer.receive_request()

    with peer_on(scheme, script, folder) as (address, tls):
        client = flavor.connect(address, tls=tls)
        started = time.monotonic()
        with pytest.raises(rapace.ConnectionLostError, match="closed the connection"):
            client.call("one")
        assert time.monotonic() - started < 3
        assert client.closed


def refusal(flavor: Flavor, address: str, tls: rapace.Tls | None) -> rapace.ConnectionLostError:
    with pytest.raises(rapace.ConnectionLostError) as caught:
        flavor.connect(address, tls=tls)
    return caught.value


def nothing(_: Conversation) -> None:
    pass


def test_an_unknown_authority_is_refused_by_default(flavor: Flavor) -> None:
    with tls_peer(nothing, server_context()) as address:
        error = refusal(flavor, address, None)
    assert "the server's certificate is refused: unknown CA" in str(error)
    assert isinstance(error.__cause__, ssl.SSLCertVerificationError)


def test_a_certificate_for_another_host_is_refused(flavor: Flavor, folder: Path) -> None:
    tls = rapace.Tls(ca=authority_file(folder))
    with tls_peer(nothing, server_context("shop.example")) as address:
        assert "not valid for '127.0.0.1'" in str(refusal(flavor, address, tls))


def test_server_name_is_what_is_verified(flavor: Flavor, folder: Path) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive_request().channel, text("yes")))

    tls = rapace.Tls(ca=authority_file(folder), server_name="shop.example")
    with tls_peer(script, server_context("shop.example")) as address:
        assert flavor.connect(address, tls=tls).call("?") == "yes"


def test_an_expired_certificate_is_refused(flavor: Flavor, folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    old = authority().issue_cert("127.0.0.1", not_before=yesterday - timedelta(days=9), not_after=yesterday)
    old.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    with tls_peer(nothing, context) as address:
        assert "certificate has expired" in str(refusal(flavor, address, rapace.Tls(ca=authority_file(folder))))


def test_a_server_without_tls_is_told_apart(flavor: Flavor, folder: Path) -> None:
    def script(peer: Conversation) -> None:
        peer.sock.recv(65536)
        peer.sock.sendall(answer(1, b"plain"))
        peer.wait_for_close()

    with playing(script) as peer:
        address = peer.address.replace("tcp:", "tls:")
        error = refusal(flavor, address, rapace.Tls(ca=authority_file(folder)))
    assert "the server does not speak TLS" in str(error)


def test_a_server_that_closes_during_the_handshake(flavor: Flavor, folder: Path) -> None:
    def script(peer: Conversation) -> None:
        peer.sock.recv(65536)

    for scheme in SCHEMES:
        with playing(script) as peer:
            address = peer.address.replace("tcp:", f"{scheme}:")
            tls = None if scheme == "ws" else rapace.Tls(ca=authority_file(folder))
            assert "closed the connection" in str(refusal(flavor, address, tls))


def test_a_client_certificate_is_shown(flavor: Flavor, folder: Path) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive_request().channel, text("known")))

    mine = trustme.CA()
    context = server_context()
    trust(context, mine)
    context.verify_mode = ssl.CERT_REQUIRED
    issued = mine.issue_cert("client")
    cert, key = folder / "client.pem", folder / "client.key"
    for blob, path in [(issued.cert_chain_pems[0], cert), (issued.private_key_pem, key)]:
        blob.write_to_path(str(path))
    tls = rapace.Tls(ca=authority_file(folder), cert=cert, key=key)
    with tls_peer(script, context) as address:
        assert flavor.connect(address, tls=tls).call("?") == "known"
    with tls_peer(nothing, context) as address, pytest.raises(rapace.ConnectionLostError):
        # In TLS 1.3 the server's refusal comes after the client's handshake.
        flavor.connect(address, tls=rapace.Tls(ca=authority_file(folder))).call("?")


def test_pythons_own_context_serves(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive_request().channel, text("yes")))

    context = ssl.create_default_context()
    trust(context, authority())
    with tls_peer(script, server_context()) as address:
        assert flavor.connect(address, tls=rapace.Tls(context=context)).call("?") == "yes"


def test_tls_options_that_would_be_ignored_are_refused() -> None:
    with pytest.raises(ValueError, match="a context has its own"):
        rapace.Tls(context=ssl.create_default_context(), ca="x.pem")
    with pytest.raises(ValueError, match="a key needs its cert"):
        rapace.Tls(key="x.pem")
    for address in ["tcp://localhost:1", "ws://localhost", "unix:///x"]:
        with pytest.raises(ValueError, match="without TLS"):
            rapace.connect(address, tls=rapace.Tls())


def broken_by(flavor: Flavor, reply: bytes | str, limits: rapace.Limits | None = None) -> tuple[str, int | None]:
    """What a call fails of when a message comes, and the code that the server is told."""
    codes: list[int | None] = []

    def handler(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(reply)
        with pytest.raises(ConnectionClosed):
            connection.recv()
        codes.append(connection.close_code if connection.protocol.close_rcvd else None)

    with websocket_server(handler) as address:
        client = flavor.connect(address, limits=limits or rapace.Limits())
        with pytest.raises(rapace.ConnectionLostError) as caught:
            client.call("one")
        client.close()
    assert isinstance(caught.value.__cause__, rapace.ProtocolError)
    return str(caught.value), codes[0]


def test_a_text_message_breaks_the_protocol(flavor: Flavor) -> None:
    problem, code = broken_by(flavor, "hello")
    assert "WebSocket text message" in problem
    assert code == 1003


def test_a_short_message_breaks_the_protocol(flavor: Flavor) -> None:
    problem, code = broken_by(flavor, bytes(63))
    assert "a WebSocket message of 63 bytes is below the 64 of a descriptor" in problem
    assert code == 1002


def test_a_long_message_breaks_the_protocol(flavor: Flavor) -> None:
    problem, code = broken_by(flavor, bytes(1025), rapace.Limits(max_frame_bytes=1024))
    assert "1024" in problem
    assert code == 1009


def test_fragments_and_pings_and_the_close_code(flavor: Flavor) -> None:
    codes: list[object] = []

    def handler(connection: ServerConnection) -> None:
        request = connection.recv()
        assert isinstance(request, bytes)
        message = answer(1, text("in parts"))[4:]
        assert connection.ping().wait(0) is False
        connection.send([message[:10], message[10:50], message[50:]])
        assert connection.ping().wait(5)
        for _ in connection:
            pass
        codes.append(connection.close_code)

    with websocket_server(handler) as address:
        client = flavor.connect(address)
        assert client.call("one") == "in parts"
        with pytest.raises(TimeoutError):
            client.call("so that blocking clients read the ping", timeout=0.2)
        client.close()
    assert codes == [1000]


def test_closing_does_not_wait_for_a_server_that_never_echoes(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(peer.sock.recv(65536))
        (request,) = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        peer.sock.sendall(b"".join(protocol.data_to_send()))
        peer.wait_for_close()

    with playing(script) as peer:
        client = flavor.connect(peer.address.replace("tcp:", "ws:"))
        started = time.monotonic()
        client.close()
        assert time.monotonic() - started < 1


def test_a_server_that_is_no_websocket_server(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.sock.recv(65536)
        peer.sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        peer.wait_for_close()

    with playing(script) as peer:
        error = refusal(flavor, peer.address.replace("tcp:", "ws:"), None)
    assert "HTTP 404" in str(error)


def test_a_handshake_that_never_ends_is_timed_out(flavor: Flavor, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for scheme in SCHEMES:
            tls = None if scheme == "ws" else rapace.Tls(ca=authority_file(folder))
            with pytest.raises(rapace.DeadlineExceededError, match="cannot connect"):
                flavor.connect(f"{scheme}://127.0.0.1:{port}", tls=tls, timeout=0.1)


def test_without_the_package_the_extra_is_named() -> None:
    script = """
import asyncio, sys
sys.modules["websockets.client"] = None
import rapace
async def opened():
    await rapace.connect("ws://localhost")
for connect in (lambda: rapace.sync.connect("ws://localhost"), lambda: asyncio.run(opened())):
    try:
        connect()
    except ImportError as error:
        print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="src")
    assert ran.stdout.count("need the package websockets, version 14 or later") == 2
    assert ran.stdout.count("extra [websocket]") == 2
