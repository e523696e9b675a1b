"""The generated packages of all cases, and values of their types with the bytes that these must have.

The values are drawn by reading `api.json` once more, independently of the generator: for each type a pair of a Python
value and its postcard bytes.
"""

import dataclasses
import importlib
import json
import keyword
import os
import re
import struct
import sys
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

CASES = Path(os.environ["RAPACE_PYTHON_CASES"])
"""The folder with a generated package for each case: `cargo xtask test --only python` makes it."""
REPOSITORY = Path(__file__).resolve().parents[3]

Pair = tuple[Any, bytes]

RECURSION = 4
"""How deep drawn values nest. The limit of the depth has a separate test."""


@dataclass(frozen=True, eq=False)
class Case:
    """A generated package and what it was generated from."""

    name: str
    api: dict[str, Any]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return CASES / self.name

    @property
    def package(self) -> str:
        (source,) = (self.folder / "src").iterdir()
        return source.name

    def module(self, name: str) -> Any:
        source = str(self.folder / "src")
        if source not in sys.path:
            sys.path.append(source)
        return importlib.import_module(f"{self.package}.{name}" if name else self.package)

    def write(self, form: Any, value: Any) -> bytes:
        """A value of a form as bytes, by the careful codec."""
        w = self.module("rapace.postcard.writer").Writer()
        plan = self.module("rapace.postcard.plan").Plan(self.module("_plan").TYPES)
        self.module("rapace.postcard.careful_encode").Encoders(plan).of(form)(w, value)
        return bytes(w)

    def read(self, form: Any, data: bytes) -> Any:
        """The value of a form at the start of some bytes, by the careful codec."""
        return self.reader(form)(self.module("rapace.postcard.reader").Reader(data))

    def reader(self, form: Any) -> Any:
        """The function of the careful codec that reads a form."""
        plan = self.module("rapace.postcard.plan").Plan(self.module("_plan").TYPES)
        return self.module("rapace.postcard.careful_decode").Decoders(plan).of(form)

    def definition(self, name: str) -> dict[str, Any]:
        return next(t for t in self.api["types"] if t["name"] == name)

    def python_type(self, name: str) -> Any:
        return getattr(self.module("types"), class_names(self)[name])


@cache
def cases() -> list[Case]:
    sources = [REPOSITORY / "examples/bookshop/api.json", *sorted((REPOSITORY / "generators/cases").glob("*.json"))]
    loaded = [json.loads(source.read_text()) for source in sources]
    names = [source.parent.name if source.name == "api.json" else source.stem for source in sources]
    made = [Case(name, api) for name, api in zip(names, loaded, strict=True)]
    return [*made, Case("frozen", made[names.index("structs")].api)]


@cache
def class_names(case: Case) -> dict[str, str]:
    """What each type is called: by its name in upper camel case, and whoever comes later has `_`, `_2`, … behind it."""
    names: dict[str, str] = {}
    for definition in case.api["types"]:
        name = definition["name"]
        wanted = name if name[0].isupper() else "".join(word[:1].upper() + word[1:] for word in name.split("_"))
        suffixes = ("" if n == 0 else "_" if n == 1 else f"_{n}" for n in range(len(case.api["types"]) + 2))
        free = (wanted + s for s in suffixes if not keyword.iskeyword(wanted + s) and wanted + s not in names.values())
        names[name] = next(free)
    return names


@dataclass(frozen=True, eq=False)
class Method:
    """A method of a service: what the API says, and the name that the client has for it."""

    service: dict[str, Any]
    method: dict[str, Any]
    module: str
    client: str
    name: str

    @property
    def is_stream(self) -> bool:
        return bool(self.method["kind"] == "server_streaming")


def methods(case: Case) -> Iterator[Method]:
    for service in case.api["services"]:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", service["name"]).lower()
        if keyword.iskeyword(snake) or snake in {"handlers", "protocols", "rapace", "sync", "testing", "types"}:
            snake += "_"
        base = case.module("rapace.codegen").AsyncClient
        made = vars(case.module(snake)).values()
        (client,) = [value for value in made if isinstance(value, type) and issubclass(value, base)]
        names = [name for name in vars(client) if not name.startswith("_")]
        following = iter(names)
        for method in service["methods"]:
            yield Method(service, method, snake, client.__name__, next(following))
            if method["kind"] == "unary" and method["response"] == "unit":
                next(following)  # the one that does not wait
        assert next(following, None) is None


def handlers(case: Case, folder: str = "") -> dict[str, Any]:
    """The handlers of a case by the name of their service: for asyncio, or those of the folder `sync.`."""
    codegen = case.module("rapace.codegen")
    base = codegen.SyncHandler if folder else codegen.Handler
    made = vars(case.module(f"{folder}handlers")).values()
    found: list[Any] = [each for each in made if isinstance(each, type) and issubclass(each, base)]
    return {each.rapace_service: each for each in found}


def served(case: Case, method: Method) -> Any:
    """What the runtime knows of a method that a handler implements."""
    known = handlers(case)[method.service["name"]].rapace_methods
    (found,) = (each for each in known if each.method_id == method.method["id"])
    return found


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(kind: str) -> st.SearchStrategy[Pair]:
    bits = int(kind[1:])
    if kind[0] == "u":
        return st.integers(0, (1 << bits) - 1).map(lambda n: (n, bytes([n]) if bits == 8 else varint(n)))
    signed = st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)
    if bits == 8:
        return signed.map(lambda n: (n, struct.pack("<b", n)))
    return signed.map(lambda n: (n, varint(2 * n if n >= 0 else -2 * n - 1)))


def prefixed(data: bytes) -> bytes:
    return varint(len(data)) + data


CHARACTERS = st.characters(exclude_categories=["Cs"])
SCALARS: dict[str, st.SearchStrategy[Pair]] = {
    **{kind: integer(kind) for kind in ["u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"]},
    "unit": st.just((None, b"")),
    "bool": st.booleans().map(lambda b: (b, bytes([b]))),
    "f32": st.floats(width=32, allow_nan=False).map(lambda f: (f, struct.pack("<f", f))),
    "f64": st.floats(allow_nan=False).map(lambda f: (f, struct.pack("<d", f))),
    "char": CHARACTERS.map(lambda c: (c, prefixed(c.encode()))),
    "string": st.text(CHARACTERS, max_size=8).map(lambda s: (s, prefixed(s.encode()))),
    "bytes": st.binary(max_size=8).map(lambda b: (b, prefixed(b))),
}


def includes_none(ty: Any) -> bool:
    return ty == "unit" or (isinstance(ty, dict) and "option" in ty)


def pairs(case: Case, ty: Any, *, hashable: bool = False, depth: int = 0) -> st.SearchStrategy[Pair]:
    """Values of a type, each with its bytes. Where it has to be hashable, lists are tuples and sets are frozen."""
    if isinstance(ty, str):
        return SCALARS[ty]
    ((kind, inner),) = ty.items()
    if kind == "named":
        return named(case, inner, depth + 1)
    if kind == "array":
        return array(case, inner["item"], inner["len"], hashable, depth)
    if kind == "tuple":
        parts = [pairs(case, item, hashable=hashable, depth=depth) for item in inner]
        return st.tuples(*parts).map(lambda drawn: (tuple(v for v, _ in drawn), b"".join(b for _, b in drawn)))
    if depth > RECURSION:
        return st.just(empty(case, kind, hashable))
    if kind == "option":
        some = case.module("rapace").Some if includes_none(inner) else lambda value: value
        present = pairs(case, inner, hashable=hashable, depth=depth).map(lambda p: (some(p[0]), b"\x01" + p[1]))
        return st.just((None, b"\x00")) | present
    if kind == "list":
        items = st.lists(pairs(case, inner, hashable=hashable, depth=depth), max_size=3)
        make = tuple if hashable else list
        return items.map(lambda drawn: (make(v for v, _ in drawn), varint(len(drawn)) + b"".join(b for _, b in drawn)))
    if kind == "set":
        return collected(case, inner, frozenset if hashable else set, depth)
    assert kind == "map"
    if hashable:
        return collected(case, {"tuple": [inner["key"], inner["value"]]}, frozenset, depth)
    entries = st.tuples(pairs(case, inner["key"], hashable=True, depth=depth), pairs(case, inner["value"], depth=depth))
    return st.lists(entries, max_size=3, unique_by=lambda entry: entry[0][0]).map(
        lambda drawn: (
            {key: value for (key, _), (value, _) in drawn},
            varint(len(drawn)) + b"".join(k + v for (_, k), (_, v) in drawn),
        )
    )


def empty(case: Case, kind: str, hashable: bool) -> Pair:
    makers: dict[str, Any] = {"option": lambda: None, "list": list, "set": set, "map": dict}
    if hashable:
        makers |= {"list": tuple, "set": frozenset, "map": frozenset}
    return makers[kind](), b"\x00"


def collected(case: Case, item: Any, make: Any, depth: int) -> st.SearchStrategy[Pair]:
    items = st.lists(pairs(case, item, hashable=True, depth=depth), max_size=3)

    def collect(drawn: list[Pair]) -> Pair:
        written = dict(drawn)
        value = make(written)
        return value, varint(len(value)) + b"".join(written[v] for v in value)

    return items.map(collect)


def array(case: Case, item: Any, length: int, hashable: bool, depth: int) -> st.SearchStrategy[Pair]:
    if item == "u8":
        return st.binary(min_size=length, max_size=length).map(lambda b: (b, b))
    if length == 0:
        return st.just(((), b""))  # of whatever item, even the type that it is in
    one = pairs(case, item, hashable=hashable, depth=depth)
    return st.lists(one, min_size=length, max_size=length).map(
        lambda drawn: (tuple(v for v, _ in drawn), b"".join(b for _, b in drawn))
    )


@cache
def hashable_types(case: Case) -> frozenset[str]:
    """The named types inside keys and items of sets."""
    found: set[str] = set()

    def visit(ty: Any, inside: bool) -> None:
        if isinstance(ty, str):
            return
        ((kind, inner),) = ty.items()
        if kind == "named":
            if inside and inner not in found:
                found.add(inner)
                for field_type in field_types(case.definition(inner)):
                    visit(field_type, True)
        elif kind == "map":
            visit(inner["key"], True)
            visit(inner["value"], inside)
        elif kind == "array":
            visit(inner["item"], inside)
        elif kind == "tuple":
            for item in inner:
                visit(item, inside)
        else:
            visit(inner, inside or kind == "set")

    for definition in case.api["types"]:
        for ty in field_types(definition):
            visit(ty, False)
    for service in case.api["services"]:
        for method in service["methods"]:
            for ty in [method["response"], *(argument["type"] for argument in method["arguments"])]:
                visit(ty, False)
    return frozenset(found)


def field_types(definition: dict[str, Any]) -> list[Any]:
    shapes = definition["variants"] if definition["kind"] == "enum" else [definition]
    return [field["type"] for shape in shapes for field in shape.get("fields", [])]


def built(make: Any, values: list[Any]) -> Any:
    """An object with these fields in order, some of which are given by name alone."""
    if not dataclasses.is_dataclass(make):
        return make(*values)
    names = [field.name for field in dataclasses.fields(make)]
    return typing.cast("Any", make)(**dict(zip(names, values, strict=True)))


def named(case: Case, name: str, depth: int) -> st.SearchStrategy[Pair]:
    definition = case.definition(name)
    made = case.python_type(name)
    hashable = name in hashable_types(case)

    def shape(fields: list[Any], make: Any, prefix: bytes) -> st.SearchStrategy[Pair]:
        parts = [pairs(case, field["type"], hashable=hashable, depth=depth) for field in fields]
        return st.tuples(*parts).map(
            lambda drawn: (built(make, [v for v, _ in drawn]), prefix + b"".join(b for _, b in drawn))
        )

    def build() -> st.SearchStrategy[Pair]:
        if definition["kind"] == "struct":
            return shape(definition.get("fields", []), made, b"")
        variants = definition["variants"]
        if not any(variant.get("fields") for variant in variants):
            members = list(made)
            known = st.sampled_from([(members[v["index"]], varint(v["index"])) for v in variants])
            if not definition.get("open"):
                return known
            return known | st.integers(len(variants), 0xFFFF_FFFF).map(lambda index: (index, varint(index)))
        classes = typing.get_args(made) or (made,)
        if depth > RECURSION:
            # The variants that do not lead deeper.
            flat = [v for v in variants if '"named"' not in json.dumps(v.get("fields", []))]
            variants = flat or variants
        return st.one_of([shape(v.get("fields", []), classes[v["index"]], varint(v["index"])) for v in variants])

    return st.deferred(build)
