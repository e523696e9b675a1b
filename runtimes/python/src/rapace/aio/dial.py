"""Opening sockets over asyncio."""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ..address import SocketAddress, UnixAddress
from ..eyeballs import ATTEMPT_DELAY_SECONDS, Resolved, in_turn, resolve
from ..options import Target
from ..transport import QUEUE_POLL_SECONDS, connect_unix, unix_socket

_P = TypeVar("_P", bound=asyncio.BaseProtocol)


async def dial(target: Target, protocol: Callable[[], _P]) -> _P:
    """Connects, and hands the connection to the asyncio protocol that `protocol` makes."""
    loop = asyncio.get_running_loop()
    address = target.address
    if target.sock is not None:
        target.sock.setblocking(False)
        _, made = await loop.create_connection(protocol, sock=target.sock)
        return made
    assert not isinstance(address, SocketAddress)
    if isinstance(address, UnixAddress):
        return await _dial_unix(address.path, protocol)
    sock = await _dial_host(address.host, address.port)
    try:
        _, made = await loop.create_connection(protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return made


async def _dial_unix(path: str, protocol: Callable[[], _P]) -> _P:
    sock = unix_socket()
    try:
        connected = connect_unix(sock, path)
        while not connected:
            await asyncio.sleep(QUEUE_POLL_SECONDS)
            connected = connect_unix(sock, path)
        _, made = await asyncio.get_running_loop().create_unix_connection(protocol, sock=sock)
    except BaseException:
        sock.close()
        raise
    return made


async def _dial_host(host: str, port: int) -> socket.socket:
    """Returns a socket that is connected to one of the host's addresses."""
    loop = asyncio.get_running_loop()
    try:
        # A numeric address needs no resolver, and no thread.
        numeric = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        addresses = in_turn(numeric)
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
        delay = ATTEMPT_DELAY_SECONDS if address is not None else None
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
