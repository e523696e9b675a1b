"""A module per server. Each has `serve(counter)`, which prints an address, then serves the echo and counts its calls.

A line on standard input is answered with the calls and the processor time up to now. The end of standard input ends the
process.
"""

import json
import os
import sys
import threading
from time import process_time_ns


class Counter:
    """How many calls were served."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0


def announce(counter: Counter, address: str) -> None:
    """Prints the address, and begins to answer lines of standard input in a thread."""
    print(address, flush=True)
    threading.Thread(target=_report, args=(counter,), daemon=True).start()


def _report(counter: Counter) -> None:
    for _ in sys.stdin:
        print(json.dumps({"calls": counter.calls, "cpu_ns": process_time_ns()}), flush=True)
    os._exit(0)
