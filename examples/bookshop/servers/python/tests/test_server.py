"""The server as clients see it: Rust's reference client prints what it prints against the server in Rust."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FOLDER, Server, program

EXPECTED = (FOLDER.parents[1] / "expected-output.txt").read_text("utf-8")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "unix://{folder}/shop.sock", "ws://127.0.0.1:0/rpc"])
def test_rusts_client_prints_what_is_expected(
    address: str, tmp_path: Path, start_server: Callable[..., Server]
) -> None:
    server = start_server(address.format(folder=tmp_path))
    command = [program("BOOKSHOP_CLIENT"), *server.addresses]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == (EXPECTED, "", 0)
    assert server.stop() == 0


def test_a_signal_ends_the_server_which_removes_its_socket(tmp_path: Path, start_server: Callable[..., Server]) -> None:
    path = tmp_path / "shop.sock"
    server = start_server(f"unix://{path}")
    assert path.is_socket()
    server.process.terminate()
    server.process.wait()
    assert server.stop() == 0
    assert not path.exists()
