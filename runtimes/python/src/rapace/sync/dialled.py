"""Connections that threads read and write themselves: what all of them have in common, and the plain one."""

import math
from abc import abstractmethod
from time import monotonic
from typing import TypeVar

from ..calls import DEFAULT_TIMEOUT, Method, annotate, decode
from ..control import Entry
from ..errors import RapaceError
from ..failures import connect_failed, connect_timed_out, connection_lost, token_failed
from ..greeting import Greeting, checked_token
from ..layer import Failure
from ..limits import Limits
from ..metadata import Metadata
from ..options import Options
from ..owner import ProcessOwner
from ..states import State, States
from . import calls
from .calls import CallInbox
from .connection import Connection
from .dial import dial, shake_hands
from .stream import Stream, WireStream
from .tunnel import Tunnel
from .wait import watch
from .wire import Wire

_T = TypeVar("_T")


def open_wire(options: Options, timeout: float) -> Wire:
    """Opens a connection within so many seconds, up to where calls can be sent."""
    target = options.target
    address, layer = str(target.address), target.layer()
    deadline = monotonic() + timeout
    hello = None if options.greeting is None else _hello(options.greeting, address)
    try:
        sock = dial(target, deadline)
        try:
            early = b"" if layer is None else shake_hands(sock, layer, deadline)
        except BaseException:
            sock.close()
            raise
    except Exception as error:
        if isinstance(error, TimeoutError) and error.errno is None:  # not the system's own
            raise connect_timed_out(address, timeout) from None
        raise connect_failed(address, error) from error
    wire = Wire(sock, address, target.limits, options.allow_trailing_bytes, layer, early)
    if hello is not None:
        wire.greet(hello, options.keepalive)
    return wire


def _hello(greeting: Greeting, address: str) -> list[Entry]:
    """What is said first, with the token that is valid now."""
    token = greeting.token
    if token is None or isinstance(token, str):
        return greeting.entries(token)
    try:
        return greeting.entries(checked_token(token()))
    except Exception as error:
        raise token_failed(address, error) from error


class DialledConnection(Connection):
    """A connection whose socket is read by the threads that wait."""

    __slots__ = ("_options", "_owner", "_states")

    def __init__(self, options: Options, states: States) -> None:
        self.interceptors = ()
        self._options = options
        self._owner = ProcessOwner()
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
        """The last state that a thread has noticed. No thread reads the socket while none waits."""
        return self._states.current or State.CONNECTING

    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""
        started = monotonic()
        try:
            return self._call(method, payload, timeout, started, metadata)
        except RapaceError as error:
            annotate(error, method.name, self.address, monotonic() - started)
            raise

    def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response. Returns when the system has the whole request."""
        started = monotonic()
        try:
            self._send_notification(method, payload, timeout, started)
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

    @property
    def draining(self) -> bool:
        """True when the server takes no new calls on this connection, because it shuts down."""
        return False

    @abstractmethod
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

    def _enter_closed(self) -> None:
        """The connection is closed; in a forked child, whose parent goes on, for the child alone."""
        if self._owner.is_elsewhere:
            self._states.leave()
        else:
            self._states.enter(State.CLOSED)

    @abstractmethod
    def _call(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        metadata: Metadata | None = None,
    ) -> _T: ...

    @abstractmethod
    def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None: ...


class SingleConnection(DialledConnection):
    """One connection, until it is closed or lost."""

    __slots__ = ("_wire",)

    def __init__(self, options: Options, wire: Wire, states: States) -> None:
        super().__init__(options, states)
        self._wire = wire
        states.enter(State.CONNECTED)
        wire.on_lost = self._ended

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""
        return self._wire.session.dropped_frames

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return 0 if self._wire.lost is not None else self._wire.session.in_flight

    @property
    def draining(self) -> bool:
        """True when the server takes no new calls on this connection, because it shuts down."""
        return self._wire.draining

    @property
    def closed(self) -> bool:
        """True when the connection is closed, or was found lost: every later call fails."""
        return self._wire.lost is not None or super().closed

    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing."""
        try:
            if self._wire.lost is None:
                self._enter_closed()
        finally:
            self._wire.close()

    def settle(self) -> None:
        """Reports a loss that was noticed and not reported."""
        self._wire.announce()

    def watch(self, timeout: float = math.inf) -> None:
        """Reads the socket while no thread calls, until the connection is over or the timeout has passed."""
        watch(self._wire, monotonic() + timeout)

    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call of this connection returned."""
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
        calls.open_stream(self._wire, method, payload, timeout, started, inbox, metadata)

    def _call(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        started: float,
        metadata: Metadata | None = None,
    ) -> _T:
        wire = self._wire
        answer = calls.call(wire, method, payload, timeout, started, metadata)
        return decode(wire, method, answer, started + timeout, timeout)

    def _send_notification(
        self, method: Method[None], payload: bytes | bytearray, timeout: float, started: float
    ) -> None:
        calls.notify(self._wire, method.method_id, payload, timeout)

    def _ended(self, failure: Failure) -> None:
        self._states.enter(State.CLOSED, connection_lost(*failure))
