"""OpenTelemetry: a span and a duration of each call, by the semantic conventions for RPC, version 1.45.0.

Two interceptors, for the first place in a client's list: `interceptors=[AsyncTelemetry()]`. Arguments, answers and what
a server says of its errors are in neither spans nor metrics. Frames of rapace 0.5 have no place for a context, so that
spans of the server do not become children of these.

The API of OpenTelemetry is an extra: nothing here needs it before an interceptor is made.
"""

import threading
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from time import monotonic
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from . import __version__
from .address import SocketAddress, UnixAddress, parse_address
from .aio.stream import IteratorStream as AsyncIteratorStream
from .aio.stream import Stream as AsyncStream
from .errors import Code, EncodeError, RapaceError, StatusError
from .intercept import AsyncInterceptor, CallInfo, SyncInterceptor
from .sync.stream import IteratorStream, Stream

__all__ = ["AsyncTelemetry", "MeterProvider", "SyncTelemetry", "TracerProvider"]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_Attributes: TypeAlias = Mapping[str, str | int]

_SCOPE: Final = "rapace.opentelemetry"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The boundaries of the histogram's buckets, as the conventions advise them."""
_ADDRESSES: Final = 64
"""How many servers' addresses are remembered as read: more than one process talks to at once."""


class TracerProvider(Protocol):
    """Where spans go: a `TracerProvider` of the package `opentelemetry`."""

    def get_tracer(self, name: str, version: str, /) -> object:
        """What makes the spans of this module."""
        ...


class MeterProvider(Protocol):
    """Where durations go: a `MeterProvider` of the package `opentelemetry`."""

    def get_meter(self, name: str, version: str, /) -> object:
        """What makes the histogram of this module."""
        ...


class AsyncTelemetry(AsyncInterceptor):
    """Makes a span of each call of an asyncio client, and measures how long it takes.

    The span is the current one while the call is made, inside the interceptors that come after this one. That of a
    stream begins when the first item is asked for, and ends with the stream or when it is left.
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Without providers of its own it takes the global ones, even if they are set later."""
        self._telemetry = _Telemetry(tracer_provider, meter_provider)

    async def unary(self, call: CallInfo, proceed: Callable[[CallInfo], Awaitable[_T]]) -> _T:
        """Around a call with one answer; around a notification, until it is sent."""
        begun = self._telemetry.begin(call)
        try:
            with begun.current():
                answer = await proceed(call)
        except BaseException as error:
            begun.end(_outcome(error, call))
            raise
        begun.end(_OK)
        return answer

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[_T]]) -> AsyncStream[_T]:
        """Around a call with a stream of answers."""
        return _AsyncItems(self._telemetry, call, proceed)


class SyncTelemetry(SyncInterceptor):
    """Makes a span of each call of a blocking client, and measures how long it takes; the twin of `AsyncTelemetry`."""

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Without providers of its own it takes the global ones, even if they are set later."""
        self._telemetry = _Telemetry(tracer_provider, meter_provider)

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], _T]) -> _T:
        """Around a call with one answer; around a notification, until it is sent."""
        begun = self._telemetry.begin(call)
        try:
            with begun.current():
                answer = proceed(call)
        except BaseException as error:
            begun.end(_outcome(error, call))
            raise
        begun.end(_OK)
        return answer

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T]]) -> Stream[_T]:
        """Around a call with a stream of answers."""
        return _Items(self._telemetry, call, proceed)


class _Outcome(NamedTuple):
    """How a call ended."""

    status: str | None
    """The code's name; None when the call failed for a reason that has no code."""
    error: str | None = None
    """What kind of error it was: the code's name again, or that of the error's class. None when it was none."""
    description: str | None = None


_OK: Final = _Outcome(Code.OK.name)


def _outcome(error: BaseException, call: CallInfo) -> _Outcome:
    """How a call ended that raised this. Words of others are left out, for they may quote what is in a call."""
    match error:
        case StatusError(code=code):
            name = code.name if isinstance(code, Code) else str(code)
            return _Outcome(name, name, _description(error, call))
        case CancelledError() | GeneratorExit():  # the latter where the coroutine itself was given up
            name = Code.CANCELLED.name
        case EncodeError():
            name = Code.INVALID_ARGUMENT.name
        case RapaceError():
            name = Code.INTERNAL.name
        case _:
            return _Outcome(None, type(error).__qualname__)
    return _Outcome(name, name)


def _description(error: StatusError, call: CallInfo) -> str | None:
    """What this side says of an error, with the host in place of the address, whose path may be a secret."""
    if error.remote:
        return None
    return error.message.replace(call.address, str(_server(call.address).get("server.address", call.address)))


@lru_cache(maxsize=_ADDRESSES)
def _server(address: str) -> _Attributes:
    """Where a server is. Nothing is known of a socket that somebody else connected."""
    try:
        parsed = parse_address(address)
    except ValueError:
        return {}
    match parsed:
        case SocketAddress():
            return {}
        case UnixAddress():
            return {"server.address": parsed.path}
        case _:
            return {"server.address": parsed.host, "server.port": parsed.port}


class _Span(Protocol):
    """What is used of `opentelemetry.trace.Span`."""

    def set_attributes(self, attributes: _Attributes) -> None: ...
    def set_status(self, status: object, description: str | None) -> None: ...
    def end(self) -> None: ...


class _Api:
    """What is used of the API's modules: what a context is stays its own business."""

    __slots__ = ("attach", "client", "context_of", "detach", "error", "get_meter_provider", "get_tracer_provider")

    def __init__(self) -> None:
        try:
            context: Any = import_module("opentelemetry.context")
            metrics: Any = import_module("opentelemetry.metrics")
            trace: Any = import_module("opentelemetry.trace")
        except ImportError as error:
            problem = (
                "telemetry needs the package opentelemetry-api, version 1.30 or later: "
                "install it, or this package with its extra [opentelemetry]"
            )
            raise ImportError(problem) from error
        self.attach: Callable[[object], object] = context.attach
        self.detach: Callable[[object], None] = context.detach
        self.context_of: Callable[[_Span], object] = trace.set_span_in_context
        self.client: object = trace.SpanKind.CLIENT
        self.error: object = trace.StatusCode.ERROR
        self.get_tracer_provider: Callable[[], TracerProvider] = trace.get_tracer_provider
        self.get_meter_provider: Callable[[], MeterProvider] = metrics.get_meter_provider


class _Telemetry:
    """What calls of one interceptor have in common."""

    __slots__ = ("api", "durations", "tracer")

    def __init__(self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None) -> None:
        self.api = _Api()
        tracers = self.api.get_tracer_provider() if tracer_provider is None else tracer_provider
        meters = self.api.get_meter_provider() if meter_provider is None else meter_provider
        self.tracer: Any = tracers.get_tracer(_SCOPE, __version__)
        meter: Any = meters.get_meter(_SCOPE, __version__)
        self.durations: Any = meter.create_histogram(
            "rpc.client.call.duration",
            unit="s",
            description="Measures the duration of an outgoing Remote Procedure Call (RPC).",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    def begin(self, call: CallInfo) -> "_Begun":
        """Begins a span below the current one."""
        return _Begun(self, f"{call.service}/{call.method}", _server(call.address))


class _Begun:
    """A call that has begun: its span, and the context in which that is the current one."""

    __slots__ = ("_attributes", "_context", "_once", "_span", "_started", "_telemetry")

    def __init__(self, telemetry: _Telemetry, name: str, server: _Attributes) -> None:
        self._telemetry = telemetry
        self._once = threading.Lock()
        self._attributes: _Attributes = {"rpc.system.name": "rapace", "rpc.method": name, **server}
        self._started = monotonic()
        span = telemetry.tracer.start_span(name, kind=telemetry.api.client, attributes=self._attributes)
        self._span = cast("_Span", span)
        self._context = telemetry.api.context_of(self._span)

    def current(self) -> "_Current":
        """`with begun.current():` makes the span the current one, in this task or thread."""
        return _Current(self._telemetry.api, self._context)

    def end(self, outcome: _Outcome) -> None:
        """Ends the span and notes the duration. Ending again, in any thread, does nothing."""
        if not self._once.acquire(blocking=False):
            return
        elapsed = monotonic() - self._started
        how: dict[str, str] = {}
        if outcome.status is not None:
            how["rpc.status_code"] = outcome.status
        if outcome.error is not None:
            how["error.type"] = outcome.error
            self._span.set_status(self._telemetry.api.error, outcome.description)
        self._span.set_attributes(how)
        self._span.end()
        self._telemetry.durations.record(elapsed, {**self._attributes, **how}, self._context)


class _Current:
    """Makes a context the current one."""

    __slots__ = ("_api", "_context", "_token")

    def __init__(self, api: _Api, context: object) -> None:
        self._api = api
        self._context = context
        self._token: object = None

    def __enter__(self) -> None:
        self._token = self._api.attach(self._context)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who gives up a coroutine is in another context, where there is nothing to restore.
        if kind is not GeneratorExit:
            self._api.detach(self._token)


class _AsyncItems(AsyncStream[_T_co]):
    """A stream with a span, which is the current one during each step, and not between them."""

    __slots__ = ("_begun", "_call", "_items", "_left", "_proceed", "_telemetry")

    def __init__(
        self, telemetry: _Telemetry, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[_T_co]]
    ) -> None:
        self._telemetry = telemetry
        self._call = call
        self._proceed: Callable[[CallInfo], AsyncIterator[_T_co]] | None = proceed  # until the first step
        self._begun: _Begun | None = None
        self._items: AsyncStream[_T_co] | None = None
        self._left = _OK  # how the call ends if there is no other step

    async def __anext__(self) -> _T_co:
        """The next item."""
        proceed, self._proceed = self._proceed, None
        if proceed is not None:
            self._begun = self._telemetry.begin(self._call)
        if self._begun is None:
            raise StopAsyncIteration
        self._left = _OK
        try:
            with self._begun.current():
                return await self._step(proceed)
        except StopAsyncIteration:
            self._begun.end(_OK)
            raise
        except Exception as error:
            self._begun.end(_outcome(error, self._call))
            raise
        except BaseException as error:
            self._left = _outcome(error, self._call)  # Cancelling a wait ends no stream: another may follow.
            raise

    async def aclose(self) -> None:
        """Ends the stream."""
        self._proceed = None
        if self._begun is None:
            return
        try:
            if self._items is not None:
                with self._begun.current():
                    await self._items.aclose()
        finally:
            self._begun.end(self._left)

    def __del__(self) -> None:
        """Ends the span of a stream that was left before its end, as by `break`."""
        if self._begun is not None:
            self._begun.end(self._left)

    def _step(self, proceed: Callable[[CallInfo], AsyncIterator[_T_co]] | None) -> Awaitable[_T_co]:
        if proceed is not None:
            made = proceed(self._call)
            self._items = made if isinstance(made, AsyncStream) else AsyncIteratorStream(made)
        if self._items is None:  # The call could not even be made.
            raise StopAsyncIteration
        return anext(self._items)


class _Items(Stream[_T_co]):
    """The blocking twin of `_AsyncItems`."""

    __slots__ = ("_begun", "_call", "_items", "_left", "_proceed", "_telemetry")

    def __init__(self, telemetry: _Telemetry, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T_co]]) -> None:
        self._telemetry = telemetry
        self._call = call
        self._proceed: Callable[[CallInfo], Iterator[_T_co]] | None = proceed  # until the first step
        self._begun: _Begun | None = None
        self._items: Stream[_T_co] | None = None
        self._left = _OK  # how the call ends if there is no other step

    def __next__(self) -> _T_co:
        """The next item."""
        proceed, self._proceed = self._proceed, None
        if proceed is not None:
            self._begun = self._telemetry.begin(self._call)
        if self._begun is None:
            raise StopIteration
        self._left = _OK
        try:
            with self._begun.current():
                return self._step(proceed)
        except StopIteration:
            self._begun.end(_OK)
            raise
        except Exception as error:
            self._begun.end(_outcome(error, self._call))
            raise
        except BaseException as error:
            self._left = _outcome(error, self._call)  # An interrupt of the wait ends no stream: another may follow.
            raise

    def close(self) -> None:
        """Ends the stream."""
        self._proceed = None
        if self._begun is None:
            return
        try:
            if self._items is not None:
                with self._begun.current():
                    self._items.close()
        finally:
            self._begun.end(self._left)

    def __del__(self) -> None:
        """Ends the span of a stream that was left before its end, as by `break`."""
        if self._begun is not None:
            self._begun.end(self._left)

    def _step(self, proceed: Callable[[CallInfo], Iterator[_T_co]] | None) -> _T_co:
        if proceed is not None:
            made = proceed(self._call)
            self._items = made if isinstance(made, Stream) else IteratorStream(made)
        if self._items is None:  # The call could not even be made.
            raise StopIteration
        return next(self._items)
