"""OpenTelemetry: a span and a duration of each call, by the semantic conventions for RPC, version 1.45.0.

Two interceptors, for the first place in a client's list: `interceptors=[AsyncTelemetry()]`. Neither arguments nor
responses nor what a server says of its errors are in spans and metrics. Frames of rapace 0.5 have no place for a
context, so the spans of the server are not children of these.

The API of OpenTelemetry is an extra: nothing here needs it before an interceptor is made.
"""

from .aio.telemetry import AsyncTelemetry
from .sync.telemetry import SyncTelemetry
from .telemetry import MeterProvider, TracerProvider

__all__ = ["AsyncTelemetry", "MeterProvider", "SyncTelemetry", "TracerProvider"]
