"""A module per client. Those of asyncio have `connect()`, an asynchronous context manager, the others a plain one.

Both yield a function per case that calls the server once and returns what it echoed, with the values below.
"""

import os
import random
from urllib.parse import urlsplit

from rapace_benchmarks import types

SMALL = types.Small(latitude=52.370216, longitude=4.895168, sensor="amst0042", count=1000)
BLOB = random.Random(64).randbytes(1024)


def address(name: str) -> str:
    """Where the server listens that the environment variable tells."""
    return os.environ[name]


def target(name: str) -> tuple[str, int]:
    """The same as host and port."""
    parts = urlsplit(address(name))
    return str(parts.hostname), int(parts.port or 0)
