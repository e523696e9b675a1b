"""Quick code that writes: each function returns the bytes of a value, and raises for a value that needs a closer look.

`quick` says what happens next. A value must be of exactly the expected type, so that no code of a user runs.
"""

import struct
from collections.abc import Callable, Collection, Sequence
from typing import Final, cast

from .cost import IrregularError
from .options import Some

_LOW: Final = [bytes((low,)) for low in range(0x80)]
_CONTINUED: Final = [bytes((low | 0x80,)) for low in range(0x80)]
VARINTS: Final = (*_LOW, *[low + high for high in _LOW[1:] for low in _CONTINUED])
"""The varints of 0 to 16,383, of one or two bytes. Longer ones begin with one of `_PREFIXES`."""
_PREFIXES: Final = tuple(low + high for high in _CONTINUED for low in _CONTINUED)
"""The lowest 14 bits of a longer varint."""

_encode = cast("Callable[[object], bytes]", str.encode)  # which itself refuses what is no string
_pack_f32 = struct.Struct("<f").pack
_pack_f64 = struct.Struct("<d").pack


def _varint(value: int) -> bytes:
    if value < 0x4000:
        return VARINTS[value]
    return _PREFIXES[value & 0x3FFF] + _varint(value >> 14)


def pack_unit(value: object) -> bytes:
    """Nothing at all, for `None`."""
    if value is None:
        return b""
    raise IrregularError


def pack_bool(value: object) -> bytes:
    """One byte, 0 or 1."""
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise IrregularError


def pack_u8(value: object) -> bytes:
    """One raw byte."""
    if type(value) is int:
        return value.to_bytes(1, "little")
    raise IrregularError


def pack_i8(value: object) -> bytes:
    """One raw byte, two's complement."""
    if type(value) is int:
        return value.to_bytes(1, "little", signed=True)
    raise IrregularError


def _unsigned(bits: int) -> Callable[[object], bytes]:
    highest = (1 << bits) - 1

    def pack(value: object) -> bytes:
        if type(value) is int:
            if 0 <= value < 0x4000:
                return VARINTS[value]
            if 0 < value <= highest:
                return _PREFIXES[value & 0x3FFF] + _varint(value >> 14)
        raise IrregularError

    return pack


def _signed(bits: int) -> Callable[[object], bytes]:
    highest, sign = (1 << bits) - 1, bits - 1

    def pack(value: object) -> bytes:
        if type(value) is int:
            zigzag = value << 1 ^ value >> sign
            if zigzag < 0x4000:
                return VARINTS[zigzag]
            if zigzag <= highest:
                return _PREFIXES[zigzag & 0x3FFF] + _varint(zigzag >> 14)
        raise IrregularError

    return pack


pack_u16 = _unsigned(16)
pack_u32 = _unsigned(32)
pack_u64 = _unsigned(64)
pack_u128 = _unsigned(128)
pack_i16 = _signed(16)
pack_i32 = _signed(32)
pack_i64 = _signed(64)
pack_i128 = _signed(128)


def pack_f32(value: object) -> bytes:
    """Four bytes, little-endian."""
    if type(value) is float or type(value) is int:
        return _pack_f32(value)
    raise IrregularError


def pack_f64(value: object) -> bytes:
    """Eight bytes, little-endian."""
    if type(value) is float or type(value) is int:
        return _pack_f64(value)
    raise IrregularError


def pack_string(value: object) -> bytes:
    """A varint byte length, then UTF-8."""
    data = _encode(value)
    length = len(data)
    return (VARINTS[length] if length < 0x4000 else _varint(length)) + data


def pack_char(value: object) -> bytes:
    """One character, written as a string."""
    if type(value) is str and len(value) == 1:
        data = value.encode()
        return VARINTS[len(data)] + data
    raise IrregularError


def pack_bytes(value: object) -> bytes:
    """A varint length, then raw bytes."""
    if type(value) is bytes or type(value) is bytearray:
        return _varint(len(value)) + value
    raise IrregularError


def pack_fixed_bytes(value: object, length: int) -> bytes:
    """Raw bytes of this length, without a prefix."""
    if type(value) is bytes and len(value) == length:
        return value
    raise IrregularError


_NUMBERS: Final = {float, int}


def _floats(code: str) -> Callable[[object], bytes]:
    def pack(value: object) -> bytes:
        items = exact_list(value)
        if not _NUMBERS.issuperset(map(type, items)):
            raise IrregularError
        return pack_count(len(items)) + struct.pack(f"<{len(items)}{code}", *items)

    return pack


pack_list_f32 = _floats("f")
pack_list_f64 = _floats("d")


def pack_count(count: int) -> bytes:
    """How many items follow, or the index of a variant."""
    return VARINTS[count] if count < 0x4000 else _varint(count)


def exact_some(value: object) -> object:
    """What is inside a `Some`."""
    if type(value) is Some:
        return cast("Some[object]", value).value
    raise IrregularError


def exact_list(value: object) -> Sequence[object]:
    """The items of a list or tuple."""
    if type(value) is list or type(value) is tuple:
        return cast("Sequence[object]", value)
    raise IrregularError


def exact_items(value: object, length: int) -> Sequence[object]:
    """The items of a tuple or list of exactly this length."""
    items = exact_list(value)
    if len(items) == length:
        return items
    raise IrregularError


def exact_set(value: object) -> Collection[object]:
    """The items of a set or frozenset."""
    if type(value) is set or type(value) is frozenset:
        return cast("Collection[object]", value)
    raise IrregularError


def exact_map(value: object) -> Collection[tuple[object, object]]:
    """The entries of a dictionary."""
    if type(value) is dict:
        return cast("dict[object, object]", value).items()
    raise IrregularError
