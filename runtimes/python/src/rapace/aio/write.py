"""Writing: frames that leave together, and a peer that does not read."""

import asyncio
from collections.abc import Sized
from typing import Final

from ..layer import Layer

_WRITE_BYTES: Final = 64 * 1024
"""How many bytes are held back at most so that frames leave together."""


class Outgoing:
    """What a connection sends."""

    __slots__ = ("_calls", "_layer", "_loop", "_owed", "_unsent", "_unsent_bytes", "has_room", "transport")

    has_room: asyncio.Event
    """Cleared while more than `max_unsent_bytes` wait for a peer that does not read."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, layer: Layer | None, calls: Sized
    ) -> None:
        """`calls` are the calls in flight: the frame of a call that is alone leaves at once."""
        self._loop = loop
        self.transport = transport
        self._layer = layer
        self._calls = calls
        self._unsent: list[bytes] = []  # what leaves together in this turn of the loop
        self._unsent_bytes = 0
        self._owed = 0  # how many bytes wait that the peer has asked for
        self.has_room = asyncio.Event()
        self.has_room.set()

    @property
    def is_idle(self) -> bool:
        """True when nothing waits to be sent."""
        return not self._unsent and self.transport.get_write_buffer_size() == 0

    def send(self, frame: bytes) -> None:
        """Sends a frame at once, or where several calls are in flight with the others of this turn of the loop.

        A call that is alone must not wait, and many calls must not cost a system call each.
        """
        if self._layer is not None:
            frame = self._layer.wrap(frame)
        if not self._unsent and len(self._calls) < 2:
            # A socket that was found dead is lost in the next turn of the loop; asyncio logs writes until then.
            if not self.transport.is_closing():
                self.transport.write(frame)
        else:
            self.queue(frame)

    def send_soon(self, frame: bytes) -> None:
        """Sends a frame with the others of this turn of the loop, even if no call is in flight."""
        self.queue(frame if self._layer is None else self._layer.wrap(frame))

    def queue(self, data: bytes) -> None:
        """Sends bytes, which the layer has wrapped, at the end of this turn of the loop."""
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        if self._unsent_bytes > _WRITE_BYTES:
            self.flush()
        elif len(self._unsent) == 1:
            self._loop.call_soon(self.flush)

    def send_now(self, frame: bytes) -> None:
        """Sends a frame before those that wait for the end of this turn."""
        self.transport.write(frame if self._layer is None else self._layer.wrap(frame))

    def flush(self) -> None:
        """Sends the frames that wait for the end of this turn."""
        if self._unsent:
            frames = b"".join(self._unsent)
            self.drop()
            if not self.transport.is_closing():
                self.transport.write(frames)

    def drop(self) -> None:
        """Drops the frames that wait for the end of this turn."""
        self._unsent.clear()
        self._unsent_bytes = 0

    def owe(self, count: int) -> int:
        """Counts bytes that were written because the peer asked for them, such as answers to pings.

        Returns how many of them wait to be sent.
        """
        self._owed = self._owed + count if self.transport.get_write_buffer_size() else 0
        return self._owed
