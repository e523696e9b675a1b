"""Quick code takes the common case, and nothing that careful code takes otherwise or refuses."""

import gc
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapace import DecodeError, EncodeError, codegen
from rapace.codegen import unpack_string
from rapace.limits import DEFAULT_LIMITS
from rapace.postcard.quick import IRREGULAR, quick
from rapace.postcard.reader import Reader, read_count, read_f64, read_string
from rapace.postcard.writer import Writer, write_count, write_u8

from .test_postcard import CODECS, VECTORS
from .test_postcard_properties import pairs

Pack = Callable[[object], bytes]
Unpack = Callable[[bytes, int], tuple[object, int]]


def pack_of(kind: str) -> Pack:
    return cast("Pack", getattr(codegen, f"pack_{kind}"))


def unpack_of(kind: str) -> Unpack:
    return cast("Unpack", getattr(codegen, f"unpack_{kind}"))


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Index:
    def __index__(self) -> int:
        return 1


ODD: list[object] = [
    *(None, True, 1, -1, 1.0, math.inf, 1e300, Number(1), Index()),
    *(
        sign * (1 << bits) + more
        for sign in (-1, 1)
        for bits in (7, 8, 14, 16, 28, 32, 63, 64, 128)
        for more in (-1, 0)
    ),
    *("", "a", "ab", "é", "\ud800", Text("t"), b"", b"b", bytearray(b"a"), memoryview(b"m"), [], (), object()),
]


@pytest.mark.parametrize(("kind", "value", "data"), VECTORS)
def test_the_bytes_of_rust(kind: str, value: object, data: bytes) -> None:
    assert pack_of(kind)(value) == data
    read_back, end = unpack_of(kind)(b"before" + data + b"behind", 6)
    assert (repr(read_back), end) == (repr(value), 6 + len(data))


@pytest.mark.parametrize("kind", CODECS)
def test_nothing_odd_is_written_that_careful_code_refuses_or_writes_otherwise(kind: str) -> None:
    write, _ = CODECS[kind]
    for value in ODD:
        try:
            packed = pack_of(kind)(value)
        except IRREGULAR:
            continue
        w = Writer()
        write(w, value)
        assert packed == bytes(w)


@given(pairs())
def test_what_is_common_is_quick(pair: tuple[str, object]) -> None:
    kind, value = pair
    packed = pack_of(kind)(value)
    w = Writer()
    CODECS[kind][0](w, value)
    assert packed == bytes(w)
    assert unpack_of(kind)(packed, 0) == (value, len(packed))


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=24) | st.binary(max_size=6).map(lambda b: b"\xff" * 8 + b))
def test_no_bytes_are_read_that_careful_code_refuses_or_reads_otherwise(kind: str, data: bytes) -> None:
    try:
        value, end = unpack_of(kind)(data, 0)
    except IRREGULAR:
        return
    r = Reader(data)
    if end > len(data):  # which whoever started has to find
        with pytest.raises(DecodeError):
            CODECS[kind][1](r)
        return
    assert repr(CODECS[kind][1](r)) == repr(value)
    assert r.pos == end


@given(st.lists(st.floats(width=32)) | st.lists(st.sampled_from([0.5, 1, True, "x", 1e300])))
def test_lists_of_floats(values: list[object]) -> None:
    for code in ("f32", "f64"):
        write, read = CODECS[code]
        w = Writer()
        write_count(w, len(values))
        try:
            packed = pack_of(f"list_{code}")(values)
        except IRREGULAR:
            assert not {type(value) for value in values} <= {float, int} or (code == "f32" and 1e300 in values)
            continue
        for value in values:
            write(w, value)
        assert packed == bytes(w)
        unpacked, end = unpack_of(f"list_{code}")(packed, 0)
        r = Reader(packed)
        assert repr(unpacked) == repr([read(r) for _ in range(read_count(r, 16))])
        assert end == len(packed)
        for length in range(len(packed)):
            with pytest.raises(IRREGULAR):
                unpack_of(f"list_{code}")(packed[:length], 0)


def test_the_collector_is_as_it_was_after_large_payloads() -> None:
    read = quick(unpack_string, read_string)
    for size, is_good in [(10, True), (5000, True), (5000, False)]:
        data = codegen.pack_string("x" * size)
        for enabled in (True, False):
            (gc.enable if enabled else gc.disable)()
            try:
                if is_good:
                    assert read(DEFAULT_LIMITS, data) == "x" * size
                else:
                    with pytest.raises(DecodeError, match="unexpected end"):
                        read(DEFAULT_LIMITS, data[:-1])
                assert gc.isenabled() is enabled
            finally:
                gc.enable()


def test_an_error_does_not_tell_of_quick_code() -> None:
    read = quick(codegen.unpack_f64, read_f64)
    with pytest.raises(DecodeError) as caught:
        read(DEFAULT_LIMITS, b"\x00")
    assert caught.value.__context__ is None
    with pytest.raises(EncodeError):
        write_u8(Writer(), 256)


def test_a_debug_switch_shows_why_quick_code_gave_up() -> None:
    script = (
        "from rapace import Limits\n"
        "from rapace.codegen import unpack_u8\n"
        "from rapace.postcard.quick import quick\n"
        "from rapace.postcard.reader import read_u8\n"
        "try:\n"
        "    quick(unpack_u8, read_u8)(Limits(), b'')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    )
    for switch, raised in [("", "DecodeError"), ("0", "DecodeError"), ("1", "IndexError")]:
        environment = {**os.environ, "RAPACE_DEBUG_QUICK": switch, "PYTHONPATH": os.pathsep.join(sys.path)}
        ran = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout == f"{raised}\n", switch
