"""Waiting for the signal that ends a program."""

import asyncio
import signal
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


async def until_signal() -> signal.Signals:
    """Returns when the process gets SIGINT (Ctrl-C) or SIGTERM, with the signal. Only for the main thread.

    While it waits, these signals do nothing else.
    """
    loop = asyncio.get_running_loop()
    received: asyncio.Future[signal.Signals] = loop.create_future()

    def receive(number: signal.Signals) -> None:
        if not received.done():
            received.set_result(number)

    for number in _ENDING:
        loop.add_signal_handler(number, receive, number)
    try:
        return await received
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
