"""Control frames: what the peer says of the next request and of the connection."""

import logging
from collections.abc import Sequence
from typing import Final

from ..control import (
    PING_BYTES,
    Entry,
    Opening,
    close_connection,
    encode_opening,
    open_channel,
    ping,
    pong,
    read_close_channel,
    read_open_channel,
    read_ping,
    read_pong,
)
from ..frame import (
    CONTROL_CHANNEL,
    CONTROL_CLOSE_CHANNEL,
    CONTROL_OPEN_CHANNEL,
    CONTROL_PING,
    CONTROL_PONG,
    FLAG_CONTROL,
    FrameWriter,
)
from ..limits import Limits
from .events import Draining, Event, Greeted

_log = logging.getLogger("rapace.session")

_COUNT: Final = 1 << (8 * PING_BYTES)


class Control:
    """What control frames have said, and the control frames of this side."""

    __slots__ = (
        "_limits",
        "_pings",
        "_was_greeted",
        "_writer",
        "opening",
        "pong_due",
        "skipped",
        "understood",
        "unheard",
    )

    opening: Opening | None
    """What belongs to the next request, if that is on the same channel."""
    understood: bool
    """True when the peer has shown that it knows these frames: it greeted, asked for a Pong, or sent one."""
    pong_due: bytes | None
    """The payload of the newest Ping that is not answered."""
    unheard: int
    """How many Pings in a row the peer has not answered."""
    skipped: int
    """How many control frames had no meaning here."""

    def __init__(self, limits: Limits, writer: FrameWriter) -> None:
        self._limits = limits
        self._writer = writer
        self._pings = 0
        self._was_greeted = False
        self.opening = None
        self.understood = False
        self.pong_due = None
        self.unheard = 0
        self.skipped = 0

    def receive(self, verb: int, payload: bytes, events: list[Event], *, has_requests: bool) -> None:
        """Receives a control frame that is not about a call which runs."""
        if verb == CONTROL_OPEN_CHANNEL:
            opened = read_open_channel(payload, self._limits.max_metadata_bytes)
            if opened is None:
                self._skip("an OpenChannel that does not decode")
            elif opened.channel_id != CONTROL_CHANNEL:
                self.opening = opened
            elif self._was_greeted or has_requests:
                self.understood = True
                self._skip("a second hello" if self._was_greeted else "a hello after the first request")
            else:
                self._was_greeted = self.understood = True
                events.append(Greeted(opened))
        elif verb == CONTROL_PING:
            payload_of_ping = read_ping(payload)
            if payload_of_ping is not None:
                self.understood = True
                self.pong_due = payload_of_ping
            elif payload:  # A bare one only carries an acknowledgement.
                self._skip("a Ping that does not decode")
        elif verb == CONTROL_PONG:
            self._receive_pong(payload)
        elif verb == CONTROL_CLOSE_CHANNEL and (closed := read_close_channel(payload)) is not None:
            if closed == CONTROL_CHANNEL:
                events.append(Draining())
        else:
            self._skip(f"control frame {verb}, which has no meaning here")

    def take_opening(self, channel_id: int) -> Opening | None:
        """A request has come on this channel. Returns what was said of it."""
        opening, self.opening = self.opening, None
        return opening if opening is not None and opening.channel_id == channel_id else None

    def open_channel(self, channel_id: int, opening: bytes) -> bytes:
        """The frame that says what belongs to the request which follows on the channel."""
        return self._frame(CONTROL_OPEN_CHANNEL, open_channel(channel_id, opening))

    def hello(self, entries: Sequence[Entry]) -> bytes:
        """The first frames of a side that has something to say, with a Ping that finds out whether it is understood."""
        opening = encode_opening("", "", entries)
        return self._frame(CONTROL_OPEN_CHANNEL, open_channel(CONTROL_CHANNEL, opening)) + self.ping()

    def ping(self) -> bytes:
        """The frame that asks for a Pong."""
        self._pings = (self._pings + 1) % _COUNT
        self.unheard += 1
        return self._frame(CONTROL_PING, ping(self._pings.to_bytes(PING_BYTES, "little")))

    def pong(self) -> bytes:
        """The frame that answers the newest Ping, and so those before it; nothing when all are answered."""
        payload, self.pong_due = self.pong_due, None
        return b"" if payload is None else self._frame(CONTROL_PONG, pong(payload))

    def draining(self) -> bytes:
        """The frame that says that this side takes no new calls; nothing for a peer that would not understand it."""
        return self._frame(CONTROL_CLOSE_CHANNEL, close_connection()) if self.understood else b""

    def _receive_pong(self, payload: bytes) -> None:
        answered = read_pong(payload)
        # The Pong of a Ping answers those before it.
        number = None if answered is None else int.from_bytes(answered, "little")
        if number is not None and 0 <= (self._pings - number) % _COUNT < self.unheard:
            self.understood = True
            self.unheard = (self._pings - number) % _COUNT
        else:
            self._skip("a Pong to no Ping")

    def _frame(self, verb: int, payload: bytes) -> bytes:
        return self._writer.write(CONTROL_CHANNEL, verb, FLAG_CONTROL, payload)

    def _skip(self, what: str) -> None:
        self.skipped += 1
        if self.skipped == 1:
            _log.info("skipped %s; more of that is not logged", what)
