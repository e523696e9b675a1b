"""Serves with one library: `serve.py LIBRARY`.

It prints its address, and for each line of its input the CPU time that it has used, in nanoseconds. It ends with its
input.
"""

import asyncio
import os
import sys
import threading
from importlib import import_module
from pathlib import Path
from time import process_time_ns

GENERATED = Path(__file__).parent / "generated"
sys.path += [str(GENERATED), str(GENERATED / "rapace" / "src"), str(GENERATED / "with_protobuf")]

SERVERS = {
    "rapace": ("servers.our_own", "serve"),
    "rapace-sync": ("servers.our_own", "serve_with_threads"),
    "grpc.aio": ("servers.with_grpc_aio", "serve"),
    "grpcio": ("servers.with_grpcio", "serve"),
    "connectrpc": ("servers.with_connect", "serve"),
    "raw": ("servers.raw", "serve"),
}
"""The module and function of each library."""


def ready(address: str) -> None:
    """Says where it listens, and from then on what it uses."""
    print(address, flush=True)
    threading.Thread(target=tell, daemon=True).start()


def tell() -> None:
    """Answers each line until there are no more."""
    with os.fdopen(os.dup(sys.stdin.fileno())) as lines:
        for _ in lines:
            print(process_time_ns(), flush=True)
    os._exit(0)


if __name__ == "__main__":
    module, function = SERVERS[sys.argv[1]]
    asyncio.run(getattr(import_module(module), function)(ready))
