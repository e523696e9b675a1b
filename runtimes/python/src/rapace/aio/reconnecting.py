"""A connection over asyncio that is opened again when it is lost."""

import asyncio
import math
from time import monotonic
from typing import Any, TypeVar

from ..calls import Method, annotate
from ..errors import ConnectionLostError, StatusError
from ..failures import connection_lost, still_disconnected
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


class ReconnectingConnection(Connection):
    """One connection at a time. While there is none a task opens the next, and calls wait."""

    __slots__ = ("_cause", "_dropped", "_ended", "_failed", "_serve", "_settled", "_task", "_when", "_wire")

    def __init__(self, options: Options, when: Reconnect, wire: Wire, states: States, serve: Serve | None) -> None:
        super().__init__(options, states)
        self._serve = serve
        self._when = when
        self._dropped = 0  # by connections that are lost
        self._ended: Failure | None = None
        self._failed = 0  # how many attempts in a row have failed
        self._cause: StatusError | None = None  # why there is no connection
        self._settled = asyncio.Event()  # set unless an attempt is going on, or about to
        self._task: asyncio.Task[None] | None = None
        self._adopt(wire)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._dropped + self._wire.session.dropped_frames

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return 0 if self._wire.lost is not None else self._wire.session.in_flight

    def begin_close(self) -> None:
        """Closes the connection and fails the calls in flight. `gone` waits until it is closed."""
        self._end(("the connection is closed", None))
        self._states.enter(State.CLOSED)
        if self._task is not None:
            self._task.cancel()
        self._wire.begin_close()

    async def gone(self) -> None:
        """Returns when the connection is closed, or lost for good, and has freed everything."""
        while True:
            if self._task is not None:
                await asyncio.wait([self._task])  # Unlike `await`, this tells its cancellation from ours.
            await self._wire.wait_closed()
            if self._ended is not None:
                return

    def abandon(self) -> None:
        """Frees the sockets without the event loop, in a forked child or after the loop's end."""
        self._end(("the connection is closed", None))
        self._wire.abandon()

    async def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        started = monotonic()
        left = timeout
        while True:
            if self._wire.lost is not None:
                try:
                    left = await self._wait_for_wire(timeout, started)
                except StatusError as error:
                    annotate(error, method.name, self.address, monotonic() - started)
                    raise
            try:
                return await calls.call(self._wire, method, payload, left, metadata)
            except ConnectionLostError:
                if not method.idempotent or self._ended is not None:
                    raise

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call returned since the last loss."""
        return Tunnel(self._wire, channel_id)

    async def open_stream(
        self,
        method: Method[Any],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        inbox: Inbox,
        metadata: Metadata | None = None,
    ) -> tuple[Wire, int]:
        """Sends a streaming call, for its stream."""
        await self._wait_for_wire(timeout, started)
        wire = self._wire
        return wire, await calls.open_stream(wire, method, payload, timeout, started, inbox, metadata)

    async def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        left = await self._wait_for_wire(timeout, started)
        await calls.notify(self._wire, method.method_id, payload, left)

    async def _wait_for_wire(self, timeout: float, started: float) -> float:
        """Returns when there is a connection, with how many seconds of the timeout are left."""
        self._owner.check()
        while self._wire.lost is not None:
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
        wire.on_lost = self._lost
        if wire.lost is not None:
            self._lost(wire.lost)

    def _lost(self, failure: Failure) -> None:
        if self._ended is not None:
            return
        self._dropped += self._wire.session.dropped_frames
        self._failed = 0 if self._wire.proved_itself else self._failed + 1
        self._cause = cause = connection_lost(*failure)
        self._settled.clear()
        self._states.enter(State.DISCONNECTED, cause)
        self._task = asyncio.get_running_loop().create_task(self._reconnect(cause))

    async def _reconnect(self, cause: StatusError) -> None:
        while self._failed < self._when.attempts:
            await asyncio.sleep(self._when.delay(self._failed))
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
