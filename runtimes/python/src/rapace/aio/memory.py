"""A connection to handlers inside this process, for tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ..handlers.method import Handler, SyncHandler
from ..limits import DEFAULT_LIMITS, Limits
from ..transport import memory_transport
from .connecting import connect
from .connection import Connection
from .host import Host


@asynccontextmanager
async def memory_connection(
    *handlers: Handler | SyncHandler, limits: Limits = DEFAULT_LIMITS, error_texts: bool = True
) -> AsyncGenerator[Connection, None]:
    """A connection to these handlers, with the bytes and the limits of a real one: `async with … as connection`.

    Unlike a host, it sends the texts of all exceptions, because a test wants to see them.
    """
    host = Host(*handlers, limits=limits, error_texts=error_texts)
    ours, theirs = memory_transport()
    await host.serve(theirs)
    try:
        async with connect(ours, limits=limits) as connection:
            yield connection
    finally:
        await host.close(grace=0.0)
