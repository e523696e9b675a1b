"""How many calls may be sent again because a host shuts down."""

from time import monotonic
from typing import Final

_SECONDS: Final = 10
"""How long a call counts."""
_SHARE: Final = 0.1
"""How large a share of all calls may be sent again, so that a fleet that restarts is not flooded."""
_ALWAYS: Final = 10
"""How many more may be, so that a program with few calls loses none."""


class RetryBudget:
    """Counts the calls of the last seconds, and those that were sent again."""

    __slots__ = ("_again", "_calls")

    def __init__(self) -> None:
        # By the second of the clock.
        self._calls: dict[int, int] = {}
        self._again: dict[int, int] = {}

    def count(self) -> None:
        """A call is made."""
        _add(self._calls, int(monotonic()))

    def take(self) -> bool:
        """Whether another call may be sent again. It is counted if so."""
        now = int(monotonic())
        if _sum(self._again, now) >= _ALWAYS + _SHARE * _sum(self._calls, now):
            return False
        _add(self._again, now)
        return True


def _add(counts: dict[int, int], second: int) -> None:
    if second in counts:
        counts[second] += 1
        return
    for old in [each for each in counts if each <= second - _SECONDS]:
        counts.pop(old, None)
    counts[second] = 1


def _sum(counts: dict[int, int], now: int) -> int:
    return sum(count for second, count in list(counts.items()) if second > now - _SECONDS)
