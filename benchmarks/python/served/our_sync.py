"""Our handler with threads: the generated one, as it comes."""

import threading

from rapace_benchmarks import rapace
from rapace_benchmarks.sync import WorkloadHandler
from rapace_benchmarks.types import Order, Small

from . import Counter, announce


class Echo(WorkloadHandler):
    """Sends back what it is sent."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def small(self, value: Small) -> Small:
        self.counter.calls += 1
        return value

    def order(self, value: Order) -> Order:
        self.counter.calls += 1
        return value

    def batch(self, value: list[Order]) -> list[Order]:
        self.counter.calls += 1
        return value

    def ints(self, value: list[int]) -> list[int]:
        self.counter.calls += 1
        return value

    def floats(self, value: list[float]) -> list[float]:
        self.counter.calls += 1
        return value

    def strings(self, value: list[str]) -> list[str]:
        self.counter.calls += 1
        return value

    def blob(self, value: bytes) -> bytes:
        self.counter.calls += 1
        return value


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    host = rapace.sync.Host(Echo(counter))
    with host.listen("tcp://127.0.0.1:0") as listener:
        announce(counter, listener.address)
        threading.Event().wait()
