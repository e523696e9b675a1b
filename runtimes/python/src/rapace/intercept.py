"""Interceptors: code of one's own around every call of a client."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CallInfo:
    """A call, as an interceptor sees it. Arguments and answers are not in it."""

    service: str
    """The name of the Rust trait: `Catalog`."""
    method: str
    """The name of its method: `find`."""
    kind: Literal["unary", "stream", "notify"]
    timeout: float
    """In seconds, the client's own when the call named none; of a stream that for each item, `math.inf` when the call
    named none. An interceptor may pass on another."""
    idempotent: bool
    """Whether the service says that the call may be repeated."""
    address: str
    """The server's, but for a WebSocket's query; `socket 5` where `connect` took a socket."""


class AsyncInterceptor:
    """Goes around calls of an asyncio client; override what is to be changed.

    `proceed` makes the call, through the interceptors that come after this one in the client's list. It can be called
    again, to retry, or not at all.
    """

    async def unary(self, call: CallInfo, proceed: Callable[[CallInfo], Awaitable[_T]]) -> _T:
        """Around a call with one answer, and around a notification, which has none."""
        return await proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[_T]]) -> AsyncIterator[_T]:
        """Around a call with a stream of answers. It may be an async generator."""
        return proceed(call)


class SyncInterceptor:
    """Goes around calls of a blocking client; the twin of `AsyncInterceptor`."""

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], _T]) -> _T:
        """Around a call with one answer, and around a notification, which has none."""
        return proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T]]) -> Iterator[_T]:
        """Around a call with a stream of answers. It may be a generator."""
        return proceed(call)
