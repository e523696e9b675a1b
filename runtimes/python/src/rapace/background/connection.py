"""A connection that blocks, over one that lives on an event loop: what blocking handlers get, and who has handlers."""

import math
from time import monotonic, sleep
from typing import Final, TypeVar

from ..aio import connection as aio
from ..calls import DEFAULT_TIMEOUT, Method
from ..limits import Limits
from ..metadata import Metadata
from ..states import State
from ..sync.connection import Connection
from ..sync.stream import Stream
from ..sync.tunnel import Tunnel
from .loop import Loop, LoopThread
from .stream import LoopStream
from .tunnel import LoopTunnel

_T = TypeVar("_T")

_LOOK_SECONDS: Final = 0.05
"""How often `watch` looks whether the connection is closed. The event loop notices everything else."""


class LoopConnection(Connection):
    """A connection that any number of threads use, while it lives on an event loop."""

    __slots__ = ("_connection", "_loop")

    def __init__(self, loop: Loop, connection: aio.Connection) -> None:
        self.interceptors = ()
        self._loop = loop
        self._connection = connection

    @property
    def address(self) -> str:
        """The peer's address. A WebSocket's has no query here, because the query may contain a secret."""
        return self._connection.address

    @property
    def limits(self) -> Limits:
        """The limits that were given to `connect`, or to the host."""
        return self._connection.limits

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._connection.state

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._connection.dropped_frames

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return self._connection.in_flight

    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing."""
        if self._loop.owner.is_elsewhere:
            self._connection.abandon()
        elif not self._loop.is_closed:
            self._loop.run(self._connection.close())

    def watch(self, timeout: float = math.inf) -> None:
        """Returns when the connection is closed or lost for good, or the timeout has passed.

        The event loop reads the socket all the time.
        """
        self._loop.owner.check()
        deadline = monotonic() + timeout
        while not self.closed and (left := deadline - monotonic()) > 0:
            sleep(min(_LOOK_SECONDS, left))

    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        return self._loop.run(self._connection.call(method, payload, timeout, metadata))

    def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response. Returns when the request is handed to the transport."""
        self._loop.run(self._connection.notify(method, payload, timeout))

    def stream(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        sending: float = DEFAULT_TIMEOUT,
        metadata: Metadata | None = None,
    ) -> Stream[_T]:
        """Calls a streaming method with encoded arguments, for generated clients.

        `timeout` bounds the wait for each item, and `sending` the sending of the call, in seconds.
        """
        return LoopStream(self._loop, self._connection.stream(method, payload, timeout, sending, metadata))

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call of this connection returned."""
        return LoopTunnel(self._loop, self._loop.do(lambda: self._connection.open_tunnel(channel_id)))


class OwnLoopConnection(LoopConnection):
    """The same, with an event loop in a thread that ends with the connection."""

    __slots__ = ("_thread",)

    def __init__(self, thread: LoopThread, connection: aio.Connection) -> None:
        super().__init__(thread, connection)
        self._thread = thread

    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing."""
        try:
            super().close()
        finally:
            self._thread.close()
