"""gRPC's server with a pool of threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import workload_pb2_grpc as services

THREADS = 64
"""As many as there are calls in flight."""


class Workload(services.WorkloadServicer):
    """Answers with the request."""

    def SendSmall(self, request: Any, context: Any) -> Any:
        """A small message."""
        return request

    def SendBlob(self, request: Any, context: Any) -> Any:
        """A message of bytes."""
        return request


async def serve(ready: Callable[[str], None]) -> None:
    """Serves without TLS."""
    server = grpc.server(ThreadPoolExecutor(THREADS))
    services.add_WorkloadServicer_to_server(Workload(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    ready(f"tcp://127.0.0.1:{port}")
    await asyncio.Event().wait()
