"""What the process uses: what a call allocates at most, and what is open at the moment."""

import contextlib
import gc
import os
import resource
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

# How much more address space a measured call may have, in bytes: several arenas of Python's own.
ROOM = 8 << 20


class Measured:
    """What was measured."""

    peak = 0


@contextlib.contextmanager
def measured() -> Iterator[Measured]:
    """Notes how many bytes of Python's memory there were at most inside, beyond those before."""
    noted = Measured()
    tracemalloc.start()
    try:
        with little_room():
            yield noted
        _, noted.peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def little_room() -> Iterator[None]:
    """Lets the process grow by no more than `ROOM`, where the system can do that.

    Python does not know what the accelerator allocates by itself: beyond this that fails, which ends the process.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def in_use() -> dict[str, int]:
    """How many files are open, and how many bytes of memory are in use."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "handles": len(os.listdir("/proc/self/fd")),
        "memory": pages * resource.getpagesize(),
    }
