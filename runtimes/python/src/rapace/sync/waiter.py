"""What a thread waits for on a connection that blocks."""

import threading
from collections.abc import Callable


class Waiter:
    """What a thread waits for. All of it is read and changed under the connection's lock."""

    __slots__ = ("sent_at", "turn")

    def __init__(self) -> None:
        self.sent_at = 0
        """Up to which byte the connection must have sent before an answer can come."""
        self.turn: threading.Lock | None = None
        """Held while the thread sleeps. Releasing it wakes the thread."""

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
