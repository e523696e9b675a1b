"""Blocking handlers, and the interceptors around their calls, which run in the handlers' threads."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

from ..handlers.call import current
from ..handlers.method import ServedMethod, SyncHandler
from ..handlers.services import Services
from ..intercept import CallInfo, Kind, SyncInterceptor
from ..metadata import EMPTY


def check_blocking(handlers: Sequence[SyncHandler]) -> None:
    """Fails with a `TypeError` for handlers that need an event loop."""
    for handler in handlers:
        if not isinstance(cast("object", handler), SyncHandler):
            raise TypeError(f"{handler!r} is no blocking handler: derive it from the class in the package's `sync`")


def intercept(services: Services, interceptors: Sequence[SyncInterceptor]) -> None:
    """Puts the interceptors around each method; the first is the outermost."""
    if interceptors:
        services.wrap(partial(_intercepted, tuple(interceptors)))


def _intercepted(
    interceptors: tuple[SyncInterceptor, ...], method: ServedMethod, call: Callable[..., Any]
) -> Callable[..., Any]:
    def unary(*arguments: object) -> object:
        proceed: Callable[[CallInfo], object] = lambda _: call(*arguments)  # noqa: E731
        for interceptor in reversed(interceptors):
            proceed = partial(interceptor.unary, proceed=proceed)
        return proceed(_described(method, arguments))

    def stream(*arguments: object) -> Iterator[object]:
        opened: list[Iterator[object]] = []

        def noted(make: Callable[[CallInfo], Iterator[object]], info: CallInfo) -> Iterator[object]:
            made = iter(make(info))
            opened.append(made)
            return made

        proceed = partial(noted, lambda _: call(*arguments))
        for interceptor in reversed(interceptors):
            proceed = partial(noted, partial(interceptor.stream, proceed=proceed))
        try:
            yield from proceed(_described(method, arguments))
        finally:
            for iterator in reversed(opened):
                close: Callable[[], object] | None = getattr(iterator, "close", None)
                if close is not None:
                    close()

    return stream if method.streams else unary


def _described(method: ServedMethod, arguments: tuple[object, ...]) -> CallInfo:
    call = current.get()
    is_notification = call is not None and call.notification
    kind: Kind = "stream" if method.streams else "notification" if is_notification else "unary"
    service, _, name = method.name.partition(".")
    peer, metadata = ("", EMPTY) if call is None else (call.peer, call.metadata)
    return CallInfo(service, name, kind, math.inf, False, peer, lambda: arguments, metadata)
