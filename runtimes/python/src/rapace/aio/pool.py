"""Several connections over asyncio that look like one, for servers that answer one request after another."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeAlias, TypeVar

from ..calls import Method
from ..errors import RapaceError
from ..failures import connection_lost, deadline_exceeded, pool_has_tunnels_elsewhere
from ..layer import Failure
from ..metadata import Metadata
from ..options import Options
from ..states import State, StateChange, States
from .connection import Connection
from .inbox import Inbox
from .tunnel import Tunnel
from .wire import Wire

_T = TypeVar("_T")

_OpenOne: TypeAlias = Callable[[Options, States], Awaitable[Connection]]


class PooledConnection(Connection):
    """Up to `pool` connections, opened when they are needed.

    A call takes a connection that has nothing in flight, otherwise opens one, otherwise takes the one with the least in
    flight. A lost connection is replaced when it is needed. The pool is lost with its last connection.
    """

    __slots__ = ("_dropped", "_ended", "_members", "_open_one", "_opening", "_size")

    def __init__(self, options: Options, states: States, open_one: _OpenOne) -> None:
        super().__init__(options, states)
        self._size = options.pool
        self._open_one = open_one
        self._members: list[Connection] = []
        self._opening = 0
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None

    async def open_first(self) -> None:
        """Opens the first connection."""
        await self._open_another()

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._dropped + sum(member.dropped_frames for member in self._members)

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return sum(member.in_flight for member in self._members)

    def begin_close(self) -> None:
        """Closes all connections and fails the calls in flight. `gone` waits until they are closed."""
        if self._ended is None:
            self._ended = ("the connection is closed", None)
        self._states.enter(State.CLOSED)
        for member in list(self._members):
            member.begin_close()

    async def gone(self) -> None:
        """Returns when all connections, which are being closed, have freed everything."""
        for member in list(self._members):
            await member.gone()

    def abandon(self) -> None:
        """Frees the sockets without the event loop, in a forked child or after the loop's end."""
        self._ended = self._ended or ("the connection is closed", None)
        for member in self._members:
            member.abandon()

    async def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        started = monotonic()
        member = self._free() or await self._take(timeout, started)
        left = timeout - (monotonic() - started) if timeout > 0 else timeout
        return await member.call(method, payload, left, metadata)

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Fails: a channel belongs to one connection, and a pool does not know which."""
        self._owner.check()
        raise connection_lost(*self._ended) if self._ended is not None else pool_has_tunnels_elsewhere(self._size)

    async def open_stream(
        self,
        method: Method[object],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        inbox: Inbox,
        metadata: Metadata | None = None,
    ) -> tuple[Wire, int]:
        """Sends a streaming call, for its stream."""
        member = self._free() or await self._take(timeout, started)
        return await member.open_stream(method, payload, timeout, started, inbox, metadata)

    async def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        member = self._free() or await self._take(timeout, started)
        await member.notify(method, payload, timeout - (monotonic() - started))

    def _free(self) -> Connection | None:
        """Returns a connection with nothing in flight. The caller sends on it before another call can take it."""
        for member in self._members:
            if member.in_flight == 0 and member.state == State.CONNECTED and not member.draining:
                return member
        return None

    async def _take(self, timeout: float, started: float) -> Connection:
        """A connection, where none is free."""
        self._owner.check()
        if self._ended is not None:
            raise connection_lost(*self._ended)
        if sum(not member.draining for member in self._members) + self._opening < self._size:
            left = timeout - (monotonic() - started)
            try:
                async with asyncio.timeout(None if left == math.inf else left):
                    return await self._open_another()
            except TimeoutError:
                raise deadline_exceeded(timeout) from None
            except RapaceError:
                if not self._members:
                    raise
        if not self._members:  # The first was lost while others are being opened.
            raise connection_lost("the connection was lost", None)
        return min(self._members, key=_load)

    async def _open_another(self) -> Connection:
        member: Connection | None = None
        states = States(self.address, lambda change: self._member_changed(member, change))
        self._opening += 1
        try:
            opened = await self._open_one(self._options, states)
        finally:
            self._opening -= 1
        if self._ended is not None:
            opened.begin_close()
            await opened.gone()
            raise connection_lost(*self._ended)
        member = opened
        self._members.append(member)
        if member.closed:
            self._member_changed(member, StateChange(State.CLOSED, None))
        return member

    def _member_changed(self, member: Connection | None, change: StateChange) -> None:
        if self._ended is not None:
            return
        if change.state == State.CLOSED and member in self._members:
            self._dropped += member.dropped_frames
            self._members.remove(member)
        states = {each.state for each in self._members} | {change.state}
        best = State.CONNECTED if State.CONNECTED in states else min(states, key=list(State).index)
        if best == State.CLOSED:
            self._ended = ("the connection was lost", change.cause)
        self._states.enter(best, change.cause)


def _load(member: Connection) -> tuple[bool, bool, int]:
    """By what the connection with the least to do is found: one that takes calls comes first."""
    return member.draining, member.state != State.CONNECTED, member.in_flight
