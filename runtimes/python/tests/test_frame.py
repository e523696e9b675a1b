"""Frames: their layout, how they are cut from what arrives, and lengths that no frame has."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapace import ProtocolError
from rapace.frame import Frame, FrameReader, encode_frame

from .peer import DATA, EOS, frame

CAP = 1000


def cut(*chunks: bytes) -> list[Frame]:
    reader = FrameReader(CAP)
    frames: list[Frame] = []
    for chunk in chunks:
        reader.feed(chunk, frames)
    return frames


@pytest.mark.parametrize("size", [0, 1, 16, 17, 500])
def test_layout(size: int) -> None:
    payload = bytes(range(1, 256)) * 2
    payload = payload[:size]
    raw = encode_frame(0x0102030405060708, 0x0B0C0D0E, 0x11121314, DATA | EOS, payload)
    fields = struct.unpack_from("<IQIIIIIIIIQ16s", raw)
    inline = size <= 16
    assert fields == (
        64 + size,
        0x0102030405060708,
        0x0B0C0D0E,
        0x11121314,
        0xFFFF_FFFF if inline else 0,
        0,
        0,
        size,
        DATA | EOS,
        0,
        0xFFFF_FFFF_FFFF_FFFF,
        (payload if inline else b"").ljust(16, b"\0"),
    )
    assert raw[68:] == payload


def test_fields_that_no_receiver_may_read_are_not_read() -> None:
    raw = bytearray(frame(3, DATA, b"payload"))
    for offset in [*range(4, 12), *range(20, 36), *range(40, 68)]:
        raw[offset] = 0xEE
    assert cut(bytes(raw)) == [(3, DATA, b"payload", 0)]


def test_every_split_gives_the_same_frames() -> None:
    stream = frame(1, DATA, b"one") + frame(3, EOS) + frame(5, DATA, bytes(300))
    expected = [(1, DATA, b"one", 0), (3, EOS, b"", 0), (5, DATA, bytes(300), 0)]
    assert cut(stream) == expected
    assert cut(*(stream[i : i + 1] for i in range(len(stream)))) == expected
    for at in range(len(stream)):
        assert cut(stream[:at], stream[at:]) == expected


@given(st.lists(st.binary(max_size=200), max_size=6), st.lists(st.integers(0, 1200), max_size=8))
def test_any_chunking_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(2 * i + 1, DATA, payload) for i, payload in enumerate(payloads))
    edges = [0, *sorted(min(at, len(stream)) for at in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    assert [payload for _, _, payload, _ in cut(*chunks)] == payloads


def test_mid_frame() -> None:
    reader = FrameReader(CAP)
    raw = frame(1, DATA, b"x")
    reader.feed(raw[:4], [])
    assert reader.mid_frame
    reader.feed(raw[4:], [])
    assert not reader.mid_frame


@pytest.mark.parametrize(
    ("length", "problem"),
    [
        (0, "frame length 0 is below the 64 bytes of a descriptor"),
        (63, "frame length 63 is below the 64 bytes of a descriptor"),
        (CAP + 1, "frame length 1001 exceeds the limit of 1000 bytes"),
        (0xFFFF_FFFF, "frame length 4294967295 exceeds the limit of 1000 bytes"),
    ],
)
def test_bad_lengths_are_refused_as_soon_as_they_are_there(length: int, problem: str) -> None:
    reader = FrameReader(CAP)
    frames: list[Frame] = []
    with pytest.raises(ProtocolError, match=problem):
        reader.feed(frame(1, DATA, b"good") + struct.pack("<I", length), frames)
    assert frames == [(1, DATA, b"good", 0)]


def test_the_longest_frame_is_accepted() -> None:
    assert len(cut(frame(1, DATA, bytes(CAP - 64)))) == 1


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    try:
        frames = cut(data)
    except ProtocolError:
        return
    assert sum(68 + len(payload) for _, _, payload, _ in frames) <= len(data)
