"""Accepting connections over asyncio, for as long as the listener is open."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable
from typing import Final

_log = logging.getLogger("rapace.host")

_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_EXHAUSTED_SECONDS: Final = 0.1
"""How long accepting waits when the process has no descriptor left."""
_PER_TURN: Final = 64
"""How many connections are accepted at once, before the others have a turn."""


class Accepting:
    """Hands each connection of a listener to `welcome`, until it is stopped.

    Connections wait in the system's queue while the process has no descriptor left. This is logged once.
    """

    __slots__ = ("_address", "_is_exhausted", "_loop", "_sock", "_timer", "_welcome")

    def __init__(self, sock: socket.socket, address: str, welcome: Callable[[socket.socket], None]) -> None:
        self._sock = sock
        self._address = address
        self._welcome = welcome
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._is_exhausted = False
        self._resume()

    def stop(self) -> None:
        """Accepts no more. The listener can be closed."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._sock)

    def _resume(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(_PER_TURN):
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait(error)
                return
            self._is_exhausted = False
            sock.setblocking(False)
            with contextlib.suppress(OSError):  # The client is gone already.
                self._welcome(sock)

    def _wait(self, error: OSError) -> None:
        """Tries again in a while."""
        if not self._is_exhausted:
            what = "no descriptor is left" if error.errno in _EXHAUSTED else "accepting failed"
            _log.error("%s: %s, connections wait: %s", self._address, what, error)
        self._is_exhausted = True
        self._loop.remove_reader(self._sock)
        self._timer = self._loop.call_later(_EXHAUSTED_SECONDS, self._resume)
