"""gRPC's asyncio client. Its messages are made beforehand, in its favour."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
import workload_pb2 as pb
import workload_pb2_grpc as services

from . import BLOB, SMALL, target


@asynccontextmanager
async def connect() -> AsyncIterator[dict[str, Callable[[], Awaitable[Any]]]]:
    """A channel to the server."""
    host, port = target("BENCH_GRPC")
    async with grpc.aio.insecure_channel(f"{host}:{port}") as channel:
        stub = services.WorkloadStub(channel)
        small = pb.Small(latitude=SMALL.latitude, longitude=SMALL.longitude, sensor=SMALL.sensor, count=SMALL.count)
        blob = pb.Blob(value=BLOB)
        assert await stub.SendSmall(small) == small
        assert await stub.SendBlob(blob) == blob
        yield {
            "small": lambda: stub.SendSmall(small, timeout=30),
            "blob": lambda: stub.SendBlob(blob, timeout=30),
        }
