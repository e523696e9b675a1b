"""An exception out of a signal, at any moment of a blocking call, leaves a connection that is usable or says why not.

Usable: the next call has its answer, in this thread and in others, and nothing stays in flight.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

import rapace
from rapace import Reconnect
from rapace.sync import wait

from ..features import AGAIN, ECHO
from ..flavors import payload
from ..peer import NO_REPLY, Conversation, answer, end, item, serving
from .interrupts import Interrupt, interrupted

# What is interrupted while it is made, such as a socket, is freed by the collector, which says so.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def talk(_: int, peer: Conversation) -> None:
    """Answers calls with their argument; streams with two items and the end."""
    while True:
        request = peer.receive_request()
        if request.flags & NO_REPLY:
            peer.send(item(request.channel, request.payload), item(request.channel, request.payload))
            peer.send(end(request.channel))
        else:
            peer.send(answer(request.channel, request.payload))


KINDS: dict[str, dict[str, object]] = {
    "plain": {},
    "reconnecting": {"reconnect": Reconnect(initial_delay=0.0, max_delay=0.0)},
    "pooled": {"pool": 2},
}

Use = Callable[[rapace.sync.Connection], object]


def a_call(connection: rapace.sync.Connection) -> None:
    connection.call(ECHO, payload("interrupted"), 5)


def a_stream(connection: rapace.sync.Connection) -> None:
    assert len(list(connection.stream(ECHO, payload("interrupted"), 5))) == 2


def a_stream_that_is_left(connection: rapace.sync.Connection) -> None:
    with connection.stream(ECHO, payload("interrupted"), 5) as items:
        next(items)


def a_call_that_times_out(connection: rapace.sync.Connection) -> None:
    with contextlib.suppress(rapace.DeadlineExceededError):
        connection.call(ECHO, payload("interrupted"), 0)


def watching(connection: rapace.sync.Connection) -> None:
    connection.watch(0.002)


USES: dict[str, Use] = {
    use.__name__: use for use in (a_call, a_stream, a_stream_that_is_left, a_call_that_times_out, watching)
}


def check_usable(connection: rapace.sync.Connection) -> bool:
    """True when the connection goes on. One that was lost says so at once; anything else is a failure."""
    lost = ""
    try:
        assert connection.call(AGAIN, payload("next"), 2) == "next"
    except rapace.ConnectionLostError as error:
        lost = str(error)
    if lost:
        assert "interrupted" in lost
        assert connection.closed
        return False
    answers: list[str] = []
    others = [
        threading.Thread(target=lambda: answers.append(connection.call(AGAIN, payload("other"), 2))) for _ in range(2)
    ]
    for other in others:
        other.start()
    for other in others:
        other.join(5)
    assert answers == ["other", "other"]
    assert connection.in_flight == 0
    return True


def moments(kind: str, address: str, use: Use) -> Iterator[bool]:
    """For each moment: whether the connection is still usable after an interrupt there."""
    moment, fired = 0, True
    connection = rapace.sync.connect(address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
    try:
        while fired:
            fired = interrupted(partial(use, connection), moment)
            usable = check_usable(connection)
            yield usable
            if not usable:
                connection.close()
                connection = rapace.sync.connect(address, timeout=5.0, **KINDS[kind])  # type: ignore[arg-type]
            moment += 1
    finally:
        connection.close()


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_at_any_moment_leaves_the_connection_usable(kind: str, use: str) -> None:
    check_moments(kind, use)


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_in_a_scope_leaves_the_connection_usable(kind: str) -> None:
    with rapace.sync.CancelScope():
        check_moments(kind, "a_call")


def check_moments(kind: str, use: str) -> None:
    with serving(talk) as server:
        results = list(moments(kind, server.address, USES[use]))
    assert len(results) > 20
    # Amid sending and delivering, where bytes would be lost, the connection is; everywhere else it goes on.
    assert results.count(True) > len(results) / 4
    if kind == "reconnecting":
        assert all(results)


def test_an_interrupt_where_reading_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupt

    with serving(talk) as server, rapace.sync.connect(server.address) as connection:
        with monkeypatch.context() as patched:
            patched.setattr(wait, "_read_for_all", interrupt)
            with pytest.raises(Interrupt):
                connection.call(ECHO, payload("interrupted"), 5)
        assert check_usable(connection)
