"""What can stand between a session and a socket: layers that turn a session's frames into other bytes and back.

A connection over plain TCP or a Unix socket has none. Like a session, a layer does no I/O.
"""

from typing import Protocol, TypeAlias

Failure: TypeAlias = tuple[str, BaseException | None]
"""Why a connection is of no more use: in words, and the cause, if an error led to it."""


class Layer(Protocol):
    """A layer below the session, such as WebSocket."""

    @property
    def opened(self) -> bool:
        """Whether the handshake is over, so that frames can be sent."""
        ...

    @property
    def failure(self) -> Failure | None:
        """Set once when the peer ended or broke the layer, after which `unwrap` has nothing more to say."""
        ...

    def hello(self) -> bytes:
        """What has to be sent first."""
        ...

    def wrap(self, frames: bytes) -> bytes:
        """What has to be sent for whole frames of the session, each with its length prefix."""
        ...

    def unwrap(self, data: bytes) -> bytes:
        """What arrived, as the session reads it. Then `outgoing` and `failure` may be set."""
        ...

    def outgoing(self) -> bytes:
        """What the layer itself has to say, such as the answer to a ping. Each byte is returned once."""
        ...

    def farewell(self) -> bytes:
        """What is sent before the connection is closed on purpose."""
        ...
