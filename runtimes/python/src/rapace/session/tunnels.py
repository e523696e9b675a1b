"""Tunnels: bytes in both directions on a channel that a call returned."""

from collections import OrderedDict
from typing import Final

from ..errors import Code, StatusError, of_own_call
from ..frame import CONTROL_CHANNEL, DESCRIPTOR_BYTES, FLAG_DATA, FLAG_EOS, Frame, FrameWriter
from ..limits import Limits
from .channels import Channels

_TUNNEL_METHOD: Final = 0
_MOST_EARLY_BYTES: Final = 1024 * 1024
"""What is kept for tunnels that are not open yet: more than arrives between a response and `open_tunnel`."""


class Tunnels:
    """The tunnels of a session: those that we may write to, and what has arrived for those that are not open yet."""

    __slots__ = ("_channels", "_early", "_early_bytes", "_limits", "_past", "_writer")

    def __init__(self, limits: Limits, channels: Channels, writer: FrameWriter) -> None:
        self._limits = limits
        self._channels = channels
        self._writer = writer
        # The data of a tunnel may arrive before the response that names its channel.
        self._early: dict[int, list[Frame]] = {}
        self._early_bytes = 0
        # Channels that were tunnels: what arrives on them is not the start of a later tunnel. The oldest are forgotten.
        self._past: OrderedDict[int, None] = OrderedDict()

    def open(self, channel_id: int) -> list[Frame]:
        """Opens a tunnel on a channel that a call returned. Returns the frames that arrived before."""
        if channel_id == CONTROL_CHANNEL or channel_id in self._channels.sending or self._channels.is_open(channel_id):
            message = f"channel {channel_id} is in use: a tunnel has the channel that a call returned"
            raise of_own_call(StatusError(Code.FAILED_PRECONDITION, message))
        self._channels.check_room()
        self._channels.items.held[channel_id] = 0
        self._channels.sending.add(channel_id)
        self._past[channel_id] = None
        if len(self._past) > self._limits.max_abandoned_calls:
            self._past.popitem(last=False)
        early = self._early.pop(channel_id, [])
        for frame in early:
            self._early_bytes -= DESCRIPTOR_BYTES + len(frame[2])
        return early

    def open_own(self) -> int:
        """Opens a tunnel on the next channel of this side. Returns the channel, which an answer tells the peer."""
        channel_id = self._channels.reserve()
        self._channels.items.held[channel_id] = 0
        self._channels.sending.add(channel_id)
        return channel_id

    def data(self, channel_id: int, payload: bytes | bytearray | memoryview) -> bytes:
        """Returns the frame with bytes for a tunnel; nothing when this side has ended it."""
        if channel_id not in self._channels.sending:
            return b""
        return self._writer.write(channel_id, _TUNNEL_METHOD, FLAG_DATA, bytes(payload))

    def finish(self, channel_id: int) -> bytes:
        """Ends this side's half of a tunnel. Returns the frame for the peer; nothing when the half has ended."""
        if channel_id not in self._channels.sending:
            return b""
        self._channels.sending.discard(channel_id)
        return self._writer.write(channel_id, _TUNNEL_METHOD, FLAG_DATA | FLAG_EOS, b"")

    def keep_early(self, frame: Frame) -> None:
        """Keeps a frame that may belong to a tunnel which is not open yet, within `_MOST_EARLY_BYTES`.

        Only the peer's channels become tunnels, and a frame of a tunnel names no method.
        """
        channel_id, _, payload, method_id = frame
        if method_id != _TUNNEL_METHOD or not self._channels.is_peers(channel_id) or channel_id in self._past:
            return
        size = DESCRIPTOR_BYTES + len(payload)
        if self._early_bytes + size <= min(_MOST_EARLY_BYTES, self._limits.max_stream_bytes):
            self._early_bytes += size
            self._early.setdefault(channel_id, []).append(frame)
