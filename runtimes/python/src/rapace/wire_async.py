"""A connection's moving parts over asyncio: an `asyncio.Protocol` around the session."""

import asyncio
import logging
import math
from collections import deque
from typing import TypeVar, cast

from .calls import Method, connection_lost, deadline_exceeded
from .errors import RapaceError
from .limits import Limits
from .postcard.reader import decode_payload_loosely
from .session import Answer, Broken, CancelReason, End, Failed, Item, Session
from .transport import NUDGE_SECONDS, Acknowledger

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class Inbox:
    """What has arrived for a stream and was not yet taken, and how the stream ended."""

    __slots__ = ("ended", "error", "items", "waiter")

    def __init__(self) -> None:
        self.items: deque[bytes] = deque()
        self.ended = False
        self.error: RapaceError | None = None
        self.waiter: asyncio.Future[None] | None = None

    def put(self, payload: bytes) -> None:
        """Adds an item."""
        self.items.append(payload)
        self._wake()

    def end(self, error: RapaceError | None) -> None:
        """Ends the stream, with an error or well."""
        self.ended = True
        self.error = error
        self._wake()

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class Wire(asyncio.Protocol):
    """Moves bytes between a socket and a session, and events to the calls that wait for them."""

    def __init__(self, address: str, limits: Limits, allow_trailing_bytes: bool) -> None:
        self.address = address
        self.limits = limits
        self._allow_trailing_bytes = allow_trailing_bytes
        self.session = Session(limits)
        self.loop = asyncio.get_running_loop()
        self.answers: dict[int, asyncio.Future[bytes]] = {}
        self.inboxes: dict[int, Inbox] = {}
        self.lost: tuple[str, BaseException | None] | None = None
        self._nudge_timer: asyncio.TimerHandle | None = None
        self.gone = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: the connection is open."""
        # The cast says what asyncio promises of create_connection: a transport for both directions.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=self.limits.max_unsent_bytes)
        self._acknowledger = Acknowledger(transport.get_extra_info("socket"))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio: bytes have arrived."""
        if self.lost is not None:
            return
        for event in self.session.receive(data):
            match event:
                case Answer(channel_id, payload):
                    answer = self.answers.pop(channel_id)
                    if not answer.done():
                        answer.set_result(payload)
                case Item(channel_id, payload):
                    self.inboxes[channel_id].put(payload)
                case End(channel_id):
                    self.inboxes.pop(channel_id).end(None)
                case Failed(channel_id, error):
                    if channel_id in self.inboxes:
                        self.inboxes.pop(channel_id).end(error)
                    else:
                        answer = self.answers.pop(channel_id)
                        if not answer.done():
                            answer.set_exception(error)
                case Broken(error):
                    self.lose("the peer broke the protocol", error)
                    return
        outgoing = self.session.outgoing()
        if outgoing:
            self.transport.write(outgoing)
        if self.session.mid_frame:
            self._acknowledge()
        elif self._acknowledger.needs_nudge and self._nudge_timer is None and self.session.awaits_parts:
            # Once for all that arrives until then: a plain server reads these frames one by one, and after a stream.
            self._nudge_timer = self.loop.call_later(NUDGE_SECONDS, self._nudge_between_frames)

    def eof_received(self) -> None:
        """Called by asyncio: the server sends no more, and so answers no more."""
        self.lose("the server closed the connection", None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: the socket is closed."""
        self.lose("the connection was lost", exc)
        self.gone.set()

    def pause_writing(self) -> None:
        """Called by asyncio: more than `max_unsent_bytes` wait to be sent."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Called by asyncio: the peer reads again."""
        self.writable.set()

    def lose(self, what: str, cause: BaseException | None) -> None:
        """Fails every call in flight at once, and every later one. Only the first reason counts."""
        if self.lost is not None:
            return
        self.lost = (what, cause)
        _log.debug("%s: %s", what, cause)
        if self._nudge_timer is not None:
            self._nudge_timer.cancel()
        self.transport.abort()
        answers, self.answers = self.answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(connection_lost(what, cause))
        inboxes, self.inboxes = self.inboxes, {}
        for inbox in inboxes.values():
            inbox.end(connection_lost(what, cause))
        self.writable.set()

    def decode(self, method: Method[_T], payload: bytes) -> _T:
        """The value of an answer or item."""
        if self._allow_trailing_bytes:
            return decode_payload_loosely(method.decode, self.limits, payload)
        return method.read(self.limits, payload)

    def check(self) -> None:
        """Raises when the connection is of no more use."""
        if self.lost is not None:
            raise connection_lost(*self.lost)

    def cancel(self, channel_id: int, reason: CancelReason) -> None:
        """Gives a channel up and tells the server, unless the peer reads too slowly for that courtesy."""
        self.answers.pop(channel_id, None)
        self.inboxes.pop(channel_id, None)
        frame = self.session.cancel(channel_id, reason)
        if frame and self.lost is None and self.writable.is_set():
            self.transport.write(frame)

    async def call(self, method_id: int, payload: bytes | bytearray, timeout: float, started: float) -> bytes:
        """Sends a unary call and returns the payload of its answer. `started` is the loop's time of the call."""
        await self._room_to_write(timeout, started)
        channel_id, frame = self.session.start_unary(method_id, payload)
        answer: asyncio.Future[bytes] = self.loop.create_future()
        self.answers[channel_id] = answer
        timer = None
        if timeout != math.inf:
            timer = self.loop.call_at(started + timeout, self._expire, channel_id, answer, timeout)
        try:
            self.transport.write(frame)
            return await answer
        except (asyncio.CancelledError, GeneratorExit):
            if answer.done() and not answer.cancelled():
                answer.exception()  # It came too late to be seen, and is not to be reported as forgotten.
            self.cancel(channel_id, CancelReason.CLIENT_CANCEL)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    async def open_stream(
        self, method_id: int, payload: bytes | bytearray, timeout: float, started: float, inbox: Inbox
    ) -> int:
        """Sends a streaming call, whose items go to `inbox`. Returns its channel."""
        await self._room_to_write(timeout, started)
        channel_id, frame = self.session.start_stream(method_id, payload)
        self.inboxes[channel_id] = inbox
        self.transport.write(frame)
        return channel_id

    async def _room_to_write(self, timeout: float, started: float) -> None:
        """Returns when a request may be sent: at once, but for a peer that does not read."""
        self.check()
        if timeout <= 0:
            raise deadline_exceeded(timeout)
        if self.writable.is_set():
            return
        deadline = None if timeout == math.inf else started + timeout
        try:
            async with asyncio.timeout_at(deadline):
                while not self.writable.is_set():
                    await self.writable.wait()
        except TimeoutError:
            raise deadline_exceeded(timeout) from None
        self.check()

    def _expire(self, channel_id: int, answer: asyncio.Future[bytes], timeout: float) -> None:
        """Ends a call whose time is up, unless it has just ended otherwise."""
        if not answer.done():
            self.cancel(channel_id, CancelReason.DEADLINE_EXCEEDED)
            answer.set_exception(deadline_exceeded(timeout))

    def _nudge_between_frames(self) -> None:
        self._nudge_timer = None
        if self.session.awaits_parts:
            self._acknowledge()

    def _acknowledge(self) -> None:
        if not self._acknowledger.needs_nudge:
            self._acknowledger.acknowledge()
        elif self.transport.get_write_buffer_size() == 0:
            # A server that does not read while it answers must not pile these frames up here.
            self.transport.write(self.session.nudge())
