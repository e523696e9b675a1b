"""A client as a handler: a proxy."""

from types import new_class
from typing import TypeVar

from .method import Handler, SyncHandler

_H = TypeVar("_H", bound=Handler | SyncHandler)


def forward(handler: type[_H], client: object) -> _H:
    """A handler of this class whose methods are those of a client. Methods that the class implements itself stay."""
    missing = handler.__abstractmethods__
    methods = [method.attribute for method in handler.rapace_methods]
    namespace = {name: staticmethod(getattr(client, name)) for name in methods if name in missing}
    made = new_class(handler.__name__, (handler,), exec_body=lambda body: body.update(namespace))
    proxy: _H = made()
    return proxy
