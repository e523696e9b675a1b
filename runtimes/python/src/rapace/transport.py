"""TCP and Unix sockets: addresses, opening, and the cure for servers whose writes Nagle's algorithm holds back."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

_P = TypeVar("_P", bound=asyncio.BaseProtocol)

_LONGEST_CONNECT: Final = 86_400.0
"""In seconds. What a socket takes for a timeout has a bound; systems give up connecting after minutes."""
_QUEUE_POLL: Final = 0.01
"""How often a Unix socket whose queue is full is tried again, in seconds."""

NUDGE_SECONDS: Final = 0.001
"""How long the acknowledgement of whole frames may wait for more of them; systems delay it by some 0.04."""


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """`tcp://host:port`, an IPv6 host in brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        """The form that `parse_address` reads."""
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """`unix:///path`, the path of the socket; percent signs in it are written `%25`."""

    path: str

    def __str__(self) -> str:
        """The form that `parse_address` reads."""
        return f"unix://{self.path.replace('%', '%25')}"


Address = TcpAddress | UnixAddress


def parse_address(text: str) -> Address:
    """Reads `tcp://host:port` or `unix:///path`. Anything else is a `ValueError` that says what is expected."""
    with contextlib.suppress(ValueError):
        # `?` and `#` are ordinary characters of a path, and urlsplit would cut there.
        if text.startswith("unix:///"):
            return UnixAddress(unquote(text.removeprefix("unix://")))
        parts = urlsplit(text)
        bare = parts.path == parts.query == parts.fragment == "" and "@" not in parts.netloc
        if parts.scheme == "tcp" and parts.hostname and parts.port is not None and bare:
            parts.hostname.encode("idna")  # which the resolver does later, and refuses in its own words
            return TcpAddress(parts.hostname, parts.port)
    raise ValueError(f"{text!r} is no address: expected tcp://host:port or unix:///path")


async def open_async(address: Address, protocol: Callable[[], _P]) -> _P:
    """Connects, and hands the connection to the asyncio protocol that `protocol` makes."""
    loop = asyncio.get_running_loop()
    if isinstance(address, TcpAddress):
        _, made = await loop.create_connection(protocol, address.host, address.port)
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


def open_blocking(address: Address, timeout: float) -> socket.socket:
    """Connects within so many seconds, however many addresses the host has. The socket that it returns does not block.

    Raises a `TimeoutError` without `errno` when the time is up; any other `OSError` is the system's own.
    """
    deadline = monotonic() + timeout
    if isinstance(address, UnixAddress):
        return _open_unix(address.path, deadline)
    failure: OSError = TimeoutError("timed out")
    for family, _, _, _, target in socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM):
        left = deadline - monotonic()
        if left <= 0:
            break
        try:
            return _open_tcp(family, target, left)
        except OSError as error:
            failure = error
    raise failure


def _open_tcp(family: int, target: tuple[object, ...], timeout: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(min(timeout, _LONGEST_CONNECT))
        sock.connect(target)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


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
