"""Several connections that block and look like one, for servers that answer one request after another."""

import math
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias, TypeVar

from ..calls import Method
from ..errors import RapaceError
from ..failures import connection_lost, pool_has_tunnels_elsewhere
from ..layer import Failure
from ..metadata import Metadata
from ..options import Options
from ..states import State, StateChange, States
from .calls import CallInbox
from .dialled import DialledConnection
from .tunnel import Tunnel

_T = TypeVar("_T")

_OpenOne: TypeAlias = Callable[[Options, States, float], DialledConnection]

_WATCH_SECONDS: Final = 0.05
"""How long each connection is watched before it is the next one's turn."""


class PooledConnection(DialledConnection):
    """Up to `pool` connections, opened when they are needed.

    A call takes a connection that has nothing in flight, otherwise opens one, otherwise takes the one with the least in
    flight. A lost connection is replaced when it is needed. The pool is lost with its last connection.
    """

    __slots__ = ("_dropped", "_ended", "_lock", "_members", "_open_one", "_opening", "_size")

    def __init__(self, options: Options, states: States, open_one: _OpenOne) -> None:
        super().__init__(options, states)
        self._size = options.pool
        self._open_one = open_one
        self._lock = threading.RLock()
        # All of this is changed with it.
        self._members: dict[DialledConnection, set[object]] = {}  # and the calls that are about to send on it, or wait
        self._opening: set[object] = set()  # the calls that open a connection
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None
        self._with_member(options.timeout, monotonic(), lambda _: None)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._dropped + sum(member.dropped_frames for member in list(self._members))

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return sum(member.in_flight for member in list(self._members))

    def close(self) -> None:
        """Closes all connections and fails the calls in flight, in whatever threads. Closing again does nothing."""
        if self._owner.is_elsewhere:
            self._enter_closed()
            _close_all(list(self._members))
            return
        members: list[DialledConnection] = []
        try:
            with self._lock:
                if self._ended is None:
                    self._ended = ("the connection is closed", None)
            members = list(self._members)
            self._enter_closed()
        finally:
            _close_all(members or list(self._members))

    def watch(self, timeout: float = math.inf) -> None:
        """Reads one connection after another while no thread calls, until all are lost or the timeout has passed."""
        self._owner.check()
        deadline = monotonic() + timeout
        while self._ended is None and deadline > monotonic():
            for member in list(self._members):
                member.watch(max(0.0, min(_WATCH_SECONDS, deadline - monotonic())))

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Fails: a channel belongs to one connection, and a pool does not know which."""
        self._owner.check()
        ended = self._ended
        raise connection_lost(*ended) if ended is not None else pool_has_tunnels_elsewhere(self._size)

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

        def send(member: DialledConnection) -> None:
            member.open_stream(method, payload, timeout, started, inbox, metadata)

        self._with_member(timeout, started, send)

    def _call(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        metadata: Metadata | None = None,
    ) -> _T:
        return self._with_member(timeout, started, lambda m: m._call(method, payload, timeout, started, metadata))

    def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        self._with_member(timeout, started, lambda m: m._send_notification(method, payload, timeout, started))

    def _with_member(self, timeout: float, started: float, action: Callable[[DialledConnection], _T]) -> _T:
        """Takes a connection for one call, and gives it back."""
        self._owner.check()
        call = object()
        try:
            try:
                return action(self._take(call, timeout, started))
            finally:
                self._give_back(call)
        except BaseException:  # A signal may have come amid that.
            self._give_back(call)
            raise

    def _give_back(self, call: object) -> None:
        with self._lock:
            self._opening.discard(call)
            for calls in self._members.values():
                calls.discard(call)

    def _take(self, call: object, timeout: float, started: float) -> DialledConnection:
        """A connection for one call, marked as taken."""
        for member in list(self._members):
            member.settle()
        with self._lock:
            if self._ended is not None:
                raise connection_lost(*self._ended)
            for member, calls in self._members.items():
                if not (calls or member.in_flight or member.draining) and member.state == State.CONNECTED:
                    calls.add(call)
                    return member
            open_to_calls = sum(not member.draining for member in self._members)
            may_open = open_to_calls + len(self._opening) < self._size
            if may_open:
                self._opening.add(call)
        if may_open:
            try:
                return self._open_another(call, min(self._options.timeout, timeout - (monotonic() - started)))
            except RapaceError:
                if not self._members:
                    raise
        with self._lock:
            if not self._members:  # The first was lost while others are being opened.
                raise connection_lost(*(self._ended or ("the connection was lost", None)))

            def load(member: DialledConnection) -> tuple[bool, bool, int]:
                busy = max(member.in_flight, len(self._members[member]))
                return member.draining, member.state != State.CONNECTED, busy

            least = min(self._members, key=load)
            self._members[least].add(call)
            return least

    def _open_another(self, call: object, timeout: float) -> DialledConnection:
        opened: list[DialledConnection] = []
        states = States(self.address, lambda change: self._member_changed(opened, change))
        member = self._open_one(self._options, states, timeout)
        with self._lock:
            opened.append(member)
            if self._ended is None:
                self._members[member] = {call}
                self._opening.discard(call)
                return member
        member.close()
        raise connection_lost(*self._ended)

    def _member_changed(self, opened: list[DialledConnection], change: StateChange) -> None:
        with self._lock:
            if self._ended is not None:
                return
            if change.state == State.CLOSED:
                for member in opened:
                    self._dropped += member.dropped_frames
                    self._members.pop(member, None)
            states = {each.state for each in self._members} | {change.state}
            best = State.CONNECTED if State.CONNECTED in states else min(states, key=list(State).index)
            if best == State.CLOSED:
                self._ended = ("the connection was lost", change.cause)
        self._states.enter(best, change.cause)


def _close_all(members: list[DialledConnection]) -> None:
    """Closes each, also when a signal comes amid that."""
    try:
        for member in members:
            member.close()
    except BaseException:
        for member in members:
            member.close()
        raise
