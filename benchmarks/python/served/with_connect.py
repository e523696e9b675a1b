"""Connect's asyncio server in uvicorn, speaking Connect's own protocol over HTTP/1.1 without compression."""

import asyncio
import socket

import uvicorn
import with_protobuf_py.workload_pb as pb
from connectrpc.request import RequestContext
from with_protobuf_py.workload_connect import WorkloadASGIApplication

from . import Counter, announce


class Echo:
    """Sends back what it is sent."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    async def send_small(self, request: pb.Small, ctx: RequestContext) -> pb.Small:
        self.counter.calls += 1
        return request

    async def send_blob(self, request: pb.Blob, ctx: RequestContext) -> pb.Blob:
        self.counter.calls += 1
        return request


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    # asyncio sets TCP_NODELAY only on sockets that name their protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    announce(counter, f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        WorkloadASGIApplication(Echo(counter), compressions=()),
        log_level="error",
        access_log=False,
        http="httptools",
        loop="asyncio",
        lifespan="off",
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
