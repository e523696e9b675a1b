"""What asyncio and blocking clients share: generated clients call through a connection, or interceptors around one."""

from functools import partial
from typing import Generic, Literal, TypeVar

from .calls import Method, checked_timeout
from .intercept import CallInfo, Kind
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


def check_connection(client: str, given: object, flavor: Literal["asyncio", "blocking"]) -> None:
    """Refuses what is no connection of a client's flavor, and says what to write. Stand-ins of tests have limits."""
    connect = "rapace.connect" if flavor == "asyncio" else "rapace.sync.connect"
    how = f"async with {connect}(…) as connection" if flavor == "asyncio" else f"with {connect}(…) as connection"
    if isinstance(given, str):
        raise TypeError(f"{client} needs a connection, not an address: write `{how}`, and `{client}(connection)`")
    if type(given).__name__ == "Connecting":
        wanted = f"`{how}`" if flavor == "asyncio" else f"`{how}` for a blocking client"
        raise TypeError(f"{client} needs a connection, and this one is not open yet: write {wanted}")
    if hasattr(given, "in_flight"):
        other = "a blocking connection" if flavor == "asyncio" else "a connection of asyncio"
        twin = "the client of the same name in `sync`" if flavor == "asyncio" else "the client of the package itself"
        raise TypeError(f"{client} cannot use {other}: write `{how}`, or take {twin}")
    if not hasattr(given, "limits"):
        raise TypeError(f"{client} needs a connection, not {type(given).__name__}: write `{how}`")


class Intercepted(Generic[_CallerT, _InterceptorT]):
    """A caller with an interceptor around it."""

    __slots__ = ("_address", "_inner", "_interceptor")

    def __init__(self, inner: _CallerT, interceptor: _InterceptorT, address: str) -> None:
        self._inner = inner
        self._interceptor = interceptor
        self._address = address

    def _describe(self, method: Method[_T], kind: Kind, payload: bytes | bytearray, timeout: float) -> CallInfo:
        """What the interceptor learns about a call."""
        service, _, name = method.name.partition(".")
        arguments = partial(method.arguments, payload)
        return CallInfo(service, name, kind, timeout, method.idempotent, self._address, arguments)
