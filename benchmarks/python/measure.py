"""Measuring: the median of many short rounds of a codec, and calls one at a time or many at once."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter, perf_counter_ns, process_time_ns
from typing import Any

ROUND_NS = 5_000_000
"""How long a round is meant to take: long against the clock, short against what else the machine does."""
IN_FLIGHT = 64
"""How many calls are in flight at once."""
WARM_UP = 200
"""How many calls are made before any is measured."""

Figures = Iterator[tuple[str, str, float]]
AsyncFigures = AsyncIterator[tuple[str, str, float]]
"""The case, what was measured, and how many nanoseconds it took."""


def median_ns(operation: Callable[[Any], Any], argument: Any, seconds: float) -> float:
    """How long an operation takes. The collector of cycles runs as it does in any program."""
    gc.collect()
    times = 1
    while (took := _round(operation, argument, times)) < ROUND_NS and times < 1 << 20:  # warms up as well
        times = max(times + 1, min(times * 10, round(times * ROUND_NS / max(took, 1))))
    rounds = [_round(operation, argument, times) for _ in range(3)]
    until = perf_counter_ns() + round(seconds * 1e9)
    while perf_counter_ns() < until:
        rounds.append(_round(operation, argument, times))
    return median(rounds) / times


def _round(operation: Callable[[Any], Any], argument: Any, times: int) -> int:
    repeat = [None] * times
    start = perf_counter_ns()
    for _ in repeat:
        operation(argument)
    return perf_counter_ns() - start


def sequential(call: Callable[[], Any], seconds: float) -> float:
    """The median of calls that block, one after another."""
    for _ in range(WARM_UP):
        call()
    took: list[int] = []
    until = perf_counter() + seconds
    # On a busy machine the time may be over before a call was counted.
    while not took or perf_counter() < until:
        start = perf_counter_ns()
        call()
        took.append(perf_counter_ns() - start)
    return median(took)


def in_flight(case: str, calls: int, started: int, used: int) -> Figures:
    """The figures of calls that were in flight together since these times of the two clocks."""
    yield case, "in_flight_64", (perf_counter_ns() - started) / calls
    yield case, "cpu", (process_time_ns() - used) / calls


def measure_blocking(calls: dict[str, Callable[[], Any]], seconds: float) -> Figures:
    """Measures calls that block: many at once are made by as many threads."""
    for case, call in calls.items():
        yield case, "sequential", sequential(call, seconds)
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            started, used, until = perf_counter_ns(), process_time_ns(), perf_counter() + seconds
            counts = threads.map(_repeat, [call] * IN_FLIGHT, [until] * IN_FLIGHT)
            yield from in_flight(case, sum(counts), started, used)


def _repeat(call: Callable[[], Any], until: float) -> int:
    count = 0
    while not count or perf_counter() < until:
        call()
        count += 1
    return count


async def measure_asyncio(calls: dict[str, Callable[[], Awaitable[Any]]], seconds: float) -> AsyncFigures:
    """Measures calls of asyncio: many at once are made by as many tasks."""
    for case, call in calls.items():
        for _ in range(WARM_UP):
            await call()
        took: list[int] = []
        until = perf_counter() + seconds
        while not took or perf_counter() < until:
            start = perf_counter_ns()
            await call()
            took.append(perf_counter_ns() - start)
        yield case, "sequential", median(took)
        started, used, until = perf_counter_ns(), process_time_ns(), perf_counter() + seconds
        counts = await asyncio.gather(*(_repeat_async(call, until) for _ in range(IN_FLIGHT)))
        for figure in in_flight(case, sum(counts), started, used):
            yield figure


async def _repeat_async(call: Callable[[], Awaitable[Any]], until: float) -> int:
    count = 0
    while not count or perf_counter() < until:
        await call()
        count += 1
    return count
