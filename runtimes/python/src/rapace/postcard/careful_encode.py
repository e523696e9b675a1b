"""The careful codec's half that writes: a function for each form, which refuses what is not a value of it.

An error gets its path from the inside out, so that a path costs nothing until there is an error.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum, EnumType
from typing import Final, TypeAlias, cast

from ..errors import EncodeError
from .adapted import Adapter
from .options import Some
from .plan import Form, Plan, not_a_form, pairs
from .writer import (
    Writer,
    expect_items,
    expect_list,
    expect_map,
    expect_set,
    expect_some,
    expect_unknown,
    write_bool,
    write_bytes,
    write_char,
    write_count,
    write_f32,
    write_f64,
    write_fixed_bytes,
    write_i8,
    write_i16,
    write_i32,
    write_i64,
    write_i128,
    write_nested,
    write_string,
    write_u8,
    write_u16,
    write_u32,
    write_u64,
    write_u128,
    write_unit,
    write_variant,
    write_zero_sized_array,
    write_zero_sized_count,
    wrong_type,
)

Write: TypeAlias = Callable[[Writer, object], None]
"""Writes a value of one form."""
_WriteCount: TypeAlias = Callable[[Writer, int], None]

_SCALARS: Final[dict[str, Write]] = {
    "unit": write_unit,
    "bool": write_bool,
    "u8": write_u8,
    "u16": write_u16,
    "u32": write_u32,
    "u64": write_u64,
    "u128": write_u128,
    "i8": write_i8,
    "i16": write_i16,
    "i32": write_i32,
    "i64": write_i64,
    "i128": write_i128,
    "f32": write_f32,
    "f64": write_f64,
    "char": write_char,
    "string": write_string,
    "bytes": write_bytes,
}


@dataclass(slots=True)
class _Shape:
    """A record, or a variant of a union."""

    kind: type
    index: int | None
    """The number of the variant."""
    fields: list[tuple[str, Write]] = field(default_factory=list[tuple[str, Write]])
    """Empty until all types that it names are known."""


class Encoders:
    """Makes functions that write, and keeps those of types."""

    __slots__ = ("_known", "_plan")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[str, Write] = {}

    def of(self, form: Form) -> Write:
        """The function for a form."""
        # Another thread may do the same at the same time, and neither must see what the other has not finished.
        compiler = _Compiler(self._plan, dict(self._known))
        write = compiler.form(form)
        compiler.finish()
        self._known = compiler.known
        return write


class _Compiler:
    __slots__ = ("_open", "_plan", "known")

    def __init__(self, plan: Plan, known: dict[str, Write]) -> None:
        self._plan = plan
        self.known = known
        self._open: list[tuple[_Shape, list[Form]]] = []

    def finish(self) -> None:
        """Completes the shapes. A type may contain itself, so that its function is there before those of its fields."""
        while self._open:
            shape, fields = self._open.pop()
            shape.fields += [(name, self.form(form)) for name, form in pairs(fields)]

    def form(self, form: Form, name: str | None = None) -> Write:
        """The function for a form, that of the type `name` if it has one."""
        match form:
            case str():
                return _SCALARS.get(form) or self._named(form)
            case ("option", inner):
                return _option(self.form(inner))
            case ("list" | "frozen_list", item, _):
                return _items(expect_list, self.form(item), self._count(item))
            case ("set" | "frozen_set", item, _):
                return _items(expect_set, self.form(item), self._count(item))
            case ("map", key, value, _):
                return _map(self.form(key), self.form(value), self._count(("tuple", key, value)))
            case ("tuple", *items):
                return _tuple([self.form(item) for item in items])
            case ("array", item, int(length)):
                return _array(self.form(item), length, self._check(item, length))
            case ("fixed_bytes", int(length)):
                return lambda w, value: write_fixed_bytes(w, value, length)
            case ("enum", EnumType() as kind):
                return _enum(kind)
            case ("open", EnumType() as kind):
                return _open(kind)
            case ("record", kind, ("value", inner)) if kind is Some:
                return _some(self.form(inner))
            case ("adapted", Adapter() as adapter, inner):
                write = self.form(inner, name)
                return lambda w, value: write(w, adapter.to_wire(value))
            case ("nested", inner, _):
                return _object(*self._shapes(inner, name), write_nested)
            case _:
                return _object(*self._shapes(form, name), None)

    def _named(self, name: str) -> Write:
        known = self.known.get(name)
        if known is None:
            known = self.known[name] = self.form(self._plan.types[name], name)
        return known

    def _count(self, item: Form) -> _WriteCount:
        return write_zero_sized_count if self._plan.is_zero_sized(item) else write_count

    def _check(self, item: Form, length: int) -> Callable[[Writer], None] | None:
        if self._plan.is_zero_sized(item):
            return lambda w: write_zero_sized_array(w, length)
        return None

    def _shapes(self, form: Form, name: str | None) -> tuple[str, list[_Shape]]:
        """What a record or union is called in errors, and its shapes."""
        match form:
            case ("union", *records):
                return name or "union", [self._shape(record, index) for index, record in enumerate(records)]
            case _:
                shape = self._shape(form, None)
                return shape.kind.__name__, [shape]

    def _shape(self, form: Form, index: int | None) -> _Shape:
        match form:
            case ("record", type() as kind, *fields):
                shape = _Shape(kind, index)
                self._open.append((shape, fields))
                return shape
            case _:
                raise not_a_form(form)


def _option(write: Write) -> Write:
    def write_option(w: Writer, value: object) -> None:
        if value is None:
            w.append(0)
        else:
            w.append(1)
            write(w, value)

    return write_option


def _some(write: Write) -> Write:
    def write_some(w: Writer, value: object) -> None:
        write(w, expect_some(value))

    return write_some


def _items(expect: Callable[[object], Collection[object]], write: Write, write_count: _WriteCount) -> Write:
    """The function for a list or a set, whose items `expect` gives."""

    def write_items(w: Writer, value: object) -> None:
        items = expect(value)
        write_count(w, len(items))
        index = 0
        try:
            for item in items:
                write(w, item)
                index += 1
        except EncodeError as error:
            error.within(index)
            raise

    return write_items


def _map(write_key: Write, write_value: Write, write_count: _WriteCount) -> Write:
    def write_map(w: Writer, value: object) -> None:
        items = expect_map(value)
        write_count(w, len(items))
        index = 0
        try:
            for key, item in items:
                write_key(w, key)
                write_value(w, item)
                index += 1
        except EncodeError as error:
            error.within(index)
            raise

    return write_map


def _tuple(writes: list[Write]) -> Write:
    def write_tuple(w: Writer, value: object) -> None:
        items = expect_items(value, len(writes))
        index = 0
        try:
            for write, item in zip(writes, items, strict=True):
                write(w, item)
                index += 1
        except EncodeError as error:
            error.within(index)
            raise

    return write_tuple


def _array(write: Write, length: int, check: Callable[[Writer], None] | None) -> Write:
    def write_array(w: Writer, value: object) -> None:
        items = expect_items(value, length)
        if check is not None:
            check(w)
        index = 0
        try:
            for item in items:
                write(w, item)
                index += 1
        except EncodeError as error:
            error.within(index)
            raise

    return write_array


def _enum(kind: EnumType) -> Write:
    name = kind.__name__

    def write_enum(w: Writer, value: object) -> None:
        if not isinstance(value, kind):
            raise wrong_type(name, value)
        write_variant(w, cast("Enum", value).value)

    return write_enum


def _open(kind: EnumType) -> Write:
    write_member = _enum(kind)

    def write_open(w: Writer, value: object) -> None:
        if isinstance(value, int) and not isinstance(value, bool | Enum):
            write_variant(w, expect_unknown(kind, value))
        else:
            write_member(w, value)

    return write_open


def _object(expected: str, shapes: list[_Shape], enter: Callable[[Writer], None] | None) -> Write:
    """The function for a record, or for one of several. A type that can contain itself is entered."""

    def write_object(w: Writer, value: object) -> None:
        if enter is not None:
            enter(w)
        for shape in shapes:
            if isinstance(value, shape.kind):
                break
        else:
            raise wrong_type(expected, value)
        if shape.index is not None:
            write_variant(w, shape.index)
        at = ""
        try:
            for name, write in shape.fields:
                at = name
                write(w, getattr(value, name))
        except EncodeError as error:
            error.within(at)
            raise
        if enter is not None:
            w.depth -= 1

    return write_object
