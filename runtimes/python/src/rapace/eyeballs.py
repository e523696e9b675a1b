"""Connecting to a host that has several addresses: the next is tried while the one before is silent (RFC 8305).

The first that connects is taken, and the others are closed.
"""

import asyncio
import contextlib
import os
import selectors
import socket
from collections.abc import Sequence
from functools import partial
from itertools import chain, zip_longest
from time import monotonic
from typing import Final, TypeAlias

Resolved: TypeAlias = tuple[int, tuple[object, ...]]
"""A family and an address of it, as sockets take them."""

_ATTEMPT_DELAY: Final = 0.25
"""How long an address may be silent before the next is tried beside it, in seconds: what RFC 8305 recommends."""


def resolve(host: str, port: int) -> list[Resolved]:
    """The addresses of a host, families in turn. Asks the system's resolver, which may take its time."""
    return _in_turn(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def connect_async(host: str, port: int) -> socket.socket:
    """A socket that is connected to the host."""
    loop = asyncio.get_running_loop()
    try:
        # What is an address already needs no resolver, and no thread.
        numeric = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        addresses = _in_turn(numeric)
    except socket.gaierror:
        addresses = await loop.run_in_executor(None, resolve, host, port)
    attempts: list[asyncio.Task[socket.socket]] = []
    winner: socket.socket | None = None
    try:
        winner = await _race(addresses, attempts)
        return winner
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(partial(_close_loser, winner))


async def _race(addresses: list[Resolved], attempts: list[asyncio.Task[socket.socket]]) -> socket.socket:
    """Makes attempts, which are added to the list, until one has connected or all have failed."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    left = iter(addresses)
    running: set[asyncio.Task[socket.socket]] = set()
    while True:
        address = next(left, None)
        if address is not None:
            attempts.append(loop.create_task(_attempt(loop, *address)))
            running.add(attempts[-1])
        if not running:
            raise failure or OSError("the host has no address")
        delay = _ATTEMPT_DELAY if address is not None else None
        done, running = await asyncio.wait(running, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
        for attempt in done:
            error = attempt.exception()
            if error is None:
                return attempt.result()
            if not isinstance(error, OSError):
                raise error
            failure = failure or error


async def _attempt(loop: asyncio.AbstractEventLoop, family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_loser(winner: socket.socket | None, attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None and attempt.result() is not winner:
        attempt.result().close()


def connect_blocking(host: str, port: int, deadline: float) -> socket.socket:
    """A socket that is connected to the host, until a time of the clock; it does not block.

    Raises a `TimeoutError` without `errno` when the time is up; any other `OSError` is the system's own.
    """
    sockets: list[socket.socket] = []
    winner: socket.socket | None = None
    try:
        winner = _race_blocking(resolve(host, port), deadline, sockets)
        return winner
    finally:
        for sock in sockets:
            if sock is not winner:
                sock.close()


def _race_blocking(addresses: list[Resolved], deadline: float, sockets: list[socket.socket]) -> socket.socket:
    """Makes attempts, whose sockets are added to the list, until one has connected or all have failed."""
    failure: OSError | None = None
    left = iter(addresses)
    with selectors.DefaultSelector() as selector:
        while True:
            if monotonic() >= deadline:
                raise failure or TimeoutError("timed out")
            address = next(left, None)
            if address is not None:
                try:
                    selector.register(_begin(*address, sockets), selectors.EVENT_WRITE)
                except OSError as error:
                    failure = failure or error
                    continue
            if not selector.get_map():
                raise failure or OSError("the host has no address")
            until = deadline if address is None else min(deadline, monotonic() + _ATTEMPT_DELAY)
            for key, _ in selector.select(max(0.0, min(until - monotonic(), _LONGEST_WAIT))):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return sock
                selector.unregister(sock)
                failure = failure or OSError(code, os.strerror(code))


_LONGEST_WAIT: Final = 3600.0
"""The longest single wait, in seconds; whoever waits longer waits again."""


def _begin(family: int, address: tuple[object, ...], sockets: list[socket.socket]) -> socket.socket:
    """A socket that is being connected."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    sockets.append(sock)
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        sock.connect(address)
    return sock


def _in_turn(found: Sequence[tuple[int, int, int, str, tuple[object, ...]]]) -> list[Resolved]:
    """Addresses of one family and of the others in turn; the resolver's first is the first."""
    first = [(family, address) for family, _, _, _, address in found if family == found[0][0]]
    others = [(family, address) for family, _, _, _, address in found if family != found[0][0]]
    in_turn = chain.from_iterable(zip_longest(first, others))
    return [resolved for resolved in in_turn if resolved is not None]
