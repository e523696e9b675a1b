"""Opening connections over asyncio."""

import socket
from collections.abc import Generator
from types import TracebackType

from ..calls import DEFAULT_CONNECT_TIMEOUT
from ..limits import DEFAULT_LIMITS, Limits
from ..options import Options, checked_options
from ..states import Reconnect, State, StateHandler, States
from ..tls import Tls
from .connection import Connection, SingleConnection, open_wire
from .pool import PooledConnection
from .reconnecting import ReconnectingConnection


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
) -> "Connecting":
    """Opens a connection to a server at `tcp://host:port`, `unix:///path` or `ws://host:port/path`.

    With TLS the addresses are `tls://host:port` and `wss://host:port/path`. Instead of an address, `connect` takes a
    socket that is connected, such as one end of `memory_transport`.

    Use it as `async with rapace.connect(…) as connection`, or await it and close the connection yourself.

    - `timeout`: how long connecting may take, in seconds; `math.inf` means no limit.
    - `tls`: which authorities to trust instead of the system's roots, and which certificate to show.
    - `reconnect`: a connection that is lost is opened again.
    - `pool`: how many connections are opened at most, when they are needed. A call takes one that is free, which helps
      with servers that answer one request after another.
    - `on_state`: receives every change of state.
    - `limits`: bounds on what the peer can cost.
    - `allow_trailing_bytes`: bytes after the value of a response are ignored; by default they are an error.

    Fails with `ConnectionLostError`, and the cause, when the server cannot be reached, and with `DeadlineExceededError`
    when it is too slow. A text that is not an address fails with `ValueError` at once.
    """
    options = checked_options(address, timeout, tls, reconnect, pool, limits, allow_trailing_bytes)
    return Connecting(options, States(str(options.target.address), on_state))


class Connecting:
    """A connection that is yet to be opened: what `connect` returns."""

    __slots__ = ("_connection", "_options", "_states")

    def __init__(self, options: Options, states: States) -> None:
        self._options = options
        self._states = states
        self._connection: Connection | None = None

    def __await__(self) -> Generator[object, None, Connection]:
        """Opens the connection."""
        return self._open().__await__()

    async def __aenter__(self) -> Connection:
        """Opens the connection."""
        self._connection = await self._open()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _open(self) -> Connection:
        if self._options.pool == 1:
            return await _open_one(self._options, self._states)
        pool = PooledConnection(self._options, self._states, _open_one)
        await pool.open_first()
        return pool


async def _open_one(options: Options, states: States) -> Connection:
    """Opens one connection, which reconnects if `options` say so."""
    states.enter(State.CONNECTING)
    try:
        wire = await open_wire(options)
    except BaseException as error:
        states.enter(State.CLOSED, error)
        raise
    if options.reconnect is None:
        return SingleConnection(options, wire, states)
    return ReconnectingConnection(options, options.reconnect, wire, states)
