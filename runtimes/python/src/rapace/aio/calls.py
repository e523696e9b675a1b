"""Calls over asyncio: a request is sent once there is room, and a unary call waits for its response."""

import asyncio
import math
from time import monotonic
from typing import TypeVar

from ..calls import Method, annotate, decode, opening
from ..errors import RapaceError
from ..failures import deadline_exceeded
from ..metadata import Metadata
from ..session import CancelReason
from .inbox import Inbox
from .wire import Wire

_T = TypeVar("_T")


async def call(
    wire: Wire, method: Method[_T], payload: bytes | bytearray, timeout: float, metadata: Metadata | None = None
) -> _T:
    """Calls a unary method."""
    started = monotonic()
    try:
        wire.owner.check()
        if wire.refuses or timeout <= 0 or not wire.outgoing.has_room.is_set():
            await wait_for_room(wire, timeout, started)
            wire.check_takes_calls()
        deadline = started + timeout
        if metadata is None and not wire.session.control.understood:
            channel_id, frame = wire.session.start_unary(method.method_id, payload)
        else:
            before = opening(wire.session, wire.limits, method, metadata, deadline - monotonic())
            channel_id, frame = wire.session.start_unary(method.method_id, payload, before)
        answer: asyncio.Future[bytes] = wire.loop.create_future()
        wire.pending.add(channel_id, answer, deadline, timeout)
        if wire.reading.paused:
            wire.reading.update()
        try:
            wire.outgoing.send(frame)
            data = await answer
        except (asyncio.CancelledError, GeneratorExit):
            if answer.done() and not answer.cancelled():
                answer.exception()  # It came too late to be seen, and must not be reported as forgotten.
            wire.cancel(channel_id, CancelReason.CLIENT_CANCEL)
            raise
        return decode(wire, method, data, deadline, timeout)
    except RapaceError as error:
        annotate(error, method.name, wire.address, monotonic() - started)
        raise


async def open_stream(
    wire: Wire,
    method: Method[object],
    payload: bytes | bytearray,
    timeout: float,
    started: float,
    inbox: Inbox,
    metadata: Metadata | None = None,
) -> int:
    """Sends a streaming call, whose items go to `inbox`. Returns its channel."""
    await wait_for_room(wire, timeout, started)
    wire.check_takes_calls()
    # The timeouts of a stream are for the sending and for each item. No deadline of the call follows from them.
    before = b"" if metadata is None else opening(wire.session, wire.limits, method, metadata, math.inf)
    channel_id, frame = wire.session.start_stream(method.method_id, payload, before)
    wire.inboxes[channel_id] = inbox
    wire.outgoing.send(frame)
    return channel_id


async def notify(wire: Wire, method_id: int, payload: bytes | bytearray, timeout: float) -> None:
    """Sends a call that has no response."""
    await wait_for_room(wire, timeout, monotonic())
    wire.check_takes_calls()
    wire.outgoing.send(wire.session.notify(method_id, payload))


async def wait_for_room(wire: Wire, timeout: float, started: float) -> None:
    """Returns when a frame may be sent: at once, unless the peer does not read."""
    wire.check()
    if timeout <= 0:
        raise deadline_exceeded(timeout)
    has_room = wire.outgoing.has_room
    if has_room.is_set():
        return
    left = None if timeout == math.inf else started + timeout - monotonic()
    try:
        async with asyncio.timeout(left):
            while not has_room.is_set():
                await has_room.wait()
    except TimeoutError:
        raise deadline_exceeded(timeout) from None
    wire.check()
