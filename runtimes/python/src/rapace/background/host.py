"""A host for programs of threads: it serves on an event loop in a thread, and its handlers run in others."""

import asyncio
import contextlib
import math
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self

from ..aio import host as aio
from ..handlers.guard import DEFAULT_AUTHENTICATION_TIMEOUT, Authenticate, Authorize, SyncAuthenticate
from ..handlers.method import SyncHandler
from ..handlers.threads import DEFAULT_THREADS
from ..intercept import SyncInterceptor
from ..limits import DEFAULT_LIMITS, Limits
from ..sync.connection import Connection
from ..tls import ServerTls
from .connection import LoopConnection
from .loop import LoopThread
from .services import check_blocking, intercept


class Host:
    """Serves blocking handlers on the connections that it accepts: the twin of `rapace.Host`.

    ```python
    host = rapace.sync.Host(Shop(), Orders())
    with host.listen("tcp://127.0.0.1:9000"):
        rapace.sync.until_signal()
    ```

    It has a thread for its sockets from the first listener until it is closed, and up to `threads` for handlers.
    """

    def __init__(
        self,
        *handlers: SyncHandler,
        limits: Limits = DEFAULT_LIMITS,
        interceptors: Sequence[SyncInterceptor] = (),
        error_texts: bool = False,
        allow_trailing_bytes: bool = False,
        first_channel: int = 2,
        max_connections: int = aio.DEFAULT_CONNECTIONS,
        handshake_timeout: float = aio.DEFAULT_HANDSHAKE_TIMEOUT,
        idle_timeout: float = math.inf,
        threads: int = DEFAULT_THREADS,
        authenticate: SyncAuthenticate | None = None,
        authorize: Authorize | None = None,
        authentication_timeout: float = DEFAULT_AUTHENTICATION_TIMEOUT,
    ) -> None:
        """A host of these handlers. The parameters are those of `rapace.Host`.

        `authenticate` is a plain function, which runs in a thread. `authorize` runs on the thread of the sockets.
        """
        self._host = _LoopHost(
            *handlers,
            limits=limits,
            error_texts=error_texts,
            allow_trailing_bytes=allow_trailing_bytes,
            first_channel=first_channel,
            max_connections=max_connections,
            handshake_timeout=handshake_timeout,
            idle_timeout=idle_timeout,
            threads=threads,
            authenticate=None if authenticate is None else _in_thread(authenticate),
            authorize=authorize,
            authentication_timeout=authentication_timeout,
        )
        check_blocking(handlers)
        self._host.intercept(interceptors)
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._host.connections

    @property
    def serving(self) -> int:
        """How many calls run, on all connections."""
        thread = self._thread
        return 0 if thread is None or thread.is_closed else thread.do(lambda: self._host.serving)

    @property
    def closed(self) -> bool:
        """True when the host was closed, or is about to be."""
        return self._host.closed

    def listen(
        self, address: str, *, tls: ServerTls | None = None, origins: Sequence[str] | None = None
    ) -> "Listening":
        """Listens at an address: `with host.listen(…) as listening`. Addresses and errors are those of `rapace.Host`.

        Leaving the block stops listening, and with the last of its listeners the host is closed.
        """
        return Listening(self, self._loop, self._host.listen(address, tls=tls, origins=origins))

    def serve(self, sock: socket.socket) -> Connection:
        """Serves on a socket that is connected, for example inherited or one end of a pair. Returns the connection.

        The host owns the socket from now on. `connection.watch()` waits for the end of the connection.
        """
        thread = self._loop()
        return LoopConnection(thread, thread.run(self._host.serve(sock)))

    def close(self, grace: float = aio.DEFAULT_GRACE) -> None:
        """Stops listening, waits for the calls in flight, and closes all connections. Closing again does nothing.

        New calls are refused with `UNAVAILABLE`. After `grace` seconds the calls that still run are cancelled. A
        handler that ignores this for a second is left behind in its thread, and logged as a warning.
        """
        thread = self._loop()
        if thread.owner.is_elsewhere:
            run_at_once(self._host.close())
        elif not thread.is_closed:
            try:
                thread.run(self._host.close(grace))
            finally:
                thread.close()

    def _loop(self) -> LoopThread:
        """The event loop, which begins with its first use."""
        with self._lock:
            if self._thread is None:
                self._thread = LoopThread()
            return self._thread


class _LoopHost(aio.Host):
    """The host on the event loop."""

    def intercept(self, interceptors: Sequence[SyncInterceptor]) -> None:
        """Puts the interceptors around the handlers, in their threads."""
        intercept(self._services, interceptors)


class Listening:
    """A listener of a host: what `Host.listen` returns."""

    __slots__ = ("_host", "_listening", "_loop")

    def __init__(self, host: Host, loop: Callable[[], LoopThread], listening: aio.Listening) -> None:
        self._host = host
        self._loop = loop
        self._listening = listening

    @property
    def address(self) -> str:
        """Where the host listens, with the port that the system chose: what clients connect to."""
        return self._listening.address

    def __enter__(self) -> Self:
        """Begins to listen."""
        self._loop().run(self._listening.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops listening. Closes the host when it listens nowhere else."""
        self.close()

    def close(self, grace: float = aio.DEFAULT_GRACE) -> None:
        """Stops listening. Closes the host when it listens nowhere else, with so many seconds for its calls."""
        thread = self._loop()
        if thread.owner.is_elsewhere:
            self._host.close()
        elif not thread.is_closed:
            try:
                thread.run(self._listening.close(grace))
            finally:
                if self._host.closed:
                    thread.close()


def _in_thread(authenticate: SyncAuthenticate) -> Authenticate:
    """The hook as a coroutine function."""
    return lambda shown: asyncio.to_thread(authenticate, shown)


def run_at_once(coroutine: Coroutine[object, object, None]) -> None:
    """Runs a coroutine that waits for nothing, without an event loop."""
    with contextlib.suppress(StopIteration):
        coroutine.send(None)
