"""Items that wait for their reader."""

import asyncio
from collections import deque

from ..errors import RapaceError


class Inbox:
    """What has arrived for a stream or tunnel and was not taken yet, and how it ended."""

    __slots__ = ("ended", "error", "items", "waiter")

    def __init__(self) -> None:
        self.items: deque[bytes] = deque()
        self.ended = False
        self.error: RapaceError | None = None
        self.waiter: asyncio.Future[None] | None = None

    def put(self, payload: bytes) -> None:
        """Adds an item."""
        self.items.append(payload)
        self._wake()

    def end(self, error: RapaceError | None) -> None:
        """Ends the stream or tunnel, with an error or without."""
        self.ended = True
        self.error = error
        self._wake()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
