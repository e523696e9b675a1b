"""Items that wait for their reader."""

from collections import deque

from ..errors import RapaceError
from .waiter import Waiter


class Inbox(Waiter):
    """What has arrived for a call, stream or tunnel and was not taken yet, and how it ended."""

    __slots__ = ("ended", "error", "items")

    def __init__(self) -> None:
        super().__init__()
        self.items: deque[bytes] = deque()
        self.ended = False
        self.error: RapaceError | None = None

    def ready(self) -> bool:
        """Whether there is an item or an end."""
        return self.ended or len(self.items) > 0

    def put(self, payload: bytes) -> None:
        """Adds an item."""
        self.items.append(payload)
        self.wake()

    def end(self, error: RapaceError | None) -> None:
        """Ends the call, stream or tunnel, with an error or without."""
        self.ended = True
        self.error = error
        self.wake()
