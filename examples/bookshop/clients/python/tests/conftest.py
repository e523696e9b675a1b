"""The servers: those that the environment names, and fresh ones."""

import os
import subprocess
from collections.abc import Callable, Generator

import pytest

FIGURES: list[str] = []
"""What tests measured, shown at the end."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows the figures."""
    for figure in FIGURES:
        terminalreporter.write_line(figure)


def address(name: str) -> str:
    """An address that the environment must name: `cargo xtask test` starts the servers and does so."""
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run these tests with `cargo xtask test --only python`")
    return value


@pytest.fixture(params=["BOOKSHOP_TCP", "BOOKSHOP_UNIX", "BOOKSHOP_PLAIN_CATALOG"])
def catalog_address(request: pytest.FixtureRequest) -> str:
    """Every server that has the catalog."""
    return address(str(request.param))


@pytest.fixture(params=["BOOKSHOP_TCP", "BOOKSHOP_UNIX", "BOOKSHOP_PLAIN_ORDERS"])
def orders_address(request: pytest.FixtureRequest) -> str:
    """Every server that has the orders."""
    return address(str(request.param))


@pytest.fixture(params=["BOOKSHOP_TCP", "BOOKSHOP_UNIX"])
def host_address(request: pytest.FixtureRequest) -> str:
    """Every server that serves several calls at once."""
    return address(str(request.param))


class Server:
    """A server of a test's own: a fresh shop, and one that may be killed."""

    def __init__(self, listen: list[str]) -> None:
        command = [address("BOOKSHOP_SERVER"), *listen, "--until-stdin-closes"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[-1]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start_server() -> Generator[Callable[..., Server], None, None]:
    """Starts servers, by default a host on TCP, and stops them in the end."""
    servers: list[Server] = []

    def start(*listen: str) -> Server:
        servers.append(Server(list(listen) or ["--listen", "tcp://127.0.0.1:0"]))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
