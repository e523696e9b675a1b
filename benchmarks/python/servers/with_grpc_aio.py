"""gRPC's asyncio server."""

from collections.abc import Callable
from typing import Any

import grpc.aio
import workload_pb2_grpc as services


class Workload(services.WorkloadServicer):
    """Answers with the request."""

    async def SendSmall(self, request: Any, context: Any) -> Any:
        """A small message."""
        return request

    async def SendBlob(self, request: Any, context: Any) -> Any:
        """A message of bytes."""
        return request


async def serve(ready: Callable[[str], None]) -> None:
    """Serves without TLS."""
    server = grpc.aio.server()
    services.add_WorkloadServicer_to_server(Workload(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ready(f"tcp://127.0.0.1:{port}")
    await server.wait_for_termination()
