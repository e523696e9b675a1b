"""Our asyncio handler: the generated one, as it comes."""

import asyncio

from rapace_benchmarks import WorkloadHandler, rapace
from rapace_benchmarks.types import Order, Small

from . import Counter, announce


class Echo(WorkloadHandler):
    """Sends back what it is sent."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    async def small(self, value: Small) -> Small:
        self.counter.calls += 1
        return value

    async def order(self, value: Order) -> Order:
        self.counter.calls += 1
        return value

    async def batch(self, value: list[Order]) -> list[Order]:
        self.counter.calls += 1
        return value

    async def ints(self, value: list[int]) -> list[int]:
        self.counter.calls += 1
        return value

    async def floats(self, value: list[float]) -> list[float]:
        self.counter.calls += 1
        return value

    async def strings(self, value: list[str]) -> list[str]:
        self.counter.calls += 1
        return value

    async def blob(self, value: bytes) -> bytes:
        self.counter.calls += 1
        return value


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    asyncio.run(_serve(counter))


async def _serve(counter: Counter) -> None:
    host = rapace.Host(Echo(counter))
    async with host.listen("tcp://127.0.0.1:0") as listener:
        announce(counter, listener.address)
        await asyncio.Event().wait()
