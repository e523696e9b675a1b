"""gRPC's blocking client. Its messages are made beforehand, in its favour."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import workload_pb2 as pb
import workload_pb2_grpc as services

from . import BLOB, SMALL, target


@contextmanager
def connect() -> Iterator[dict[str, Callable[[], Any]]]:
    """A channel to the server."""
    host, port = target("BENCH_GRPC")
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        stub = services.WorkloadStub(channel)
        small = pb.Small(latitude=SMALL.latitude, longitude=SMALL.longitude, sensor=SMALL.sensor, count=SMALL.count)
        blob = pb.Blob(value=BLOB)
        assert stub.SendSmall(small) == small
        assert stub.SendBlob(blob) == blob
        yield {
            "small": lambda: stub.SendSmall(small, timeout=30),
            "blob": lambda: stub.SendBlob(blob, timeout=30),
        }
