"""What holds for every client, over asyncio, uvloop and blocking sockets alike, against a raw peer."""

import contextlib
import gc
import re
import socket
import threading
import time
from pathlib import Path

import pytest

from rapace import (
    Code,
    ConnectionLostError,
    DeadlineExceededError,
    DecodeError,
    Limits,
    ProtocolError,
    StatusError,
    UnavailableError,
)

from .flavors import Flavor
from .peer import DATA, EOS, NO_REPLY, Conversation, answer, deaf_listener, end, failure, frame, item, playing, text


def test_a_call_and_its_answer(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive()
        assert (request.msg_id, request.channel, request.method) == (1, 1, 0x1234_5678)
        assert (request.flags, request.payload) == (DATA | EOS, text("ping"))
        peer.send(answer(request.channel, text("pong")))
        assert peer.receive().channel == 3

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert client.call("ping") == "pong"
        with pytest.raises(ConnectionLostError):
            client.call("again")


def test_an_error_answer(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(failure(peer.receive().channel, 4, "no Zoë".encode()))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        with pytest.raises(StatusError) as caught:
            client.call("x")
        error = caught.value
        assert (error.code, error.message, error.remote) == (Code.NOT_FOUND, "no Zoë", True)
        assert str(error) == "NOT_FOUND: no Zoë"
        (note,) = error.__notes__
        assert note.startswith(f"in Test.echo at {peer.address}, after ")
        assert client.call("y") == "fine"


def test_errors_of_a_mismatch_say_what_to_look_at(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(failure(peer.receive().channel, 11, b"no method has the id"))
        peer.send(answer(peer.receive().channel, b"\x05abc"))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        with pytest.raises(StatusError, match="UNIMPLEMENTED") as unknown:
            client.call("x")
        with pytest.raises(DecodeError) as unreadable:
            client.call("y")
    for error, hint in [
        (
            unknown.value,
            "the server does not serve Test.echo: is it older than this client, or does it serve other services?",
        ),
        (unreadable.value, "is this client generated from the api.json of the server?"),
    ]:
        place, note = error.__notes__
        assert place.startswith(f"in Test.echo at {peer.address}, after ")
        assert note == hint


def test_a_payload_that_is_no_value_leaves_the_connection_alive(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive().channel, b"\x05abc"))
        peer.send(answer(peer.receive().channel, text("a") + b"rest"))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        with pytest.raises(DecodeError, match="unexpected end"):
            client.call("x")
        with pytest.raises(DecodeError, match="4 bytes are left after the value"):
            client.call("y")
        assert client.call("z") == "fine"


def test_trailing_bytes_can_be_allowed(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive().channel, text("a") + b"rest"))

    with playing(script) as peer:
        assert flavor.connect(peer.address, allow_trailing_bytes=True).call("x") == "a"


def test_a_stream(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        request = peer.receive()
        assert (request.flags, request.payload) == (DATA | EOS | NO_REPLY, text("go"))
        c = request.channel
        peer.send(item(c, text("a")), item(c, text("b")), frame(c, DATA | EOS, text("c")), item(c, text("late")))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go")
        assert items.rest() == ["a", "b", "c"]
        assert items.next() is None
        assert client.call("x") == "fine"


def test_a_stream_that_fails_delivers_what_came_before(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")), failure(c, 9, b"aborted"))

    with playing(script) as peer:
        items = flavor.connect(peer.address).stream("go")
        assert items.next() == "a"
        with pytest.raises(StatusError, match="aborted"):
            items.next()
        assert items.next() is None


def test_a_bad_item_ends_its_stream_and_nothing_else(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")), item(c, b"\x01\xff"))
        assert peer.receive().is_cancel
        peer.send(item(c, text("late")), end(c))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go")
        assert items.next() == "a"
        with pytest.raises(DecodeError, match="not UTF-8"):
            items.next()
        assert items.next() is None
        assert client.call("x") == "fine"
        assert client.dropped_frames == 2


def test_a_closed_stream_is_cancelled_and_its_late_items_are_dropped(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")))
        cancel = peer.receive()
        assert cancel.is_cancel
        assert cancel.payload == bytes([2, c, 0])
        peer.send(item(c, text("late")), end(c))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go")
        assert items.next() == "a"
        items.close()
        items.close()
        assert items.next() is None
        assert client.call("x") == "fine"
        assert client.dropped_frames == 2


def test_a_stream_that_was_never_asked_for_an_item_sends_nothing(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go")
        items.close()
        del items
        client.stream("go")
        assert client.call("x") == "fine"


def test_a_forgotten_stream_is_cancelled(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(item(peer.receive().channel, text("a")))
        _, request = peer.receive_cancel_and_request()
        peer.send(answer(request.channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go")
        assert items.next() == "a"
        del items
        gc.collect()
        assert client.call("x") == "fine"


def test_a_timeout_comes_once_and_the_late_answer_is_dropped(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        late = peer.receive().channel
        cancel = peer.receive()
        assert cancel.is_cancel
        assert cancel.payload == bytes([2, late, 1])
        second = peer.receive().channel
        peer.send(answer(late, text("late")), answer(second, text("right")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError) as caught:
            client.call("x", timeout=0.05)
        assert 0.04 < time.monotonic() - started < 1
        assert isinstance(caught.value, TimeoutError)
        assert (caught.value.code, caught.value.remote) == (Code.DEADLINE_EXCEEDED, False)
        assert caught.value.message == "no answer within 0.05 s"
        assert client.call("y") == "right"
        assert client.dropped_frames == 1


def test_no_time_at_all_sends_nothing(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        for timeout in (0.0, -1.0):
            with pytest.raises(DeadlineExceededError):
                client.call("x", timeout=timeout)
        with pytest.raises(DeadlineExceededError):
            client.stream("x", timeout=0.0).next()
        assert client.call("y", timeout=float("inf")) == "fine"


def test_a_stream_times_out_between_items_not_as_a_whole(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        for _ in range(4):
            time.sleep(0.2)
            peer.send(item(c, text("tick")))
        cancel = peer.receive()
        assert cancel.payload == bytes([2, c, 1])
        peer.send(item(c, text("late")))
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        items = client.stream("go", timeout=0.7)
        assert [items.next() for _ in range(4)] == ["tick"] * 4
        with pytest.raises(DeadlineExceededError):
            items.next()
        assert items.next() is None
        assert client.call("x") == "fine"


@pytest.mark.parametrize("how", ["fin", "rst", "mid-frame", "half-close"])
def test_a_lost_connection_fails_a_call_at_once(flavor: Flavor, how: str) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        if how == "mid-frame":
            peer.send(answer(c, text("cut"))[:50])
        elif how == "rst":
            peer.reset()
        elif how == "half-close":
            peer.sock.shutdown(socket.SHUT_WR)
            peer.wait_for_close()

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        started = time.monotonic()
        with pytest.raises(ConnectionLostError) as caught:
            client.call("x")
        assert time.monotonic() - started < 1
        assert caught.value.code == Code.UNAVAILABLE
        assert isinstance(caught.value, UnavailableError)
        assert isinstance(caught.value, ConnectionError)
        if how == "rst":
            assert isinstance(caught.value.__cause__, ConnectionResetError)
        assert client.closed
        with pytest.raises(ConnectionLostError):
            client.call("y")
        with pytest.raises(ConnectionLostError):
            client.stream("z").next()


@pytest.mark.parametrize("cut", [False, True])
def test_a_cut_stream_raises_and_never_ends_as_if_complete(flavor: Flavor, cut: bool) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")), end(c)[:30] if cut else b"")

    with playing(script) as peer:
        items = flavor.connect(peer.address).stream("go")
        assert items.next() == "a"
        with pytest.raises(ConnectionLostError, match="the server closed the connection"):
            items.next()
        assert items.next() is None


@pytest.mark.parametrize(
    ("length", "problem"), [(12, "below the 64 bytes"), (0xFFFF_FFFF, "exceeds the limit of 16777216")]
)
def test_a_peer_that_breaks_the_protocol(flavor: Flavor, length: int, problem: str) -> None:
    def script(peer: Conversation) -> None:
        peer.receive()
        peer.send(length.to_bytes(4, "little"))
        peer.wait_for_close()

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        with pytest.raises(ConnectionLostError, match=problem) as caught:
            client.call("x")
        assert isinstance(caught.value.__cause__, ProtocolError)
        assert client.closed


def test_a_slow_reader_fails_its_stream_alone(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")))
        call = peer.receive()
        peer.send(item(c, text("b")), item(c, text("c")), item(c, text("d")), answer(call.channel, text("fine")))
        assert peer.receive().payload == bytes([2, c, 2])

    with playing(script) as peer:
        client = flavor.connect(peer.address, limits=Limits(max_stream_bytes=140))
        items = client.stream("go")
        assert items.next() == "a"
        assert client.call("x") == "fine"
        assert [items.next(), items.next()] == ["b", "c"]
        with pytest.raises(StatusError, match="reader is too slow") as caught:
            items.next()
        assert (caught.value.code, caught.value.remote) == (Code.RESOURCE_EXHAUSTED, False)


def test_requests_beyond_the_frame_limit(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(answer(peer.receive().channel, text("fine")))

    with playing(script) as peer:
        client = flavor.connect(peer.address, limits=Limits(max_frame_bytes=100))
        with pytest.raises(StatusError, match="exceeds the limit of 100 bytes"):
            client.call("x" * 100)
        assert client.call("y") == "fine"


def test_answers_in_small_pieces_and_all_at_once(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        for byte in answer(peer.receive().channel, text("slowly")):
            peer.send(bytes([byte]))
        c = peer.receive().channel
        peer.send(b"".join(item(c, text(str(n))) for n in range(1000)) + end(c))

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert client.call("x") == "slowly"
        assert client.stream("go").rest() == [str(n) for n in range(1000)]


def test_large_answers(flavor: Flavor) -> None:
    value = "é" * 2_000_000

    def script(peer: Conversation) -> None:
        data = value.encode()
        length = len(data)
        prefix = bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14 & 0x7F | 0x80, length >> 21])
        peer.send(answer(peer.receive().channel, prefix + data))

    with playing(script) as peer:
        assert flavor.connect(peer.address).call("x") == value


def test_closing_is_idempotent_and_later_calls_fail(flavor: Flavor) -> None:
    def script(peer: Conversation) -> None:
        peer.wait_for_close()

    with playing(script) as peer:
        client = flavor.connect(peer.address)
        assert not client.closed
        client.close()
        client.close()
        assert client.closed
        with pytest.raises(ConnectionLostError, match="the connection is closed"):
            client.call("x")


def test_a_peer_that_does_not_read_holds_no_call_beyond_its_timeout(flavor: Flavor) -> None:
    stop = threading.Event()

    def script(_: Conversation) -> None:
        stop.wait(10)

    with playing(script) as peer:
        client = flavor.connect(peer.address, limits=Limits(max_unsent_bytes=100_000))
        large = "x" * 4_000_000
        for _ in range(6):
            started = time.monotonic()
            with pytest.raises(DeadlineExceededError):
                client.call(large, timeout=0.1)
            assert time.monotonic() - started < 2
        client.close()
        stop.set()


def test_the_wait_to_send_counts_for_the_first_item_of_a_stream(flavor: Flavor) -> None:
    read = threading.Event()

    def script(peer: Conversation) -> None:
        read.wait(10)
        time.sleep(0.9)
        peer.wait_for_close()

    with playing(script) as peer:
        client = flavor.connect(peer.address, limits=Limits(max_unsent_bytes=100_000))
        with pytest.raises(DeadlineExceededError):
            client.call("x" * 8_000_000, timeout=0.1)
        started = time.monotonic()
        read.set()
        with pytest.raises(DeadlineExceededError):
            client.stream("go", timeout=1).next()
        assert 0.95 < time.monotonic() - started < 1.6
        client.close()


def test_connecting_fails_with_its_cause(flavor: Flavor, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for address in [f"tcp://127.0.0.1:{port}", f"unix://{tmp_path}/none.sock"]:
        with pytest.raises(ConnectionLostError, match="cannot connect to") as caught:
            flavor.connect(address)
        assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_connecting_takes_no_longer_than_its_timeout(flavor: Flavor, family: str, tmp_path: Path) -> None:
    with deaf_listener(tmp_path / "deaf.sock" if family == "unix" else None) as listener:
        name = listener.getsockname()
        address = f"unix://{name}" if family == "unix" else f"tcp://127.0.0.1:{name[1]}"
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError, match=re.escape(f"cannot connect to {address} within 0.1 s")):
            flavor.connect(address, timeout=0.1)
        assert 0.09 < time.monotonic() - started < 1


def test_connecting_waits_for_a_unix_socket_whose_queue_is_full(flavor: Flavor, tmp_path: Path) -> None:
    with deaf_listener(tmp_path / "busy.sock") as listener:

        def serve() -> None:
            time.sleep(0.1)
            while True:
                sock, _ = listener.accept()
                # Those that filled the queue say nothing.
                with sock, contextlib.suppress(TimeoutError):
                    sock.settimeout(0.1)
                    peer = Conversation(sock)
                    peer.send(answer(peer.receive().channel, text("fine")))
                    return

        server = threading.Thread(target=serve)
        server.start()
        client = flavor.connect(f"unix://{tmp_path}/busy.sock")
        assert client.call("x") == "fine"
        server.join(10)


def test_an_address_that_is_none(flavor: Flavor) -> None:
    with pytest.raises(ValueError, match="expected tcp://host:port, tls://host:port, unix:///path, ws://"):
        flavor.connect("http://localhost")


def test_a_unix_socket(flavor: Flavor, tmp_path: Path) -> None:
    path = tmp_path / "a b?#%.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                peer = Conversation(sock)
                peer.send(answer(peer.receive().channel, text("fine")))

        thread = threading.Thread(target=serve)
        thread.start()
        escaped = str(path).replace("%", "%25")
        assert flavor.connect(f"unix://{escaped}").call("x") == "fine"
        thread.join(5)
