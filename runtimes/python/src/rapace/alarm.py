"""Waking a thread from a system call, by another one."""

import contextlib
import socket
from typing import Final

_RINGS: Final = 64
"""How many rings are forgotten at once, in bytes: more than threads can have rung meanwhile would only wake twice."""


class Alarm:
    """A pipe that one thread waits for beside a socket of its own, and others write to."""

    __slots__ = ("_bell", "ear")

    ear: socket.socket
    """Readable once it was rung."""

    def __init__(self) -> None:
        self.ear, self._bell = socket.socketpair()
        self.ear.setblocking(False)
        self._bell.setblocking(False)

    def ring(self) -> None:
        """Wakes the thread that waits, or the next one that does."""
        with contextlib.suppress(BlockingIOError):  # It rings already.
            self._bell.send(b"!")

    def reset(self) -> None:
        """Forgets that it was rung."""
        with contextlib.suppress(BlockingIOError):
            self.ear.recv(_RINGS)

    def close(self) -> None:
        """Frees it. Nobody may wait any more."""
        self.ear.close()
        self._bell.close()
