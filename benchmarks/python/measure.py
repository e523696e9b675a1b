"""Measuring: the median of many short rounds."""

import gc
import json
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns
from typing import Any

ROUND_NS = 5_000_000
"""How long a round is meant to take: long against the clock, short against what else the machine does."""


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


def report(case: str, op: str, ns: float) -> None:
    """Writes one figure."""
    print(json.dumps({"case": case, "op": op, "ns": round(ns, 1)}), flush=True)
