"""What a session reports to its owner."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from ..control import Opening
from ..errors import ProtocolError, StatusError

Answer: TypeAlias = tuple[int, bytes]
"""A unary call has its response: the channel, and the payload. The most frequent event is a plain tuple."""


@dataclass(slots=True)
class Item:
    """A stream or a tunnel has an item. Its reader calls `Session.took` when it takes the item."""

    channel_id: int
    payload: bytes


@dataclass(slots=True)
class End:
    """A stream, or the peer's half of a tunnel, is complete."""

    channel_id: int


@dataclass(slots=True)
class Failed:
    """A unary call, a stream or a tunnel ended with an error."""

    channel_id: int
    error: StatusError


@dataclass(slots=True)
class Broken:
    """The peer broke the protocol. The owner must close the connection: the session receives nothing more."""

    error: ProtocolError


@dataclass(slots=True)
class Request:
    """The peer calls a method, and the call is accepted: it runs until the session ends or cancels it."""

    number: int
    """What names the call to the session. No other call has it."""
    channel_id: int
    """The channel of the call; 0 for a notification, and for a request whose answer goes to channel 0."""
    method_id: int
    streams: bool
    """True when the peer expects a stream, or on channel 0 nothing."""
    payload: bytes
    opening: Opening | None = None
    """What the peer has said of the request: its metadata."""


@dataclass(slots=True)
class Cancelled:
    """A served call is cancelled, and its answer is sent. Its handler must end."""

    number: int


@dataclass(slots=True)
class Greeted:
    """The peer says who it is, before its first request."""

    opening: Opening


@dataclass(slots=True)
class Draining:
    """The peer takes no new calls. Those that run go on."""


Event = Answer | Item | End | Failed | Broken | Request | Cancelled | Greeted | Draining


class CancelReason(IntEnum):
    """Why a call is cancelled, as a CancelChannel frame encodes it."""

    CLIENT_CANCEL = 0
    DEADLINE_EXCEEDED = 1
    RESOURCE_EXHAUSTED = 2
