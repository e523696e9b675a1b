"""Servers for tests: `server.py` as a process."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]


def program(name: str) -> str:
    """A program that the environment must name: `cargo xtask test` builds it and does so."""
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run these tests with `cargo xtask test --only python`")
    return value


class Server:
    """A server process with a fresh shop."""

    def __init__(self, *listen: str) -> None:
        options = [word for address in listen for word in ("--listen", address)]
        command = [sys.executable, "-W", "error", "server.py", *options, "--until-stdin-closes"]
        paths = [str(FOLDER / "bookshop/src"), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(
            command, cwd=FOLDER, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in listen]
        assert all(line.startswith("listening on ") for line in lines), lines
        self.addresses = [line.split()[-1] for line in lines]

    def stop(self) -> int:
        """Closes its input. Returns its exit code."""
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def start_server() -> Generator[Callable[..., Server], None, None]:
    """Starts servers, and ends them after the test."""
    servers: list[Server] = []

    def start(*listen: str) -> Server:
        servers.append(Server(*listen))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()
