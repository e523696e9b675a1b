"""Streams over asyncio: the items of a server-streaming call."""

import math
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeAlias, TypeVar

from ..calls import DEFAULT_TIMEOUT, Method, annotate, decode, may_be_sent_again
from ..errors import RapaceError
from ..failures import item_overdue
from ..metadata import Metadata
from ..session import CancelReason
from .inbox import Inbox
from .wire import Wire

_T_co = TypeVar("_T_co", covariant=True)

Open: TypeAlias = Callable[
    [Method[object], bytes | bytearray, float, float, Inbox, Metadata | None], Awaitable[tuple[Wire, int]]
]
"""Sends a streaming call, on whichever connection it goes; returns that and the channel."""


class Stream(AsyncIterator[_T_co], Generic[_T_co]):
    """The items of a server-streaming call, in order: `async for item in stream`.

    The call is sent when the first item is asked for. Leaving the loop frees the call's channel and tells the server;
    if you keep the stream in a variable, use `async with stream` or `aclose()`.

    The timeout of the call bounds the wait for each item, not the whole stream. Without one a stream may be silent for
    any time. The client's timeout bounds the sending of the call. An error ends the stream.
    """

    __slots__ = ()

    def __aiter__(self) -> Self:
        """The stream itself."""
        return self

    @abstractmethod
    async def __anext__(self) -> _T_co:
        """The next item. Cancelling this wait loses no item: the stream goes on."""

    async def __aenter__(self) -> Self:
        """The stream itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the stream."""
        await self.aclose()

    @abstractmethod
    async def aclose(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing."""


class WireStream(Stream[_T_co]):
    """A stream from a server."""

    __slots__ = (
        "_address",
        "_channel",
        "_inbox",
        "_metadata",
        "_method",
        "_open",
        "_payload",
        "_sending",
        "_started",
        "_timeout",
        "_waiting",
        "_wire",
    )

    def __init__(
        self,
        open_stream: Open,
        address: str,
        method: Method[_T_co],
        payload: bytes | bytearray,
        timeout: float,
        sending: float = DEFAULT_TIMEOUT,
        metadata: Metadata | None = None,
    ) -> None:
        self._open = open_stream
        self._address = address
        self._method = method
        self._payload: bytes | bytearray | None = payload  # until there is an item, or the stream has ended
        self._metadata = metadata
        self._timeout = timeout  # for each item
        self._sending = min(sending, timeout)  # for sending the call
        self._inbox = Inbox()
        self._wire: Wire | None = None  # until the call is sent
        self._channel = 0
        self._started = 0.0
        self._waiting = False

    async def __anext__(self) -> _T_co:
        """The next item. Cancelling this wait loses no item: the stream goes on."""
        if self._waiting:
            raise RuntimeError("another task waits for this stream's next item")
        self._waiting = True
        try:
            return await self._next(monotonic())
        except RapaceError as error:
            self._release()
            annotate(error, self._method.name, self._address, monotonic() - self._started)
            raise
        finally:
            self._waiting = False

    async def aclose(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing."""
        self._release()

    def __del__(self) -> None:
        """Frees the channel of a stream that was left before its end, as by `break`."""
        if self._wire is not None and not self._inbox.ended:
            self._wire.leave(self._channel)

    async def _next(self, started: float) -> _T_co:
        inbox = self._inbox
        if self._payload is not None and self._wire is None:
            self._started = started
            method, timeout = self._method, self._sending
            opened = self._open(method, self._payload, timeout, started, inbox, self._metadata)
            self._wire, self._channel = await opened
        wire = self._wire
        if wire is not None:
            wire.owner.check()
            if not inbox.items and not inbox.ended:
                await self._wait(wire, inbox, started + self._timeout)
            if inbox.items:
                self._payload = None  # What has delivered an item is never sent again.
                payload = inbox.items.popleft()
                wire.reading.took(self._channel, payload)
                return decode(wire, self._method, payload, started + self._timeout, self._timeout)
        error, inbox.error = inbox.error, None
        if error is not None:
            if wire is not None and self._payload is not None and may_be_sent_again(wire, error):
                self._wire, self._inbox = None, Inbox()
                return await self._next(started)
            raise error
        raise StopAsyncIteration

    async def _wait(self, wire: Wire, inbox: Inbox, deadline: float) -> None:
        """Returns when there is an item or an end. The deadline, a time of the clock, ends the stream."""
        timer = None
        if deadline != math.inf:
            timer = wire.loop.call_later(max(0.0, deadline - monotonic()), self._expire, wire, inbox)
        try:
            await wire.reading.wait_for_item(inbox)
        finally:
            if timer is not None:
                timer.cancel()

    def _expire(self, wire: Wire, inbox: Inbox) -> None:
        if not inbox.items and not inbox.ended:
            wire.cancel(self._channel, CancelReason.DEADLINE_EXCEEDED)
            inbox.end(item_overdue(self._timeout))

    def _release(self) -> None:
        self._payload = None
        inbox = self._inbox
        inbox.items.clear()
        inbox.error = None
        wire = self._wire
        if wire is not None and not inbox.ended:
            if wire.owner.is_other_loop or wire.owner.is_elsewhere:
                wire.leave(self._channel)
                inbox.ended = True
                return
            wire.cancel(self._channel, CancelReason.CLIENT_CANCEL)
        if not inbox.ended:
            inbox.end(None)


class IteratorStream(Stream[_T_co]):
    """A stream from any async iterator: an interceptor's, or a fake's."""

    __slots__ = ("_iterator",)

    def __init__(self, iterator: AsyncIterator[_T_co]) -> None:
        self._iterator = iterator

    async def __anext__(self) -> _T_co:
        """The next item."""
        return await anext(self._iterator)

    async def aclose(self) -> None:
        """Ends the iterator, where it can be ended."""
        close = getattr(self._iterator, "aclose", None)
        if close is not None:
            await close()
