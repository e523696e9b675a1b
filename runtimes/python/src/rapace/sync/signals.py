"""Waiting for the signal that ends a program."""

import signal
from queue import SimpleQueue
from types import FrameType
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def until_signal() -> signal.Signals:
    """Returns when the process gets SIGINT (Ctrl-C) or SIGTERM, with the signal. Only for the main thread.

    While it waits, these signals do nothing else.
    """
    received: SimpleQueue[int] = SimpleQueue()

    def receive(number: int, _: FrameType | None) -> None:
        received.put(number)

    before = {number: signal.signal(number, receive) for number in _ENDING}
    try:
        return signal.Signals(received.get())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
