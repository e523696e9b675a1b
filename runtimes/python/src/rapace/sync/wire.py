"""A wire for threads that block: a session on a socket.

A connection has no thread of its own. Of the threads that wait for an answer, one reads the socket for all, and hands
that duty on when its own answer has come (`wait`).

An exception out of a signal, such as KeyboardInterrupt, may come after any call and at the start of any function. So
what is taken is taken inside the `try` that gives it back, and giving back can be begun again at any step. Where bytes
may be lost, amid sending and delivering, the connection is lost.
"""

import contextlib
import logging
import math
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from ..budget import RetryBudget
from ..control import Entry
from ..failures import SHUTTING_DOWN, connection_lost, host_shuts_down
from ..layer import Failure, Layer
from ..limits import Limits
from ..owner import ProcessOwner
from ..session import Broken, Cancelled, CancelReason, Draining, End, Event, Failed, Greeted, Item, Request, Session
from ..transport import SECONDS_TO_TRUST, Acknowledger
from .inbox import Inbox
from .liveness import Liveness
from .nudge import Nudges
from .threads import Threads
from .waiter import Waiter
from .write import Outgoing

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
"""How much is read at once: well below what allocators hand to the system and back on each read."""


class Wire:
    """A socket and its session. `calls`, `stream` and `tunnel` use it, and `wait` moves its bytes."""

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
        self.allow_trailing_bytes = allow_trailing_bytes
        self.owner = ProcessOwner()
        self.lock = threading.Lock()
        # Everything below is read and changed under the lock.
        self.session = Session(limits)
        self.inboxes: dict[int, Inbox] = {}
        self._opened_at = monotonic()
        self.lost: Failure | None = None
        self.draining = False
        """True when the peer takes no new calls. After the last in flight the connection is closed."""
        self.retries: RetryBudget | None = None
        """Of a connection that comes back: how many calls may be sent again on the next one."""
        self.on_lost: Callable[[Failure], None] | None = None
        """Called once, without the lock, by the thread that finds the connection lost or by one soon after."""
        self.sock = sock
        self._layer = layer
        self.session.receive(early)  # There is no call yet to which it could belong.
        self.threads = Threads()
        self.outgoing = Outgoing(sock, layer, limits.max_unsent_bytes, self.lose)
        self.nudges = Nudges(Acknowledger(sock), self.session, self.outgoing)
        self.liveness = Liveness(address, self.session, self.outgoing, self.lose)
        # Only this one is filled without the lock: the garbage collector may run while it is held.
        self._left: deque[int] = deque()

    @property
    def proved_itself(self) -> bool:
        """True when the connection has answered a call or lived for a while."""
        return self.session.has_answered or monotonic() - self._opened_at >= SECONDS_TO_TRUST

    def greet(self, entries: Sequence[Entry], keepalive: float) -> None:
        """Says who calls, and watches from now on whether the peer is there; `keepalive` is in seconds."""
        with self.lock:
            self.outgoing.queue(self.session.control.hello(entries))
            self.outgoing.flush()
            self.liveness.watch(keepalive)

    def check(self) -> None:
        """Raises when the connection is lost or closed."""
        if self.lost is not None:
            raise connection_lost(*self.lost)

    def check_takes_calls(self) -> None:
        """Raises when the connection is lost or closed, and when the peer takes no new calls."""
        self.check()
        if self.draining:
            raise host_shuts_down()

    def send(self, frame: bytes, waiter: Waiter) -> None:
        """Sends a frame, or as much as the socket takes now; `wait` sends the rest. Called under the lock."""
        self.drop_left()
        self.outgoing.queue(frame)
        waiter.sent_at = self.outgoing.queued_at
        self.outgoing.flush()

    def cancel(self, channel_id: int, reason: CancelReason) -> None:
        """Gives a channel up, and tells the server unless the server reads too slowly. Called under the lock."""
        self.inboxes.pop(channel_id, None)
        frame = self.session.cancel(channel_id, reason)
        if frame and self.lost is None and not self.outgoing.unsent:
            self.outgoing.queue(frame)
            self.outgoing.flush()
        self._close_if_drained()

    def leave(self, channel_id: int) -> None:
        """Gives up the channel of a stream or tunnel that was dropped. Safe at any moment, in any thread."""
        if self.owner.is_elsewhere:
            return
        self._left.append(channel_id)
        # The lock's answer must be kept before a signal's exception can come: no step of Python's is between.
        taken: deque[bool] = deque()
        try:
            taken.extend(map(self.lock.acquire, (False,)))
            if taken[0]:
                self.drop_left()
        finally:
            if taken and taken[0]:
                self.lock.release()

    def drop_left(self) -> None:
        """Gives up what `leave` was called for. Called under the lock."""
        while self._left:
            channel_id = self._left[0]
            if self.lost is None:
                self.outgoing.queue(self.session.finish_tunnel(channel_id))
                self.outgoing.flush()
            self.cancel(channel_id, CancelReason.CLIENT_CANCEL)
            self._left.popleft()

    def close(self) -> None:
        """Closes the connection and fails the calls in flight. In a forked child it frees the child's copy alone."""
        if self.owner.is_elsewhere:
            self.sock.close()
            return
        with self.lock:
            self._leave_peer("the connection is closed", None)
        self.announce()

    def _leave_peer(self, what: str, cause: BaseException | None) -> None:
        """Sends what the socket still takes of what waits, and a farewell. Then does what `lose` does."""
        try:
            if self.lost is None:
                self.outgoing.say_farewell()
        finally:
            self.lose(what, cause)

    def lose(self, what: str, cause: BaseException | None) -> None:
        """Fails every call in flight at once, and every later one. Only the first reason counts. Under the lock."""
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
        self.threads.wake_all()
        self.outgoing.stop()
        # This wakes the threads that are in a system call on the socket; the last of them closes it.
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.close_if_unused()

    def close_if_unused(self) -> None:
        """Closes the socket of a lost connection, unless a thread is in a system call on it. Under the lock."""
        if self.lost is not None and not self.threads.users:
            self.sock.close()

    def announce(self) -> None:
        """Calls `on_lost` if the connection is lost and that was not called yet. Called without the lock."""
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

    def read(self) -> None:
        """Reads what the socket has, and delivers it. Called under the lock."""
        try:
            data = self.sock.recv(_READ_BYTES)
            if data:
                self._receive(data)
            else:
                self.lose("the server closed the connection", None)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.lose("the connection was lost", error)
        except BaseException as error:  # such as KeyboardInterrupt: some of what was read may not have been delivered
            self.lose("reading was interrupted", error)
            raise

    def _receive(self, data: bytes) -> None:
        if self._layer is not None:
            data = self._layer.unwrap(data)
            self.outgoing.owe(self._layer.outgoing())
        self.deliver(self.session.receive(data))
        if self.lost is not None:
            return
        if self._layer is not None and self._layer.failure is not None:
            self._leave_peer(*self._layer.failure)
            return
        self.outgoing.owe_frames(self.session.outgoing())
        if self.lost is not None:
            return
        if self.liveness.due_at != math.inf:
            self.liveness.heard()
        if self.session.control.pong_due is not None:
            self.liveness.answer()
        self.nudges.after_reading()
        self.drop_left()
        self.outgoing.flush()
        self._close_if_drained()

    def _close_if_drained(self) -> None:
        """Closes a connection whose peer takes no new calls, when nothing runs on it."""
        if self.draining and self.lost is None and not self.session.in_flight:
            self._leave_peer(SHUTTING_DOWN, None)

    def deliver(self, events: list[Event]) -> None:
        """Delivers what the session reports to the inboxes. Called under the lock."""
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
                case Draining():
                    self.draining = True
                case Request() | Cancelled() | Greeted():
                    pass  # A connection that blocks has no handlers: their connections are asyncio's, in a thread.
                case Broken(error):
                    self._leave_peer("the peer broke the protocol", error)
                    return
