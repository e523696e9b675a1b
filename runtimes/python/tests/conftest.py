"""What all tests share."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
import uvloop

from .flavors import FLAVORS, AsyncFlavor, Flavor

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(params=FLAVORS)
def flavor(request: pytest.FixtureRequest) -> Iterator[Flavor]:
    """Each way to run a client in turn."""
    made = FLAVORS[str(request.param)]()
    yield made
    made.finish()


@pytest.fixture(params=LOOPS)
def loop(request: pytest.FixtureRequest) -> Iterator[AsyncFlavor]:
    """Each event loop in turn, for what only asyncio has."""
    made = AsyncFlavor(LOOPS[str(request.param)])
    yield made
    made.finish()
