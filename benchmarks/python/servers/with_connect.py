"""Connect's ASGI application on uvicorn, with its parser in C: HTTP/1.1, without compression."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from with_protobuf_py.workload_connect import WorkloadASGIApplication


class Workload:
    """Answers with the request."""

    async def send_small(self, request: Any, context: Any) -> Any:
        """A small message."""
        return request

    async def send_blob(self, request: Any, context: Any) -> Any:
        """A message of bytes."""
        return request


async def serve(ready: Callable[[str], None]) -> None:
    """Serves without TLS."""
    application = WorkloadASGIApplication(Workload(), compressions=())
    config = uvicorn.Config(application, http="httptools", loop="asyncio", lifespan="off", log_level="warning")
    # asyncio sets TCP_NODELAY on sockets whose protocol is known.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        serving = asyncio.ensure_future(uvicorn.Server(config).serve([sock]))
        ready(f"http://127.0.0.1:{sock.getsockname()[1]}")
        await serving
