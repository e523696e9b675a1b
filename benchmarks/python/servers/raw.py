"""The limit: asyncio sends back whatever comes."""

import asyncio
from collections.abc import Callable


class Echo(asyncio.Protocol):
    """A connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Sends it back."""
        self.transport.write(data)


async def serve(ready: Callable[[str], None]) -> None:
    """Serves whoever connects."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    ready(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await server.serve_forever()
