"""Values and their bytes: vectors written by facet-postcard, and every way in which bytes or values can be wrong."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from rapace import DecodeError, EncodeError, Limits, Some
from rapace.limits import DEFAULT_LIMITS
from rapace.postcard.reader import (
    Reader,
    decode_payload,
    decode_payload_loosely,
    read_bool,
    read_bytes,
    read_char,
    read_count,
    read_f32,
    read_f64,
    read_fixed_bytes,
    read_i8,
    read_i16,
    read_i32,
    read_i64,
    read_i128,
    read_nested,
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
from rapace.postcard.writer import (
    Writer,
    expect_items,
    expect_list,
    expect_map,
    expect_set,
    expect_some,
    write_bool,
    write_bytes,
    write_char,
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
    write_zero_sized_array,
    write_zero_sized_count,
)

Read = Callable[[Reader], object]
Write = Callable[[Writer, object], None]

CODECS: dict[str, tuple[Write, Read]] = {
    "unit": (write_unit, read_unit),
    "bool": (write_bool, read_bool),
    "u8": (write_u8, read_u8),
    "u16": (write_u16, read_u16),
    "u32": (write_u32, read_u32),
    "u64": (write_u64, read_u64),
    "u128": (write_u128, read_u128),
    "i8": (write_i8, read_i8),
    "i16": (write_i16, read_i16),
    "i32": (write_i32, read_i32),
    "i64": (write_i64, read_i64),
    "i128": (write_i128, read_i128),
    "f32": (write_f32, read_f32),
    "f64": (write_f64, read_f64),
    "char": (write_char, read_char),
    "string": (write_string, read_string),
    "bytes": (write_bytes, read_bytes),
}


def meaning(kind: str, value: str | bool | None) -> object:
    """The Python value that a vector's value stands for."""
    if not isinstance(value, str) or kind == "char":
        return value
    if kind == "f32":
        return struct.unpack(">f", bytes.fromhex(value))[0]
    if kind == "f64":
        return struct.unpack(">d", bytes.fromhex(value))[0]
    if kind == "string":
        return bytes.fromhex(value).decode()
    if kind == "bytes":
        return bytes.fromhex(value)
    return int(value)


VECTORS = [
    (row["type"], meaning(row["type"], row["value"]), bytes.fromhex(row["bytes"]))
    for row in json.loads(Path(__file__).with_name("vectors.json").read_text())["vectors"]
]


def decode(read: Read, data: bytes) -> object:
    return decode_payload(read, DEFAULT_LIMITS, data)


@pytest.mark.parametrize(("kind", "value", "data"), VECTORS)
def test_rust_writes_and_reads_the_same_bytes(kind: str, value: object, data: bytes) -> None:
    write, read = CODECS[kind]
    w = Writer()
    write(w, value)
    assert bytes(w) == data
    read_back = decode(read, data)
    assert read_back == value
    assert repr(read_back) == repr(value)  # tells 1 from True, and 0.0 from -0.0


@pytest.mark.parametrize(("kind", "data"), [(kind, data) for kind, _, data in VECTORS])
def test_a_value_cut_anywhere_is_refused(kind: str, data: bytes) -> None:
    _, read = CODECS[kind]
    for length in range(len(data)):
        with pytest.raises(DecodeError, match="unexpected end"):
            decode(read, data[:length])


def test_nan_stays_nan() -> None:
    for kind in ["f32", "f64"]:
        write, read = CODECS[kind]
        w = Writer()
        write(w, float("nan"))
        value = decode(read, bytes(w))
        assert value != value


BAD_BYTES: list[tuple[str, str, str, int]] = [
    # type, bytes, problem, offset
    ("bool", "02", "bool tag is 2", 0),
    ("bool", "ff", "bool tag is 255", 0),
    ("u16", "80808001", "varint is longer than 16 bits can need", 0),
    ("u16", "ffff04", "varint does not fit 16 bits", 0),
    ("u32", "808080808001", "varint is longer than 32 bits can need", 0),
    ("u32", "ffffffff10", "varint does not fit 32 bits", 0),
    ("u64", "8080808080808080808001", "varint is longer than 64 bits can need", 0),
    ("u64", "ffffffffffffffffff02", "varint does not fit 64 bits", 0),
    ("u128", "80" * 19 + "01", "varint is longer than 128 bits can need", 0),
    ("u128", "ff" * 18 + "04", "varint does not fit 128 bits", 0),
    ("i16", "ffff04", "varint does not fit 16 bits", 0),
    ("i32", "ffffffff10", "varint does not fit 32 bits", 0),
    ("i64", "ffffffffffffffffff02", "varint does not fit 64 bits", 0),
    ("i128", "ff" * 18 + "04", "varint does not fit 128 bits", 0),
    ("char", "00", "char of 0 characters", 0),
    ("char", "026162", "char of 2 characters", 0),
    ("char", "01ff", "string is not UTF-8", 1),
    ("string", "026180", "string is not UTF-8", 2),
    ("string", "03eda080", "string is not UTF-8", 1),  # a surrogate
    ("string", "02c080", "string is not UTF-8", 1),  # an overlong NUL
    ("string", "04f4908080", "string is not UTF-8", 1),  # beyond U+10FFFF
    ("string", "05616263", "unexpected end: length 5, but 3 bytes are left", 0),
    ("bytes", "ffffffffffffffffff01", "unexpected end: length 18446744073709551615, but 0 bytes are left", 0),
    ("u8", "0000", "1 bytes are left after the value", 1),
    ("unit", "00", "1 bytes are left after the value", 0),
]


@pytest.mark.parametrize(("kind", "data", "problem", "offset"), BAD_BYTES)
def test_bad_bytes_are_refused(kind: str, data: str, problem: str, offset: int) -> None:
    _, read = CODECS[kind]
    with pytest.raises(DecodeError) as caught:
        decode(read, bytes.fromhex(data))
    assert problem in caught.value.problem
    assert caught.value.offset == offset
    assert f"(at byte {offset})" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        ("u16", "808000", 0),
        ("u16", "ff8100", 255),
        ("u32", "8180808000", 1),
        ("u64", "80808080808080808000", 0),
        ("u128", "80" * 18 + "00", 0),
        ("i16", "818000", -1),
        ("string", "818000" + "61", "a"),
    ],
)
def test_varints_that_are_not_the_shortest_are_accepted(kind: str, data: str, value: object) -> None:
    _, read = CODECS[kind]
    assert decode(read, bytes.fromhex(data)) == value


BAD_VALUES: list[tuple[str, object, str]] = [
    ("unit", 0, "expected None, got int"),
    ("bool", 1, "expected bool, got int"),
    ("bool", None, "expected bool, got NoneType"),
    ("u8", 256, "256 is out of range of u8"),
    ("u8", -1, "-1 is out of range of u8"),
    ("u8", True, "expected int, got bool"),
    ("u8", 1.0, "expected int, got float"),
    ("u8", "1", "expected int, got str"),
    ("i8", 128, "128 is out of range of i8"),
    ("i8", -129, "-129 is out of range of i8"),
    ("u16", 1 << 16, "65536 is out of range of u16"),
    ("i16", 1 << 15, "32768 is out of range of i16"),
    ("i16", -(1 << 15) - 1, "-32769 is out of range of i16"),
    ("u32", 1 << 32, "4294967296 is out of range of u32"),
    ("i32", 1 << 31, "2147483648 is out of range of i32"),
    ("i32", -(1 << 31) - 1, "-2147483649 is out of range of i32"),
    ("u64", 1 << 64, "18446744073709551616 is out of range of u64"),
    ("u64", -1, "-1 is out of range of u64"),
    ("i64", 1 << 63, "9223372036854775808 is out of range of i64"),
    ("i64", -(1 << 63) - 1, "-9223372036854775809 is out of range of i64"),
    ("u128", 1 << 128, "is out of range of u128"),
    ("i128", 1 << 127, "is out of range of i128"),
    ("i128", -(1 << 127) - 1, "is out of range of i128"),
    ("u128", 1 << 10_000, "an integer of 10001 bits is out of range of u128"),
    ("f32", 1e39, "1e+39 is out of range of f32"),
    ("f32", "1.0", "expected float, got str"),
    ("f64", True, "expected float, got bool"),
    ("f64", 10**400, "is out of range of f64"),
    ("char", "", "expected one character"),
    ("char", "ab", "expected one character"),
    ("char", 65, "expected str, got int"),
    ("char", "\ud800", "unpaired surrogate at character 0"),
    ("string", "ok\udfff", "unpaired surrogate at character 2"),
    ("string", b"bytes", "expected str, got bytes"),
    ("bytes", "text", "expected bytes, got str"),
    ("bytes", [1, 2], "expected bytes, got list"),
]


@pytest.mark.parametrize(("kind", "value", "problem"), BAD_VALUES)
def test_bad_values_are_refused(kind: str, value: object, problem: str) -> None:
    write, _ = CODECS[kind]
    with pytest.raises(EncodeError) as caught:
        write(Writer(), value)
    assert problem in caught.value.problem


def test_what_is_close_enough_to_its_type_is_accepted() -> None:
    w = Writer()
    write_f64(w, 3)
    write_bytes(w, bytearray(b"a"))
    write_bytes(w, memoryview(b"bc")[1:])
    write_fixed_bytes(w, b"\x07\x08", 2)
    assert bytes(w) == struct.pack("<d", 3.0) + b"\x01a" + b"\x01c" + b"\x07\x08"
    assert list(expect_list((1, 2))) == [1, 2]
    assert list(expect_items([1, 2], 2)) == [1, 2]
    assert list(expect_set(frozenset({1}))) == [1]
    assert list(expect_map({1: 2})) == [(1, 2)]
    assert expect_some(Some(None)) is None


def test_collections_of_another_kind_are_refused() -> None:
    for expect, value, problem in [
        (expect_list, "text", "expected list, got str"),
        (expect_list, {1}, "expected list, got set"),
        (expect_set, [1], "expected set, got list"),
        (expect_map, [(1, 2)], "expected dict, got list"),
        (expect_some, 1, "expected Some, got int"),
    ]:
        with pytest.raises(EncodeError) as caught:
            expect(value)
        assert caught.value.problem == problem
    with pytest.raises(EncodeError, match="expected 3 items, got 2"):
        expect_items((1, 2), 3)
    with pytest.raises(EncodeError, match="expected tuple, got str"):
        expect_items("abc", 3)
    with pytest.raises(EncodeError, match="expected 4 bytes, got 3"):
        write_fixed_bytes(Writer(), b"abc", 4)


def test_fixed_bytes() -> None:
    r = Reader(b"abcd")
    assert read_fixed_bytes(r, 0) == b""
    assert read_fixed_bytes(r, 3) == b"abc"
    with pytest.raises(DecodeError, match="unexpected end: 2 bytes wanted, but 1 are left") as caught:
        read_fixed_bytes(r, 2)
    assert caught.value.offset == 3


def test_tags_and_indexes_out_of_range() -> None:
    assert read_option_tag(Reader(b"\x01")) is True
    with pytest.raises(DecodeError, match="option tag is 3, neither 0 nor 1"):
        read_option_tag(Reader(b"\x03"))
    assert read_variant(Reader(b"\x02"), 3) == 2
    for data in [b"\x03", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"]:
        with pytest.raises(DecodeError, match=r"variant \d+, but the enum has 3"):
            read_variant(Reader(data), 3)


def test_a_count_is_bounded_by_the_bytes_that_are_left() -> None:
    assert read_count(Reader(b"\x02ab"), 1) == 2
    for data in [b"\x03ab", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01ab"]:
        with pytest.raises(DecodeError, match="items, but 2 bytes are left"):
            read_count(Reader(data), 1)


def test_zero_sized_items_are_bounded_in_all() -> None:
    limits = Limits(max_zero_sized_items=300)
    assert read_zero_sized_count(Reader(b"\xac\x02", limits), 1) == 300
    with pytest.raises(DecodeError, match="301 zero-sized items exceed the limit of 300"):
        read_zero_sized_count(Reader(b"\xad\x02", limits), 1)
    r, w = Reader(b"\xc8\x01\x64\x01", limits), Writer(limits)
    assert [read_zero_sized_count(r, 1), read_zero_sized_count(r, 1)] == [200, 100]
    with pytest.raises(DecodeError, match="301 zero-sized items exceed the limit of 300") as caught:
        read_zero_sized_count(r, 1)
    assert caught.value.offset == 3
    write_zero_sized_count(w, 200)
    write_zero_sized_array(w, 100)
    assert bytes(w) == b"\xc8\x01"
    with pytest.raises(EncodeError, match="301 zero-sized items exceed the limit of 300"):
        write_zero_sized_count(w, 1)
    with pytest.raises(DecodeError, match="exceed the limit"):
        read_zero_sized_array(Reader(b"", limits), 301)


def test_depth_is_bounded_both_ways() -> None:
    limits = Limits(max_depth=2)
    r, w = Reader(b"", limits), Writer(limits)
    for _ in range(2):
        read_nested(r, 1)
        write_nested(w)
    with pytest.raises(DecodeError, match="nested deeper than the limit of 2"):
        read_nested(r, 1)
    with pytest.raises(EncodeError, match="nested deeper than the limit of 2"):
        write_nested(w)


def test_bytes_behind_the_value_can_be_allowed() -> None:
    assert decode_payload_loosely(read_u8, DEFAULT_LIMITS, b"\x07rest") == 7


def test_a_path_reads_as_the_value_is_written() -> None:
    error = DecodeError("bad", 3)
    assert (error.path, str(error)) == ("", "bad (at byte 3)")
    error.within("minor").within("price").within(2).within("books")
    assert error.path == "books[2].price.minor"
    assert str(error) == "books[2].price.minor: bad (at byte 3)"
    assert EncodeError("bad").within(0).within(1).path == "[1][0]"
