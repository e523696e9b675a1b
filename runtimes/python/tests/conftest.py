"""What all tests share."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator

import pytest
import uvloop

from .flavors import FLAVORS, AsyncFlavor, Flavor

# Every loop that a test makes is in debug mode, whoever makes it.
os.environ["PYTHONASYNCIODEBUG"] = "1"

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


class Reports(logging.Handler):
    """Keeps what asyncio reports of what was forgotten: failures of tasks, and tasks that never ended."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


@pytest.fixture(autouse=True)
def nothing_is_reported() -> Iterator[None]:
    """Fails a test of which asyncio reports something; warnings are errors by the project's settings."""
    reports, logger = Reports(), logging.getLogger("asyncio")
    logger.addHandler(reports)
    yield
    logger.removeHandler(reports)
    assert reports.found == []


_LINES = pytest.StashKey[list[str]]()

Report = Callable[[str], None]


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Report:
    """Prints a line of figures after everything else."""
    return pytestconfig.stash.setdefault(_LINES, []).append


def pytest_unconfigure(config: pytest.Config) -> None:
    """Prints the figures that tests have reported."""
    for line in config.stash.setdefault(_LINES, []):
        print(line)
