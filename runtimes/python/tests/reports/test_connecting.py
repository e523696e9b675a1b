"""Connecting to a host of several addresses, and pools: never more connections than wanted, and none left behind."""

import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

import rapace

from ..features import ECHO, talking
from ..flavors import payload
from ..peer import Conversation, answer, deaf_listener, echo, serving

KINDS = ["asyncio", "uvloop", "blocking"]


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, *ports: int) -> Generator[None, None, None]:
    """A host `several.test` that has an address for each port."""
    known = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: object, **options: object) -> object:
        if host != "several.test":
            return known(host, port, *rest, **options)  # type: ignore[arg-type]
        if options.get("flags", 0):
            raise socket.gaierror("no address")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", each)) for each in ports]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", resolve)
        yield


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def refusing_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_address_is_tried_while_the_first_is_silent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_listener() as deaf, serving(echo) as server:
        ports = (deaf.getsockname()[1], refusing_port(), port_of(server.address))
        with resolving(monkeypatch, *ports):
            started = time.monotonic()
            with talking(kind, "tcp://several.test:1", timeout=10.0) as talker:
                assert time.monotonic() - started < 5
                assert talker.call("x") == "x"
            assert len(server.conversations) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_all_addresses_refuse(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        resolving(monkeypatch, refusing_port(), refusing_port()),
        pytest.raises(rapace.ConnectionLostError, match=r"cannot connect to tcp://several\.test:1"),
        talking(kind, "tcp://several.test:1", timeout=10.0),
    ):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_all_addresses_are_silent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        deaf_listener() as deaf,
        resolving(monkeypatch, deaf.getsockname()[1], deaf.getsockname()[1]),
        pytest.raises(rapace.DeadlineExceededError),
        talking(kind, "tcp://several.test:1", timeout=0.6),
    ):
        pass


def slowly(_: int, peer: Conversation) -> None:
    while True:
        request = peer.receive_request()
        time.sleep(0.02)
        peer.send(answer(request.channel, request.payload))


def test_a_pool_never_opens_more_than_its_size() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(10):
            with serving(slowly) as server, rapace.sync.connect(server.address, pool=2) as connection:
                start = threading.Barrier(16)

                def work(start: threading.Barrier = start, connection: rapace.sync.Connection = connection) -> None:
                    start.wait()
                    for _ in range(3):
                        connection.call(ECHO, payload("x"), 10)

                threads = [threading.Thread(target=work) for _ in range(16)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(server.conversations) <= 2
    finally:
        sys.setswitchinterval(interval)


def test_a_pool_that_is_closed_while_it_opens_a_connection_leaves_nothing() -> None:
    with serving(slowly) as server:
        connection = rapace.sync.connect(server.address, pool=8)
        problems: list[BaseException] = []

        def work() -> None:
            try:
                while True:
                    connection.call(ECHO, payload("x"), 10)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        connection.close()
        for thread in threads:
            thread.join(10)
        assert all(isinstance(problem, rapace.ConnectionLostError) for problem in problems)
        for conversation in list(server.conversations):
            conversation.wait_for_close()
