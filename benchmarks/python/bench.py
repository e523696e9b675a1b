"""Measures one library: `bench.py codec LIBRARY REFERENCE_FOLDER SECONDS` or `bench.py rpc LIBRARY SECONDS`.

Each figure is a line of JSON. Whatever is wrong ends the program.
"""

import importlib.util
import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from measure import median_ns, report

CASES = ["small", "order", "batch", "ints", "floats", "strings"]

CODECS = {
    "rapace": "payloads.our_own",
    "rapace-pure": "payloads.our_own",
    "msgspec": "payloads.with_msgspec",
    "msgspec-nogc": "payloads.with_msgspec",
    "protobuf": "payloads.with_protobuf",
    "betterproto2": "payloads.with_betterproto2",
}
"""The module of each library."""


def main(arguments: list[str]) -> None:
    """Runs what the command line asks for."""
    match arguments:
        case ["codec", library, folder, seconds] if library in CODECS:
            choose_runtime(library)
            measure_codec(library, Path(folder), float(seconds))
        case _:
            sys.exit(f"{__doc__}\nLibraries of codec: {', '.join(CODECS)}.")


def choose_runtime(library: str) -> None:
    """Our own side is what its name says: accelerated or not."""
    if library == "rapace-pure":
        os.environ["RAPACE_PURE_PYTHON"] = "1"
    elif library == "rapace" and importlib.util.find_spec("rapace_accelerator") is None:
        sys.exit("the accelerator is not installed")


def measure_codec(library: str, folder: Path, seconds: float) -> None:
    """Measures how a library encodes and decodes the values of the reference bytes."""
    from payloads import our_own

    codec_of = import_module(CODECS[library]).codec
    if library == "msgspec-nogc":
        codec_of = partial(codec_of, gc=False)
    for case in CASES:
        reference = (folder / f"{case}.bin").read_bytes()
        ours, codec = our_own.codec(case), codec_of(case)
        decoded = ours.decode(reference)
        if ours.encode(decoded) != reference:
            sys.exit(f"{case}: our own encoding is not the reference")
        value = codec.convert(decoded)
        data = bytes(codec.encode(value))
        if codec.decode(data) != value:
            sys.exit(f"{case}: {library} does not read what it has written")
        report(case, "encode", median_ns(codec.encode, value, seconds))
        report(case, "decode", median_ns(codec.decode, data, seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
