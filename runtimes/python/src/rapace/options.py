"""What is chosen before a connection is opened."""

import math
import socket
import ssl
from dataclasses import dataclass

from .address import Address, SocketAddress, UnixAddress, WebSocketAddress, parse_address
from .calls import checked_timeout
from .greeting import Greeting
from .layer import Layer
from .limits import Limits
from .states import Reconnect
from .tls import Tls, TlsLayer
from .websocket import WebSocketLayer


@dataclass(frozen=True, slots=True)
class Target:
    """A server to connect to, and how."""

    address: Address
    limits: Limits
    context: ssl.SSLContext | None
    """For TLS, if the address asks for TLS."""
    server_name: str
    """The name that the server's certificate must have."""
    sock: socket.socket | None = None
    """A socket that is connected already."""

    def layer(self) -> Layer | None:
        """Makes what is between session and socket: WebSocket, TLS, WebSocket inside TLS, or nothing."""
        inner = WebSocketLayer(self.address, self.limits) if isinstance(self.address, WebSocketAddress) else None
        return inner if self.context is None else TlsLayer(self.context, self.server_name, inner)


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of `connect`, checked."""

    target: Target
    timeout: float
    """How long each attempt to connect may take, in seconds."""
    reconnect: Reconnect | None
    allow_trailing_bytes: bool
    pool: int
    """How many connections there may be."""
    first_channel: int
    """The first channel that this side opens: 1 or 2."""
    greeting: Greeting | None = None
    """What is said first."""
    keepalive: float = math.inf
    """After how many seconds without a byte a peer that was greeted is asked whether it is there."""


def checked_options(
    address: str | socket.socket,
    timeout: float,
    tls: Tls | None,
    reconnect: Reconnect | None,
    pool: int,
    limits: Limits,
    allow_trailing_bytes: bool,
    first_channel: int = 1,
    greeting: Greeting | None = None,
    keepalive: float | None = None,
) -> Options:
    """Checks the arguments of `connect`. Fails with a `ValueError` when they do not fit together."""
    target = _target(address, tls, limits)
    check_first_channel(first_channel)
    if pool < 1:
        raise ValueError(f"a pool has at least one connection, not {pool}")
    if target.sock is not None and (reconnect is not None or pool > 1):
        raise ValueError("a socket is one connection: it needs an address to open another")
    if keepalive is not None and not keepalive >= 0:
        raise ValueError(f"keepalive is a number of seconds, not {keepalive}")
    return Options(
        target,
        checked_timeout(timeout, timeout),
        reconnect,
        allow_trailing_bytes,
        pool,
        first_channel,
        greeting,
        keepalive or math.inf,
    )


def check_first_channel(first_channel: int) -> None:
    """Fails with a `ValueError` for anything but 1 and 2."""
    if first_channel not in (1, 2):
        raise ValueError(f"the first channel of a side is 1 or 2, not {first_channel!r}")


def _target(address: str | socket.socket, tls: Tls | None, limits: Limits) -> Target:
    sock = None if isinstance(address, str) else address
    parsed = parse_address(address) if isinstance(address, str) else SocketAddress(address.fileno())
    if not parsed.secure or isinstance(parsed, (UnixAddress, SocketAddress)):
        if tls is not None:
            raise ValueError(f"{address} is without TLS: use tls://host:port or wss://host")
        return Target(parsed, limits, None, "", sock)
    tls = Tls() if tls is None else tls
    return Target(parsed, limits, tls.make_context(), tls.server_name or parsed.host)
