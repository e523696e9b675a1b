"""The services of a host or a connection: which method has which number, and who implements it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast

from .method import Handler, ServedMethod, SyncHandler
from .results import async_result, sync_result

_Function: TypeAlias = Callable[..., Any]
"""A handler's method, whose arguments and answer are those of its service."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method that is served."""

    method: ServedMethod
    call: _Function
    """The handler's method."""
    in_thread: bool
    """True when the method blocks, so that it runs in a thread."""


class Services:
    """The methods of all handlers, by their numbers."""

    __slots__ = ("_names", "routes")

    routes: Final[dict[int, Route]]

    def __init__(self, handlers: Sequence[Handler | SyncHandler]) -> None:
        """Raises `TypeError` for what is not a handler, `ValueError` when two handlers implement one service."""
        self.routes = {}
        self._names: list[str] = []
        for handler in handlers:
            self._add(handler)
        self._names.sort()

    def wrap(self, around: Callable[[ServedMethod, _Function], _Function]) -> None:
        """Puts a function around each method of the handlers."""
        for number, route in self.routes.items():
            self.routes[number] = replace(route, call=around(route.method, route.call))

    def unknown(self, method_id: int) -> str:
        """Why a request for another method is refused."""
        return f"no method has the id 0x{method_id:08x}; services here: {', '.join(self._names)}"

    def _add(self, handler: Handler | SyncHandler) -> None:
        # Without a type checker a user may pass anything.
        if not isinstance(cast("object", handler), (Handler, SyncHandler)):
            hint = "an instance of it" if isinstance(handler, type) else "an instance of a generated handler class"
            raise TypeError(f"{handler!r} is no handler: pass {hint}")
        name = handler.rapace_service
        if name in self._names:
            raise ValueError(f"two handlers implement the service {name}: a host serves one of each")
        self._names.append(name)
        for method in handler.rapace_methods:
            other = self.routes.get(method.method_id)
            if other is not None:
                both = f"{other.method.name} and {method.name}"
                raise ValueError(f"{both} have the same method id 0x{method.method_id:08x}: serve them on two hosts")
            call = cast("_Function", getattr(handler, method.attribute))
            in_thread = isinstance(handler, SyncHandler)
            if method.result is not None:
                call = (sync_result if in_thread else async_result)(method.result, call)
            self.routes[method.method_id] = Route(method, call, in_thread)
