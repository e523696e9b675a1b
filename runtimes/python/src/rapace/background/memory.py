"""A connection to blocking handlers inside this process, for tests."""

from collections.abc import Generator
from contextlib import contextmanager

from ..handlers.method import SyncHandler
from ..limits import DEFAULT_LIMITS, Limits
from ..sync.connecting import connect
from ..sync.connection import Connection
from ..transport import memory_transport
from .host import Host


@contextmanager
def memory_connection(
    *handlers: SyncHandler, limits: Limits = DEFAULT_LIMITS, error_texts: bool = True
) -> Generator[Connection, None, None]:
    """A connection to these handlers, with the bytes and the limits of a real one: `with … as connection`.

    Unlike a host, it sends the texts of all exceptions, because a test wants to see them.
    """
    host = Host(*handlers, limits=limits, error_texts=error_texts)
    ours, theirs = memory_transport()
    try:
        host.serve(theirs)
        with connect(ours, limits=limits) as connection:
            yield connection
    finally:
        host.close(grace=0.0)
