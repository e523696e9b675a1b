"""A connection's moving parts for threads that block: a socket around the session, read by one thread for all.

There is no thread behind a connection: of the threads that wait for an answer, one reads the socket for all, and
hands that duty on when its own answer has come.

An exception out of a signal, such as KeyboardInterrupt, may come after any call and at the start of any function. So
what is taken is taken inside the `try` that gives it back, and giving back can be begun again at any step. Where bytes
may be lost, in the midst of sending and of delivering, the connection is lost.
"""

import contextlib
import logging
import math
import socket
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from ..calls import Method, connection_lost, deadline_exceeded
from ..errors import DeadlineExceededError, RapaceError
from ..layer import Failure, Layer
from ..limits import Limits
from ..owner import ProcessOwner
from ..postcard.cost import OutOfTimeError
from ..postcard.reader import decode_payload_loosely
from ..session import Broken, CancelReason, End, Event, Failed, Item, Session
from ..states import SECONDS_TO_TRUST
from ..transport import NUDGE_SECONDS, Acknowledger, wait_for
from .bell import Bell
from .cancel import check_not_cancelled, is_cancelled, is_scoped, waking
from .waiter import Items, Until, Waiter

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
"""How much is read at once: well below what allocators hand to the system and back on each read."""


_LOOK_SECONDS: Final = 0.02
"""How often a thread that does not read, for the sake of a slow reader, looks whether it has to by now; and one that
writes while another reads, whether it was cancelled."""


class Inbox(Items):
    """What has arrived for a call or stream, and where that is."""

    __slots__ = ("channel_id", "wire")

    def __init__(self) -> None:
        super().__init__()
        self.wire: Wire | None = None
        """Where the call was sent, once it was."""
        self.channel_id = 0


class Wire:
    """A socket and its session, and the threads that wait for it."""

    def __init__(
        self,
        sock: socket.socket,
        address: str,
        limits: Limits,
        allow_trailing_bytes: bool,
        layer: Layer | None = None,
        early: bytes = b"",
    ) -> None:
        self.address = address
        self.limits = limits
        self.owner = ProcessOwner()
        self._allow_trailing_bytes = allow_trailing_bytes
        self.lock = threading.Lock()
        # Everything below is read and changed under the lock.
        self.session = Session(limits)
        self.inboxes: dict[int, Inbox] = {}
        self.unsent = bytearray()
        self.sent_bytes = 0
        self._owed = 0  # how many bytes wait that the peer has asked for
        self._opened_at = monotonic()
        self.lost: Failure | None = None
        self.on_lost: Callable[[Failure], None] | None = None
        """Called once, without the lock, by the thread that finds the connection lost or by one soon after."""
        self._sock = sock
        self._layer = layer
        self.session.receive(early)  # No call is there yet to which it could belong.
        self._acknowledger = Acknowledger(sock)
        self._nudge_at = math.inf  # when the acknowledgement of whole frames is to leave, in the clock's time
        self._users: set[Waiter] = set()  # whose threads are in a system call on the socket, which the last one closes
        self._reader: Waiter | None = None  # who reads for all
        self._bell: Bell | None = None  # wakes the reader, if it may be cancelled
        # In the order in which they fell asleep; a plain dict takes ever longer to find its first key again.
        self._sleepers: OrderedDict[Waiter, None] = OrderedDict()
        # Only this one is filled without the lock: the garbage collector may run while it is held.
        self._left: deque[int] = deque()

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

    def check(self) -> None:
        """Raises when the connection is of no more use."""
        if self.lost is not None:
            raise connection_lost(*self.lost)

    def call(self, method_id: int, payload: bytes | bytearray, timeout: float, started: float) -> bytes:
        """Sends a unary call and returns the payload of its answer. `started` is the clock's time of the call."""
        inbox = Inbox()
        try:
            try:
                return self._call(inbox, method_id, payload, timeout, started)
            except BaseException as error:
                self.give_up(inbox, error)
                raise
        except BaseException as error:  # A signal may have come amid that.
            self.give_up(inbox, error)
            raise

    def _call(self, inbox: Inbox, method_id: int, payload: bytes | bytearray, timeout: float, started: float) -> bytes:
        deadline = started + timeout
        self._room_to_write(timeout, deadline)
        with self.lock:
            self.check()
            self._start(self.session.start_unary, method_id, payload, inbox)
        if not self.wait(inbox, deadline):
            raise deadline_exceeded(timeout)
        if inbox.error is not None:
            raise inbox.error
        return inbox.items[0]

    def open_stream(
        self, method_id: int, payload: bytes | bytearray, timeout: float, started: float, inbox: Inbox
    ) -> None:
        """Sends a streaming call, whose items go to `inbox`."""
        self._room_to_write(timeout, started + timeout)
        with self.lock:
            self.check()
            self._start(self.session.start_stream, method_id, payload, inbox)

    def _start(
        self,
        start: Callable[[int, bytes | bytearray], tuple[int, bytes]],
        method_id: int,
        payload: bytes | bytearray,
        inbox: Inbox,
    ) -> None:
        """Sends a call, whose answers go to `inbox`. Called under the lock."""
        try:
            channel_id, frame = start(method_id, payload)
            self._register(channel_id, inbox)
            self._send(frame, inbox)
        except RapaceError:
            raise
        except BaseException:  # such as KeyboardInterrupt: the call may be half begun
            self._drop_strays()
            raise

    def _register(self, channel_id: int, inbox: Inbox) -> None:
        self.inboxes[channel_id] = inbox
        inbox.wire, inbox.channel_id = self, channel_id

    def _drop_strays(self) -> None:
        """Gives up the channels that the session has opened and nobody has heard of."""
        for channel_id in self.session.channels - self.inboxes.keys():
            frames = self.session.drop_tunnel(channel_id)
            if self.lost is None:
                self._queue(frames)

    def give_up(self, inbox: Inbox, cause: BaseException | None = None) -> None:
        """Ends a call or stream that nobody waits for any more, if it is not over. Doing so again does nothing."""
        if inbox.ended or self.owner.is_elsewhere:
            return
        is_late = isinstance(cause, DeadlineExceededError)
        with self.lock:
            if self.inboxes.get(inbox.channel_id) is inbox:
                reason = CancelReason.DEADLINE_EXCEEDED if is_late else CancelReason.CLIENT_CANCEL
                self.cancel(inbox.channel_id, reason)
            inbox.end(None)

    def notify(self, method_id: int, payload: bytes | bytearray, timeout: float) -> None:
        """Sends a call that wants no answer, and returns when the system has it."""
        self._send_alone(lambda: self.session.notify(method_id, payload), timeout)

    def open_tunnel(self, channel_id: int, inbox: Inbox) -> None:
        """Takes part in a tunnel, whose bytes go to `inbox`."""
        self.owner.check()
        with self.lock:
            self.check()
            try:
                events = self.session.open_tunnel(channel_id)
                self._register(channel_id, inbox)
                self._hand_out(events)
            except RapaceError:
                raise
            except BaseException as error:  # such as KeyboardInterrupt: some of what came may not have been delivered
                self.lose("opening a tunnel was interrupted", error)
                raise

    def write_tunnel(self, channel_id: int, chunk: memoryview, timeout: float) -> None:
        """Sends bytes through a tunnel, and returns when the system has them."""
        self._send_alone(lambda: self.session.tunnel_data(channel_id, chunk), timeout)

    def finish_tunnel(self, channel_id: int, timeout: float) -> None:
        """Ends this side's half of a tunnel."""
        self._send_alone(lambda: self.session.finish_tunnel(channel_id), timeout)

    def drop_tunnel(self, channel_id: int) -> None:
        """Gives a tunnel up. What the socket does not take now leaves with what is sent next."""
        if self.owner.is_elsewhere:
            return
        with self.lock:
            self.inboxes.pop(channel_id, None)
            frames = self.session.drop_tunnel(channel_id)
            if frames and self.lost is None:
                self._queue(frames)
                self._flush()

    def _send_alone(self, make_frame: Callable[[], bytes], timeout: float) -> None:
        """Sends a frame that nobody answers: no thread that waits for an answer would send what is left of it."""
        deadline = monotonic() + timeout
        self._room_to_write(timeout, deadline)
        with self.lock:
            self.check()
            sent = Until(lambda: self.lost is not None or self.sent_bytes >= sent.sent_at)
            self._send(make_frame(), sent)
        if not self.wait(sent, deadline):
            raise deadline_exceeded(timeout)
        self.check()

    def _room_to_write(self, timeout: float, deadline: float) -> None:
        """Returns when a request may be sent: at once, but for a peer that does not read."""
        self.owner.check()
        check_not_cancelled()
        with self.lock:
            self.check()
            room = Until(self._has_room, self.sent_bytes + len(self.unsent))
            ready = room.ready()
        if timeout <= 0 or not (ready or self.wait(room, deadline)):
            raise deadline_exceeded(timeout)

    def _has_room(self) -> bool:
        return self.lost is not None or len(self.unsent) <= self.limits.max_unsent_bytes

    def _send(self, frame: bytes, waiter: Waiter) -> None:
        """Sends a frame, or as much as the socket takes now. `wait` sends the rest."""
        self._drop_left()
        self._queue(frame)
        waiter.sent_at = self.sent_bytes + len(self.unsent)
        self._flush()

    def cancel(self, channel_id: int, reason: CancelReason) -> None:
        """Gives a channel up and tells the server, unless the peer reads too slowly for that courtesy."""
        self.inboxes.pop(channel_id, None)
        frame = self.session.cancel(channel_id, reason)
        if frame and self.lost is None and not self.unsent:
            self._queue(frame)
            self._flush()

    def leave(self, channel_id: int) -> None:
        """Gives up the channel of a stream or tunnel that nobody has any more. Safe at any moment, in any thread."""
        if self.owner.is_elsewhere:
            return
        self._left.append(channel_id)
        # The lock's answer has to be kept before a signal's exception can come: no step of Python's is between.
        taken: deque[bool] = deque()
        try:
            taken.extend(map(self.lock.acquire, (False,)))
            if taken[0]:
                self._drop_left()
        finally:
            if taken and taken[0]:
                self.lock.release()

    def close(self) -> None:
        """Closes the connection and fails the calls in flight. In a forked child it frees the child's copy alone."""
        if self.owner.is_elsewhere:
            self._sock.close()
            return
        with self.lock:
            self.leave_peer("the connection is closed", None)
        self.announce()

    def leave_peer(self, what: str, cause: BaseException | None) -> None:
        """As `lose`, after what the socket still takes of what is to be sent, a farewell at its end."""
        try:
            if self.lost is None:
                if self._layer is not None:
                    self.unsent += self._layer.farewell()
                self._flush()
        finally:
            self.lose(what, cause)

    def lose(self, what: str, cause: BaseException | None) -> None:
        """Fails every call in flight at once, and every later one. Only the first reason counts."""
        if self.lost is not None:
            return
        try:
            self.lost = (what, cause)
            _log.debug("%s: %s", what, cause)
            self._fail_all(what, cause)
        except BaseException:  # such as KeyboardInterrupt: the other threads must hear of it
            self._fail_all(what, cause)
            raise

    def _fail_all(self, what: str, cause: BaseException | None) -> None:
        for inbox in list(self.inboxes.values()):
            inbox.end(connection_lost(what, cause))
        self.inboxes = {}
        for sleeper in self._sleepers:
            sleeper.wake()
        self.unsent.clear()
        # This wakes the threads that are in a system call on the socket; the last of them closes it.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._close_if_unused()

    def announce(self) -> None:
        """Says that the connection is lost, if it is, to whoever wants to know. Called without the lock."""
        if self.lost is None or self.on_lost is None:
            return
        listener: Callable[[Failure], None] | None = None
        try:
            with self.lock:
                listener, self.on_lost = self.on_lost, None
            if listener is not None:
                listener(self.lost)
        except BaseException:  # such as KeyboardInterrupt: it may not have heard
            self.on_lost = self.on_lost or listener
            raise

    def probe(self) -> None:
        """Looks whether an idle connection was lost meanwhile, which nobody has noticed."""
        self.owner.check()
        with self.lock:
            if self.lost is None and self._reader is None and wait_for(self._sock, True, False, 0):
                self._read()
        self.announce()

    def watch(self, deadline: float) -> None:
        """Reads for all until the connection is lost, or until this time of the clock."""
        self.wait(Until(lambda: self.lost is not None), deadline)
        self.announce()

    def wait(self, waiter: Waiter, deadline: float) -> bool:
        """Waits, without the lock, until the waiter is ready. False when the deadline came first."""
        self.owner.check()
        if not is_scoped():
            return self._wait(waiter, deadline)
        check_not_cancelled()
        with waking(partial(self._interrupt, waiter)):
            ready = self._wait(waiter, deadline)
        if not ready:
            check_not_cancelled()
        return ready

    def _interrupt(self, waiter: Waiter) -> None:
        """Has the thread that waits look whether it was cancelled."""
        with self.lock:
            waiter.wake()
            if self._reader is waiter and self._bell is not None:
                self._bell.ring()

    def _wait(self, waiter: Waiter, deadline: float) -> bool:
        try:
            while True:
                with self.lock:
                    if waiter.ready() or deadline <= monotonic() or is_cancelled():
                        self._retire(waiter)
                        return waiter.ready()
                    step = self._next_step(waiter)
                step(waiter, deadline)
                self.announce()
        except BaseException:  # such as KeyboardInterrupt: the other threads go on
            with self.lock:
                self._retire(waiter)
            raise

    def _next_step(self, waiter: Waiter) -> Callable[[Waiter, float], None]:
        """What a thread does that has to wait: read for all, send its request, or sleep."""
        if self._reader is None or self._reader is waiter:
            self._users.add(waiter)
            if self._bell is None and is_scoped():
                self._bell = Bell()
            self._reader = waiter
            return self._read_for
        if self.sent_bytes < waiter.sent_at:
            self._users.add(waiter)
            return self._write_for
        self._users.discard(waiter)
        turn = threading.Lock()
        turn.acquire()
        waiter.turn = turn
        self._sleepers[waiter] = None
        return partial(self._sleep, turn)

    def _sleep(self, turn: threading.Lock, waiter: Waiter, deadline: float) -> None:
        """Sleeps until the waiter is ready, or it is this thread's turn to read."""
        turn.acquire(timeout=_lock_timeout(deadline - monotonic()))
        with self.lock:
            self._rise(waiter)

    def _rise(self, waiter: Waiter) -> None:
        waiter.turn = None
        self._sleepers.pop(waiter, None)

    def _retire(self, waiter: Waiter) -> None:
        """Takes back all that a thread has done to wait, and has another one read if this one did."""
        if self._reader is waiter:
            self._reader = None
        if self._reader is None and self._bell is not None:
            self._bell.close()
            self._bell = None
        self._users.discard(waiter)
        self._rise(waiter)
        self._close_if_unused()
        self._pass_turn()

    def _pass_turn(self) -> None:
        """Wakes a sleeping thread to read for all, when none does. Each thread that leaves `wait` asks for it."""
        while self._reader is None and self._sleepers:
            sleeper = next(iter(self._sleepers))
            sleeps = sleeper.turn is not None
            sleeper.wake()
            self._sleepers.pop(sleeper, None)
            if sleeps:  # Others have been woken, and are about to find that themselves.
                return

    def _read_for(self, waiter: Waiter, deadline: float) -> None:
        """Reads for all threads until this one's waiter is ready, its time is up, or it was cancelled."""
        ear = None if self._bell is None else self._bell.ear
        while True:
            with self.lock:
                self._nudge_when_due()
                writes = len(self.unsent) > 0
                until = min(deadline, self._nudge_at)
                reads = not self.session.holds_much or self._is_awaited(waiter)
                if not reads:
                    until = min(until, monotonic() + _LOOK_SECONDS)
            if not wait_for(self._sock, reads, writes, until - monotonic(), ear):
                return
            # The socket does not block, so the lock is held for no longer than the kernel copies.
            with self.lock:
                if self.lost is None:
                    self._flush()
                    # What has nothing to read or write, and is ready all the same, is lost.
                    if reads or not writes:
                        self._read()
                if waiter.ready() or deadline <= monotonic() or is_cancelled():
                    return

    def _is_awaited(self, waiter: Waiter) -> bool:
        """Whether somebody waits for what the server sends, and not for the server to read."""
        return self.session.awaits_answer or any(isinstance(each, Inbox) for each in (waiter, *self._sleepers))

    def _write_for(self, _waiter: Waiter, deadline: float) -> None:
        """Sends what waits to be sent while another thread reads."""
        left = deadline - monotonic()
        wait_for(self._sock, False, True, min(left, _LOOK_SECONDS) if is_scoped() else left)
        with self.lock:
            self._flush()

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
            if data:
                self._deliver(data)
            else:
                self.lose("the server closed the connection", None)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.lose("the connection was lost", error)
        except BaseException as error:  # such as KeyboardInterrupt: some of what was read may not have been delivered
            self.lose("reading was interrupted", error)
            raise

    def _queue(self, frames: bytes) -> None:
        """Adds whole frames to what is to be sent."""
        if self._layer is None:
            self.unsent += frames
            return
        try:
            self.unsent += self._layer.wrap(frames)
        except BaseException as error:  # such as KeyboardInterrupt: what the layer has made may be lost
            self.lose("sending was interrupted", error)
            raise

    def _deliver(self, data: bytes) -> None:
        if self._layer is not None:
            data = self._layer.unwrap(data)
            self._owe(self._layer.outgoing())
        self._hand_out(self.session.receive(data))
        if self.lost is not None:
            return
        if self._layer is not None and self._layer.failure is not None:
            self.leave_peer(*self._layer.failure)
            return
        self._owe_frames(self.session.outgoing())
        if self.lost is not None:
            return
        if self.session.mid_frame:
            if self._acknowledger.needs_nudge:
                self._nudge()
            else:
                self._acknowledger.acknowledge()
        elif self._acknowledger.needs_nudge and self._nudge_at == math.inf and self.session.awaits_parts:
            # Once for all that arrives until then: a plain server reads these frames one by one, and after a stream.
            self._nudge_at = monotonic() + NUDGE_SECONDS
        self._drop_left()
        self._flush()

    def _owe(self, data: bytes) -> None:
        """Adds what the peer has asked for, such as answers to pings, and counts it until all is sent."""
        if data:
            self._owed = self._owed + len(data) if self.unsent else len(data)
            self.unsent += data
            if self._owed > self.limits.max_unsent_bytes:
                self.lose(f"the peer does not read the answers to what it sends: {self._owed} bytes wait", None)

    def _owe_frames(self, frames: bytes) -> None:
        if frames:
            self._owe(frames if self._layer is None else self._layer.wrap(frames))

    def _hand_out(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case (channel_id, payload):
                    inbox = self.inboxes.pop(channel_id)
                    inbox.items.append(payload)
                    inbox.end(None)
                case Item(channel_id, payload):
                    self.inboxes[channel_id].put(payload)
                case End(channel_id):
                    self.inboxes.pop(channel_id).end(None)
                case Failed(channel_id, error):
                    self.inboxes.pop(channel_id).end(error)
                case Broken(error):
                    self.leave_peer("the peer broke the protocol", error)
                    return

    def _nudge_when_due(self) -> None:
        if self._nudge_at <= monotonic():
            self._nudge_at = math.inf
            if self.session.awaits_parts and self.lost is None:
                self._nudge()
                self._flush()

    def _nudge(self) -> None:
        # A server that does not read while it answers must not pile these frames up here.
        if not self.unsent:
            self._queue(self.session.nudge())

    def _flush(self) -> None:
        if not self.unsent or self.lost is not None:
            return
        try:
            sent = self._sock.send(self.unsent)
            self.sent_bytes += sent
            del self.unsent[:sent]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.lose("the connection was lost", error)
        except BaseException as error:  # such as KeyboardInterrupt: how much was sent is not known
            self.lose("sending was interrupted", error)
            raise

    def _drop_left(self) -> None:
        while self._left:
            channel_id = self._left[0]
            if self.lost is None:
                self._queue(self.session.finish_tunnel(channel_id))
                self._flush()
            self.cancel(channel_id, CancelReason.CLIENT_CANCEL)
            self._left.popleft()

    def _close_if_unused(self) -> None:
        if self.lost is not None and not self._users:
            self._sock.close()


def _lock_timeout(seconds: float) -> float:
    return max(0.0, min(seconds, threading.TIMEOUT_MAX))
