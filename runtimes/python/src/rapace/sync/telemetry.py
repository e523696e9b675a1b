"""The OpenTelemetry interceptor of blocking clients."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from ..intercept import CallInfo, SyncInterceptor
from ..telemetry import SERVER, Instrumented, StreamSpan
from .stream import IteratorStream, Stream

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class SyncTelemetry(Instrumented, SyncInterceptor):
    """Makes a span of each call of a blocking client, and measures how long the call takes.

    The span is the current one while the call is made, inside the interceptors that come after this one. The span of a
    stream begins when the first item is asked for, and ends with the stream or when the stream is left.
    """

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], _T]) -> _T:
        """Around a call with one response; around a notification, until it is sent."""
        with self._around(call) as traced:
            return proceed(traced)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T]]) -> Stream[_T]:
        """Around a call with a stream of items."""
        return _Items(self._span_of_stream(call), call, proceed)


class SyncServerTelemetry(SyncTelemetry):
    """Makes a span of each call that a blocking handler serves, and measures how long the call takes.

    It is for the interceptors of a host, or of a connection that serves. The span is a child of the caller's, when
    the call carries a trace context. It is the current one in the handler's code, so that the calls that this makes
    are children of it.
    """

    side = SERVER


class _Items(Stream[_T_co]):
    """A stream with a span, which is the current one during each step, and not between them."""

    __slots__ = ("_call", "_items", "_proceed", "_span")

    def __init__(self, span: StreamSpan, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T_co]]) -> None:
        self._span = span
        self._call = call
        self._proceed: Callable[[CallInfo], Iterator[_T_co]] | None = proceed  # until the first step
        self._items: Stream[_T_co] | None = None

    def __next__(self) -> _T_co:
        """The next item."""
        proceed, self._proceed = self._proceed, None
        if proceed is not None:
            self._call = self._span.begin()
        step = self._span.step()
        if step is None:
            raise StopIteration
        with step:
            return self._step(proceed)

    def close(self) -> None:
        """Ends the stream."""
        self._proceed = None
        try:
            if self._items is not None:
                with self._span.current():
                    self._items.close()
        finally:
            self._span.leave()

    def __del__(self) -> None:
        """Ends the span of a stream that was left before its end, as by `break`."""
        self._span.leave()

    def _step(self, proceed: Callable[[CallInfo], Iterator[_T_co]] | None) -> _T_co:
        if proceed is not None:
            made = proceed(self._call)
            self._items = made if isinstance(made, Stream) else IteratorStream(made)
        if self._items is None:  # The call could not even be made.
            raise StopIteration
        return next(self._items)
