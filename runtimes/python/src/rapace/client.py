"""What asyncio and blocking clients share: generated clients call through a connection, or interceptors around one."""

from typing import Generic, Literal, TypeVar

from .calls import Method, checked_timeout
from .intercept import CallInfo
from .limits import Limits

_CallerT = TypeVar("_CallerT")
_InterceptorT = TypeVar("_InterceptorT")
_T = TypeVar("_T")


class Client(Generic[_CallerT]):
    """A generated client: what it calls through, what it bounds, and its timeout in seconds."""

    __slots__ = ("_caller", "_limits", "_timeout")

    def __init__(self, caller: _CallerT, limits: Limits, timeout: float) -> None:
        self._caller = caller
        self._limits = limits
        self._timeout = checked_timeout(timeout, timeout)


class Intercepted(Generic[_CallerT, _InterceptorT]):
    """A caller with an interceptor around it."""

    __slots__ = ("_address", "_inner", "_interceptor")

    def __init__(self, inner: _CallerT, interceptor: _InterceptorT, address: str) -> None:
        self._inner = inner
        self._interceptor = interceptor
        self._address = address

    def _describe(self, method: Method[_T], kind: Literal["unary", "stream", "notify"], timeout: float) -> CallInfo:
        """What the interceptor learns about a call."""
        service, _, name = method.name.partition(".")
        return CallInfo(service, name, kind, timeout, method.idempotent, self._address)
