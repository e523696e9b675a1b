"""Opening connections, and the cure for servers whose writes Nagle's algorithm holds back."""

import asyncio
import contextlib
import errno
import math
import os
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final, Protocol, TypeVar

from .address import Address, SocketAddress, UnixAddress, WebSocketAddress, parse_address
from .eyeballs import connect_async, connect_blocking
from .layer import Layer
from .limits import Limits
from .tls import Tls, TlsLayer
from .websocket import WebSocketLayer

_P = TypeVar("_P", bound=asyncio.BaseProtocol)

_QUEUE_POLL: Final = 0.01
"""How often a Unix socket whose queue is full is tried again, in seconds."""
_READ_BYTES: Final = 64 * 1024

NUDGE_SECONDS: Final = 0.001
"""How long the acknowledgement of whole frames may wait for more of them; systems delay it by some 0.04."""
CLOSE_SECONDS: Final = 1.0
"""How long closing may take that lets the peer read what was sent before."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server to connect to, and how: what is decided before anything is opened."""

    address: Address
    limits: Limits
    context: ssl.SSLContext | None
    """For TLS, where the address asks for it."""
    server_name: str
    """The name that the server's certificate must have."""
    sock: socket.socket | None = None
    """A socket that is connected already."""

    def layer(self) -> Layer | None:
        """What stands between session and socket: WebSocket, TLS, one inside the other, or nothing."""
        inner = WebSocketLayer(self.address, self.limits) if isinstance(self.address, WebSocketAddress) else None
        return inner if self.context is None else TlsLayer(self.context, self.server_name, inner)


def make_target(address: str | socket.socket, tls: Tls | None, limits: Limits) -> Target:
    """What `address` and `tls` say. A `ValueError` for TLS that the address does not ask for."""
    sock = None if isinstance(address, str) else address
    parsed = parse_address(address) if isinstance(address, str) else SocketAddress(address.fileno())
    if not parsed.secure or isinstance(parsed, (UnixAddress, SocketAddress)):
        if tls is not None:
            raise ValueError(f"{address} is without TLS: use tls://host:port or wss://host")
        return Target(parsed, limits, None, "", sock)
    tls = Tls() if tls is None else tls
    return Target(parsed, limits, tls.make_context(), tls.server_name or parsed.host)


def memory_transport() -> tuple[socket.socket, socket.socket]:
    """Two ends of a pipe inside this process, for tests: one is for `connect`, the other plays the server.

    They are connected sockets without an address. What is written to one is read from the other, frame by frame as a
    server on TCP would have it.
    """
    return socket.socketpair()


async def open_async(target: Target, protocol: Callable[[], _P]) -> _P:
    """Connects, and hands the connection to the asyncio protocol that `protocol` makes."""
    loop = asyncio.get_running_loop()
    address = target.address
    if target.sock is not None:
        target.sock.setblocking(False)
        _, made = await loop.create_connection(protocol, sock=target.sock)
        return made
    assert not isinstance(address, SocketAddress)
    if not isinstance(address, UnixAddress):
        sock = await connect_async(address.host, address.port)
        try:
            _, made = await loop.create_connection(protocol, sock=sock)
        except BaseException:
            sock.close()
            raise
        return made
    sock = _unix_socket()
    try:
        connected = _connect_unix(sock, address.path)
        while not connected:
            await asyncio.sleep(_QUEUE_POLL)
            connected = _connect_unix(sock, address.path)
        _, made = await loop.create_unix_connection(protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return made


def open_blocking(target: Target, deadline: float) -> socket.socket:
    """Connects until a time of the clock, however many addresses the host has. The socket does not block.

    Raises a `TimeoutError` without `errno` when the time is up; any other `OSError` is the system's own.
    """
    address = target.address
    if target.sock is not None:
        target.sock.setblocking(False)
        return target.sock
    assert not isinstance(address, SocketAddress)
    if isinstance(address, UnixAddress):
        return _open_unix(address.path, deadline)
    return connect_blocking(address.host, address.port, deadline)


def shake_hands(sock: socket.socket, layer: Layer, deadline: float) -> bytes:
    """Opens a layer until a time of the clock. Returns what arrived beyond the handshake, as a session reads it.

    Raises a `TimeoutError` without `errno` when the time is up, any other error when the layer cannot be opened.
    """
    unsent, early = layer.hello(), b""
    while unsent or not layer.opened:
        wait_for(sock, not layer.opened, len(unsent) > 0, deadline - monotonic())
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


_MAX_POLL_SECONDS: Final = 3600.0
"""The longest single wait; whoever waits longer waits again."""


def wait_for(sock: socket.socket, reads: bool, writes: bool, seconds: float, bell: socket.socket | None = None) -> bool:
    """Waits until the socket can be read, or written, or is lost. False when nothing of that happened in time.

    When `bell` can be read, the time is up.
    """
    seconds = max(0.0, min(seconds, _MAX_POLL_SECONDS))
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, (select.POLLIN if reads else 0) | (select.POLLOUT if writes else 0))
        if bell is not None:
            poll.register(bell, select.POLLIN)
        return any(number == sock.fileno() for number, _ in poll.poll(math.ceil(seconds * 1000)))
    bells = [] if bell is None else [bell]
    readable, writable, _ = select.select([sock, *bells] if reads else bells, [sock] if writes else [], [], seconds)
    return sock in readable or sock in writable


def _open_unix(path: str, deadline: float) -> socket.socket:
    sock = _unix_socket()
    try:
        while monotonic() < deadline:
            if _connect_unix(sock, path):
                return sock
            sleep(_QUEUE_POLL)
    except BaseException:
        sock.close()
        raise
    sock.close()
    raise TimeoutError("timed out")


def _unix_socket() -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    return sock


def _connect_unix(sock: socket.socket, path: str) -> bool:
    """Connects, or returns False while the listener's queue is full.

    No system tells when it no longer is, and asyncio takes such a socket for one that is connected.
    """
    code = sock.connect_ex(path)
    if code == errno.EAGAIN:
        return False
    if code:
        raise OSError(code, os.strerror(code))
    return True


class _SocketOptions(Protocol):
    """What a socket and asyncio's view of one have in common."""

    @property
    def family(self) -> int: ...

    def setsockopt(self, level: int, name: int, value: int, /) -> None: ...


_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class Acknowledger:
    """Answers a plain rapace 0.5.0 server without the 44 ms per call that delayed acknowledgements cost.

    Such a server writes a frame in three pieces on a socket without TCP_NODELAY, so the kernel holds the second
    piece back until the first is acknowledged, which a receiver delays by 40 ms and more. Whenever only a part of a
    frame has arrived, the acknowledgement has to leave at once: on Linux by asking for it (TCP_QUICKACK, which must
    be asked for each time anew), elsewhere by a frame that the server skips, on which it rides. There the next item
    of a stream needs one after whole frames as well, which Linux acknowledges at once by then.
    """

    __slots__ = ("_sock", "needs_nudge")

    needs_nudge: bool
    """True when a frame has to be sent instead of calling `acknowledge`."""

    def __init__(self, sock: _SocketOptions, quickack: int | None = _QUICKACK) -> None:
        is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
        self.needs_nudge = is_tcp and quickack is None
        self._sock = (sock, quickack) if is_tcp and quickack is not None else None
        if is_tcp:
            # Some systems refuse options of a socket that is lost already, which says so when it is read.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def acknowledge(self) -> None:
        """Sends the acknowledgement of what has arrived, where that can be asked for."""
        if self._sock is not None:
            sock, quickack = self._sock
            # A socket that is lost says so when it is read.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, quickack, 1)
