"""Opening connections over asyncio."""

import socket
from collections.abc import Generator, Sequence
from functools import partial
from types import TracebackType
from typing import NoReturn

from ..calls import DEFAULT_CONNECT_TIMEOUT
from ..greeting import DEFAULT_KEEPALIVE, Token, checked_greeting
from ..handlers.method import Handler, SyncHandler
from ..handlers.services import Services
from ..handlers.threads import DEFAULT_THREADS, Threads
from ..intercept import AsyncInterceptor
from ..limits import DEFAULT_LIMITS, Limits
from ..metadata import MetadataLike
from ..options import Options, checked_options
from ..states import Reconnect, State, StateChange, StateHandler, States
from ..tls import Tls
from .connection import Connection, Serve, SingleConnection, open_wire
from .pool import PooledConnection
from .reconnecting import ReconnectingConnection
from .serving import Handlers, Setup


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
    handlers: Sequence[Handler | SyncHandler] = (),
    first_channel: int = 1,
    interceptors: Sequence[AsyncInterceptor] = (),
    handler_interceptors: Sequence[AsyncInterceptor] = (),
    error_texts: bool = False,
    threads: int = DEFAULT_THREADS,
    token: Token | None = None,
    hello: bool | MetadataLike = False,
    client_name: str | None = None,
    keepalive: float | None = DEFAULT_KEEPALIVE,
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
    - `handlers`: services that the peer may call on this connection, each an instance of a generated handler class.
    - `first_channel`: 1 when this side opens channels with odd numbers, 2 when it opens those with even numbers. The
      peer must open the others. By rapace's convention a plug-in has 2, even if it connects.
    - `interceptors`: run around the calls of all clients on this connection; the first is the outermost. A client's own
      are around them.
    - `handler_interceptors`: run around the calls of the handlers; the first is the outermost.
    - `error_texts`: a caller gets the text of an exception that is not a `StatusError`, which may contain a secret.
    - `threads`: how many threads the calls of `SyncHandler`s have at most.
    - `token`: shows the host's `authenticate` hook who calls. A function is asked at each dial, also when a lost
      connection is opened again; it may be a coroutine function, and must not block. When it raises, the dial fails.
    - `hello`: True says hello without a token, and a mapping adds metadata to the hello. A server in plain Rust skips
      it.
    - `client_name`: what the hello calls this program, `shop/2.1`; by default the runtime's name and version.
    - `keepalive`: after how many seconds without a byte a peer that was greeted is asked whether it is there. When it
      answers neither that nor a second time, the connection is lost. None turns this off. Peers that do not know the
      question are not asked.

    Fails with `ConnectionLostError`, and the cause, when the server cannot be reached, and with `DeadlineExceededError`
    when it is too slow. A text that is not an address fails with `ValueError` at once.
    """
    greeting = checked_greeting(token, hello, client_name, limits.max_metadata_bytes)
    options = checked_options(
        address, timeout, tls, reconnect, pool, limits, allow_trailing_bytes, first_channel, greeting, keepalive
    )
    if not handlers:
        return Connecting(options, States(str(options.target.address), on_state), None, interceptors)
    setup = Setup(Services(handlers), handler_interceptors, error_texts, Threads(threads))

    def changed(change: StateChange) -> None:
        if change.state == State.CLOSED:
            setup.threads.close()
        if on_state is not None:
            on_state(change)

    return Connecting(options, States(str(options.target.address), changed), setup, interceptors)


class Connecting:
    """A connection that is yet to be opened: what `connect` returns."""

    __slots__ = ("_connection", "_interceptors", "_options", "_setup", "_states")

    def __init__(
        self,
        options: Options,
        states: States,
        setup: Setup | None,
        interceptors: Sequence[AsyncInterceptor] = (),
    ) -> None:
        self._interceptors = tuple(interceptors)
        self._options = options
        self._setup = setup
        self._states = states
        self._connection: Connection | None = None

    def __await__(self) -> Generator[object, None, Connection]:
        """Opens the connection."""
        return self.open().__await__()

    async def __aenter__(self) -> Connection:
        """Opens the connection."""
        self._connection = await self.open()
        return self._connection

    def __enter__(self) -> NoReturn:
        """Refuses `with`."""
        raise TypeError("rapace.connect needs `async with`; for `with` there is rapace.sync.connect")

    def __exit__(self, *_: object) -> None:
        """Is never reached."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuses what only an open connection has."""
        raise AttributeError(
            f"the connection is not open yet, so that it has no {name!r}: "
            "write `async with rapace.connect(…) as connection`, or `connection = await rapace.connect(…)`"
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def open(self) -> Connection:
        """Opens the connection."""
        handlers = None if self._setup is None else Handlers(self._setup)
        open_one = partial(_open_one, None if handlers is None else handlers.serve)
        connection: Connection
        if self._options.pool == 1:
            connection = await open_one(self._options, self._states)
        else:
            connection = pool = PooledConnection(self._options, self._states, open_one)
            await pool.open_first()
        connection.interceptors = self._interceptors
        if handlers is not None:
            handlers.attach(connection)
        return connection


async def _open_one(serve: Serve | None, options: Options, states: States) -> Connection:
    """Opens one connection, which reconnects if `options` say so."""
    states.enter(State.CONNECTING)
    try:
        wire = await open_wire(options, serve)
    except BaseException as error:
        states.enter(State.CLOSED, error)
        raise
    if options.reconnect is None:
        return SingleConnection(options, wire, states)
    return ReconnectingConnection(options, options.reconnect, wire, states, serve)
