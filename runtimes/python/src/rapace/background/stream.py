"""A blocking stream of a connection that lives on an event loop."""

from typing import TypeVar

from ..aio import stream as aio
from ..sync.stream import Stream
from .loop import Loop

_T_co = TypeVar("_T_co", covariant=True)


class LoopStream(Stream[_T_co]):
    """A stream whose items a thread reads, while it lives on an event loop."""

    __slots__ = ("_loop", "_stream")

    def __init__(self, loop: Loop, stream: aio.Stream[_T_co]) -> None:
        self._loop = loop
        self._stream = stream

    def __next__(self) -> _T_co:
        """The next item."""
        try:
            return self._loop.run(self._step())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing."""
        self._loop.run(self._close())

    async def _step(self) -> _T_co:
        return await anext(self._stream)

    async def _close(self) -> None:
        await self._stream.aclose()
