"""Deadlines that callers give: a handler runs no longer than its caller waits. Both kinds of handlers."""

import struct
from collections.abc import Iterator

import pytest

from rapace import Code
from rapace.control import encode_opening, open_channel

from .handlers import COUNT, ECHO, KINDS, Served
from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, Received, frame, text


@pytest.fixture(params=KINDS)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    made = KINDS[str(request.param)]()
    made.start()
    yield made
    made.finish()


def within(channel: int, nanoseconds: str, argument: str, flags: int = DATA | EOS, method: int = ECHO) -> bytes:
    opening = encode_opening("Test", "echo", [("timeout-ns", nanoseconds.encode())])
    said = frame(0, CONTROL, open_channel(channel, opening), method=1)
    return said + frame(channel, flags, text(argument), method=method)


def check_error(received: Received, channel: int, code: Code, message: str) -> None:
    assert (received.channel, received.flags) == (channel, ERROR | EOS)
    assert (struct.unpack_from("<I", received.payload)[0], received.payload[8:].decode()) == (code, message)


def test_a_handler_is_cancelled_when_its_caller_waits_no_longer(served: Served) -> None:
    peer = served.peer()
    peer.send(within(1, "60000000000", "gate"))
    served.script.wait_for("started")
    peer.send(within(3, "500000000", "wait"))
    served.script.wait_for("started")
    check_error(peer.receive(), 3, Code.DEADLINE_EXCEEDED, "the caller's deadline of 0.5 s has passed")
    served.script.wait_for("cancelled")
    served.script.gate.set()
    assert peer.receive().payload == text("gate")


def test_a_stream_ends_when_its_caller_waits_no_longer(served: Served) -> None:
    peer = served.peer()
    peer.send(within(1, "500000000", "1 wait", DATA | EOS | NO_REPLY, COUNT))
    assert peer.receive().payload == text("0")
    check_error(peer.receive(), 1, Code.DEADLINE_EXCEEDED, "the caller's deadline of 0.5 s has passed")
    served.script.wait_for("started", "closed")


def test_a_call_whose_deadline_has_passed_is_not_made(served: Served) -> None:
    peer = served.peer()
    peer.send(within(1, "0", "note"))
    check_error(peer.receive(), 1, Code.DEADLINE_EXCEEDED, "the caller's deadline of 0 s has passed")
    assert served.script.saw_nothing()


@pytest.mark.parametrize("wrong", ["", "1.5", "-1", "x", "18446744073709551616", "1" * 21, "\u0661"])
def test_a_deadline_that_is_no_number_is_refused(served: Served, wrong: str) -> None:
    peer = served.peer()
    peer.send(within(1, wrong, "note"))
    problem = 'metadata "timeout-ns" of Test.echo: the value is not a number of nanoseconds below 2^64'
    check_error(peer.receive(), 1, Code.INVALID_ARGUMENT, problem)
    assert served.script.saw_nothing()


@pytest.mark.parametrize(
    ("nanoseconds", "left"),
    [("9500000000", "9"), ("18446744073709551615", str(30 * 86400 - 1)), (None, "inf")],
)
def test_a_handler_knows_how_long_its_caller_waits(served: Served, nanoseconds: str | None, left: str) -> None:
    peer = served.peer()
    plain = frame(1, DATA | EOS, text("left"), method=ECHO)
    peer.send(plain if nanoseconds is None else within(1, nanoseconds, "left"))
    assert peer.receive().payload == text(left)


def test_calls_that_are_over_leave_no_deadline(served: Served) -> None:
    peer = served.peer()
    for number in range(50):
        peer.send(within(1 + 2 * number, "400000000", "hi"))
        assert peer.receive().payload == text("hi")
    peer.send(within(101, "500000000", "wait"))
    served.script.wait_for("started")
    check_error(peer.receive(), 101, Code.DEADLINE_EXCEEDED, "the caller's deadline of 0.5 s has passed")
