"""An event loop that other threads use: one in a thread of its own, or that of an asyncio program."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from ..failures import connection_lost
from ..owner import ProcessOwner
from ..sync.cancel import check_not_cancelled, waking

_T = TypeVar("_T")


class Loop:
    """An event loop that runs, seen from another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.owner = ProcessOwner()
        self._lock = threading.Lock()
        self._closed = False  # changed with it

    @property
    def is_closed(self) -> bool:
        """True when the loop has ended, or is about to."""
        return self._closed or self.loop.is_closed()

    def run(self, coroutine: Coroutine[object, object, _T]) -> _T:
        """Runs a coroutine on the loop, and blocks until its end. A `CancelScope` of this thread can cancel it.

        Raises `ConnectionLostError` when the loop has ended.
        """
        begun = _Begun(self.loop, coroutine)
        try:
            future = self._begin(begun.run())
        except BaseException:
            coroutine.close()
            raise
        with waking(begun.cancel):
            try:
                check_not_cancelled()
                return future.result()
            except CancelledError:
                check_not_cancelled()
                raise connection_lost("the connection is closed", None) from None
            except BaseException:
                begun.cancel()  # Such as KeyboardInterrupt. When the coroutine has ended, this does nothing.
                raise

    def do(self, function: Callable[[], _T]) -> _T:
        """Calls a function on the loop."""

        async def call() -> _T:
            return function()

        return self.run(call())

    def _begin(self, coroutine: Coroutine[object, object, _T]) -> Future[_T]:
        try:
            self.owner.check()
            self._check_thread()
            return self._submit(coroutine)
        except BaseException:
            coroutine.close()
            raise

    def _submit(self, coroutine: Coroutine[object, object, _T]) -> Future[_T]:
        # Inside the lock, so that what is begun before the loop's end is cancelled by it.
        with self._lock:
            if self.is_closed:
                raise connection_lost("the connection is closed", None)
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def _check_thread(self) -> None:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            return
        if running is self.loop:
            raise RuntimeError("a blocking call on the event loop that must answer it would wait for ever")


class _Begun(Generic[_T]):
    """A coroutine that another thread waits for, and may cancel.

    A cancelled `concurrent.futures.Future` would wake that thread before the coroutine has seen the cancellation.
    """

    __slots__ = ("_coroutine", "_is_cancelled", "_loop", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, _T]) -> None:
        self._loop = loop
        self._coroutine = coroutine
        # Both belong to the loop.
        self._task: asyncio.Task[object] | None = None
        self._is_cancelled = False

    async def run(self) -> _T:
        """Runs the coroutine, unless it is cancelled already."""
        if self._is_cancelled:
            self._coroutine.close()
            raise asyncio.CancelledError
        self._task = asyncio.current_task()
        return await self._coroutine

    def cancel(self) -> None:
        """Cancels the coroutine, from any thread."""
        with contextlib.suppress(RuntimeError):  # The loop is closed.
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._is_cancelled = True
        if self._task is not None:
            self._task.cancel()


class LoopThread(Loop):
    """An event loop in a daemon thread, until it is closed."""

    def __init__(self) -> None:
        started: SimpleQueue[asyncio.AbstractEventLoop] = SimpleQueue()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._main, args=[started], name="rapace-loop", daemon=True)
        self._thread.start()
        super().__init__(started.get())

    def close(self) -> None:
        """Ends the loop, and what runs on it, and waits for that. Closing again does nothing."""
        if self.owner.is_elsewhere:
            self._closed = True
            return
        with self._lock:
            is_first, self._closed = not self._closed, True
            if is_first:
                self.loop.call_soon_threadsafe(self._stop.set)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _main(self, started: "SimpleQueue[asyncio.AbstractEventLoop]") -> None:
        async def until_stopped() -> None:
            started.put(asyncio.get_running_loop())
            await self._stop.wait()

        asyncio.run(until_stopped())
