"""Hosts: where they listen, whom they let in, and what they leave. On asyncio and on uvloop."""

import asyncio
import errno
import os
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import rapace
from rapace import Limits

from .flavors import AsyncFlavor
from .handlers import COUNT_CALL, ECHO, ECHO_CALL, AsyncTest, Script, SyncTest, write
from .peer import DATA, EOS, Conversation, frame, text
from .servers import authority, authority_file, server_context, trust


def host(**options: object) -> rapace.Host:
    return rapace.Host(AsyncTest(Script()), **options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def echo(connection: rapace.Connection, value: str) -> str:
    return await connection.call(ECHO_CALL, bytearray(write(value, Limits())), 5.0)


async def check(address: str, tls: rapace.Tls | None = None) -> None:
    """Calls and streams at an address."""
    async with rapace.connect(address, tls=tls) as connection:
        assert await echo(connection, "hi") == "hi"
        stream = connection.stream(COUNT_CALL, bytearray(write("3", Limits())), 5.0)
        assert [item async for item in stream] == ["0", "1", "2"]
        long = "x" * 100_000
        assert await asyncio.gather(*(echo(connection, long) for _ in range(10))) == [long] * 10


async def until(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def closed(sock: socket.socket) -> bool:
    """Waits for the end of what the peer sends, and says whether it sent nothing."""
    sock.settimeout(10)
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("scheme", ["tcp", "tls", "ws", "wss", "unix"])
def test_a_host_serves_at_every_kind_of_address(loop: AsyncFlavor, scheme: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        secure = scheme in ("tls", "wss")
        server = rapace.ServerTls(context=server_context()) if secure else None
        client = rapace.Tls(ca=authority_file(tmp_path)) if secure else None
        path = {"ws": "/rpc?key=1", "wss": "/rpc"}.get(scheme, "")
        address = f"unix://{tmp_path}/a.sock" if scheme == "unix" else f"{scheme}://127.0.0.1:0{path}"
        async with host().listen(address, tls=server) as listening:
            assert listening.address.startswith(f"{scheme}://")
            assert ":0" not in listening.address
            await check(listening.address, client)

    loop.run(scenario())


def test_certificates_come_from_files(loop: AsyncFlavor, tmp_path: Path) -> None:
    issued = authority().issue_cert("127.0.0.1")
    cert, key, client = (str(tmp_path / name) for name in ("cert.pem", "key.pem", "client.pem"))
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    authority().issue_cert("client@example.org").private_key_and_cert_chain_pem.write_to_path(client)
    ca = authority_file(tmp_path)

    async def scenario() -> None:
        tls = rapace.ServerTls(cert=cert, key=key, client_ca=ca)
        async with host().listen("tls://127.0.0.1:0", tls=tls) as listening:
            await check(listening.address, rapace.Tls(ca=ca, cert=client))
            with pytest.raises(rapace.RapaceError):
                await check(listening.address, rapace.Tls(ca=ca))

    loop.run(scenario())


def test_options_that_do_not_fit_are_refused() -> None:
    for options, problem in [
        ({}, "a host needs a cert"),
        ({"context": server_context(), "cert": "a.pem"}, "a context has its own cert"),
    ]:
        with pytest.raises(ValueError, match=problem):
            rapace.ServerTls(**options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="needs tls="):
        host().listen("tls://127.0.0.1:0")
    with pytest.raises(ValueError, match="is without TLS"):
        host().listen("tcp://127.0.0.1:0", tls=rapace.ServerTls(context=server_context()))
    with pytest.raises(ValueError, match="has no origins"):
        host().listen("tcp://127.0.0.1:0", origins=["https://a.example"])
    with pytest.raises(ValueError, match="is no address"):
        host().listen("127.0.0.1:0")
    with pytest.raises(ValueError, match="the first channel of a side is 1 or 2, not 3"):
        host(first_channel=3)
    with pytest.raises(ValueError, match="at least one connection"):
        host(max_connections=0)
    with pytest.raises(ValueError, match="at least one thread"):
        host(threads=0)
    with pytest.raises(TypeError, match=r"is no handler: pass an instance of it"):
        rapace.Host(AsyncTest)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="two handlers implement the service Test"):
        rapace.Host(AsyncTest(Script()), SyncTest(Script()))
    with pytest.raises(TypeError, match="is no blocking handler"):
        rapace.sync.Host(AsyncTest(Script()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_port_that_is_taken(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        async with host().listen("tcp://127.0.0.1:0") as listening:
            with pytest.raises(OSError, match=f"cannot listen at {listening.address}: ") as caught:
                await host().listen(listening.address)
            assert caught.value.errno == errno.EADDRINUSE
            await check(listening.address)

    loop.run(scenario())


def test_the_file_of_a_unix_socket(loop: AsyncFlavor, tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    address = f"unix://{path}"

    async def scenario() -> None:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
        assert path.exists()
        async with host().listen(address):
            await check(address)
            with pytest.raises(OSError, match="address in use") as caught:
                await host().listen(address)
            assert caught.value.errno == errno.EADDRINUSE
            await check(address)
        assert not path.exists()
        path.write_text("kept")
        with pytest.raises(FileExistsError, match="is not a socket"):
            await host().listen(address)
        assert path.read_text() == "kept"
        path.unlink()
        async with host().listen(address):
            path.unlink()
            path.write_text("another's")
        assert path.read_text() == "another's"

    loop.run(scenario())


def test_nodelay_is_set_on_every_tcp_socket(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        served = host()
        # A socket that is accepted from this listener has protocol 0, of which asyncio itself sets no options.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            async with rapace.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}") as connection:
                accepted, _ = listener.accept()
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
                await served.serve(accepted)
                assert await echo(connection, "hi") == "hi"
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        await served.close()

    loop.run(scenario())


@pytest.mark.parametrize(
    ("address", "sent", "problem"),
    [
        ("tcp://127.0.0.1:0", b"GET / HTTP/1.1\r\n\r\n", "the peer broke the protocol: frame length"),
        ("tcp://127.0.0.1:0", b"\x16\x03\x01\x02\x00\x01\x00", "the peer broke the protocol: frame length"),
        ("tcp://127.0.0.1:0", bytes(4), "the peer broke the protocol: frame length 0 is below"),
        ("ws://127.0.0.1:0/rpc", b"\0\1\2\3\r\n\r\n", "the handshake failed: "),
        ("ws://127.0.0.1:0/rpc", b"GET /rpc HTTP/1.1\r\nHost: a\r\n\r\n", "the handshake failed: "),
        ("ws://127.0.0.1:0/rpc", b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n", "there is nothing at the path /other"),
        ("tls://127.0.0.1:0", b"GET / HTTP/1.1\r\n\r\n", "the handshake failed: "),
    ],
)
def test_garbage_ends_its_connection_with_a_warning_and_no_other(
    loop: AsyncFlavor, address: str, sent: bytes, problem: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def scenario() -> None:
        secure = address.startswith("tls")
        server = rapace.ServerTls(context=server_context()) if secure else None
        client = rapace.Tls(ca=authority_file(tmp_path)) if secure else None
        async with host().listen(address, tls=server) as listening:
            port = int(listening.address.split(":")[2].split("/")[0])
            with socket.create_connection(("127.0.0.1", port)) as sock:
                name = f"tcp://127.0.0.1:{sock.getsockname()[1]}"
                sock.sendall(sent)
                sock.settimeout(10)
                await asyncio.to_thread(drained, sock)
            await check(listening.address, client)
        (record,) = (record for record in caplog.records if record.name == "rapace.host")
        assert record.levelname == "WARNING"
        assert record.getMessage().startswith(f"{name}: ")
        assert problem in record.getMessage()

    loop.run(scenario())


def drained(sock: socket.socket) -> bytes:
    """All that the peer sends until it closes."""
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


def test_web_pages_connect_when_their_origin_is_allowed(loop: AsyncFlavor) -> None:
    def answer(port: int, origin: str) -> str:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.settimeout(10)
            key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            upgrade = f"Connection: Upgrade\r\nUpgrade: websocket\r\n{key}"
            sock.sendall(f"GET /rpc HTTP/1.1\r\nHost: a\r\n{upgrade}Origin: {origin}\r\n\r\n".encode())
            return sock.recv(65536).split(b"\r\n")[0].decode()

    async def scenario() -> None:
        served = host()
        async with served.listen("ws://127.0.0.1:0/rpc", origins=["https://a.example"]) as listening:
            port = int(listening.address.split(":")[2].split("/")[0])
            assert await asyncio.to_thread(answer, port, "https://a.example") == "HTTP/1.1 101 Switching Protocols"
            assert await asyncio.to_thread(answer, port, "https://b.example") == "HTTP/1.1 403 Forbidden"
            await check(listening.address)

    loop.run(scenario())


def test_a_text_message_ends_its_connection(loop: AsyncFlavor, caplog: pytest.LogCaptureFixture) -> None:
    def send_text(address: str) -> int | None:
        with connect(address, compression=None) as client:
            client.send("text")
            with pytest.raises(ConnectionClosed):
                client.recv(timeout=10)
            return client.close_code

    async def scenario() -> None:
        async with host().listen("ws://127.0.0.1:0/rpc") as listening:
            assert await asyncio.to_thread(send_text, listening.address) == 1003

    loop.run(scenario())
    assert any("the peer sent a WebSocket text message" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("scheme", ["ws", "tls"])
def test_a_handshake_that_takes_too_long(loop: AsyncFlavor, scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        tls = rapace.ServerTls(context=server_context()) if scheme == "tls" else None
        async with host(handshake_timeout=0.01).listen(f"{scheme}://127.0.0.1:0", tls=tls) as listening:
            port = int(listening.address.split(":")[2].split("/")[0])
            with socket.create_connection(("127.0.0.1", port)) as sock:
                assert await asyncio.to_thread(closed, sock)

    loop.run(scenario())
    assert any("no handshake within 0.01 s" in record.getMessage() for record in caplog.records)


def test_one_connection_too_many_is_closed_and_logged_once(loop: AsyncFlavor, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        served = host(max_connections=2)
        async with served.listen("tcp://127.0.0.1:0") as listening:
            async with AsyncExitStack() as stack:
                for _ in range(2):
                    await stack.enter_async_context(rapace.connect(listening.address))
                await until(lambda: served.connections == 2)
                port = int(listening.address.split(":")[2])
                for _ in range(3):
                    with socket.create_connection(("127.0.0.1", port)) as sock:
                        assert await asyncio.to_thread(closed, sock)
            await until(lambda: served.connections == 0)
            await check(listening.address)

    loop.run(scenario())
    messages = [record.getMessage() for record in caplog.records if record.name == "rapace.host"]
    assert len(messages) == 1
    assert messages[0].endswith("new connections are closed: 2 are open")


def test_a_connection_without_calls_is_closed_when_the_host_says_so(loop: AsyncFlavor) -> None:
    script = Script()

    async def scenario() -> None:
        served = rapace.Host(AsyncTest(script), idle_timeout=0.05)
        async with served.listen("tcp://127.0.0.1:0") as listening:
            connection = await rapace.connect(listening.address)
            busy = await rapace.connect(listening.address)
            call = asyncio.create_task(echo(busy, "gate"))
            assert await echo(connection, "hi") == "hi"
            await until(lambda: connection.closed)
            assert not busy.closed
            script.gate.set()
            assert await call == "gate"
            await until(lambda: busy.closed)
            await connection.close()
            await busy.close()

    loop.run(scenario())


def test_without_descriptors_a_host_waits_and_goes_on(loop: AsyncFlavor, caplog: pytest.LogCaptureFixture) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def scenario() -> None:
        async with host().listen("tcp://127.0.0.1:0") as listening:
            port = int(listening.address.split(":")[2])
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(1)]
            await asyncio.sleep(0)
            sock = socket.socket()
            most = max(int(number) for number in os.listdir("/proc/self/fd")) + 1
            taken: list[int] = []
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            try:
                while True:
                    try:
                        taken.append(os.open(os.devnull, os.O_RDONLY))
                    except OSError:
                        break
                sock.connect(("127.0.0.1", port))
                await until(lambda: any("no descriptor is left" in record.getMessage() for record in caplog.records))
            finally:
                for number in taken:
                    os.close(number)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            sock.sendall(frame(1, DATA | EOS, text("waited"), method=ECHO))
            received = await asyncio.to_thread(Conversation(sock).receive)
            assert received.payload == text("waited")
            for each in [*clients, sock]:
                each.close()

    loop.run(scenario())
    assert sum("no descriptor is left" in record.getMessage() for record in caplog.records) == 1


def test_a_socket_that_the_program_has(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        served = host()
        ours, theirs = rapace.memory_transport()
        connection = await served.serve(theirs)
        assert (connection.state, served.connections) == (rapace.State.CONNECTED, 1)
        async with rapace.connect(ours, handlers=[AsyncTest(Script())]) as client:
            answers = await asyncio.gather(echo(client, "there"), echo(connection, "and back"))
            assert list(answers) == ["there", "and back"]
        await connection.gone()
        assert served.connections == 0
        await served.close()
        with pytest.raises(RuntimeError, match="the host is closed"):
            await served.serve(theirs)

    loop.run(scenario())


def test_a_memory_connection(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        async with rapace.memory_connection(AsyncTest(Script())) as connection:
            assert await echo(connection, "hi") == "hi"
            with pytest.raises(rapace.StatusError, match=r"Test\.echo failed: a secret"):
                await echo(connection, "boom")
        async with rapace.memory_connection(SyncTest(Script())) as connection:
            assert await echo(connection, "in a thread") == "in a thread"
            assert (await echo(connection, "where")).startswith("Test.echo 3 False socket ")

    loop.run(scenario())


def test_the_last_listener_closes_the_host(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        served = host()
        async with served.listen("tcp://127.0.0.1:0") as first:
            connection = await rapace.connect(first.address)
            async with served.listen("tcp://127.0.0.1:0") as second:
                await check(second.address)
            with pytest.raises(rapace.ConnectionLostError):
                await check(second.address)
            assert await echo(connection, "still") == "still"
        await until(lambda: connection.closed)
        await connection.close()
        await served.close()

    loop.run(scenario())


def test_a_connection_is_gone_when_it_does_not_come_back(loop: AsyncFlavor, tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/a.sock"

    async def scenario() -> None:
        async with host().listen(address):
            reconnect = rapace.Reconnect(initial_delay=0.001, max_delay=0.001)
            connection = await rapace.connect(address, reconnect=reconnect)
            gone = asyncio.create_task(connection.gone())
        await until(lambda: connection.state != rapace.State.CONNECTED)
        async with host().listen(address):
            assert await echo(connection, "again") == "again"
            assert not gone.done()
            await connection.close()
            await gone

    loop.run(scenario())


def test_a_host_ends_with_a_signal(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        waiting = asyncio.create_task(rapace.until_signal())
        await asyncio.sleep(0)
        for number in (signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), number)
            assert await waiting == number
            waiting = asyncio.create_task(rapace.until_signal())
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    loop.run(scenario())


def test_a_blocking_host_ends_with_a_signal() -> None:
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()
    assert rapace.sync.until_signal() == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before
    timer.join()


def test_a_host_belongs_to_its_event_loop(loop: AsyncFlavor) -> None:
    served = host()

    async def scenario() -> None:
        async with served.listen("tcp://127.0.0.1:0") as listening:

            def elsewhere() -> None:
                with pytest.raises(rapace.WrongOwnerError, match="belongs to another event loop"):
                    asyncio.run(served.close())

            await asyncio.to_thread(elsewhere)
            await check(listening.address)

    loop.run(scenario())


def test_a_forked_child_closes_its_copy_alone(loop: AsyncFlavor, tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/a.sock"

    async def scenario() -> None:
        served = host()
        async with served.listen(address), rapace.connect(address) as connection:
            assert await echo(connection, "hi") == "hi"
            pid = os.fork()
            if not pid:
                code = 1
                try:
                    closing = served.close()
                    closing.send(None)
                except StopIteration:
                    code = 0
                finally:
                    os._exit(code)
            _, status = await asyncio.to_thread(os.waitpid, pid, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert await echo(connection, "still") == "still"
            await check(address)

    loop.run(scenario())


def test_where_no_handler_runs_there_is_no_call(loop: AsyncFlavor) -> None:
    async def scenario() -> None:
        for current_call in (rapace.current_call, rapace.sync.current_call):
            with pytest.raises(LookupError, match="no handler of rapace runs here"):
                current_call()

    loop.run(scenario())


def test_a_client_certificate_that_is_missing_is_logged(
    loop: AsyncFlavor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        context = server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        trust(context, authority())
        async with host().listen("tls://127.0.0.1:0", tls=rapace.ServerTls(context=context)) as listening:
            with pytest.raises(rapace.RapaceError):
                await check(listening.address, rapace.Tls(ca=authority_file(tmp_path)))
            await until(lambda: any("the handshake failed" in record.getMessage() for record in caplog.records))

    loop.run(scenario())
