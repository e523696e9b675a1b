"""Waiting for a socket in a system call."""

import math
import select
import socket
from typing import Final

LONGEST_WAIT_SECONDS: Final = 3600.0
"""The longest single wait. A thread that must wait longer waits again."""


def poll(sock: socket.socket, reads: bool, writes: bool, seconds: float, ear: socket.socket | None = None) -> bool:
    """Waits until the socket can be read or written, or is lost. Returns False when that did not happen in time.

    `reads` and `writes` say what to wait for. When `ear`, the end of a bell, can be read, the wait is over.
    """
    seconds = max(0.0, min(seconds, LONGEST_WAIT_SECONDS))
    if hasattr(select, "poll"):
        polling = select.poll()
        polling.register(sock, (select.POLLIN if reads else 0) | (select.POLLOUT if writes else 0))
        if ear is not None:
            polling.register(ear, select.POLLIN)
        return any(number == sock.fileno() for number, _ in polling.poll(math.ceil(seconds * 1000)))
    ears = [] if ear is None else [ear]
    readable, writable, _ = select.select([sock, *ears] if reads else ears, [sock] if writes else [], [], seconds)
    return sock in readable or sock in writable
