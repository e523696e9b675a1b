"""Threads that wait for a change of something that a lock guards.

A `threading.Condition` takes and gives its lock back in Python's own steps: an exception out of a signal between them
leaves it locked, or unlocks it for another thread. A `with` on a plain lock has no moment of that kind.
"""

import threading


class Turns:
    """The threads that wait for a change."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[threading.Lock] = set()

    def join(self) -> threading.Lock:
        """Begins to wait: what changes from here on wakes the thread. Called under the lock; then `wait`."""
        turn = threading.Lock()
        turn.acquire()
        self._waiting.add(turn)
        return turn

    def wait(self, turn: threading.Lock, seconds: float) -> None:
        """Sleeps until something changes, or the seconds are over. Called without the lock."""
        try:
            turn.acquire(timeout=max(0.0, min(seconds, threading.TIMEOUT_MAX)))
        finally:
            self._waiting.discard(turn)

    def wake_all(self) -> None:
        """Wakes all that wait. Called under the lock; when it was interrupted it can be called again."""
        for turn in list(self._waiting):
            if turn.locked():
                turn.release()
            self._waiting.discard(turn)
