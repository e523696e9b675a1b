"""A connection that blocks: what all kinds of connections have in common."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeVar

from ..calls import DEFAULT_TIMEOUT, Method
from ..intercept import SyncInterceptor
from ..limits import Limits
from ..metadata import Metadata
from ..states import State
from .stream import Stream
from .tunnel import Tunnel

_T = TypeVar("_T")


class Connection(ABC):
    """A connection. Any number of clients and threads share it, in the process that opened it.

    In a forked child each use fails with `WrongOwnerError`. Closing it there does not affect the parent.
    """

    __slots__ = ("__weakref__", "interceptors")

    interceptors: Sequence[SyncInterceptor]
    """What runs around the calls of all clients on the connection, inside the interceptors of each."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The server's address. A WebSocket's has no query here, because the query may contain a secret."""

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """The limits that were given to `connect`."""

    @property
    @abstractmethod
    def state(self) -> State:
        """The last state that a thread has noticed. No thread reads the socket while none waits."""

    @property
    def closed(self) -> bool:
        """True when the connection is closed, or was found lost for good: every later call fails."""
        return self.state == State.CLOSED

    @property
    @abstractmethod
    def dropped_frames(self) -> int:
        """How many frames arrived that no call could use, for example late responses to cancelled calls."""

    @property
    @abstractmethod
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""

    @abstractmethod
    def close(self) -> None:
        """Closes the connection and fails the calls in flight, in whatever threads. Closing again does nothing.

        In a forked child it only frees the child's copy of the socket.
        """

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self.close()

    @abstractmethod
    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method with encoded arguments, for generated clients; `timeout` is in seconds."""

    @abstractmethod
    def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response. Returns when the system has the whole request."""

    @abstractmethod
    def stream(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        sending: float = DEFAULT_TIMEOUT,
        metadata: Metadata | None = None,
    ) -> Stream[_T]:
        """Calls a streaming method with encoded arguments, for generated clients.

        `timeout` bounds the wait for each item, and `sending` the sending of the call, in seconds.
        """

    @abstractmethod
    def watch(self, timeout: float = math.inf) -> None:
        """Reads the socket while no thread calls, until the connection is closed or lost, or the timeout has passed.

        A thread in `watch` notices a loss at once, answers pings, and opens the connection again if `reconnect` was
        given. Without this all of it waits for the next call.
        """

    @abstractmethod
    def open_tunnel(self, channel_id: int) -> Tunnel:
        """Opens a tunnel on the channel that a call of this connection returned."""

    def settle(self) -> None:
        """Reports a loss that was noticed and not reported, for example because a signal's exception came between."""
        return
