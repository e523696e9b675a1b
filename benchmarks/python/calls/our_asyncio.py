"""Our asyncio client: the generated one, as it comes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from rapace_benchmarks import WorkloadClient, rapace

from . import BLOB, SMALL, address


@asynccontextmanager
async def connect(server: str = "BENCH_RAPACE") -> AsyncIterator[dict[str, Callable[[], Awaitable[Any]]]]:
    """A connection to the host, or to another server."""
    async with rapace.connect(address(server)) as connection:
        client = WorkloadClient(connection)
        assert await client.small(SMALL) == SMALL
        assert await client.blob(BLOB) == BLOB
        yield {"small": lambda: client.small(SMALL), "blob": lambda: client.blob(BLOB)}
