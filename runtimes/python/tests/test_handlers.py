"""Handlers, seen by a raw peer: what arrives for each request, good or bad. With asyncio and with threads."""

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from rapace import Code, Limits
from rapace.limits import LOGGED_REFUSALS

from .handlers import COUNT, ECHO, KINDS, Served
from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, Conversation, Received, frame, text

Start = Callable[..., Served]


@pytest.fixture(params=KINDS)
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts a host of each kind of handlers in turn."""
    made: list[Served] = []

    def start(**options: Any) -> Served:
        served = KINDS[str(request.param)]()
        served.start(**options)
        made.append(served)
        return served

    yield start
    for served in made:
        served.finish()


def unary(channel: int, argument: str, method: int = ECHO) -> bytes:
    return frame(channel, DATA | EOS, text(argument), method=method)


def stream(channel: int, argument: str, method: int = COUNT) -> bytes:
    return frame(channel, DATA | EOS | NO_REPLY, text(argument), method=method)


def cancel(channel: int) -> bytes:
    return frame(0, CONTROL, bytes((2, channel, 0)), method=3)


def check_answer(received: Received, channel: int, value: str) -> None:
    assert (received.channel, received.flags, received.payload) == (channel, DATA | EOS, text(value))


def check_item(received: Received, channel: int, value: str) -> None:
    assert (received.channel, received.flags, received.payload) == (channel, DATA, text(value))


def check_error(received: Received, channel: int, code: Code, message: str) -> None:
    assert (received.msg_id, received.method, received.channel, received.flags) == (0, 0, channel, ERROR | EOS)
    found, length = struct.unpack_from("<II", received.payload)
    assert (found, received.payload[8:].decode()) == (code, message)
    assert length == len(received.payload) - 8


def descriptor(channel: int, slot: int, length: int, flags: int, inline: bytes = b"") -> bytes:
    """The descriptor of an answer, as rapace 0.5.0 writes it."""
    head = struct.pack("<QIIIIIIII", 0, channel, 0, slot, 0, 0, length, flags, 0)
    return head + b"\xff" * 8 + inline.ljust(16, b"\0")


def test_answers_are_the_bytes_of_rapace(start: Start) -> None:
    peer = start().peer()
    peer.send(unary(1, "hi"))
    answer = peer.receive()
    check_answer(answer, 1, "hi")
    assert answer.raw == descriptor(1, 0xFFFF_FFFF, 3, DATA | EOS, b"\2hi") + b"\2hi"
    peer.send(unary(3, "a text of more bytes than are repeated"))
    answer = peer.receive()
    check_answer(answer, 3, "a text of more bytes than are repeated")
    assert answer.raw[:64] == descriptor(3, 0, 39, DATA | EOS)
    peer.send(stream(5, "2"))
    items = [peer.receive() for _ in range(3)]
    assert [(each.msg_id, each.method, each.channel) for each in items] == [(0, 0, 5)] * 3
    assert [(each.flags, each.payload) for each in items] == [(DATA, b"\1" + b"0"), (DATA, b"\1" + b"1"), (EOS, b"")]
    peer.send(unary(7, "code:8"))
    error = peer.receive()
    assert error.raw[:64] == descriptor(7, 0, 14, ERROR | EOS)


def test_calls_run_at_once_and_answers_find_their_channels(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "gate"), unary(3, "quick"), stream(5, "1"))
    served.script.wait_for("started")
    first = [peer.receive() for _ in range(3)]
    assert sorted((each.channel, each.flags) for each in first) == [(3, DATA | EOS), (5, DATA), (5, EOS)]
    assert served.serving == 1
    served.script.gate.set()
    check_answer(peer.receive(), 1, "gate")


ERRORS = {
    "status": (unary(1, "status"), Code.NOT_FOUND, "there is none"),
    "other failure": (unary(1, "boom"), Code.INTERNAL, "Test.echo failed"),
    "StopIteration": (unary(1, "stop"), Code.INTERNAL, "Test.echo failed"),
    "status OK": (unary(1, "code:0"), Code.INTERNAL, "Test.echo failed"),
    "answer": (unary(1, "bad"), Code.INTERNAL, "the answer of Test.echo cannot be sent"),
    "unknown": (
        unary(1, "hi", method=0xBEEF),
        Code.UNIMPLEMENTED,
        "no method has the id 0x0000beef; services here: Test",
    ),
    "no arguments": (
        frame(1, DATA | EOS, b"", method=ECHO),
        Code.INVALID_ARGUMENT,
        "cannot read the arguments of Test.echo: unexpected end (at byte 0)",
    ),
    "trailing bytes": (
        frame(1, DATA | EOS, text("hi") + b"more", method=ECHO),
        Code.INVALID_ARGUMENT,
        "cannot read the arguments of Test.echo: 4 bytes are left after the value (at byte 3)",
    ),
    "stream arguments": (
        frame(1, DATA | EOS | NO_REPLY, text("hi") + b"more", method=COUNT),
        Code.INVALID_ARGUMENT,
        "cannot read the arguments of Test.count: 4 bytes are left after the value (at byte 3)",
    ),
    "stream as unary": (unary(1, "3", method=COUNT), Code.INVALID_ARGUMENT, "streaming request missing NO_REPLY flag"),
    "unary as stream": (
        stream(1, "hi", method=ECHO),
        Code.INVALID_ARGUMENT,
        "Test.echo answers once; it was called as a stream",
    ),
    "own parity": (
        unary(2, "hi"),
        Code.FAILED_PRECONDITION,
        "channel 2 belongs to this side: the peer must open odd channels",
    ),
    "on channel 0": (unary(0, "status"), Code.NOT_FOUND, "there is none"),
    "stream on channel 0": (
        unary(0, "3", method=COUNT),
        Code.INVALID_ARGUMENT,
        "streaming request missing NO_REPLY flag",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_request_that_fails_gets_one_error_and_others_go_on(start: Start, case: str) -> None:
    request, code, message = ERRORS[case]
    served = start()
    peer = served.peer()
    peer.send(request)
    check_error(peer.receive(), int.from_bytes(request[12:16], "little"), code, message)
    peer.send(unary(9, "next"))
    check_answer(peer.receive(), 9, "next")
    assert served.script.saw_nothing()


def test_a_failure_is_logged_once_with_its_trace_and_its_text_stays_here(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    peer = start().peer()
    peer.send(unary(1, "boom"), stream(3, "1 boom"))
    received = [peer.receive() for _ in range(3)]
    check_error(next(each for each in received if each.channel == 1), 1, Code.INTERNAL, "Test.echo failed")
    check_error([each for each in received if each.channel == 3][-1], 3, Code.INTERNAL, "Test.count failed")
    for method in ("Test.echo", "Test.count"):
        (record,) = (record for record in caplog.records if record.getMessage() == f"{method} failed")
        assert (record.name, record.levelname) == ("rapace.handlers", "ERROR")
        assert record.exc_info is not None
        assert str(record.exc_info[1]) == "a secret"


def test_error_texts_travel_when_the_host_says_so(start: Start) -> None:
    peer = start(error_texts=True).peer()
    peer.send(unary(1, "boom"))
    check_error(peer.receive(), 1, Code.INTERNAL, "Test.echo failed: a secret")


def test_bytes_after_the_arguments_are_allowed_where_the_host_says_so(start: Start) -> None:
    peer = start(allow_trailing_bytes=True).peer()
    peer.send(frame(1, DATA | EOS, text("hi") + b"more", method=ECHO))
    check_answer(peer.receive(), 1, "hi")


def test_an_answer_above_the_limit(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    peer = start(limits=Limits(max_frame_bytes=1000)).peer()
    peer.send(unary(1, "long:934"))
    assert len(peer.receive().raw) == 1000
    peer.send(unary(3, "long:935"), stream(5, "1 long:935"))
    problem = "frame length 1001 of the answer exceeds the limit of 1000 bytes"
    received = [peer.receive() for _ in range(3)]
    check_error(next(each for each in received if each.channel == 3), 3, Code.RESOURCE_EXHAUSTED, problem)
    assert [each.flags for each in received if each.channel == 5] == [DATA, EOS]
    assert [record.getMessage() for record in caplog.records] == [f"the answer of Test.echo cannot be sent: {problem}"]


def test_an_answer_of_the_default_limit_and_one_byte(start: Start) -> None:
    peer = start().peer()
    most = 16 * 1024 * 1024 - 64 - 4  # a string of this length has four bytes of length
    peer.send(unary(3, f"long:{most + 1}"))
    problem = "frame length 16777217 of the answer exceeds the limit of 16777216 bytes"
    check_error(peer.receive(), 3, Code.RESOURCE_EXHAUSTED, problem)


@pytest.mark.parametrize(
    ("then", "code", "message"),
    [
        ("status", Code.NOT_FOUND, "there is none"),
        ("boom", Code.INTERNAL, "Test.count failed"),
        ("bad", Code.INTERNAL, "the answer of Test.count cannot be sent"),
    ],
)
def test_a_stream_that_fails_ends_with_the_error_after_its_items(
    start: Start, then: str, code: Code, message: str
) -> None:
    served = start()
    peer = served.peer()
    peer.send(stream(1, f"2 {then}"))
    check_item(peer.receive(), 1, "0")
    check_item(peer.receive(), 1, "1")
    check_error(peer.receive(), 1, code, message)
    served.script.wait_for("closed")


def test_a_notification_runs_and_has_no_answer(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    served = start()
    peer = served.peer()
    peer.send(stream(0, "note", method=ECHO))
    served.script.wait_for("noted")
    peer.send(
        stream(0, "boom", method=ECHO),
        stream(0, "3", method=COUNT),
        stream(0, "hi", method=0xBEEF),
        frame(0, DATA | EOS | NO_REPLY, b"", method=ECHO),
        stream(0, "bad", method=ECHO),  # Nobody reads it, so that it is not written.
        unary(1, "next"),
    )
    check_answer(peer.receive(), 1, "next")
    served.close(5.0)
    assert served.script.saw_nothing()
    logged = sorted(record.getMessage() for record in caplog.records if record.name == "rapace.handlers")
    assert logged == [
        "Test.echo failed",
        "the notification 0x0000beef failed: no method has the id 0x0000beef; services here: Test",
        "the notification Test.count failed: Test.count answers with a stream; it was called as a notification",
        "the notification Test.echo failed: Test.echo failed",
        "the notification Test.echo failed: cannot read the arguments of Test.echo: unexpected end (at byte 0)",
    ]


def test_notifications_that_fail_do_not_fill_a_log(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    peer = start().peer()
    peer.send(*[stream(0, "hi", method=0xBEEF)] * 3 * LOGGED_REFUSALS, unary(1, "next"))
    check_answer(peer.receive(), 1, "next")
    logged = [record.getMessage() for record in caplog.records if record.name == "rapace.handlers"]
    assert len(logged) == LOGGED_REFUSALS + 1
    assert logged[-1] == "refused more calls of the peer, which are not logged"


def test_several_requests_on_channel_0_run_at_once(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(0, "gate"), unary(0, "hi"))
    check_answer(peer.receive(), 0, "hi")
    served.script.gate.set()
    check_answer(peer.receive(), 0, "gate")


def test_a_second_request_on_a_channel_cancels_the_first(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "wait"), unary(3, "gate"))
    served.script.wait_for("started", "started")
    peer.send(unary(1, "hi"))
    check_error(peer.receive(), 1, Code.FAILED_PRECONDITION, "channel 1 carries a call already")
    served.script.wait_for("cancelled")
    peer.send(unary(1, "again"))
    check_answer(peer.receive(), 1, "again")
    served.script.gate.set()
    check_answer(peer.receive(), 3, "gate")


def test_what_names_no_method_is_no_request(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(
        frame(1, DATA | EOS, text("hi")),
        frame(3, EOS | NO_REPLY, b"", method=ECHO),
        frame(5, CONTROL | DATA, text("hi"), method=ECHO),
        frame(7, ERROR | EOS, bytes(8), method=ECHO),
        unary(9, "next"),
    )
    check_answer(peer.receive(), 9, "next")
    assert served.script.saw_nothing()


def test_a_request_runs_before_its_end_and_the_rest_is_dropped(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(frame(1, DATA, text("gate"), method=ECHO))
    served.script.wait_for("started")
    peer.send(frame(1, DATA, text("no call"), method=ECHO), frame(1, DATA, b"dropped"))
    served.script.gate.set()
    check_answer(peer.receive(), 1, "gate")
    peer.send(unary(1, "the end of the first"), unary(1, "another"))
    check_answer(peer.receive(), 1, "another")


@pytest.mark.parametrize("request_frame", [unary(1, "wait"), stream(1, "0 wait"), stream(1, "0 stubborn")])
def test_a_cancelled_call_is_answered_at_once_and_its_handler_is_cancelled(start: Start, request_frame: bytes) -> None:
    served = start()
    peer = served.peer()
    peer.send(request_frame)
    served.script.wait_for("started")
    peer.send(cancel(1))
    check_error(peer.receive(), 1, Code.CANCELLED, "cancelled")
    served.script.wait_for("cancelled" if request_frame == unary(1, "wait") else "closed")
    peer.send(unary(1, "the channel is free"))
    check_answer(peer.receive(), 1, "the channel is free")


def test_the_answer_of_a_handler_that_ignores_its_cancellation_is_dropped(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "stubborn"))
    served.script.wait_for("started")
    peer.send(cancel(1), unary(1, "quick"))
    check_error(peer.receive(), 1, Code.CANCELLED, "cancelled")
    check_answer(peer.receive(), 1, "quick")
    served.script.wait_for("ignored")
    served.script.gate.set()
    served.script.wait_for("ended")
    peer.send(unary(3, "next"))
    check_answer(peer.receive(), 3, "next")


def test_cancelling_what_does_not_run_does_nothing(start: Start) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "hi"))
    check_answer(peer.receive(), 1, "hi")
    peer.send(unary(3, "gate"))
    served.script.wait_for("started")
    payloads = [(2, 1, 0), (2, 5, 0), (2, 0, 0), (), (2,), (2, 3), (2, 0x80), (1, 3, 0), (2, 3, 0x80), (2, 3, 0, 0)]
    peer.send(*(frame(0, CONTROL, bytes(payload), method=3) for payload in payloads))
    peer.send(frame(0, CONTROL, bytes((2, 3, 0)), method=2), frame(3, CONTROL, bytes((2, 3, 0)), method=3))
    peer.send(unary(5, "next"))
    check_answer(peer.receive(), 5, "next")
    served.script.gate.set()
    check_answer(peer.receive(), 3, "gate")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_lost_connection_cancels_its_calls(start: Start, how: str) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "wait"), stream(3, "1 wait"))
    served.script.wait_for("started", "started")
    peer.receive()
    peer.sock.close() if how == "close" else peer.reset()
    assert {served.script.events.get(timeout=10), served.script.events.get(timeout=10)} == {"cancelled", "closed"}


def test_one_call_too_many_is_refused_before_it_is_read(start: Start) -> None:
    served = start(limits=Limits(max_served_calls=2))
    peer = served.peer()
    peer.send(unary(1, "gate"), unary(3, "wait"))
    served.script.wait_for("started", "started")
    peer.send(frame(5, DATA | EOS, b"", method=ECHO))
    check_error(peer.receive(), 5, Code.RESOURCE_EXHAUSTED, "2 calls run on this connection already")
    peer.send(cancel(3), unary(5, "there is room"))
    check_error(peer.receive(), 3, Code.CANCELLED, "cancelled")
    check_answer(peer.receive(), 5, "there is room")
    other = served.peer()
    other.send(unary(1, "another connection"))
    check_answer(other.receive(), 1, "another connection")


def test_handlers_that_ignore_their_cancellation_are_bounded(start: Start) -> None:
    served = start(limits=Limits(max_served_calls=2))
    peer = served.peer()
    for _ in range(2):
        peer.send(unary(1, "stubborn"))
        served.script.wait_for("started")
        peer.send(cancel(1))
        check_error(peer.receive(), 1, Code.CANCELLED, "cancelled")
        served.script.wait_for("ignored")
    peer.send(unary(1, "hi"))
    check_error(peer.receive(), 1, Code.RESOURCE_EXHAUSTED, "2 calls run on this connection already")


def test_the_bytes_of_requests_are_bounded(start: Start) -> None:
    served = start(limits=Limits(max_served_bytes=10))
    peer = served.peer()
    peer.send(unary(1, "a request alone always runs"))
    check_answer(peer.receive(), 1, "a request alone always runs")
    peer.send(unary(1, "gate"))
    served.script.wait_for("started")
    peer.send(unary(3, "12345"))
    problem = "requests of 5 bytes run on this connection already, the limit is 10"
    check_error(peer.receive(), 3, Code.RESOURCE_EXHAUSTED, problem)
    peer.send(unary(5, "1234"))
    check_answer(peer.receive(), 5, "1234")


def test_a_stream_waits_at_its_yield_for_a_peer_that_does_not_read(start: Start) -> None:
    served = start(limits=Limits(max_unsent_bytes=10_000))
    peer = served.near()
    total = 100
    peer.send(stream(1, f"{total} steps"))
    seen = 0
    with suppress(Exception):  # queue.Empty: no step for a while.
        while True:
            served.script.events.get(timeout=0.3)
            seen += 1
    assert 0 < seen < total
    for number in range(total):
        assert peer.receive().payload.strip().endswith(b" %d" % number)
    assert peer.receive().flags == EOS


def test_a_peer_that_floods_and_does_not_read_is_closed(start: Start) -> None:
    served = start(limits=Limits(max_unsent_bytes=10_000))
    peer = served.near()
    with pytest.raises(OSError, match=r"."):
        flood(peer)


def flood(peer: Conversation) -> None:
    for _ in range(1000):
        peer.send(*[unary(1, "hi", method=0xBEEF)] * 1000)


def test_what_raises_in_a_clean_up_is_logged_and_harms_nobody(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    served = start()
    peer = served.peer()
    peer.send(stream(1, "100000000 clean-up"))
    check_item(peer.receive(), 1, "0")
    peer.send(cancel(1))
    while not (received := peer.receive()).flags & EOS:
        pass
    check_error(received, 1, Code.CANCELLED, "cancelled")
    served.script.wait_for("closed")
    peer.send(unary(1, "next"))
    check_answer(peer.receive(), 1, "next")
    served.close(5.0)
    messages = [record.getMessage() for record in caplog.records if record.name == "rapace.handlers"]
    assert messages == ["Test.count failed after its call had ended"]


def test_a_handler_calls_its_peer_back(start: Start) -> None:
    peer = start().peer()
    peer.send(unary(1, "back"))
    request = peer.receive()
    assert (request.channel, request.method, request.payload) == (2, ECHO, text("called back"))
    peer.send(unary(3, "both ways at once"))
    check_answer(peer.receive(), 3, "both ways at once")
    peer.send(frame(2, DATA | EOS, text("and the answer")))
    check_answer(peer.receive(), 1, "and the answer")


def test_a_status_of_another_call_travels_on(start: Start) -> None:
    peer = start().peer()
    peer.send(unary(1, "back"))
    request = peer.receive()
    peer.send(frame(request.channel, ERROR | EOS, struct.pack("<II", 6, 2) + b"no"))
    check_error(peer.receive(), 1, Code.PERMISSION_DENIED, "no")


def test_what_fails_here_in_a_call_of_the_handler_is_not_its_callers(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    peer = start().peer()
    for channel, argument in ((1, "unreachable:tcp://127.0.0.1:1"), (3, "late")):
        peer.send(unary(channel, argument))
        answer = peer.receive()
        while answer.channel != channel:  # the call back, and its cancellation
            answer = peer.receive()
        check_error(answer, channel, Code.INTERNAL, "Test.echo failed")
    causes = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert causes == [
        "UNAVAILABLE: cannot connect to tcp://127.0.0.1:1: [Errno 111] Connection refused",
        "DEADLINE_EXCEEDED: no answer within 0.01 s",
    ]


def test_a_handler_opens_a_tunnel(start: Start) -> None:
    peer = start().peer()
    peer.send(unary(1, "tunnel"))
    received = [peer.receive() for _ in range(3)]
    (answer,) = (each for each in received if each.channel == 1)
    check_answer(answer, 1, "2")
    assert [(each.channel, each.flags, each.payload) for each in received if each is not answer] == [
        (2, DATA, b"hello"),
        (2, DATA | EOS, b""),
    ]


def test_a_handler_asks_about_its_call(start: Start) -> None:
    peer = start().peer()
    host, port = peer.sock.getsockname()
    peer.send(unary(1, "where"))
    check_answer(peer.receive(), 1, f"Test.echo 1 False tcp://{host}:{port}")


def test_a_request_above_the_cap_ends_the_connection_alone(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    served = start(limits=Limits(max_frame_bytes=1000))
    peer, other = served.peer(), served.peer()
    name = f"tcp://127.0.0.1:{peer.sock.getsockname()[1]}"
    peer.send(frame(1, DATA | EOS, bytes(1000), method=ECHO))
    peer.wait_for_close()
    other.send(unary(1, "goes on"))
    check_answer(other.receive(), 1, "goes on")
    (record,) = (record for record in caplog.records if record.levelname == "WARNING")
    problem = "the peer broke the protocol: frame length 1064 exceeds the limit of 1000 bytes"
    assert record.getMessage() == f"{name}: {problem}"


def test_shutdown_lets_calls_end_and_refuses_new_ones(start: Start) -> None:
    served = start()
    peer, idle = served.peer(), served.peer()
    idle.send(unary(1, "hi"))
    check_answer(idle.receive(), 1, "hi")
    peer.send(unary(1, "gate"))
    served.script.wait_for("started")
    closing = in_thread(lambda: served.close(30.0))
    error = refused(peer)
    check_error(error, error.channel, Code.UNAVAILABLE, "the host is shutting down")
    served.script.gate.set()
    while (received := peer.receive()).channel != 1:
        pass
    check_answer(received, 1, "gate")
    closing.join(10)
    assert not closing.is_alive()
    for each in (peer, idle):
        each.wait_for_close()


def refused(peer: Conversation) -> Received:
    """Calls until a call is refused, because the shutdown begins at some moment."""
    for channel in range(3, 100_000, 2):
        peer.send(unary(channel, "hi"))
        received = peer.receive()
        if received.flags & ERROR:
            return received
    raise AssertionError


def in_thread(function: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def test_after_the_grace_period_calls_are_cancelled(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    served = start()
    peer = served.peer()
    peer.send(unary(1, "wait"), stream(3, "1 wait"), unary(5, "stubborn"))
    served.script.wait_for("started", "started", "started")
    check_item(peer.receive(), 3, "0")
    served.close(0.0)
    ended = {received.channel: received for received in (peer.receive(), peer.receive(), peer.receive())}
    for channel in (1, 3, 5):
        check_error(ended[channel], channel, Code.CANCELLED, "cancelled")
    peer.wait_for_close()
    served.script.gate.set()
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ["Test.echo goes on although its call was cancelled: it is left behind"]
