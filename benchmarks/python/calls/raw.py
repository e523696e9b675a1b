"""The limit: bytes of a frame's length through a plain socket to a server that sends back whatever comes."""

import socket
from time import perf_counter, perf_counter_ns, process_time_ns

from measure import IN_FLIGHT, Figures, in_flight, sequential

from . import target

FRAME = 4 + 64
"""What stands before a payload."""
SIZES = {"small": FRAME + 27, "blob": FRAME + 2 + 1024}


def measure(seconds: float) -> Figures:
    """Measures each case."""
    with socket.create_connection(target("BENCH_ECHO")) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for case, size in SIZES.items():
            frame = bytes(size)

            def call(frame: bytes = frame, size: int = size) -> None:
                sock.sendall(frame)
                while size > 0:
                    size -= len(sock.recv(65536))

            yield case, "sequential", sequential(call, seconds)
            started, used, calls, part = perf_counter_ns(), process_time_ns(), 0, 0
            sock.sendall(frame * IN_FLIGHT)
            until = perf_counter() + seconds
            while not calls or perf_counter() < until:
                part += len(sock.recv(65536))
                whole, part = divmod(part, size)
                calls += whole
                sock.sendall(frame * whole)
            yield from in_flight(case, calls, started, used)
            part -= IN_FLIGHT * size
            while part < 0:
                part += len(sock.recv(65536))
