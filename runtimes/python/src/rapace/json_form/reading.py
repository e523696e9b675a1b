"""The half that makes values of JSON: a function for each form, which refuses what is not exactly in that form.

An error is a `JsonError`. It gets its path from the inside out, like those of the careful codec.
"""

import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum, EnumType
from typing import Final, TypeAlias, cast

from ..errors import DecodeError, JsonError
from ..postcard.adapted import Adapter
from ..postcard.options import Some
from ..postcard.plan import Form, Forms, not_a_form, pairs
from .names import LARGE, SMALL, Names
from .writing import narrowed

Read: TypeAlias = Callable[[object], object]
"""Makes a value of one form of JSON."""

_VARIANT: Final = "an object with one entry"
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,48}", re.ASCII)
_FLOATS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


@dataclass(slots=True)
class _Shape:
    """A record, or a variant of a union."""

    kind: Callable[..., object]
    names: tuple[str, ...] | None
    """What JSON calls the fields."""
    fields: list[tuple[str, Read]] = field(default_factory=list[tuple[str, Read]])
    """Empty until all types that it names are known."""

    def read(self, data: object) -> object:
        if self.names is not None:
            values = self._of_object(_object_of(data), self.names)
            # Some fields are given by name alone.
            return self.kind(**{name: value for (name, _), value in zip(self.fields, values, strict=True)})
        if len(self.fields) == 1:
            ((_, read),) = self.fields
            return self.kind(read(data))
        if not self.fields:
            _unit(data)
            return self.kind()
        return self.kind(*_each([read for _, read in self.fields], data))

    def _of_object(self, data: dict[str, object], names: tuple[str, ...]) -> list[object]:
        values: list[object] = []
        for name, (_, read) in zip(names, self.fields, strict=True):
            if name not in data:
                raise JsonError(f'no field "{name}"')
            try:
                values.append(read(data[name]))
            except JsonError as error:
                error.within(name)
                raise
        if len(data) > len(names):
            unknown = next(name for name in data if name not in names)
            raise JsonError(f'there is no field "{unknown}"')
        return values


class Readers:
    """Makes functions that read JSON, and keeps those of types."""

    __slots__ = ("_known", "_names", "_open", "_types")

    def __init__(self, types: Forms, names: Names) -> None:
        self._types = types
        self._names = names
        self._known: dict[str, Read] = {}
        self._open: list[tuple[_Shape, list[Form]]] = []

    def of(self, form: Form) -> Read:
        """The function for a form."""
        read = self._form(form, None)
        # A type may contain itself, so that its function is there before those of its fields.
        while self._open:
            shape, fields = self._open.pop()
            shape.fields = [(name, self._form(inner, None)) for name, inner in pairs(fields)]
        return read

    def _form(self, form: Form, name: str | None) -> Read:
        """The function for a form, that of the type `name` if it has one."""
        match form:
            case str():
                return _scalar(form) or self._named(form)
            case ("option", inner):
                return _option(self._form(inner, None))
            case ("record", kind, ("value", inner)) if kind is Some:
                read_value = self._form(inner, None)
                return lambda data: Some(read_value(data))
            case ("list", item, _):
                return _items(self._form(item, None), list)
            case ("frozen_list", item, _):
                return _items(self._form(item, None), tuple)
            case ("set", item, _):
                return _set(self._form(item, None), set)
            case ("frozen_set", item, _):
                return _set(self._form(item, None), frozenset)
            case ("array", item, int(length)):
                return _array(self._form(item, None), length)
            case ("map", key, value, _):
                return _map(self._form(key, None), self._form(value, None))
            case ("tuple", *items):
                reads = [self._form(item, None) for item in items]
                return lambda data: tuple(_each(reads, data))
            case ("fixed_bytes", int(length)):
                read_array = _array(_integer_from(*SMALL["u8"]), length)
                return lambda data: bytes(cast("tuple[int, ...]", read_array(data)))
            case ("enum", EnumType() as kind):
                return _enum(kind, self._names.variants[name or kind.__name__])
            case ("open", EnumType() as kind):
                return _open(kind, self._names.variants[name or kind.__name__])
            case ("nested", inner, _):
                return self._form(inner, name)
            case ("adapted", Adapter() as adapter, inner):
                return _adapted(adapter, self._form(inner, name))
            case ("union", *records):
                variants = self._names.variants[name or ""]
                shapes = [self._shape(record) for record in records]
                return _union(name or "union", dict(zip(variants, shapes, strict=True)))
            case _:
                return self._shape(form).read

    def _named(self, name: str) -> Read:
        known = self._known.get(name)
        if known is None:
            waiting: list[Read] = []
            self._known[name] = lambda data: waiting[0](data)
            waiting.append(self._form(self._types[name], name))
            known = self._known[name] = waiting[0]
        return known

    def _shape(self, form: Form) -> _Shape:
        match form:
            case ("record", type() as kind, *fields):
                shape = _Shape(kind, self._names.of_record(kind, fields))
                self._open.append((shape, fields))
                return shape
            case _:
                raise not_a_form(form)


def wrong_json(expected: str, data: object) -> JsonError:
    """The error for JSON of another kind than the expected one."""
    match data:
        case None:
            found = "null"
        case bool():
            found = "true" if data else "false"
        case int() | float():
            found = "a number"
        case str():
            found = "a string"
        case list():
            found = "an array"
        case dict():
            found = "an object"
        case _:
            found = f"{type(data).__name__}, which is not JSON"
    return JsonError(f"expected {expected}, got {found}")


def _scalar(form: str) -> Read | None:
    if form in SMALL:
        return _integer_from(*SMALL[form])
    if form in LARGE:
        return _large(form, *LARGE[form])
    return _SCALARS.get(form)


def _integer_from(lowest: int, highest: int) -> Read:
    def read_integer(data: object) -> object:
        if not isinstance(data, int) or isinstance(data, bool):
            raise wrong_json("an integer", data)
        if not lowest <= data <= highest:
            raise JsonError(f"{_shown(data)} is not an integer from {lowest} to {highest}")
        return data

    return read_integer


def _large(form: str, lowest: int, highest: int) -> Read:
    def read_integer(data: object) -> object:
        if not isinstance(data, str):
            raise wrong_json("a string with an integer", data)
        # A minus before zero is a number of signed types alone.
        if _INTEGER.fullmatch(data) and (lowest or data[0] != "-"):
            number = int(data)
            if lowest <= number <= highest:
                return number
        raise JsonError(f"{_cut(data)} is no integer of {form}")

    return read_integer


def _unit(data: object) -> None:
    if data is not None:
        raise wrong_json("null", data)


def _bool(data: object) -> object:
    if not isinstance(data, bool):
        raise wrong_json("true or false", data)
    return data


def _f64(data: object) -> float:
    if isinstance(data, str) and data in _FLOATS:
        return _FLOATS[data]
    if not isinstance(data, int | float) or isinstance(data, bool) or not math.isfinite(data):
        raise wrong_json("a float", data)
    try:
        return float(data)
    except OverflowError:
        raise JsonError(f"{_shown(data)} is out of range of f64") from None


def _f32(data: object) -> object:
    number = narrowed(_f64(data))
    if number is None:
        raise JsonError(f"{data} is out of range of f32")
    return number


def _string(data: object) -> str:
    if not isinstance(data, str):
        raise wrong_json("a string", data)
    if not data.isascii():
        try:
            data.encode()
        except UnicodeEncodeError as error:
            raise JsonError(f"unpaired surrogate at character {error.start}") from None
    return data


def _char(data: object) -> object:
    text = _string(data)
    if len(text) != 1:
        raise JsonError(f"{_cut(text)} is not one character")
    return text


def _bytes(data: object) -> object:
    if isinstance(data, str):
        try:
            decoded = b64decode(data, validate=True)
        except ValueError:
            decoded = b""
        # Bits that mean nothing must be zero.
        if b64encode(decoded) == data.encode(errors="replace"):
            return decoded
    raise wrong_json("a string of base64", data)


_SCALARS: Final[dict[str, Read]] = {
    "unit": _unit,
    "bool": _bool,
    "f32": _f32,
    "f64": _f64,
    "string": _string,
    "char": _char,
    "bytes": _bytes,
}


def _option(read: Read) -> Read:
    def read_option(data: object) -> object:
        if data is None:
            return None
        name, inside = _entry(data, 'null or {"some": …}')
        if name != "some":
            raise JsonError(f'expected null or {{"some": …}}, got an object with the name {_cut(name)}')
        return read(inside)

    return read_option


def _array_of(data: object) -> list[object]:
    if not isinstance(data, list):
        raise wrong_json("an array", data)
    return cast("list[object]", data)


def _object_of(data: object) -> dict[str, object]:
    if not isinstance(data, dict):
        raise wrong_json("an object", data)
    return cast("dict[str, object]", data)


def _all(read: Read, items: Collection[object]) -> list[object]:
    values: list[object] = []
    append = values.append
    try:
        for item in items:
            append(read(item))
    except JsonError as error:
        error.within(len(values))
        raise
    return values


def _each(reads: list[Read], data: object) -> list[object]:
    """The values of an array with a form for each item."""
    values: list[object] = []
    items = _exactly(data, len(reads))
    try:
        for read, item in zip(reads, items, strict=True):
            values.append(read(item))
    except JsonError as error:
        error.within(len(values))
        raise
    return values


def _exactly(data: object, length: int) -> list[object]:
    items = _array_of(data)
    if len(items) != length:
        raise JsonError(f"expected {length} items, got {len(items)}")
    return items


def _items(read: Read, made: Callable[[list[object]], object]) -> Read:
    return lambda data: made(_all(read, _array_of(data)))


def _array(read: Read, length: int) -> Read:
    return lambda data: tuple(_all(read, _exactly(data, length)))


def _set(read: Read, made: Callable[[list[object]], Collection[object]]) -> Read:
    def read_set(data: object) -> object:
        items = _all(read, _array_of(data))
        values = made(items)
        if len(values) < len(items):
            raise JsonError("an item is there twice")
        return values

    return read_set


def _map(read_key: Read, read_value: Read) -> Read:
    reads = [read_key, read_value]

    def read_map(data: object) -> object:
        entries: dict[object, object] = {}
        count = 0
        array = _array_of(data)
        try:
            for entry in array:
                key, value = (read(part) for read, part in zip(reads, _pair(entry), strict=True))
                _check_new(key, entries)
                entries[key] = value
                count += 1
        except JsonError as error:
            error.within(count)
            raise
        return entries

    return read_map


def _pair(entry: object) -> list[object]:
    if isinstance(entry, list):
        parts = cast("list[object]", entry)
        if len(parts) == 2:
            return parts
        entry = parts
    raise wrong_json("[key, value]", entry)


def _check_new(key: object, entries: dict[object, object]) -> None:
    if key in entries:
        raise JsonError("the key is there twice")


def _entry(data: object, expected: str) -> tuple[str, object]:
    """The only entry of an object."""
    if isinstance(data, dict):
        entries = list(cast("dict[str, object]", data).items())
        if len(entries) == 1:
            return entries[0]
        raise JsonError(f"expected {expected}, got an object with {len(entries)} entries")
    raise wrong_json(expected, data)


def _no_variant(expected: str, name: str, names: Collection[str]) -> JsonError:
    return JsonError(f"{expected} has no variant {_cut(name)}: it has {', '.join(names)}")


def _enum(kind: EnumType, names: tuple[str, ...]) -> Read:
    members = dict(zip(names, cast("type[Enum]", kind), strict=True))

    def read_enum(data: object) -> object:
        name, inside = _entry(data, _VARIANT)
        if name not in members:
            raise _no_variant(kind.__name__, name, names)
        _unit(inside)
        return members[name]

    return read_enum


def _open(kind: EnumType, names: tuple[str, ...]) -> Read:
    read_known = _enum(kind, names)
    read_index = _integer_from(*SMALL["u32"])

    def read_open(data: object) -> object:
        if not isinstance(data, int) or isinstance(data, bool):
            return read_known(data)
        index = cast("int", read_index(data))
        if index < len(names):
            raise JsonError(f"{index} is a variant of {kind.__name__}: write its name")
        return index

    return read_open


def _union(expected: str, shapes: dict[str, _Shape]) -> Read:
    def read_union(data: object) -> object:
        name, inside = _entry(data, _VARIANT)
        if name not in shapes:
            raise _no_variant(expected, name, shapes)
        try:
            return shapes[name].read(inside)
        except JsonError as error:
            error.within(name)
            raise

    return read_union


def _adapted(adapter: Adapter, read: Read) -> Read:
    def read_adapted(data: object) -> object:
        value = read(data)
        try:
            return adapter.from_wire(value)
        except DecodeError as error:
            raise JsonError(error.problem) from error

    return read_adapted


def _shown(number: float) -> str:
    """The number, or how large it is: Python refuses to print integers of thousands of digits."""
    bits = number.bit_length() if isinstance(number, int) else 0
    return str(number) if bits <= 256 else f"an integer of {bits} bits"


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
