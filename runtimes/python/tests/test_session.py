"""The session without I/O: what each frame means, which channels are used, what is forgotten and what is not."""

import struct

import pytest

from rapace import Code, DeadlineExceededError, Limits, StatusError, UnavailableError
from rapace.session import Broken, CancelReason, End, Failed, Item, Session

from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, answer, end, failure, frame, item


def flags_of(raw: bytes) -> int:
    (flags,) = struct.unpack_from("<I", raw, 36)
    return int(flags)


def go_on_at(session: Session, channel: int) -> None:
    """Has the session's next call begin its search for a channel there."""
    session._channels.next_channel = channel  # pyright: ignore[reportPrivateUsage]


def test_requests_carry_their_flags_and_odd_channels() -> None:
    session = Session()
    first, unary = session.start_unary(7, b"abc")
    second, stream = session.start_stream(8, b"")
    assert (first, second) == (1, 3)
    assert struct.unpack_from("<IQII", unary) == (67, 1, 1, 7)
    assert struct.unpack_from("<IQII", stream) == (64, 2, 3, 8)
    assert (flags_of(unary), flags_of(stream)) == (0x005, 0x105)


def test_answers_are_matched_by_channel_in_any_order() -> None:
    session = Session()
    channels = [session.start_unary(1, b"")[0] for _ in range(3)]
    events = session.receive(b"".join(answer(c, bytes([c])) for c in reversed(channels)))
    assert events == [(c, bytes([c])) for c in reversed(channels)]


def test_a_stream_has_items_and_an_end() -> None:
    session = Session()
    channel, _ = session.start_stream(1, b"")
    assert session.receive(item(channel, b"a") + item(channel, b"")) == [Item(channel, b"a"), Item(channel, b"")]
    assert session.receive(end(channel)) == [End(channel)]
    assert session.receive(item(channel, b"late") + end(channel)) == []
    assert session.dropped_frames == 2


def test_an_item_that_is_also_the_end() -> None:
    session = Session()
    channel, _ = session.start_stream(1, b"")
    assert session.receive(frame(channel, DATA | EOS, b"last")) == [Item(channel, b"last"), End(channel)]


def test_a_stream_that_fails() -> None:
    session = Session()
    channel, _ = session.start_stream(1, b"")
    events = session.receive(item(channel, b"a") + failure(channel, 9, b"no more"))
    assert events[0] == Item(channel, b"a")
    assert isinstance(events[1], Failed)
    assert (events[1].error.code, events[1].error.message, events[1].error.remote) == (Code.ABORTED, "no more", True)
    assert session.receive(end(channel)) == []


@pytest.mark.parametrize(
    ("payload", "code", "message"),
    [
        (struct.pack("<II", 4, 5) + b"where", Code.NOT_FOUND, "where"),
        (struct.pack("<II", 4, 5) + b"where and more", Code.NOT_FOUND, "where"),
        (struct.pack("<II", 4242, 1) + b"x", 4242, "x"),
        (struct.pack("<II", 0, 2) + b"ok", Code.OK, "ok"),
        (struct.pack("<II", 3, 2) + b"\xff!", Code.INVALID_ARGUMENT, "\N{REPLACEMENT CHARACTER}!"),
        (struct.pack("<II", 3, 3) + b"ab", Code.INTERNAL, "malformed error frame"),
        (struct.pack("<II", 3, 0xFFFF_FFFF), Code.INTERNAL, "malformed error frame"),
        (b"\x03\0\0\0\0\0\0", Code.INTERNAL, "malformed error frame"),
        (b"", Code.INTERNAL, "malformed error frame"),
    ],
)
def test_error_frames(payload: bytes, code: int, message: str) -> None:
    session = Session()
    channel, _ = session.start_unary(1, b"")
    (event,) = session.receive(frame(channel, ERROR | EOS, payload))
    assert isinstance(event, Failed)
    assert (event.error.code, event.error.message, event.error.remote) == (code, message, True)
    assert isinstance(event.error.code, Code) == (code in set(Code))


def test_errors_are_of_the_class_of_their_code() -> None:
    session = Session()
    for code, kind in [(2, DeadlineExceededError), (13, UnavailableError), (1, StatusError)]:
        channel, _ = session.start_unary(1, b"")
        (event,) = session.receive(failure(channel, code, b""))
        assert isinstance(event, Failed)
        assert type(event.error) is kind


def test_strays_are_dropped_and_counted() -> None:
    session = Session()
    session.start_unary(1, b"")
    assert session.receive(answer(2, b"") + answer(99, b"")) == []
    assert session.dropped_frames == 2


def test_control_frames_are_no_answers() -> None:
    """They speak of the connection, not of a call: nothing was lost with them, so they are not counted."""
    session = Session()
    unary, _ = session.start_unary(1, b"")
    stream, _ = session.start_stream(1, b"")
    control = frame(0, CONTROL, method=5) + frame(0, DATA | EOS)
    for channel in (unary, stream):
        control += frame(channel, CONTROL, b"ping") + frame(channel, CONTROL | DATA | EOS, b"ping")
    assert session.receive(control) == []
    assert session.dropped_frames == 0
    assert session.receive(answer(unary, b"yes") + end(stream)) == [(unary, b"yes"), End(stream)]


def test_a_frame_that_says_nothing_is_dropped_and_counted() -> None:
    session = Session()
    unary, _ = session.start_unary(1, b"")
    stream, _ = session.start_stream(1, b"")
    for channel in (unary, stream):
        for flags in (0, NO_REPLY, 0x20 | 0x8000_0000):
            assert session.receive(frame(channel, flags, b"?")) == []
    assert session.dropped_frames == 6
    assert session.receive(answer(unary, b"yes") + item(stream, b"1")) == [(unary, b"yes"), Item(stream, b"1")]


@pytest.mark.parametrize("flags", [DATA, EOS, DATA | EOS, DATA | EOS | 0x8000_0000])
def test_the_first_answer_to_a_unary_call_is_the_answer(flags: int) -> None:
    """Whether or not it says that it is the last; a bare end is an empty payload."""
    session = Session()
    channel, _ = session.start_unary(1, b"")
    assert session.receive(frame(channel, flags, b"")) == [(channel, b"")]
    assert session.receive(end(channel)) == []
    assert session.dropped_frames == 1


def test_a_cancelled_call_is_told_and_its_late_answer_dropped() -> None:
    session = Session()
    channel, _ = session.start_unary(1, b"")
    told = session.cancel(channel, CancelReason.DEADLINE_EXCEEDED)
    assert struct.unpack_from("<IQII", told) == (67, 2, 0, 3)
    assert flags_of(told) == CONTROL
    assert told[68:] == bytes([2, channel, 1])  # CancelChannel { channel_id, reason: DeadlineExceeded }
    assert session.cancel(channel, CancelReason.CLIENT_CANCEL) == b""
    assert session.receive(answer(channel, b"late")) == []
    assert session.dropped_frames == 1


def test_a_cancel_frame_names_large_channels() -> None:
    session = Session(first_channel=0x8000_0001)
    channel, _ = session.start_unary(1, b"")
    told = session.cancel(channel, CancelReason.CLIENT_CANCEL)
    assert told[68:] == bytes([2, 0x81, 0x80, 0x80, 0x80, 0x08, 0])


def test_channels_wrap_and_pass_over_those_in_use_and_those_abandoned() -> None:
    session = Session(first_channel=1)
    live, _ = session.start_unary(1, b"")
    stream, _ = session.start_stream(1, b"")
    given_up, _ = session.start_unary(1, b"")
    session.cancel(given_up, CancelReason.CLIENT_CANCEL)
    assert (live, stream, given_up) == (1, 3, 5)
    go_on_at(session, 0xFFFF_FFFF)
    assert session.start_unary(1, b"")[0] == 0xFFFF_FFFF
    assert session.start_unary(1, b"")[0] == 7
    # The late answer ends the reservation.
    session.receive(answer(given_up, b""))
    go_on_at(session, given_up)
    assert session.start_unary(1, b"")[0] == given_up


def test_an_abandoned_stream_is_reserved_until_its_end() -> None:
    session = Session()
    channel, _ = session.start_stream(1, b"")
    session.cancel(channel, CancelReason.CLIENT_CANCEL)
    session.receive(item(channel, b"late"))
    go_on_at(session, channel)
    other, _ = session.start_stream(1, b"")
    assert other != channel
    session.receive(end(channel))
    go_on_at(session, channel)
    assert session.start_stream(1, b"")[0] == channel


def test_the_memory_of_abandoned_calls_is_bounded() -> None:
    session = Session(Limits(max_abandoned_calls=2))
    channels = [session.start_unary(1, b"")[0] for _ in range(3)]
    for channel in channels:
        session.cancel(channel, CancelReason.CLIENT_CANCEL)
    go_on_at(session, 1)
    assert session.start_unary(1, b"")[0] == channels[0]  # the oldest is forgotten
    assert session.start_unary(1, b"")[0] == 7


def test_a_stream_that_nobody_reads_fails_alone_at_its_limit() -> None:
    session = Session(Limits(max_stream_bytes=300))
    slow, _ = session.start_stream(1, b"")
    other, _ = session.start_stream(1, b"")
    assert len(session.receive(item(slow, bytes(86)) * 2)) == 2  # 2 * (64 + 86) = 300
    events = session.receive(item(slow, b"") + item(other, b"fine") + item(slow, b"more"))
    assert isinstance(events[0], Failed)
    assert events[0].channel_id == slow
    assert (events[0].error.code, events[0].error.remote) == (Code.RESOURCE_EXHAUSTED, False)
    assert events[1:] == [Item(other, b"fine")]
    told = session.outgoing()
    assert told[68:] == bytes([2, slow, 2])  # CancelChannel { channel_id, reason: ResourceExhausted }
    assert session.outgoing() == b""


def test_items_that_were_taken_do_not_count() -> None:
    session = Session(Limits(max_stream_bytes=300))
    channel, _ = session.start_stream(1, b"")
    for _ in range(100):
        (event,) = session.receive(item(channel, bytes(200)))
        assert isinstance(event, Item)
        session.took(channel, event.payload)


def test_a_single_item_may_be_larger_than_the_limit_of_its_stream() -> None:
    session = Session(Limits(max_stream_bytes=300))
    channel, _ = session.start_stream(1, b"")
    assert session.receive(item(channel, bytes(5000))) == [Item(channel, bytes(5000))]


def test_a_broken_protocol_is_told_after_what_was_good() -> None:
    session = Session()
    channel, _ = session.start_unary(1, b"")
    events = session.receive(answer(channel, b"good") + b"\x01\0\0\0")
    assert events[0] == (channel, b"good")
    assert isinstance(events[1], Broken)
    assert "frame length 1" in str(events[1].error)
    other, _ = session.start_unary(1, b"")
    assert session.receive(answer(other, b"after the break")) == []


def test_a_request_beyond_the_frame_limit_is_refused_before_it_is_sent() -> None:
    session = Session(Limits(max_frame_bytes=100))
    session.start_unary(1, bytes(36))
    for start in [session.start_unary, session.start_stream]:
        with pytest.raises(StatusError) as caught:
            start(1, bytes(37))
        assert caught.value.code == Code.RESOURCE_EXHAUSTED
        assert "101 bytes exceeds the limit of 100 bytes" in caught.value.message


def test_a_nudge_is_a_bare_control_frame() -> None:
    nudge = Session().nudge()
    assert len(nudge) == 68
    assert struct.unpack_from("<II", nudge, 12) == (0, 5)
    assert flags_of(nudge) == CONTROL


def test_more_is_awaited_of_a_peer_that_writes_in_parts_while_calls_are_in_flight() -> None:
    session = Session()
    channel, _ = session.start_stream(1, b"")
    whole = item(channel, b"a")
    awaited: list[bool] = []
    for data in (whole, whole + whole[:20], whole[20:], whole[:68], whole[68:], whole, end(channel)):
        session.receive(data)
        awaited.append(session.awaits_parts)
    assert awaited == [False, False, False, True, True, True, False]
    other, _ = session.start_unary(1, b"")
    assert session.awaits_parts
    session.receive(answer(other, b"a"))
    assert not session.awaits_parts
