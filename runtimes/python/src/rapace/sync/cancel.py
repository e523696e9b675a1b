"""Cancelling what one thread waits for from another."""

import contextlib
import threading
from collections.abc import Callable, Generator
from functools import partial
from types import TracebackType
from typing import Final, Self

from ..errors import Code, StatusError


class CancelScope:
    """Lets one thread cancel the calls that another thread makes inside `with scope:`.

    After `scope.cancel()` the call or the wait for a stream's item fails with a `StatusError` with `Code.CANCELLED` at
    once, and so does every later one inside the scope. The server gets a CancelChannel frame, and a late response is
    dropped. Scopes can be nested, and entered by several threads.
    """

    __slots__ = ("_cancelled", "_lock", "_wakes")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Both are changed with it.
        self._cancelled = False
        self._wakes: set[Callable[[], object]] = set()

    @property
    def cancelled(self) -> bool:
        """True when `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Cancels what waits inside the scope. Safe in any thread. Cancelling again does nothing."""
        with self._lock:
            self._cancelled = True
            wakes, self._wakes = self._wakes, set()
        for wake in wakes:
            wake()

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

    def _add(self, wake: Callable[[], object]) -> None:
        with self._lock:
            self._wakes.add(wake)

    def _remove(self, wake: Callable[[], object]) -> None:
        with self._lock:
            self._wakes.discard(wake)


class _Thread(threading.local):
    scopes: tuple[CancelScope, ...] = ()


_thread: Final = _Thread()


def is_scoped() -> bool:
    """Whether another thread may cancel what this one does."""
    return len(_thread.scopes) > 0


def is_cancelled() -> bool:
    """Whether this thread is in a scope that was cancelled."""
    return any(scope.cancelled for scope in _thread.scopes)


def check_not_cancelled() -> None:
    """Raises when this thread is in a scope that was cancelled."""
    if is_cancelled():
        raise StatusError(Code.CANCELLED, "the call was cancelled by another thread")


@contextlib.contextmanager
def waking(wake: Callable[[], object]) -> Generator[None, None, None]:
    """Calls `wake`, in another thread, when a scope that this thread is in is cancelled inside the block.

    A scope that was cancelled before calls nothing. Check for that inside the block.
    """
    scopes, own = _thread.scopes, partial(wake)  # Equal functions of two threads are two.
    for scope in scopes:
        scope._add(own)  # pyright: ignore[reportPrivateUsage]
    try:
        yield
    finally:
        for scope in scopes:
            scope._remove(own)  # pyright: ignore[reportPrivateUsage]
