"""Requests that the peer makes of us: which are accepted, what refuses the others, and the frames of their answers.

Without handlers each request is refused with `Unimplemented`. A request that is accepted is a served call. It has a
number that no other has, because its channel may carry another call before its handler has ended.
"""

import logging
from typing import Final

from ..control import Opening, read_cancel_channel
from ..errors import Code, StatusError
from ..frame import (
    CONTROL_CHANNEL,
    DESCRIPTOR_BYTES,
    FLAG_DATA,
    FLAG_EOS,
    FLAG_NO_REPLY,
    Frame,
    encode_error_frame,
    encode_frame,
)
from ..limits import LOGGED_REFUSALS, Limits
from .channels import Channels
from .events import Cancelled, Event, Request

_log = logging.getLogger("rapace.session")

_ANSWER_FLAGS: Final = FLAG_DATA | FLAG_EOS
_SERVES_NOTHING: Final = "this client serves no methods"
_ERROR_HEAD_BYTES: Final = 8
"""The code and the length of the message in an error's payload."""


class Served:
    """The side of a session that serves."""

    __slots__ = (
        "_bytes",
        "_calls",
        "_channels",
        "_limits",
        "_lingering",
        "_logged",
        "_next",
        "_on_channel",
        "_serves",
        "closing",
    )

    closing: bool
    """True when new requests are refused because the host shuts down."""

    def __init__(self, limits: Limits, channels: Channels, serves: bool) -> None:
        self._limits = limits
        self._channels = channels
        self._serves = serves
        self.closing = False
        self._next = 1
        self._calls: dict[int, tuple[int, int, bool]] = {}  # by number: channel, bytes of the payload, has an answer
        self._on_channel: dict[int, int] = {}  # the number of the call on each channel, except channel 0
        self._bytes = 0  # the payloads of these calls
        self._lingering: set[int] = set()  # calls that are cancelled and whose handlers have not ended
        self._logged = 0  # warnings

    @property
    def running(self) -> int:
        """How many served calls have no answer yet."""
        return len(self._calls)

    @property
    def has_had_requests(self) -> bool:
        """True when a request was accepted at any time."""
        return self._next > 1

    def carries(self, channel_id: int) -> bool:
        """True when a served call runs on the channel."""
        return channel_id in self._on_channel

    def is_request(self, frame: Frame) -> bool:
        """True when the peer calls a method: data for a method on a channel that carries nothing of ours.

        Responses and frames of tunnels name no method. Without handlers, notifications and requests on channels of our
        own parity are not worth an answer.
        """
        channel_id, flags, _, method_id = frame
        if method_id == 0 or not flags & FLAG_DATA:
            return False
        channels = self._channels
        if channel_id == CONTROL_CHANNEL:
            return self._serves
        if channels.is_open(channel_id) or channels.is_abandoned(channel_id):
            return False
        return channels.is_peers(channel_id) or (self._serves and channel_id not in channels.sending)

    def request(self, frame: Frame, events: list[Event], opening: Opening | None = None) -> bytes:
        """Receives a request, of which the peer has said `opening`.

        Returns the frames that refuse it, nothing when it is accepted.
        """
        channel_id, flags, payload, method_id = frame
        if not flags & FLAG_EOS and channel_id != CONTROL_CHANNEL:
            self._channels.abandon(channel_id)  # The rest of this request is not another request.
        if not self._serves:
            self.warn("refused a call of the peer: method 0x%08x, no handler", method_id)
            return self._error(channel_id, Code.UNIMPLEMENTED, _SERVES_NOTHING)
        refusal = self._refusal(channel_id, len(payload), events)
        if refusal is not None:
            if channel_id == CONTROL_CHANNEL and flags & FLAG_NO_REPLY:
                self.warn("dropped a notification of the peer: method 0x%08x: %s", method_id, refusal[1])
                return b""
            return self._error(channel_id, *refusal)
        number = self._next
        self._next = number + 1
        streams = bool(flags & FLAG_NO_REPLY)
        self._calls[number] = (channel_id, len(payload), channel_id != CONTROL_CHANNEL or not streams)
        self._bytes += len(payload)
        if channel_id != CONTROL_CHANNEL:
            self._on_channel[channel_id] = number
        events.append(Request(number, channel_id, method_id, streams, payload, opening))
        return b""

    def cancel_frame(self, frame: Frame, events: list[Event]) -> bytes:
        """Receives a CancelChannel frame. Returns the answer to a call that it cancels."""
        _, _, payload, _ = frame
        if not self._on_channel:
            return b""
        cancelled = read_cancel_channel(payload)
        number = None if cancelled is None else self._on_channel.get(cancelled)
        if number is None:
            return b""
        events.append(Cancelled(number))
        return self.cancel(number)

    def cancel(self, number: int, code: int = Code.CANCELLED, message: str = "cancelled") -> bytes:
        """Cancels a served call. Returns its answer. The handler's own answer is dropped from now on."""
        frame = self.fail(number, code, message)
        self._lingering.add(number)
        return frame

    def ended(self, number: int) -> None:
        """The handler of a cancelled call has ended."""
        self._lingering.discard(number)

    def runs(self, number: int) -> bool:
        """True when the call has no complete answer and is not cancelled."""
        return number in self._calls

    def answer(self, number: int, payload: bytes) -> bytes:
        """Ends a unary call. Returns the frame to send; nothing when nobody waits for it.

        Raises `StatusError` for a payload that no frame can carry. The call goes on.
        """
        self._check_length(payload)
        channel_id, wants = self._end(number)
        return encode_frame(0, channel_id, 0, _ANSWER_FLAGS, payload) if wants else b""

    def item(self, number: int, payload: bytes) -> bytes:
        """Returns the frame of a stream's item; nothing when the call is cancelled. Raises what `answer` raises."""
        self._check_length(payload)
        call = self._calls.get(number)
        return b"" if call is None else encode_frame(0, call[0], 0, FLAG_DATA, payload)

    def end(self, number: int) -> bytes:
        """Ends a stream. Returns the frame to send; nothing when the call is cancelled."""
        channel_id, wants = self._end(number)
        return encode_frame(0, channel_id, 0, FLAG_EOS, b"") if wants else b""

    def fail(self, number: int, code: int, message: str) -> bytes:
        """Ends a call with an error. Returns the frame to send; nothing when nobody waits for it."""
        channel_id, wants = self._end(number)
        return self._error(channel_id, code, message) if wants else b""

    def warn(self, message: str, *arguments: object, log: logging.Logger = _log) -> None:
        """Logs a warning that the peer causes. There is a limit to how many warnings a connection logs."""
        self._logged += 1
        if self._logged <= LOGGED_REFUSALS:
            log.warning(message, *arguments)
        elif self._logged == LOGGED_REFUSALS + 1:
            log.warning("refused more calls of the peer, which are not logged")

    def stop(self) -> None:
        """The connection is over. No call has an answer any more."""
        self._lingering.update(self._calls)
        self._calls.clear()
        self._on_channel.clear()
        self._bytes = 0

    def _refusal(self, channel_id: int, length: int, events: list[Event]) -> tuple[Code, str] | None:
        """Why a request is refused before anything of it is read."""
        if channel_id != CONTROL_CHANNEL and not self._channels.is_peers(channel_id):
            parity = "even" if channel_id % 2 else "odd"
            text = f"channel {channel_id} belongs to this side: the peer must open {parity} channels"
            return Code.FAILED_PRECONDITION, text
        replaced = self._on_channel.get(channel_id)
        if replaced is not None:
            self._end(replaced)
            self._lingering.add(replaced)
            events.append(Cancelled(replaced))
            return Code.FAILED_PRECONDITION, f"channel {channel_id} carries a call already"
        if self.closing:
            return Code.UNAVAILABLE, "the host is shutting down"
        limits = self._limits
        # Handlers that ignore their cancellation have a bound too, or cancelled calls would be free.
        if max(len(self._calls), len(self._lingering)) >= limits.max_served_calls:
            return Code.RESOURCE_EXHAUSTED, f"{limits.max_served_calls} calls run on this connection already"
        if self._calls and self._bytes + length > limits.max_served_bytes:
            text = (
                f"requests of {self._bytes} bytes run on this connection already, "
                f"the limit is {limits.max_served_bytes}"
            )
            return Code.RESOURCE_EXHAUSTED, text
        return None

    def _end(self, number: int) -> tuple[int, bool]:
        """Ends a call. Returns its channel, and whether somebody waits for an answer."""
        call = self._calls.pop(number, None)
        if call is None:
            return 0, False
        channel_id, length, wants = call
        self._bytes -= length
        if channel_id != CONTROL_CHANNEL:
            del self._on_channel[channel_id]
        return channel_id, wants

    def _check_length(self, payload: bytes) -> None:
        length, limit = DESCRIPTOR_BYTES + len(payload), self._limits.max_frame_bytes
        if length > limit:
            problem = f"frame length {length} of the answer exceeds the limit of {limit} bytes"
            raise StatusError(Code.RESOURCE_EXHAUSTED, problem)

    def _error(self, channel_id: int, code: int, message: str) -> bytes:
        """The frame of an error, whose message is shortened to what a frame can carry."""
        text = message.encode("utf-8", "replace")
        longest = max(0, self._limits.max_frame_bytes - DESCRIPTOR_BYTES - _ERROR_HEAD_BYTES)
        if len(text) > longest:
            text = text[:longest].decode("utf-8", "ignore").encode()
        payload = int(code).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
        return encode_error_frame(channel_id, payload)
