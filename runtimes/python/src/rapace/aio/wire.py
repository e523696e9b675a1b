"""A connection's moving parts over asyncio: an `asyncio.Protocol` around the session."""

import asyncio
import contextlib
import logging
import math
import socket
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias, TypeVar, cast

from ..calls import Method, annotate, connection_lost, deadline_exceeded
from ..errors import RapaceError
from ..layer import Failure, Layer
from ..limits import Limits
from ..owner import LoopOwner, release_inherited
from ..postcard.cost import OutOfTimeError
from ..postcard.reader import decode_payload_loosely
from ..session import Broken, CancelReason, End, Failed, Item, Session
from ..states import SECONDS_TO_TRUST
from ..transport import CLOSE_SECONDS, NUDGE_SECONDS, Acknowledger

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
"""How much is read at once."""
_WRITE_BYTES: Final = 64 * 1024
"""How much is held back at most so that frames leave together."""
_SECONDS_PER_LOOK: Final = 1e-6
"""How long a timeout may be late for each call in flight, so that looking for the next one takes little of the time."""

_Call: TypeAlias = tuple[asyncio.Future[bytes], float, float]
"""A unary call in flight: what waits for its answer, its deadline in the clock's time, its timeout in seconds."""


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


class Wire(asyncio.BufferedProtocol):
    """Moves bytes between a socket and a session, and events to the calls that wait for them."""

    def __init__(self, address: str, limits: Limits, allow_trailing_bytes: bool, layer: Layer | None = None) -> None:
        self.address = address
        self.limits = limits
        self._allow_trailing_bytes = allow_trailing_bytes
        self.session = Session(limits)
        self.owner = LoopOwner()
        self.loop = self.owner.loop
        self._layer = layer
        self._opened: asyncio.Future[None] | None = None if layer is None else self.loop.create_future()
        self._calls: dict[int, _Call] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf  # when it is due, in the clock's time
        self.inboxes: dict[int, Inbox] = {}
        self._opened_at = monotonic()
        self.lost: Failure | None = None
        self.on_lost: Callable[[Failure], None] | None = None
        self._received = memoryview(bytearray(_READ_BYTES))
        self._unsent: list[bytes] = []  # what leaves together in this turn of the loop
        self._unsent_bytes = 0
        self._owed = 0  # how many bytes wait that the peer has asked for
        self._nudge_timer: asyncio.TimerHandle | None = None
        self._paused = False  # whether the socket is not read, because of a slow reader
        self._hungry = 0  # how many readers of streams wait for an item
        self._close_timer: asyncio.TimerHandle | None = None
        self.gone = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: the connection is open."""
        # The cast says what asyncio promises of create_connection: a transport for both directions.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=self.limits.max_unsent_bytes)
        self._acknowledger = Acknowledger(transport.get_extra_info("socket"))
        if self._layer is not None:
            self.transport.write(self._layer.hello())

    async def opened(self) -> None:
        """Returns when calls can be sent. Raises what the layer's handshake failed of."""
        try:
            if self._opened is not None:
                await self._opened
        except BaseException:
            self.lose("connecting was given up", None)
            raise

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio: where to put what arrives. Nothing is allocated for each read."""
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio: bytes have arrived."""
        if self.lost is not None:
            return
        calls, session = self._calls, self.session
        data = bytes(self._received[:nbytes])
        if self._layer is not None:
            data = self._unwrap(self._layer, data)
        for event in session.receive(data):
            if isinstance(event, tuple):
                channel_id, payload = event
                answer = calls.pop(channel_id)[0]
                if not answer.done():
                    answer.set_result(payload)
            elif not self._deliver(event):
                return
        outgoing = session.outgoing()
        if outgoing:
            self._send(outgoing)
            self._owe(len(outgoing))
        if self.lost is not None:
            return
        if session.mid_frame:
            self._acknowledge()
        elif self._acknowledger.needs_nudge and self._nudge_timer is None and session.awaits_parts:
            # Once for all that arrives until then: a plain server reads these frames one by one, and after a stream.
            self._nudge_timer = self.loop.call_later(NUDGE_SECONDS, self._nudge_between_frames)
        if session.holds_much:
            self._update_reading()
        if self._layer is not None and self._layer.failure is not None:
            self._leave(*self._layer.failure)

    def _unwrap(self, layer: Layer, data: bytes) -> bytes:
        data = layer.unwrap(data)
        said = layer.outgoing()
        if said:
            self.transport.write(said)
            self._owe(len(said))
        if layer.opened and self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
        return data

    def _owe(self, count: int) -> None:
        """Counts what was written because the peer asked for it, such as answers to pings, until all is sent."""
        self._owed = self._owed + count if self.transport.get_write_buffer_size() else 0
        if self._owed > self.limits.max_unsent_bytes:
            self.lose(f"the peer does not read the answers to what it sends: {self._owed} bytes wait", None)

    def eof_received(self) -> None:
        """Called by asyncio: the server sends no more, and so answers no more."""
        self.lose("the server closed the connection", None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: the socket is closed."""
        self.lose("the connection was lost", exc)
        if self._close_timer is not None:
            self._close_timer.cancel()
        self.gone.set()

    def pause_writing(self) -> None:
        """Called by asyncio: more than `max_unsent_bytes` wait to be sent."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by asyncio: the peer reads again."""
        self._writable.set()

    def lose(self, what: str, cause: BaseException | None) -> None:
        """Fails every call in flight at once, and every later one. Only the first reason counts."""
        if self.lost is None:
            self._end(what, cause)
            self.transport.abort()

    def _leave(self, what: str, cause: BaseException | None) -> None:
        """As `lose`, but the peer may read what was written, within `CLOSE_SECONDS`."""
        if self.lost is not None:
            return
        self._flush()
        if self._layer is not None:
            self.transport.write(self._layer.farewell())
        self._end(what, cause)
        self.transport.close()
        self._close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def begin_close(self) -> None:
        """Closes the connection and fails the calls in flight; `gone` is set when that is over."""
        self._leave("the connection is closed", None)

    def abandon(self) -> None:
        """Closes the connection in a forked child, for the child alone, or after the end of the event loop."""
        self.lost = self.lost or ("the connection is closed", None)
        if self.transport.is_closing():
            return
        sock = self.transport.get_extra_info("socket")
        number = sock.fileno()
        if number < 0:  # Some loops close their sockets when they end.
            return
        if not self.owner.is_elsewhere:
            with contextlib.suppress(OSError), socket.fromfd(number, sock.family, sock.type) as own:
                own.shutdown(socket.SHUT_RDWR)
        release_inherited(number)

    def leave(self, channel_id: int) -> None:
        """Gives up the channel of a stream or tunnel that nobody has any more. Safe at any moment, in any thread.

        The garbage collector may run amid any step of the session, and after the loop's end.
        """
        if not self.owner.is_elsewhere:
            with contextlib.suppress(RuntimeError):  # The loop is closed.
                self.loop.call_soon_threadsafe(self._drop, channel_id)

    def _drop(self, channel_id: int) -> None:
        frame = self.session.finish_tunnel(channel_id)
        if frame and self.lost is None:
            self._send(frame)
        self.cancel(channel_id, CancelReason.CLIENT_CANCEL)

    def _end(self, what: str, cause: BaseException | None) -> None:
        self.lost = (what, cause)
        _log.debug("%s: %s", what, cause)
        for timer in (self._nudge_timer, self._timer):
            if timer is not None:
                timer.cancel()
        self._unsent.clear()
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(cause or ConnectionResetError(what))
        calls, self._calls = self._calls, {}
        for answer, _, _ in calls.values():
            if not answer.done():
                answer.set_exception(connection_lost(what, cause))
        inboxes, self.inboxes = self.inboxes, {}
        for inbox in inboxes.values():
            inbox.end(connection_lost(what, cause))
        self._writable.set()
        if self.on_lost is not None:
            self.on_lost(self.lost)

    @property
    def proved_itself(self) -> bool:
        """Whether the connection has answered a call or lived for a while."""
        return self.session.has_answered or monotonic() - self._opened_at >= SECONDS_TO_TRUST

    def decode(self, method: Method[_T], payload: bytes, deadline: float, timeout: float) -> _T:
        """The value of an answer or item, which must be read until the deadline, a time of the clock."""
        try:
            if self._allow_trailing_bytes:
                return decode_payload_loosely(method.decode, self.limits, payload, deadline)
            return method.read(self.limits, payload, deadline)
        except OutOfTimeError:
            raise deadline_exceeded(timeout) from None

    def took(self, channel_id: int, payload: bytes) -> None:
        """Says that a stream's reader has taken an item."""
        self.session.took(channel_id, payload)
        if self._paused:
            self._update_reading()

    async def wait_for_item(self, inbox: Inbox) -> None:
        """Returns when there is an item or an end."""
        self.owner.check()
        waiter: asyncio.Future[None] = self.loop.create_future()
        inbox.waiter = waiter
        self._hungry += 1
        if self._paused:
            self._update_reading()
        try:
            await waiter
        finally:
            inbox.waiter = None
            self._hungry -= 1
            if self.session.holds_much:
                self._update_reading()

    def _update_reading(self) -> None:
        """Stops reading the socket for a slow reader, unless somebody else waits for what comes; or reads again."""
        session = self.session
        pause = session.holds_much and not session.awaits_answer and not self._hungry and self.lost is None
        if pause and not self._paused:
            self.transport.pause_reading()
        elif self._paused and not pause and self.lost is None:
            self.transport.resume_reading()
        self._paused = pause

    def cancel(self, channel_id: int, reason: CancelReason) -> None:
        """Gives a channel up and tells the server, unless the peer reads too slowly for that courtesy."""
        self._calls.pop(channel_id, None)
        self.inboxes.pop(channel_id, None)
        frame = self.session.cancel(channel_id, reason)
        if self._paused or self.session.holds_much:
            self._update_reading()
        if frame and self.lost is None and self._writable.is_set():
            self._send(frame)

    async def call(self, method: Method[_T], payload: bytes | bytearray, timeout: float) -> _T:
        """Calls a unary method."""
        started = monotonic()
        try:
            self.owner.check()
            if self.lost is not None or timeout <= 0 or not self._writable.is_set():
                await self._room_to_write(timeout, started)
            channel_id, frame = self.session.start_unary(method.method_id, payload)
            answer: asyncio.Future[bytes] = self.loop.create_future()
            deadline = started + timeout
            self._calls[channel_id] = (answer, deadline, timeout)
            if self._paused:
                self._update_reading()
            if deadline < self._timer_at:
                self._expire_at(deadline)
            try:
                self._send(frame)
                data = await answer
            except (asyncio.CancelledError, GeneratorExit):
                if answer.done() and not answer.cancelled():
                    answer.exception()  # It came too late to be seen, and is not to be reported as forgotten.
                self.cancel(channel_id, CancelReason.CLIENT_CANCEL)
                raise
            return self.decode(method, data, deadline, timeout)
        except RapaceError as error:
            annotate(error, method.name, self.address, monotonic() - started)
            raise

    async def open_stream(
        self, method_id: int, payload: bytes | bytearray, timeout: float, started: float, inbox: Inbox
    ) -> int:
        """Sends a streaming call, whose items go to `inbox`. Returns its channel."""
        await self._room_to_write(timeout, started)
        channel_id, frame = self.session.start_stream(method_id, payload)
        self.inboxes[channel_id] = inbox
        self._send(frame)
        return channel_id

    async def notify(self, method_id: int, payload: bytes | bytearray, timeout: float) -> None:
        """Sends a call that wants no answer."""
        await self._room_to_write(timeout, monotonic())
        self._send(self.session.notify(method_id, payload))

    def open_tunnel(self, channel_id: int, inbox: Inbox) -> None:
        """Takes part in a tunnel, whose bytes go to `inbox`."""
        self._check()
        events = self.session.open_tunnel(channel_id)
        self.inboxes[channel_id] = inbox
        for event in events:
            if not isinstance(event, tuple):
                self._deliver(event)

    async def write_tunnel(self, channel_id: int, chunk: memoryview) -> None:
        """Sends bytes through a tunnel, once there is room for them."""
        await self._room_to_write(math.inf, 0.0)
        self._send(self.session.tunnel_data(channel_id, chunk))

    async def finish_tunnel(self, channel_id: int) -> None:
        """Ends this side's half of a tunnel."""
        await self._room_to_write(math.inf, 0.0)
        self._send(self.session.finish_tunnel(channel_id))

    def drop_tunnel(self, channel_id: int) -> None:
        """Gives a tunnel up."""
        self.inboxes.pop(channel_id, None)
        frames = self.session.drop_tunnel(channel_id)
        if frames and self.lost is None:
            self._send(frames)
        if self._paused:
            self._update_reading()

    async def _room_to_write(self, timeout: float, started: float) -> None:
        """Returns when a request may be sent: at once, but for a peer that does not read."""
        self._check()
        if timeout <= 0:
            raise deadline_exceeded(timeout)
        if self._writable.is_set():
            return
        left = None if timeout == math.inf else started + timeout - monotonic()
        try:
            async with asyncio.timeout(left):
                while not self._writable.is_set():
                    await self._writable.wait()
        except TimeoutError:
            raise deadline_exceeded(timeout) from None
        self._check()

    def _check(self) -> None:
        """Raises when the connection is of no more use, or belongs to somebody else."""
        self.owner.check()
        if self.lost is not None:
            raise connection_lost(*self.lost)

    def _send(self, frame: bytes) -> None:
        """Sends a frame at once, or where several calls are in flight with the others of this turn of the loop.

        A call that is alone must not wait, and many must not cost a system call each.
        """
        if self._layer is not None:
            frame = self._layer.wrap(frame)
        unsent = self._unsent
        if not unsent and len(self._calls) < 2:
            # A socket that was found dead is lost in the next turn of the loop; asyncio complains of writes until then.
            if not self.transport.is_closing():
                self.transport.write(frame)
            return
        unsent.append(frame)
        self._unsent_bytes += len(frame)
        if self._unsent_bytes > _WRITE_BYTES:
            self._flush()
        elif len(unsent) == 1:
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._unsent:
            frames = b"".join(self._unsent)
            self._unsent.clear()
            self._unsent_bytes = 0
            if not self.transport.is_closing():
                self.transport.write(frames)

    def _deliver(self, event: Item | End | Failed | Broken) -> bool:
        """Delivers what is not an answer. False when nothing more is to be delivered."""
        match event:
            case Item(channel_id, payload):
                self.inboxes[channel_id].put(payload)
            case End(channel_id):
                self.inboxes.pop(channel_id).end(None)
            case Failed(channel_id, error):
                if channel_id in self.inboxes:
                    self.inboxes.pop(channel_id).end(error)
                else:
                    answer = self._calls.pop(channel_id)[0]
                    if not answer.done():
                        answer.set_exception(error)
            case Broken(error):
                self._leave("the peer broke the protocol", error)
                return False
        return True

    def _expire_at(self, deadline: float) -> None:
        """Sets the one timer of all unary calls, most of which are over long before their time is up."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self.loop.call_later(max(0.0, deadline - monotonic()), self._expire)

    def _expire(self) -> None:
        """Ends the calls whose time is up, unless they have just ended otherwise."""
        now = monotonic()
        self._timer, self._timer_at = None, math.inf
        for channel_id, (answer, deadline, timeout) in list(self._calls.items()):
            if deadline <= now and not answer.done():
                self.cancel(channel_id, CancelReason.DEADLINE_EXCEEDED)
                answer.set_exception(deadline_exceeded(timeout))
        soonest = min((deadline for _, deadline, _ in self._calls.values()), default=math.inf)
        if soonest != math.inf:
            self._expire_at(max(soonest, now + len(self._calls) * _SECONDS_PER_LOOK))

    def _nudge_between_frames(self) -> None:
        self._nudge_timer = None
        if self.session.awaits_parts:
            self._acknowledge()

    def _acknowledge(self) -> None:
        if not self._acknowledger.needs_nudge:
            self._acknowledger.acknowledge()
        elif not self._unsent and self.transport.get_write_buffer_size() == 0:
            # A server that does not read while it answers must not pile these frames up here.
            nudge = self.session.nudge()
            self.transport.write(nudge if self._layer is None else self._layer.wrap(nudge))
