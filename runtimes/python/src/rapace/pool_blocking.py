"""Several connections that block and look like one, for servers that answer one request after another."""

import contextlib
import math
import threading
from collections.abc import Callable, Generator
from time import monotonic
from typing import Final, TypeAlias, TypeVar

from .calls import Method, connection_lost, pool_has_tunnels_elsewhere
from .connection_blocking import Connection, Options
from .errors import RapaceError
from .link import Failure
from .states import State, StateChange, States
from .tunnel_blocking import Tunnel
from .wire_blocking import Inbox, Wire

_T = TypeVar("_T")

_OpenOne: TypeAlias = Callable[[Options, States, float], Connection]

_WATCH_SECONDS: Final = 0.05
"""How long each connection is watched before it is the next one's turn."""


class PooledConnection(Connection):
    """Up to `size` connections, opened when they are needed.

    A call takes one that has nothing in flight, otherwise opens one, otherwise takes the one with the least in flight.
    One that is lost is replaced when it is needed; the pool is lost with its last.
    """

    __slots__ = ("_dropped", "_ended", "_lock", "_members", "_open_one", "_opening", "_size")

    def __init__(self, options: Options, size: int, states: States, open_one: _OpenOne) -> None:
        super().__init__(options, states)
        self._size = size
        self._open_one = open_one
        self._lock = threading.RLock()
        # All of this is changed with it.
        self._members: dict[Connection, int] = {}  # and how many threads are about to send on it, or wait
        self._opening = 0
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None
        self._open_another(options.timeout)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, such as late answers of cancelled calls."""
        with self._lock:
            return self._dropped + sum(member.dropped_frames for member in self._members)

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        with self._lock:
            return sum(member.in_flight for member in self._members)

    def close(self) -> None:
        """Closes all connections and fails the calls in flight, in whatever threads. Closing again does nothing."""
        with self._lock:
            if self._ended is None:
                self._ended = ("the connection is closed", None)
            members = list(self._members)
        self._states.enter(State.CLOSED)
        for member in members:
            member.close()

    def watch(self, timeout: float = math.inf) -> None:
        """Reads what comes though nobody calls, of one connection after another, until all or the seconds are over."""
        deadline = monotonic() + timeout
        while self._ended is None and deadline > monotonic():
            with self._lock:
                members = list(self._members)
            for member in members:
                member.watch(max(0.0, min(_WATCH_SECONDS, deadline - monotonic())))

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Refuses: a channel belongs to one connection, and nobody knows which."""
        ended = self._ended
        raise connection_lost(*ended) if ended is not None else pool_has_tunnels_elsewhere(self._size)

    def open_stream(
        self, method_id: int, payload: bytes | bytearray, timeout: float, started: float, inbox: Inbox
    ) -> tuple[Wire, int]:
        """Sends a streaming call. Streams do so."""
        with self._taken(timeout, started) as member:
            return member.open_stream(method_id, payload, timeout, started, inbox)

    def _call(self, method: Method[_T], payload: bytes | bytearray, timeout: float, started: float) -> _T:
        with self._taken(timeout, started) as member:
            return member._call(method, payload, timeout, started)

    def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        with self._taken(timeout, started) as member:
            member._send_notification(method, payload, timeout, started)

    @contextlib.contextmanager
    def _taken(self, timeout: float, started: float) -> Generator[Connection, None, None]:
        member = self._take(timeout, started)
        try:
            yield member
        finally:
            with self._lock:
                if member in self._members:
                    self._members[member] -= 1

    def _take(self, timeout: float, started: float) -> Connection:
        """A connection for one call, marked as taken."""
        with self._lock:
            if self._ended is not None:
                raise connection_lost(*self._ended)
            for member, taken in self._members.items():
                if taken == 0 and member.in_flight == 0 and member.state == State.CONNECTED:
                    self._members[member] = 1
                    return member
            may_open = len(self._members) + self._opening < self._size
        if may_open:
            try:
                return self._open_another(min(self._options.timeout, timeout - (monotonic() - started)))
            except RapaceError:
                if not self._members:
                    raise
        with self._lock:
            if not self._members:  # The first was lost while others are being opened.
                raise connection_lost("the connection was lost", None)

            def load(member: Connection) -> tuple[bool, int]:
                return member.state != State.CONNECTED, max(member.in_flight, self._members[member])

            least = min(self._members, key=load)
            self._members[least] += 1
            return least

    def _open_another(self, timeout: float) -> Connection:
        opened: list[Connection] = []
        states = States(self.address, lambda change: self._member_changed(opened, change))
        with self._lock:
            self._opening += 1
        try:
            member = self._open_one(self._options, states, timeout)
        finally:
            with self._lock:
                self._opening -= 1
        with self._lock:
            opened.append(member)
            if self._ended is None:
                self._members[member] = 1 if self._members else 0
                return member
        member.close()
        raise connection_lost(*self._ended)

    def _member_changed(self, opened: list[Connection], change: StateChange) -> None:
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
