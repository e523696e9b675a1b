"""A connection that blocks, and is opened again when it is lost.

A connection has no thread of its own: of the threads that call while it is lost, one opens it for all.
"""

import contextlib
import math
import threading
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from ..budget import RetryBudget
from ..calls import Method, decode, may_be_sent_again
from ..errors import ConnectionLostError, StatusError, UnavailableError
from ..failures import connection_lost, still_disconnected
from ..layer import Failure
from ..metadata import Metadata
from ..options import Options
from ..states import Reconnect, State, States
from . import calls
from .calls import CallInbox
from .cancel import check_not_cancelled, waking
from .dialled import DialledConnection, open_wire
from .tunnel import Tunnel
from .turns import Turns
from .wait import probe, watch
from .wire import Wire

_T = TypeVar("_T")

_WHEN_DRAINING: Final = Reconnect(initial_delay=0.01, max_delay=1.0)
"""When the next connection is opened to a host that shuts down: nearly at once, because calls wait for it."""


class ReconnectingConnection(DialledConnection):
    """One connection at a time. While there is none, callers wait for the one among them that opens the next."""

    __slots__ = (
        "_budget",
        "_callers",
        "_cause",
        "_counted",
        "_dropped",
        "_ended",
        "_failed",
        "_lock",
        "_next_at",
        "_old",
        "_opener",
        "_when",
        "_wire",
    )

    def __init__(self, options: Options, when: Reconnect, wire: Wire, states: States) -> None:
        super().__init__(options, states)
        self._when = when
        self._lock = threading.RLock()  # again, by a handler of states that closes
        # All of this is changed with it.
        self._budget = RetryBudget()
        self._old: list[Wire] = []  # connections whose host shuts down, until the calls on them have ended
        self._callers = Turns()
        self._opener: object | None = None  # which call opens the connection for all
        self._failed = 0  # how many attempts in a row have failed
        self._cause: StatusError | None = None  # why there is no connection
        self._next_at = 0.0  # when the next attempt is due, in the clock's time
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None
        self._wire = wire
        self._adopt(wire)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._dropped + sum(wire.session.dropped_frames for wire in (self._wire, *self._old))

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return sum(wire.session.in_flight for wire in (self._wire, *self._old) if wire.lost is None)

    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing."""
        if self._owner.is_elsewhere:
            self._enter_closed()
            self._close_wires()
            return
        try:
            with self._lock:
                if self._ended is None:
                    self._ended = ("the connection is closed", None)
                self._callers.wake_all()
            self._enter_closed()
        finally:
            self._close_wires()

    def _close_wires(self) -> None:
        try:
            for wire in self._old:
                wire.close()
        finally:
            self._wire.close()

    def watch(self, timeout: float = math.inf) -> None:
        """Reads the socket while no thread calls, and opens a lost connection again, until the timeout has passed."""
        deadline = monotonic() + timeout
        while self._ended is None and deadline > monotonic():
            check_not_cancelled()
            if self._wire.lost is None:
                watch(self._wire, deadline)
            else:
                started = monotonic()
                with contextlib.suppress(StatusError):  # It is over, or the seconds are.
                    self._ready(deadline - started, started, self._options.timeout)

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call returned since the last loss."""
        return Tunnel(self._wire, channel_id)

    def open_stream(
        self,
        method: Method[object],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        inbox: CallInbox,
        metadata: Metadata | None = None,
    ) -> None:
        """Sends a streaming call, for its stream."""
        self._budget.count()
        while True:
            wire = self._ready(timeout, started)
            try:
                calls.open_stream(wire, method, payload, timeout, started, inbox, metadata)
            except UnavailableError as error:
                if self._ended is not None or not may_be_sent_again(wire, error):
                    raise
            else:
                return

    def _call(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        metadata: Metadata | None = None,
    ) -> _T:
        self._budget.count()
        while True:
            wire = self._ready(timeout, started)
            try:
                answer = calls.call(wire, method, payload, timeout, started, metadata)
                return decode(wire, method, answer, started + timeout, timeout)
            except ConnectionLostError:
                if not method.idempotent or self._ended is not None:
                    raise
            except UnavailableError as error:
                if self._ended is not None or not may_be_sent_again(wire, error):
                    raise

    def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        wire = self._ready(timeout, started)
        calls.notify(wire, method.method_id, payload, timeout - (monotonic() - started))

    def _ready(self, timeout: float, started: float, attempt: float = 0.0) -> Wire:
        """A connection to send on. Opens it, or waits for it, within the timeout.

        An attempt that has begun may take at least `attempt` seconds.
        """
        self._owner.check()
        with waking(self._wake_callers):
            return self._when_ready(timeout, started, attempt)

    def _wake_callers(self) -> None:
        with self._lock:
            self._callers.wake_all()

    def _when_ready(self, timeout: float, started: float, attempt: float) -> Wire:
        opener = object()
        try:
            return self._open_in_turn(opener, timeout, started, attempt)
        except BaseException:  # such as KeyboardInterrupt: another call goes on
            self._stop_opening(opener)
            raise

    def _open_in_turn(self, opener: object, timeout: float, started: float, attempt: float) -> Wire:
        deadline = started + timeout
        while True:
            wire = self._wire
            if wire.lost is None and wire.session.in_flight == 0:
                probe(wire)
            wire.announce()
            with self._lock:
                check_not_cancelled()
                if self._ended is not None:
                    raise connection_lost(*self._ended)
                if self._wire.lost is None and not self._wire.draining:
                    return self._wire
                opening = self._opener is not None
                turn, until = None, deadline
                if opening or self._next_at > monotonic():
                    until = until if opening else min(deadline, self._next_at)
                    turn = self._callers.join()
                else:
                    self._opener = opener
            if turn is not None:
                self._callers.wait(turn, until - monotonic())
                if monotonic() >= deadline:
                    raise still_disconnected(timeout, self._cause)
                continue
            self._open_again(min(self._options.timeout, max(attempt, deadline - monotonic())))
            self._stop_opening(opener)

    def _stop_opening(self, opener: object) -> None:
        with self._lock:
            if self._opener is opener:
                self._callers.wake_all()
                self._opener = None

    def _open_again(self, timeout: float) -> None:
        """Makes one attempt. One that fails says when the next is due."""
        self._states.enter(State.CONNECTING)
        try:
            wire = open_wire(self._options, timeout)
        except StatusError as error:
            with self._lock:
                self._failed += 1
                self._cause = error
                schedule = _WHEN_DRAINING if self._wire.draining else self._when
                self._next_at = monotonic() + schedule.delay(self._failed)
                over = self._failed >= self._when.attempts
                if over and self._ended is None:
                    attempts = f"the connection was lost, and {self._failed} attempts to open it again failed"
                    self._ended = (attempts, error)
            self._states.enter(State.CLOSED if over else State.DISCONNECTED, error)
        else:
            with self._lock:
                if self._ended is None:
                    self._adopt(wire)
                    return
            wire.close()

    def _adopt(self, wire: Wire) -> None:
        wire.retries = self._budget
        wire.on_lost = partial(self._lost, wire)
        self._counted = False
        self._old = [each for each in (*self._old, self._wire) if each.lost is None and each is not wire]
        self._wire = wire
        self._states.enter(State.CONNECTED)

    def _lost(self, wire: Wire, failure: Failure) -> None:
        with self._lock:
            if self._ended is not None:
                return
            if wire is not self._wire:  # Its host has shut down, and the next connection is there.
                self._dropped += wire.session.dropped_frames
                self._old = [each for each in self._old if each is not wire]
                return
            if not self._counted:
                self._counted = True
                self._dropped += self._wire.session.dropped_frames
                self._failed = 0 if self._wire.proved_itself else self._failed + 1
                self._cause = connection_lost(*failure)
                if self._failed >= self._when.attempts:
                    self._ended = (f"{failure[0]}, after {self._failed} attempts that failed", failure[1])
            schedule = _WHEN_DRAINING if wire.draining else self._when
            self._next_at = monotonic() + schedule.delay(self._failed)
        self._states.enter(State.DISCONNECTED if self._ended is None else State.CLOSED, connection_lost(*failure))
