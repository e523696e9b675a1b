"""Plans, values and bytes drawn by chance: the accelerator and the careful codec make of a plan what it means.

Functions for each form say once more what it means.

`RAPACE_FUZZ_PLANS` says how many plans are drawn, 150 unless it is set.
"""

import dataclasses
import enum
import importlib
import os
import random
import re
import string
from collections.abc import Callable
from typing import Any

import pytest

from cases import Case, cases
from test_accelerator import outcome, spoil, spoiled_bytes

PLANS = int(os.environ.get("RAPACE_FUZZ_PLANS", "150"))
BOOKSHOP: Case = next(case for case in cases() if case.name == "bookshop")
reader, writer = BOOKSHOP.module("rapace.postcard.reader"), BOOKSHOP.module("rapace.postcard.writer")

INTEGERS = ["u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"]
SCALARS = [*INTEGERS, "unit", "bool", "f32", "f64", "char", "string", "bytes"]
TEXTS = [
    "",
    "a",
    "plain",
    "naïve",
    "Ελλάδα",
    "日本語の本",
    "🦀 crab",
    "x" * 40,
    "ü" * 70,
    "\x00",
    "\x7f\x80",
    "\uffff",
    "\U0010ffff",
]


@dataclasses.dataclass
class Codec:
    """How the runtime writes and reads a form, whether values may be of no bytes, and how one is drawn."""

    form: Any
    write: Callable[[Any, Any], None]
    read: Callable[[Any], Any]
    draw: Callable[[], Any]
    zero_sized: bool = False


class Chance:
    """Draws plans."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.types: dict[str, Any] = {}
        self.named: list[Codec] = []
        for _ in range(self.random.randrange(4)):
            self.name_one()

    def name_one(self) -> None:
        """Adds a type that later ones may name, and that may contain itself."""
        name = f"T{len(self.named)}"
        place: list[Codec] = []
        depth = [0]

        def draw() -> Any:
            depth[0] += 1
            try:
                return place[0].draw() if depth[0] < 4 else None
            finally:
                depth[0] -= 1

        recursive = self.random.random() < 0.4
        itself = Codec(name, lambda w, v: place[0].write(w, v), lambda r: place[0].read(r), draw)
        if recursive:
            tail = self.option(itself) if self.random.random() < 0.5 else self.items(itself, "list")
            inner = self.record([self.codec(1), tail], hashable=False)
            plain, size = tail.draw, self.size()
            tail.draw = lambda: plain() if depth[0] < 3 else (None if tail.form[0] == "option" else [])

            def write(w: Any, value: Any) -> None:
                writer.write_nested(w)
                inner.write(w, value)
                w.depth -= 1

            def read(r: Any) -> Any:
                reader.read_nested(r, size)
                value = inner.read(r)
                r.depth -= 1
                return value

            place.append(Codec(("nested", inner.form, size), write, read, inner.draw))
        else:
            place.append(self.codec(2, composite=True))
        self.types[name] = place[0].form
        itself.zero_sized = place[0].zero_sized
        self.named.append(itself)

    def size(self) -> int:
        """The nominal size of an item, as the generator would know it."""
        return self.random.choice([0, 16, 100])

    def codec(self, depth: int, *, hashable: bool = False, composite: bool = False) -> Codec:
        """A form of some depth."""
        if depth == 0 or (not composite and self.random.random() < 0.3):
            return self.scalar(self.random.choice(SCALARS))
        if self.named and not hashable and self.random.random() < 0.3:
            return self.random.choice(self.named)
        kinds = ["option", "list", "set", "map", "tuple", "array", "fixed_bytes", "enum", "open", "record", "union"]
        kind = self.random.choice([k for k in kinds if k != "map"] if hashable else kinds)
        match kind:
            case "option":
                return self.option(self.codec(depth - 1, hashable=hashable))
            case "list":
                return self.items(self.codec(depth - 1, hashable=hashable), "frozen_list" if hashable else "list")
            case "set":
                return self.items(self.codec(depth - 1, hashable=True), "frozen_set" if hashable else "set")
            case "map":
                return self.map(self.codec(depth - 1, hashable=True), self.codec(depth - 1))
            case "tuple":
                return self.tuple([self.codec(depth - 1, hashable=hashable) for _ in range(self.random.randrange(4))])
            case "array":
                return self.array(self.codec(depth - 1, hashable=hashable), self.random.randrange(5))
            case "fixed_bytes":
                length = self.random.randrange(5)
                draw = lambda: self.random.randbytes(length)  # noqa: E731
                write = lambda w, v: writer.write_fixed_bytes(w, v, length)  # noqa: E731
                return Codec((kind, length), write, lambda r: reader.read_fixed_bytes(r, length), draw, length == 0)
            case "enum":
                return self.enum()
            case "open":
                return self.open()
            case "record":
                fields = [self.codec(depth - 1, hashable=hashable) for _ in range(self.random.randrange(5))]
                return self.record(fields, hashable=hashable)
            case _:
                shapes = [
                    self.record(
                        [self.codec(depth - 1, hashable=hashable) for _ in range(self.random.randrange(3))],
                        hashable=hashable,
                    )
                    for _ in range(self.random.randrange(1, 4))
                ]
                return self.union(shapes)

    def scalar(self, word: str) -> Codec:
        chance = self.random

        def draw() -> Any:
            if word in INTEGERS:
                bits = int(word[1:])
                value = chance.getrandbits(chance.randrange(bits + 1))
                return value if word[0] == "u" else (value >> 1) * chance.choice([1, -1])
            return {
                "unit": lambda: None,
                "bool": lambda: chance.random() < 0.5,
                "f32": lambda: chance.choice([0.0, -0.0, 1.5, -(2.0**100), float("inf"), 1 / 3]),
                "f64": lambda: chance.choice([0.0, -0.0, chance.gauss(0, 1e9), float("-inf"), 5, -(1 << 62) - 1]),
                "char": lambda: chance.choice([t for t in TEXTS if t])[0],
                "string": lambda: chance.choice([*TEXTS, "".join(chance.choices(string.printable, k=20))]),
                "bytes": lambda: chance.randbytes(chance.randrange(40)),
            }[word]()

        write, read = getattr(writer, f"write_{word}"), getattr(reader, f"read_{word}")
        return Codec(word, write, read, draw, word == "unit")

    def option(self, inner: Codec) -> Codec:
        if inner.form == "unit" or inner.form[0] == "option":
            inner = self.scalar("u16")

        def write(w: Any, value: Any) -> None:
            w.append(0 if value is None else 1)
            if value is not None:
                inner.write(w, value)

        def read(r: Any) -> Any:
            return inner.read(r) if reader.read_option_tag(r) else None

        return Codec(("option", inner.form), write, read, lambda: inner.draw() if self.random.random() < 0.7 else None)

    def items(self, item: Codec, kind: str) -> Codec:
        make = {"list": list, "frozen_list": tuple, "set": set, "frozen_set": frozenset}[kind]
        build = set if kind == "frozen_set" else make
        expect = writer.expect_set if "set" in kind else writer.expect_list
        count, size = "zero_sized_count" if item.zero_sized else "count", self.size()

        def write(w: Any, value: Any) -> None:
            items = expect(value)
            getattr(writer, f"write_{count}")(w, len(items))
            for one in items:
                item.write(w, one)

        def read(r: Any) -> Any:
            items = build(item.read(r) for _ in range(getattr(reader, f"read_{count}")(r, size)))
            return items if make is build else make(items)

        draw = lambda: make(item.draw() for _ in range(self.random.randrange(5)))  # noqa: E731
        return Codec((kind, item.form, size), write, read, draw)

    def map(self, key: Codec, value: Codec) -> Codec:
        count, size = "zero_sized_count" if key.zero_sized and value.zero_sized else "count", self.size()

        def write(w: Any, items: Any) -> None:
            items = writer.expect_map(items)
            getattr(writer, f"write_{count}")(w, len(items))
            for k, v in items:
                key.write(w, k)
                value.write(w, v)

        def read(r: Any) -> Any:
            items = {}
            for _ in range(getattr(reader, f"read_{count}")(r, size)):
                k = key.read(r)
                items[k] = value.read(r)
            return items

        def draw() -> Any:
            return {key.draw(): value.draw() for _ in range(self.random.randrange(5))}

        return Codec(("map", key.form, value.form, size), write, read, draw)

    def tuple(self, items: list[Codec]) -> Codec:
        def write(w: Any, value: Any) -> None:
            for item, one in zip(items, writer.expect_items(value, len(items)), strict=True):
                item.write(w, one)

        return Codec(
            ("tuple", *(item.form for item in items)),
            write,
            lambda r: tuple([item.read(r) for item in items]),
            lambda: tuple(item.draw() for item in items),
            all(item.zero_sized for item in items),
        )

    def array(self, item: Codec, length: int) -> Codec:
        def write(w: Any, value: Any) -> None:
            items = writer.expect_items(value, length)
            if item.zero_sized:
                writer.write_zero_sized_array(w, length)
            for one in items:
                item.write(w, one)

        def read(r: Any) -> Any:
            if item.zero_sized:
                reader.read_zero_sized_array(r, length)
            return tuple([item.read(r) for _ in range(length)])

        draw = lambda: tuple(item.draw() for _ in range(length))  # noqa: E731
        return Codec(("array", item.form, length), write, read, draw, item.zero_sized or length == 0)

    def enum(self) -> Codec:
        count = self.random.randrange(1, 5)
        make: Any = enum.Enum
        kind = make("Kind", {f"M{index}": index for index in range(count)})

        def write(w: Any, value: Any) -> None:
            if not isinstance(value, kind):
                raise writer.wrong_type("Kind", value)
            writer.write_variant(w, value.value)

        members = tuple(kind)
        read = lambda r: members[reader.read_variant(r, count)]  # noqa: E731
        return Codec(("enum", kind), write, read, lambda: self.random.choice(members))

    def open(self) -> Codec:
        _, kind = self.enum().form
        members = tuple(kind)

        def write(w: Any, value: Any) -> None:
            if isinstance(value, kind):
                writer.write_variant(w, value.value)
            elif isinstance(value, int) and not isinstance(value, bool | enum.Enum):
                writer.write_variant(w, writer.expect_unknown(kind, value))
            else:
                raise writer.wrong_type("Kind", value)

        def read(r: Any) -> Any:
            index = reader.read_open_variant(r)
            return members[index] if index < len(members) else index

        def draw() -> Any:
            return self.random.choice([*members, len(members), 127, 128, self.random.randrange(5, 1 << 32)])

        return Codec(("open", kind), write, read, draw)

    def record(self, fields: list[Codec], *, hashable: bool) -> Codec:
        names = [f"f{index}" for index in range(len(fields))]
        made = dataclasses.make_dataclass("Made", [(name, Any) for name in names], slots=True, frozen=hashable)

        def write(w: Any, value: Any) -> None:
            if not isinstance(value, made):
                raise writer.wrong_type("Made", value)
            for name, field in zip(names, fields, strict=True):
                field.write(w, getattr(value, name))

        return Codec(
            ("record", made, *((name, field.form) for name, field in zip(names, fields, strict=True))),
            write,
            lambda r: made(*[field.read(r) for field in fields]),
            lambda: made(*[field.draw() for field in fields]),
            all(field.zero_sized for field in fields),
        )

    def union(self, shapes: list[Codec]) -> Codec:
        def write(w: Any, value: Any) -> None:
            for index, shape in enumerate(shapes):
                if isinstance(value, shape.form[1]):
                    writer.write_variant(w, index)
                    return shape.write(w, value)
            raise writer.wrong_type("union", value)

        def read(r: Any) -> Any:
            return shapes[reader.read_variant(r, len(shapes))].read(r)

        form = ("union", *(shape.form for shape in shapes))
        return Codec(form, write, read, lambda: self.random.choice(shapes).draw())


def problem(function: Callable[..., Any], *arguments: Any) -> tuple[Any, ...]:
    """What can be seen of a codec but the path of an error, and the name of a type that is a union."""
    seen = outcome(function, *arguments)
    if isinstance(seen[0], type) and issubclass(seen[0], Exception):
        said = re.sub(r"expected T\d+,", "expected union,", seen[1].removeprefix(f"{seen[2]}: "))
        return (seen[0], said, seen[3])
    return seen


@pytest.mark.parametrize("part", range(10))
def test_plans(part: int) -> None:
    accelerator = importlib.import_module("rapace_accelerator")
    decode_payload = reader.decode_payload
    limits = BOOKSHOP.module("rapace").Limits()
    for seed in range(part, PLANS, 10):
        chance = Chance(seed)
        codec = chance.codec(3, composite=True)
        calls: list[str] = []

        def pure_encode(limits: Any, value: Any, codec: Codec = codec, calls: list[str] = calls) -> bytes:
            calls.append("encode")
            w = writer.Writer(limits)
            codec.write(w, value)
            return bytes(w)

        def pure_decode(limits: Any, data: bytes, codec: Codec = codec, calls: list[str] = calls) -> Any:
            calls.append("decode")
            return decode_payload(codec.read, limits, data)

        plan = BOOKSHOP.module("rapace.postcard.plan").Plan(chance.types)
        careful_write = BOOKSHOP.module("rapace.postcard.careful_encode").Encoders(plan).of(codec.form)
        careful_read = BOOKSHOP.module("rapace.postcard.careful_decode").Decoders(plan).of(codec.form)

        def careful_encode(limits: Any, value: Any, write: Callable[[Any, Any], None] = careful_write) -> bytes:
            w = writer.Writer(limits)
            write(w, value)
            return bytes(w)

        def careful_decode(limits: Any, data: bytes, read: Callable[[Any], Any] = careful_read) -> Any:
            return decode_payload(read, limits, data)

        encode = accelerator.encoder(pure_encode, chance.types, codec.form)
        decode = accelerator.decoder(pure_decode, chance.types, codec.form)
        assert encode is not pure_encode
        assert decode is not pure_decode
        for _ in range(4):
            value = codec.draw()
            calls.clear()
            data = encode(limits, value)
            decoded = decode(limits, data)
            assert not calls, (seed, codec.form, value)
            assert data == pure_encode(limits, value), (seed, codec.form, value)
            assert repr(decoded) == repr(pure_decode(limits, data)), (seed, codec.form, data)
            few = BOOKSHOP.module("rapace").Limits(max_decoded_bytes=chance.random.randrange(300))
            assert outcome(decode, few, data) == outcome(pure_decode, few, data), (seed, codec.form, data)
            assert problem(careful_decode, few, data) == problem(pure_decode, few, data), (seed, codec.form, data)
            for spoiled in spoiled_bytes(data, chance.random):
                context = (seed, codec.form, spoiled)
                assert outcome(decode, limits, spoiled) == outcome(pure_decode, limits, spoiled), context
                assert problem(careful_decode, limits, spoiled) == problem(pure_decode, limits, spoiled), context
            for _ in range(6):
                odd = spoil(value, chance.random)
                assert outcome(encode, limits, odd) == outcome(pure_encode, limits, odd), (seed, codec.form, odd)
                assert problem(careful_encode, limits, odd) == problem(pure_encode, limits, odd), (
                    seed,
                    codec.form,
                    odd,
                )
