"""A connection that is used on another event loop than its own: a typed error, and nothing is left behind."""

import asyncio
import gc
import threading
from collections.abc import Callable

import pytest

import rapace
from rapace import Reconnect

from ..conftest import LOOPS
from ..features import ECHO
from ..flavors import payload
from ..peer import echo, serving

KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "reconnecting": {"reconnect": Reconnect()},
    "pooled": {"pool": 2},
}


async def connected(address: str, kind: str) -> rapace.Connection:
    connection = await rapace.connect(address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
    assert await connection.call(ECHO, payload("first"), 5) == "first"
    return connection


async def check_refused(connection: rapace.Connection) -> None:
    for _ in range(2):
        with pytest.raises(rapace.WrongOwnerError, match="open a connection on each event loop"):
            await connection.call(ECHO, payload("other"), 5)
        with pytest.raises(rapace.WrongOwnerError):
            await anext(connection.stream(ECHO, payload("other"), 5))
        with pytest.raises(rapace.WrongOwnerError):
            connection.open_tunnel(2)
    assert connection.in_flight == 0


# Loops warn of sockets that are open when they end, here on purpose.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("loop_kind", LOOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_after_the_connections_own_has_ended(kind: str, loop_kind: str) -> None:
    async def other(connection: rapace.Connection) -> None:
        await check_refused(connection)
        await connection.close()
        await connection.close()
        assert connection.closed

    new_loop: Callable[[], asyncio.AbstractEventLoop] = LOOPS[loop_kind]
    with serving(echo) as server:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            connection = runner.run(connected(server.address, kind))
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(other(connection))
        # The server has seen the end, though the loop that could have said so was over.
        server.conversations[0].wait_for_close()
        del connection
        gc.collect()


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_beside_the_connections_own(kind: str) -> None:
    """Closing is handed to the connection's own loop, which runs in another thread."""
    with serving(echo) as server, asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            connection = asyncio.run_coroutine_threadsafe(connected(server.address, kind), loop).result(5)

            async def other() -> None:
                await check_refused(connection)
                await connection.close()
                assert connection.closed

            asyncio.run(other())
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)


def test_a_loop_in_turn_with_the_connections_own() -> None:
    with serving(echo) as server, asyncio.Runner() as own, asyncio.Runner() as another:
        connection = own.run(connected(server.address, "plain"))
        another.run(check_refused(connection))
        assert own.run(connection.call(ECHO, payload("again"), 5)) == "again"
        another.run(connection.close())
        own.run(asyncio.sleep(0.05))
        assert connection.closed
        server.conversations[0].wait_for_close()
