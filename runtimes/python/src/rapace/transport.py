"""Sockets: what asyncio and threads share about them."""

import contextlib
import errno
import os
import socket
from typing import Final, Protocol

QUEUE_POLL_SECONDS: Final = 0.01
"""How often a connection to a Unix socket is tried again while the listener's queue is full."""
NUDGE_SECONDS: Final = 0.001
"""How long the acknowledgement of whole frames may wait for more of them; systems delay it by some 0.04."""
SECONDS_TO_TRUST: Final = 5.0
"""How long a connection must live, without a response to any call, before earlier failures are forgotten.

Otherwise a server that accepts and closes would always be dialled after the shortest delay.
"""


def memory_transport() -> tuple[socket.socket, socket.socket]:
    """Makes two ends of a pipe inside this process, for tests: `connect` takes one, and the other is the server's.

    They are connected sockets without an address. What one end writes the other reads, frame by frame as on TCP.
    """
    return socket.socketpair()


def unix_socket() -> socket.socket:
    """Makes a Unix socket that does not block."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    return sock


def connect_unix(sock: socket.socket, path: str) -> bool:
    """Connects a Unix socket. Returns False while the listener's queue is full.

    No system reports when the queue has room again, and asyncio takes such a socket for a connected one.
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
    """Avoids the 44 ms that delayed acknowledgements add to each call to a plain rapace 0.5.0 server.

    Such a server writes a frame in three pieces on a socket without TCP_NODELAY. So its kernel holds the second piece
    back until the first is acknowledged, and a receiver delays that by 40 ms and more. Whenever only a part of a frame
    has arrived, the acknowledgement must leave at once. Linux sends it on request (TCP_QUICKACK, which must be set anew
    each time). On other systems a frame that the server ignores carries it. These systems also need one after whole
    frames, before the next item of a stream; Linux acknowledges those at once.
    """

    __slots__ = ("_sock", "needs_nudge")

    needs_nudge: bool
    """True when a frame must be sent instead of calling `acknowledge`."""

    def __init__(self, sock: _SocketOptions, quickack: int | None = _QUICKACK) -> None:
        is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
        self.needs_nudge = is_tcp and quickack is None
        self._sock = (sock, quickack) if is_tcp and quickack is not None else None
        if is_tcp:
            # Some systems refuse options of a socket that is lost. Reading it reports the loss.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def acknowledge(self) -> None:
        """Sends the acknowledgement of what has arrived, on systems that send it on request."""
        if self._sock is not None:
            sock, quickack = self._sock
            # Reading a lost socket reports the loss.
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, quickack, 1)
