"""What telemetry tells, kept in memory by OpenTelemetry's own SDK, and clients that are told of."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import rapace
from rapace.codegen import AsyncClient, SyncClient
from rapace.opentelemetry import AsyncTelemetry, SyncTelemetry

from .features import ECHO, NOTHING, Talker
from .flavors import payload

T = TypeVar("T")


class Recorded:
    """What was told."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader], shutdown_on_exit=False)

    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended."""
        return list(self._exporter.get_finished_spans())

    def span(self) -> ReadableSpan:
        """The only one."""
        (span,) = self.spans()
        return span

    def metrics(self) -> list[Any]:
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        return [
            {**metric, "scope": scope["scope"]["name"], "version": scope["scope"]["version"]}
            for resource in json.loads(data.to_json())["resource_metrics"]
            for scope in resource["scope_metrics"]
            for metric in scope["metrics"]
        ]

    def finish(self) -> None:
        self.tracers.shutdown()
        self.meters.shutdown()


class Watching:
    """Notes which span is the current one."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def look(self) -> None:
        self.seen.append(trace.get_current_span().get_span_context().span_id)


class AsyncInside(rapace.AsyncInterceptor):
    """An interceptor that comes after telemetry, and looks before and after each step."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching

    async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
        self.watching.look()
        answer = await proceed(call)
        self.watching.look()
        return answer

    async def stream(
        self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], AsyncIterator[T]]
    ) -> AsyncIterator[T]:
        self.watching.look()
        async for each in proceed(call):
            self.watching.look()
            yield each
            self.watching.look()


class SyncInside(rapace.SyncInterceptor):
    """Its blocking twin."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching

    def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], T]) -> T:
        self.watching.look()
        answer = proceed(call)
        self.watching.look()
        return answer

    def stream(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Iterator[T]]) -> Iterator[T]:
        self.watching.look()
        for each in proceed(call):
            self.watching.look()
            yield each
            self.watching.look()


class AsyncTest(AsyncClient):
    """A client of the service `Test`."""

    async def echo(self, value: str, timeout: float = 5.0) -> str:
        return await self._unary(ECHO, payload(value), timeout)

    def items(self, value: str, timeout: float = 5.0) -> rapace.Stream[str]:
        return self._stream(ECHO, payload(value), timeout)

    async def notify(self) -> None:
        await self._notify(NOTHING, b"", None)


class SyncTest(SyncClient):
    """Its blocking twin."""

    def echo(self, value: str, timeout: float = 5.0) -> str:
        return self._unary(ECHO, payload(value), timeout)

    def items(self, value: str, timeout: float = 5.0) -> rapace.sync.Stream[str]:
        return self._stream(ECHO, payload(value), timeout)

    def notify(self) -> None:
        self._notify(NOTHING, b"", None)


class Told:
    """A client whose calls are told of, on the connection of a talker."""

    def __init__(self, talker: Talker, recorded: Recorded, *inside: Any) -> None:
        made = SyncTelemetry if talker.blocks else AsyncTelemetry
        telemetry = made(tracer_provider=recorded.tracers, meter_provider=recorded.meters)
        client: Any = SyncTest if talker.blocks else AsyncTest
        self.talker = talker
        self.client = client(talker.connection, interceptors=[telemetry, *inside])

    def call(self, value: str, timeout: float = 5.0) -> str:
        return str(self.talker.do(lambda: self.client.echo(value, timeout)))

    def notify(self) -> None:
        self.talker.do(self.client.notify)

    def read(self, value: str, between: Callable[[], None], most: int = 1_000_000, timeout: float = 5.0) -> list[str]:
        """Reads a stream in one loop, which is left by `break` after so many items."""
        found: list[str] = []
        if self.talker.blocks:
            for each in self.client.items(value, timeout):
                between()
                found.append(each)
                if len(found) == most:
                    break
            return found

        async def loop() -> None:
            async for each in self.client.items(value, timeout):
                between()
                found.append(each)
                if len(found) == most:
                    break

        self.talker.run(loop())
        return found
