"""What the process uses: what a call allocates at most, and what is open at the moment."""

import asyncio
import contextlib
import gc
import os
import resource
import tracemalloc
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

# How much more address space a measured call may have, in bytes: several arenas of Python's own.
ROOM = 8 << 20


async def measured(outcome: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """An outcome, with how many bytes of Python's memory it had at once."""
    tracemalloc.start()
    try:
        with little_room():
            result = await outcome
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {**result, "allocated": peak}


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
    """How many tasks there are, how many open files, and how many bytes of memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "tasks": len(asyncio.all_tasks()),
        "handles": len(os.listdir("/proc/self/fd")),
        "memory": pages * resource.getpagesize(),
    }
