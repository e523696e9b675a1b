"""What generated asyncio clients have in common."""

import math
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Protocol, TypeVar, cast

from ..calls import DEFAULT_TIMEOUT, Method, checked_timeout
from ..client import Client, Intercepted, check_connection
from ..intercept import AsyncInterceptor, CallInfo
from .connection import Connection
from .stream import IteratorStream, Stream

_T = TypeVar("_T")


class Caller(Protocol):
    """What clients call through: a connection, or interceptors around one."""

    def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> Coroutine[object, object, _T]:
        """Calls a unary method."""
        ...

    def notify(
        self, method: Method[None], payload: bytes | bytearray, timeout: float
    ) -> Coroutine[object, object, None]:
        """Calls a method without waiting for its response."""
        ...

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float, sending: float) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""
        ...


class _Intercepted(Intercepted[Caller, AsyncInterceptor]):
    __slots__ = ()

    async def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> _T:
        """Calls a unary method."""

        async def proceed(call: CallInfo) -> _T:
            return await self._inner.call(method, payload, call.timeout)

        return await self._interceptor.unary(self._describe(method, "unary", payload, timeout), proceed)

    async def notify(self, method: Method[None], payload: bytes | bytearray, timeout: float) -> None:
        """Calls a method without waiting for its response."""

        async def proceed(call: CallInfo) -> None:
            await self._inner.notify(method, payload, call.timeout)

        await self._interceptor.unary(self._describe(method, "notification", payload, timeout), proceed)

    def stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float, sending: float) -> Stream[_T]:
        """Calls a streaming method; `timeout` is for each item, `sending` for the call itself."""

        def proceed(call: CallInfo) -> AsyncIterator[_T]:
            return self._inner.stream(method, payload, call.timeout, sending)

        made = self._interceptor.stream(self._describe(method, "stream", payload, timeout), proceed)
        return made if isinstance(made, Stream) else IteratorStream(made)


class AsyncClient(Client[Caller]):
    """What generated asyncio clients have in common."""

    __slots__ = ()

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        interceptors: Sequence[AsyncInterceptor] = (),
    ) -> None:
        """A client on a connection, which other clients may share.

        `timeout` is the timeout of calls that name none, in seconds; `math.inf` means no limit. For a stream it bounds
        only the sending of the call. The first of the `interceptors` is the outermost.
        Those of the connection are inside.
        """
        # Without a type checker a user may pass anything.
        if not isinstance(cast("object", connection), Connection):
            check_connection(type(self).__name__, connection, "asyncio")
        caller: Caller = connection
        around: Sequence[AsyncInterceptor] = getattr(connection, "interceptors", ())
        for interceptor in reversed((*interceptors, *around)):
            caller = _Intercepted(caller, interceptor, connection.address)
        super().__init__(caller, connection.limits, timeout)

    def _unary(
        self, method: Method[_T], payload: bytes | bytearray, timeout: float | None
    ) -> Coroutine[object, object, _T]:
        seconds = self._timeout if timeout is None else checked_timeout(timeout, self._timeout)
        return self._caller.call(method, payload, seconds)

    def _notify(
        self, method: Method[None], payload: bytes | bytearray, timeout: float | None
    ) -> Coroutine[object, object, None]:
        return self._caller.notify(method, payload, checked_timeout(timeout, self._timeout))

    def _stream(self, method: Method[_T], payload: bytes | bytearray, timeout: float | None) -> Stream[_T]:
        # A stream may be silent for hours. Only the caller's timeout bounds the wait for an item, not the client's.
        return self._caller.stream(method, payload, checked_timeout(timeout, math.inf), self._timeout)
