"""A client as a handler: a proxy."""

from collections.abc import Callable
from inspect import Parameter, signature
from types import new_class
from typing import Any, Final, TypeVar

from .method import Handler, SyncHandler

_OF_CALLS: Final = ("timeout", "metadata")
"""The parameters of a client's methods that are no arguments. No argument has one of these names."""

_H = TypeVar("_H", bound=Handler | SyncHandler)


def forward(handler: type[_H], client: object) -> _H:
    """A handler of this class whose methods are those of a client. Methods that the class implements itself stay."""
    missing = handler.__abstractmethods__
    methods = [method.attribute for method in handler.rapace_methods]
    namespace = {name: staticmethod(_by_position(getattr(client, name))) for name in methods if name in missing}
    made = new_class(handler.__name__, (handler,), exec_body=lambda body: body.update(namespace))
    proxy: _H = made()
    return proxy


def _by_position(method: Callable[..., Any]) -> Callable[..., Any]:
    """A client's method that takes all arguments by position, as handlers do."""
    parameters = signature(method).parameters.values()
    keywords = [parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY]
    named = [name for name in keywords if name not in _OF_CALLS]
    if not named:
        return method

    def forwarded(*arguments: object) -> Any:
        given = len(arguments) - len(named)
        return method(*arguments[:given], **dict(zip(named, arguments[given:], strict=True)))

    return forwarded
