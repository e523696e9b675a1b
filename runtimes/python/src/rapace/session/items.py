"""The items of streams and tunnels that have arrived and that no reader has taken: how many bytes they hold."""

from ..frame import DESCRIPTOR_BYTES
from ..limits import Limits


class Items:
    """Counts the bytes that each open stream and tunnel holds.

    An item counts as its payload and a descriptor, so that a stream of empty items is bounded too.
    """

    __slots__ = ("_limits", "held", "over")

    held: dict[int, int]
    """The open channels, and how many bytes wait on each."""
    over: set[int]
    """The channels that hold more than the high-water mark, and that have not drained to half of it since."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = {}
        self.over = set()

    def put(self, channel_id: int, payload: bytes) -> bool:
        """Counts an item that has arrived. Returns False, and counts nothing, when the channel cannot hold it."""
        held = self.held[channel_id]
        held_now = held + DESCRIPTOR_BYTES + len(payload)
        # A single item always fits, so a frame that is within its own limit can be read.
        if held and held_now > self._limits.max_stream_bytes:
            return False
        self.held[channel_id] = held_now
        if held_now > self._limits.stream_high_water_bytes:
            self.over.add(channel_id)
        return True

    def took(self, channel_id: int, payload: bytes) -> None:
        """The reader has taken an item, whose bytes no longer count."""
        held = self.held.get(channel_id)
        if held is not None:
            held -= DESCRIPTOR_BYTES + len(payload)
            self.held[channel_id] = held
            if self.over and held <= self._limits.stream_high_water_bytes // 2:
                self.over.discard(channel_id)

    def close(self, channel_id: int) -> bool:
        """Closes a channel. Returns False when it was not open."""
        if self.held.pop(channel_id, None) is None:
            return False
        self.over.discard(channel_id)
        return True
