"""The states of a connection, their handler, and when a lost connection is opened again."""

import logging
import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import TypeAlias

_log = logging.getLogger(__name__)


class State(Enum):
    """What a connection is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    """The connection is lost and will be opened again. Only with `Reconnect`."""
    CLOSED = "closed"
    """The connection is closed, or lost for good."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of a connection's state."""

    state: State
    cause: BaseException | None
    """The error that led to `DISCONNECTED` or `CLOSED`; None when the connection was closed on purpose."""


StateHandler: TypeAlias = Callable[[StateChange], None]
"""Receives every change, in order, once each. It must not block: calls continue when it returns."""


class _Logged:
    """Logs what a handler raises. The connection continues."""

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        _log.error("the handler of connection states failed", exc_info=error)
        return True


class States:
    """The state of one connection."""

    __slots__ = ("_address", "_handler", "_lock", "current")

    def __init__(self, address: str, handler: StateHandler | None) -> None:
        self._address = address
        self._handler = handler
        self._lock = threading.RLock()
        self.current: State | None = None

    def enter(self, state: State, cause: BaseException | None = None) -> None:
        """Enters a state. `CLOSED` is final."""
        with self._lock:
            if state == self.current or self.current == State.CLOSED:
                return
            self.current = state
            reason = "" if cause is None else f": {cause}"
            level = logging.INFO if state == State.DISCONNECTED else logging.DEBUG
            _log.log(level, "%s is %s%s", self._address, state.value, reason)
            if self._handler is not None:
                with _Logged():
                    self._handler(StateChange(state, cause))

    def leave(self) -> None:
        """Enters `CLOSED` in a forked child, without the handler and without the parent's lock."""
        self.current = State.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """When a lost connection is opened again.

    Calls in flight fail, except those of idempotent methods, which are sent again within their timeout. New calls wait
    for the connection, within their timeout. Streams are never sent again.
    """

    initial_delay: float = 0.1
    """The longest wait before the first attempt, in seconds. Each wait is random, between 0 and its longest."""
    max_delay: float = 10.0
    """The maximum of the longest wait, in seconds."""
    factor: float = 2.0
    """By which factor the longest wait grows with each attempt that fails.

    A connection that is lost before it has answered a call or lived for 5 seconds counts as a failed attempt.
    """
    attempts: float = math.inf
    """How many attempts may fail in a row before the connection is closed."""

    def __post_init__(self) -> None:
        """Fails for what is not a schedule."""
        fine = 0 <= self.initial_delay <= self.max_delay < math.inf and 1 <= self.factor < math.inf
        if not fine or not self.attempts >= 1:
            raise ValueError(f"{self} is no schedule: 0 <= initial_delay <= max_delay, 1 <= factor, 1 <= attempts")

    def delay(self, failed: int) -> float:
        """How long to wait after so many attempts have failed in a row, in seconds."""
        longest = self.initial_delay
        for _ in range(failed):
            longest = min(longest * self.factor, self.max_delay)
            if longest == self.max_delay:
                break
        return random.uniform(0, longest)
