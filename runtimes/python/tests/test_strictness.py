"""Whatever a test forgets fails it: these tests forget something on purpose."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

RUNTIME = Path(__file__).resolve().parents[1]

FORGETFUL = """
import asyncio
import gc
import socket
import threading
import warnings


async def fail():
    raise ValueError("forgotten")


def test_a_coroutine_that_nobody_awaits():
    fail()


def test_a_socket_that_nobody_closes():
    socket.socket()


def test_a_transport_that_nobody_closes():
    ours, theirs = socket.socketpair()

    async def main():
        await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)

    with theirs:
        asyncio.run(main())
        del ours
        gc.collect()


def test_a_failure_that_nobody_looks_at():
    async def main():
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0.01)
        del task

    asyncio.run(main())


def test_a_task_that_is_pending_when_its_loop_is_closed():
    loop = asyncio.new_event_loop()
    loop.create_task(asyncio.sleep(60))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    gc.collect()


def test_a_thread_that_fails():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()


def test_a_warning():
    warnings.warn("forgotten", UserWarning, stacklevel=1)


def test_loops_are_not_in_debug_mode():
    loop = asyncio.new_event_loop()
    debug = loop.get_debug()
    loop.close()
    assert not debug
"""


def test_what_is_forgotten_fails(tmp_path: Path) -> None:
    forgetful, report = tmp_path / "test_forgetful.py", tmp_path / "report.xml"
    forgetful.write_text(FORGETFUL)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        "pyproject.toml",
        "--rootdir",
        str(RUNTIME),
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME / "src")}
    # As a plugin, what all tests share holds for a test elsewhere too.
    ran = subprocess.run(
        [*command, "-p", "tests.conftest", f"--junit-xml={report}", str(forgetful)],
        cwd=RUNTIME,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    cases = ElementTree.parse(report).iter("testcase")
    ended = {
        str(case.get("name")): case.find("failure") is not None or case.find("error") is not None for case in cases
    }
    assert len(ended) == FORGETFUL.count("\ndef test_")
    assert [name for name, failed in ended.items() if not failed] == []
