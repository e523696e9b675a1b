"""OpenTelemetry: a span and a duration of each call, by the semantic conventions for RPC, version 1.45.0.

Interceptors for the first place in a list: those of a client, `interceptors=[AsyncTelemetry()]`, and those of a host,
`interceptors=[AsyncServerTelemetry()]`. Neither arguments nor
responses nor what a server says of its errors are in spans and metrics. A client's call carries the W3C's trace
context as metadata, `traceparent` and `tracestate`, and the span of a handler is a child of the caller's.

The API of OpenTelemetry is an extra: nothing here needs it before an interceptor is made.
"""

from .aio.telemetry import AsyncServerTelemetry, AsyncTelemetry
from .sync.telemetry import SyncServerTelemetry, SyncTelemetry
from .telemetry import MeterProvider, TracerProvider

__all__ = [
    "AsyncServerTelemetry",
    "AsyncTelemetry",
    "MeterProvider",
    "SyncServerTelemetry",
    "SyncTelemetry",
    "TracerProvider",
]
