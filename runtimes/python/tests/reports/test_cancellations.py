"""A task that is cancelled at any of its awaits: the cancellation arrives, and nothing is left behind."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import rapace
from rapace import Reconnect

from ..conftest import LOOPS
from ..features import ECHO
from ..flavors import payload
from ..peer import Serving, echo, serving

KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "reconnecting": {"reconnect": Reconnect(initial_delay=5.0, max_delay=5.0)},
    "pooled": {"pool": 3},
}

_MOST_STEPS = 60
"""How many turns of the loop an action may take before its cancellation is given up."""


async def cancelled_after(steps: int, action: Callable[[], Awaitable[object]]) -> tuple[bool, object]:
    """Cancels a task after so many turns of the loop: whether it was over before, and what it returned."""

    async def act() -> object:
        return await action()

    task = asyncio.create_task(act())
    for _ in range(steps):
        if task.done():
            break
        await asyncio.sleep(0.0005)
    over = task.done()
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    # What was over in the turn of its cancellation may have a result, but a cancellation is never taken for one.
    assert task.cancelled() or task.cancelling() == 0 or over
    return over, None if task.cancelled() else task.result()


async def all_gone(server: Serving, *, of: int) -> None:
    """Returns when the client has closed all connections that the server has seen."""
    assert len(server.conversations) <= of
    for conversation in list(server.conversations):
        await asyncio.wait_for(asyncio.to_thread(conversation.wait_for_close), 5)


def run(loop_kind: str, coroutine: Awaitable[None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await coroutine

    with asyncio.Runner(debug=True, loop_factory=LOOPS[loop_kind]) as runner:
        runner.run(limited())


@pytest.mark.parametrize("loop_kind", LOOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_connecting(kind: str, loop_kind: str) -> None:
    async def scenario() -> None:
        for steps in range(_MOST_STEPS):
            with serving(echo) as server:

                async def connect(address: str = server.address) -> rapace.Connection:
                    return await rapace.connect(address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]

                over, connection = await cancelled_after(steps, connect)
                if isinstance(connection, rapace.Connection):
                    await connection.close()
                await all_gone(server, of=1)
            if over:
                return

    run(loop_kind, scenario())


@pytest.mark.parametrize("loop_kind", LOOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_closing_leaves_nothing(kind: str, loop_kind: str) -> None:
    """Once closing has begun it goes on, whether or not anybody waits for it."""

    async def scenario() -> None:
        for steps in range(1, _MOST_STEPS):
            with serving(echo) as server:
                connection = await rapace.connect(server.address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
                calls = [connection.call(ECHO, payload(str(n)), 5) for n in range(3)]
                assert await asyncio.gather(*calls) == ["0", "1", "2"]
                over, _ = await cancelled_after(steps, connection.close)
                await all_gone(server, of=3)
                assert connection.closed
            if over:
                return

    run(loop_kind, scenario())


async def lost(server: Serving) -> rapace.Connection:
    """A connection that waits for the time to open itself again."""
    heard = asyncio.Event()

    def hear(change: rapace.StateChange) -> None:
        if change.state == rapace.State.DISCONNECTED:
            heard.set()

    reconnect = Reconnect(initial_delay=5.0, max_delay=5.0)
    connection = await rapace.connect(server.address, reconnect=reconnect, on_state=hear)
    await connection.call(ECHO, payload("first"), 5)
    server.hang_up()
    await asyncio.wait_for(heard.wait(), 5)
    return connection


@pytest.mark.parametrize("loop_kind", LOOPS)
def test_closing_while_it_reconnects(loop_kind: str) -> None:
    async def scenario() -> None:
        for steps in range(1, _MOST_STEPS):
            with serving(echo) as server:
                connection = await lost(server)
                over, _ = await cancelled_after(steps, connection.close)
            await asyncio.sleep(0.01)
            assert len(asyncio.all_tasks()) == 1
            if over:
                return

    run(loop_kind, scenario())


def test_the_cancellation_of_a_task_that_closes_is_seen() -> None:
    async def scenario() -> None:
        with serving(echo) as server:
            connection = await lost(server)
            task = asyncio.create_task(connection.close())
            await asyncio.sleep(0)
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run("asyncio", scenario())


@pytest.mark.parametrize("loop_kind", LOOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_calls_and_streams(kind: str, loop_kind: str) -> None:
    async def scenario() -> None:
        with serving(echo) as server:
            connection = await rapace.connect(server.address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
            for steps in range(12):
                await cancelled_after(steps, lambda: connection.call(ECHO, payload("call"), 5))
                stream = connection.stream(ECHO, payload("stream"), 5)
                await cancelled_after(steps, lambda: anext(stream))  # noqa: B023
                await stream.aclose()
                assert await connection.call(ECHO, payload("next"), 5) == "next"
            assert connection.in_flight == 0
            await connection.close()

    run(loop_kind, scenario())
