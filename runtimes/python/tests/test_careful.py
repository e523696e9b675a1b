"""The careful codec: what it makes of each form of a plan, and what its errors say."""

import math
import sys
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from rapace import DecodeError, EncodeError, Limits, Some
from rapace.limits import DEFAULT_LIMITS
from rapace.postcard.careful import Careful
from rapace.postcard.careful_decode import Decoders
from rapace.postcard.careful_encode import Encoders
from rapace.postcard.cost import IrregularError, OutOfTimeError
from rapace.postcard.plan import Form, Forms, Plan
from rapace.postcard.reader import Reader
from rapace.postcard.writer import Writer


class Color(Enum):
    RED = 0
    GREEN = 1


@dataclass(slots=True)
class Point:
    x: int
    label: str | None


@dataclass(slots=True)
class Empty:
    pass


@dataclass(slots=True)
class Circle:
    radius: float


@dataclass(slots=True)
class Tree:
    name: str
    children: list["Tree"]


@dataclass(slots=True)
class Chain:
    next: "Chain | None"


@dataclass(slots=True)
class Deep:
    """Contains itself, but nothing that takes a byte."""

    inner: tuple["Deep", ...]


class LabeledPoint(Point):
    __slots__ = ()


TYPES: Forms = {
    "Color": ("enum", Color),
    "Open": ("open", Color),
    "Point": ("record", Point, ("x", "u32"), ("label", ("option", "string"))),
    "Empty": ("record", Empty),
    "Shape": ("union", ("record", Empty), ("record", Circle, ("radius", "f64")), ("record", Point, ("x", "Color"))),
    "Tree": ("nested", ("record", Tree, ("name", "string"), ("children", ("list", "Tree", 16))), 100),
    "Chain": ("nested", ("record", Chain, ("next", ("option", "Chain"))), 100),
    "Deep": ("nested", ("record", Deep, ("inner", ("array", "Deep", 0))), 100),
    "Grid": ("tuple", ("array", "Point", 9), ("fixed_bytes", 2)),
}
SOME: Form = ("record", Some, ("value", ("option", "u8")))


def encode(form: Form, value: object, limits: Limits = DEFAULT_LIMITS) -> bytes:
    w = Writer(limits)
    Encoders(Plan(TYPES)).of(form)(w, value)
    return bytes(w)


def decode(form: Form, data: bytes, limits: Limits = DEFAULT_LIMITS, deadline: float = math.inf) -> object:
    r = Reader(data, limits, deadline)
    value = Decoders(Plan(TYPES)).of(form)(r)
    assert r.pos == len(data)
    return value


@pytest.mark.parametrize(
    ("form", "value", "data"),
    [
        ("u32", 300, b"\xac\x02"),
        (("option", "u8"), None, b"\x00"),
        (("option", "u8"), 7, b"\x01\x07"),
        (("option", SOME), None, b"\x00"),
        (("option", SOME), Some(None), b"\x01\x00"),
        (("option", SOME), Some(7), b"\x01\x01\x07"),
        (("list", "u8", 16), [1, 2], b"\x02\x01\x02"),
        (("frozen_list", "u8", 16), (1, 2), b"\x02\x01\x02"),
        (("list", "unit", 16), [None, None], b"\x02"),
        (("set", "u8", 16), {3}, b"\x01\x03"),
        (("frozen_set", ("tuple", "u8", "u8"), 16), frozenset({(1, 2)}), b"\x01\x01\x02"),
        (("map", "string", "Point", 16), {"a": Point(1, None)}, b"\x01\x01a\x01\x00"),
        (("map", "unit", "unit", 16), {None: None}, b"\x01"),
        (("tuple", "u8", "bool"), (1, True), b"\x01\x01"),
        (("tuple",), (), b""),
        (("array", "u8", 2), (1, 2), b"\x01\x02"),
        (("array", "unit", 2), (None, None), b""),
        (("fixed_bytes", 2), b"ab", b"ab"),
        ("Color", Color.GREEN, b"\x01"),
        ("Open", Color.GREEN, b"\x01"),
        ("Open", 2, b"\x02"),
        ("Open", 0xFFFF_FFFF, b"\xff\xff\xff\xff\x0f"),
        (("set", "Open", 1), {300}, b"\x01\xac\x02"),
        ("Point", Point(5, "p"), b"\x05\x01\x01p"),
        ("Empty", Empty(), b""),
        ("Shape", Empty(), b"\x00"),
        ("Shape", Circle(0.0), b"\x01" + bytes(8)),
        ("Tree", Tree("r", [Tree("a", []), Tree("b", [])]), b"\x01r\x02\x01a\x00\x01b\x00"),
        ("Chain", Chain(Chain(None)), b"\x01\x00"),
        ("Deep", Deep(()), b""),
        ("Grid", ((Point(1, None),) * 9, b"ab"), b"\x01\x00" * 9 + b"ab"),
    ],
)
def test_each_form_has_its_bytes(form: Form, value: object, data: bytes) -> None:
    assert encode(form, value) == data
    assert decode(form, data) == value
    assert type(decode(form, data)) is type(value)


def test_values_that_quick_code_refuses_are_written() -> None:
    assert encode("Point", LabeledPoint(5, "p")) == b"\x05\x01\x01p"
    assert encode(("list", "u8", 16), (1, 2)) == encode(("array", "u8", 2), [1, 2])[:0] + b"\x02\x01\x02"
    assert encode(("fixed_bytes", 2), memoryview(b"ab")) == b"ab"


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        ("Point", 1, "expected Point, got int"),
        ("Point", Point(-1, None), "x: -1 is out of range of u32"),
        ("Point", Point(1, b"a"), "label: expected str, got bytes"),  # type: ignore[arg-type]
        ("Color", 1, "expected Color, got int"),
        ("Open", 1, "1 is a variant of Color: write Color.GREEN"),
        ("Open", True, "expected Color, got bool"),
        ("Open", -1, "-1 is out of range of u32"),
        ("Open", 1 << 32, "4294967296 is out of range of u32"),
        ("Open", "GREEN", "expected Color, got str"),
        ("Shape", 1, "expected Shape, got int"),
        ("Shape", Circle("1"), "radius: expected float, got str"),  # type: ignore[arg-type]
        (("list", "Point", 16), [Point(1, None), Point(1, 2)], "[1].label: expected str, got int"),  # type: ignore[arg-type]
        (("set", "u8", 16), {"a"}, "[0]: expected int, got str"),
        (("map", "u8", "bool", 16), {1: True, 2: 0}, "[1]: expected bool, got int"),
        (("map", "u8", "bool", 16), [], "expected dict, got list"),
        (("tuple", "u8", "u8"), (1, 2, 3), "expected 2 items, got 3"),
        (("tuple", "u8", "u8"), (1, None), "[1]: expected int, got NoneType"),
        (("array", "u8", 2), (1, 300), "[1]: 300 is out of range of u8"),
        (("fixed_bytes", 2), b"abc", "expected 2 bytes, got 3"),
        (("option", SOME), 7, "expected Some, got int"),
        (("option", SOME), Some("a"), "expected int, got str"),
        (("list", "unit", 16), [None] * 4, "4 zero-sized items exceed the limit of 3"),
        (("array", ("tuple", "Empty"), 4), ((Empty(),),) * 4, "4 zero-sized items exceed the limit of 3"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_place(form: Form, value: object, said: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(form, value, Limits(max_zero_sized_items=3))
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("form", "data", "said"),
    [
        ("Point", b"\x05\x02", "label: option tag is 2, neither 0 nor 1 (at byte 1)"),
        ("Point", b"\x05\x01\x05p", "label: unexpected end: length 5, but 1 bytes are left (at byte 2)"),
        ("Color", b"\x02", "variant 2, but the enum has 2 (at byte 0)"),
        (
            "Open",
            b"\x80\x80\x80\x80\x10",
            "variant 4294967296, but the greatest that is kept is 4294967295 (at byte 0)",
        ),
        ("Shape", b"\x03", "variant 3, but the enum has 3 (at byte 0)"),
        ("Shape", b"\x01\x00", "radius: unexpected end: 8 bytes wanted, but 1 are left (at byte 1)"),
        (("list", "Point", 16), b"\x02\x01\x00\x01\x07", "[1].label: option tag is 7, neither 0 nor 1 (at byte 4)"),
        (("list", "u8", 16), b"\x02\x01", "unexpected end: 2 items, but 1 bytes are left (at byte 0)"),
        (("set", "bool", 16), b"\x02\x01\x05", "[1]: bool tag is 5, neither 0 nor 1 (at byte 2)"),
        (("map", "u8", "bool", 16), b"\x01\x01\x05", "[0]: bool tag is 5, neither 0 nor 1 (at byte 2)"),
        (("tuple", "u8", "bool"), b"\x01\x05", "[1]: bool tag is 5, neither 0 nor 1 (at byte 1)"),
        (("array", "bool", 2), b"\x01\x05", "[1]: bool tag is 5, neither 0 nor 1 (at byte 1)"),
        (("option", SOME), b"\x01\x05", "option tag is 5, neither 0 nor 1 (at byte 1)"),
        (("list", "unit", 16), b"\x04", "4 zero-sized items exceed the limit of 3 (at byte 0)"),
        (("array", "Deep", 4), b"", "4 zero-sized items exceed the limit of 3 (at byte 0)"),
        (("map", "unit", "unit", 32), b"\x04", "4 zero-sized items exceed the limit of 3 (at byte 0)"),
        (("list", "u8", 400), bytes([3, 1, 2, 3]), "decoded size exceeds the limit of 1000 bytes (at byte 0)"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(form: Form, data: bytes, said: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(form, data, Limits(max_zero_sized_items=3, max_decoded_bytes=1000))
    assert str(caught.value) == said


def test_depth_is_limited_and_charged() -> None:
    value = Tree("leaf", [])
    for _ in range(127):
        value = Tree("", [value])
    data = encode("Tree", value)
    assert decode("Tree", data) == value
    with pytest.raises(EncodeError, match="nested deeper than the limit of 128") as caught:
        encode("Tree", Tree("", [value]))
    assert caught.value.path == ".".join(["children[0]"] * 128)
    with pytest.raises(DecodeError, match="nested deeper than the limit of 128") as refused:
        decode("Tree", b"\x00\x01" + data)
    assert refused.value.path == caught.value.path
    siblings = b"\x00\x05" + b"\x00\x00" * 5  # five that are closed again before the next one opens
    assert len(encode("Tree", decode("Tree", siblings, Limits(max_depth=2)), Limits(max_depth=2))) == len(siblings)
    with pytest.raises(DecodeError, match="decoded size exceeds the limit of 679 bytes"):
        decode("Tree", siblings, Limits(max_decoded_bytes=679))
    decode("Tree", siblings, Limits(max_decoded_bytes=680))


def test_a_value_may_be_as_deep_as_the_limit_in_little_stack() -> None:
    """A level of a list takes two of Python's frames: the limit must be reached before Python's own."""
    depth, frames, frame = 400, 0, sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None:
        frames, frame = frames + 1, frame.f_back
    data = b"\x00\x01" * (depth - 1) + b"\x00\x00"
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(frames + 2 * depth + 50)
        value = decode("Tree", data, Limits(max_depth=depth))
        assert encode("Tree", value, Limits(max_depth=depth)) == data
    finally:
        sys.setrecursionlimit(limit)


def test_keys_that_collide_and_deadlines_that_have_passed_end_the_reading() -> None:
    prime = (1 << 61) - 1
    w = Writer()
    Encoders(Plan(TYPES)).of(("list", "u128", 16))(w, [k * prime for k in range(100)])
    forms: list[Form] = [("set", "u128", 16), ("frozen_set", ("tuple", "u128"), 16)]
    for form in forms:
        with pytest.raises(DecodeError, match="more than 64 keys have the same hash value") as caught:
            decode(form, bytes(w))
        assert caught.value.path == "[64]"
    with pytest.raises(OutOfTimeError):
        decode(("set", "u8", 16), b"\x03\x01\x02\x03", deadline=0.0)
    with pytest.raises(OutOfTimeError):
        decode(("map", "u8", "unit", 16), b"\x03\x01\x02\x03", deadline=0.0)


@pytest.mark.parametrize(
    ("form", "may"),
    [
        *(("u64", False), ("string", False), ("Color", False), (("fixed_bytes", 4), False)),
        *(("u128", True), ("f64", True), ("Point", True), ("Grid", True), (("option", "u8"), True)),
    ],
)
def test_keys_of_more_than_64_bits_may_collide(form: Form, may: bool) -> None:
    assert Plan(TYPES).may_collide(form) is may


@pytest.mark.parametrize("form", [("lists", "u8", 16), ("list", "u8"), ("record", "Point"), ("record", Point, "x"), ()])
def test_what_is_no_form_is_refused(form: Form) -> None:
    for half in (Encoders, Decoders):
        with pytest.raises(ValueError, match="not a form of a plan"):
            half(Plan(TYPES)).of(form)


def test_a_method_has_names_for_its_arguments() -> None:
    careful = Careful(TYPES, {"FIND": ("Point", "find_request", ("at", "u8"), ("shape", "Shape")), "NONE": ("unit",)})
    assert careful.encode("FIND", DEFAULT_LIMITS, 1, Empty()) == b"\x01\x00"
    for values, said in [
        ((300, Empty()), "at: 300 is out of range of u8"),
        ((1, Point(3, None)), "shape.x: expected Color, got int"),
    ]:
        with pytest.raises(EncodeError) as caught:
            careful.encode("FIND", DEFAULT_LIMITS, *values)
        assert str(caught.value) == said


def test_quick_code_comes_first_and_careful_code_has_the_last_word() -> None:
    careful = Careful(TYPES, {"FIND": ("Point",), "TREE": ("Tree",)})
    seen: list[Any] = []

    def unpack(data: bytes, pos: int) -> tuple[Point, int]:
        seen.append("quick")
        if data[0] > 100:
            raise IrregularError
        return Point(data[0], None), pos + 2

    decode, read = careful.answer("FIND", unpack)
    assert read(DEFAULT_LIMITS, b"\x05\x00") == Point(5, None)
    assert read(DEFAULT_LIMITS, b"\x65\x00") == Point(101, None)
    assert len(seen) == 2
    assert decode(Reader(b"\x06\x00more")) == Point(6, None)
    with pytest.raises(DecodeError, match="1 bytes are left after the value"):
        read(DEFAULT_LIMITS, b"\x05\x00\x00")

    def unpack_tree(_data: bytes, _pos: int, depth: int) -> tuple[Tree, int]:
        seen.append(depth)
        raise IrregularError

    _, read_tree = careful.nested_answer("TREE", unpack_tree)
    assert read_tree(Limits(max_depth=7), b"\x00\x00") == Tree("", [])
    assert seen[-1] == 7
