"""Unary calls in flight, and the timer of the earliest deadline."""

import asyncio
import math
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias

from ..failures import connection_lost, deadline_exceeded
from ..session import CancelReason

_SECONDS_PER_LOOK: Final = 1e-6
"""How late a timeout may be for each call in flight, so that looking for the next deadline takes little of the time."""

PendingCall: TypeAlias = tuple[asyncio.Future[bytes], float, float]
"""A unary call in flight: what waits for its response, its deadline in the clock's time, its timeout in seconds."""


class Deadlines:
    """The unary calls in flight. One timer serves them all: most are over long before their deadline."""

    __slots__ = ("_cancel", "_loop", "_timer", "_timer_at", "calls")

    calls: dict[int, PendingCall]
    """By channel."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cancel: Callable[[int, CancelReason], None]) -> None:
        """`cancel` gives the channel of a call up whose deadline has passed."""
        self._loop = loop
        self._cancel = cancel
        self.calls = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf  # when it is due, in the clock's time

    def add(self, channel_id: int, answer: asyncio.Future[bytes], deadline: float, timeout: float) -> None:
        """Adds a call. Its deadline is a time of the clock, its timeout is in seconds."""
        self.calls[channel_id] = (answer, deadline, timeout)
        if deadline < self._timer_at:
            self._expire_at(deadline)

    def stop(self) -> None:
        """Stops the timer. The calls are about to fail."""
        if self._timer is not None:
            self._timer.cancel()

    def fail_all(self, what: str, cause: BaseException | None) -> None:
        """Fails every call with `ConnectionLostError`."""
        answers = [answer for answer, _, _ in self.calls.values()]
        self.calls.clear()
        for answer in answers:
            if not answer.done():
                answer.set_exception(connection_lost(what, cause))

    def _expire_at(self, deadline: float) -> None:
        self.stop()
        self._timer_at = deadline
        self._timer = self._loop.call_later(max(0.0, deadline - monotonic()), self._expire)

    def _expire(self) -> None:
        """Ends the calls whose deadline has passed, unless they have just ended otherwise."""
        now = monotonic()
        self._timer, self._timer_at = None, math.inf
        for channel_id, (answer, deadline, timeout) in list(self.calls.items()):
            if deadline <= now and not answer.done():
                self._cancel(channel_id, CancelReason.DEADLINE_EXCEEDED)
                answer.set_exception(deadline_exceeded(timeout))
        soonest = min((deadline for _, deadline, _ in self.calls.values()), default=math.inf)
        if soonest != math.inf:
            self._expire_at(max(soonest, now + len(self.calls) * _SECONDS_PER_LOOK))
