"""Calls that we make: their requests, and what the peer's frames mean to them."""

from typing import Final

from ..control import cancel_channel
from ..errors import Code, StatusError, of_own_call, status_error
from ..frame import (
    CONTROL_CANCEL_CHANNEL,
    CONTROL_CHANNEL,
    DESCRIPTOR_BYTES,
    FLAG_CONTROL,
    FLAG_DATA,
    FLAG_EOS,
    FLAG_NO_REPLY,
    FrameWriter,
)
from ..limits import Limits
from ..quote import quoted
from .channels import Channels
from .control import Control
from .events import CancelReason

UNARY_FLAGS: Final = FLAG_DATA | FLAG_EOS
"""The flags of a unary request and of its response."""
_STREAM_FLAGS: Final = FLAG_DATA | FLAG_EOS | FLAG_NO_REPLY
_MOST_MESSAGE_CHARACTERS: Final = 1025
"""One more than is quoted of an error's message, so that a longer message is recognized."""


class Calls:
    """The side of a session that calls."""

    __slots__ = ("_channels", "_control", "_limits", "_writer")

    def __init__(self, limits: Limits, channels: Channels, writer: FrameWriter, control: Control) -> None:
        self._limits = limits
        self._channels = channels
        self._control = control
        self._writer = writer

    def start_unary(self, method_id: int, payload: bytes | bytearray, opening: bytes = b"") -> tuple[int, bytes]:
        """Opens a channel for a call with one response. Returns the channel, and what to send in one write.

        `opening` is the part of an OpenChannel after the channel, for a call that carries more than its arguments.
        """
        self._check_length(payload)
        channel_id = self._channels.reserve()
        self._channels.unary.add(channel_id)
        if opening:
            return channel_id, self._opened(channel_id, method_id, UNARY_FLAGS, payload, opening)
        return channel_id, self._writer.write(channel_id, method_id, UNARY_FLAGS, payload)

    def start_stream(self, method_id: int, payload: bytes | bytearray, opening: bytes = b"") -> tuple[int, bytes]:
        """Opens a channel for a call with a stream of items. Returns the channel, and what to send in one write."""
        self._check_length(payload)
        channel_id = self._channels.reserve()
        self._channels.items.held[channel_id] = 0
        if opening:
            return channel_id, self._opened(channel_id, method_id, _STREAM_FLAGS, payload, opening)
        return channel_id, self._writer.write(channel_id, method_id, _STREAM_FLAGS, payload)

    def notify(self, method_id: int, payload: bytes | bytearray) -> bytes:
        """Returns the frame of a call without a response. If the peer responds, channel 0 makes the session drop it."""
        self._check_length(payload)
        return self._writer.write(CONTROL_CHANNEL, method_id, _STREAM_FLAGS, payload)

    def cancel(self, channel_id: int, reason: CancelReason) -> bytes:
        """Gives an open channel up. Returns the frame that tells the peer; nothing when the channel is not open.

        Plain servers of rapace 0.5.0 ignore that frame and still respond. The channel stays reserved until then, so
        that no later call gets the late response.
        """
        if not self._channels.close(channel_id):
            return b""
        self._channels.abandon(channel_id)
        payload = cancel_channel(channel_id, reason)
        return self._writer.write(CONTROL_CHANNEL, CONTROL_CANCEL_CHANNEL, FLAG_CONTROL, payload)

    def _opened(self, channel_id: int, method_id: int, flags: int, payload: bytes | bytearray, opening: bytes) -> bytes:
        before = self._control.open_channel(channel_id, opening)
        return before + self._writer.write(channel_id, method_id, flags, payload)

    def _check_length(self, payload: bytes | bytearray) -> None:
        length, limit = DESCRIPTOR_BYTES + len(payload), self._limits.max_frame_bytes
        if length > limit:
            problem = f"the request's frame of {length} bytes exceeds the limit of {limit} bytes"
            raise of_own_call(StatusError(Code.RESOURCE_EXHAUSTED, problem))


def remote_error(payload: bytes) -> StatusError:
    """The status in an error frame: u32 code, u32 length, the message in UTF-8; invalid bytes of it are replaced."""
    length = int.from_bytes(payload[4:8], "little")
    if len(payload) < 8 or length > len(payload) - 8:
        return StatusError(Code.INTERNAL, "malformed error frame", remote=True)
    code = int.from_bytes(payload[:4], "little")
    # A character has at most four bytes: no more of a long message than can be quoted is decoded.
    message = payload[8 : 8 + length][: 4 * _MOST_MESSAGE_CHARACTERS].decode("utf-8", "replace")
    return status_error(code, quoted(message), remote=True)
