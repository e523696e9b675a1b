"""A host over asyncio: it accepts connections, and serves handlers on them."""

import asyncio
import logging
import math
import socket
from collections.abc import Generator, Sequence
from types import TracebackType
from typing import Final, Self

from ..address import Address, WebSocketAddress
from ..calls import checked_timeout
from ..handlers.method import Handler, SyncHandler
from ..handlers.services import Services
from ..handlers.threads import DEFAULT_THREADS, Threads
from ..intercept import AsyncInterceptor
from ..layer import Layer
from ..limits import DEFAULT_LIMITS, Limits
from ..listener import Listener, Place, parse_place
from ..options import Options, Target, check_first_channel
from ..owner import LoopOwner
from ..tls import ServerTls, TlsLayer
from ..websocket import WebSocketServerLayer
from .accept import Accepting
from .connection import Connection
from .guest import Guest, peer_of
from .serving import Setup

_log = logging.getLogger("rapace.host")

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
        """
        check_first_channel(first_channel)
        if max_connections < 1:
            raise ValueError(f"a host has at least one connection, not {max_connections}")
        self._setup = Setup(Services(handlers), interceptors, error_texts, Threads(threads))
        self._limits = limits
        self._allow_trailing_bytes = allow_trailing_bytes
        self._first_channel = first_channel
        self._max_connections = max_connections
        self._handshake_timeout = checked_timeout(handshake_timeout, handshake_timeout)
        self._idle_timeout = checked_timeout(idle_timeout, idle_timeout)
        self._owner: LoopOwner | None = None
        self._listenings: list[Listening] = []
        self._guests: set[Guest] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._is_full = False  # since that was logged
        self._closed = False

    @property
    def limits(self) -> Limits:
        """The limits that were given to the host."""
        return self._limits

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._guests)

    @property
    def serving(self) -> int:
        """How many calls run, on all connections."""
        return sum(guest.serving.running for guest in self._guests)

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
        return Listening(self, place, tls, origins)

    async def serve(self, sock: socket.socket) -> Connection:
        """Serves on a socket that is connected, for example inherited or one end of a pair. Returns the connection.

        The host owns the socket from now on. `await connection.gone()` waits for the end of the connection.
        """
        self._check_open()
        sock.setblocking(False)
        return await self._welcome(sock, peer_of(sock, None), None)

    async def close(self, grace: float = DEFAULT_GRACE) -> None:
        """Stops listening, waits for the calls in flight, and closes all connections. Closing again does nothing.

        New calls are refused with `UNAVAILABLE`. After `grace` seconds the calls that still run are cancelled. A
        handler that ignores this for a second is left behind, and logged as a warning.
        """
        owner = self._owner
        self._closed = True
        if owner is not None and owner.is_elsewhere:
            self.abandon()
            return
        if owner is not None:
            owner.check()
        for listening in list(self._listenings):
            listening.stop()
        for task in self._opening:
            task.cancel()
        if self._opening:
            await asyncio.wait(self._opening)
        guests = list(self._guests)
        try:
            for guest in guests:
                guest.serving.refuse_more()
            if guests:
                await asyncio.gather(*(guest.serving.drained(grace) for guest in guests))
        finally:
            for guest in guests:
                guest.serving.cancel_all()
                guest.connection.begin_close()
            self._setup.threads.close()
        if guests:
            await asyncio.gather(*(guest.connection.gone() for guest in guests))

    def opened(self, listening: "Listening") -> None:
        """Called by a listener that begins to listen."""
        self._check_open()
        self._listenings.append(listening)

    def left(self, listening: "Listening") -> bool:
        """Called by a listener that stops. Returns True when it was the last."""
        if listening in self._listenings:
            self._listenings.remove(listening)
        return not self._listenings

    def welcome(self, sock: socket.socket, place: Place, layer: Layer | None) -> None:
        """Takes a connection that was accepted."""
        if len(self._guests) + len(self._opening) >= self._max_connections:
            sock.close()
            if not self._is_full:
                _log.warning("%s: new connections are closed: %s are open", place, self._max_connections)
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
        task.add_done_callback(self._opening.discard)

    async def _open(self, sock: socket.socket, peer: Address, layer: Layer | None) -> None:
        try:
            await self._welcome(sock, peer, layer)
        except TimeoutError:
            _log.warning("%s: no handshake within %s s", peer, self._handshake_timeout)
        except Exception as error:
            _log.warning("%s: the handshake failed: %s", peer, error)

    async def _welcome(self, sock: socket.socket, peer: Address, layer: Layer | None) -> Connection:
        target = Target(peer, self._limits, None, "", sock)
        options = Options(target, self._handshake_timeout, None, self._allow_trailing_bytes, 1, self._first_channel)
        guest = Guest(self._setup, options, layer, self._idle_timeout, self._guests.discard)
        await guest.open(sock, self._handshake_timeout)
        self._guests.add(guest)
        return guest.begin(options)

    def _check_open(self) -> None:
        if self._owner is None:
            self._owner = LoopOwner()
        self._owner.check()
        if self._closed:
            raise RuntimeError("the host is closed")

    def abandon(self) -> None:
        """Frees the sockets of a forked child, for the child alone."""
        self._closed = True
        for listening in self._listenings:
            listening.release()
        for guest in self._guests:
            guest.connection.abandon()


class Listening:
    """A listener of a host: what `Host.listen` returns."""

    __slots__ = ("_accepting", "_host", "_listener", "_origins", "_place", "_tls")

    def __init__(self, host: Host, place: Place, tls: ServerTls | None, origins: Sequence[str] | None) -> None:
        self._host = host
        self._place = place
        self._tls = None if tls is None else tls.make_context()
        self._origins = origins
        self._listener: Listener | None = None
        self._accepting: Accepting | None = None

    @property
    def address(self) -> str:
        """Where the host listens, with the port that the system chose: what clients connect to."""
        place = self._place if self._listener is None else self._listener.address
        return place.url if isinstance(place, WebSocketAddress) else str(place)

    def __await__(self) -> Generator[object, None, "Listening"]:
        """Begins to listen. End with `close`."""
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Self:
        """Begins to listen."""
        self._layer()  # Without the package for WebSocket nobody could connect.
        self._listener = Listener(self._place)
        try:
            self._host.opened(self)
        except BaseException:
            self._listener.close()
            raise
        self._accepting = Accepting(self._listener.sock, self.address, self._welcome)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops listening. Closes the host when it listens nowhere else."""
        await self.close()

    async def close(self, grace: float = DEFAULT_GRACE) -> None:
        """Stops listening. Closes the host when it listens nowhere else, with so many seconds for its calls."""
        if self.stop():
            await self._host.close(grace)

    def stop(self) -> bool:
        """Stops listening. Returns True when the host listens nowhere else."""
        is_last = self._host.left(self)
        if self._accepting is not None:
            self._accepting.stop()
            self._accepting = None
        if self._listener is not None:
            self._listener.close()
        return is_last

    def release(self) -> None:
        """Frees a forked child's copy of the socket."""
        if self._listener is not None:
            self._listener.release()

    def _welcome(self, sock: socket.socket) -> None:
        self._host.welcome(sock, self._place, self._layer())

    def _layer(self) -> Layer | None:
        place = self._place
        if isinstance(place, WebSocketAddress):
            inner: Layer | None = WebSocketServerLayer(place, self._host.limits, self._origins)
        else:
            inner = None
        return inner if self._tls is None else TlsLayer(self._tls, None, inner)
