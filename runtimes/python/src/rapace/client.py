"""What asyncio and blocking clients share: generated clients call through a connection, or interceptors around one."""

from functools import partial
from typing import Generic, Literal, TypeVar

from .calls import Method, checked_timeout
from .intercept import CallInfo, Kind
from .limits import Limits
from .metadata import EMPTY, Metadata, MetadataLike, checked_metadata, merged

_CallerT = TypeVar("_CallerT")
_InterceptorT = TypeVar("_InterceptorT")
_T = TypeVar("_T")


class Client(Generic[_CallerT]):
    """A generated client: what it calls through, what it bounds, its timeout in seconds and its metadata."""

    __slots__ = ("_caller", "_limits", "_metadata", "_timeout")

    def __init__(self, caller: _CallerT, limits: Limits, timeout: float, metadata: MetadataLike | None = None) -> None:
        self._caller = caller
        self._limits = limits
        self._timeout = checked_timeout(timeout, timeout)
        self._metadata = merged(None, metadata, limits.max_metadata_bytes)

    def _with(self, metadata: MetadataLike | None) -> Metadata | None:
        """The metadata of a call: that of the client, and the call's own, which wins."""
        return merged(self._metadata, metadata, self._limits.max_metadata_bytes)


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

    __slots__ = ("_address", "_inner", "_interceptor", "_limits")

    def __init__(self, inner: _CallerT, interceptor: _InterceptorT, address: str, limits: Limits) -> None:
        self._inner = inner
        self._interceptor = interceptor
        self._address = address
        self._limits = limits

    def _describe(
        self,
        method: Method[_T],
        kind: Kind,
        payload: bytes | bytearray,
        timeout: float,
        metadata: Metadata | None = None,
    ) -> CallInfo:
        """What the interceptor learns about a call."""
        service, _, name = method.name.partition(".")
        arguments = partial(method.arguments, payload)
        return CallInfo(service, name, kind, timeout, method.idempotent, self._address, arguments, metadata or EMPTY)

    def _metadata_of(self, call: CallInfo) -> Metadata | None:
        """The metadata that the interceptor gives the call."""
        return checked_metadata(call.metadata, self._limits.max_metadata_bytes) if call.metadata else None

    def _check_without_metadata(self, call: CallInfo) -> None:
        """Refuses metadata that the interceptor gives a notification: these carry none."""
        if call.metadata:
            raise ValueError(f"the notification {call.service}.{call.method} cannot carry metadata")
