"""Control payloads and metadata without I/O: bytes that every runtime writes and reads, and what is refused."""

import struct
from typing import Any

import pytest

from rapace import Code, Limits, Metadata, StatusError
from rapace.control import (
    Opening,
    cancel_channel,
    close_connection,
    encode_opening,
    open_channel,
    ping,
    pong,
    read_cancel_channel,
    read_close_channel,
    read_open_channel,
    read_ping,
    read_pong,
)
from rapace.metadata import checked_metadata, merged, received_metadata
from rapace.session import CancelReason, Draining, Event, Greeted, Request, Session

from .peer import CONTROL, DATA, EOS, NO_REPLY, Received, frame, received

LIMIT = Limits().max_metadata_bytes
METHOD = 0xBEEF

OPENED = bytes.fromhex("0001 0743617461 6c6f67 0466696e64 02 0161 0131 0a74696d656f75742d6e73 0a31353030303030303030")
PAYLOAD = bytes(range(1, 9))


def test_every_runtime_writes_and_reads_these_bytes() -> None:
    entries = [("a", b"1"), ("timeout-ns", b"1500000000")]
    assert open_channel(1, encode_opening("Catalog", "find", entries)) == OPENED
    assert read_open_channel(OPENED, LIMIT) == Opening(1, entries, 22)
    assert (ping(PAYLOAD), pong(PAYLOAD)) == (b"\x04" + PAYLOAD, b"\x05" + PAYLOAD)
    assert (read_ping(b"\x04" + PAYLOAD), read_pong(b"\x05" + PAYLOAD)) == (PAYLOAD, PAYLOAD)
    assert close_connection() == bytes([1, 0, 0])
    assert read_close_channel(bytes([1, 0, 0])) == 0
    assert cancel_channel(0x8000_0001, CancelReason.CLIENT_CANCEL) == bytes([2, 0x81, 0x80, 0x80, 0x80, 0x08, 0])
    assert read_cancel_channel(bytes([2, 0x81, 0x80, 0x80, 0x80, 0x08, 0])) == 0x8000_0001


@pytest.mark.parametrize("length", range(len(OPENED)))
def test_a_payload_that_is_cut_does_not_decode(length: int) -> None:
    assert read_open_channel(OPENED[:length], LIMIT) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"\x01" + OPENED[1:],  # another variant
        bytes([0, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0, 0, 0]),  # a channel above u32
        bytes([0, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 0, 0]),  # a number of six bytes
        bytes([0, 1, 0, 0, 1, 1, 0xFF, 0]),  # a key that is not UTF-8
        bytes([0, 1, 1, 0xFF, 0, 0]),  # a name that is not UTF-8
        bytes([0, 1, 0, 0, 0xFF, 0xFF, 3, 0, 0]),  # more entries than bytes
        OPENED + b"\0",
    ],
)
def test_what_is_no_open_channel(payload: bytes) -> None:
    assert read_open_channel(payload, LIMIT) is None


@pytest.mark.parametrize(
    ("payload", "channel"),
    [
        (bytes([1, 0, 0]), 0),
        (bytes([1, 5, 1, 2, 0x6E, 0x6F]), 5),
        (bytes([1, 0]), None),
        (bytes([1, 0, 2]), None),
        (bytes([1, 0, 0, 0]), None),
        (bytes([1, 0, 1, 2, 0x6E]), None),
        (bytes([1, 0, 1, 1, 0xFF]), None),
        (bytes([2, 0, 0]), None),
        (b"", None),
    ],
)
def test_what_closes_a_channel(payload: bytes, channel: int | None) -> None:
    assert read_close_channel(payload) == channel


@pytest.mark.parametrize("payload", [b"", b"\x04", b"\x04" + PAYLOAD[:7], b"\x04" + PAYLOAD + b"\0", b"\x05" + PAYLOAD])
def test_what_is_no_ping(payload: bytes) -> None:
    assert read_ping(payload) is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"Key": "v"}, 'metadata "Key": a key is 1 to 64 characters of a-z, 0-9, ".", "_" and "-"'),
        ({"": "v"}, 'metadata "": a key is'),
        ({"k" * 65: "v"}, "a key is"),
        ({"ä": "v"}, "a key is"),
        ({"a\n": "v"}, "a key is"),
        ({1: "v"}, 'metadata "1": a key is'),
        ({"timeout-ns": "1"}, 'metadata "timeout-ns": the key is reserved for the runtime'),
        ({"rapace-x": "1"}, "reserved"),
        ({"a": b"v"}, 'metadata "a": the value must be a str; the key of bytes ends in "-bin"'),
        ({"a": 5}, "the value must be a str"),
        ({"a-bin": "v"}, 'the value must be bytes, because the key ends in "-bin"'),
        ({"a": "\ud800"}, "UTF-8"),
    ],
)
def test_metadata_that_cannot_travel_is_refused_here(given: Any, problem: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        checked_metadata(given, LIMIT)
    assert problem in str(caught.value)


def test_metadata_above_the_limit_is_refused_here() -> None:
    assert len(checked_metadata({"k": "v" * 9}, 10)) == 1
    with pytest.raises(StatusError, match="metadata takes 11 bytes; at most 10 are sent") as caught:
        checked_metadata({"k": "ä" * 5}, 10)
    assert (caught.value.code, caught.value.remote) == (Code.RESOURCE_EXHAUSTED, False)


def test_the_metadata_of_a_call_wins_and_entries_are_sorted() -> None:
    client = checked_metadata({"b": "client", "a": "client"}, LIMIT)
    both = merged(client, {"b": "call", "c-bin": b"\xff"}, LIMIT)
    assert both is not None
    assert both.entries() == [("a", b"client"), ("b", b"call"), ("c-bin", b"\xff")]
    assert merged(client, None, LIMIT) is client
    assert merged(None, {}, LIMIT) is None


def test_values_are_no_part_of_repr() -> None:
    assert repr(Metadata({"tenant": "acme", "authorization": "secret"})) == "Metadata(authorization, tenant)"


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ([("Key", b"")], 3, 'metadata "Key" of Catalog.find: a key is 1 to 64 characters'),
        ([("a", b"1"), ("a", b"2")], 3, 'metadata "a" of Catalog.find: the key is there twice'),
        (
            [("a", b"\xff")],
            3,
            'metadata "a" of Catalog.find: the value is not UTF-8; only keys that end in "-bin" carry bytes',
        ),
        ([("a", bytes(8999))], 7, "metadata of Catalog.find takes 9000 bytes; at most 8192 are accepted"),
        ([("a\x1b", b"")], 3, 'metadata "a\N{REPLACEMENT CHARACTER}" of Catalog.find'),
    ],
)
def test_received_metadata_that_is_refused(entries: list[tuple[str, bytes]], code: int, message: str) -> None:
    size = sum(len(key) + len(value) for key, value in entries)
    status = received_metadata("Catalog.find", Opening(1, entries, size), LIMIT)
    assert status[0] == code
    assert str(status[1]).startswith(message)


def test_more_entries_than_there_may_be_are_not_read() -> None:
    payload = open_channel(1, encode_opening("", "", [("", b"")] * 20))
    opening = read_open_channel(payload, 19)
    assert opening is not None
    assert (opening.entries, opening.size) == ([], 40)


def test_received_metadata_without_what_is_the_runtimes() -> None:
    entries = [("a", b"1"), ("b-bin", b"\xff"), ("rapace-new", b"x"), ("timeout-ns", b"12")]
    metadata, timeout = received_metadata("Catalog.find", Opening(1, entries, 0), LIMIT)
    assert isinstance(metadata, Metadata)
    assert (dict(metadata), timeout) == ({"a": "1", "b-bin": b"\xff"}, "12")


def opened(channel: int, key: str = "k") -> bytes:
    return frame(0, CONTROL, open_channel(channel, encode_opening("S", "m", [(key, b"v")])), method=1)


def request(channel: int, flags: int = DATA | EOS) -> bytes:
    return frame(channel, flags, b"", method=METHOD)


def openings(events: list[Event]) -> list[str | None]:
    """The first key of what was said of each request."""
    found = [event.opening for event in events if isinstance(event, Request)]
    return [None if opening is None else opening.entries[0][0] for opening in found]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (opened(1) + request(1), ["k"]),
        (opened(1, "a") + opened(1, "b") + request(1), ["b"]),
        (opened(1, "a") + opened(3, "b") + request(1) + request(3), [None, None]),
        (opened(3) + request(1) + request(3), [None, None]),
        (opened(3) + request(0, DATA | EOS | NO_REPLY) + request(3), [None, None]),
        (opened(1) + request(1) + request(3), ["k", None]),
        (opened(1) + frame(0, CONTROL, method=5) + frame(0, CONTROL, b"\x02\x09\0", method=3) + request(1), ["k"]),
        (opened(1) + frame(5, DATA, b"a stray", method=0) + request(1), ["k"]),
        (opened(1) + frame(0, CONTROL, b"\0", method=1) + request(1), ["k"]),
        (frame(0, CONTROL | DATA, opened(1)[68:], method=1) + request(1), [None]),
        (frame(1, CONTROL, opened(1)[68:], method=1) + request(1), [None]),
    ],
)
def test_what_is_said_of_a_request_goes_to_the_next_one_on_its_channel(data: bytes, expected: list[str | None]) -> None:
    session = Session(first_channel=2, serves=True)
    assert openings(session.receive(data)) == expected
    assert session.control.opening is None


def test_a_call_that_carries_something_is_two_frames_and_others_are_as_before() -> None:
    session, plain = Session(), Session()
    assert session.start_unary(METHOD, b"x") == plain.start_unary(METHOD, b"x")
    channel, sent = session.start_stream(METHOD, b"y", encode_opening("S", "m", [("k", b"v")]))
    first, second = received(sent)
    assert (first.msg_id, first.channel, first.method, first.flags) == (2, 0, 1, CONTROL)
    assert first.payload == open_channel(channel, encode_opening("S", "m", [("k", b"v")]))
    assert (second.msg_id, second.channel, second.flags, second.payload) == (3, channel, DATA | EOS | NO_REPLY, b"y")


def controls(*frames: tuple[int, bytes]) -> bytes:
    return b"".join(frame(0, CONTROL, payload, method=verb) for verb, payload in frames)


def ping_of(raw: Received) -> bytes:
    assert (raw.method, raw.flags, raw.channel) == (5, CONTROL, 0)
    return raw.payload[1:]


def test_the_newest_ping_is_answered_for_all() -> None:
    session = Session()
    assert session.receive(controls((5, ping(bytes(8))), (5, b""), (5, ping(PAYLOAD)))) == []
    (answer,) = received(session.control.pong())
    assert (answer.method, answer.flags, answer.channel, answer.payload) == (6, CONTROL, 0, pong(PAYLOAD))
    assert session.control.pong() == b""
    assert session.control.understood


def test_a_peer_that_answers_a_ping_understands() -> None:
    session = Session()
    pings = [ping_of(received(session.control.ping())[0]) for _ in range(2)]
    session.receive(controls((6, pong(PAYLOAD))))
    assert (session.control.understood, session.control.unheard, session.control.skipped) == (False, 2, 1)
    session.receive(controls((6, pong(pings[0]))))
    assert (session.control.understood, session.control.unheard) == (True, 1)
    session.receive(controls((6, pong(pings[0]))))
    assert session.control.unheard == 1
    session.receive(controls((6, pong(pings[1]))))
    assert session.control.unheard == 0


def test_a_hello_is_heard_once_and_before_the_first_request() -> None:
    hello = controls((1, open_channel(0, encode_opening("", "", [("token", b"t")]))))
    session = Session(first_channel=2, serves=True)
    (event,) = session.receive(hello + hello)
    assert isinstance(event, Greeted)
    assert event.opening.entries == [("token", b"t")]
    late = Session(first_channel=2, serves=True)
    assert [type(event) for event in late.receive(request(1) + hello)] == [Request]
    assert (session.control.skipped, late.control.skipped) == (1, 1)


def test_draining_is_said_to_a_peer_that_understands() -> None:
    host, client = Session(first_channel=2, serves=True), Session()
    assert host.control.draining() == b""
    assert [type(event) for event in host.receive(client.control.hello([("token", b"t")]))] == [Greeted]
    assert client.receive(host.control.draining()) == [Draining()]
    assert client.receive(host.control.pong()) == []
    assert client.control.understood
    assert client.receive(controls((2, bytes([1, 5, 0])))) == []


def test_unknown_control_frames_are_skipped_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "rapace.session")
    session = Session()
    assert session.receive(controls((9, b"?"), (1, b"?"), (2, b"?"), (5, b"?"), (6, b""), (4, bytes(9)))) == []
    assert (session.control.skipped, session.dropped_frames, session.outgoing()) == (6, 0, b"")
    assert [record.message for record in caplog.records] == [
        "skipped control frame 9, which has no meaning here; more of that is not logged"
    ]


def test_the_length_of_what_was_said_is_in_the_frame() -> None:
    (length,) = struct.unpack_from("<I", Session().control.hello([]))
    assert length == 64 + 5
