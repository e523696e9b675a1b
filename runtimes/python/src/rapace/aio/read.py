"""Reading: the socket is not read for a reader that is slow, unless another reader waits for what arrives."""

import asyncio

from ..session import Session
from .inbox import Inbox


class Reading:
    """Whether the socket is read."""

    __slots__ = ("_held", "_hungry", "_loop", "_session", "_stopped", "_transport", "paused")

    paused: bool
    """True while the socket is not read."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, session: Session) -> None:
        self._loop = loop
        self._transport = transport
        self._session = session
        self._hungry = 0  # how many readers of streams wait for an item
        self._held = False
        self._stopped = False
        self.paused = False

    def stop(self) -> None:
        """The connection is lost. The transport is not paused or resumed any more."""
        self._stopped = True

    def hold(self, *, held: bool) -> None:
        """Stops reading whoever waits for what arrives, or goes on."""
        self._held = held
        self.update()

    def took(self, channel_id: int, payload: bytes) -> None:
        """The reader of a stream or tunnel has taken an item."""
        self._session.took(channel_id, payload)
        if self.paused:
            self.update()

    async def wait_for_item(self, inbox: Inbox) -> None:
        """Returns when an item or an end arrives."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        inbox.waiter = waiter
        self._hungry += 1
        if self.paused:
            self.update()
        try:
            await waiter
        finally:
            inbox.waiter = None
            self._hungry -= 1
            if self._session.holds_much:
                self.update()

    def update(self) -> None:
        """Pauses or resumes reading, after a change of what is held or awaited."""
        session = self._session
        slow = session.holds_much and not session.awaits_answer and not self._hungry
        pause = (slow or self._held) and not self._stopped
        if pause and not self.paused:
            self._transport.pause_reading()
        elif self.paused and not pause and not self._stopped:
            self._transport.resume_reading()
        self.paused = pause
