"""Many at once, and much in little memory."""

import asyncio
import gc
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import rapace

from .features import ECHO
from .flavors import AsyncFlavor, payload
from .peer import Conversation, answer, echo, end, item, playing, serving, text

MIB = 1 << 20


def resident() -> int:
    """How many bytes of memory the process has now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        pytest.skip("this system does not tell how much memory a process has")
    return pages * resource.getpagesize()


def test_10_000_calls_at_once(loop: AsyncFlavor) -> None:
    count = 10_000

    def script(peer: Conversation) -> None:
        peer.sock.settimeout(30)
        requests = [peer.receive() for _ in range(count)]
        peer.send(*(answer(request.channel, request.payload) for request in reversed(requests)))

    async def main(address: str) -> None:
        asyncio.get_running_loop().set_debug(False)  # which notes a stack for each task
        async with rapace.connect(address) as connection:
            values = [str(n) for n in range(count)]
            before = resident()
            made = asyncio.gather(*(connection.call(ECHO, payload(value), 30) for value in values))
            await asyncio.sleep(0)
            assert connection.in_flight == count
            assert await made == values
            assert connection.in_flight == 0
            # Those of the peer, which is in the process too, are in it.
            assert resident() - before < 96 * MIB

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_10_000_calls_of_100_threads() -> None:
    threads, each = 100, 100
    with serving(echo) as server, rapace.sync.connect(server.address) as connection:

        def work(thread: int) -> None:
            for n in range(each):
                value = f"{thread}:{n}"
                assert connection.call(ECHO, payload(value), 30) == value

        with ThreadPoolExecutor(threads) as pool:
            assert len(list(pool.map(work, range(threads)))) == threads
        assert connection.in_flight == 0


def interleave(count: int, length: int) -> Callable[[Conversation], None]:
    """Answers each of so many streams with its first item, then all of them with the others in turn."""

    def script(peer: Conversation) -> None:
        peer.sock.settimeout(30)
        channels: list[int] = []
        while len(channels) < count:
            channels.append(peer.receive().channel)
            peer.send(item(channels[-1], text(f"{channels[-1]}:0")))
        for n in range(1, length):
            peer.send(*(item(channel, text(f"{channel}:{n}")) for channel in channels))
        peer.send(*map(end, channels))
        peer.wait_for_close()

    return script


def expected(first: str, length: int) -> list[str]:
    """The items of the stream that begins so: its channel stands in each."""
    channel = first.partition(":")[0]
    return [f"{channel}:{n}" for n in range(length)]


def test_1_000_streams_interleaved(loop: AsyncFlavor) -> None:
    count, length = 1000, 10

    async def main(address: str) -> None:
        asyncio.get_running_loop().set_debug(False)
        async with rapace.connect(address) as connection:

            async def one() -> list[str]:
                return [value async for value in connection.stream(ECHO, payload("x"), 30)]

            before = resident()
            streams = await asyncio.gather(*(one() for _ in range(count)))
            assert len({items[0] for items in streams}) == count
            for items in streams:
                assert items == expected(items[0], length)
            assert connection.in_flight == 0
            assert resident() - before < 64 * MIB

    with playing(interleave(count, length)) as peer:
        loop.run(main(peer.address))


def test_1_000_streams_interleaved_in_one_thread() -> None:
    count, length = 1000, 10
    with playing(interleave(count, length)) as peer, rapace.sync.connect(peer.address) as connection:
        streams = [connection.stream(ECHO, payload("x"), 30) for _ in range(count)]
        firsts = [next(stream) for stream in streams]
        assert len(set(firsts)) == count
        rows = [[next(stream) for stream in streams] for _ in range(1, length)]
        for column, first in enumerate(firsts):
            assert [first, *(row[column] for row in rows)] == expected(first, length)
        assert [next(stream, None) for stream in streams] == [None] * count
        assert connection.in_flight == 0


class Flood:
    """A stream of short items as fast as they are taken, and what its slow reader sees of it."""

    count = 1_000_000
    pause_every = 50_000

    def __init__(self) -> None:
        self.sent = self.seen = self.ahead = self.held = 0
        gc.collect()
        self.before = resident()

    def play(self, peer: Conversation) -> None:
        peer.sock.settimeout(60)
        channel = peer.receive().channel
        batch = item(channel, text("x")) * 1000
        for _ in range(self.count // 1000):
            peer.sock.sendall(batch)
            self.sent += 1000
        peer.send(end(channel))
        peer.wait_for_close()

    def look(self) -> None:
        """Called while the reader has paused for long enough that the server has to wait."""
        self.ahead = max(self.ahead, self.sent - self.seen)
        self.held = max(self.held, resident() - self.before)

    def check(self) -> None:
        assert self.seen == self.sent == self.count
        # The sockets hold some MiB, of 70 bytes each; the client 1 MiB, whose items are objects.
        assert self.ahead < self.count // 2
        assert self.held < 32 * MIB


PAUSE_SECONDS = 0.05


def test_a_million_items_with_a_slow_reader_in_bounded_memory() -> None:
    flood = Flood()

    async def main(address: str) -> None:
        asyncio.get_running_loop().set_debug(False)
        async with rapace.connect(address) as connection:
            async for _ in connection.stream(ECHO, payload("x"), 30):
                flood.seen += 1
                if flood.seen % flood.pause_every == 0:
                    await asyncio.sleep(PAUSE_SECONDS)
                    flood.look()

    with playing(flood.play) as peer:
        asyncio.run(main(peer.address))
    flood.check()


def test_a_million_items_with_a_slow_thread_in_bounded_memory() -> None:
    flood = Flood()
    with playing(flood.play) as peer, rapace.sync.connect(peer.address) as connection:
        for _ in connection.stream(ECHO, payload("x"), 30):
            flood.seen += 1
            if flood.seen % flood.pause_every == 0:
                time.sleep(PAUSE_SECONDS)
                flood.look()
    flood.check()
