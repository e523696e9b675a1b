"""Control payloads: what a control frame says of a channel, or with channel 0 of the connection.

They are rapace's `ControlPayload` in postcard: the number of the variant, then its fields. A peer that does not know a
control frame skips it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Entry: TypeAlias = tuple[str, bytes]
"""A key and its value, as they travel."""

_OPEN: Final = 0
_CLOSE: Final = 1
_CANCEL: Final = 2
_PING: Final = 4
_PONG: Final = 5

_NORMAL: Final = 0
_ERROR: Final = 1
PING_BYTES: Final = 8
_MOST_U32_BYTES: Final = 5
_LEAST_ENTRY_BYTES: Final = 2
"""The lengths of a key and a value without bytes."""


@dataclass(slots=True)
class Opening:
    """What an OpenChannel says: what belongs to the request that follows on its channel, or with 0 a hello."""

    channel_id: int
    entries: list[Entry]
    size: int
    """How many bytes the keys and values have in all. Too many entries are counted and not read."""


def encode_opening(service: str, method: str, entries: Sequence[Entry]) -> bytes:
    """The part of an OpenChannel's payload that is after the channel."""
    out = bytearray()
    _put_bytes(out, service.encode())
    _put_bytes(out, method.encode())
    _put_u32(out, len(entries))
    for key, value in entries:
        _put_bytes(out, key.encode())
        _put_bytes(out, value)
    return bytes(out)


def open_channel(channel_id: int, opening: bytes) -> bytes:
    """The payload of an OpenChannel."""
    out = bytearray((_OPEN,))
    _put_u32(out, channel_id)
    return bytes(out + opening)


def close_connection() -> bytes:
    """The payload of a CloseChannel for channel 0: the host shuts down."""
    return bytes((_CLOSE, 0, _NORMAL))


def cancel_channel(channel_id: int, reason: int) -> bytes:
    """The payload of a CancelChannel."""
    out = bytearray((_CANCEL,))
    _put_u32(out, channel_id)
    out.append(reason)
    return bytes(out)


def ping(payload: bytes) -> bytes:
    """The payload of a Ping with eight bytes."""
    return bytes((_PING,)) + payload


def pong(payload: bytes) -> bytes:
    """The payload of the Pong that answers such a Ping."""
    return bytes((_PONG,)) + payload


def read_open_channel(payload: bytes, most_entries: int) -> Opening | None:
    """What an OpenChannel says; None for what is not one. More than `most_entries` entries are not read."""
    cursor = _Cursor(payload, _OPEN)
    try:
        channel_id = cursor.u32()
        for _ in range(2):  # The names of service and method are for people.
            cursor.data().decode()
        count = cursor.u32()
        if count > cursor.left // _LEAST_ENTRY_BYTES:
            return None
        if count > most_entries:
            return Opening(channel_id, [], cursor.left)
        entries = [(cursor.data().decode(), cursor.data()) for _ in range(count)]
    except (IndexError, UnicodeDecodeError):
        return None
    if cursor.left:
        return None
    return Opening(channel_id, entries, sum(len(key.encode()) + len(value) for key, value in entries))


def read_close_channel(payload: bytes) -> int | None:
    """The channel of a CloseChannel; None for what is not one."""
    cursor = _Cursor(payload, _CLOSE)
    try:
        channel_id = cursor.u32()
        reason = cursor.u32()
        if reason == _ERROR:
            cursor.data().decode()  # It is for people.
    except (IndexError, UnicodeDecodeError):
        return None
    return None if cursor.left or reason > _ERROR else channel_id


def read_cancel_channel(payload: bytes) -> int | None:
    """The channel of a CancelChannel; None for what is not one."""
    cursor = _Cursor(payload, _CANCEL)
    try:
        channel_id = cursor.u32()
    except IndexError:
        return None
    # Whatever the reason is: a later version may have more of them.
    return channel_id if cursor.left == 1 and payload[-1] < 0x80 else None


def read_ping(payload: bytes) -> bytes | None:
    """The eight bytes of a Ping; None for what has none, such as a bare one."""
    return _eight_bytes(payload, _PING)


def read_pong(payload: bytes) -> bytes | None:
    """The eight bytes of a Pong; None for what is not one."""
    return _eight_bytes(payload, _PONG)


def _eight_bytes(payload: bytes, variant: int) -> bytes | None:
    return payload[1:] if len(payload) == 1 + PING_BYTES and payload[0] == variant else None


def _put_u32(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _put_bytes(out: bytearray, data: bytes) -> None:
    _put_u32(out, len(data))
    out += data


class _Cursor:
    """Reads fields one after another. Raises `IndexError` for what is not a payload of the variant."""

    __slots__ = ("_at", "_payload")

    def __init__(self, payload: bytes, variant: int) -> None:
        # Past the end of another variant's payload, so that every field fails.
        self._at = 1 if payload and payload[0] == variant else len(payload)
        self._payload = payload

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._payload) - self._at

    def u32(self) -> int:
        """The next number."""
        value = 0
        for shift in range(0, 7 * _MOST_U32_BYTES, 7):
            byte = self._payload[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > 0xFFFF_FFFF:
                    break
                return value
        raise IndexError

    def data(self) -> bytes:
        """The next bytes."""
        length = self.u32()
        if length > self.left:
            raise IndexError
        self._at += length
        return self._payload[self._at - length : self._at]
