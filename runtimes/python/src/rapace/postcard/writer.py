"""Writing values as bytes. Each function takes any object, and raises `EncodeError` if it is not a value of its type.

Integers are Python integers in range, but no booleans; floats may be integers; lists may be tuples and the other way
round; sets may be frozen; bytes may be any of Python's byte buffers.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum, EnumType
from struct import Struct
from typing import cast

from ..errors import EncodeError
from ..limits import DEFAULT_LIMITS, Limits
from .options import Some

_F32 = Struct("<f")
_F64 = Struct("<d")


class Writer(bytearray):
    """The bytes of a payload so far."""

    __slots__ = ("depth", "limits", "zero_sized_items")

    depth: int
    """How many values of recursive types are open."""
    zero_sized_items: int
    """How many items without bytes its collections have so far."""
    limits: Limits
    """What the value may cost."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        super().__init__()
        self.depth = 0
        self.zero_sized_items = 0
        self.limits = limits


def wrong_type(expected: str, value: object) -> EncodeError:
    """The error for a value of another type than the expected one."""
    return EncodeError(f"expected {expected}, got {type(value).__name__}")


def write_unit(w: Writer, value: object) -> None:
    """Nothing at all, for `None`."""
    if value is not None:
        raise wrong_type("None", value)


def write_bool(w: Writer, value: object) -> None:
    """One byte, 0 or 1."""
    if value is True:
        w.append(1)
    elif value is False:
        w.append(0)
    else:
        raise wrong_type("bool", value)


def write_u8(w: Writer, value: object) -> None:
    """One raw byte."""
    w.append(expect_integer(value, "u8", 0, 0xFF))


def write_i8(w: Writer, value: object) -> None:
    """One raw byte, two's complement."""
    w.append(expect_integer(value, "i8", -0x80, 0x7F) & 0xFF)


def write_u16(w: Writer, value: object) -> None:
    """A varint."""
    _write_varint(w, expect_integer(value, "u16", 0, 0xFFFF))


def write_u32(w: Writer, value: object) -> None:
    """A varint."""
    _write_varint(w, expect_integer(value, "u32", 0, 0xFFFF_FFFF))


def write_u64(w: Writer, value: object) -> None:
    """A varint."""
    _write_varint(w, expect_integer(value, "u64", 0, 0xFFFF_FFFF_FFFF_FFFF))


def write_u128(w: Writer, value: object) -> None:
    """A varint."""
    _write_varint(w, expect_integer(value, "u128", 0, (1 << 128) - 1))


def write_i16(w: Writer, value: object) -> None:
    """Zigzag in a varint."""
    number = expect_integer(value, "i16", -0x8000, 0x7FFF)
    _write_varint(w, (number << 1) ^ (number >> 15))


def write_i32(w: Writer, value: object) -> None:
    """Zigzag in a varint."""
    number = expect_integer(value, "i32", -0x8000_0000, 0x7FFF_FFFF)
    _write_varint(w, (number << 1) ^ (number >> 31))


def write_i64(w: Writer, value: object) -> None:
    """Zigzag in a varint."""
    number = expect_integer(value, "i64", -0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF)
    _write_varint(w, (number << 1) ^ (number >> 63))


def write_i128(w: Writer, value: object) -> None:
    """Zigzag in a varint."""
    number = expect_integer(value, "i128", -(1 << 127), (1 << 127) - 1)
    _write_varint(w, (number << 1) ^ (number >> 127))


def write_f32(w: Writer, value: object) -> None:
    """Four bytes, little-endian. A finite number too large for them is refused, not made infinite."""
    try:
        w += _F32.pack(expect_float(value))
    except OverflowError:
        raise EncodeError(f"{value} is out of range of f32") from None


def write_f64(w: Writer, value: object) -> None:
    """Eight bytes, little-endian."""
    w += _F64.pack(expect_float(value))


def write_string(w: Writer, value: object) -> None:
    """A varint byte length, then UTF-8."""
    data = expect_utf8(value)
    _write_varint(w, len(data))
    w += data


def write_char(w: Writer, value: object) -> None:
    """One character, written as a string."""
    data = expect_utf8(value)
    if not isinstance(value, str) or len(value) != 1:
        raise EncodeError("expected one character")
    w.append(len(data))
    w += data


def write_bytes(w: Writer, value: object) -> None:
    """A varint length, then raw bytes."""
    data = expect_buffer(value)
    _write_varint(w, len(data))
    w += data


def write_fixed_bytes(w: Writer, value: object, length: int) -> None:
    """Raw bytes of this length, without a prefix."""
    data = expect_buffer(value)
    if len(data) != length:
        raise EncodeError(f"expected {length} bytes, got {len(data)}")
    w += data


def write_count(w: Writer, count: int) -> None:
    """How many items follow."""
    _write_varint(w, count)


def write_zero_sized_count(w: Writer, count: int) -> None:
    """How many items follow that may need no bytes at all."""
    write_zero_sized_array(w, count)
    _write_varint(w, count)


def write_zero_sized_array(w: Writer, count: int) -> None:
    """Refuses a payload with too many items that need no bytes: no peer with our limits would read it."""
    limit = w.limits.max_zero_sized_items
    w.zero_sized_items += count
    if w.zero_sized_items > limit:
        raise EncodeError(f"{w.zero_sized_items} zero-sized items exceed the limit of {limit}")


def write_variant(w: Writer, index: int) -> None:
    """The index of a variant."""
    _write_varint(w, index)


def expect_unknown(kind: EnumType, value: object) -> int:
    """The index of a variant that the enum does not have."""
    index = expect_integer(value, "u32", 0, 0xFFFF_FFFF)
    if index < len(kind):
        raise EncodeError(f"{index} is a variant of {kind.__name__}: write {list(cast('type[Enum]', kind))[index]}")
    return index


def expect_some(value: object) -> object:
    """What is inside a `Some`."""
    if isinstance(value, Some):
        some = cast("Some[object]", value)
        return some.value
    raise wrong_type("Some", value)


def expect_list(value: object) -> Sequence[object]:
    """The items of a list or tuple."""
    if isinstance(value, list | tuple):
        return cast("Sequence[object]", value)
    raise wrong_type("list", value)


def expect_items(value: object, length: int) -> Sequence[object]:
    """The items of a tuple or list of exactly this length."""
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        if len(items) != length:
            raise EncodeError(f"expected {length} items, got {len(items)}")
        return items
    raise wrong_type("tuple", value)


def expect_set(value: object) -> Collection[object]:
    """The items of a set or frozenset."""
    if isinstance(value, set | frozenset):
        return cast("Collection[object]", value)
    raise wrong_type("set", value)


def expect_map(value: object) -> Collection[tuple[object, object]]:
    """The entries of a dictionary."""
    if isinstance(value, Mapping):
        return cast("Mapping[object, object]", value).items()
    raise wrong_type("dict", value)


def write_nested(w: Writer) -> None:
    """Enters a value of a recursive type. The caller subtracts one from `depth` after it."""
    w.depth += 1
    if w.depth > w.limits.max_depth:
        raise EncodeError(f"nested deeper than the limit of {w.limits.max_depth}")


def expect_integer(value: object, kind: str, lowest: int, highest: int) -> int:
    """An integer in range, which is no boolean."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type("int", value)
    if not lowest <= value <= highest:
        raise EncodeError(f"{_shown(value)} is out of range of {kind}")
    return value


def _shown(value: int) -> str:
    """The number, or how large it is: Python refuses to print integers of thousands of digits."""
    bits = value.bit_length()
    return str(value) if bits <= 256 else f"an integer of {bits} bits"


def expect_float(value: object) -> float:
    """A float, or an integer as a float."""
    if isinstance(value, float):
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type("float", value)
    try:
        return float(value)
    except OverflowError:
        raise EncodeError(f"{_shown(value)} is out of range of f64") from None


def expect_utf8(value: object) -> bytes:
    """The bytes of a text."""
    if not isinstance(value, str):
        raise wrong_type("str", value)
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(f"unpaired surrogate at character {error.start}") from None


def expect_buffer(value: object) -> bytes | bytearray:
    """The bytes of a byte buffer."""
    if isinstance(value, bytes | bytearray):
        return value
    if isinstance(value, memoryview):
        return value.tobytes()
    raise wrong_type("bytes", value)


def _write_varint(w: Writer, value: int) -> None:
    while value > 0x7F:
        w.append(value & 0x7F | 0x80)
        value >>= 7
    w.append(value)
