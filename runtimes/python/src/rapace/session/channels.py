"""The channels of a session: which are open, which number comes next, and which must not be used again yet."""

from collections import OrderedDict
from typing import Final

from ..errors import Code, StatusError, of_own_call
from ..limits import Limits
from .items import Items

_LAST_CHANNEL: Final = 0xFFFF_FFFF


class Channels:
    """The open and the abandoned channels of a session.

    Both peers open channels, one side with odd numbers and the other with even numbers.
    """

    __slots__ = ("_abandoned", "_limits", "_parity", "items", "next_channel", "sending", "unary")

    unary: set[int]
    """The channels of unary calls that wait for their response."""
    items: Items
    """The channels of streams and tunnels, and what waits on them for a reader."""
    sending: set[int]
    """The tunnels whose end this side has not sent. The peer's half may have ended."""
    next_channel: int
    """The number that the next call gets, unless it is in use."""

    def __init__(self, limits: Limits, first_channel: int) -> None:
        self._limits = limits
        self._parity = first_channel % 2  # of the channels that this side opens
        self.next_channel = first_channel
        self.unary = set()
        self.items = Items(limits)
        self.sending = set()
        # In the order in which they were abandoned; a plain dict takes ever longer to find its first key again.
        self._abandoned: OrderedDict[int, None] = OrderedDict()

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return len(self.unary) + len(self.items.held)

    @property
    def all(self) -> set[int]:
        """The channels of all calls, streams and tunnels that are open."""
        return self.unary | self.items.held.keys()

    def is_peers(self, channel_id: int) -> bool:
        """True when only the peer opens channels with this number."""
        return channel_id % 2 != self._parity

    def is_open(self, channel_id: int) -> bool:
        """True when a call, a stream or a tunnel uses the channel."""
        return channel_id in self.unary or channel_id in self.items.held

    def is_abandoned(self, channel_id: int) -> bool:
        """True when frames may still arrive on a channel that was given up."""
        return channel_id in self._abandoned

    def reserve(self) -> int:
        """Returns the next channel of this side that nothing uses."""
        self.check_room()
        channel_id = self.next_channel
        while self.is_open(channel_id) or channel_id in self._abandoned or channel_id in self.sending:
            channel_id = self._after(channel_id)
        self.next_channel = self._after(channel_id)
        return channel_id

    def check_room(self) -> None:
        """Raises when `max_calls` are in flight."""
        if self.in_flight >= self._limits.max_calls:
            problem = f"{self.in_flight} calls are in flight, which is the limit of the connection (max_calls)"
            raise of_own_call(StatusError(Code.RESOURCE_EXHAUSTED, problem))

    def close(self, channel_id: int) -> bool:
        """Closes a channel. Returns False when it was not open."""
        if self.items.close(channel_id):
            return True
        is_open = channel_id in self.unary
        self.unary.discard(channel_id)
        return is_open

    def abandon(self, channel_id: int) -> None:
        """Keeps a channel from being used until its last frame arrives. The oldest of too many is forgotten."""
        self._abandoned[channel_id] = None
        if len(self._abandoned) > self._limits.max_abandoned_calls:
            self._abandoned.popitem(last=False)

    def release(self, channel_id: int) -> None:
        """The last frame has arrived on an abandoned channel. It may be used again."""
        self._abandoned.pop(channel_id, None)

    def _after(self, channel_id: int) -> int:
        following = channel_id + 2
        if following <= _LAST_CHANNEL:
            return following
        return 1 if self._parity else 2  # Channel 0 carries control frames.
