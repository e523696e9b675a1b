"""Layers between a session and a socket: each turns the session's frames into other bytes, and back.

A connection over plain TCP or a Unix socket has none. Like a session, a layer does no I/O.
"""

from typing import Protocol, TypeAlias

Failure: TypeAlias = tuple[str, BaseException | None]
"""Why a connection is lost or closed: in words, and the error that caused it, if any."""


class Layer(Protocol):
    """A layer below the session: TLS or WebSocket."""

    @property
    def opened(self) -> bool:
        """True when the handshake is over, so that frames can be sent."""
        ...

    @property
    def failure(self) -> Failure | None:
        """Set once the peer has closed or broken the layer. After that `unwrap` returns nothing."""
        ...

    @property
    def certificate(self) -> bytes | None:
        """The certificate that the peer has shown, as DER."""
        ...

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the peer's half of a WebSocket handshake, in order."""
        ...

    def hello(self) -> bytes:
        """Returns what must be sent first."""
        ...

    def wrap(self, frames: bytes) -> bytes:
        """Returns what must be sent for whole frames of the session, each with its length prefix."""
        ...

    def unwrap(self, data: bytes) -> bytes:
        """Returns the session's bytes in what has arrived. Afterwards `outgoing` and `failure` may have something."""
        ...

    def outgoing(self) -> bytes:
        """Returns what the layer itself must send, for example the answer to a ping. Each byte is returned once."""
        ...

    def farewell(self) -> bytes:
        """Returns what is sent before the connection is closed on purpose."""
        ...
