"""Connections and calls over asyncio."""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Coroutine, Generator
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
from .transport import Target, make_target, open_async
from .wire_async import Inbox, Wire

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
) -> "Connecting":
    """Opens a connection to a server at `tcp://host:port`, `unix:///path` or `ws://host:port/path`.

    With TLS these are `tls://host:port` and `wss://host:port/path`; `tls` says whom to trust, if not the system's
    roots, and which certificate to show.

    Use it as `async with rapace.connect(…) as connection`, or await it and close the connection yourself.

    `timeout` is how long connecting may take, in seconds; `math.inf` for no limit. With `allow_trailing_bytes` bytes
    after an answer's value are passed over; by default they are refused.

    A server that cannot be reached raises `ConnectionLostError`, with the cause; one that is too slow
    `DeadlineExceededError`. A text that is no address is a `ValueError` at once.
    """
    return Connecting(make_target(address, tls, limits), checked_timeout(timeout, timeout), allow_trailing_bytes)


class Connecting:
    """A connection that is yet to be opened: what `connect` returns."""

    __slots__ = ("_allow_trailing_bytes", "_connection", "_target", "_timeout")

    def __init__(self, target: Target, timeout: float, allow_trailing_bytes: bool) -> None:
        self._target = target
        self._timeout = timeout
        self._allow_trailing_bytes = allow_trailing_bytes
        self._connection: Connection | None = None

    def __await__(self) -> Generator[object, None, "Connection"]:
        """Opens the connection."""
        return self._open().__await__()

    async def __aenter__(self) -> "Connection":
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

    async def _open(self) -> "Connection":
        target = self._target
        address, link = str(target.address), target.link()

        def make_wire() -> Wire:
            return Wire(address, target.limits, self._allow_trailing_bytes, link)

        limit = None if self._timeout == math.inf else self._timeout
        try:
            async with asyncio.timeout(limit):
                wire = await open_async(target.address, make_wire)
                await wire.opened()
        except TimeoutError as error:
            if error.errno is not None:  # the system's own, not that of asyncio.timeout
                raise connect_failed(address, error) from error
            raise connect_timed_out(address, self._timeout) from None
        except Exception as error:
            raise connect_failed(address, error) from error
        _log.debug("connected to %s", address)
        return Connection(wire)


class Connection:
    """An open connection. Any number of clients and calls share it, within one event loop."""

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
        """True when the connection was closed or lost: every further call fails."""
        return self._wire.lost is not None

    @property
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, such as late answers of cancelled calls."""
        return self._wire.session.dropped_frames

    async def close(self) -> None:
        """Closes the connection and fails the calls in flight. Closing again does nothing."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        """The connection itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        await self.close()

    def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> Coroutine[object, object, _T]:
        """Calls a unary method with encoded arguments. Generated clients do so; `timeout` is in seconds."""
        return self._wire.call(method, payload, timeout)

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> "Stream[_T]":
        """Calls a streaming method with encoded arguments. Generated clients do so; `timeout` is in seconds."""
        return Stream(self._wire, method, payload, timeout)


class Stream(AsyncIterator[_T_co], Generic[_T_co]):
    """The items of a server-streaming call, in order: `async for item in stream`.

    The call is sent when the first item is asked for. Leaving the loop frees the call's channel and tells the server;
    where the stream is kept in a variable, `async with stream` or `aclose()` does so.

    The timeout bounds the wait for each item, not the whole stream: a stream may last as long as it makes progress.
    An error ends the stream.
    """

    __slots__ = ("_channel", "_inbox", "_method", "_payload", "_started", "_timeout", "_waiting", "_wire")

    def __init__(self, wire: Wire, method: Method[_T_co], payload: bytes | bytearray, timeout: float) -> None:
        self._wire = wire
        self._method = method
        self._payload: bytes | bytearray | None = payload  # until it is sent
        self._timeout = timeout
        self._inbox = Inbox()
        self._channel = 0  # until the call is sent; 0 is no call's
        self._started = 0.0
        self._waiting = False

    def __aiter__(self) -> Self:
        """The stream itself."""
        return self

    async def __anext__(self) -> _T_co:
        """The next item. Cancelling this wait loses no item: the stream goes on."""
        if self._waiting:
            raise RuntimeError("another task waits for this stream's next item")
        self._waiting = True
        try:
            return self._wire.decode(self._method, await self._next())
        except RapaceError as error:
            self._release()
            annotate(error, self._method.name, self._wire.address, monotonic() - self._started)
            raise
        finally:
            self._waiting = False

    async def __aenter__(self) -> Self:
        """The stream itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the stream."""
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing."""
        self._release()

    def __del__(self) -> None:
        """Frees the channel of a stream that was left before its end, as by `break`."""
        if self._channel and not self._inbox.ended:
            # The garbage collector may run in any thread, amid any step of the session, and after the loop's end.
            with contextlib.suppress(RuntimeError):
                self._wire.loop.call_soon_threadsafe(self._wire.cancel, self._channel, CancelReason.CLIENT_CANCEL)

    async def _next(self) -> bytes:
        wire, inbox = self._wire, self._inbox
        started = monotonic()
        if self._payload is not None:
            self._started = started
            method_id, timeout = self._method.method_id, self._timeout
            self._channel = await wire.open_stream(method_id, self._payload, timeout, started, inbox)
            self._payload = None
        if not inbox.items and not inbox.ended:
            await self._wait(inbox, started + self._timeout)
        if inbox.items:
            payload = inbox.items.popleft()
            wire.session.took(self._channel, payload)
            return payload
        error, inbox.error = inbox.error, None
        if error is not None:
            raise error
        raise StopAsyncIteration

    async def _wait(self, inbox: Inbox, deadline: float) -> None:
        """Returns when there is an item or an end, which the deadline, a time of the clock, makes."""
        loop = self._wire.loop
        waiter: asyncio.Future[None] = loop.create_future()
        inbox.waiter = waiter
        timer = None
        if deadline != math.inf:
            timer = loop.call_later(max(0.0, deadline - monotonic()), self._expire, inbox)
        try:
            await waiter
        finally:
            inbox.waiter = None
            if timer is not None:
                timer.cancel()

    def _expire(self, inbox: Inbox) -> None:
        if not inbox.items and not inbox.ended:
            self._wire.cancel(self._channel, CancelReason.DEADLINE_EXCEEDED)
            inbox.end(deadline_exceeded(self._timeout))

    def _release(self) -> None:
        self._payload = None
        inbox = self._inbox
        inbox.items.clear()
        inbox.error = None
        if not inbox.ended:
            if self._channel:
                self._wire.cancel(self._channel, CancelReason.CLIENT_CANCEL)
            inbox.end(None)


class AsyncClient:
    """What generated asyncio clients have in common."""

    __slots__ = ("_connection", "_limits", "_timeout")

    def __init__(self, connection: Connection, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """A client on a connection, which it shares with others.

        `timeout` holds for calls that name none, in seconds; `math.inf` for no limit.
        """
        self._connection = connection
        self._limits = connection.limits
        self._timeout = checked_timeout(timeout, timeout)

    def _unary(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float | None
    ) -> Coroutine[object, object, _T]:
        seconds = self._timeout if timeout is None else checked_timeout(timeout, self._timeout)
        return self._connection.call(method, payload, seconds)

    def _stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> Stream[_T]:
        return self._connection.stream(method, payload, checked_timeout(timeout, self._timeout))
