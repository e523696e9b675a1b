"""A connection that a host has accepted: its handshake, its handlers, and how long it may be idle."""

import asyncio
import logging
import math
import socket
from collections.abc import Callable

from ..address import Address, SocketAddress, TcpAddress
from ..errors import ProtocolError, StatusError
from ..layer import Layer
from ..options import Options
from ..states import State, StateChange, States
from .connection import SingleConnection
from .serving import Serving, Setup
from .wire import Wire

_log = logging.getLogger("rapace.host")


def peer_of(sock: socket.socket, place: Address | None) -> Address:
    """The address of the client at the other end; for a Unix socket that of the listener."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        name = sock.getpeername()
        return TcpAddress(str(name[0]), int(name[1]))
    return place or SocketAddress(sock.fileno())


class Guest:
    """A client of a host, from the moment when it is accepted."""

    __slots__ = ("_busy_at", "_idle_timeout", "_leave", "_timer", "connection", "serving", "wire")

    serving: Serving
    connection: SingleConnection

    def __init__(
        self, setup: Setup, options: Options, layer: Layer | None, idle_timeout: float, leave: Callable[["Guest"], None]
    ) -> None:
        """`leave` is called once, when the connection is over."""
        self._idle_timeout = idle_timeout
        self._leave = leave
        self._timer: asyncio.TimerHandle | None = None
        self._busy_at = 0.0
        address, limits, trailing = str(options.target.address), options.target.limits, options.allow_trailing_bytes

        def serve(wire: Wire) -> Serving:
            self.serving = Serving(setup, wire)
            return self.serving

        first = options.first_channel
        self.wire = Wire(address, limits, trailing, layer, first_channel=first, peer="client", serve=serve)

    async def open(self, sock: socket.socket, timeout: float) -> None:
        """Shakes hands within so many seconds. Raises what that fails with."""
        loop = self.wire.loop
        try:
            await loop.connect_accepted_socket(lambda: self.wire, sock)
        except BaseException:
            sock.close()
            raise
        async with asyncio.timeout(None if timeout == math.inf else timeout):
            try:
                await self.wire.opened()
            except BaseException:
                await self.wire.wait_closed()
                raise

    def begin(self, options: Options) -> SingleConnection:
        """Serves, once hands are shaken."""
        self.connection = SingleConnection(options, self.wire, States(self.wire.address, self._changed))
        self.serving.attach(self.connection)
        if self._idle_timeout != math.inf and not self.connection.closed:
            self._busy_at = self.wire.loop.time()
            self._watch(self._idle_timeout)
        return self.connection

    def _watch(self, seconds: float) -> None:
        self._timer = self.wire.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Closes the connection when nothing has run since long ago."""
        now = self.wire.loop.time()
        if self.serving.running or self.wire.session.in_flight:
            self._busy_at = now
        self._busy_at = max(self._busy_at, self.serving.idle_since)
        left = self._busy_at + self._idle_timeout - now
        if left > 0:
            self._watch(left)
        else:
            _log.debug("%s: closed, because no call has run for %s s", self.wire.address, self._idle_timeout)
            self.connection.begin_close()

    def _changed(self, change: StateChange) -> None:
        if change.state != State.CLOSED:
            return
        if self._timer is not None:
            self._timer.cancel()
        error = change.cause
        if isinstance(error, StatusError) and isinstance(error.__cause__, ProtocolError):
            _log.warning("%s: %s", self.wire.address, error.message)
        self._leave(self)
