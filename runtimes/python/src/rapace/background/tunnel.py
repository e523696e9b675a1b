"""A blocking tunnel of a connection that lives on an event loop."""

import asyncio
import io
import math
from collections.abc import Coroutine
from typing import TYPE_CHECKING, TypeVar

from ..aio import tunnel as aio
from ..failures import deadline_exceeded
from ..sync.tunnel import Tunnel
from .loop import Loop

if TYPE_CHECKING:
    from typing_extensions import Buffer

_T = TypeVar("_T")


class LoopTunnel(Tunnel):
    """A tunnel that threads read and write, while it lives on an event loop."""

    def __init__(self, loop: Loop, tunnel: aio.Tunnel) -> None:  # The base's wire has no event loop.
        self._loop = loop
        self._tunnel = tunnel
        self.timeout = math.inf
        self._is_finished = False

    @property
    def channel(self) -> int:
        """The number of the channel. A handler that opened the tunnel returns it, so that the peer can open it too."""
        return self._tunnel.channel

    def writable(self) -> bool:
        """True, until `write_eof`."""
        return not self._is_finished

    def readinto(self, buffer: "Buffer", /) -> int:
        """Fills a buffer with what there is, at least one byte. 0 at the end."""
        self._check_open()
        target = memoryview(buffer).cast("B")
        data = self._run(self._tunnel.read(len(target))) if target else b""
        target[: len(data)] = data
        return len(data)

    def write(self, buffer: "Buffer", /) -> int:
        """Sends all bytes, and waits while the peer reads too slowly."""
        self._check_open()
        data = bytes(memoryview(buffer).cast("B"))
        self._run(self._tunnel.write(data))
        return len(data)

    def write_eof(self) -> None:
        """Ends the direction to the peer. Reading continues. Ending it again does nothing."""
        self._run(self._tunnel.write_eof())
        self._is_finished = True

    def close(self) -> None:
        """Ends both directions. Closing again does nothing."""
        if not self.closed and not self._loop.owner.is_elsewhere:
            self._loop.run(self._close())
        io.RawIOBase.close(self)

    def __del__(self) -> None:
        """Nothing: the tunnel on the event loop gives its channel up itself."""

    async def _close(self) -> None:
        await self._tunnel.aclose()

    def _run(self, step: Coroutine[object, object, _T]) -> _T:
        return self._loop.run(_within(step, self.timeout))


async def _within(step: Coroutine[object, object, _T], timeout: float) -> _T:
    try:
        async with asyncio.timeout(None if timeout == math.inf else timeout):
            return await step
    except TimeoutError:
        raise deadline_exceeded(timeout) from None
