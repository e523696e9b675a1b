"""Requests that the peer makes of us. There are no handlers: each request is refused with `Unimplemented`."""

import logging
from typing import Final

from ..errors import Code
from ..frame import FLAG_DATA, FLAG_EOS, FLAG_ERROR, Frame, FrameWriter
from .channels import Channels

_log = logging.getLogger("rapace.session")

_SERVES_NOTHING: Final = b"this client serves no methods"
_REFUSAL: Final = (
    int(Code.UNIMPLEMENTED).to_bytes(4, "little") + len(_SERVES_NOTHING).to_bytes(4, "little") + _SERVES_NOTHING
)
"""The payload of the error frame that refuses a request."""


class Served:
    """The side of a session that serves."""

    __slots__ = ("_channels", "_writer")

    def __init__(self, channels: Channels, writer: FrameWriter) -> None:
        self._channels = channels
        self._writer = writer

    def is_request(self, frame: Frame) -> bool:
        """True when the peer calls a method: data for a method on a channel of the peer that carries nothing else.

        Responses and frames of tunnels name no method.
        """
        channel_id, flags, _, method_id = frame
        if method_id == 0 or not flags & FLAG_DATA or not self._channels.is_peers(channel_id):
            return False
        return not self._channels.is_open(channel_id) and not self._channels.is_abandoned(channel_id)

    def request(self, frame: Frame) -> bytes:
        """Receives a request. Returns the frames that answer it."""
        channel_id, flags, _, method_id = frame
        _log.warning("refused a call of the peer: method 0x%08x, no handler", method_id)
        if not flags & FLAG_EOS:
            self._channels.abandon(channel_id)  # The rest of this request is not another request.
        return self._writer.write(channel_id, 0, FLAG_ERROR | FLAG_EOS, _REFUSAL)
