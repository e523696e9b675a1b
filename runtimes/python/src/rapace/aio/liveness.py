"""Liveness: a Ping of the peer is answered, and a peer that is silent for long is asked whether it is there."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from ..failures import has_not_answered
from ..session import Session
from .read import Reading
from .write import Outgoing

_PONG_SECONDS: Final = 0.05
"""How often it is tried again to answer a Ping while the answer to the one before waits to be written."""
_MOST_PINGS: Final = 2
"""After how many Pings without an answer a connection is lost."""


class Liveness:
    """The Pings of one connection, in both directions."""

    __slots__ = (
        "_address",
        "_asked_at",
        "_heard_at",
        "_loop",
        "_lose",
        "_outgoing",
        "_pings",
        "_pong_timer",
        "_pong_waits",
        "_reading",
        "_seconds",
        "_session",
        "_timer",
    )

    def __init__(
        self,
        address: str,
        loop: asyncio.AbstractEventLoop,
        session: Session,
        reading: Reading,
        outgoing: Outgoing,
        lose: Callable[[str, BaseException | None], None],
    ) -> None:
        self._address = address
        self._loop = loop
        self._session = session
        self._reading = reading
        self._outgoing = outgoing
        self._lose = lose
        self._pong_waits = False  # perhaps: since a Pong was written, something has been waiting
        self._pong_timer: asyncio.TimerHandle | None = None
        self._seconds = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = self._asked_at = 0.0
        self._pings = 0  # since a byte has come

    def watch(self, seconds: float) -> None:
        """Begins to ask the peer after so many seconds without a byte of it."""
        self._seconds = seconds
        if seconds != math.inf:
            self._heard_at = self._loop.time()
            self._timer = self._loop.call_later(seconds, self._look)

    def heard(self) -> None:
        """Bytes have come."""
        self._heard_at = self._loop.time()

    def answer(self) -> None:
        """Answers the newest Ping, unless a Pong waits to be written. So floods of them cost nothing."""
        if self._pong_waits and not self._outgoing.is_idle:
            if self._pong_timer is None:
                self._pong_timer = self._loop.call_later(_PONG_SECONDS, self._answer_later)
            return
        frame = self._session.control.pong()
        if frame:
            self._pong_waits = True
            self._outgoing.send_soon(frame)

    def stop(self) -> None:
        """The connection is lost."""
        for timer in (self._timer, self._pong_timer):
            if timer is not None:
                timer.cancel()

    def _answer_later(self) -> None:
        self._pong_timer = None
        self.answer()

    def _look(self) -> None:
        """Asks a peer that has been silent for long enough, and gives up one that does not answer."""
        now = self._loop.time()
        if self._reading.paused:
            self._heard_at = now  # Nobody listens, for a reader of ours is slow.
        if self._heard_at >= self._asked_at:
            self._pings = 0
        left = max(self._heard_at, self._asked_at) + self._seconds - now
        if left <= 0:
            left = self._seconds
            if self._session.control.understood:
                if self._pings >= _MOST_PINGS:
                    self._lose(has_not_answered(self._address, self._pings * self._seconds), None)
                    return
                self._pings += 1
                self._outgoing.send_soon(self._session.control.ping())
            self._asked_at = now
        self._timer = self._loop.call_later(left, self._look)
