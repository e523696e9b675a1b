"""Our blocking client: the generated one, as it comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rapace_benchmarks import rapace
from rapace_benchmarks.sync import WorkloadClient

from . import BLOB, SMALL, address


@contextmanager
def connect() -> Iterator[dict[str, Callable[[], Any]]]:
    """A connection to the host."""
    with rapace.sync.connect(address("BENCH_RAPACE")) as connection:
        client = WorkloadClient(connection)
        assert client.small(SMALL) == SMALL
        assert client.blob(BLOB) == BLOB
        yield {"small": lambda: client.small(SMALL), "blob": lambda: client.blob(BLOB)}
