"""Opening connections that block, and what generated blocking clients have in common."""

import math
import socket
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from ..calls import DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT, Method, checked_timeout
from ..intercept import CallInfo, SyncInterceptor, describe
from ..limits import DEFAULT_LIMITS, Limits
from ..states import Reconnect, State, StateHandler, States
from ..tls import Tls
from ..transport import make_target
from .connection import Connection, Options, SingleConnection, open_wire
from .pool import PooledConnection
from .reconnecting import ReconnectingConnection
from .stream import IteratorStream, Stream

_T = TypeVar("_T")


def connect(
    address: str | socket.socket,
    *,
    timeout: float = DEFAULT_CONNECT_TIMEOUT,
    tls: Tls | None = None,
    reconnect: Reconnect | None = None,
    pool: int = 1,
    on_state: StateHandler | None = None,
    limits: Limits = DEFAULT_LIMITS,
    allow_trailing_bytes: bool = False,
) -> Connection:
    """Opens a connection to a server at `tcp://host:port`, `unix:///path` or `ws://host:port/path`.

    With TLS these are `tls://host:port` and `wss://host:port/path`; `tls` says whom to trust, if not the system's
    roots, and which certificate to show. Instead of an address it takes a socket that is connected, such as one end of
    `memory_transport`.

    Use it as `with rapace.sync.connect(…) as connection`, or close it yourself.

    - `timeout`: how long connecting may take, in seconds; `math.inf` for no limit.
    - `reconnect`: a connection that is lost is opened again, by the next thread that calls.
    - `pool`: up to so many connections are opened, when they are needed. A call takes one that is free, which helps
      with servers that answer one request after another.
    - `on_state` hears of every change of state, in the thread that notices it.
    - `allow_trailing_bytes`: bytes after an answer's value are passed over; by default they are refused.

    A server that cannot be reached raises `ConnectionLostError`, with the cause; one that is too slow
    `DeadlineExceededError`. A text that is no address is a `ValueError`.
    """
    target = make_target(address, tls, limits)
    if pool < 1:
        raise ValueError(f"a pool has at least one connection, not {pool}")
    if target.sock is not None and (reconnect is not None or pool > 1):
        raise ValueError("a socket is one connection: it needs an address to open another")
    options = Options(target, checked_timeout(timeout, timeout), reconnect, allow_trailing_bytes)
    states = States(str(target.address), on_state)
    return _open_one(options, states, timeout) if pool == 1 else PooledConnection(options, pool, states, _open_one)


def _open_one(options: Options, states: States, timeout: float) -> Connection:
    """Opens one connection, which reconnects if that is asked for."""
    states.enter(State.CONNECTING)
    try:
        wire = open_wire(options, timeout)
    except BaseException as error:
        states.enter(State.CLOSED, error)
        raise
    if options.reconnect is None:
        return SingleConnection(options, wire, states)
    return ReconnectingConnection(options, options.reconnect, wire, states)


class Caller(Protocol):
    """What clients call through: a connection, or interceptors around one."""

    @property
    def limits(self) -> Limits:
        """What the connection bounds."""
        ...

    def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> _T:
        """Calls a unary method."""
        ...

    def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its answer."""
        ...

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float, sending: float) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""
        ...


class _Intercepted:
    """A caller with an interceptor around it."""

    __slots__ = ("_address", "_inner", "_interceptor")

    def __init__(self, inner: Caller, interceptor: SyncInterceptor, address: str) -> None:
        self._inner = inner
        self._interceptor = interceptor
        self._address = address

    @property
    def limits(self) -> Limits:
        """What the connection bounds."""
        return self._inner.limits

    def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> _T:
        """Calls a unary method."""

        def proceed(call: CallInfo) -> _T:
            return self._inner.call(method, payload, call.timeout)

        return self._interceptor.unary(describe(method, "unary", timeout, self._address), proceed)

    def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its answer."""

        def proceed(call: CallInfo) -> None:
            self._inner.notify(method, payload, call.timeout)

        self._interceptor.unary(describe(method, "notify", timeout, self._address), proceed)

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float, sending: float) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""

        def proceed(call: CallInfo) -> Iterator[_T]:
            return self._inner.stream(method, payload, call.timeout, sending)

        made = self._interceptor.stream(describe(method, "stream", timeout, self._address), proceed)
        return made if isinstance(made, Stream) else IteratorStream(made)


class SyncClient:
    """What generated blocking clients have in common."""

    __slots__ = ("_caller", "_limits", "_timeout")

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        interceptors: Sequence[SyncInterceptor] = (),
    ) -> None:
        """A client on a connection, which it shares with others.

        `timeout` holds for calls that name none, in seconds; `math.inf` for no limit. Of a stream it bounds the sending
        of the call alone. The first of the `interceptors`
        is the outermost.
        """
        caller: Caller = connection
        for interceptor in reversed(interceptors):
            caller = _Intercepted(caller, interceptor, connection.address)
        self._caller = caller
        self._limits = connection.limits
        self._timeout = checked_timeout(timeout, timeout)

    def _unary(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> _T:
        return self._caller.call(method, payload, checked_timeout(timeout, self._timeout))

    def _notify(self, method: Method[None], payload: bytes | bytearray, timeout: float | None) -> None:
        self._caller.notify(method, payload, checked_timeout(timeout, self._timeout))

    def _stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> Stream[_T]:
        # A stream may be quiet for hours: its items are waited for as long as the caller says, and no client's timeout.
        return self._caller.stream(method, payload, checked_timeout(timeout, math.inf), self._timeout)
