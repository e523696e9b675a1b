"""Cancelling what one thread waits for from another."""

import threading
from time import monotonic
from types import TracebackType
from typing import Final, Self

from .errors import Code, StatusError

LOOK_SECONDS: Final = 0.01
"""How often a thread that can be cancelled looks whether it was: nothing else wakes it from a system call."""


class CancelScope:
    """What a thread calls inside `with scope:`, another one can end by `scope.cancel()`.

    Within some 10 ms the call that waits then, or the wait for a stream's item, raises a `StatusError` with
    `Code.CANCELLED`, and so does every later one inside the scope. The server is told, and a late answer is dropped.
    Scopes may be nested, and entered by several threads; outside of them nothing is looked for.
    """

    __slots__ = ("_cancelled",)

    def __init__(self) -> None:
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Ends what is waited for inside the scope. Safe in any thread; once is enough."""
        self._cancelled = True

    def __enter__(self) -> Self:
        """The scope itself; it holds for this thread from here."""
        _thread.scopes += (self,)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The scope no longer holds for this thread."""
        scopes = _thread.scopes
        last = len(scopes) - 1 - scopes[::-1].index(self)
        _thread.scopes = scopes[:last] + scopes[last + 1 :]


class _Thread(threading.local):
    scopes: tuple[CancelScope, ...] = ()


_thread: Final = _Thread()


def check_not_cancelled() -> None:
    """Raises when this thread is in a scope that was cancelled."""
    for scope in _thread.scopes:
        if scope.cancelled:
            raise StatusError(Code.CANCELLED, "the call was cancelled by another thread")


def next_look(deadline: float) -> float:
    """Until when this thread may wait at once: the deadline, or sooner inside a scope. Times of the clock."""
    return min(deadline, monotonic() + LOOK_SECONDS) if _thread.scopes else deadline
