"""Connections and calls that block: the twin of the asyncio client, over the same session.

Any number of threads share a connection, and there is no thread behind it.
"""

import logging
from collections.abc import Iterator
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar

from .calls import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_TIMEOUT,
    Method,
    annotate,
    checked_timeout,
    connect_failed,
    connect_timed_out,
    deadline_exceeded,
)
from .errors import RapaceError
from .limits import DEFAULT_LIMITS, Limits
from .session import CancelReason
from .tls import Tls
from .transport import Target, make_target, open_blocking, shake_hands
from .wire_blocking import Inbox, Wire

__all__ = ["Connection", "Stream", "connect"]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

_log = logging.getLogger(__name__)


def connect(
    address: str,
    *,
    timeout: float = DEFAULT_CONNECT_TIMEOUT,
    tls: Tls | None = None,
    limits: Limits = DEFAULT_LIMITS,
    allow_trailing_bytes: bool = False,
) -> "Connection":
    """Opens a connection to a server at `tcp://host:port`, `unix:///path` or `ws://host:port/path`.

    With TLS these are `tls://host:port` and `wss://host:port/path`; `tls` says whom to trust, if not the system's
    roots, and which certificate to show.

    Use it as `with rapace.sync.connect(…) as connection`, or close it yourself.

    `timeout` is how long connecting may take, in seconds; `math.inf` for no limit. With `allow_trailing_bytes` bytes
    after an answer's value are passed over; by default they are refused.

    A server that cannot be reached raises `ConnectionLostError`, with the cause; one that is too slow
    `DeadlineExceededError`. A text that is no address is a `ValueError`.
    """
    target = make_target(address, tls, limits)
    wire = open_wire(target, checked_timeout(timeout, timeout), allow_trailing_bytes)
    _log.debug("connected to %s", target.address)
    return Connection(wire)


def open_wire(target: Target, timeout: float, allow_trailing_bytes: bool) -> Wire:
    """Opens one connection within so many seconds."""
    address, link = str(target.address), target.link()
    deadline = monotonic() + timeout
    try:
        sock = open_blocking(target.address, deadline)
        try:
            early = b"" if link is None else shake_hands(sock, link, deadline)
        except BaseException:
            sock.close()
            raise
    except Exception as error:
        if isinstance(error, TimeoutError) and error.errno is None:  # not the system's own
            raise connect_timed_out(address, timeout) from None
        raise connect_failed(address, error) from error
    return Wire(sock, address, target.limits, allow_trailing_bytes, link, early)


class Connection:
    """An open connection. Any number of clients and threads share it."""

    __slots__ = ("__weakref__", "_wire")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def address(self) -> str:
        """The server's address, as `connect` takes it."""
        return self._wire.address

    @property
    def limits(self) -> Limits:
        """What the connection bounds."""
        return self._wire.limits

    @property
    def closed(self) -> bool:
        """True when the connection was closed, or was found to be lost: every further call fails."""
        return self._wire.lost is not None

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, such as late answers of cancelled calls."""
        return self._wire.session.dropped_frames

    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing."""
        with self._wire.lock:
            self._wire.leave_peer("the connection is closed", None)

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self.close()

    def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> _T:
        """Calls a unary method with encoded arguments. Generated clients do so; `timeout` is in seconds."""
        started = monotonic()
        try:
            return self._wire.decode(method, self._wire.call(method.method_id, payload, timeout, started))
        except RapaceError as error:
            annotate(error, method.name, self._wire.address, monotonic() - started)
            raise

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> "Stream[_T]":
        """Calls a streaming method with encoded arguments. Generated clients do so; `timeout` is in seconds."""
        return Stream(self._wire, method, payload, timeout)


class Stream(Iterator[_T_co], Generic[_T_co]):
    """The items of a server-streaming call, in order: `for item in stream`. One thread at a time reads it.

    The call is sent when the first item is asked for. Leaving the loop frees the call's channel and tells the server;
    where the stream is kept in a variable, `with stream` or `close()` does so.

    The timeout bounds the wait for each item, not the whole stream: a stream may last as long as it makes progress.
    An error ends the stream.
    """

    __slots__ = ("_channel", "_inbox", "_method", "_payload", "_started", "_timeout", "_wire")

    def __init__(self, wire: Wire, method: Method[_T_co], payload: bytes | bytearray, timeout: float) -> None:
        self._wire = wire
        self._method = method
        self._payload: bytes | bytearray | None = payload  # until it is sent
        self._timeout = timeout
        self._inbox = Inbox()
        self._channel = 0  # until the call is sent; 0 is no call's
        self._started = 0.0

    def __iter__(self) -> Self:
        """The stream itself."""
        return self

    def __next__(self) -> _T_co:
        """The next item."""
        try:
            return self._wire.decode(self._method, self._next())
        except RapaceError as error:
            self.close()
            annotate(error, self._method.name, self._wire.address, monotonic() - self._started)
            raise

    def __enter__(self) -> Self:
        """The stream itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the stream."""
        self.close()

    def close(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing."""
        wire, inbox = self._wire, self._inbox
        with wire.lock:
            self._payload = None
            inbox.items.clear()
            inbox.error = None
            if not inbox.ended:
                if self._channel:
                    wire.cancel(self._channel, CancelReason.CLIENT_CANCEL)
                inbox.end(None)

    def __del__(self) -> None:
        """Frees the channel of a stream that was left before its end, as by `break`."""
        if self._channel and not self._inbox.ended:
            self._wire.leave(self._channel)

    def _next(self) -> bytes:
        wire, inbox = self._wire, self._inbox
        started = monotonic()
        if self._payload is not None:
            self._started = started
            self._channel = wire.open_stream(self._method.method_id, self._payload, self._timeout, started, inbox)
            self._payload = None
        if not wire.wait(inbox, started + self._timeout):
            with wire.lock:
                if not inbox.ready():
                    wire.cancel(self._channel, CancelReason.DEADLINE_EXCEEDED)
                    inbox.end(deadline_exceeded(self._timeout))
        with wire.lock:
            if inbox.items:
                item = inbox.items.popleft()
                wire.session.took(self._channel, item)
                return item
            error, inbox.error = inbox.error, None
        if error is not None:
            raise error
        raise StopIteration


class SyncClient:
    """What generated blocking clients have in common."""

    __slots__ = ("_connection", "_limits", "_timeout")

    def __init__(self, connection: Connection, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """A client on a connection, which it shares with others.

        `timeout` holds for calls that name none, in seconds; `math.inf` for no limit.
        """
        self._connection = connection
        self._limits = connection.limits
        self._timeout = checked_timeout(timeout, timeout)

    def _unary(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> _T:
        return self._connection.call(method, payload, checked_timeout(timeout, self._timeout))

    def _stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> Stream[_T]:
        return self._connection.stream(method, payload, checked_timeout(timeout, self._timeout))
