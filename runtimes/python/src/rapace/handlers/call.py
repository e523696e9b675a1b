"""The served call that runs in a task or thread: what its handler can ask about it."""

import math
from contextvars import ContextVar
from time import monotonic
from typing import Final

from ..metadata import EMPTY, Metadata
from .guard import Identity


class ServedCall:
    """A call of the peer, while its handler runs."""

    __slots__ = ("_cancelled", "_channel", "_deadline", "_identity", "_metadata", "_method", "_peer")

    def __init__(self, method: str, peer: str, channel_id: int, identity: Identity | None = None) -> None:
        self._method = method
        self._peer = peer
        self._channel = channel_id
        self._cancelled = False
        self._identity = identity
        self._metadata = EMPTY
        self._deadline = math.inf

    @property
    def method(self) -> str:
        """The name of the method: `Catalog.find`."""
        return self._method

    @property
    def peer(self) -> str:
        """The address of the peer: `tcp://127.0.0.1:50912`; for a Unix socket the address of the host."""
        return self._peer

    @property
    def metadata(self) -> Metadata:
        """What the call carries beside its arguments: texts by key, and bytes where the key ends in `-bin`."""
        return self._metadata

    @property
    def identity(self) -> Identity | None:
        """Who calls, as the host's `authenticate` hook has said; None without such a hook."""
        return self._identity

    @property
    def cancelled(self) -> bool:
        """True when nobody waits for the answer: the peer has cancelled or is gone, or the deadline has passed."""
        return self._cancelled

    @property
    def time_left(self) -> float:
        """How many seconds the caller still waits; `math.inf` when it has not said that. Never below 0.

        At that time an asyncio handler is cancelled, and with it the calls that it makes. A blocking handler passes it
        on as `timeout`.
        """
        return math.inf if self._deadline == math.inf else max(0.0, self._deadline - monotonic())

    @property
    def channel(self) -> int:
        """The number of the call's channel; 0 for a notification."""
        return self._channel

    @property
    def notification(self) -> bool:
        """True when the peer does not wait for an answer."""
        return self._channel == 0

    def carries(self, metadata: Metadata, deadline: float = math.inf) -> None:
        """Called by the runtime: what the call carries, and when its caller stops waiting, in the clock's time."""
        self._metadata = metadata
        self._deadline = deadline

    @property
    def deadline(self) -> float:
        """When the caller stops waiting, in the time of `time.monotonic`; `math.inf` when it has not said that."""
        return self._deadline

    def cancel(self) -> None:
        """Called by the runtime: the call is cancelled."""
        self._cancelled = True


current: Final[ContextVar[ServedCall | None]] = ContextVar("rapace_served_call", default=None)
"""The call whose handler runs in this task or thread."""


def no_call() -> LookupError:
    """The error of asking for the current call where no handler runs."""
    return LookupError("no handler of rapace runs here: current_call() is for the code of a handler")
