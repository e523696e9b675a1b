"""Opening connections that block."""

import socket
from collections.abc import Sequence

from ..background.connecting import connect_with_handlers
from ..calls import DEFAULT_CONNECT_TIMEOUT
from ..greeting import DEFAULT_KEEPALIVE, SyncToken, checked_greeting
from ..handlers.method import SyncHandler
from ..handlers.threads import DEFAULT_THREADS
from ..intercept import SyncInterceptor
from ..limits import DEFAULT_LIMITS, Limits
from ..metadata import MetadataLike
from ..options import Options, checked_options
from ..states import Reconnect, State, StateHandler, States
from ..tls import Tls
from .connection import Connection
from .dialled import DialledConnection, SingleConnection, open_wire
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
    handlers: Sequence[SyncHandler] = (),
    first_channel: int = 1,
    interceptors: Sequence[SyncInterceptor] = (),
    handler_interceptors: Sequence[SyncInterceptor] = (),
    error_texts: bool = False,
    threads: int = DEFAULT_THREADS,
    token: SyncToken | None = None,
    hello: bool | MetadataLike = False,
    client_name: str | None = None,
    keepalive: float | None = DEFAULT_KEEPALIVE,
) -> Connection:
    """Opens a connection to a server at `tcp://host:port`, `unix:///path` or `ws://host:port/path`.

    Use it as `with rapace.sync.connect(…) as connection`, or close the connection yourself. Addresses, parameters and
    errors are those of `rapace.connect`. A lost connection is opened again by the next thread that calls, and
    `on_state` is called in the thread that notices a change.

    With `handlers` the connection has a thread for its socket until it is closed, so that it serves and reconnects at
    any time, and up to `threads` others for the handlers. `error_texts` is about the handlers.
    """
    greeting = checked_greeting(token, hello, client_name, limits.max_metadata_bytes)
    options = checked_options(
        address, timeout, tls, reconnect, pool, limits, allow_trailing_bytes, first_channel, greeting, keepalive
    )
    connection: Connection
    if handlers:
        connection = connect_with_handlers(options, on_state, handlers, handler_interceptors, error_texts, threads)
    else:
        states = States(str(options.target.address), on_state)
        connection = _open_one(options, states, timeout) if pool == 1 else PooledConnection(options, states, _open_one)
    connection.interceptors = tuple(interceptors)
    return connection


def _open_one(options: Options, states: States, timeout: float) -> DialledConnection:
    """Opens one connection within so many seconds, which reconnects if `options` say so."""
    states.enter(State.CONNECTING)
    try:
        wire = open_wire(options, timeout)
    except BaseException as error:
        states.enter(State.CLOSED, error)
        raise
    if options.reconnect is None:
        return SingleConnection(options, wire, states)
    return ReconnectingConnection(options, options.reconnect, wire, states)
