"""Frames: what travels on the wire of rapace 0.5.

On TCP and Unix sockets a frame is a u32 length, a descriptor of 64 bytes and the payload; the length counts the
descriptor and the payload. All numbers are little-endian. The fields of the descriptor, by offset:

======  ==========================  ===================================================================
0       msg_id u64                  1, 2, 3, … per session; 0 in answers
8       channel_id u32              odd or even, by the side that opens it; answers carry their request's
12      method_id u32               0 in answers
16      payload_slot u32            0xFFFFFFFF for a payload of 16 bytes or fewer, otherwise 0
20, 24  generation, offset u32      0
28      payload_len u32             the payload's length
32      flags u32                   see the constants
36      credit_grant u32            0
40      deadline_ns u64             0xFFFFFFFFFFFFFFFF: none
48      inline payload              a payload of 16 bytes or fewer, once more, padded with zeros
======  ==========================  ===================================================================

A receiver uses the frame's length. It does not read slot, generation, offset, payload_len and the inline bytes.
"""

from struct import Struct
from typing import Final, TypeAlias

from .errors import ProtocolError

DESCRIPTOR_BYTES: Final = 64
"""The size of a descriptor, and so the least length of a frame."""

FLAG_DATA: Final = 1
FLAG_CONTROL: Final = 2
FLAG_EOS: Final = 4
FLAG_ERROR: Final = 0x10
FLAG_NO_REPLY: Final = 0x100

CONTROL_CHANNEL: Final = 0
"""The channel of control frames. Their `method_id` is the verb."""
CONTROL_OPEN_CHANNEL: Final = 1
CONTROL_CLOSE_CHANNEL: Final = 2
CONTROL_CANCEL_CHANNEL: Final = 3
CONTROL_PING: Final = 5
CONTROL_PONG: Final = 6

_INLINE_BYTES = 16
_INLINE_SLOT = 0xFFFF_FFFF
_NO_DEADLINE = 0xFFFF_FFFF_FFFF_FFFF

_HEAD_BYTES = 4 + DESCRIPTOR_BYTES
_pack_head = Struct("<IQIIIIIIIIQ16s").pack
"""The length prefix and the whole descriptor, as they are written."""
_unpack_head = Struct("<I8xII16xI").unpack_from
"""The length prefix, and of the descriptor channel_id, method_id and flags."""

Frame: TypeAlias = tuple[int, int, bytes, int]
"""What a session reads of a received frame: channel, flags, payload, method. Plain tuples are the quickest to make."""


def encode_frame(msg_id: int, channel_id: int, method_id: int, flags: int, payload: bytes | bytearray) -> bytes:
    """A whole frame with its length prefix, to be sent in one write."""
    length = len(payload)
    inline = length <= _INLINE_BYTES
    head = _pack_head(
        DESCRIPTOR_BYTES + length,
        msg_id,
        channel_id,
        method_id,
        _INLINE_SLOT if inline else 0,
        0,
        0,
        length,
        flags,
        0,
        _NO_DEADLINE,
        payload if inline else b"",
    )
    return head + payload


def encode_error_frame(channel_id: int, payload: bytes) -> bytes:
    """The frame of an error that answers a request. Its payload is not repeated in the descriptor."""
    flags = FLAG_ERROR | FLAG_EOS
    length = len(payload)
    head = _pack_head(DESCRIPTOR_BYTES + length, 0, channel_id, 0, 0, 0, 0, length, flags, 0, _NO_DEADLINE, b"")
    return head + payload


class FrameWriter:
    """Makes the frames of a session, and numbers them from 1."""

    __slots__ = ("_next_message",)

    def __init__(self) -> None:
        self._next_message = 1

    def write(self, channel_id: int, method_id: int, flags: int, payload: bytes | bytearray) -> bytes:
        """Returns the next frame, with its length prefix."""
        msg_id = self._next_message
        self._next_message = msg_id + 1
        return encode_frame(msg_id, channel_id, method_id, flags, payload)


class FrameReader:
    """Cuts what arrives into frames, however it was chunked."""

    __slots__ = ("_buffer", "_max_frame_bytes", "_needed")

    def __init__(self, max_frame_bytes: int) -> None:
        self._buffer = bytearray()
        self._needed = 0  # how many bytes the buffer must have before it is looked at again
        self._max_frame_bytes = max_frame_bytes

    @property
    def mid_frame(self) -> bool:
        """True when only a part of a frame has arrived."""
        return len(self._buffer) > 0

    def feed(self, data: bytes, frames: list[Frame]) -> None:
        """Adds to `frames` each one that `data` completes.

        Raises `ProtocolError` for a length that no frame has, as soon as it is there: the frames before it have
        been added, and nothing was allocated for it. After that the reader must not be used.
        """
        buffer = self._buffer
        if buffer:
            buffer += data
            if len(buffer) < self._needed:
                return
            data = bytes(buffer)
            buffer.clear()
        consumed = self._cut(data, frames)
        if consumed < len(data):
            buffer += memoryview(data)[consumed:]

    def _cut(self, data: bytes, frames: list[Frame]) -> int:
        """Cuts the whole frames off the start of `data`, and returns how many bytes they are."""
        start, available, longest = 0, len(data), self._max_frame_bytes
        while available - start >= _HEAD_BYTES:
            length, channel_id, method_id, flags = _unpack_head(data, start)
            if not DESCRIPTOR_BYTES <= length <= longest:
                raise self._bad_length(length)
            end = start + 4 + length
            if end > available:
                self._needed = end - start
                return start
            frames.append((channel_id, flags, data[start + _HEAD_BYTES : end], method_id))
            start = end
        self._needed = 0
        if available - start >= 4:
            length = int.from_bytes(data[start : start + 4], "little")
            if not DESCRIPTOR_BYTES <= length <= longest:
                raise self._bad_length(length)
            self._needed = 4 + length
        return start

    def _bad_length(self, length: int) -> ProtocolError:
        if length < DESCRIPTOR_BYTES:
            return ProtocolError(f"frame length {length} is below the {DESCRIPTOR_BYTES} bytes of a descriptor")
        return ProtocolError(f"frame length {length} exceeds the limit of {self._max_frame_bytes} bytes")
