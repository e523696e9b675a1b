"""Both sides of a session: calls that we make and requests that we are asked, on channels of either parity."""

import struct

import pytest

from rapace import Code, Limits
from rapace.session import CancelReason, End, Failed, Item, Session

from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, answer, end, frame, item

METHOD = 0xBEEF

parities = pytest.mark.parametrize(("own", "peers"), [(1, 2), (2, 1)], ids=["odd", "even"])
"""The first channel of this side, and that of the peer."""


def channel_of(raw: bytes) -> int:
    return int.from_bytes(raw[12:16], "little")


def check_refused(session: Session, channel: int) -> None:
    """The session answers the request on a channel with Unimplemented, on that channel, and as no request."""
    raw = session.outgoing()
    length, _, where, method = struct.unpack_from("<IQII", raw)
    (flags,) = struct.unpack_from("<I", raw, 36)
    assert (len(raw), where, method, flags) == (4 + length, channel, 0, ERROR | EOS)
    code, size = struct.unpack_from("<II", raw, 68)
    assert (code, raw[76:]) == (Code.UNIMPLEMENTED, b"this client serves no methods")
    assert size == len(raw[76:])
    assert session.outgoing() == b""


@parities
def test_calls_use_the_channels_of_their_side(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    started = [session.start_unary(METHOD, b""), session.start_stream(METHOD, b""), session.start_unary(METHOD, b"")]
    assert [channel for channel, _ in started] == [own, own + 2, own + 4]
    assert [channel_of(raw) for _, raw in started] == [own, own + 2, own + 4]
    assert peers not in session.channels


@parities
def test_answers_items_and_errors_arrive_on_the_channels_of_calls(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    unary, stream, failing = (session.start_unary(1, b"")[0], session.start_stream(1, b"")[0], own + 4)
    assert session.start_unary(1, b"")[0] == failing
    received = answer(unary, b"yes") + item(stream, b"1") + end(stream)
    assert session.receive(received) == [(unary, b"yes"), Item(stream, b"1"), End(stream)]
    (event,) = session.receive(frame(failing, ERROR | EOS, struct.pack("<II", 4, 2) + b"no"))
    assert isinstance(event, Failed)
    assert (event.error.code, session.in_flight, session.dropped_frames) == (Code.NOT_FOUND, 0, 0)
    assert session.receive(answer(peers, b"stray")) == []
    assert session.dropped_frames == 1


@parities
@pytest.mark.parametrize("flags", [DATA | EOS, DATA | EOS | NO_REPLY, DATA])
def test_a_request_of_the_peer_is_refused(own: int, peers: int, flags: int) -> None:
    session = Session(first_channel=own)
    for channel in (peers, peers + 2, peers + 0x1000):
        assert session.receive(frame(channel, flags, b"arguments", method=METHOD)) == []
        check_refused(session, channel)
    assert session.dropped_frames == 0
    assert not session.has_answered


@parities
def test_a_method_on_a_channel_of_our_own_is_no_request(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    channel, _ = session.start_unary(1, b"")
    for where in (own + 2, own + 0x1000):
        assert session.receive(frame(where, DATA | EOS, b"", method=METHOD)) == []
    assert session.receive(frame(channel, DATA | EOS, b"yes", method=METHOD)) == [(channel, b"yes")]
    assert (session.outgoing(), session.dropped_frames, peers % 2) == (b"", 2, 1 - own % 2)


@parities
def test_a_notification_of_the_peer_and_control_frames_have_no_answer(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    received = frame(0, DATA | EOS | NO_REPLY, b"", method=METHOD) + frame(peers, CONTROL | DATA, b"", method=METHOD)
    assert session.receive(received) == []
    assert (session.outgoing(), session.dropped_frames) == (b"", 0)


@parities
def test_a_request_is_never_the_start_of_a_tunnel(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    session.receive(frame(peers, DATA | EOS, b"a request", method=METHOD))
    session.receive(frame(peers + 2, DATA, b"the start of a request", method=METHOD))
    session.receive(frame(peers + 2, DATA | EOS, b"the rest of it", method=METHOD))
    session.receive(frame(peers + 4, EOS, b"without data", method=METHOD))
    for channel in (peers, peers + 2, peers + 4):
        assert session.open_tunnel(channel) == []
    assert session.dropped_frames == 2


@parities
def test_the_start_of_a_tunnel_is_kept_on_channels_of_the_peer_alone(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    assert session.receive(item(peers, b"early") + item(own + 10, b"stray")) == []
    assert (session.outgoing(), session.dropped_frames) == (b"", 2)
    assert session.open_tunnel(peers) == [Item(peers, b"early")]
    assert session.open_tunnel(own + 10) == []
    assert session.dropped_frames == 1


@parities
def test_a_request_on_the_channel_of_a_tunnel_is_data(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    session.open_tunnel(peers)
    assert session.receive(frame(peers, DATA, b"bytes", method=METHOD)) == [Item(peers, b"bytes")]
    assert session.outgoing() == b""


@parities
def test_the_rest_of_a_refused_request_is_no_other_request(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    session.receive(frame(peers, DATA, b"the start", method=METHOD))
    check_refused(session, peers)
    session.receive(frame(peers, DATA, b"more", method=METHOD) + frame(peers, DATA | EOS, b"end", method=METHOD))
    assert (session.outgoing(), session.dropped_frames) == (b"", 2)
    session.receive(frame(peers, DATA | EOS, b"another", method=METHOD))
    check_refused(session, peers)


@parities
def test_a_late_answer_is_no_request(own: int, peers: int) -> None:
    session = Session(first_channel=own)
    channel, _ = session.start_unary(1, b"")
    session.cancel(channel, CancelReason.CLIENT_CANCEL)
    assert session.receive(answer(channel, b"late")) == []
    assert (session.outgoing(), session.dropped_frames, peers % 2) == (b"", 1, 1 - own % 2)


@pytest.mark.parametrize(("own", "first"), [(0xFFFF_FFFF, 1), (0xFFFF_FFFE, 2)], ids=["odd", "even"])
def test_the_channels_of_a_side_begin_again_after_the_last(own: int, first: int) -> None:
    session = Session(first_channel=own)
    assert [session.start_unary(1, b"")[0] for _ in range(3)] == [own, first, first + 2]


@parities
def test_both_sides_go_on_at_once(own: int, peers: int) -> None:
    """A request that is refused takes none of the calls that may be in flight."""
    session = Session(Limits(max_calls=1), first_channel=own)
    channel, _ = session.start_unary(1, b"")
    for number in range(10):
        session.receive(frame(peers + 2 * number, DATA | EOS, b"", method=METHOD))
        check_refused(session, peers + 2 * number)
    assert session.receive(answer(channel, b"yes")) == [(channel, b"yes")]
