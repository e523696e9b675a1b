"""Blocking handlers over asyncio: their methods run in threads, and look like coroutines and async generators."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from ..handlers.threads import Threads

_T = TypeVar("_T")

_Step: TypeAlias = tuple[bool, object]
"""Whether there was an item, and the item."""
_Outcome: TypeAlias = tuple[object, BaseException | None]
"""What a function returned or raised. A future cannot hold every exception."""


async def call_in_thread(threads: Threads, function: Callable[..., object], arguments: tuple[object, ...]) -> object:
    """Calls a function in a thread.

    A cancellation drops a call that no thread has begun. Otherwise it waits for the function's end: a thread cannot be
    stopped. Cancelling again stops waiting.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def job() -> None:
        outcome: _Outcome
        try:
            outcome = context.run(function, *arguments), None
        except BaseException as error:
            outcome = None, error
        _post(loop, done, outcome)

    threads.start(job)
    try:
        value, error = await asyncio.shield(done)
    except asyncio.CancelledError:
        if not threads.drop(job):
            _, error = await done
            if error is not None:
                raise _raised(error) from None
        raise
    if error is not None:
        raise _raised(error)
    return value


async def items_in_thread(
    threads: Threads, function: Callable[..., Iterable[object]], arguments: tuple[object, ...]
) -> AsyncIterator[object]:
    """Iterates in a thread over what a function returns. The thread waits while nobody asks for the next item.

    Closing the iterator closes the function's generator, at the `yield` that it has reached or reaches next.
    """
    relay = _Relay(function, arguments)
    threads.start(relay.run)
    try:
        while True:
            found, item = await relay.next()
            if not found:
                return
            yield item
    finally:
        if not threads.drop(relay.run):
            await relay.leave()


class _Relay:
    """An iteration in a thread, one step for each order from the event loop."""

    def __init__(self, function: Callable[..., Iterable[object]], arguments: tuple[object, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self._orders: SimpleQueue[bool] = SimpleQueue()  # True for another step, False to stop
        self._step: asyncio.Future[_Step] = self._loop.create_future()
        self._ended: asyncio.Future[_Outcome] = self._loop.create_future()

    async def next(self) -> tuple[bool, object]:
        """Makes a step. Returns whether there was an item, and the item. Raises what the step raised."""
        self._step = self._loop.create_future()
        self._orders.put(True)
        found, item = await self._step
        if not found:
            _, error = await self._ended
            if error is not None:
                raise _raised(error)
        return found, item

    async def leave(self) -> None:
        """Stops the iteration, and waits for its end. Raises what the generator's clean-up raised."""
        if not self._ended.done():
            self._orders.put(False)
            _, error = await self._ended
            if error is not None:
                raise _raised(error)

    def run(self) -> None:
        """The job of the thread."""
        error: BaseException | None = None
        try:
            self._context.run(self._iterate)
        except BaseException as raised:
            error = raised
        _post(self._loop, self._step, (False, None))
        _post(self._loop, self._ended, (None, error))

    def _iterate(self) -> None:
        if not self._orders.get():
            return
        items: Iterator[object] = iter(self._function(*self._arguments))
        while True:
            try:
                item = next(items)
            except StopIteration:
                return
            _post(self._loop, self._step, (True, item))
            if not self._orders.get():
                close: Callable[[], Any] | None = getattr(items, "close", None)
                if close is not None:
                    close()
                return


def _raised(error: BaseException) -> Exception:
    """What a thread raised, as the event loop may raise it: `SystemExit` of a handler must not end the loop."""
    if isinstance(error, Exception) and not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    raised = RuntimeError(f"the handler raised {type(error).__name__}")
    raised.__cause__ = error
    return raised


def _post(loop: asyncio.AbstractEventLoop, future: asyncio.Future[_T], outcome: _T) -> None:
    """Sets a future's result from a thread, unless nobody waits any more."""

    def post() -> None:
        if not future.done():
            future.set_result(outcome)

    with contextlib.suppress(RuntimeError):  # The loop is closed.
        loop.call_soon_threadsafe(post)
