"""The limit: what asyncio can send back of frames without any meaning. Their lengths are read to count them."""

import asyncio

from . import Counter, announce


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.skip = 0
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Sends it back, then counts the frames that begin in it."""
        self.transport.write(data)
        data = self.rest + data
        pos = self.skip
        while pos + 4 <= len(data):
            self.counter.calls += 1
            pos += 4 + int.from_bytes(data[pos : pos + 4], "little")
        self.rest = data[pos:]
        self.skip = max(0, pos - len(data))


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    asyncio.run(_serve(counter))


async def _serve(counter: Counter) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Echo(counter), "127.0.0.1", 0)
    announce(counter, f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await server.serve_forever()
