"""Nothing is left of a connection that is closed, whatever it was used for, and nothing stays pending."""

import asyncio
import gc
import os
import threading
import time
from typing import Any

import pytest

import rapace

from .features import ECHO, Talker, talking
from .flavors import FLAVORS, AsyncFlavor, payload
from .peer import NO_REPLY, Conversation, answer, item, serving, text

SOON = rapace.Reconnect(initial_delay=0.01, max_delay=0.05)
WAYS: list[dict[str, Any]] = [{}, {"reconnect": SOON}, {"pool": 3}, {"pool": 3, "reconnect": SOON}]


def half_deaf(_: int, peer: Conversation) -> None:
    """Echoes calls, but for those that say `never`; a stream has one item and no end."""
    while True:
        request = peer.receive_request()
        if request.flags & NO_REPLY:
            peer.send(item(request.channel, request.payload))
        elif request.payload != text("never"):
            peer.send(answer(request.channel, request.payload))


def handles() -> int:
    return len(os.listdir("/dev/fd"))


def use(talker: Talker, pooled: bool) -> None:
    """Leaves behind whatever a user can leave behind."""
    assert talker.call("x") == "x"
    assert talker.stream("closed").next() == "closed"
    left = talker.stream("left")
    assert left.next() == "left"
    if not pooled:
        talker.tunnel(2).write(b"bytes")
    talker.notify()
    with pytest.raises(rapace.DeadlineExceededError):
        talker.call("never", timeout=0.02)
    outcome = talker.begin("never")
    talker.close()
    assert isinstance(outcome(), rapace.ConnectionLostError)


@pytest.mark.parametrize("kind", FLAVORS)
def test_nothing_is_left_behind(kind: str) -> None:
    Talker(kind).finish()  # The first loop of its kind opens what all of them share.
    with serving(half_deaf) as server:
        before, threads = handles(), threading.active_count()
        for way in WAYS * 3:
            with talking(kind, server.address, **way) as talker:
                use(talker, pooled="pool" in way)
        server.hang_up()
        deadline = time.monotonic() + 10
        gc.collect()
        while (handles(), threading.active_count()) > (before, threads) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert handles() <= before
        assert threading.active_count() <= threads


@pytest.mark.parametrize("kind", FLAVORS)
def test_leaving_a_with_block_closes(kind: str) -> None:
    with serving(half_deaf) as server:
        if kind == "blocking":
            with rapace.sync.connect(server.address) as blocking:
                assert not blocking.closed
            assert blocking.closed
            return

        async def main() -> rapace.Connection:
            async with rapace.connect(server.address) as connection:
                assert not connection.closed
            return connection

        talker = Talker(kind)
        assert talker.run(main()).closed
        talker.finish()


@pytest.mark.parametrize("way", WAYS, ids=["plain", "reconnecting", "pool", "reconnecting pool"])
def test_no_task_is_pending_after_close(loop: AsyncFlavor, way: dict[str, Any]) -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        connection = await rapace.connect(server.address, **way)
        calls: list[asyncio.Future[Any]] = []
        calls += [asyncio.create_task(connection.call(ECHO, payload("never"), 10)) for _ in range(5)]
        stream = connection.stream(ECHO, payload("left"), 10)
        assert await anext(stream) == "left"
        calls.append(asyncio.create_task(anext(stream)))
        await asyncio.sleep(0.05)
        await connection.close()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in ended] == [rapace.ConnectionLostError] * 6
        assert asyncio.all_tasks() - before == set()

    with serving(half_deaf) as server:
        loop.run(main())


def test_no_task_is_pending_after_close_while_disconnected(loop: AsyncFlavor) -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        connection = await rapace.connect(server.address, reconnect=SOON)
        server.stop_listening()
        server.hang_up()
        while connection.state == rapace.State.CONNECTED:  # noqa: ASYNC110 - nothing else is awaited
            await asyncio.sleep(0.01)
        assert asyncio.all_tasks() - before  # The task that opens it again.
        await connection.close()
        assert asyncio.all_tasks() - before == set()

    with serving(half_deaf) as server:
        loop.run(main())
