"""The served call that runs in a task or thread: what its handler can ask about it."""

from contextvars import ContextVar
from typing import Final


class ServedCall:
    """A call of the peer, while its handler runs."""

    __slots__ = ("_cancelled", "_channel", "_method", "_peer")

    def __init__(self, method: str, peer: str, channel_id: int) -> None:
        self._method = method
        self._peer = peer
        self._channel = channel_id
        self._cancelled = False

    @property
    def method(self) -> str:
        """The name of the method: `Catalog.find`."""
        return self._method

    @property
    def peer(self) -> str:
        """The address of the peer: `tcp://127.0.0.1:50912`; for a Unix socket the address of the host."""
        return self._peer

    @property
    def cancelled(self) -> bool:
        """True when the peer has cancelled the call or is gone, so that nobody waits for the answer."""
        return self._cancelled

    @property
    def channel(self) -> int:
        """The number of the call's channel; 0 for a notification."""
        return self._channel

    @property
    def notification(self) -> bool:
        """True when the peer does not wait for an answer."""
        return self._channel == 0

    def cancel(self) -> None:
        """Called by the runtime: the call is cancelled."""
        self._cancelled = True


current: Final[ContextVar[ServedCall | None]] = ContextVar("rapace_served_call", default=None)
"""The call whose handler runs in this task or thread."""


def no_call() -> LookupError:
    """The error of asking for the current call where no handler runs."""
    return LookupError("no handler of rapace runs here: current_call() is for the code of a handler")
