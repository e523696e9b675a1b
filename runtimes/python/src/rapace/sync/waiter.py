"""What a thread waits for on a connection that blocks."""

import threading
from collections import deque
from collections.abc import Callable

from ..errors import RapaceError


class Waiter:
    """What a thread waits for. All of it is read and changed under the connection's lock."""

    __slots__ = ("sent_at", "turn")

    def __init__(self) -> None:
        self.sent_at = 0
        """Up to which byte the connection must have sent before an answer can come."""
        self.turn: threading.Lock | None = None
        """Held while the thread sleeps; whoever releases it wakes the thread."""

    def ready(self) -> bool:
        """Whether the wait is over."""
        raise NotImplementedError

    def wake(self) -> None:
        """Wakes the thread, if it sleeps."""
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.release()


class Until(Waiter):
    """Waits until something is true: that there is room to write, that all is sent, that the connection is lost."""

    __slots__ = ("_is_true",)

    def __init__(self, is_true: Callable[[], bool], sent_at: int = 0) -> None:
        super().__init__()
        self._is_true = is_true
        self.sent_at = sent_at

    def ready(self) -> bool:
        """Whether it is true."""
        return self._is_true()


class Items(Waiter):
    """What has arrived for a call or stream and was not yet taken, and how it ended."""

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
        """Ends the call or stream, with an error or well."""
        self.ended = True
        self.error = error
        self.wake()
