"""A bell wakes a thread that is blocked in a system call."""

import contextlib
import socket


class Bell:
    """A pair of sockets: one thread polls one end together with its own socket, other threads write to the other."""

    __slots__ = ("_hammer", "ear")

    ear: socket.socket
    """Becomes readable when the bell rings."""

    def __init__(self) -> None:
        self.ear, self._hammer = socket.socketpair()
        self._hammer.setblocking(False)

    def ring(self) -> None:
        """Wakes the thread that polls `ear`, or that is about to poll it."""
        with contextlib.suppress(BlockingIOError):  # The buffer is full: the bell rings already.
            self._hammer.send(b"!")

    def close(self) -> None:
        """Closes both ends. No thread may poll `ear` any more."""
        self.ear.close()
        self._hammer.close()
