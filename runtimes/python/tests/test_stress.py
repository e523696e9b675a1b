"""Many at once, and much in little memory."""

import asyncio
import resource

import rapace

from .features import ECHO
from .flavors import AsyncFlavor, payload
from .peer import Conversation, answer, end, item, playing, text


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
            made = [connection.call(ECHO, payload(value), 30) for value in values]
            assert await asyncio.gather(*made) == values
            assert connection.in_flight == 0

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_1_000_streams_interleaved(loop: AsyncFlavor) -> None:
    count, length = 1000, 10

    def script(peer: Conversation) -> None:
        peer.sock.settimeout(30)
        channels = [peer.receive().channel for _ in range(count)]
        for n in range(length):
            peer.send(*(item(channel, text(f"{channel}:{n}")) for channel in channels))
        peer.send(*map(end, channels))
        peer.wait_for_close()

    async def main(address: str) -> None:
        asyncio.get_running_loop().set_debug(False)
        async with rapace.connect(address) as connection:

            async def one() -> list[str]:
                return [value async for value in connection.stream(ECHO, payload("x"), 30)]

            for items in await asyncio.gather(*(one() for _ in range(count))):
                channel = items[0].partition(":")[0]
                assert items == [f"{channel}:{n}" for n in range(length)]

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_a_long_stream_with_a_slow_reader_in_bounded_memory() -> None:
    count = 1_000_000

    def script(peer: Conversation) -> None:
        peer.sock.settimeout(60)
        channel = peer.receive().channel
        batch = item(channel, text("x")) * 1000
        for _ in range(count // 1000):
            peer.sock.sendall(batch)
        peer.send(end(channel))
        peer.wait_for_close()

    async def main(address: str) -> int:
        seen = 0
        async with rapace.connect(address) as connection:
            async for _ in connection.stream(ECHO, payload("x"), 30):
                seen += 1
                if seen % 1000 == 0:
                    await asyncio.sleep(0)
        return seen

    with playing(script) as peer:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert asyncio.run(main(peer.address)) == count
        # In KiB. The items and their frames are 66 MB.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
