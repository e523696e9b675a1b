"""Waiting: of the threads that wait on a connection one reads for all, some send their request, the others sleep."""

import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final, TypeAlias

from .bell import Bell
from .cancel import check_not_cancelled, is_cancelled, is_scoped, waking
from .inbox import Inbox
from .poll import poll
from .waiter import Until, Waiter
from .wire import Wire

_LOOK_SECONDS: Final = 0.02
"""How often a thread that does not read, because of a slow reader, looks whether it must by now; and one that writes
while another reads, whether it was cancelled."""

_Step: TypeAlias = Callable[[Wire, Waiter, float], None]


def wait(wire: Wire, waiter: Waiter, deadline: float) -> bool:
    """Waits, without the lock, until the waiter is ready. Returns False when the deadline came first."""
    wire.owner.check()
    if not is_scoped():
        return _wait(wire, waiter, deadline)
    check_not_cancelled()
    with waking(partial(_interrupt, wire, waiter)):
        ready = _wait(wire, waiter, deadline)
    if not ready:
        check_not_cancelled()
    return ready


def watch(wire: Wire, deadline: float) -> None:
    """Reads for all until the connection is lost, or until this time of the clock."""
    wait(wire, Until(lambda: wire.lost is not None), deadline)
    wire.announce()


def probe(wire: Wire) -> None:
    """Looks whether a connection was lost while no thread read it."""
    wire.owner.check()
    with wire.lock:
        if wire.lost is None and wire.threads.reader is None and poll(wire.sock, True, False, 0):
            wire.read()
    wire.announce()


def _interrupt(wire: Wire, waiter: Waiter) -> None:
    with wire.lock:
        wire.threads.interrupt(waiter)


def _wait(wire: Wire, waiter: Waiter, deadline: float) -> bool:
    try:
        while True:
            with wire.lock:
                if _is_over(waiter, deadline):
                    _retire(wire, waiter)
                    return waiter.ready()
                step = _next_step(wire, waiter)
            step(wire, waiter, deadline)
            wire.announce()
    except BaseException:  # such as KeyboardInterrupt: the other threads go on
        with wire.lock:
            _retire(wire, waiter)
        raise


def _is_over(waiter: Waiter, deadline: float) -> bool:
    return waiter.ready() or deadline <= monotonic() or is_cancelled()


def _retire(wire: Wire, waiter: Waiter) -> None:
    """Takes back all that a thread has done to wait, and has another one read if this one did."""
    wire.threads.retire(waiter)
    wire.close_if_unused()
    wire.threads.pass_turn()


def _next_step(wire: Wire, waiter: Waiter) -> _Step:
    """What a thread does that has to wait: read for all, send its request, or sleep."""
    threads = wire.threads
    if threads.reader is None or threads.reader is waiter:
        threads.users.add(waiter)
        if threads.bell is None and is_scoped():
            threads.bell = Bell()
        threads.reader = waiter
        return _read_for_all
    if wire.outgoing.sent_bytes < waiter.sent_at:
        threads.users.add(waiter)
        return _write
    threads.users.discard(waiter)
    turn = threading.Lock()
    turn.acquire()
    waiter.turn = turn
    threads.sleepers[waiter] = None
    return partial(_sleep, turn)


def _sleep(turn: threading.Lock, wire: Wire, waiter: Waiter, deadline: float) -> None:
    """Sleeps until the waiter is ready, or it is this thread's turn to read."""
    turn.acquire(timeout=max(0.0, min(deadline - monotonic(), threading.TIMEOUT_MAX)))
    with wire.lock:
        wire.threads.rise(waiter)


def _read_for_all(wire: Wire, waiter: Waiter, deadline: float) -> None:
    """Reads for all threads until this one's waiter is ready, its time is up, or it was cancelled."""
    bell = wire.threads.bell
    ear = None if bell is None else bell.ear
    with wire.lock:
        # A Ping is due, or no thread has read for long. What has come meanwhile was said by a peer that is there.
        if wire.liveness.due_at <= monotonic() and wire.lost is None:
            wire.read()
            if wire.lost is None:
                wire.liveness.look()
            if _is_over(waiter, deadline):
                return
    while True:
        with wire.lock:
            wire.nudges.nudge_when_due()
            if wire.session.control.pong_due is not None:
                wire.liveness.answer()
            writes = len(wire.outgoing.unsent) > 0
            until = min(deadline, wire.nudges.due_at, wire.liveness.due_at)
            reads = not wire.session.holds_much or _is_awaited(wire, waiter)
            if not reads:
                until = min(until, monotonic() + _LOOK_SECONDS)
        if not poll(wire.sock, reads, writes, until - monotonic(), ear):
            return
        # The socket does not block, so the lock is held for no longer than the kernel copies.
        with wire.lock:
            if wire.lost is None:
                wire.outgoing.flush()
                # A socket that is ready with nothing to read or write is lost.
                if reads or not writes:
                    wire.read()
            if _is_over(waiter, deadline):
                return


def _is_awaited(wire: Wire, waiter: Waiter) -> bool:
    """Whether a thread waits for what the server sends, and not for the server to read."""
    return wire.session.awaits_answer or any(isinstance(each, Inbox) for each in (waiter, *wire.threads.sleepers))


def _write(wire: Wire, _waiter: Waiter, deadline: float) -> None:
    """Sends what waits to be sent while another thread reads."""
    left = deadline - monotonic()
    poll(wire.sock, False, True, min(left, _LOOK_SECONDS) if is_scoped() else left)
    with wire.lock:
        wire.outgoing.flush()
