"""The connections of a host: who may enter, how many are there, and how all of them end."""

import asyncio
import logging
import socket
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..address import Address
from ..layer import Layer
from ..limits import Limits
from ..options import Options, Target
from ..owner import LoopOwner
from .connection import Connection
from .guest import Guest, peer_of
from .serving import Setup

_log = logging.getLogger("rapace.host")


_SECONDS_TO_LEAVE: Final = 1.0
"""How long a closing host waits for clients that were told so: their last calls are answered before they leave."""


@dataclass(frozen=True, slots=True)
class House:
    """What holds for every connection of a host. The parameters of `Host` say what each means."""

    limits: Limits
    allow_trailing_bytes: bool
    first_channel: int
    max_connections: int
    handshake_timeout: float
    idle_timeout: float


class Guests:
    """The connections of a host."""

    __slots__ = ("_guests", "_is_full", "_opening", "_owner", "_setup", "closed", "house")

    closed: bool
    """True when nobody may enter any more."""

    def __init__(self, setup: Setup, house: House) -> None:
        self._setup = setup
        self.house = house
        self._owner: LoopOwner | None = None  # until somebody listens or serves
        self._guests: set[Guest] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._is_full = False  # since that was logged
        self.closed = False

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._guests)

    @property
    def serving(self) -> int:
        """How many calls run, on all connections."""
        return sum(guest.serving.running for guest in self._guests)

    @property
    def is_elsewhere(self) -> bool:
        """True in a process that was forked from the host's."""
        return self._owner is not None and self._owner.is_elsewhere

    def check_owner(self) -> None:
        """Raises on another event loop."""
        if self._owner is not None:
            self._owner.check()

    def check_open(self) -> None:
        """Raises when the host is closed, or belongs to another process or event loop."""
        if self._owner is None:
            self._owner = LoopOwner()
        self._owner.check()
        if self.closed:
            raise RuntimeError("the host is closed")

    def welcome(self, sock: socket.socket, place: Address, layer: Layer | None) -> None:
        """Takes a connection that was accepted."""
        most = self.house.max_connections
        if len(self._guests) + len(self._opening) >= most:
            sock.close()
            if not self._is_full:
                _log.warning("%s: new connections are closed: %s are open", place, most)
            self._is_full = True
            return
        self._is_full = False
        try:
            peer = peer_of(sock, place)
        except OSError:
            sock.close()
            raise
        task = asyncio.get_running_loop().create_task(self._open(sock, peer, layer))
        self._opening.add(task)
        task.add_done_callback(partial(self._opened, sock))

    async def admit(self, sock: socket.socket, peer: Address, layer: Layer | None) -> Connection:
        """Shakes hands, and serves on the connection. Raises what the handshake fails with."""
        house = self.house
        target = Target(peer, house.limits, None, "", sock)
        options = Options(target, house.handshake_timeout, None, house.allow_trailing_bytes, 1, house.first_channel)
        guest = Guest(self._setup, options, layer, house.idle_timeout, self._guests.discard)
        await guest.open(sock, house.handshake_timeout)
        self._guests.add(guest)
        return guest.begin(options)

    async def close(self, grace: float) -> None:
        """Waits so many seconds for the calls in flight, cancels them, and closes all connections."""
        for task in self._opening:
            task.cancel()
        if self._opening:
            await asyncio.wait(self._opening)
        guests = list(self._guests)
        try:
            for guest in guests:
                guest.serving.refuse_more()
            if guests:
                ends = asyncio.get_running_loop().time() + grace
                await asyncio.gather(*(guest.serving.drained(grace) for guest in guests))
                await _left([guest for guest in guests if guest.wire.session.control.understood], ends)
        finally:
            for guest in guests:
                guest.serving.cancel_all()
                guest.connection.begin_close()
            self._setup.threads.close()
        if guests:
            await asyncio.gather(*(guest.connection.gone() for guest in guests))

    def abandon(self) -> None:
        """Frees the sockets of a forked child, for the child alone."""
        for guest in self._guests:
            guest.connection.abandon()

    def _opened(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        if task.cancelled():  # Perhaps before it ran a line.
            sock.close()

    async def _open(self, sock: socket.socket, peer: Address, layer: Layer | None) -> None:
        try:
            await self.admit(sock, peer, layer)
        except TimeoutError:
            _log.warning("%s: no handshake within %s s", peer, self.house.handshake_timeout)
        except Exception as error:
            _log.warning("%s: the handshake failed: %s", peer, error)


async def _left(guests: list[Guest], ends: float) -> None:
    """Returns when these clients have closed their connections, and at the end of the grace period."""
    seconds = min(ends - asyncio.get_running_loop().time(), _SECONDS_TO_LEAVE)
    waits = [asyncio.ensure_future(guest.wire.gone.wait()) for guest in guests]
    if waits:
        _, pending = await asyncio.wait(waits, timeout=max(0.0, seconds))
        for wait in pending:
            wait.cancel()
