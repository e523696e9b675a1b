"""Connect's asyncio client, speaking gRPC without compression. Its messages are made beforehand, in its favour."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import with_protobuf_py.workload_pb as pb
from connectrpc.protocol import ProtocolType
from pyqwest import Client, HTTPTransport, HTTPVersion
from with_protobuf_py.workload_connect import WorkloadClient

from . import BLOB, SMALL, address


@asynccontextmanager
async def connect() -> AsyncIterator[dict[str, Callable[[], Awaitable[Any]]]]:
    """A client of the server, over HTTP/2 without TLS."""
    transport = HTTPTransport(http_version=HTTPVersion.HTTP2, enable_otel=False)
    options = {"protocol": ProtocolType.GRPC, "send_compression": None, "accept_compression": ()}
    async with transport, WorkloadClient(address("BENCH_GRPC"), http_client=Client(transport), **options) as client:
        small = pb.Small(latitude=SMALL.latitude, longitude=SMALL.longitude, sensor=SMALL.sensor, count=SMALL.count)
        blob = pb.Blob(value=BLOB)
        assert await client.send_small(small) == small
        assert await client.send_blob(blob) == blob
        yield {
            "small": lambda: client.send_small(small, timeout_ms=30_000),
            "blob": lambda: client.send_blob(blob, timeout_ms=30_000),
        }
