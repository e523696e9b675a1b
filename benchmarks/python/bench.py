"""Measures one library: `bench.py codec LIBRARY REFERENCE_FOLDER SECONDS` or `bench.py rpc LIBRARY SECONDS`.

`bench.py serve LIBRARY` serves the workload, for a program that calls it. Each figure is a line of JSON. Whatever is
wrong ends the program.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from measure import Figures, measure_asyncio, measure_blocking, median_ns
from served import Counter

GENERATED = Path(__file__).parent / "generated"
sys.path += [str(GENERATED), str(GENERATED / "rapace" / "src"), str(GENERATED / "with_protobuf")]

CASES = ["small", "order", "batch", "ints", "floats", "strings"]

CODECS = {
    "rapace": "payloads.our_own",
    "rapace-pure": "payloads.our_own",
    "msgspec": "payloads.with_msgspec",
    "msgspec-nogc": "payloads.with_msgspec",
    "protobuf": "payloads.with_protobuf",
    "protobuf-py": "payloads.with_protobuf_py",
    "pyfory": "payloads.with_pyfory",
    "betterproto2": "payloads.with_betterproto2",
}
"""The module of each library."""

CLIENTS = {
    "rapace": "calls.our_asyncio",
    "rapace-stock": "calls.our_asyncio",
    "rapace-sync": "calls.our_sync",
    "grpc.aio": "calls.with_grpc_aio",
    "grpcio": "calls.with_grpcio",
    "connectrpc": "calls.with_connect",
    "raw": "calls.raw",
}
"""The module of each client."""

SERVERS = {
    "rapace": "served.our_asyncio",
    "rapace-sync": "served.our_sync",
    "grpc.aio": "served.with_grpc_aio",
    "grpcio": "served.with_grpcio",
    "connectrpc": "served.with_connect",
    "raw": "served.raw",
}
"""The module of each server."""


def main(arguments: list[str]) -> None:
    """Runs what the command line asks for."""
    match arguments:
        case ["codec", library, folder, seconds] if library in CODECS:
            choose_runtime(library)
            figures = measure_codec(library, Path(folder), float(seconds))
        case ["rpc", library, seconds] if library in CLIENTS:
            figures = measure_calls(library, float(seconds))
        case ["serve", library] if library in SERVERS:
            import_module(SERVERS[library]).serve(Counter())
            return
        case _:
            known = {"codec": CODECS, "rpc": CLIENTS, "serve": SERVERS}
            libraries = "; ".join(f"of {what}: {', '.join(names)}" for what, names in known.items())
            sys.exit(f"{__doc__}\nLibraries {libraries}.")
    for case, op, ns in figures:
        print(json.dumps({"case": case, "op": op, "ns": round(ns, 1)}), flush=True)


def choose_runtime(library: str) -> None:
    """Our own side is what its name says: accelerated or not."""
    if library == "rapace-pure":
        os.environ["RAPACE_PURE_PYTHON"] = "1"
    elif library == "rapace":
        accelerator = import_module("payloads.our_own").rapace.accelerator
        if not accelerator.is_active():
            sys.exit(f"the accelerator is not there: {accelerator.status()}")


def measure_codec(library: str, folder: Path, seconds: float) -> Figures:
    """Measures how a library encodes and decodes the values of the reference bytes."""
    from payloads import our_own

    codec_of: Callable[[str], Any] = import_module(CODECS[library]).codec
    if library == "msgspec-nogc":
        codec_of = partial(codec_of, gc=False)
    for case in CASES:
        reference = (folder / f"{case}.bin").read_bytes()
        ours, codec = our_own.codec(case), codec_of(case)
        decoded = ours.decode(reference)
        if ours.encode(decoded) != reference:
            sys.exit(f"{case}: our own encoding is not the reference")
        value = codec.convert(decoded)
        data = codec.encode(value)
        if codec.decode(data) != value:
            sys.exit(f"{case}: {library} does not read what it has written")
        yield case, "encode", median_ns(codec.encode, value, seconds)
        yield case, "decode", median_ns(codec.decode, data, seconds)


def measure_calls(library: str, seconds: float) -> Figures:
    """Measures calls to the servers that the environment tells of."""
    client = import_module(CLIENTS[library])
    if library == "raw":
        return client.measure(seconds)
    if library in ("rapace-sync", "grpcio"):
        return measure_connected(client, seconds)
    if library == "rapace-stock":
        figures = asyncio.run(measure_async_client(partial(client.connect, "BENCH_STOCK"), seconds))
        # It takes one request after another, whatever is in flight.
        return (figure for figure in figures if figure[1] == "sequential")
    return iter(asyncio.run(measure_async_client(client.connect, seconds)))


def measure_connected(client: Any, seconds: float) -> Figures:
    """Measures a blocking client."""
    with client.connect() as calls:
        yield from measure_blocking(calls, seconds)


async def measure_async_client(connect: Callable[[], Any], seconds: float) -> list[tuple[str, str, float]]:
    """Measures a client of asyncio."""
    async with connect() as calls:
        return [figure async for figure in measure_asyncio(calls, seconds)]


if __name__ == "__main__":
    main(sys.argv[1:])
    # All figures are printed, so the interpreter's shutdown is left out: a thread of pyqwest 0.12.0 aborts about one in
    # sixty.
    os._exit(0)
