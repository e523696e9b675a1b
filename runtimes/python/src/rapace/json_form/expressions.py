"""Which form a type has, as users write it: a class, a union, a new type, `list[Book]`."""

import types
import typing
from collections.abc import Mapping
from typing import Final

from ..postcard.adapted import Adapter
from ..postcard.options import Some
from ..postcard.plan import Form, Forms

_SCALARS: Final[dict[object, str]] = {
    bool: "bool",
    str: "string",
    bytes: "bytes",
    float: "f64",
    None: "unit",
    types.NoneType: "unit",
}


class Expressions:
    """The types of a package by what users write for them."""

    __slots__ = ("_classes", "_named", "_unions")

    def __init__(self, forms: Forms, named: Mapping[object, Form]) -> None:
        """`named` has the forms of new types and of users' own types."""
        self._named = named
        self._classes: dict[type, str] = {}
        self._unions: dict[frozenset[object], str] = {}
        for name, form in forms.items():
            self._add(name, form)

    def form_of(self, expression: object) -> Form:
        """The form of a type. Raises `TypeError` for what is no type of the package."""
        if _is_key(expression):
            if expression in self._named:
                return self._named[expression]
            if isinstance(expression, type) and expression in self._classes:
                return self._classes[expression]
            if expression in _SCALARS:
                return _SCALARS[expression]
        return self._generic(expression)

    def form_of_value(self, value: object) -> Form:
        """The form of an object whose class says which type it is of. Raises `TypeError` for any other."""
        for kind in type(value).__mro__:
            if kind in self._named:
                return self._named[kind]
            if kind in self._classes:
                return self._classes[kind]
        name = type(value).__name__
        raise TypeError(f"the type of a value of class {name} must be said: to_json(value, list[Book]), for example")

    def _add(self, name: str, form: Form) -> None:
        match form:
            case ("nested", inner, _):
                self._add(name, inner)
            case ("adapted", Adapter(), _):
                pass  # Its class is among the named ones.
            case ("enum" | "record", type() as kind, *_):
                self._classes[kind] = name
            case ("open", type() as kind):
                self._classes[kind] = name
                self._unions[frozenset((kind, int))] = name
            case ("union", *records):
                variants = [kind for kind in map(_class_of, records) if kind is not None]
                self._classes.update(dict.fromkeys(variants, name))
                self._unions[frozenset(variants)] = name
            case _:
                pass

    def _generic(self, expression: object) -> Form:
        origin, arguments = typing.get_origin(expression), typing.get_args(expression)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        match origin, arguments:
            case _, (item,) if origin is list:
                return ("list", self.form_of(item), 0)
            case _, (item,) if origin is set:
                return ("set", self.form_of(item), 0)
            case _, (item,) if origin is frozenset:
                return ("frozen_set", self.form_of(item), 0)
            case _, (key, value) if origin is dict:
                return ("map", self.form_of(key), self.form_of(value), 0)
            case _, (item, end) if origin is tuple and end is ...:
                return ("frozen_list", self.form_of(item), 0)
            case _ if origin is tuple:
                return ("tuple", *map(self.form_of, arguments))
            case _, (value,) if origin is Some:
                return ("record", Some, ("value", self.form_of(value)))
            case _:
                raise _no_type(expression)

    def _union(self, members: tuple[object, ...]) -> Form:
        rest = [member for member in members if member is not types.NoneType]
        if len(rest) < len(members):
            inner = self.form_of(rest[0]) if len(rest) == 1 else self._union(tuple(rest))
            return ("option", inner)
        name = self._unions.get(frozenset(rest))
        if name is None:
            raise _no_type(" | ".join(getattr(member, "__name__", repr(member)) for member in rest))
        return name


def _is_key(expression: object) -> bool:
    try:
        hash(expression)
    except TypeError:
        return False
    return True


def _class_of(form: Form) -> type | None:
    match form:
        case ("record", type() as kind, *_):
            return kind
        case _:
            return None


def _no_type(expression: object) -> TypeError:
    if expression is int:
        return TypeError(
            "int is no type for JSON, which has one form for u32 and another for u64: use a type of the API"
        )
    shown = expression if isinstance(expression, str) else getattr(expression, "__qualname__", repr(expression))
    return TypeError(f"{shown} is no type of this package")
