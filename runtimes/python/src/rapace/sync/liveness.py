"""Liveness: a Ping of the peer is answered, and a peer that is silent for long is asked whether it is there."""

import math
from collections.abc import Callable
from time import monotonic
from typing import Final

from ..failures import has_not_answered
from ..session import Session
from .write import Outgoing

_MOST_PINGS: Final = 2
"""After how many Pings without an answer a connection is lost."""


class Liveness:
    """The Pings of one connection, in both directions. All of it is used under the connection's lock."""

    __slots__ = ("_address", "_lose", "_outgoing", "_pings", "_pong_at", "_seconds", "_session", "due_at")

    due_at: float
    """When `look` has something to do, in the clock's time."""

    def __init__(
        self, address: str, session: Session, outgoing: Outgoing, lose: Callable[[str, BaseException | None], None]
    ) -> None:
        self._address = address
        self._session = session
        self._outgoing = outgoing
        self._lose = lose
        self._pong_at = 0  # how many bytes are sent once the last Pong is
        self._seconds = math.inf
        self._pings = 0  # since a byte has come
        self.due_at = math.inf

    def watch(self, seconds: float) -> None:
        """Begins to ask the peer after so many seconds without a byte of it."""
        self._seconds = seconds
        self.due_at = monotonic() + seconds

    def heard(self) -> None:
        """Bytes have come."""
        if self._seconds != math.inf:
            self._pings = 0
            self.due_at = monotonic() + self._seconds

    def answer(self) -> None:
        """Answers the newest Ping, unless a Pong waits to be written. So floods of them cost nothing."""
        if self._session.control.pong_due is None or self._outgoing.sent_bytes < self._pong_at:
            return
        self._outgoing.queue(self._session.control.pong())
        self._pong_at = self._outgoing.queued_at

    def look(self) -> None:
        """Asks a peer that has been silent for long enough, and gives up one that does not answer.

        What has arrived was read just before: while no thread reads, nobody hears the peer.
        """
        if self.due_at > monotonic():
            return
        if self._session.control.understood:
            if self._pings >= _MOST_PINGS:
                self._lose(has_not_answered(self._address, self._pings * self._seconds), None)
                return
            self._pings += 1
            self._outgoing.queue(self._session.control.ping())
            self._outgoing.flush()
        self.due_at = monotonic() + self._seconds
