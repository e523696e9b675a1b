"""The demo prints what Rust's own client prints."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Server

HERE = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_the_demo_prints_what_rust_prints(kind: str, start_server: Callable[..., Server], tmp_path: Path) -> None:
    listen = "tcp://127.0.0.1:0" if kind == "tcp" else f"unix://{tmp_path}/shop.sock"
    server = start_server("--listen", listen)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "demo.py", server.address],
        cwd=HERE,
        env={"PYTHONPATH": "bookshop/src", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr.decode() == ""
    assert ran.returncode == 0
    assert ran.stdout.decode() == (HERE / "../../expected-output.txt").read_text()
