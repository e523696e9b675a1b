"""What a span and a duration of each call are made of: the conventions for RPC, and the API of OpenTelemetry.

The API of OpenTelemetry is an extra: nothing here needs it before an interceptor is made.
"""

import threading
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from time import monotonic
from types import TracebackType
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeAlias, cast

from .address import SocketAddress, UnixAddress, parse_address
from .errors import Code, EncodeError, RapaceError, StatusError, is_for_caller
from .intercept import CallInfo
from .version import __version__

_Attributes: TypeAlias = Mapping[str, str | int]

_SCOPE: Final = "rapace.opentelemetry"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The boundaries of the histogram's buckets, which the conventions advise."""
_TRACE_KEYS: Final = ("traceparent", "tracestate")
_ADDRESSES: Final = 64
"""How many servers' addresses are kept parsed: more than one process talks to at once."""


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


class Side(NamedTuple):
    """What spans and durations of one side of calls are called."""

    kind: str
    """The name of the span's kind in the API."""
    metric: str
    description: str
    peer: str
    """The side at the other end, as attributes name it."""


CLIENT: Final = Side(
    "CLIENT", "rpc.client.call.duration", "Measures the duration of an outgoing Remote Procedure Call (RPC).", "server"
)
SERVER: Final = Side(
    "SERVER", "rpc.server.call.duration", "Measures the duration of an incoming Remote Procedure Call (RPC).", "client"
)


class _Outcome(NamedTuple):
    """How a call ended."""

    status: str | None
    """The code's name; None when the call failed for a reason that has no code."""
    error: str | None = None
    """What kind of error it was: the code's name again, or that of the error's class. None when it was none."""
    description: str | None = None


_OK: Final = _Outcome(Code.OK.name)


def _outcome(error: BaseException, call: CallInfo, side: Side) -> _Outcome:
    """How a call ended that raised this. Words of others are left out, for they may quote what is in a call."""
    match error:
        case StatusError(code=code) if side is CLIENT or is_for_caller(error):
            name = code.name if isinstance(code, Code) else str(code)
            return _Outcome(name, name, _description(error, call) if side is CLIENT else None)
        case CancelledError() | GeneratorExit():  # the latter where the coroutine itself was given up
            name = Code.CANCELLED.name
        case EncodeError() if side is CLIENT:
            name = Code.INVALID_ARGUMENT.name
        case RapaceError() if side is CLIENT:
            name = Code.INTERNAL.name
        case _:
            # The caller of a handler gets INTERNAL. A client has only its own program's error, without a code.
            return _Outcome(Code.INTERNAL.name if side is SERVER else None, type(error).__qualname__)
    return _Outcome(name, name)


def _description(error: StatusError, call: CallInfo) -> str | None:
    """What this side says of an error, with the host in place of the address, whose path may be a secret."""
    if error.remote:
        return None
    return error.message.replace(call.peer, str(_peer(call.peer, CLIENT).get("server.address", call.peer)))


@lru_cache(maxsize=_ADDRESSES)
def _peer(address: str, side: Side) -> _Attributes:
    """Where the other side is. Empty for a socket that the program has connected."""
    try:
        parsed = parse_address(address)
    except ValueError:
        return {}
    match parsed:
        case SocketAddress():
            return {}
        case UnixAddress():
            return {f"{side.peer}.address": parsed.path}
        case _:
            return {f"{side.peer}.address": parsed.host, f"{side.peer}.port": parsed.port}


class _Span(Protocol):
    """What is used of `opentelemetry.trace.Span`."""

    def set_attributes(self, attributes: _Attributes) -> None: ...
    def set_status(self, status: object, description: str | None) -> None: ...
    def end(self) -> None: ...


class _Propagator(Protocol):
    """What is used of the propagator of the W3C's trace context: `traceparent` and `tracestate`."""

    def inject(self, carrier: dict[str, str], context: object) -> None: ...
    def extract(self, carrier: Mapping[str, str], context: object) -> object: ...


class _Api:
    """What is used of the API's modules: what a context is stays its own business."""

    __slots__ = (
        "attach",
        "context_of",
        "detach",
        "error",
        "get_meter_provider",
        "get_tracer_provider",
        "kind",
        "no_parent",
        "propagator",
    )

    def __init__(self, side: Side) -> None:
        try:
            context: Any = import_module("opentelemetry.context")
            metrics: Any = import_module("opentelemetry.metrics")
            trace: Any = import_module("opentelemetry.trace")
            tracecontext: Any = import_module("opentelemetry.trace.propagation.tracecontext")
        except ImportError as error:
            problem = (
                "telemetry needs the package opentelemetry-api, version 1.30 or later: "
                "install it, or this package with its extra [opentelemetry]"
            )
            raise ImportError(problem) from error
        self.attach: Callable[[object], object] = context.attach
        self.detach: Callable[[object], None] = context.detach
        self.context_of: Callable[[_Span], object] = trace.set_span_in_context
        self.kind: object = trace.SpanKind[side.kind]
        # The task that runs a served call may have inherited a span of whoever began to listen, which is no parent.
        self.no_parent: object = context.Context()
        self.propagator = cast("_Propagator", tracecontext.TraceContextTextMapPropagator())
        self.error: object = trace.StatusCode.ERROR
        self.get_tracer_provider: Callable[[], TracerProvider] = trace.get_tracer_provider
        self.get_meter_provider: Callable[[], MeterProvider] = metrics.get_meter_provider


class _Telemetry:
    """What calls of one interceptor have in common."""

    __slots__ = ("api", "durations", "side", "tracer")

    def __init__(
        self, side: Side, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None
    ) -> None:
        self.side = side
        self.api = _Api(side)
        tracers = self.api.get_tracer_provider() if tracer_provider is None else tracer_provider
        meters = self.api.get_meter_provider() if meter_provider is None else meter_provider
        self.tracer: Any = tracers.get_tracer(_SCOPE, __version__)
        meter: Any = meters.get_meter(_SCOPE, __version__)
        self.durations: Any = meter.create_histogram(
            side.metric,
            unit="s",
            description=side.description,
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    def begin(self, call: CallInfo) -> "_Begun":
        """Begins a span: of a client's call below the current one, of a served call below the span of its caller."""
        parent = self.api.propagator.extract(_trace_of(call), self.api.no_parent) if self.side is SERVER else None
        return _Begun(self, f"{call.service}/{call.method}", _peer(call.peer, self.side), parent)


def _trace_of(call: CallInfo) -> dict[str, str]:
    """The trace context in a call's metadata."""
    return {key: value for key in _TRACE_KEYS if isinstance(value := call.metadata.get(key), str)}


class _Begun:
    """A call that has begun: its span, and the context in which that is the current one."""

    __slots__ = ("_attributes", "_context", "_once", "_span", "_started", "_telemetry")

    def __init__(self, telemetry: _Telemetry, name: str, peer: _Attributes, parent: object) -> None:
        self._telemetry = telemetry
        self._once = threading.Lock()
        api = telemetry.api
        attributes: _Attributes = {"rpc.system.name": "rapace", "rpc.method": name}
        # Each client has a port of its own: as attributes of a metric, clients would be without end.
        self._attributes = attributes if telemetry.side is SERVER else {**attributes, **peer}
        self._started = monotonic()
        span = telemetry.tracer.start_span(name, parent, kind=api.kind, attributes={**attributes, **peer})
        self._span = cast("_Span", span)
        self._context = telemetry.api.context_of(self._span)

    @property
    def side(self) -> Side:
        """The side of the call that is measured."""
        return self._telemetry.side

    def carried_by(self, call: CallInfo) -> CallInfo:
        """The call of a client with the trace context in its metadata. Notifications carry none."""
        if self.side is SERVER or call.kind == "notification":
            return call
        trace: dict[str, str] = {}
        self._telemetry.api.propagator.inject(trace, self._context)
        return replace(call, metadata={**call.metadata, **trace}) if trace else call

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


class Instrumented:
    """What the interceptors for asyncio and for blocking clients share."""

    side: ClassVar[Side] = CLIENT

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Without providers it takes the global ones, even if they are set later."""
        self._telemetry = _Telemetry(self.side, tracer_provider, meter_provider)

    def _around(self, call: CallInfo) -> "_Around":
        """`with self._around(call) as call:` makes the call: its span is the current one, and ends with the block."""
        return _Around(self._telemetry, call)

    def _span_of_stream(self, call: CallInfo) -> "StreamSpan":
        return StreamSpan(self._telemetry, call)


class _Around:
    """Makes the span of a call the current one, and ends it."""

    __slots__ = ("_begun", "_call", "_current")

    def __init__(self, telemetry: _Telemetry, call: CallInfo) -> None:
        self._call = call
        self._begun = telemetry.begin(call)
        self._current = self._begun.current()

    def __enter__(self) -> CallInfo:
        self._current.__enter__()
        return self._begun.carried_by(self._call)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._current.__exit__(kind, error, trace)
        finally:
            self._begun.end(_OK if error is None else _outcome(error, self._call, self._begun.side))


class StreamSpan:
    """The span of a stream. It begins with the first step, and ends with the stream or when the stream is left."""

    __slots__ = ("_begun", "_call", "_left", "_telemetry")

    def __init__(self, telemetry: _Telemetry, call: CallInfo) -> None:
        self._telemetry = telemetry
        self._call = call
        self._begun: _Begun | None = None
        self._left = _OK  # how the call ends if there is no other step

    def begin(self) -> CallInfo:
        """The first step is made. Returns the call to make."""
        self._begun = self._telemetry.begin(self._call)
        return self._begun.carried_by(self._call)

    def step(self) -> "_Step | None":
        """`with span.step():` makes a step: the span is the current one inside. None when there was no first step."""
        if self._begun is None:
            return None
        self._left = _OK
        return _Step(self, self._begun)

    def current(self) -> _Current:
        """`with span.current():` makes the span the current one without a step. There was a first step."""
        assert self._begun is not None
        return self._begun.current()

    def leave(self) -> None:
        """Ends the span of a stream that is left. Leaving again, or after the stream's end, does nothing."""
        if self._begun is not None:
            self._begun.end(self._left)

    def stepped(self, begun: _Begun, error: BaseException) -> None:
        """A step raised: the stream's end, an error, or the end of the wait alone."""
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            begun.end(_OK)
        elif isinstance(error, Exception):
            begun.end(_outcome(error, self._call, begun.side))
        else:
            # Cancelling or interrupting a wait does not end the stream: another step may follow.
            self._left = _outcome(error, self._call, begun.side)


class _Step:
    """Makes the span of a stream the current one, and notes how the step went."""

    __slots__ = ("_begun", "_current", "_span")

    def __init__(self, span: StreamSpan, begun: _Begun) -> None:
        self._span = span
        self._begun = begun
        self._current = begun.current()

    def __enter__(self) -> None:
        self._current.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._current.__exit__(kind, error, trace)
        finally:
            if error is not None:
                self._span.stepped(self._begun, error)
