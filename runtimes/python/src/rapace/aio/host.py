"""A host over asyncio: it accepts connections, and serves handlers on them."""

import math
import socket
from collections.abc import Generator, Sequence
from types import TracebackType
from typing import Final, Self

from ..address import WebSocketAddress
from ..calls import checked_timeout
from ..handlers.guard import DEFAULT_AUTHENTICATION_TIMEOUT, Authenticate, Authorize, Guard
from ..handlers.method import Handler, SyncHandler
from ..handlers.services import Services
from ..handlers.threads import DEFAULT_THREADS, Threads
from ..intercept import AsyncInterceptor
from ..limits import DEFAULT_LIMITS, Limits
from ..listener import parse_place
from ..options import check_first_channel
from ..tls import ServerTls
from .connection import Connection
from .door import Door
from .guest import peer_of
from .guests import Guests, House
from .serving import Setup

DEFAULT_GRACE: Final = 10.0
"""How long calls in flight may take when a host is closed, in seconds."""
DEFAULT_CONNECTIONS: Final = 4096
DEFAULT_HANDSHAKE_TIMEOUT: Final = 10.0


class Host:
    """Serves handlers on the connections that it accepts.

    ```python
    host = rapace.Host(Shop(), Orders())
    async with host.listen("tcp://127.0.0.1:9000"):
        await rapace.until_signal()
    ```

    A host belongs to the process and the event loop that first listen or serve with it.
    """

    def __init__(
        self,
        *handlers: Handler | SyncHandler,
        limits: Limits = DEFAULT_LIMITS,
        interceptors: Sequence[AsyncInterceptor] = (),
        error_texts: bool = False,
        allow_trailing_bytes: bool = False,
        first_channel: int = 2,
        max_connections: int = DEFAULT_CONNECTIONS,
        handshake_timeout: float = DEFAULT_HANDSHAKE_TIMEOUT,
        idle_timeout: float = math.inf,
        threads: int = DEFAULT_THREADS,
        authenticate: Authenticate | None = None,
        authorize: Authorize | None = None,
        authentication_timeout: float = DEFAULT_AUTHENTICATION_TIMEOUT,
    ) -> None:
        """A host of these handlers, each an instance of a generated handler class.

        - `limits`: bounds on what each client can cost.
        - `interceptors`: run around the calls of all handlers; the first is the outermost.
        - `error_texts`: a caller gets the text of an exception that is not a `StatusError`, which may contain a secret.
          By default it gets `Catalog.find failed`, and the log has the trace.
        - `allow_trailing_bytes`: bytes after the arguments of a request are ignored; by default they are an error.
        - `first_channel`: 2 when this side opens channels with even numbers, which is what clients expect; 1 by
          rapace's convention for the host of plug-ins.
        - `max_connections`: how many connections may be open. One more is closed at once.
        - `handshake_timeout`: how long TLS and WebSocket may take to open, in seconds.
        - `idle_timeout`: after how many seconds without a call or tunnel a connection is closed. By default never.
        - `threads`: how many threads the calls of `SyncHandler`s have at most.
        - `authenticate`: is asked once for each connection, at the client's hello or else at its first request. It gets
          `Credentials` and returns an `Identity`, or refuses with None or by raising a `StatusError`, whose message the
          client gets. It may be a coroutine function. Until it has answered, nothing more is read. All calls of a
          refused connection are answered with `PERMISSION_DENIED`, and it is closed after `handshake_timeout` or after
          16 of them. An exception refuses, too; it is logged and not told.
        - `authorize`: is asked before each call, with the identity (None without `authenticate`) and the method, such
          as `Catalog.find`. It returns True, or refuses with False or with the text for the caller. It must not block.
        - `authentication_timeout`: how long `authenticate` may take, in seconds.
        """
        check_first_channel(first_channel)
        if max_connections < 1:
            raise ValueError(f"a host has at least one connection, not {max_connections}")
        house = House(
            limits,
            allow_trailing_bytes,
            first_channel,
            max_connections,
            checked_timeout(handshake_timeout, handshake_timeout),
            checked_timeout(idle_timeout, idle_timeout),
        )
        self._services = Services(handlers)
        asked = checked_timeout(authentication_timeout, authentication_timeout)
        guard = Guard(authenticate, authorize, asked, house.handshake_timeout)
        self._guests = Guests(Setup(self._services, interceptors, error_texts, Threads(threads), guard), house)
        self._doors: list[Door] = []

    @property
    def limits(self) -> Limits:
        """The limits that were given to the host."""
        return self._guests.house.limits

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._guests.connections

    @property
    def serving(self) -> int:
        """How many calls run, on all connections."""
        return self._guests.serving

    @property
    def closed(self) -> bool:
        """True when the host was closed, or is about to be."""
        return self._guests.closed

    def listen(
        self, address: str, *, tls: ServerTls | None = None, origins: Sequence[str] | None = None
    ) -> "Listening":
        """Listens at `tcp://host:port`, `unix:///path` or `ws://host:port/path`; with TLS at `tls://` or `wss://`.

        Use it as `async with host.listen(…) as listening`. Port 0 lets the system choose; `listening.address` has the
        port. Leaving the block stops listening, and with the last of its listeners the host is closed.

        - `tls`: the certificate for `tls://` and `wss://`.
        - `origins`: which web pages may connect with WebSocket, such as `https://shop.example`. By default all. Clients
          that are not web pages send no Origin header, and may always connect.

        Entering fails with an `OSError` that names the address when the port is taken, when another program listens at
        the path, and when the file at the path is not a socket. The socket file of a program that is gone is replaced.
        """
        place = parse_place(address)
        if place.secure != (tls is not None):
            need = "needs tls=rapace.ServerTls(…)" if place.secure else "is without TLS: use tls://host:port or wss://"
            raise ValueError(f"{address} {need}")
        if origins is not None and not isinstance(place, WebSocketAddress):
            raise ValueError(f"{address} has no origins: only WebSocket has")
        return Listening(self, self._doors, Door(self._guests, place, tls, origins))

    async def serve(self, sock: socket.socket) -> Connection:
        """Serves on a socket that is connected, for example inherited or one end of a pair. Returns the connection.

        The host owns the socket from now on. `await connection.gone()` waits for the end of the connection.
        """
        self._guests.check_open()
        sock.setblocking(False)
        return await self._guests.admit(sock, peer_of(sock, None), None)

    async def close(self, grace: float = DEFAULT_GRACE) -> None:
        """Stops listening, waits for the calls in flight, and closes all connections. Closing again does nothing.

        New calls are refused with `UNAVAILABLE`. After `grace` seconds the calls that still run are cancelled. A
        handler that ignores this for a second is left behind, and logged as a warning.
        """
        guests = self._guests
        if guests.is_elsewhere:
            guests.closed = True
            guests.abandon()
            for door in self._doors:
                door.release()
            return
        guests.check_owner()
        guests.closed = True
        while self._doors:
            self._doors.pop().shut()
        await guests.close(grace)


class Listening:
    """A listener of a host: what `Host.listen` returns."""

    __slots__ = ("_door", "_doors", "_host")

    def __init__(self, host: Host, doors: list[Door], door: Door) -> None:
        self._host = host
        self._doors = doors
        self._door = door

    @property
    def address(self) -> str:
        """Where the host listens, with the port that the system chose: what clients connect to."""
        return self._door.address

    def __await__(self) -> Generator[object, None, "Listening"]:
        """Begins to listen. End with `close`."""
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Self:
        """Begins to listen."""
        self._door.open()
        self._doors.append(self._door)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops listening. Closes the host when it listens nowhere else."""
        await self.close()

    async def close(self, grace: float = DEFAULT_GRACE) -> None:
        """Stops listening. Closes the host when it listens nowhere else, with so many seconds for its calls."""
        if self._door in self._doors:
            self._doors.remove(self._door)
            self._door.shut()
        if not self._doors:
            await self._host.close(grace)
