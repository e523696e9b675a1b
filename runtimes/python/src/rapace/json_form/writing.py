"""The half that makes JSON of values: a function for each form, which refuses what is not a value of it.

An error is an `EncodeError`. It gets its path from the inside out, like those of the careful codec.
"""

import math
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, EnumType
from struct import pack, unpack
from typing import Final, TypeAlias, cast

from ..errors import EncodeError
from ..postcard.adapted import Adapter
from ..postcard.options import Some
from ..postcard.plan import Form, Forms, not_a_form, pairs
from ..postcard.writer import (
    expect_buffer,
    expect_float,
    expect_integer,
    expect_items,
    expect_list,
    expect_map,
    expect_set,
    expect_some,
    expect_unknown,
    expect_utf8,
    wrong_type,
)
from .names import LARGE, SMALL, Names

Write: TypeAlias = Callable[[object], object]
"""Makes JSON of a value of one form."""


@dataclass(slots=True)
class _Shape:
    """A record, or a variant of a union."""

    kind: type
    variant: str | None
    """What JSON calls the variant."""
    names: tuple[str, ...] | None
    """What JSON calls the fields."""
    fields: list[tuple[str, Write]] = field(default_factory=list[tuple[str, Write]])
    """Empty until all types that it names are known."""

    def write(self, value: object) -> object:
        parts: list[object] = []
        at = ""
        try:
            for name, write in self.fields:
                at = name
                parts.append(write(getattr(value, name)))
        except EncodeError as error:
            error.within(at)
            raise
        if self.names is not None:
            return dict(zip(self.names, parts, strict=True))
        return parts if len(parts) > 1 else parts[0] if parts else None


class Writers:
    """Makes functions that write JSON, and keeps those of types."""

    __slots__ = ("_known", "_names", "_open", "_types")

    def __init__(self, types: Forms, names: Names) -> None:
        self._types = types
        self._names = names
        self._known: dict[str, Write] = {}
        self._open: list[tuple[_Shape, list[Form]]] = []

    def of(self, form: Form) -> Write:
        """The function for a form."""
        write = self._form(form, None)
        # A type may contain itself, so that its function is there before those of its fields.
        while self._open:
            shape, fields = self._open.pop()
            shape.fields = [(name, self._form(inner, None)) for name, inner in pairs(fields)]
        return write

    def _form(self, form: Form, name: str | None) -> Write:
        """The function for a form, that of the type `name` if it has one."""
        match form:
            case str():
                return _scalar(form) or self._named(form)
            case ("option", inner):
                return _option(self._form(inner, None))
            case ("record", kind, ("value", inner)) if kind is Some:
                return _some(self._form(inner, None))
            case ("list" | "frozen_list", item, _):
                return _items(expect_list, self._form(item, None))
            case ("set" | "frozen_set", item, _):
                return _items(expect_set, self._form(item, None))
            case ("array", item, int(length)):
                return _items(lambda value: expect_items(value, length), self._form(item, None))
            case ("map", key, value, _):
                return _map(self._form(key, None), self._form(value, None))
            case ("tuple", *items):
                return _tuple([self._form(item, None) for item in items])
            case ("fixed_bytes", int(length)):
                return lambda value: list(_fixed(value, length))
            case ("enum", EnumType() as kind):
                return _enum(kind, self._names.variants[name or kind.__name__])
            case ("open", EnumType() as kind):
                return _open(kind, self._names.variants[name or kind.__name__])
            case ("nested", inner, _):
                return self._form(inner, name)
            case ("adapted", Adapter() as adapter, inner):
                write = self._form(inner, name)
                return lambda value: write(adapter.to_wire(value))
            case _:
                return _object(*self._shapes(form, name))

    def _named(self, name: str) -> Write:
        known = self._known.get(name)
        if known is None:
            waiting: list[Write] = []
            self._known[name] = lambda value: waiting[0](value)
            waiting.append(self._form(self._types[name], name))
            known = self._known[name] = waiting[0]
        return known

    def _shapes(self, form: Form, name: str | None) -> tuple[str, list[_Shape]]:
        match form:
            case ("union", *records):
                variants = self._names.variants[name or ""]
                shapes = [self._shape(record, variant) for record, variant in zip(records, variants, strict=True)]
                return name or "union", shapes
            case _:
                shape = self._shape(form, None)
                return shape.kind.__name__, [shape]

    def _shape(self, form: Form, variant: str | None) -> _Shape:
        match form:
            case ("record", type() as kind, *fields):
                shape = _Shape(kind, variant, self._names.of_record(kind, fields))
                self._open.append((shape, fields))
                return shape
            case _:
                raise not_a_form(form)


def _scalar(form: str) -> Write | None:
    if form in SMALL:
        lowest, highest = SMALL[form]
        return lambda value: expect_integer(value, form, lowest, highest)
    if form in LARGE:
        lowest, highest = LARGE[form]
        return lambda value: str(expect_integer(value, form, lowest, highest))
    return _SCALARS.get(form)


def _unit(value: object) -> None:
    if value is not None:
        raise wrong_type("None", value)


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong_type("bool", value)
    return value


def _float(value: object) -> object:
    number = expect_float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return "-0" if number == 0 and math.copysign(1, number) < 0 else number


def _f32(value: object) -> object:
    number = narrowed(expect_float(value))
    if number is None:
        raise EncodeError(f"{value} is out of range of f32")
    return _float(number)


def narrowed(number: float) -> float | None:
    """The f32 that is nearest to a number; None when it is too large for one."""
    if math.isnan(number) or math.isinf(number):
        return number
    try:
        (near,) = unpack("<f", pack("<f", number))
    except OverflowError:
        return None
    result: float = near
    return result


def _string(value: object) -> str:
    return expect_utf8(value).decode()


def _char(value: object) -> str:
    text = _string(value)
    if len(text) != 1:
        raise EncodeError("expected one character")
    return text


def _bytes(value: object) -> str:
    return b64encode(expect_buffer(value)).decode()


def _fixed(value: object, length: int) -> bytes | bytearray:
    data = expect_buffer(value)
    if len(data) != length:
        raise EncodeError(f"expected {length} bytes, got {len(data)}")
    return data


_SCALARS: Final[dict[str, Write]] = {
    "unit": _unit,
    "bool": _bool,
    "f32": _f32,
    "f64": _float,
    "string": _string,
    "char": _char,
    "bytes": _bytes,
}


def _option(write: Write) -> Write:
    return lambda value: None if value is None else {"some": write(value)}


def _some(write: Write) -> Write:
    return lambda value: write(expect_some(value))


def _items(expect: Callable[[object], Iterable[object]], write: Write) -> Write:
    def write_items(value: object) -> object:
        made: list[object] = []
        append = made.append
        items = expect(value)
        try:
            for item in items:
                append(write(item))
        except EncodeError as error:
            error.within(len(made))
            raise
        return made

    return write_items


def _map(write_key: Write, write_value: Write) -> Write:
    def write_map(value: object) -> object:
        made: list[object] = []
        items = expect_map(value)
        try:
            for key, item in items:
                made.append([write_key(key), write_value(item)])
        except EncodeError as error:
            error.within(len(made))
            raise
        return made

    return write_map


def _tuple(writes: list[Write]) -> Write:
    def write_tuple(value: object) -> object:
        made: list[object] = []
        items = expect_items(value, len(writes))
        try:
            for write, item in zip(writes, items, strict=True):
                made.append(write(item))
        except EncodeError as error:
            error.within(len(made))
            raise
        return made

    return write_tuple


def _enum(kind: EnumType, names: tuple[str, ...]) -> Write:
    def write_enum(value: object) -> object:
        if not isinstance(value, kind):
            raise wrong_type(kind.__name__, value)
        written: dict[str, object] = {names[cast("Enum", value).value]: None}
        return written

    return write_enum


def _open(kind: EnumType, names: tuple[str, ...]) -> Write:
    write_member = _enum(kind, names)

    def write_open(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool | Enum):
            return expect_unknown(kind, value)
        return write_member(value)

    return write_open


def _object(expected: str, shapes: list[_Shape]) -> Write:
    def write_object(value: object) -> object:
        for shape in shapes:
            if isinstance(value, shape.kind):
                written = shape.write(value)
                return written if shape.variant is None else {shape.variant: written}
        raise wrong_type(expected, value)

    return write_object
