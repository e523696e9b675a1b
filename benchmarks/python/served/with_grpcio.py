"""gRPC's server with threads, as many as calls are in flight."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import workload_pb2 as pb
import workload_pb2_grpc as services

from measure import IN_FLIGHT

from . import Counter, announce


class Echo(services.WorkloadServicer):
    """Sends back what it is sent."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def SendSmall(self, request: pb.Small, context: grpc.ServicerContext) -> pb.Small:
        self.counter.calls += 1
        return request

    def SendBlob(self, request: pb.Blob, context: grpc.ServicerContext) -> pb.Blob:
        self.counter.calls += 1
        return request


def serve(counter: Counter) -> None:
    """Serves until the process ends."""
    server = grpc.server(ThreadPoolExecutor(IN_FLIGHT))
    services.add_WorkloadServicer_to_server(Echo(counter), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    announce(counter, f"http://127.0.0.1:{port}")
    server.wait_for_termination()
