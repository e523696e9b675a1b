"""Calls that block: a request is sent once there is room, and a unary call waits for its response."""

import math
from collections.abc import Callable
from time import monotonic

from ..calls import Method, opening
from ..errors import DeadlineExceededError, RapaceError
from ..failures import deadline_exceeded
from ..metadata import Metadata
from ..session import CancelReason
from .cancel import check_not_cancelled
from .inbox import Inbox
from .wait import wait
from .waiter import Until
from .wire import Wire


class CallInbox(Inbox):
    """The inbox of a call, stream or tunnel, with its wire and channel."""

    __slots__ = ("channel_id", "wire")

    def __init__(self) -> None:
        super().__init__()
        self.wire: Wire | None = None
        """Where the call was sent, once it was."""
        self.channel_id = 0


def call(
    wire: Wire,
    method: Method[object],
    payload: bytes | bytearray,
    timeout: float,
    started: float,
    metadata: Metadata | None = None,
) -> bytes:
    """Sends a unary call and returns the payload of its response. `started` is the clock's time of the call."""
    inbox = CallInbox()
    try:
        try:
            return _call(wire, inbox, method, payload, timeout, started, metadata)
        except BaseException as error:
            give_up(wire, inbox, error)
            raise
    except BaseException as error:  # A signal may have come amid that.
        give_up(wire, inbox, error)
        raise


def _call(
    wire: Wire,
    inbox: CallInbox,
    method: Method[object],
    payload: bytes | bytearray,
    timeout: float,
    started: float,
    metadata: Metadata | None,
) -> bytes:
    deadline = started + timeout
    _wait_for_room(wire, timeout, deadline)
    with wire.lock:
        wire.check_takes_calls()
        before = b""
        if metadata is not None or wire.session.control.understood:
            before = opening(wire.session, wire.limits, method, metadata, deadline - monotonic())
        _start(wire, wire.session.start_unary, method.method_id, payload, before, inbox)
    if not wait(wire, inbox, deadline):
        raise deadline_exceeded(timeout)
    if inbox.error is not None:
        raise inbox.error
    return inbox.items[0]


def open_stream(
    wire: Wire,
    method: Method[object],
    payload: bytes | bytearray,
    timeout: float,
    started: float,
    inbox: CallInbox,
    metadata: Metadata | None = None,
) -> None:
    """Sends a streaming call, whose items go to `inbox`."""
    _wait_for_room(wire, timeout, started + timeout)
    with wire.lock:
        wire.check_takes_calls()
        # The timeouts of a stream are for the sending and for each item. No deadline of the call follows from them.
        before = b"" if metadata is None else opening(wire.session, wire.limits, method, metadata, math.inf)
        _start(wire, wire.session.start_stream, method.method_id, payload, before, inbox)


def notify(wire: Wire, method_id: int, payload: bytes | bytearray, timeout: float) -> None:
    """Sends a call that has no response, and returns when the system has it."""
    wire.check_takes_calls()
    send_alone(wire, lambda: wire.session.notify(method_id, payload), timeout)


def send_alone(wire: Wire, make_frame: Callable[[], bytes], timeout: float) -> None:
    """Sends a frame without an answer, and waits until all of it is sent: no other thread would send the rest."""
    deadline = monotonic() + timeout
    _wait_for_room(wire, timeout, deadline)
    with wire.lock:
        wire.check()
        sent = Until(lambda: wire.lost is not None or wire.outgoing.sent_bytes >= sent.sent_at)
        wire.send(make_frame(), sent)
    if not wait(wire, sent, deadline):
        raise deadline_exceeded(timeout)
    wire.check()


def register(wire: Wire, channel_id: int, inbox: CallInbox) -> None:
    """Has what arrives on a channel go to an inbox. Called under the lock."""
    wire.inboxes[channel_id] = inbox
    inbox.wire, inbox.channel_id = wire, channel_id


def give_up(wire: Wire, inbox: CallInbox, cause: BaseException | None = None) -> None:
    """Ends a call or stream before its end. Ending it again does nothing."""
    if inbox.ended or wire.owner.is_elsewhere:
        return
    is_late = isinstance(cause, DeadlineExceededError)
    with wire.lock:
        if wire.inboxes.get(inbox.channel_id) is inbox:
            reason = CancelReason.DEADLINE_EXCEEDED if is_late else CancelReason.CLIENT_CANCEL
            wire.cancel(inbox.channel_id, reason)
        inbox.end(None)


def _wait_for_room(wire: Wire, timeout: float, deadline: float) -> None:
    """Returns when a request may be sent: at once, unless the peer does not read."""
    wire.owner.check()
    check_not_cancelled()
    with wire.lock:
        wire.check()
        room = Until(wire.outgoing.has_room, wire.outgoing.queued_at)
        ready = room.ready()
    if timeout <= 0 or not (ready or wait(wire, room, deadline)):
        raise deadline_exceeded(timeout)


def _start(
    wire: Wire,
    start: Callable[[int, bytes | bytearray, bytes], tuple[int, bytes]],
    method_id: int,
    payload: bytes | bytearray,
    before: bytes,
    inbox: CallInbox,
) -> None:
    """Sends a call, whose answers go to `inbox`. Called under the lock."""
    try:
        channel_id, frame = start(method_id, payload, before)
        register(wire, channel_id, inbox)
        wire.send(frame, inbox)
    except RapaceError:
        raise
    except BaseException:  # such as KeyboardInterrupt: the call may be half begun
        _drop_strays(wire)
        raise


def _drop_strays(wire: Wire) -> None:
    """Gives up the channels that the session has opened and that have no inbox."""
    for channel_id in wire.session.channels - wire.inboxes.keys():
        frames = wire.session.drop_tunnel(channel_id)
        if wire.lost is None:
            wire.outgoing.queue(frames)
