"""What holds for all values and all bytes."""

import struct
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from rapace import DecodeError
from rapace.limits import DEFAULT_LIMITS
from rapace.postcard.reader import decode_payload
from rapace.postcard.writer import Writer

from .test_postcard import CODECS

INTEGERS = {
    name: st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "i" else st.integers(0, (1 << bits) - 1)
    for bits in (8, 16, 32, 64, 128)
    for name in (f"u{bits}", f"i{bits}")
}
VALUES: dict[str, st.SearchStrategy[object]] = {
    **INTEGERS,
    "unit": st.none(),
    "bool": st.booleans(),
    "f32": st.floats(width=32, allow_nan=False),
    "f64": st.floats(allow_nan=False),
    "char": st.characters(exclude_categories=["Cs"]),
    "string": st.text(st.characters(exclude_categories=["Cs"])),
    "bytes": st.binary(max_size=300),
}


def pairs() -> st.SearchStrategy[tuple[str, object]]:
    kinds = [st.tuples(st.just(kind), values) for kind, values in VALUES.items()]
    return st.one_of(kinds)


@given(pairs())
def test_what_is_written_is_read_back(pair: tuple[str, object]) -> None:
    kind, value = pair
    write, read = CODECS[kind]
    w = Writer()
    write(w, value)
    assert decode_payload(read, DEFAULT_LIMITS, bytes(w)) == value


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=24))
def test_any_bytes_are_read_or_refused(kind: str, data: bytes) -> None:
    write, read = CODECS[kind]
    try:
        value = decode_payload(read, DEFAULT_LIMITS, data)
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)  # noqa: PT017 - both outcomes are right
        return
    w = Writer()
    write(w, value)
    again = decode_payload(read, DEFAULT_LIMITS, bytes(w))
    assert again == value or again != again


def reference_varint(value: int) -> bytes:
    """The specification's varint, written another way."""
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])


@given(st.sampled_from(sorted(INTEGERS)), st.data())
def test_integers_agree_with_the_specification(kind: str, data: st.DataObject) -> None:
    value = data.draw(INTEGERS[kind])
    if kind in ("u8", "i8"):
        expected = struct.pack("<b" if kind == "i8" else "<B", value)
    else:
        expected = reference_varint(value if kind[0] == "u" else (2 * value if value >= 0 else -2 * value - 1))
    w = Writer()
    encode: Callable[[Writer, object], None] = CODECS[kind][0]
    encode(w, value)
    assert bytes(w) == expected
