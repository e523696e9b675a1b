"""A connection over asyncio that is opened again when it is lost."""

import asyncio
import math
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from ..budget import RetryBudget
from ..calls import Method, annotate, may_be_sent_again
from ..errors import ConnectionLostError, StatusError, UnavailableError
from ..failures import connection_lost, host_shuts_down, still_disconnected
from ..layer import Failure
from ..metadata import Metadata
from ..options import Options
from ..states import Reconnect, State, States
from . import calls
from .connection import Connection, Serve, open_wire
from .inbox import Inbox
from .tunnel import Tunnel
from .wire import Wire

_T = TypeVar("_T")

_WHEN_DRAINING: Final = Reconnect(initial_delay=0.01, max_delay=1.0)
"""When the next connection is opened to a host that shuts down: nearly at once, because calls wait for it."""


class ReconnectingConnection(Connection):
    """One connection at a time. While there is none a task opens the next, and calls wait."""

    __slots__ = (
        "_budget",
        "_cause",
        "_dropped",
        "_ended",
        "_failed",
        "_old",
        "_serve",
        "_settled",
        "_task",
        "_when",
        "_wire",
    )

    def __init__(self, options: Options, when: Reconnect, wire: Wire, states: States, serve: Serve | None) -> None:
        super().__init__(options, states)
        self._serve = serve
        self._when = when
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None
        self._failed = 0  # how many attempts in a row have failed
        self._cause: StatusError | None = None  # why there is no connection
        self._budget = RetryBudget()
        self._old: set[Wire] = set()  # connections whose host shuts down, until the calls on them have ended
        self._settled = asyncio.Event()  # set unless an attempt is going on, or about to
        self._task: asyncio.Task[None] | None = None
        self._adopt(wire)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._dropped + sum(wire.session.dropped_frames for wire in {self._wire, *self._old})

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return sum(wire.session.in_flight for wire in {self._wire, *self._old} if wire.lost is None)

    def begin_close(self) -> None:
        """Closes the connection and fails the calls in flight. `gone` waits until it is closed."""
        self._end(("the connection is closed", None))
        self._states.enter(State.CLOSED)
        if self._task is not None:
            self._task.cancel()
        for wire in {self._wire, *self._old}:
            wire.begin_close()

    async def gone(self) -> None:
        """Returns when the connection is closed, or lost for good, and has freed everything."""
        while True:
            if self._task is not None:
                await asyncio.wait([self._task])  # Unlike `await`, this tells its cancellation from ours.
            for wire in {self._wire, *self._old}:
                await wire.wait_closed()
            if self._ended is not None:
                return

    def abandon(self) -> None:
        """Frees the sockets without the event loop, in a forked child or after the loop's end."""
        self._end(("the connection is closed", None))
        for wire in {self._wire, *self._old}:
            wire.abandon()

    async def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        started = monotonic()
        left = timeout
        self._budget.count()
        while True:
            if self._wire.refuses:
                try:
                    left = await self._wait_for_wire(timeout, started)
                except StatusError as error:
                    annotate(error, method.name, self.address, monotonic() - started)
                    raise
            wire = self._wire
            try:
                return await calls.call(wire, method, payload, left, metadata)
            except ConnectionLostError:
                if not method.idempotent or self._ended is not None:
                    raise
            except UnavailableError as error:
                if self._ended is not None or not may_be_sent_again(wire, error):
                    raise
            left = timeout - (monotonic() - started)

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call returned since the last loss."""
        return Tunnel(self._wire, channel_id)

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
        self._budget.count()
        while True:
            await self._wait_for_wire(timeout, started)
            wire = self._wire
            try:
                return wire, await calls.open_stream(wire, method, payload, timeout, started, inbox, metadata)
            except UnavailableError as error:
                if self._ended is not None or not may_be_sent_again(wire, error):
                    raise

    async def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        left = await self._wait_for_wire(timeout, started)
        await calls.notify(self._wire, method.method_id, payload, left)

    async def _wait_for_wire(self, timeout: float, started: float) -> float:
        """Returns when there is a connection, with how many seconds of the timeout are left."""
        self._owner.check()
        while self._wire.refuses:
            if self._ended is not None:
                raise connection_lost(*self._ended)
            left = timeout - (monotonic() - started)
            try:
                async with asyncio.timeout(None if left == math.inf else left):
                    await self._settled.wait()
            except TimeoutError:
                raise still_disconnected(timeout, self._cause) from self._cause
        return timeout - (monotonic() - started)

    def _adopt(self, wire: Wire) -> None:
        self._wire = wire
        self._states.enter(State.CONNECTED)
        self._settled.set()
        wire.retries = self._budget
        wire.on_lost = partial(self._lost, wire)
        wire.on_draining = partial(self._drain, wire)
        if wire.lost is not None:
            self._lost(wire, wire.lost)
        elif wire.draining:
            self._drain(wire)

    def _drain(self, wire: Wire) -> None:
        """The host shuts down: the next connection is opened at once, and the calls in flight go on."""
        if self._ended is not None or wire is not self._wire:
            return
        self._old.add(wire)
        self._failed = 0 if wire.proved_itself else self._failed + 1
        self._cause = cause = host_shuts_down()
        self._settled.clear()
        self._task = asyncio.get_running_loop().create_task(self._reconnect(cause, _WHEN_DRAINING))

    def _lost(self, wire: Wire, failure: Failure) -> None:
        if self._ended is not None:
            return
        if wire in self._old:
            self._old.discard(wire)
            if wire is not self._wire:
                self._dropped += wire.session.dropped_frames
            return  # The next connection is being opened, or is there.
        self._dropped += self._wire.session.dropped_frames
        self._failed = 0 if self._wire.proved_itself else self._failed + 1
        self._cause = cause = connection_lost(*failure)
        self._settled.clear()
        self._states.enter(State.DISCONNECTED, cause)
        self._task = asyncio.get_running_loop().create_task(self._reconnect(cause, self._when))

    async def _reconnect(self, cause: StatusError, schedule: Reconnect) -> None:
        while self._failed < self._when.attempts:
            await asyncio.sleep(schedule.delay(self._failed))
            self._states.enter(State.CONNECTING)
            try:
                wire = await open_wire(self._options, self._serve)
            except StatusError as error:
                self._failed += 1
                self._cause = cause = error
                if self._failed < self._when.attempts:
                    self._states.enter(State.DISCONNECTED, cause)
            else:
                self._task = None
                self._adopt(wire)
                return
        self._end((f"the connection was lost, and {self._failed} attempts to open it again failed", cause))
        self._states.enter(State.CLOSED, cause)

    def _end(self, failure: Failure) -> None:
        if self._ended is None:
            self._ended = failure
            self._settled.set()
