"""Opening sockets in a thread that blocks."""

import contextlib
import os
import selectors
import socket
from time import monotonic, sleep
from typing import Final

from ..address import SocketAddress, UnixAddress
from ..eyeballs import ATTEMPT_DELAY_SECONDS, Resolved, resolve
from ..layer import Layer
from ..options import Target
from ..transport import QUEUE_POLL_SECONDS, connect_unix, unix_socket
from .poll import LONGEST_WAIT_SECONDS, poll

_READ_BYTES: Final = 64 * 1024


def dial(target: Target, deadline: float) -> socket.socket:
    """Connects before the deadline, a time of the clock, for all addresses of a host. The socket does not block.

    Fails with a `TimeoutError` without `errno` when the deadline has passed. Any other `OSError` is the system's own.
    """
    address = target.address
    if target.sock is not None:
        target.sock.setblocking(False)
        return target.sock
    assert not isinstance(address, SocketAddress)
    if isinstance(address, UnixAddress):
        return _dial_unix(address.path, deadline)
    return _dial_host(address.host, address.port, deadline)


def shake_hands(sock: socket.socket, layer: Layer, deadline: float) -> bytes:
    """Opens a layer before the deadline, a time of the clock. Returns what has arrived for the session by then.

    Fails with a `TimeoutError` without `errno` when the deadline has passed, and with another error when the layer
    cannot be opened.
    """
    unsent, early = layer.hello(), b""
    while unsent or not layer.opened:
        poll(sock, not layer.opened, len(unsent) > 0, deadline - monotonic())
        if monotonic() >= deadline:
            raise TimeoutError("timed out")
        with contextlib.suppress(BlockingIOError):
            unsent = unsent[sock.send(unsent) :] if unsent else unsent
        if layer.opened:
            continue
        with contextlib.suppress(BlockingIOError):
            data = sock.recv(_READ_BYTES)
            if not data:
                raise ConnectionResetError("the server closed the connection during the handshake")
            early += layer.unwrap(data)
            unsent += layer.outgoing()
        if layer.failure is not None:
            with contextlib.suppress(OSError):
                sock.send(unsent)
            what, cause = layer.failure
            raise cause if isinstance(cause, Exception) else ConnectionResetError(what)
    return early


def _dial_unix(path: str, deadline: float) -> socket.socket:
    sock = unix_socket()
    try:
        while monotonic() < deadline:
            if connect_unix(sock, path):
                return sock
            sleep(QUEUE_POLL_SECONDS)
    except BaseException:
        sock.close()
        raise
    sock.close()
    raise TimeoutError("timed out")


def _dial_host(host: str, port: int, deadline: float) -> socket.socket:
    """Returns a socket that is connected to one of the host's addresses."""
    sockets: list[socket.socket] = []
    winner: socket.socket | None = None
    try:
        winner = _race(resolve(host, port), deadline, sockets)
        return winner
    finally:
        for sock in sockets:
            if sock is not winner:
                sock.close()


def _race(addresses: list[Resolved], deadline: float, sockets: list[socket.socket]) -> socket.socket:
    """Makes attempts, whose sockets are added to the list, until one has connected or all have failed."""
    failure: OSError | None = None
    left = iter(addresses)
    with selectors.DefaultSelector() as selector:
        while True:
            if monotonic() >= deadline:
                raise failure or TimeoutError("timed out")
            address = next(left, None)
            if address is not None:
                try:
                    selector.register(_begin(*address, sockets), selectors.EVENT_WRITE)
                except OSError as error:
                    failure = failure or error
                    continue
            if not selector.get_map():
                raise failure or OSError("the host has no address")
            until = deadline if address is None else min(deadline, monotonic() + ATTEMPT_DELAY_SECONDS)
            for key, _ in selector.select(max(0.0, min(until - monotonic(), LONGEST_WAIT_SECONDS))):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return sock
                selector.unregister(sock)
                failure = failure or OSError(code, os.strerror(code))


def _begin(family: int, address: tuple[object, ...], sockets: list[socket.socket]) -> socket.socket:
    """Begins to connect a socket."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sockets.append(sock)
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        sock.connect(address)
    return sock
