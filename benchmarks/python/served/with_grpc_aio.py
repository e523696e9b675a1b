"""gRPC's asyncio server."""

import asyncio

import grpc.aio
import workload_pb2 as pb
import workload_pb2_grpc as services

from . import Counter, announce


class Echo(services.WorkloadServicer):
    """Sends back what it is sent."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    async def SendSmall(self, request: pb.Small, context: grpc.aio.ServicerContext) -> pb.Small:
        self.counter.calls += 1
        return request

    async def SendBlob(self, request: pb.Blob, context: grpc.aio.ServicerContext) -> pb.Blob:
        self.counter.calls += 1
        return request


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    asyncio.run(_serve(counter))


async def _serve(counter: Counter) -> None:
    server = grpc.aio.server()
    services.add_WorkloadServicer_to_server(Echo(counter), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    announce(counter, f"http://127.0.0.1:{port}")
    await server.wait_for_termination()
