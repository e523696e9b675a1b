"""Tunnels over asyncio: bytes both ways on a channel that a call returned."""

import asyncio
import math
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

from ..failures import tunnel_ended
from .calls import wait_for_room
from .inbox import Inbox
from .wire import Wire

CHUNK_BYTES: Final = 64 * 1024
"""How many bytes of a tunnel one frame has at most, so that frames of other calls are not delayed."""


class Tunnel(AsyncIterator[bytes]):
    """Bytes in both directions on a channel of the connection. Each direction ends by itself.

    One task at a time reads, and one writes. The peer's error ends both directions with a `StatusError`, a lost
    connection with a `ConnectionLostError`.
    """

    __slots__ = ("_buffer", "_channel", "_finished", "_inbox", "_opened", "_wire")

    def __init__(self, wire: Wire, channel_id: int | None) -> None:
        """A tunnel on a channel that a call returned; with None on a channel of this side."""
        self._wire = wire
        self._channel = 0
        self._inbox = Inbox()
        self._buffer = memoryview(b"")  # what was taken and not yet read
        self._finished = False
        self._opened = False
        self._channel = _open(wire, channel_id, self._inbox)
        self._opened = True

    @property
    def channel(self) -> int:
        """The number of the channel. A handler that opened the tunnel returns it, so that the peer can open it too."""
        return self._channel

    async def read(self, n: int = -1) -> bytes:
        """Up to `n` bytes, as soon as there is one; all until the end for -1. Empty at the end."""
        if n < 0:
            return b"".join([chunk async for chunk in self])
        if n == 0 or not await self._fill():
            return b""
        data, self._buffer = bytes(self._buffer[:n]), self._buffer[n:]
        return data

    async def readexactly(self, n: int) -> bytes:
        """Exactly `n` bytes. An `asyncio.IncompleteReadError`, with what there was, when the end comes before."""
        parts = bytearray()
        while len(parts) < n:
            part = await self.read(n - len(parts))
            if not part:
                raise asyncio.IncompleteReadError(bytes(parts), n)
            parts += part
        return bytes(parts)

    def __aiter__(self) -> Self:
        """The bytes as they come, until the end."""
        return self

    async def __anext__(self) -> bytes:
        """The next bytes."""
        if not await self._fill():
            raise StopAsyncIteration
        data, self._buffer = bytes(self._buffer), memoryview(b"")
        return data

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Sends bytes, and waits while the peer reads too slowly."""
        rest = memoryview(data).cast("B")
        while rest:
            self._check_writable()
            await wait_for_room(self._wire, math.inf, 0.0)
            self._wire.outgoing.send(self._wire.session.tunnel_data(self._channel, rest[:CHUNK_BYTES]))
            rest = rest[CHUNK_BYTES:]
            await asyncio.sleep(0)  # A socket that takes all at once must not keep the other tasks waiting.

    async def write_eof(self) -> None:
        """Ends the direction to the peer. Reading continues. Ending it again does nothing."""
        if not self._finished:
            self._check_writable()
            await wait_for_room(self._wire, math.inf, 0.0)
            self._wire.outgoing.send(self._wire.session.finish_tunnel(self._channel))
            self._finished = True

    async def aclose(self) -> None:
        """Ends both directions. Closing again does nothing."""
        self._finished = True
        self._buffer = memoryview(b"")
        self._inbox.items.clear()
        owner = self._wire.owner
        if owner.is_other_loop or owner.is_elsewhere:
            self._wire.leave(self._channel)
            self._inbox.ended = True
            return
        _drop(self._wire, self._channel)
        if not self._inbox.ended:
            self._inbox.end(None)

    async def __aenter__(self) -> Self:
        """The tunnel itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends both directions."""
        await self.aclose()

    def __del__(self) -> None:
        """Gives the channel of a tunnel up that was dropped without closing it."""
        if self._opened and not (self._finished and self._inbox.ended):
            self._wire.leave(self._channel)

    async def _fill(self) -> bool:
        """Waits until there are bytes. False at the end."""
        inbox = self._inbox
        while not self._buffer:
            if inbox.items:
                payload = inbox.items.popleft()
                self._wire.reading.took(self._channel, payload)
                self._buffer = memoryview(payload)
            elif inbox.ended:
                if inbox.error is not None:
                    raise inbox.error
                return False
            else:
                self._wire.owner.check()
                await self._wire.reading.wait_for_item(inbox)
        return True

    def _check_writable(self) -> None:
        if self._finished:
            raise tunnel_ended()
        if self._inbox.error is not None:
            raise self._inbox.error


def _open(wire: Wire, channel_id: int | None, inbox: Inbox) -> int:
    """Opens a tunnel, whose bytes go to `inbox`. Returns its channel."""
    wire.check()
    if channel_id is None:
        own = wire.session.open_own_tunnel()
        wire.inboxes[own] = inbox
        return own
    events = wire.session.open_tunnel(channel_id)
    wire.inboxes[channel_id] = inbox
    for event in events:
        if not isinstance(event, tuple):
            wire.deliver(event)
    return channel_id


def _drop(wire: Wire, channel_id: int) -> None:
    """Gives a tunnel up."""
    wire.inboxes.pop(channel_id, None)
    frames = wire.session.drop_tunnel(channel_id)
    if frames and wire.lost is None:
        wire.outgoing.send(frames)
    if wire.reading.paused:
        wire.reading.update()
