"""Interceptors: your code around calls, of one client, of a connection, or of handlers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from .metadata import MetadataLike, no_metadata

_T = TypeVar("_T")

Kind: TypeAlias = Literal["unary", "stream", "notification"]


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What an interceptor learns about a call, that a client makes or that a handler serves."""

    service: str
    """The name of the Rust trait: `Catalog`."""
    method: str
    """The name of its method, as `api.json` has it: `find`."""
    kind: Kind
    """`notification` is a call that has no response."""
    timeout: float
    """The call's timeout in seconds, or the client's when the call has none.

    The timeout of a stream bounds the wait for each item; it is `math.inf` when the call has none. An interceptor may
    pass another one to `proceed`.
    """
    idempotent: bool
    """True when the service says that the call may be repeated."""
    peer: str
    """The peer's address, without a WebSocket's query; `socket 5` when `connect` got a socket."""
    read_arguments: Callable[[], tuple[object, ...]] = field(default=tuple, repr=False, compare=False)
    """Makes `arguments`."""
    metadata: MetadataLike = field(default_factory=no_metadata, repr=False, compare=False)
    """What the call carries beside its arguments. Empty for a notification, which carries none.

    A client's interceptor may pass more to `proceed`: `replace(call, metadata={**call.metadata, "tenant": "acme"})`.
    """

    @property
    def arguments(self) -> tuple[object, ...]:
        """The arguments of the call, in order. They may hold secrets, so that they are no part of `repr`.

        A client's are made anew of the request, which costs as much as reading it does.
        """
        return self.read_arguments()


class AsyncInterceptor:
    """Runs around calls over asyncio. Override what you want to change.

    `proceed` makes the call, through the interceptors that come after this one in the list. Call it again to
    retry, or not at all.
    """

    async def unary(self, call: CallInfo, proceed: Callable[[CallInfo], Awaitable[_T]]) -> _T:
        """Runs around a unary call, and around a notification, which has no response."""
        return await proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[_T]]) -> AsyncIterator[_T]:
        """Runs around a streaming call. It may be an async generator."""
        return proceed(call)


class SyncInterceptor:
    """Runs around blocking calls; the twin of `AsyncInterceptor`."""

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], _T]) -> _T:
        """Runs around a unary call, and around a notification, which has no response."""
        return proceed(call)

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[_T]]) -> Iterator[_T]:
        """Runs around a streaming call. It may be a generator."""
        return proceed(call)
