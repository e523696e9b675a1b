"""Cancelling a task ends whatever it waits for at once, and always as `CancelledError`."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import rapace

from .features import NOTHING
from .flavors import ECHO, AsyncFlavor, payload
from .peer import Conversation, deaf_listener, echo, playing, serving

Wait = Callable[[rapace.Connection], Awaitable[object]]

SILENT: dict[str, Wait] = {
    "a call": lambda connection: connection.call(ECHO, payload("x"), 10),
    "an item": lambda connection: next_item(connection),
    "bytes of a tunnel": lambda connection: connection.open_tunnel(2).read(1),
}
DEAF: dict[str, Wait] = {
    **SILENT,
    "a notification": lambda connection: connection.notify(NOTHING, b"", 10),
    "room in a tunnel": lambda connection: connection.open_tunnel(2).write(bytes(1_000_000)),
    "the end of a tunnel": lambda connection: connection.open_tunnel(2).write_eof(),
}


async def next_item(connection: rapace.Connection) -> str:
    return await anext(connection.stream(ECHO, payload("x"), 10))


async def cancelled(awaitable: Awaitable[object]) -> None:
    """Cancels what waits, once it does."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


@pytest.mark.parametrize("what", SILENT)
def test_cancellation_always_propagates(loop: AsyncFlavor, what: str) -> None:
    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            await cancelled(SILENT[what](connection))

    with playing(Conversation.wait_for_close) as peer:
        loop.run(main(peer.address))


@pytest.mark.parametrize("what", DEAF)
def test_cancellation_propagates_when_the_peer_does_not_read(loop: AsyncFlavor, what: str) -> None:
    over = threading.Event()

    def script(_: Conversation) -> None:
        over.wait(10)

    async def main(address: str) -> None:
        async with rapace.connect(address, limits=rapace.Limits(max_unsent_bytes=100_000)) as connection:
            with pytest.raises(rapace.DeadlineExceededError):
                await connection.call(ECHO, payload("x" * 8_000_000), 0.05)
            await cancelled(DEAF[what](connection))
        over.set()

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_cancellation_propagates_while_there_is_no_connection(loop: AsyncFlavor) -> None:
    async def main() -> None:
        async with rapace.connect(server.address, reconnect=rapace.Reconnect()) as connection:
            server.stop_listening()
            server.hang_up()
            while connection.state == rapace.State.CONNECTED:  # noqa: ASYNC110 - nothing else is awaited
                await asyncio.sleep(0.01)
            for wait in (SILENT["a call"], SILENT["an item"], DEAF["a notification"]):
                await cancelled(wait(connection))

    with serving(echo) as server:
        loop.run(main())


@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_cancellation_propagates_while_connecting(loop: AsyncFlavor, family: str, tmp_path: Path) -> None:
    async def connect(address: str) -> None:
        await rapace.connect(address)

    with deaf_listener(tmp_path / "deaf.sock" if family == "unix" else None) as listener:
        name = listener.getsockname()
        address = f"unix://{name}" if family == "unix" else f"tcp://127.0.0.1:{name[1]}"
        loop.run(cancelled(connect(address)))


def test_a_deadline_of_asyncios_own_is_none_of_ours(loop: AsyncFlavor) -> None:
    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.05):
                    await connection.call(ECHO, payload("x"), 10)
            assert not isinstance(caught.value, rapace.DeadlineExceededError)
            assert connection.in_flight == 0

    with playing(Conversation.wait_for_close) as peer:
        loop.run(main(peer.address))
