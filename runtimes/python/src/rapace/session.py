"""A client's session without I/O: bytes in, events and bytes out. No clock, no socket, no thread.

The owner sends what the methods that start, notify, cancel and end return, feeds `receive` with what arrives, delivers
the events that it returns, and then sends `outgoing()`. A session is used by one thread at a time.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from .errors import Code, ProtocolError, StatusError, status_error
from .frame import (
    CONTROL_CANCEL_CHANNEL,
    CONTROL_CHANNEL,
    CONTROL_PING,
    DESCRIPTOR_BYTES,
    FLAG_CONTROL,
    FLAG_DATA,
    FLAG_EOS,
    FLAG_ERROR,
    FLAG_NO_REPLY,
    Frame,
    FrameReader,
    encode_frame,
)
from .limits import DEFAULT_LIMITS, Limits
from .quote import quoted

_log = logging.getLogger(__name__)

_UNARY_FLAGS = FLAG_DATA | FLAG_EOS
_STREAM_FLAGS = FLAG_DATA | FLAG_EOS | FLAG_NO_REPLY
_TUNNEL_METHOD = 0
_MOST_EARLY_BYTES = 1024 * 1024
"""What is kept of tunnels before they are opened: more than comes between a call's answer and `open_tunnel`."""
_MOST_MESSAGE_CHARACTERS = 1025
"""More than is quoted of an error's message, so that one that is longer is seen to be."""
_SERVES_NOTHING = b"this client serves no methods"
_REFUSAL = int(Code.UNIMPLEMENTED).to_bytes(4, "little") + len(_SERVES_NOTHING).to_bytes(4, "little") + _SERVES_NOTHING
"""The error that answers a call of the peer's."""
_LAST_CHANNEL = 0xFFFF_FFFF
_HEAD_BYTES = 4 + DESCRIPTOR_BYTES  # what stands before a payload


Answer: TypeAlias = tuple[int, bytes]
"""A unary call was answered: its channel, and the payload. The most frequent event is the only one without a class."""


@dataclass(slots=True)
class Item:
    """A stream has an item. Whoever takes it says so with `Session.took`."""

    channel_id: int
    payload: bytes


@dataclass(slots=True)
class End:
    """A stream is complete."""

    channel_id: int


@dataclass(slots=True)
class Failed:
    """A unary call or a stream ended with an error."""

    channel_id: int
    error: StatusError


@dataclass(slots=True)
class Broken:
    """The peer broke the protocol. The connection has to be closed; the session takes nothing more."""

    error: ProtocolError


Event = Answer | Item | End | Failed | Broken


class CancelReason(IntEnum):
    """Why a call is cancelled, as the CancelChannel frame tells it."""

    CLIENT_CANCEL = 0
    DEADLINE_EXCEEDED = 1
    RESOURCE_EXHAUSTED = 2


class Session:
    """The client's half of a connection: which channels are open, and which were abandoned."""

    __slots__ = (
        "_abandoned",
        "_broken",
        "_early",
        "_early_bytes",
        "_frames",
        "_in_parts",
        "_limits",
        "_next_channel",
        "_next_message",
        "_outgoing",
        "_over",
        "_parity",
        "_past_tunnels",
        "_sending",
        "_streams",
        "_unary",
        "dropped_frames",
        "has_answered",
    )

    has_answered: bool
    """Whether the peer has ever answered a call, well or with an error."""

    dropped_frames: int
    """How many frames no call could use: late answers of cancelled calls, strays, and frames that say nothing."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, first_channel: int = 1) -> None:
        self._limits = limits
        self._frames = FrameReader(limits.max_frame_bytes)
        self._in_parts = False  # whether the head of a frame has ever arrived alone
        self._outgoing = bytearray()
        self._next_message = 1
        self._next_channel = first_channel
        self._parity = first_channel % 2  # of the channels that this side opens
        self._unary: set[int] = set()
        self._streams: dict[int, int] = {}  # the channel, and how many bytes wait to be taken; tunnels are in it too
        self._over: set[int] = (
            set()
        )  # the streams that hold more than the high-water mark, and not yet half of it again
        self._sending: set[int] = set()  # the tunnels of which this side has not said that it ends
        # In the order in which they were abandoned; a plain dict takes ever longer to find its first key again.
        self._abandoned: OrderedDict[int, None] = OrderedDict()
        # Frames of tunnels that nobody has opened yet: they may come before the answer that names the channel.
        self._early: dict[int, list[Frame]] = {}
        self._early_bytes = 0
        # Channels that were tunnels, of which nothing comes early any more. Bounded as `_abandoned` is.
        self._past_tunnels: OrderedDict[int, None] = OrderedDict()
        self._broken = False
        self.has_answered = False
        self.dropped_frames = 0

    @property
    def mid_frame(self) -> bool:
        """True when only a part of a frame has arrived."""
        return self._frames.mid_frame

    @property
    def awaits_parts(self) -> bool:
        """True when a call awaits more of a peer that was seen to write a frame in parts."""
        return self._in_parts and bool(self._unary or self._streams)

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return len(self._unary) + len(self._streams)

    @property
    def channels(self) -> set[int]:
        """The channels of all calls, streams and tunnels that are open."""
        return self._unary | self._streams.keys()

    @property
    def holds_much(self) -> bool:
        """True while a stream's reader is behind by more than the high-water mark, or has not caught up since."""
        return len(self._over) > 0

    @property
    def awaits_answer(self) -> bool:
        """True while a unary call is open."""
        return len(self._unary) > 0

    def start_unary(self, method_id: int, payload: bytes | bytearray) -> tuple[int, bytes]:
        """Opens a channel for a call with one answer. Returns the channel, and the frame to send."""
        channel_id = self._open(payload)
        self._unary.add(channel_id)
        return channel_id, self._frame(channel_id, method_id, _UNARY_FLAGS, payload)

    def start_stream(self, method_id: int, payload: bytes | bytearray) -> tuple[int, bytes]:
        """Opens a channel for a call with a stream of answers. Returns the channel, and the frame to send."""
        channel_id = self._open(payload)
        self._streams[channel_id] = 0
        return channel_id, self._frame(channel_id, method_id, _STREAM_FLAGS, payload)

    def notify(self, method_id: int, payload: bytes | bytearray) -> bytes:
        """The frame of a call that wants no answer. Whatever is answered all the same has channel 0, and is dropped."""
        self._check_length(payload)
        return self._frame(CONTROL_CHANNEL, method_id, _STREAM_FLAGS, payload)

    def open_tunnel(self, channel_id: int) -> list[Event]:
        """Takes part in a tunnel, on a channel that a call returned. What comes is `Item`s and an `End`.

        Returns what has come already.
        """
        if channel_id == CONTROL_CHANNEL or channel_id in self._sending or self._is_open(channel_id):
            message = f"channel {channel_id} is in use: a tunnel has the channel that a call returned"
            raise StatusError(Code.FAILED_PRECONDITION, message)
        self._check_room()
        self._streams[channel_id] = 0
        self._sending.add(channel_id)
        self._past_tunnels[channel_id] = None
        if len(self._past_tunnels) > self._limits.max_abandoned_calls:
            self._past_tunnels.popitem(last=False)
        events: list[Event] = []
        early = self._early.pop(channel_id, [])
        self.dropped_frames -= len(early)
        for frame in early:
            self._early_bytes -= DESCRIPTOR_BYTES + len(frame[2])
            self._dispatch(frame, events)
        return events

    def tunnel_data(self, channel_id: int, payload: bytes | bytearray | memoryview) -> bytes:
        """The frame with bytes for a tunnel; nothing when the tunnel takes no more."""
        if channel_id not in self._sending:
            return b""
        return self._frame(channel_id, _TUNNEL_METHOD, FLAG_DATA, bytes(payload))

    def finish_tunnel(self, channel_id: int) -> bytes:
        """The frame that ends this side's half of a tunnel; nothing when it is ended. The other half goes on."""
        if channel_id not in self._sending:
            return b""
        self._sending.discard(channel_id)
        return self._frame(channel_id, _TUNNEL_METHOD, FLAG_DATA | FLAG_EOS, b"")

    def drop_tunnel(self, channel_id: int) -> bytes:
        """Gives both halves of a tunnel up. Returns what tells the peer."""
        return self.finish_tunnel(channel_id) + self.cancel(channel_id, CancelReason.CLIENT_CANCEL)

    def cancel(self, channel_id: int, reason: CancelReason) -> bytes:
        """Gives an open channel up. Returns the frame that tells the server; nothing when the channel is not open.

        Plain servers of rapace 0.5.0 skip that frame and answer all the same. The channel stays reserved until then,
        so that a late answer meets no other call.
        """
        if not self._forget(channel_id):
            return b""
        self._abandon(channel_id)
        return self._cancel_frame(channel_id, reason)

    def _abandon(self, channel_id: int) -> None:
        self._abandoned[channel_id] = None
        if len(self._abandoned) > self._limits.max_abandoned_calls:
            self._abandoned.popitem(last=False)

    def took(self, channel_id: int, payload: bytes) -> None:
        """Says that the reader of a stream has taken an item, whose bytes no longer count."""
        held = self._streams.get(channel_id)
        if held is not None:
            held -= DESCRIPTOR_BYTES + len(payload)
            self._streams[channel_id] = held
            if self._over and held <= self._limits.stream_high_water_bytes // 2:
                self._over.discard(channel_id)

    def receive(self, data: bytes) -> list[Event]:
        """Takes what arrived, in any chunks, and returns what it means. After `Broken` nothing means anything."""
        events: list[Event] = []
        if self._broken:
            return events
        frames: list[Frame] = []
        broken: ProtocolError | None = None
        starts_frame = not self._frames.mid_frame
        try:
            self._frames.feed(data, frames)
        except ProtocolError as error:
            broken = error
        if starts_frame and not frames and 0 < len(data) <= _HEAD_BYTES:
            self._in_parts = True
        unary = self._unary
        for frame in frames:
            channel_id, flags, payload, _ = frame
            if flags == _UNARY_FLAGS and channel_id in unary:
                # What `_dispatch` makes of it too: nearly all frames are such.
                unary.discard(channel_id)
                events.append((channel_id, payload))
            else:
                self._dispatch(frame, events)
        if events:
            self.has_answered = True
        if broken is not None:
            self._broken = True
            events.append(Broken(broken))
        return events

    def outgoing(self) -> bytes:
        """What the session itself has to say after `receive`, mostly nothing. Each byte is returned once."""
        if not self._outgoing:
            return b""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def nudge(self) -> bytes:
        """A frame that every server skips. An acknowledgement of what has arrived can ride on it.

        A peer that writes frames in parts may wait for one with the rest of a frame (`mid_frame`), and with the next
        frame when no request follows the one before (`awaits_parts`).
        """
        return self._frame(CONTROL_CHANNEL, CONTROL_PING, FLAG_CONTROL, b"")

    def _dispatch(self, frame: Frame, events: list[Event]) -> None:
        # Answers carry method 0 and message 0: the channel alone tells whose they are.
        channel_id, flags, payload, _ = frame
        if channel_id == CONTROL_CHANNEL or flags & FLAG_CONTROL:
            # Control frames, and what a plain server answers to those of ours, belong to no call.
            return
        if self._is_request(frame):
            self._refuse(frame)
        elif channel_id not in self._unary and channel_id not in self._streams:
            self.dropped_frames += 1
            if flags & (FLAG_EOS | FLAG_ERROR):
                self._abandoned.pop(channel_id, None)
            if flags & FLAG_ERROR:
                self._sending.discard(channel_id)
            if channel_id % 2 == 0:
                self._keep_early(frame)
        elif flags & FLAG_ERROR:
            self._forget(channel_id)
            self._sending.discard(channel_id)
            events.append(Failed(channel_id, _remote_error(payload)))
        elif not flags & (FLAG_DATA | FLAG_EOS):
            self.dropped_frames += 1
        elif channel_id in self._unary:
            # The first answer is the answer, whether or not it says that it is the last.
            self._forget(channel_id)
            events.append((channel_id, payload))
        else:
            self._dispatch_item(frame, events)

    def _is_request(self, frame: Frame) -> bool:
        """Whether the peer calls a method: data for one, on a channel of its own that carries nothing else.

        Frames of tunnels and answers name no method.
        """
        channel_id, flags, _, method_id = frame
        if method_id == 0 or not flags & FLAG_DATA or channel_id % 2 == self._parity:
            return False
        return not self._is_open(channel_id) and channel_id not in self._abandoned

    def _refuse(self, request: Frame) -> None:
        """Answers a call of the peer's: nothing is served here."""
        channel_id, flags, _, method_id = request
        _log.warning("refused a call of the peer: method 0x%08x, no handler", method_id)
        if not flags & FLAG_EOS:
            self._abandon(channel_id)  # What the request consists of besides is no further request.
        self._outgoing += self._frame(channel_id, 0, FLAG_ERROR | FLAG_EOS, _REFUSAL)

    def _keep_early(self, frame: Frame) -> None:
        """Keeps a frame that may be of a tunnel which is yet to be opened; until then it counts as dropped."""
        size = DESCRIPTOR_BYTES + len(frame[2])
        most = min(_MOST_EARLY_BYTES, self._limits.max_stream_bytes)
        if self._early_bytes + size <= most and frame[0] not in self._past_tunnels:
            self._early_bytes += size
            self._early.setdefault(frame[0], []).append(frame)

    def _dispatch_item(self, frame: Frame, events: list[Event]) -> None:
        channel_id, flags, payload, _ = frame
        if flags & FLAG_DATA:
            held = self._streams[channel_id]
            held_now = held + DESCRIPTOR_BYTES + len(payload)
            # A single item always fits, so a frame that is within its own limit can be read.
            if held and held_now > self._limits.max_stream_bytes:
                self._overflow(frame, events)
                return
            self._streams[channel_id] = held_now
            if held_now > self._limits.stream_high_water_bytes:
                self._over.add(channel_id)
            events.append(Item(channel_id, payload))
        if flags & FLAG_EOS:
            self._forget(channel_id)
            events.append(End(channel_id))

    def _forget(self, channel_id: int) -> bool:
        """Closes a channel. False when it is not open."""
        if self._streams.pop(channel_id, None) is not None:
            self._over.discard(channel_id)
            return True
        is_open = channel_id in self._unary
        self._unary.discard(channel_id)
        return is_open

    def _overflow(self, frame: Frame, events: list[Event]) -> None:
        channel_id, flags, _, _ = frame
        limit = self._limits.max_stream_bytes
        self._outgoing += self.finish_tunnel(channel_id)
        self._outgoing += self.cancel(channel_id, CancelReason.RESOURCE_EXHAUSTED)
        if flags & FLAG_EOS:
            self._abandoned.pop(channel_id, None)
        problem = f"the stream's reader is too slow: more than {limit} bytes wait for it"
        events.append(Failed(channel_id, StatusError(Code.RESOURCE_EXHAUSTED, problem)))

    def _open(self, payload: bytes | bytearray) -> int:
        """The next odd channel that is not in use, for a request that is not too long. 0 is never a call's."""
        self._check_length(payload)
        self._check_room()
        channel_id = self._next_channel
        while self._is_open(channel_id) or channel_id in self._abandoned or channel_id in self._sending:
            channel_id = _after(channel_id)
        self._next_channel = _after(channel_id)
        return channel_id

    def _is_open(self, channel_id: int) -> bool:
        return channel_id in self._unary or channel_id in self._streams

    def _check_length(self, payload: bytes | bytearray) -> None:
        length, limit = DESCRIPTOR_BYTES + len(payload), self._limits.max_frame_bytes
        if length > limit:
            problem = f"the request's frame of {length} bytes exceeds the limit of {limit} bytes"
            raise StatusError(Code.RESOURCE_EXHAUSTED, problem)

    def _check_room(self) -> None:
        if self.in_flight >= self._limits.max_calls:
            problem = f"{self.in_flight} calls are in flight, which is the limit of the connection (max_calls)"
            raise StatusError(Code.RESOURCE_EXHAUSTED, problem)

    def _cancel_frame(self, channel_id: int, reason: CancelReason) -> bytes:
        # ControlPayload::CancelChannel { channel_id: u32, reason }, the enum's variant 2, in postcard.
        payload = bytearray((2,))
        rest = channel_id
        while rest > 0x7F:
            payload.append(rest & 0x7F | 0x80)
            rest >>= 7
        payload.append(rest)
        payload.append(reason)
        return self._frame(CONTROL_CHANNEL, CONTROL_CANCEL_CHANNEL, FLAG_CONTROL, payload)

    def _frame(self, channel_id: int, method_id: int, flags: int, payload: bytes | bytearray) -> bytes:
        msg_id = self._next_message
        self._next_message = msg_id + 1
        return encode_frame(msg_id, channel_id, method_id, flags, payload)


def _after(channel_id: int) -> int:
    return channel_id + 2 if channel_id + 2 <= _LAST_CHANNEL else 1


def _remote_error(payload: bytes) -> StatusError:
    """The status in an error frame: u32 code, u32 length, the message in UTF-8; bad bytes of it are replaced."""
    length = int.from_bytes(payload[4:8], "little")
    if len(payload) < 8 or length > len(payload) - 8:
        return StatusError(Code.INTERNAL, "malformed error frame", remote=True)
    code = int.from_bytes(payload[:4], "little")
    # A character has at most four bytes: of a long message no more than can be quoted is looked at.
    message = payload[8 : 8 + length][: 4 * _MOST_MESSAGE_CHARACTERS].decode("utf-8", "replace")
    return status_error(code, quoted(message), remote=True)
