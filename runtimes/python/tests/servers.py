"""Peers behind TLS and WebSocket: they hand a script of `peer` the same frames as one on a plain socket."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path

import trustme
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

import rapace

from .peer import Conversation


@cache
def authority() -> trustme.CA:
    """The authority that vouches for the servers here. No system knows it."""
    return trustme.CA()


@cache
def authority_file(folder: Path) -> Path:
    path = folder / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return path


def server_context(*names: str, ca: trustme.CA | None = None) -> ssl.SSLContext:
    """A server with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = (ca or authority()).issue_cert(*(names or ("127.0.0.1", "localhost")))
    issued.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context


def trust(context: ssl.SSLContext, ca: trustme.CA) -> None:
    ca.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]


Script = Callable[[Conversation], None]


@contextlib.contextmanager
def tls_peer(script: Script, context: ssl.SSLContext, scheme: str = "tls") -> Generator[str, None, None]:
    """Plays `script` on the first connection that shakes hands; yields the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    problems: list[BaseException] = []

    def run() -> None:
        try:
            sock, _ = listener.accept()
        except OSError as error:
            problems.append(error)
            return
        sock.settimeout(10)
        try:
            secured = context.wrap_socket(sock, server_side=True)
        except OSError:  # The client's refusal is what such a test looks for.
            sock.close()
            return
        with secured:
            try:
                script(Conversation(secured))
            except BaseException as error:
                problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(10)
        listener.close()
    if problems:
        raise problems[0]


@contextlib.contextmanager
def websocket_server(
    handler: Callable[[ServerConnection], None], context: ssl.SSLContext | None = None
) -> Generator[str, None, None]:
    """Runs `handler` for each WebSocket connection; yields the address. What fails in it fails the test."""
    problems: list[BaseException] = []

    def handle(connection: ServerConnection) -> None:
        try:
            handler(connection)
        except BaseException as error:
            problems.append(error)

    with serve(handle, "127.0.0.1", 0, ssl=context, compression=None, max_size=None, close_timeout=1) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{'ws' if context is None else 'wss'}://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join(10)
    if problems:
        raise problems[0]


def as_frames(script: Script) -> Callable[[ServerConnection], None]:
    """Plays a script of frames over messages."""

    def handler(connection: ServerConnection) -> None:
        ours, theirs = socket.socketpair()

        def pump_in() -> None:
            with contextlib.suppress(ConnectionClosed, OSError):
                for message in connection:
                    assert isinstance(message, bytes)
                    theirs.sendall(struct.pack("<I", len(message)) + message)
            with contextlib.suppress(OSError):
                theirs.shutdown(socket.SHUT_WR)

        def pump_out() -> None:
            peer = Conversation(theirs)
            with contextlib.suppress(ConnectionClosed, OSError, EOFError):
                while True:
                    connection.send(peer.receive().raw)

        threads = [threading.Thread(target=pump) for pump in (pump_in, pump_out)]
        with ours, theirs:
            ours.settimeout(10)
            for thread in threads:
                thread.start()
            try:
                script(Conversation(ours))
                ours.shutdown(socket.SHUT_WR)
                threads[1].join(10)
            finally:
                ours.close()
                connection.close()
                for thread in threads:
                    thread.join(10)

    return handler


@contextlib.contextmanager
def peer_on(scheme: str, script: Script, folder: Path) -> Generator[tuple[str, rapace.Tls | None], None, None]:
    """Plays a script behind a scheme; yields what a client connects with."""
    tls = rapace.Tls(ca=authority_file(folder)) if scheme in ("tls", "wss") else None
    match scheme:
        case "tls":
            with tls_peer(script, server_context()) as address:
                yield address, tls
        case "ws":
            with websocket_server(as_frames(script)) as address:
                yield address, tls
        case _:
            with websocket_server(as_frames(script), server_context()) as address:
                yield address, tls
