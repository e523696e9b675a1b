"""The accelerator does what the generated codecs do: the same bytes, the same values, the same errors.

`RAPACE_FUZZ_EXAMPLES` says how many examples are drawn for each method, 10 unless it is set; each is spoiled in many
ways. `cargo xtask test --only python` runs this with the accelerator, and skips it without.
"""

import dataclasses
import enum
import gc
import importlib
import inspect
import os
import random
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cases import Case, Method, cases, methods, pairs, served, varint

if os.environ.get("RAPACE_PURE_PYTHON") == "1":
    pytest.skip("the accelerator is switched off", allow_module_level=True)

EXAMPLES = int(os.environ.get("RAPACE_FUZZ_EXAMPLES", "10"))
METHODS = [pytest.param(case, method, id=f"{case}-{method.name}") for case in cases() for method in methods(case)]
# The case of names has all its variety in names.
VARIED = [parameter for parameter in METHODS if not str(parameter.id).startswith("names-")]
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def entries(case: Case, method: Method) -> tuple[Any, Any]:
    """The encoder of a method's arguments, or None, and the decoder of its answer. Both are accelerated."""
    codecs, plan = case.module("_codecs"), case.module("_plan")
    for constant, (_, *request) in plan.METHODS.items():
        if getattr(codecs, constant).method_id == method.method["id"]:
            encode = getattr(codecs, request[0]) if request else None
            return encode, getattr(codecs, constant).read
    raise AssertionError(method)


def outcome(function: Callable[..., Any], *arguments: Any) -> tuple[Any, ...]:
    """All that can be seen of what a codec does. A representation tells types apart that are equal otherwise."""
    try:
        result = function(*arguments)
    except Exception as error:
        path, offset = getattr(error, "path", None), getattr(error, "offset", None)
        return (type(error), str(error), path, offset)
    if isinstance(result, bytes | bytearray):
        return ("bytes", bytes(result))
    shown = repr(result)
    # Each NaN has its own hash, and so its own place in a set.
    return (type(result), sorted(shown) if "nan" in shown else shown)


@pytest.mark.parametrize(("case", "method"), METHODS)
def test_everything_is_accelerated(case: Case, method: Method) -> None:
    assert case.module("rapace").accelerator.status() == "active"
    for entry in filter(None, entries(case, method)):
        assert callable(entry.__self__.pure)
    for function, inside in [(served(case, method).read, "read_all"), (served(case, method).write, "write_any")]:
        assert callable(inspect.getclosurevars(function).nonlocals[inside].__self__.pure)


@pytest.mark.parametrize(("case", "method"), VARIED)
def test_reading_is_the_same(case: Case, method: Method) -> None:
    _, decode = entries(case, method)
    pure, limits = decode.__self__.pure, case.module("rapace").Limits()

    @FUZZ
    @seed(1)
    @given(pairs(case, method.method["response"]), st.randoms(use_true_random=False))
    def check(answer: tuple[Any, bytes], chance: random.Random) -> None:
        for data in spoiled_bytes(answer[1], chance):
            assert outcome(decode, limits, data) == outcome(pure, limits, data)

    check()


def spoiled_bytes(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """The bytes, and what is left of them when they are cut, changed, or written in more bytes than they need."""
    yield data
    cuts = range(len(data)) if len(data) <= 40 else chance.sample(range(len(data)), 40)
    for end in cuts:
        yield data[:end]
    yield data + b"\x00"
    for _ in range(12):
        if data:
            at = chance.randrange(len(data))
            byte = chance.choice([0, 1, 2, 0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF, data[at] ^ 0x80, chance.randrange(256)])
            yield data[:at] + bytes([byte]) + data[at + 1 :]
            yield data[:at] + bytes([data[at] | 0x80, *[0x80] * chance.randrange(4), 0]) + data[at + 1 :]
            yield data[:at] + varint(chance.choice([1 << 16, 1 << 32, 1 << 63, 1 << 64, 1 << 128])) + data[at:]
            yield data[:at] + data[at + 1 :]
    yield chance.randbytes(chance.randrange(40))


@pytest.mark.parametrize(("case", "method"), VARIED)
def test_writing_is_the_same(case: Case, method: Method) -> None:
    encode, _ = entries(case, method)
    if encode is None:
        return
    pure, limits = encode.__self__.pure, case.module("rapace").Limits()
    arguments = st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"]))

    @FUZZ
    @seed(2)
    @given(arguments, st.randoms(use_true_random=False))
    def check(drawn: tuple[Any, ...], chance: random.Random) -> None:
        values = tuple(value for value, _ in drawn)
        assert outcome(encode, limits, *values) == outcome(pure, limits, *values)
        for _ in range(12):
            at = chance.randrange(len(values))
            spoiled = (*values[:at], spoil(values[at], chance), *values[at + 1 :])
            assert outcome(encode, limits, *spoiled) == outcome(pure, limits, *spoiled)

    check()


class OwnInt(int):
    pass


class OwnFloat(float):
    pass


class OwnStr(str):
    __slots__ = ()


class OwnBytes(bytes):
    pass


class OwnList(list[Any]):
    pass


class OwnDict(dict[Any, Any]):
    pass


class Other(enum.Enum):
    ZERO = 0


ODDITIES: list[Any] = [
    *[None, True, False, 0, 1, -1, 127, 128, 255, 256, 1 << 16, 1 << 31, 1 << 32, -(1 << 31), (1 << 63) - 1, 1 << 63],
    *[-(1 << 63), -(1 << 63) - 1, (1 << 64) - 1, 1 << 64, (1 << 127) - 1, 1 << 127, -(1 << 127), (1 << 128) - 1],
    *[1 << 128, -(1 << 128), 1 << 1024, (1 << 53) + 1, OwnInt(7)],
    *[0.0, -0.0, 1.5, 1e39, 3.4028235677973366e38, 3.5e38, float("inf"), float("-inf"), float("nan"), OwnFloat(2.5)],
    *["", "x", "é", "€uro", "🦀", "ab", "\ud800", "\udfff!", "a" * 200, "ü" * 100, OwnStr("own")],
    *[b"", b"abcd", bytearray(b"xy"), memoryview(b"1234"), OwnBytes(b"ab"), b"z" * 16],
    *[[], (), [None], [1, 2], ("a",), OwnList([1]), {}, {1: 2}, OwnDict(), set(), frozenset(), {3}, Other.ZERO, object],
]


def spoil(value: Any, chance: random.Random) -> Any:
    """The value with one place of it replaced: the place is drawn on the way down."""
    if chance.random() < 0.25:
        return chance.choice(ODDITIES)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        if not names or chance.random() < 0.1:
            return type("Sub", (type(value),), {})(**{name: getattr(value, name) for name in names})
        name = chance.choice(names)
        return dataclasses.replace(value, **{name: spoil(getattr(value, name), chance)})
    if isinstance(value, list | tuple) and value:
        items = list(value)
        at = chance.randrange(len(items))
        items[at] = spoil(items[at], chance)
        if chance.random() < 0.1:
            items.pop()
        make = type(value) if chance.random() < 0.8 else chance.choice([list, tuple, OwnList])
        return make(items)
    if isinstance(value, dict) and value:
        key = chance.choice(list(value))
        rest = {k: v for k, v in value.items() if k is not key}
        return {spoil_key(key, chance): spoil(value[key], chance), **rest}
    if isinstance(value, set | frozenset) and value:
        item = chance.choice(list(value))
        make = type(value) if chance.random() < 0.7 else chance.choice([set, frozenset])
        return make([*(v for v in value if v is not item), spoil_key(item, chance)])
    return chance.choice(ODDITIES)


def spoil_key(value: Any, chance: random.Random) -> Any:
    spoiled = spoil(value, chance) if chance.random() < 0.5 else value
    try:
        hash(spoiled)
    except TypeError:
        return value
    return spoiled


def case(name: str) -> Case:
    return next(case for case in cases() if case.name == name)


def method(of: Case, name: str) -> Method:
    return next(method for method in methods(of) if method.name == name)


def test_depth_is_limited_alike() -> None:
    recursion = case("recursion")
    encode, decode = entries(recursion, method(recursion, "tree"))
    types, rapace = recursion.module("types"), recursion.module("rapace")
    for depth in (1, 63, 64, 65, 127, 128, 129, 400, 5000):
        tree = types.Tree("leaf", [])
        for _ in range(depth - 1):
            tree = types.Tree("x", [tree])
        data = b"\x01x\x01" * (depth - 1) + b"\x04leaf\x00"
        for limit in (0, 128, 400):
            limits = rapace.Limits(max_depth=limit)
            assert outcome(encode, limits, tree) == outcome(encode.__self__.pure, limits, tree)
            # Not the value itself, which nests too deep to be printed.
            ways = decode, decode.__self__.pure
            fast, slow = (outcome(lambda *payload, way=way: way(*payload).label, limits, data) for way in ways)
            assert fast == slow


def test_a_thread_with_a_small_stack_is_enough() -> None:
    recursion = case("recursion")
    limits = recursion.module("rapace").Limits(max_depth=1000)
    done = []

    def work() -> None:
        for name, data in [("tree", b"\x01x\x01" * 300 + b"\x04leaf\x00"), ("json", b"\x05\x01\x01k" * 300 + b"\x00")]:
            encode, decode = entries(recursion, method(recursion, name))
            assert encode(limits, decode(limits, data)) == data
            done.append(name)

    threading.stack_size(128 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert done == ["tree", "json"]


def test_another_interpreter_is_refused() -> None:
    interpreters = pytest.importorskip("_xxsubinterpreters")
    other = interpreters.create()
    try:
        with pytest.raises(interpreters.RunFailedError, match=r"ImportError|not support"):
            interpreters.run_string(other, "import rapace_accelerator")
    finally:
        interpreters.destroy(other)


def test_items_without_bytes_are_limited_alike() -> None:
    collections = case("collections")
    encode, _ = entries(collections, method(collections, "lists"))
    rapace = collections.module("rapace")
    for limit in (0, 4, 5, 6):
        limits = rapace.Limits(max_zero_sized_items=limit)
        arguments: list[Any] = [[None] * 5, [], []]
        assert outcome(encode, limits, *arguments) == outcome(encode.__self__.pure, limits, *arguments)


def test_limits_that_are_none_are_the_pure_codecs_to_refuse() -> None:
    encode, decode = entries(case("recursion"), method(case("recursion"), "tree"))
    for limits in (None, 5, object()):
        assert outcome(decode, limits, b"\x01x\x00") == outcome(decode.__self__.pure, limits, b"\x01x\x00")
    assert outcome(encode) == outcome(encode.__self__.pure) or "argument" in outcome(encode)[1]


def test_an_attribute_without_a_value_is_the_pure_codecs_to_refuse() -> None:
    recursion = case("recursion")
    encode, _ = entries(recursion, method(recursion, "tree"))
    tree = recursion.module("types").Tree("x", [])
    del tree.children
    limits = recursion.module("rapace").Limits()
    assert outcome(encode, limits, tree) == outcome(encode.__self__.pure, limits, tree)
    assert outcome(encode, limits, tree)[0] is AttributeError


def big(of: Case) -> tuple[Any, Any, bytes]:
    """A recursive value that is worth a pause of the collector."""
    types = of.module("types")
    value = types.Tree("root", [types.Tree(f"leaf {n}", []) for n in range(2000)])
    encode, _ = entries(of, method(of, "tree"))
    return value, encode, encode(of.module("rapace").Limits(), value)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    recursion = case("recursion")
    limits = recursion.module("rapace").Limits()
    value, _, data = big(recursion)
    _, decode = entries(recursion, method(recursion, "tree"))
    error = recursion.module("rapace").DecodeError
    try:
        if not enabled:
            gc.disable()
        assert decode(limits, data) == value
        with pytest.raises(error):
            decode(limits, data[:-1])
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_what_can_be_in_a_circle_is_known_to_the_collector() -> None:
    recursion, structs = case("recursion"), case("structs")
    limits = recursion.module("rapace").Limits()
    _, _, data = big(recursion)
    _, decode = entries(recursion, method(recursion, "tree"))
    tree = decode(limits, data)
    assert gc.is_tracked(tree)
    assert all(gc.is_tracked(child) for child in tree.children)
    point = structs.module("types").Point
    for constant, (form, *_) in structs.module("_plan").METHODS.items():
        if form == "Point":
            made = getattr(structs.module("_codecs"), constant).read(limits, bytes(16))
            assert made == point(0.0, 0.0)
            assert not gc.is_tracked(made)


@pytest.mark.parametrize(
    ("name", "of"), [("collections", "echo"), ("recursion", "json"), ("bookshop", "list"), ("newtypes", "all")]
)
def test_nothing_leaks(name: str, of: str) -> None:
    one = case(name)
    found = method(one, of)
    encode, decode = entries(one, found)
    limits = one.module("rapace").Limits()
    drawn: list[Any] = []

    @settings(max_examples=30, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @seed(3)
    @given(
        st.tuples(*(pairs(one, argument["type"]) for argument in found.method["arguments"])),
        pairs(one, found.method["response"]),
    )
    def draw(arguments: tuple[Any, ...], answer: tuple[Any, bytes]) -> None:
        drawn.append(([value for value, _ in arguments], answer[1]))

    draw()

    def work(times: int) -> None:
        for _ in range(times):
            for values, data in drawn:
                encode(limits, *values)
                decode(limits, data)
                for end in range(0, len(data), 3):
                    outcome(decode, limits, data[:end])

    work(3)
    gc.collect()
    singles = [None, True, False, *one.module("types").__dict__.values()]
    counts = [sys.getrefcount(single) for single in singles]
    tracemalloc.start()
    work(2)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    work(6)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 4096
    assert all(abs(sys.getrefcount(s) - count) < 60 for s, count in zip(singles, counts, strict=True))


def make(body: dict[str, Any] | None = None, bases: tuple[type, ...] = (), **options: Any) -> Any:
    """A dataclass with one attribute `x`."""
    return dataclasses.make_dataclass(
        "Made", [("x", int)], bases=bases, namespace=body or {}, **{"slots": True, **options}
    )


def looks_odd(self: Any, name: str) -> Any:
    return object.__getattribute__(self, name)


class Slotted:
    __slots__ = ("y",)


class Meta(type):
    pass


ODD_CLASSES: dict[str, Any] = {
    "without slots": lambda: make(slots=False),
    "with work after its making": lambda: make({"__post_init__": lambda self: None}),
    "with its own way to be made": lambda: make({"__new__": lambda cls, *args: object.__new__(cls)}),
    "with its own way to be looked at": lambda: make({"__getattribute__": looks_odd}),
    "with attributes elsewhere": lambda: make(bases=(Slotted,)),
    "with weak references": lambda: make(weakref_slot=True),
    "of its own kind": lambda: Meta("Made", (), {"__slots__": ("x",)}),
    "no dataclass": lambda: type("Made", (), {"__slots__": ("x",)}),
    "no class": lambda: 5,
    "a builtin": lambda: int,
    "another attribute": lambda: dataclasses.make_dataclass("Made", [("z", int)], slots=True),
    "one more attribute": lambda: dataclasses.make_dataclass("Made", [("x", int), ("z", int)], slots=True),
}


@pytest.mark.parametrize("kind", ODD_CLASSES)
def test_unusual_classes_are_left_to_the_pure_codec(kind: str) -> None:
    accelerator = importlib.import_module("rapace_accelerator")

    def pure(*arguments: object) -> None: ...

    form = ("record", ODD_CLASSES[kind](), ("x", "u32"))
    assert accelerator.decoder(pure, {}, form) is pure
    assert accelerator.encoder(pure, {}, form) is pure
    assert accelerator.decoder(pure, {}, ("record", make(), ("x", "u32"))) is not pure


@pytest.mark.parametrize(
    "form",
    [
        *["word", 5, None, (), ("list",), ("list", "u8", "u8"), ("fixed_bytes", -1), ("fixed_bytes", "x"), ["enum", 5]],
        *[("enum", int), ("tree", "u8"), ("array", "u8", 1 << 70), ("record",), ("union", "u8"), ("map", "u8"), {}],
    ],
)
def test_unknown_forms_are_left_to_the_pure_codec(form: Any) -> None:
    accelerator = importlib.import_module("rapace_accelerator")

    def pure(*arguments: object) -> None: ...

    assert accelerator.decoder(pure, {}, form) is pure
    assert accelerator.decoder(pure, {"T": form}, ("option", "T")) is pure
    deep = form
    for _ in range(100):
        deep = ("list", deep)
    assert accelerator.decoder(pure, {}, deep) is pure


def test_wrong_arguments_are_refused() -> None:
    accelerator = importlib.import_module("rapace_accelerator")
    wrong: list[list[Any]] = [[], [len], [len, {}], [len, [], "u8"], [len, {}, "u8", "u8"]]
    for arguments in wrong:
        with pytest.raises(TypeError, match="expected a function"):
            accelerator.decoder(*arguments)


REPORT = "import bookshop; print(bookshop.rapace.accelerator.is_active(), bookshop.rapace.accelerator.status())"


def status(*, folder: str = os.environ.get("PYTHONPATH", ""), **environment: str) -> str:
    """What a fresh program says of the accelerator in a folder."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", REPORT],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{case('bookshop').folder / 'src'}:{folder}", **environment},
    )
    return ran.stdout.strip()


def test_the_accelerator_can_be_switched_off_or_be_missing(tmp_path: Path) -> None:
    assert status() == "True active"
    assert status(RAPACE_PURE_PYTHON="1") == "False switched off by RAPACE_PURE_PYTHON"
    assert status(folder="") == "False rapace-accelerator is not installed"
    (tmp_path / "rapace_accelerator.py").write_text("SEAM = 99\n")
    assert status(folder=str(tmp_path)) == "False rapace-accelerator has seam 99, this runtime has 2"
    (tmp_path / "rapace_accelerator.py").write_text("raise ImportError('built for something else')\n")
    assert status(folder=str(tmp_path)) == "False built for something else"
