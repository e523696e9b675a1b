"""Reading values from bytes. Every problem is a `DecodeError` with the offset of the byte that shows it."""

import math
from collections.abc import Callable, Hashable, Iterable
from struct import Struct
from typing import TypeVar

from ..errors import DecodeError
from ..limits import DEFAULT_LIMITS, Limits
from . import cost
from .cost import Cost, IrregularError, keys_collide, too_large

_T = TypeVar("_T")

_F32 = Struct("<f")
_F64 = Struct("<d")

_LENGTH_BITS = 64
"""Lengths, counts and variant indexes are written as u64."""


_MAX_VARIANT = 0xFFFF_FFFF
"""The greatest index of a variant that an open enum keeps."""


class Reader:
    """A payload and how far it has been read."""

    __slots__ = ("cost", "data", "depth", "limits", "pos", "zero_sized_items")

    data: bytes
    """The whole payload."""
    pos: int
    """The offset of the next byte."""
    depth: int
    """How many values of recursive types are open."""
    zero_sized_items: int
    """How many items without bytes its collections have so far."""
    limits: Limits
    """What the payload may cost."""

    cost: Cost
    """What it has cost so far."""

    def __init__(self, data: bytes, limits: Limits = DEFAULT_LIMITS, deadline: float = math.inf) -> None:
        self.data = data
        self.cost = Cost(limits, deadline)
        self.pos = 0
        self.depth = 0
        self.zero_sized_items = 0
        self.limits = limits


def decode_payload(decode: Callable[[Reader], _T], limits: Limits, data: bytes, deadline: float = math.inf) -> _T:
    """Reads the one value that `data` is, all of it, until a time of the clock."""
    r = Reader(data, limits, deadline)
    value = decode(r)
    if r.pos != len(data):
        raise DecodeError(f"{len(data) - r.pos} bytes are left after the value", r.pos)
    return value


def decode_payload_loosely(
    decode: Callable[[Reader], _T], limits: Limits, data: bytes, deadline: float = math.inf
) -> _T:
    """Reads a value from the start of `data`, until a time of the clock. What follows the value is ignored."""
    return decode(Reader(data, limits, deadline))


def read_unit(r: Reader) -> None:
    """Nothing at all."""


def read_bool(r: Reader) -> bool:
    """One byte, 0 or 1."""
    return _read_flag(r, "bool")


def read_option_tag(r: Reader) -> bool:
    """One byte: 1 when a value follows, 0 when there is none."""
    return _read_flag(r, "option")


def _read_flag(r: Reader, kind: str) -> bool:
    pos = r.pos
    try:
        byte = r.data[pos]
    except IndexError:
        raise _unexpected_end(r) from None
    if byte > 1:
        raise DecodeError(f"{kind} tag is {byte}, neither 0 nor 1", pos)
    r.pos = pos + 1
    return byte == 1


def read_u8(r: Reader) -> int:
    """One raw byte."""
    pos = r.pos
    try:
        byte = r.data[pos]
    except IndexError:
        raise _unexpected_end(r) from None
    r.pos = pos + 1
    return byte


def read_i8(r: Reader) -> int:
    """One raw byte, two's complement."""
    byte = read_u8(r)
    return byte - 256 if byte > 127 else byte


def read_u16(r: Reader) -> int:
    """A varint of at most 3 bytes."""
    return _read_varint(r, 16)


def read_u32(r: Reader) -> int:
    """A varint of at most 5 bytes."""
    return _read_varint(r, 32)


def read_u64(r: Reader) -> int:
    """A varint of at most 10 bytes."""
    return _read_varint(r, 64)


def read_u128(r: Reader) -> int:
    """A varint of at most 19 bytes."""
    return _read_varint(r, 128)


def read_i16(r: Reader) -> int:
    """Zigzag in a varint of at most 3 bytes."""
    zigzag = _read_varint(r, 16)
    return (zigzag >> 1) ^ -(zigzag & 1)


def read_i32(r: Reader) -> int:
    """Zigzag in a varint of at most 5 bytes."""
    zigzag = _read_varint(r, 32)
    return (zigzag >> 1) ^ -(zigzag & 1)


def read_i64(r: Reader) -> int:
    """Zigzag in a varint of at most 10 bytes."""
    zigzag = _read_varint(r, 64)
    return (zigzag >> 1) ^ -(zigzag & 1)


def read_i128(r: Reader) -> int:
    """Zigzag in a varint of at most 19 bytes."""
    zigzag = _read_varint(r, 128)
    return (zigzag >> 1) ^ -(zigzag & 1)


def read_f32(r: Reader) -> float:
    """Four bytes, little-endian."""
    value: float = _F32.unpack(_take(r, 4))[0]
    return value


def read_f64(r: Reader) -> float:
    """Eight bytes, little-endian."""
    value: float = _F64.unpack(_take(r, 8))[0]
    return value


def read_string(r: Reader) -> str:
    """A varint byte length, then UTF-8."""
    data = read_bytes(r)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        offset = r.pos - len(data) + error.start
        raise DecodeError("string is not UTF-8", offset) from None


def read_char(r: Reader) -> str:
    """One character, written as a string."""
    start = r.pos
    text = read_string(r)
    if len(text) != 1:
        raise DecodeError(f"char of {len(text)} characters", start)
    return text


def read_bytes(r: Reader) -> bytes:
    """A varint length, then raw bytes."""
    start = r.pos
    length = _read_varint(r, _LENGTH_BITS)
    left = len(r.data) - r.pos
    if length > left:
        raise DecodeError(f"unexpected end: length {length}, but {left} bytes are left", start)
    return _take(r, length)


def read_fixed_bytes(r: Reader, length: int) -> bytes:
    """Raw bytes of this length, without a prefix."""
    return _take(r, length)


def read_count(r: Reader, size: int) -> int:
    """How many items follow, each of one byte at least, and of this nominal size once it is decoded."""
    start = r.pos
    count = _read_varint(r, _LENGTH_BITS)
    left = len(r.data) - r.pos
    if count > left:
        raise DecodeError(f"unexpected end: {count} items, but {left} bytes are left", start)
    if not r.cost.add(count * size):
        raise too_large(r.limits, start)
    return count


def read_zero_sized_count(r: Reader, size: int) -> int:
    """How many items follow that may need no bytes at all, but have this nominal size once they are decoded."""
    start = r.pos
    count = _read_varint(r, _LENGTH_BITS)
    _check_zero_sized(r, count, start)
    if not r.cost.add(count * size):
        raise too_large(r.limits, start)
    return count


def read_entries(r: Reader, count: int) -> Iterable[int]:
    """The numbers of the entries of a map, or of the items of a set."""
    return r.cost.entries(count)


class Keys(cost.Keys):
    """Finds out whether a map's keys, or a set's items, are made to collide."""

    __slots__ = ()

    def check(self, r: Reader, key: Hashable, count: int) -> None:
        """Counts the key that was read last and added to a collection of now `count` keys."""
        if not self.are_fine_with(key, count):
            raise keys_collide(r.pos)

    def note(self, key: Hashable, count: int) -> None:
        """The same for quick code."""
        if not self.are_fine_with(key, count):
            raise IrregularError


def read_zero_sized_array(r: Reader, length: int) -> None:
    """Refuses an array of too many items that may need no bytes at all."""
    _check_zero_sized(r, length, r.pos)


def _check_zero_sized(r: Reader, count: int, start: int) -> None:
    limit = r.limits.max_zero_sized_items
    r.zero_sized_items += count
    if r.zero_sized_items > limit:
        raise DecodeError(f"{r.zero_sized_items} zero-sized items exceed the limit of {limit}", start)


def read_variant(r: Reader, count: int) -> int:
    """The index of a variant, of an enum with `count` variants."""
    start = r.pos
    index = _read_varint(r, _LENGTH_BITS)
    if index >= count:
        raise DecodeError(f"variant {index}, but the enum has {count}", start)
    return index


def read_open_variant(r: Reader) -> int:
    """The index of a variant, of an enum that may not have it."""
    start = r.pos
    index = _read_varint(r, _LENGTH_BITS)
    if index > _MAX_VARIANT:
        raise DecodeError(f"variant {index}, but the greatest that is kept is {_MAX_VARIANT}", start)
    return index


def read_nested(r: Reader, size: int) -> None:
    """Enters a value of a recursive type, of this nominal size. The caller subtracts one from `depth` after it."""
    r.depth += 1
    if r.depth > r.limits.max_depth:
        raise DecodeError(f"nested deeper than the limit of {r.limits.max_depth}", r.pos)
    if not r.cost.add(size):
        raise too_large(r.limits, r.pos)


def _read_varint(r: Reader, bits: int) -> int:
    """An unsigned varint of a type of so many bits: least significant 7 bits first.

    Forms that are not the shortest are accepted up to the longest that the type can need, as the postcard
    specification has it.
    """
    data = r.data
    start = pos = r.pos
    try:
        byte = data[pos]
        if byte < 0x80:
            r.pos = pos + 1
            return byte
        value = byte & 0x7F
        shift = 7
        while True:
            pos += 1
            byte = data[pos]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                raise DecodeError(f"varint is longer than {bits} bits can need", start)
    except IndexError:
        r.pos = pos
        raise _unexpected_end(r) from None
    if value >> bits:
        raise DecodeError(f"varint does not fit {bits} bits", start)
    r.pos = pos + 1
    return value


def _take(r: Reader, length: int) -> bytes:
    pos = r.pos
    end = pos + length
    data = r.data[pos:end]
    if len(data) != length:
        problem = f"unexpected end: {length} bytes wanted, but {len(data)} are left"
        raise DecodeError(problem, pos)
    r.pos = end
    return data


def _unexpected_end(r: Reader) -> DecodeError:
    return DecodeError("unexpected end", len(r.data))
