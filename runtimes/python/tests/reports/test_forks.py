"""A forked child cannot use, and does not disturb, what its parent has connected."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable

import pytest

import rapace
from rapace import Reconnect
from rapace.sync.dialled import SingleConnection

from ..features import ECHO, NOTHING, Talker
from ..flavors import payload
from ..peer import NO_REPLY, Conversation, answer, end, item, serving

KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "reconnecting": {"reconnect": Reconnect()},
    "pooled": {"pool": 2},
}

# Python warns of forks in processes with threads; these children use nothing that the threads have locked.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def talk(_: int, peer: Conversation) -> None:
    """Answers calls with their argument, and a stream with an item and, later, its end."""
    while True:
        request = peer.receive_request()
        if request.flags & NO_REPLY and request.channel:
            peer.send(item(request.channel, request.payload))
            threading.Timer(1.0, end_later, [peer, request.channel]).start()
        elif request.channel:
            peer.send(answer(request.channel, request.payload))


def end_later(peer: Conversation, channel: int) -> None:
    with contextlib.suppress(OSError):
        peer.send(end(channel))


def in_child(action: Callable[[], str]) -> str:
    """What `action` returns in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, action().encode())
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as told:
        text = told.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_each_use_in_a_child_says_what_to_do(kind: str) -> None:
    with serving(talk) as server:
        connection = rapace.sync.connect(server.address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
        items = connection.stream(ECHO, payload("item"), 5)
        assert next(items) == "item"

        def use() -> str:
            uses: list[Callable[[], object]] = [
                lambda: connection.call(ECHO, payload("child"), 5),
                lambda: connection.notify(NOTHING, payload("child"), 5),
                lambda: next(connection.stream(ECHO, payload("child"), 5)),
                lambda: next(items),
                lambda: connection.open_tunnel(2),
                lambda: connection.watch(1),
            ]
            refused = 0
            for each in uses:
                try:
                    each()
                except rapace.WrongOwnerError as error:
                    refused += "open a connection in each process" in str(error)
            items.close()
            connection.close()
            return f"{refused} of {len(uses)}, {connection.closed}"

        assert in_child(use) == "6 of 6, True"
        assert connection.call(ECHO, payload("parent"), 5) == "parent"
        assert list(items) == []
        assert connection.in_flight == 0
        connection.close()


def test_a_lock_that_another_thread_held_does_not_stop_a_child() -> None:
    with serving(talk) as server, rapace.sync.connect(server.address) as connection:
        assert isinstance(connection, SingleConnection)
        wire = connection._wire  # pyright: ignore[reportPrivateUsage]
        items = connection.stream(ECHO, payload("item"), 5)
        assert next(items) == "item"

        def use() -> str:
            items.close()
            connection.close()
            return "closed"

        with wire.lock:
            assert in_child(use) == "closed"


@pytest.mark.parametrize("loop_kind", ["asyncio", "uvloop"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_use_in_a_child_of_a_program_with_an_event_loop(kind: str, loop_kind: str) -> None:
    talker = Talker(loop_kind)
    with serving(talk) as server:
        talker.connect(server.address, **KINDS[kind])
        connection: rapace.Connection = talker.connection
        items = connection.stream(ECHO, payload("item"), 5)

        async def first() -> str:
            return await anext(items)

        assert talker.run(first()) == "item"

        async def in_another() -> str:
            uses: list[Callable[[], Awaitable[object]]] = [
                lambda: connection.call(ECHO, payload("child"), 5),
                lambda: connection.notify(NOTHING, payload("child"), 5),
                lambda: anext(connection.stream(ECHO, payload("child"), 5)),
                lambda: anext(items),
            ]
            refused = 0
            for each in uses:
                try:
                    await each()
                except rapace.WrongOwnerError as error:
                    refused += "open a connection in each process" in str(error)
            await items.aclose()
            await connection.close()
            return f"{refused} of {len(uses)}, {connection.closed}"

        assert in_child(lambda: asyncio.run(in_another())) == "4 of 4, True"
        assert talker.call("parent") == "parent"

        async def rest() -> list[str]:
            return [each async for each in items]

        assert talker.run(rest()) == []
        talker.finish()
