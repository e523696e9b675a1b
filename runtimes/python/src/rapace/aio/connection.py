"""A connection over asyncio: what all kinds of connections have in common, and the plain one."""

import asyncio
import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from time import monotonic
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from ..calls import DEFAULT_TIMEOUT, Method, annotate
from ..control import Entry
from ..errors import ConnectionLostError, RapaceError
from ..failures import connect_failed, connect_timed_out, connection_lost, token_failed
from ..greeting import Greeting, checked_token
from ..intercept import AsyncInterceptor
from ..layer import Failure
from ..limits import Limits
from ..metadata import Metadata
from ..options import Options
from ..owner import LoopOwner
from ..states import State, States
from . import calls
from .dial import dial
from .inbox import Inbox
from .stream import Stream, WireStream
from .tunnel import Tunnel
from .wire import Server, Wire

_T = TypeVar("_T")


Serve: TypeAlias = Callable[[Wire], Server]
"""Makes what runs the calls of the peer on a wire."""


async def open_wire(options: Options, serve: Serve | None) -> Wire:
    """Opens a connection, up to where calls can be sent."""
    target = options.target
    address, layer = str(target.address), target.layer()

    def make_wire() -> Wire:
        first, trailing = options.first_channel, options.allow_trailing_bytes
        return Wire(address, target.limits, trailing, layer, first_channel=first, serve=serve)

    try:
        async with asyncio.timeout(None if options.timeout == math.inf else options.timeout):
            hello = None if options.greeting is None else await _hello(options.greeting, address)
            wire = await dial(target, make_wire)
            await wire.opened()
    except TimeoutError as error:
        if error.errno is not None:  # the system's own, not that of asyncio.timeout
            raise connect_failed(address, error) from error
        raise connect_timed_out(address, options.timeout) from None
    except ConnectionLostError:
        raise
    except Exception as error:
        raise connect_failed(address, error) from error
    if hello is not None and wire.lost is None:
        wire.greet(hello, options.keepalive)
    return wire


async def _hello(greeting: Greeting, address: str) -> list[Entry]:
    """What is said first, with the token that is valid now."""
    token = greeting.token
    if token is None or isinstance(token, str):
        return greeting.entries(token)
    try:
        given = token()
        return greeting.entries(checked_token(await given if inspect.isawaitable(given) else given))
    except Exception as error:
        raise token_failed(address, error) from error


class Connection(ABC):
    """A connection. Any number of clients and calls share it, in the process and event loop that opened it.

    In a forked child, and on another event loop, each use fails with `WrongOwnerError`.
    """

    __slots__ = ("__weakref__", "_options", "_owner", "_states", "interceptors")

    interceptors: Sequence[AsyncInterceptor]
    """What runs around the calls of all clients on the connection, inside the interceptors of each."""

    def __init__(self, options: Options, states: States) -> None:
        self.interceptors = ()
        self._options = options
        self._owner = LoopOwner()
        self._states = states

    @property
    def address(self) -> str:
        """The server's address. A WebSocket's has no query here, because the query may contain a secret."""
        return str(self._options.target.address)

    @property
    def limits(self) -> Limits:
        """The limits that were given to `connect`."""
        return self._options.target.limits

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._states.current or State.CONNECTING

    @property
    def closed(self) -> bool:
        """True when the connection is closed, or lost for good: every later call fails."""
        return self.state == State.CLOSED

    @property
    @abstractmethod
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""

    @property
    def draining(self) -> bool:
        """True when the server takes no new calls on this connection, because it shuts down."""
        return False

    @property
    @abstractmethod
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""

    async def close(self) -> None:
        """Closes the connection and fails the calls in flight. Closing again does nothing.

        In a forked child it only frees the child's copy of the socket.
        """
        owner = self._owner
        if owner.is_elsewhere:
            self._states.leave()
            self.abandon()
        elif not owner.is_other_loop:
            await self._close()
        elif owner.loop.is_closed():
            self._states.enter(State.CLOSED)
            self.abandon()
        elif owner.loop.is_running():
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._close(), owner.loop))
        else:
            self.begin_close()  # It is over when that loop goes on.

    async def _close(self) -> None:
        self.begin_close()
        await self.gone()

    @abstractmethod
    def begin_close(self) -> None:
        """Closes the connection and fails the calls in flight. `gone` waits until it is closed."""

    @abstractmethod
    async def gone(self) -> None:
        """Returns when the connection is closed, or lost for good, and has freed everything."""

    @abstractmethod
    def abandon(self) -> None:
        """Frees the sockets without the event loop, in a forked child or after the loop's end."""

    async def __aenter__(self) -> Self:
        """The connection itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        await self.close()

    @abstractmethod
    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> Coroutine[object, object, _T]:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""

    async def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response. Returns when the request is handed to the transport."""
        started = monotonic()
        try:
            await self._send_notification(method, payload, timeout, started)
        except RapaceError as error:
            annotate(error, method.name, self.address, monotonic() - started)
            raise

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
        return WireStream(self.open_stream, self.address, method, payload, timeout, sending, metadata)

    @abstractmethod
    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call of this connection returned."""

    @abstractmethod
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

    @abstractmethod
    async def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None: ...


class SingleConnection(Connection):
    """One connection, until it is closed or lost."""

    __slots__ = ("_wire",)

    def __init__(self, options: Options, wire: Wire, states: States) -> None:
        super().__init__(options, states)
        self._wire = wire
        states.enter(State.CONNECTED)
        wire.on_lost = self._ended
        if wire.lost is not None:
            self._ended(wire.lost)

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._wire.session.dropped_frames

    @property
    def draining(self) -> bool:
        """True when the server takes no new calls on this connection, because it shuts down."""
        return self._wire.draining

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return 0 if self._wire.lost is not None else self._wire.session.in_flight

    def begin_close(self) -> None:
        """Closes the connection and fails the calls in flight. `gone` waits until it is closed."""
        self._states.enter(State.CLOSED)
        self._wire.begin_close()

    async def gone(self) -> None:
        """Returns when the connection is closed, or lost for good, and has freed everything."""
        await self._wire.wait_closed()

    def abandon(self) -> None:
        """Frees the sockets without the event loop, in a forked child or after the loop's end."""
        self._wire.abandon()

    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> Coroutine[object, object, _T]:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        return calls.call(self._wire, method, payload, timeout, metadata)

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call of this connection returned."""
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
        return self._wire, await calls.open_stream(self._wire, method, payload, timeout, started, inbox, metadata)

    async def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        await calls.notify(self._wire, method.method_id, payload, timeout)

    def _ended(self, failure: Failure) -> None:
        self._states.enter(State.CLOSED, connection_lost(*failure))
