"""When served calls end whose callers wait no longer."""

import asyncio
import math
from collections.abc import Callable


class Expiry:
    """The deadlines of served calls. One timer serves them all: most calls are over long before."""

    __slots__ = ("_deadlines", "_expired", "_loop", "_timer", "_timer_at")

    def __init__(self, loop: asyncio.AbstractEventLoop, expired: Callable[[int, float], None]) -> None:
        """`expired` gets the number of a call, and how many seconds its caller gave it."""
        self._loop = loop
        self._expired = expired
        self._deadlines: dict[int, tuple[float, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def add(self, number: int, deadline: float, seconds: float) -> None:
        """Adds a call. Its deadline is a time of the event loop."""
        self._deadlines[number] = (deadline, seconds)
        if deadline < self._timer_at:
            self._look_at(deadline)

    def remove(self, number: int) -> None:
        """The call is over."""
        if self._deadlines:
            self._deadlines.pop(number, None)

    def stop(self) -> None:
        """The connection is over."""
        self._deadlines.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        self._timer, self._timer_at = None, math.inf
        for number, (deadline, seconds) in list(self._deadlines.items()):
            if deadline <= now:
                del self._deadlines[number]
                self._expired(number, seconds)
        soonest = min((deadline for deadline, _ in self._deadlines.values()), default=math.inf)
        if soonest != math.inf:
            self._look_at(soonest)
