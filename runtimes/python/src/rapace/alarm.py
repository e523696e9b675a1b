"""Waking a thread from a system call, by another one."""

import contextlib
import socket


class Alarm:
    """A pipe that one thread waits for beside a socket of its own, and others write to."""

    __slots__ = ("_bell", "ear")

    ear: socket.socket
    """Readable once it was rung."""

    def __init__(self) -> None:
        self.ear, self._bell = socket.socketpair()
        self._bell.setblocking(False)

    def ring(self) -> None:
        """Wakes the thread that waits, or that is about to."""
        with contextlib.suppress(BlockingIOError):  # It rings already.
            self._bell.send(b"!")

    def close(self) -> None:
        """Frees it. Nobody may wait any more."""
        self.ear.close()
        self._bell.close()
