"""The careful codec's half that reads: a function for each form, which refuses what is not a value of it.

An error gets its path from the inside out, so that a path costs nothing until there is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, EnumType
from typing import Final, TypeAlias, cast

from ..errors import DecodeError
from .adapted import Adapter
from .options import Some
from .plan import Form, Plan, not_a_form, pairs
from .reader import (
    Keys,
    Reader,
    read_bool,
    read_bytes,
    read_char,
    read_count,
    read_entries,
    read_f32,
    read_f64,
    read_fixed_bytes,
    read_i8,
    read_i16,
    read_i32,
    read_i64,
    read_i128,
    read_nested,
    read_open_variant,
    read_option_tag,
    read_string,
    read_u8,
    read_u16,
    read_u32,
    read_u64,
    read_u128,
    read_unit,
    read_variant,
    read_zero_sized_array,
    read_zero_sized_count,
)

Read: TypeAlias = Callable[[Reader], object]
"""Reads a value of one form."""
_Count: TypeAlias = Callable[[Reader], int]

_SCALARS: Final[dict[str, Read]] = {
    "unit": read_unit,
    "bool": read_bool,
    "u8": read_u8,
    "u16": read_u16,
    "u32": read_u32,
    "u64": read_u64,
    "u128": read_u128,
    "i8": read_i8,
    "i16": read_i16,
    "i32": read_i32,
    "i64": read_i64,
    "i128": read_i128,
    "f32": read_f32,
    "f64": read_f64,
    "char": read_char,
    "string": read_string,
    "bytes": read_bytes,
}


@dataclass(slots=True)
class _Shape:
    """A record, or a variant of a union."""

    kind: Callable[..., object]
    names: tuple[str, ...]
    fields: list[tuple[str, Read]] = field(default_factory=list[tuple[str, Read]])
    """Empty until all types that it names are known."""


class Decoders:
    """Makes functions that read, and keeps those of types."""

    __slots__ = ("_known", "_plan")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[str, Read] = {}

    def of(self, form: Form) -> Read:
        """The function for a form."""
        # Another thread may do the same at the same time, and neither must see what the other has not finished.
        compiler = _Compiler(self._plan, dict(self._known))
        read = compiler.form(form)
        compiler.finish()
        self._known = compiler.known
        return read


class _Compiler:
    __slots__ = ("_open", "_plan", "known")

    def __init__(self, plan: Plan, known: dict[str, Read]) -> None:
        self._plan = plan
        self.known = known
        self._open: list[tuple[_Shape, list[Form]]] = []

    def finish(self) -> None:
        """Completes the shapes. A type may contain itself, so that its function is there before those of its fields."""
        while self._open:
            shape, fields = self._open.pop()
            shape.fields += [(name, self.form(form)) for name, form in pairs(fields)]

    def form(self, form: Form) -> Read:
        match form:
            case str():
                return _SCALARS.get(form) or self._named(form)
            case ("option", inner):
                return _option(self.form(inner))
            case ("list", item, int(size)):
                return _sequence(self.form(item), self._count(item, size), list)
            case ("frozen_list", item, int(size)):
                return _sequence(self.form(item), self._count(item, size), tuple)
            case ("set", item, int(size)):
                return _set(self.form(item), self._count(item, size), self._keys(item), set)
            case ("frozen_set", item, int(size)):
                return _set(self.form(item), self._count(item, size), self._keys(item), frozenset)
            case ("map", key, value, int(size)):
                count = self._count(("tuple", key, value), size)
                return _map(self.form(key), self.form(value), count, self._keys(key))
            case ("tuple", *items):
                return _tuple([self.form(item) for item in items])
            case ("array", item, int(length)):
                return _sequence(self.form(item), self._length(item, length), tuple)
            case ("fixed_bytes", int(length)):
                return lambda r: read_fixed_bytes(r, length)
            case ("record", kind, ("value", inner)) if kind is Some:
                return _some(self.form(inner))
            case ("enum", EnumType() as kind):
                return _enum(tuple(cast("type[Enum]", kind)))
            case ("open", EnumType() as kind):
                return _open(tuple(cast("type[Enum]", kind)))
            case ("adapted", Adapter() as adapter, inner):
                return _adapted(adapter, self.form(inner))
            case ("nested", inner, int(size)):
                return _object(*self._shapes(inner), lambda r: read_nested(r, size))
            case _:
                return _object(*self._shapes(form), None)

    def _named(self, name: str) -> Read:
        known = self.known.get(name)
        if known is None:
            known = self.known[name] = self.form(self._plan.types[name])
        return known

    def _count(self, item: Form, size: int) -> _Count:
        if self._plan.is_zero_sized(item):
            return lambda r: read_zero_sized_count(r, size)
        return lambda r: read_count(r, size)

    def _length(self, item: Form, length: int) -> _Count:
        zero_sized = self._plan.is_zero_sized(item)

        def read_length(r: Reader) -> int:
            if zero_sized:
                read_zero_sized_array(r, length)
            return length

        return read_length

    def _keys(self, item: Form) -> type[Keys] | None:
        return Keys if self._plan.may_collide(item) else None

    def _shapes(self, form: Form) -> tuple[list[_Shape], _Count]:
        """The shapes of a record or union, and what reads which of them it is."""
        match form:
            case ("union", *records):
                variants = len(records)
                return [self._shape(record) for record in records], lambda r: read_variant(r, variants)
            case _:
                return [self._shape(form)], lambda _: 0

    def _shape(self, form: Form) -> _Shape:
        match form:
            case ("record", type() as kind, *fields):
                shape = _Shape(kind, tuple(name for name, _ in pairs(fields)))
                self._open.append((shape, fields))
                return shape
            case _:
                raise not_a_form(form)


def _option(read: Read) -> Read:
    return lambda r: read(r) if read_option_tag(r) else None


def _some(read: Read) -> Read:
    return lambda r: Some(read(r))


def _sequence(read: Read, count: _Count, make: type[list[object]] | type[tuple[object, ...]]) -> Read:
    def read_sequence(r: Reader) -> object:
        items: list[object] = []
        append = items.append
        left = count(r)
        try:
            for _ in range(left):
                append(read(r))
        except DecodeError as error:
            error.within(len(items))
            raise
        return items if make is list else make(items)

    return read_sequence


def _set(
    read: Read, count: _Count, watch: type[Keys] | None, make: type[set[object]] | type[frozenset[object]]
) -> Read:
    def read_set(r: Reader) -> object:
        items: set[object] = set()
        keys = None if watch is None else watch()
        index = 0
        entries = read_entries(r, count(r))
        try:
            for _ in entries:
                item = read(r)
                items.add(item)
                if keys is not None:
                    keys.check(r, item, len(items))
                index += 1
        except DecodeError as error:
            error.within(index)
            raise
        return items if make is set else make(items)

    return read_set


def _map(read_key: Read, read_value: Read, count: _Count, watch: type[Keys] | None) -> Read:
    def read_map(r: Reader) -> object:
        items: dict[object, object] = {}
        keys = None if watch is None else watch()
        index = 0
        entries = read_entries(r, count(r))
        try:
            for _ in entries:
                key = read_key(r)
                items[key] = read_value(r)
                if keys is not None:
                    keys.check(r, key, len(items))
                index += 1
        except DecodeError as error:
            error.within(index)
            raise
        return items

    return read_map


def _tuple(reads: list[Read]) -> Read:
    def read_tuple(r: Reader) -> object:
        items: list[object] = []
        append = items.append
        try:
            for read in reads:
                append(read(r))
        except DecodeError as error:
            error.within(len(items))
            raise
        return tuple(items)

    return read_tuple


def _enum(members: tuple[Enum, ...]) -> Read:
    return lambda r: members[read_variant(r, len(members))]


def _open(members: tuple[Enum, ...]) -> Read:
    def read_open(r: Reader) -> object:
        index = read_open_variant(r)
        return members[index] if index < len(members) else index

    return read_open


def _adapted(adapter: Adapter, read: Read) -> Read:
    def read_adapted(r: Reader) -> object:
        start = r.pos
        value = read(r)
        try:
            return adapter.from_wire(value)
        except DecodeError as error:
            error.offset = start
            raise

    return read_adapted


def _object(shapes: list[_Shape], variant: _Count, enter: Callable[[Reader], None] | None) -> Read:
    """The function for a record, or for one of several. A type that can contain itself is entered."""

    def read_object(r: Reader) -> object:
        if enter is not None:
            enter(r)
        shape = shapes[variant(r)]
        values: list[object] = []
        append = values.append
        try:
            for _, read in shape.fields:
                append(read(r))
        except DecodeError as error:
            name, _ = shape.fields[len(values)]
            error.within(name)
            raise
        if enter is not None:
            r.depth -= 1
        # Some fields are given by name alone.
        return shape.kind(**dict(zip(shape.names, values, strict=True)))

    return read_object
