"""What reading may cost, with all three readers: the size of values, keys that are made to collide, and the time.

The quick code, the careful code and the accelerator refuse the same payloads with the same errors.
"""

import importlib
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cases import Case, Method, cases, methods, pairs, varint

METHODS = [pytest.param(case, method, id=f"{case}-{method.name}") for case in cases() for method in methods(case)]
VARIED = [parameter for parameter in METHODS if not str(parameter.id).startswith("names-")]
QUICK = settings(
    max_examples=10,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
COLLECTIONS = next(case for case in cases() if case.name == "collections")
RECURSION = next(case for case in cases() if case.name == "recursion")
PRIME = (1 << 61) - 1
"""Whole numbers that are equal modulo this have one hash value in Python."""


def constant(case: Case, method: Method) -> Any:
    codecs, plan = case.module("_codecs"), case.module("_plan")
    return next(
        getattr(codecs, name) for name in plan.METHODS if getattr(codecs, name).method_id == method.method["id"]
    )


def cost(case: Case, decode: Callable[[Any], Any], data: bytes) -> int:
    """The nominal size of a payload's value, as the careful code counts it."""
    limits = case.module("rapace").Limits()
    reader = case.module("rapace.postcard.reader").Reader(data, limits)
    decode(reader)
    return int(limits.max_decoded_bytes - reader.cost._left)


def problem(read: Callable[..., Any], *arguments: Any) -> str:
    try:
        read(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "fine"


@pytest.mark.parametrize(("case", "method"), VARIED)
def test_the_limit_is_where_it_is_counted(case: Case, method: Method) -> None:
    known, limits = constant(case, method), case.module("rapace").Limits

    @QUICK
    @given(pairs(case, method.method["response"]))
    def check(answer: tuple[Any, bytes]) -> None:
        data = answer[1]
        size = cost(case, known.decode, data)
        assert problem(known.read, limits(max_decoded_bytes=size), data) == "fine"
        if size:
            reported = problem(known.read, limits(max_decoded_bytes=size - 1), data)
            assert f"decoded size exceeds the limit of {size - 1} bytes (at byte " in reported

    check()


def test_sizes_are_the_nominal_ones() -> None:
    by_name = {method.name: method for method in methods(COLLECTIONS)}
    for name, data, size in [
        ("lists", b"\x02\x01a\x05\x00\x06", 2 * (32 + 32 + 16)),
        ("sets", b"\x03\x01\x02\x03", 3 * 16),
        ("maps", b"\x01\x07\x01a\x01", 32 + 16 + 16 + 16),
        ("empties", b"\x02\x00\x00", 2 * 64),
    ]:
        assert cost(COLLECTIONS, constant(COLLECTIONS, by_name[name]).decode, data) == size, name


def test_millions_of_empty_values_in_one_payload_are_refused_at_once() -> None:
    """A tree whose root has so many children that each is a byte or two of the payload, and an object in memory."""
    method = next(method for method in methods(RECURSION) if method.name == "tree")
    read = constant(RECURSION, method).read
    limits = RECURSION.module("rapace").Limits(max_decoded_bytes=16 * 1024 * 1024)
    items = (16 * 1024 * 1024 - 200) // 2
    data = b"\x00" + varint(items) + bytes(2 * items)
    started = time.process_time()
    reported = problem(read, limits, data)
    assert reported.startswith("DecodeError: ") and "decoded size exceeds the limit of 16777216 bytes" in reported
    assert time.process_time() - started < 20


def readers(name: str, form: tuple[Any, ...]) -> dict[str, Callable[..., Any]]:
    """The readers of a collection that the generated package has, and the accelerator's."""
    quick, accelerator = COLLECTIONS.module("rapace.postcard.quick").quick, COLLECTIONS.module("rapace.accelerator")
    unpack, careful = getattr(COLLECTIONS.module("_codecs"), name), COLLECTIONS.reader(form)
    decode_payload = COLLECTIONS.module("rapace.postcard.reader").decode_payload

    def with_care(limits: Any, data: bytes, deadline: float = math.inf) -> Any:
        return decode_payload(careful, limits, data, deadline)

    made = {"quick": quick(unpack, careful, 1000), "careful": with_care}
    if accelerator.is_active():
        module = importlib.import_module("rapace_accelerator")
        made["accelerated"] = module.decoder(made["quick"], {}, form)
    return made


def u128_set(keys: list[int]) -> bytes:
    return varint(len(keys)) + b"".join(map(varint, keys))


def test_keys_that_are_made_to_collide_are_refused_at_once() -> None:
    data = u128_set([k * PRIME for k in range(40_000)])
    for read in readers("decode_set_of_u128", ("set", "u128", 16)).values():
        started = time.process_time()
        reported = problem(read, COLLECTIONS.module("rapace").Limits(), data)
        assert "more than 64 keys have the same hash value" in reported
        assert time.process_time() - started < 2


def test_keys_of_honest_peers_are_fine() -> None:
    limits = COLLECTIONS.module("rapace").Limits()
    for name, read in readers("decode_set_of_u128", ("set", "u128", 16)).items():
        for keys in (
            [k * PRIME for k in range(64)],
            [5] * 1000,
            list(range(20_000)),
            [k << 64 for k in range(20_000)],
            [(k * 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) % (1 << 128) for k in range(20_000)],
        ):
            assert read(limits, u128_set(keys)) == set(keys), name


def test_a_deadline_that_has_passed_ends_the_reading() -> None:
    data = u128_set(list(range(50_000)))
    limits = COLLECTIONS.module("rapace").Limits()
    for read in readers("decode_set_of_u128", ("set", "u128", 16)).values():
        assert len(read(limits, data, time.monotonic() + 60)) == 50_000
        assert problem(read, limits, data, time.monotonic() - 1).startswith("OutOfTimeError")
