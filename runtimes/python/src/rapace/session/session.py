"""The session: which part of it each frame belongs to."""

from ..errors import Code, ProtocolError, StatusError, of_own_call
from ..frame import (
    CONTROL_CANCEL_CHANNEL,
    CONTROL_CHANNEL,
    CONTROL_PING,
    DESCRIPTOR_BYTES,
    FLAG_CONTROL,
    FLAG_DATA,
    FLAG_EOS,
    FLAG_ERROR,
    Frame,
    FrameReader,
    FrameWriter,
)
from ..limits import DEFAULT_LIMITS, Limits
from .calls import UNARY_FLAGS, Calls, remote_error
from .channels import Channels
from .control import Control
from .events import Broken, CancelReason, End, Event, Failed, Item
from .served import Served
from .tunnels import Tunnels

_HEAD_BYTES = 4 + DESCRIPTOR_BYTES  # what precedes a payload


class Session:
    """Our end of a connection: the calls that we make, the requests that we are asked, and tunnels.

    The owner sends what the methods that start, notify, cancel and end return. It passes what arrives to `receive`,
    delivers the events that `receive` returns, and then sends `outgoing()`. One thread at a time uses a session.
    """

    __slots__ = (
        "_broken",
        "_calls",
        "_channels",
        "_frames",
        "_in_parts",
        "_limits",
        "_outgoing",
        "_tunnels",
        "_writer",
        "control",
        "dropped_frames",
        "has_answered",
        "served",
    )

    has_answered: bool
    """True when the peer has answered a call, with a response or an error."""

    dropped_frames: int
    """How many frames no call could use: late responses to cancelled calls, strays, and frames without a meaning."""

    control: Control
    """What control frames say of the next request and of the connection."""

    served: Served
    """The requests of the peer that are running, and their answers."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, first_channel: int = 1, *, serves: bool = False) -> None:
        """`first_channel` is the first channel that this side opens, and the next ones follow by twos.

        So it decides which of both sides this one is. The peer's first channel must have the other parity: the side
        that connects uses odd channels, and the side that accepts even ones. `serves` says that there are handlers.
        """
        self._limits = limits
        self._frames = FrameReader(limits.max_frame_bytes)
        self._writer = FrameWriter()
        self._channels = Channels(limits, first_channel)
        self.control = Control(limits, self._writer)
        self._calls = Calls(limits, self._channels, self._writer, self.control)
        self.served = Served(limits, self._channels, serves)
        self._tunnels = Tunnels(limits, self._channels, self._writer)
        self._in_parts = False  # whether the head of a frame has ever arrived alone
        self._outgoing = bytearray()
        self._broken = False
        self.has_answered = False
        self.dropped_frames = 0

    @property
    def mid_frame(self) -> bool:
        """True when only a part of a frame has arrived."""
        return self._frames.mid_frame

    @property
    def awaits_parts(self) -> bool:
        """True when a call waits for more from a peer that was seen to write a frame in parts."""
        return self._in_parts and self._channels.in_flight > 0

    @property
    def in_flight(self) -> int:
        """How many calls, streams and tunnels are open."""
        return self._channels.in_flight

    @property
    def channels(self) -> set[int]:
        """The channels of all calls, streams and tunnels that are open."""
        return self._channels.all

    @property
    def holds_much(self) -> bool:
        """True when a stream holds more than the high-water mark, or has not drained to half of it since."""
        return len(self._channels.items.over) > 0

    @property
    def awaits_answer(self) -> bool:
        """True while a unary call is open."""
        return len(self._channels.unary) > 0

    def start_unary(self, method_id: int, payload: bytes | bytearray, opening: bytes = b"") -> tuple[int, bytes]:
        """Opens a channel for a call with one response. Returns the channel, and what to send in one write.

        `opening` is the part of an OpenChannel after the channel, for a call that carries more than its arguments.
        """
        return self._calls.start_unary(method_id, payload, opening)

    def start_stream(self, method_id: int, payload: bytes | bytearray, opening: bytes = b"") -> tuple[int, bytes]:
        """Opens a channel for a call with a stream of items. Returns the channel, and what to send in one write."""
        return self._calls.start_stream(method_id, payload, opening)

    def notify(self, method_id: int, payload: bytes | bytearray) -> bytes:
        """Returns the frame of a call without a response."""
        return self._calls.notify(method_id, payload)

    def open_tunnel(self, channel_id: int) -> list[Event]:
        """Opens a tunnel on a channel that a call returned. What arrives on it are `Item`s and an `End`.

        Returns what has arrived already.
        """
        if self.served.carries(channel_id):
            raise of_own_call(StatusError(Code.FAILED_PRECONDITION, f"channel {channel_id} carries a call of the peer"))
        early = self._tunnels.open(channel_id)
        self.dropped_frames -= len(early)
        events: list[Event] = []
        for frame in early:
            self._dispatch(frame, events)
        return events

    def open_own_tunnel(self) -> int:
        """Opens a tunnel on a channel of this side. Returns the channel, which a served call's answer names."""
        return self._tunnels.open_own()

    def tunnel_data(self, channel_id: int, payload: bytes | bytearray | memoryview) -> bytes:
        """Returns the frame with bytes for a tunnel; nothing when this side has ended it."""
        return self._tunnels.data(channel_id, payload)

    def finish_tunnel(self, channel_id: int) -> bytes:
        """Ends this side's half of a tunnel. Returns the frame to send; nothing when the half has ended.

        The peer's half goes on.
        """
        return self._tunnels.finish(channel_id)

    def drop_tunnel(self, channel_id: int) -> bytes:
        """Gives both halves of a tunnel up. Returns the frames that tell the peer."""
        return self._tunnels.finish(channel_id) + self._calls.cancel(channel_id, CancelReason.CLIENT_CANCEL)

    def cancel(self, channel_id: int, reason: CancelReason) -> bytes:
        """Gives an open channel up. Returns the frame that tells the peer; nothing when the channel is not open."""
        return self._calls.cancel(channel_id, reason)

    def took(self, channel_id: int, payload: bytes) -> None:
        """The reader of a stream or tunnel has taken an item, whose bytes no longer count."""
        self._channels.items.took(channel_id, payload)

    def receive(self, data: bytes) -> list[Event]:
        """Receives bytes, in chunks of any size, and returns what they mean. After `Broken` it returns nothing."""
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
        unary = self._channels.unary
        for frame in frames:
            channel_id, flags, payload, _ = frame
            if flags == UNARY_FLAGS and channel_id in unary:
                # `_dispatch` does the same. Nearly all frames are responses to unary calls.
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
        """Returns what the session itself must send after `receive`, mostly nothing. Each byte is returned once."""
        if not self._outgoing:
            return b""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def nudge(self) -> bytes:
        """Returns a frame that every server ignores. It carries the acknowledgement of what has arrived.

        A peer that writes frames in parts may wait for one with the rest of a frame (`mid_frame`), and with the next
        frame when no request follows the one before (`awaits_parts`).
        """
        return self._writer.write(CONTROL_CHANNEL, CONTROL_PING, FLAG_CONTROL, b"")

    def _dispatch(self, frame: Frame, events: list[Event]) -> None:
        # Responses carry method 0 and message 0: the channel alone says which call they belong to.
        channel_id, flags, payload, _ = frame
        if flags & FLAG_CONTROL:
            self._dispatch_control(frame, events)
        elif self.served.is_request(frame):
            opening = None if self.control.opening is None else self.control.take_opening(channel_id)
            self._outgoing += self.served.request(frame, events, opening)
        elif channel_id == CONTROL_CHANNEL:
            # What a plain server answers to control frames of ours belongs to no call.
            return
        elif not self._channels.is_open(channel_id):
            self._drop(frame)
        elif flags & FLAG_ERROR:
            self._channels.close(channel_id)
            self._channels.sending.discard(channel_id)
            events.append(Failed(channel_id, remote_error(payload)))
        elif not flags & (FLAG_DATA | FLAG_EOS):
            self.dropped_frames += 1
        elif channel_id in self._channels.unary:
            # The first frame is the response, whether or not it says that it is the last.
            self._channels.close(channel_id)
            events.append((channel_id, payload))
        else:
            self._dispatch_item(frame, events)

    def _dispatch_control(self, frame: Frame, events: list[Event]) -> None:
        channel_id, flags, payload, verb = frame
        if channel_id != CONTROL_CHANNEL:
            return
        if verb == CONTROL_CANCEL_CHANNEL:
            self._outgoing += self.served.cancel_frame(frame, events)
        elif not flags & FLAG_DATA:
            self.control.receive(verb, payload, events, has_requests=self.served.has_had_requests)

    def _dispatch_item(self, frame: Frame, events: list[Event]) -> None:
        channel_id, flags, payload, _ = frame
        if flags & FLAG_DATA:
            if not self._channels.items.put(channel_id, payload):
                self._overflow(frame, events)
                return
            events.append(Item(channel_id, payload))
        if flags & FLAG_EOS:
            self._channels.close(channel_id)
            events.append(End(channel_id))

    def _drop(self, frame: Frame) -> None:
        """Receives a frame on a channel that is not open. The start of a tunnel is kept, and counts as dropped."""
        channel_id, flags, _, _ = frame
        self.dropped_frames += 1
        is_rest = self.served.carries(channel_id) or self._channels.is_abandoned(channel_id)
        if flags & (FLAG_EOS | FLAG_ERROR):
            self._channels.release(channel_id)
        if flags & FLAG_ERROR:
            self._channels.sending.discard(channel_id)
        if not is_rest:
            self._tunnels.keep_early(frame)

    def _overflow(self, frame: Frame, events: list[Event]) -> None:
        """Fails a stream or tunnel that cannot hold another item, and nothing else."""
        channel_id, flags, _, _ = frame
        limit = self._limits.max_stream_bytes
        self._outgoing += self._tunnels.finish(channel_id)
        self._outgoing += self._calls.cancel(channel_id, CancelReason.RESOURCE_EXHAUSTED)
        if flags & FLAG_EOS:
            self._channels.release(channel_id)
        problem = f"the stream's reader is too slow: more than {limit} bytes wait for it"
        events.append(Failed(channel_id, of_own_call(StatusError(Code.RESOURCE_EXHAUSTED, problem))))
