"""Quick code that reads: each function takes a payload and an offset, and returns a value and the offset after it.

It raises for a value that needs a closer look; `quick` says what happens next. The caller that starts at offset 0 must
check that the last offset is the payload's end: it is beyond the end when the last string or bytes are cut off. Counts
are checked at once, so that no length prefix decides how much is allocated.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeAlias, TypeVar, cast

from .cost import IrregularError
from .quick import Counted

_T = TypeVar("_T")

_FloatAt: TypeAlias = Callable[[bytes, int], tuple[float]]

f32_at = cast("_FloatAt", struct.Struct("<f").unpack_from)
"""The one float of four bytes at an offset."""
f64_at = cast("_FloatAt", struct.Struct("<d").unpack_from)
"""The one float of eight bytes at an offset."""

FLAGS: Final = (False, True)
"""What a byte of a bool or option means."""


class _New(Protocol):
    def __call__(self, kind: type[_T], /) -> _T: ...


new: Final[_New] = object.__new__
"""An object of a class whose attributes are yet to be set: quicker than to call the class."""


def unpack_unit(_data: bytes, pos: int) -> tuple[None, int]:
    """Nothing at all."""
    return None, pos


def unpack_bool(data: bytes, pos: int) -> tuple[bool, int]:
    """One byte, 0 or 1."""
    return FLAGS[data[pos]], pos + 1


def unpack_u8(data: bytes, pos: int) -> tuple[int, int]:
    """One raw byte."""
    return data[pos], pos + 1


def unpack_i8(data: bytes, pos: int) -> tuple[int, int]:
    """One raw byte, two's complement."""
    return (data[pos] ^ 0x80) - 0x80, pos + 1


def _unsigned(bits: int) -> Callable[[bytes, int], tuple[int, int]]:
    third_bound = 0x80 if bits > 21 else 1 << bits - 14

    def unpack(data: bytes, pos: int) -> tuple[int, int]:
        first = data[pos]
        if first < 0x80:
            return first, pos + 1
        second = data[pos + 1]
        if second < 0x80:
            return first & 0x7F | second << 7, pos + 2
        third = data[pos + 2]
        if third < third_bound:
            return first & 0x7F | (second & 0x7F) << 7 | third << 14, pos + 3
        return _long_varint(data, pos, bits)

    return unpack


def _signed(bits: int) -> Callable[[bytes, int], tuple[int, int]]:
    def unpack(data: bytes, pos: int) -> tuple[int, int]:
        zigzag = data[pos]
        if zigzag < 0x80:
            pos += 1
        else:
            zigzag, pos = _long_varint(data, pos, bits)
        return zigzag >> 1 ^ -(zigzag & 1), pos

    return unpack


def _long_varint(data: bytes, pos: int, bits: int) -> tuple[int, int]:
    value = data[pos] & 0x7F
    shift = 7
    while shift < bits:
        pos += 1
        byte = data[pos]
        if byte < 0x80:
            value |= byte << shift
            if value >> bits:
                break
            return value, pos + 1
        value |= (byte & 0x7F) << shift
        shift += 7
    raise IrregularError


unpack_u16 = _unsigned(16)
unpack_u32 = _unsigned(32)
unpack_u64 = _unsigned(64)
unpack_u128 = _unsigned(128)
unpack_i16 = _signed(16)
unpack_i32 = _signed(32)
unpack_i64 = _signed(64)
unpack_i128 = _signed(128)


def unpack_f32(data: bytes, pos: int) -> tuple[float, int]:
    """Four bytes, little-endian."""
    return f32_at(data, pos)[0], pos + 4


def unpack_f64(data: bytes, pos: int) -> tuple[float, int]:
    """Eight bytes, little-endian."""
    return f64_at(data, pos)[0], pos + 8


_FLOAT_SIZE: Final = 16
"""The nominal size of a number."""


def _floats(code: str, size: int) -> Callable[[bytes, int], tuple[list[float], int]]:
    def unpack(data: bytes, pos: int) -> tuple[list[float], int]:
        count, pos = unpack_count(data, pos, _FLOAT_SIZE)
        return list(struct.unpack_from(f"<{count}{code}", data, pos)), pos + size * count

    return unpack


unpack_list_f32 = _floats("f", 4)
unpack_list_f64 = _floats("d", 8)


def unpack_string(data: bytes, pos: int) -> tuple[str, int]:
    """A varint byte length, then UTF-8."""
    end = data[pos]
    pos += 1
    if end > 0x7F:
        end, pos = unpack_u64(data, pos - 1)
    end += pos
    return data[pos:end].decode(), end


def unpack_char(data: bytes, pos: int) -> tuple[str, int]:
    """One character, written as a string."""
    text, pos = unpack_string(data, pos)
    if len(text) == 1:
        return text, pos
    raise IrregularError


def unpack_bytes(data: bytes, pos: int) -> tuple[bytes, int]:
    """A varint length, then raw bytes."""
    length, pos = unpack_u64(data, pos)
    end = pos + length
    return data[pos:end], end


def unpack_fixed_bytes(data: bytes, pos: int, length: int) -> tuple[bytes, int]:
    """Raw bytes of this length, without a prefix."""
    end = pos + length
    return data[pos:end], end


def unpack_count(data: bytes, pos: int, size: int) -> tuple[int, int]:
    """How many items follow, each of one byte at least, and of this nominal size once it is decoded."""
    count, pos = unpack_u64(data, pos)
    if count <= len(data) - pos and (type(data) is bytes or cast("Counted", data).cost.add(count * size)):
        return count, pos
    raise IrregularError


def unpack_nested(data: bytes, size: int) -> None:
    """Enters a value of a recursive type, of this nominal size."""
    if type(data) is not bytes and not cast("Counted", data).cost.add(size):
        raise IrregularError


def unpack_entries(data: bytes, count: int) -> Iterable[int]:
    """The numbers of the entries of a map, or of the items of a set."""
    return range(count) if type(data) is bytes else cast("Counted", data).cost.entries(count)
