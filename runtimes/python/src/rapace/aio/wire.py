"""A wire over asyncio: a session on a socket, as an `asyncio.Protocol`."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Protocol, cast

from ..budget import RetryBudget
from ..control import Entry, Opening
from ..failures import SHUTTING_DOWN, connection_lost, host_shuts_down
from ..layer import Failure, Layer
from ..limits import Limits
from ..owner import LoopOwner, release_inherited
from ..session import Broken, Cancelled, CancelReason, Draining, End, Failed, Greeted, Item, Request, Session
from ..transport import SECONDS_TO_TRUST, Acknowledger
from .deadline import Deadlines
from .inbox import Inbox
from .liveness import Liveness
from .nudge import Nudges
from .read import Reading
from .write import Outgoing

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
"""How many bytes are read at once."""
_CLOSE_SECONDS: Final = 1.0
"""How long closing may take while the peer reads what was sent before."""


class Server(Protocol):
    """What runs the calls of the peer: `serving.Serving`. While bytes arrive, it sends nothing but refusals."""

    def greeted(self, hello: Opening) -> None:
        """The peer says who it is."""
        ...

    def requested(self, request: Request) -> None:
        """The peer calls a method."""
        ...

    def cancelled(self, number: int) -> None:
        """A served call is cancelled, and its answer is sent."""
        ...

    def stop(self) -> None:
        """The connection is over: all served calls are cancelled, and have no answer."""
        ...

    async def ended(self) -> None:
        """Returns when the handlers of cancelled calls have ended, or after a while."""
        ...


class Wire(asyncio.BufferedProtocol):
    """Moves bytes between a socket and a session, and events to the calls that wait for them.

    `calls`, `stream` and `tunnel` use it: they start calls on the session and send what the session returns.
    """

    draining: bool
    """True when the peer takes no new calls. Those in flight go on, and after the last the connection is closed."""
    refuses: bool
    """True when no call can be sent: the connection is lost, or draining."""
    retries: RetryBudget | None
    """Of a connection that comes back: how many calls may be sent again on the next one."""
    outgoing: Outgoing
    reading: Reading
    _liveness: Liveness
    _nudges: Nudges
    _transport: asyncio.Transport

    def __init__(
        self,
        address: str,
        limits: Limits,
        allow_trailing_bytes: bool,
        layer: Layer | None = None,
        *,
        first_channel: int = 1,
        peer: str = "server",
        serve: "Callable[[Wire], Server] | None" = None,
    ) -> None:
        """`peer` is what errors call the other side; `serve` makes what runs its calls, if there are handlers."""
        self.address = address
        self.limits = limits
        self.allow_trailing_bytes = allow_trailing_bytes
        self.session = Session(limits, first_channel, serves=serve is not None)
        self.owner = LoopOwner()
        self.loop = self.owner.loop
        self._peer = peer
        self._layer = layer
        self._opened: asyncio.Future[None] | None = None if layer is None else self.loop.create_future()
        self._opened_at = monotonic()
        self.pending = Deadlines(self.loop, self.cancel)
        self.inboxes: dict[int, Inbox] = {}
        self.lost: Failure | None = None
        self.on_lost: Callable[[Failure], None] | None = None
        self.draining = False
        self.on_draining: Callable[[], None] | None = None
        self.refuses = False
        self.retries: RetryBudget | None = None
        self._server = None if serve is None else serve(self)
        self._has_greeted = False
        self._refused_bytes = 0  # what handlers did not answer, in this turn of the loop
        self._received = memoryview(bytearray(_READ_BYTES))
        self._close_timer: asyncio.TimerHandle | None = None
        self.gone = asyncio.Event()

    @property
    def proved_itself(self) -> bool:
        """True when the connection has answered a call or lived for a while."""
        return self.session.has_answered or monotonic() - self._opened_at >= SECONDS_TO_TRUST

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio: the connection is open."""
        # The cast says what asyncio promises of create_connection: a transport for both directions.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self.limits.max_unsent_bytes)
        self.outgoing = Outgoing(self.loop, self._transport, self._layer, self.pending.calls)
        self.reading = Reading(self.loop, self._transport, self.session)
        acknowledger = Acknowledger(transport.get_extra_info("socket"))
        self._nudges = Nudges(self.loop, acknowledger, self.session, self.outgoing)
        self._liveness = Liveness(self.address, self.loop, self.session, self.reading, self.outgoing, self.lose)
        if self._layer is not None:
            self._transport.write(self._layer.hello())

    @property
    def layer(self) -> Layer | None:
        """What is between session and socket."""
        return self._layer

    def greet(self, entries: Sequence[Entry], keepalive: float) -> None:
        """Says who calls, and watches from now on whether the peer is there; `keepalive` is in seconds."""
        self._has_greeted = True
        self.outgoing.send(self.session.control.hello(entries))
        self._liveness.watch(keepalive)

    async def opened(self) -> None:
        """Returns when calls can be sent. Raises what the layer's handshake failed with."""
        try:
            if self._opened is not None:
                await self._opened
        except BaseException:
            self.lose("connecting was given up", None)
            raise

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio: where to put what arrives. No read allocates a buffer."""
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio: bytes have arrived."""
        if self.lost is not None:
            return
        calls, session = self.pending.calls, self.session
        data = bytes(self._received[:nbytes])
        if self._layer is not None:
            data = self._unwrap(self._layer, data)
            if self.lost is not None:  # A handler that begins now would never be cancelled.
                return
        for event in session.receive(data):
            if isinstance(event, tuple):
                channel_id, payload = event
                answer = calls.pop(channel_id)[0]
                if not answer.done():
                    answer.set_result(payload)
            elif not self.deliver(event):
                return
        said = session.outgoing()
        if said:
            self.outgoing.send(said)
        if said or self._refused_bytes:
            self._owe(len(said) + self._refused_bytes)
            self._refused_bytes = 0
        if self.lost is not None:
            return
        if self._has_greeted:
            self._liveness.heard()
        if session.control.pong_due is not None:
            self._liveness.answer()
        self._nudges.after_reading()
        if session.holds_much:
            self.reading.update()
        if self._layer is not None and self._layer.failure is not None:
            self.begin_close(*self._layer.failure)
        elif self.draining:
            self._close_if_drained()

    def _unwrap(self, layer: Layer, data: bytes) -> bytes:
        data = layer.unwrap(data)
        said = layer.outgoing()
        if said:
            self.outgoing.flush()  # TLS numbers what it has wrapped.
            self._transport.write(said)
            self._owe(len(said))
        if layer.opened and self._opened is not None and not self._opened.done():
            self._opened.set_result(None)
        return data

    def _owe(self, count: int) -> None:
        owed = self.outgoing.owe(count)
        if owed > self.limits.max_unsent_bytes:
            self.lose(f"the peer does not read the answers to what it sends: {owed} bytes wait", None)

    def refuse(self, frame: bytes) -> None:
        """Sends the refusal of a request, while what has arrived is delivered. It is sent without room too."""
        if self._layer is not None:
            frame = self._layer.wrap(frame)
        self._refused_bytes += len(frame)
        self.outgoing.queue(frame)

    def deliver(self, event: Item | End | Failed | Broken | Request | Cancelled | Greeted | Draining) -> bool:
        """Delivers what is not the response to a unary call. Returns False when nothing more is to be delivered."""
        match event:
            case Item(channel_id, payload):
                self.inboxes[channel_id].put(payload)
            case End(channel_id):
                self.inboxes.pop(channel_id).end(None)
            case Failed(channel_id, error):
                if channel_id in self.inboxes:
                    self.inboxes.pop(channel_id).end(error)
                else:
                    answer = self.pending.calls.pop(channel_id)[0]
                    if not answer.done():
                        answer.set_exception(error)
            case Request():
                if self._server is not None:
                    self._server.requested(event)
                return self.lost is None
            case Cancelled(number):
                if self._server is not None:
                    self._server.cancelled(number)
            case Greeted(hello):
                if self._server is not None:
                    self._server.greeted(hello)
            case Draining():
                self._drain()
            case Broken(error):
                self.begin_close("the peer broke the protocol", error)
                return False
        return True

    def eof_received(self) -> None:
        """Called by asyncio: the peer sends no more, and so answers no more."""
        self.lose(f"the {self._peer} closed the connection", None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: the socket is closed."""
        self.lose("the connection was lost", exc)
        if self._close_timer is not None:
            self._close_timer.cancel()
        self.gone.set()

    def pause_writing(self) -> None:
        """Called by asyncio: more than `max_unsent_bytes` wait to be sent."""
        self.outgoing.has_room.clear()

    def resume_writing(self) -> None:
        """Called by asyncio: the peer reads again."""
        self.outgoing.has_room.set()

    def check(self) -> None:
        """Raises when the connection is lost or closed, or belongs to another process or event loop."""
        self.owner.check()
        if self.lost is not None:
            raise connection_lost(*self.lost)

    def check_takes_calls(self) -> None:
        """Raises what `check` raises, and also when the peer takes no new calls."""
        self.check()
        if self.draining:
            raise host_shuts_down()

    def _drain(self) -> None:
        if self.draining:
            return
        self.draining = self.refuses = True
        if self.on_draining is not None:
            self.on_draining()

    def _close_if_drained(self) -> None:
        """Closes a connection whose peer takes no new calls, when nothing runs on it."""
        if self.lost is None and not self.session.in_flight and not self.session.served.running:
            self.begin_close(SHUTTING_DOWN)

    def cancel(self, channel_id: int, reason: CancelReason) -> None:
        """Gives a channel up, and tells the server unless the server reads too slowly."""
        self.pending.calls.pop(channel_id, None)
        self.inboxes.pop(channel_id, None)
        frame = self.session.cancel(channel_id, reason)
        if self.reading.paused or self.session.holds_much:
            self.reading.update()
        if frame and self.lost is None and self.outgoing.has_room.is_set():
            self.outgoing.send(frame)
        if self.draining:
            self._close_if_drained()

    def leave(self, channel_id: int) -> None:
        """Gives up the channel of a stream or tunnel that was dropped. Safe at any moment, in any thread.

        The garbage collector may run amid any step of the session, and after the loop's end.
        """
        if not self.owner.is_elsewhere:
            with contextlib.suppress(RuntimeError):  # The loop is closed.
                self.loop.call_soon_threadsafe(self._drop, channel_id)

    def _drop(self, channel_id: int) -> None:
        frame = self.session.finish_tunnel(channel_id)
        if frame and self.lost is None:
            self.outgoing.send(frame)
        self.cancel(channel_id, CancelReason.CLIENT_CANCEL)

    def lose(self, what: str, cause: BaseException | None) -> None:
        """Fails every call in flight at once, and every later one. Only the first reason counts."""
        if self.lost is None:
            self._end(what, cause)
            self._transport.abort()

    def begin_close(self, what: str = "the connection is closed", cause: BaseException | None = None) -> None:
        """Does what `lose` does, after the peer had a second to read what was written. `gone` is set afterwards."""
        if self.lost is not None:
            return
        self.outgoing.flush()
        if self._layer is not None:
            self._transport.write(self._layer.farewell())
        self._end(what, cause)
        self._transport.close()
        self._close_timer = self.loop.call_later(_CLOSE_SECONDS, self._transport.abort)

    async def wait_closed(self) -> None:
        """Returns when the socket is closed and no handler runs any more."""
        await self.gone.wait()
        if self._server is not None:
            await self._server.ended()

    def abandon(self) -> None:
        """Closes the connection in a forked child, for the child alone, or after the end of the event loop."""
        self.lost = self.lost or ("the connection is closed", None)
        self.refuses = True
        self.reading.stop()
        if self._transport.is_closing():
            return
        sock = self._transport.get_extra_info("socket")
        number = sock.fileno()
        if number < 0:  # Some loops close their sockets when they end.
            return
        if not self.owner.is_elsewhere:
            with contextlib.suppress(OSError), socket.fromfd(number, sock.family, sock.type) as own:
                own.shutdown(socket.SHUT_RDWR)
        release_inherited(number)

    def _end(self, what: str, cause: BaseException | None) -> None:
        self.lost = (what, cause)
        self.refuses = True
        _log.debug("%s: %s", what, cause)
        self._nudges.stop()
        self._liveness.stop()
        self.pending.stop()
        self.reading.stop()
        self.outgoing.drop()
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(cause or ConnectionResetError(what))
        self.pending.fail_all(what, cause)
        if self._server is not None:
            self._server.stop()
        inboxes, self.inboxes = self.inboxes, {}
        for inbox in inboxes.values():
            inbox.end(connection_lost(what, cause))
        self.outgoing.has_room.set()
        if self.on_lost is not None:
            self.on_lost(self.lost)
