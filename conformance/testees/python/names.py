"""What generated code calls what the description names.

A name that means something to Python has become another one. So names are told by what the generated code does: a
method by the one that it calls, a type by the annotation of an argument.
"""

import inspect
import typing
from collections.abc import Iterator
from typing import Any


class Names:
    """The clients' functions and the classes of a generated package."""

    def __init__(self, api: dict[str, Any], package: Any, clients: Any) -> None:
        self.package = package
        self.calls: dict[str, tuple[Any, str]] = {}  # by a method's name on the wire: the client and its function
        self.notifications: dict[str, tuple[Any, str]] = {}
        self.types: dict[str, Any] = {}
        methods = {method["wire_name"]: method for service in api["services"] for method in service["methods"]}
        for client, name, function in functions(package, clients):
            wire_name, is_notification = called(package, function)
            (self.notifications if is_notification else self.calls)[wire_name] = client, name
            hints = typing.get_type_hints(function).values()
            for argument, hint in zip(methods[wire_name]["arguments"], hints, strict=False):
                match argument["type"]:
                    case {"named": named}:
                        self.types[named] = hint

    def type(self, name: str) -> Any:
        """A class, an alias or a new type; one that is nobody's argument has kept its name."""
        return self.types[name] if name in self.types else getattr(self.package, name)

    def variants(self, name: str) -> tuple[Any, ...]:
        """The classes of the variants of an enum with data, in order."""
        alias = self.type(name)
        return (alias,) if isinstance(alias, type) else typing.get_args(alias)


def functions(package: Any, clients: Any) -> Iterator[tuple[Any, str, Any]]:
    """The functions of all clients, with their client and their name."""
    kinds = package.rapace.codegen.AsyncClient, package.rapace.codegen.SyncClient
    for client in vars(clients).values():
        if isinstance(client, type) and issubclass(client, kinds):
            for name, function in vars(client).items():
                if inspect.isfunction(function):
                    yield client, name, inspect.unwrap(function)


def called(package: Any, function: Any) -> tuple[str, bool]:
    """The name on the wire of the method that a function calls, and whether it does so without waiting."""
    words = function.__code__.co_names
    used = (getattr(package._codecs, word, None) for word in words)
    (method,) = (each for each in used if isinstance(each, package.rapace.codegen.Method))
    return method.name, "_notify" in words
