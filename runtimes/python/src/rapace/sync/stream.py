"""Streams that block: the items of a server-streaming call."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeAlias, TypeVar

from ..calls import DEFAULT_TIMEOUT, Method, annotate, decode, may_be_sent_again
from ..errors import RapaceError
from ..failures import item_overdue
from ..metadata import Metadata
from ..session import CancelReason
from .calls import CallInbox, give_up
from .wait import wait

_T_co = TypeVar("_T_co", covariant=True)

Open: TypeAlias = Callable[[Method[object], bytes | bytearray, float, float, CallInbox, Metadata | None], None]
"""Sends a streaming call on a connection, and notes in the inbox which one."""


class Stream(Iterator[_T_co], Generic[_T_co]):
    """The items of a server-streaming call, in order: `for item in stream`. One thread at a time reads it.

    The call is sent when the first item is asked for. Leaving the loop frees the call's channel and tells the server;
    if you keep the stream in a variable, use `with stream` or `close()`.

    The timeout of the call bounds the wait for each item, not the whole stream. Without one a stream may be silent for
    any time. The client's timeout bounds the sending of the call. An error ends the stream.
    """

    __slots__ = ()

    def __iter__(self) -> Self:
        """The stream itself."""
        return self

    @abstractmethod
    def __next__(self) -> _T_co:
        """The next item."""

    def __enter__(self) -> Self:
        """The stream itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the stream."""
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing; another thread may do so, too."""


class WireStream(Stream[_T_co]):
    """A stream from a server."""

    __slots__ = (
        "_address",
        "_inbox",
        "_metadata",
        "_method",
        "_open",
        "_payload",
        "_sending",
        "_started",
        "_timeout",
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
        self._inbox = CallInbox()
        self._started = 0.0

    def __next__(self) -> _T_co:
        """The next item."""
        try:
            return self._next(monotonic())
        except RapaceError as error:
            self.close()
            annotate(error, self._method.name, self._address, monotonic() - self._started)
            raise

    def close(self) -> None:
        """Ends the stream and frees its channel. Closing again does nothing; another thread may do so, too."""
        inbox = self._inbox
        self._payload = None
        wire = inbox.wire
        if wire is None:
            inbox.end(None)
            return
        if wire.owner.is_elsewhere:
            return
        with wire.lock:
            inbox.items.clear()
            inbox.error = None
        give_up(wire, inbox)

    def __del__(self) -> None:
        """Frees the channel of a stream that was left before its end, as by `break`."""
        inbox: CallInbox | None = getattr(self, "_inbox", None)  # A signal may come while a stream is made.
        if inbox is not None and inbox.wire is not None and not inbox.ended:
            inbox.wire.leave(inbox.channel_id)

    def _next(self, started: float) -> _T_co:
        inbox = self._inbox
        if self._payload is not None and inbox.wire is None:
            self._started = started
            self._open(self._method, self._payload, self._sending, started, inbox, self._metadata)
        wire = inbox.wire
        if wire is None:
            raise StopIteration
        if not wait(wire, inbox, started + self._timeout):
            with wire.lock:
                if not inbox.ready():
                    wire.cancel(inbox.channel_id, CancelReason.DEADLINE_EXCEEDED)
                    inbox.end(item_overdue(self._timeout))
        with wire.lock:
            payload = inbox.items.popleft() if inbox.items else None
            if payload is not None:
                wire.session.took(inbox.channel_id, payload)
            error, inbox.error = inbox.error, None if payload is None else inbox.error
        if payload is not None:
            self._payload = None  # What has delivered an item is never sent again.
            return decode(wire, self._method, payload, started + self._timeout, self._timeout)
        if error is not None:
            if self._payload is not None and may_be_sent_again(wire, error):
                self._inbox = CallInbox()
                return self._next(started)
            raise error
        raise StopIteration


class IteratorStream(Stream[_T_co]):
    """A stream from any iterator: an interceptor's, or a fake's."""

    __slots__ = ("_iterator",)

    def __init__(self, iterator: Iterator[_T_co]) -> None:
        self._iterator = iterator

    def __next__(self) -> _T_co:
        """The next item."""
        return next(self._iterator)

    def close(self) -> None:
        """Ends the iterator, where it can be ended."""
        close = getattr(self._iterator, "close", None)
        if close is not None:
            close()
