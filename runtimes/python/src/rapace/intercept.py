"""Interceptors: your code around every call of a client."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What an interceptor learns about a call. Arguments and responses are not included."""

    service: str
    """The name of the Rust trait: `Catalog`."""
    method: str
    """The name of its method: `find`."""
    kind: Literal["unary", "stream", "notify"]
    timeout: float
    """The call's timeout in seconds, or the client's when the call has none.

    The timeout of a stream bounds the wait for each item; it is `math.inf` when the call has none. An interceptor may
    pass another one to `proceed`.
    """
    idempotent: bool
    """True when the service says that the call may be repeated."""
    address: str
    """The server's address, without a WebSocket's query; `socket 5` when `connect` got a socket."""


class AsyncInterceptor:
    """Runs around the calls of an asyncio client. Override what you want to change.

    `proceed` makes the call, through the interceptors that come after this one in the client's list. Call it again to
    retry, or not at all.
    """

    async def unary(self, call: CallInfo, proceed: Callable[[CallInfo], Awaitable[_T]]) -> _T:
        """Runs around a unary call, and around a notification, which has no response."""
        return await proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[_T]]) -> AsyncIterator[_T]:
        """Runs around a streaming call. It may be an async generator."""
        return proceed(call)


class SyncInterceptor:
    """Runs around the calls of a blocking client; the twin of `AsyncInterceptor`."""

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], _T]) -> _T:
        """Runs around a unary call, and around a notification, which has no response."""
        return proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T]]) -> Iterator[_T]:
        """Runs around a streaming call. It may be a generator."""
        return proceed(call)
