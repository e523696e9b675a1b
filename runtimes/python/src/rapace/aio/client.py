"""What generated asyncio clients have in common."""

import math
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Protocol, TypeVar, cast

from ..calls import DEFAULT_TIMEOUT, Method, checked_timeout
from ..client import Client, Intercepted, check_connection
from ..intercept import AsyncInterceptor, CallInfo
from ..metadata import Metadata, MetadataLike
from .connection import Connection
from .stream import IteratorStream, Stream

_T = TypeVar("_T")


class Caller(Protocol):
    """What clients call through: a connection, or interceptors around one."""

    def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> Coroutine[object, object, _T]:
        """Calls a unary method."""
        ...

    def notify(
        self, method: Method[None], payload: bytes | bytearray, timeout: float
    ) -> Coroutine[object, object, None]:
        """Calls a method without waiting for its response."""
        ...

    def stream(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        sending: float,
        metadata: Metadata | None = None,
    ) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""
        ...


class _Intercepted(Intercepted[Caller, AsyncInterceptor]):
    __slots__ = ()

    async def call(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
    ) -> _T:
        """Calls a unary method."""

        async def proceed(call: CallInfo) -> _T:
            return await self._inner.call(method, payload, call.timeout, self._metadata_of(call))

        return await self._interceptor.unary(self._describe(method, "unary", payload, timeout, metadata), proceed)

    async def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response."""

        async def proceed(call: CallInfo) -> None:
            self._check_without_metadata(call)
            await self._inner.notify(method, payload, call.timeout)

        await self._interceptor.unary(self._describe(method, "notification", payload, timeout), proceed)

    def stream(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float,
        sending: float,
        metadata: Metadata | None = None,
    ) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""

        def proceed(call: CallInfo) -> AsyncIterator[_T]:
            return self._inner.stream(method, payload, call.timeout, sending, self._metadata_of(call))

        made = self._interceptor.stream(self._describe(method, "stream", payload, timeout, metadata), proceed)
        return made if isinstance(made, Stream) else IteratorStream(made)


class AsyncClient(Client[Caller]):
    """What generated asyncio clients have in common."""

    __slots__ = ()

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        metadata: MetadataLike | None = None,
        interceptors: Sequence[AsyncInterceptor] = (),
    ) -> None:
        """A client on a connection, which other clients may share.

        `timeout` is the timeout of calls that name none, in seconds; `math.inf` means no limit. For a stream it bounds
        only the sending of the call. `metadata` is carried by all calls except notifications; the metadata of a call
        wins. The first of the `interceptors` is the outermost. Those of the connection are inside.
        """
        # Without a type checker a user may pass anything.
        if not isinstance(cast("object", connection), Connection):
            check_connection(type(self).__name__, connection, "asyncio")
        caller: Caller = connection
        around: Sequence[AsyncInterceptor] = getattr(connection, "interceptors", ())
        for interceptor in reversed((*interceptors, *around)):
            caller = _Intercepted(caller, interceptor, connection.address, connection.limits)
        super().__init__(caller, connection.limits, timeout, metadata)

    def _unary(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float | None,
        metadata: MetadataLike | None = None,
    ) -> Coroutine[object, object, _T]:
        seconds = self._timeout if timeout is None else checked_timeout(timeout, self._timeout)
        if metadata is None and self._metadata is None:
            return self._caller.call(method, payload, seconds)
        return self._caller.call(method, payload, seconds, self._with(metadata))

    def _notify(
        self, method: Method[None], payload: bytes | bytearray, timeout: float | None
    ) -> Coroutine[object, object, None]:
        return self._caller.notify(method, payload, checked_timeout(timeout, self._timeout))

    def _stream(
        self,
        method: Method[_T],
        payload: bytes | bytearray,
        timeout: float | None,
        metadata: MetadataLike | None = None,
    ) -> Stream[_T]:
        # A stream may be silent for hours. Only the caller's timeout bounds the wait for an item, not the client's.
        seconds = checked_timeout(timeout, math.inf)
        if metadata is None and self._metadata is None:
            return self._caller.stream(method, payload, seconds, self._timeout)
        return self._caller.stream(method, payload, seconds, self._timeout, self._with(metadata))
