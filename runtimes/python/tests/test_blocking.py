"""What only threads have: many of them on one connection, each with its own deadline, and one that reads for all."""

import errno
import signal
import socket
import threading
import time
import types
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

import rapace
from rapace import ConnectionLostError, DeadlineExceededError, Limits
from rapace.sync import dialled
from rapace.sync.wire import Wire

from .flavors import ECHO, payload
from .peer import Conversation, answer, deaf_listener, end, item, playing, text


def wire_of(connection: rapace.sync.Connection) -> Wire:
    assert isinstance(connection, dialled.SingleConnection)
    return connection._wire  # pyright: ignore[reportPrivateUsage]


def in_thread(action: Callable[[], object]) -> Future[object]:
    result: Future[object] = Future()

    def run() -> None:
        try:
            result.set_result(action())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run).start()
    return result


def echo(peer: Conversation, count: int) -> None:
    for _ in range(count):
        request = peer.receive_request()
        peer.send(answer(request.channel, request.payload))


def test_many_threads_share_a_connection() -> None:
    threads, each = 8, 100

    with playing(lambda peer: echo(peer, threads * each)) as peer, rapace.sync.connect(peer.address) as connection:

        def work(thread: int) -> None:
            for n in range(each):
                value = f"{thread}.{n}"
                assert connection.call(ECHO, payload(value), 10) == value

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))


def test_answers_out_of_order_reach_their_threads() -> None:
    count = 50

    def script(peer: Conversation) -> None:
        requests = [peer.receive() for _ in range(count)]
        peer.send(*(answer(r.channel, r.payload) for r in reversed(requests)))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:

        def call(n: int) -> str:
            return connection.call(ECHO, payload(str(n)), 10)

        with ThreadPoolExecutor(count) as pool:
            assert list(pool.map(call, range(count))) == [str(n) for n in range(count)]


def test_the_reader_hands_its_duty_on() -> None:
    def script(peer: Conversation) -> None:
        first, second = peer.receive(), peer.receive()
        time.sleep(0.1)
        peer.send(answer(first.channel, first.payload))
        time.sleep(0.2)
        peer.send(answer(second.channel, second.payload))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        one = in_thread(lambda: connection.call(ECHO, payload("one"), 5))
        other = in_thread(lambda: connection.call(ECHO, payload("other"), 5))
        assert (one.result(5), other.result(5)) == ("one", "other")


def test_a_reader_whose_time_is_up_hands_its_duty_on() -> None:
    def script(peer: Conversation) -> None:
        first, second = peer.receive_request(), peer.receive_request()
        time.sleep(0.4)
        peer.send(answer(first.channel, first.payload), answer(second.channel, second.payload))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        reader = in_thread(lambda: connection.call(ECHO, payload("short"), 0.2))
        time.sleep(0.05)
        follower = in_thread(lambda: connection.call(ECHO, payload("long"), 5))
        with pytest.raises(DeadlineExceededError):
            reader.result(5)
        assert follower.result(5) == "long"


def test_a_follower_keeps_its_own_deadline() -> None:
    stop = threading.Event()

    def script(peer: Conversation) -> None:
        peer.receive()
        stop.wait(10)

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        reader = in_thread(lambda: connection.call(ECHO, payload("long"), 3))
        time.sleep(0.05)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError):
            connection.call(ECHO, payload("short"), 0.1)
        assert time.monotonic() - started < 1
        stop.set()
        with pytest.raises(ConnectionLostError):
            reader.result(5)


def test_a_lost_connection_fails_every_thread_at_once() -> None:
    def script(peer: Conversation) -> None:
        for _ in range(10):
            peer.receive()

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        started = time.monotonic()
        calls = [in_thread(lambda: connection.call(ECHO, payload("x"), 10)) for _ in range(5)]
        streams = [in_thread(lambda: next(connection.stream(ECHO, payload("x"), 10))) for _ in range(5)]
        for result in [*calls, *streams]:
            with pytest.raises(ConnectionLostError):
                result.result(5)
        assert time.monotonic() - started < 2


def test_closing_from_another_thread_fails_the_calls_in_flight() -> None:
    def script(peer: Conversation) -> None:
        for _ in range(3):
            peer.receive()
        peer.wait_for_close()

    with playing(script) as peer:
        connection = rapace.sync.connect(peer.address)
        calls = [in_thread(lambda: connection.call(ECHO, payload("x"), 10)) for _ in range(3)]
        time.sleep(0.1)
        connection.close()
        for call in calls:
            with pytest.raises(ConnectionLostError, match="the connection is closed"):
                call.result(5)


def test_a_call_inside_a_stream() -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        for n in range(100):
            peer.send(item(c, text(str(n))))
        for _ in range(100):
            request = peer.receive()
            peer.send(answer(request.channel, request.payload))
        peer.send(end(c))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        for value in connection.stream(ECHO, payload("go"), 5):
            assert connection.call(ECHO, payload(value), 5) == value


def test_leaving_a_loop_cancels_the_stream() -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")), item(c, text("b")))
        _, request = peer.receive_cancel_and_request()
        peer.send(answer(request.channel, text("fine")))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        for value in connection.stream(ECHO, payload("go"), 5):
            assert value == "a"
            break
        assert connection.call(ECHO, payload("x"), 5) == "fine"


def test_a_stream_as_a_context() -> None:
    def script(peer: Conversation) -> None:
        peer.send(item(peer.receive().channel, text("a")))
        assert peer.receive().is_cancel

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        with connection.stream(ECHO, payload("go"), 5) as items:
            assert next(items) == "a"
        assert list(items) == []


def test_a_stream_forgotten_while_the_lock_is_held_is_cancelled_later() -> None:
    def script(peer: Conversation) -> None:
        peer.send(item(peer.receive().channel, text("a")))
        _, request = peer.receive_cancel_and_request()
        peer.send(answer(request.channel, text("fine")))

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        items = connection.stream(ECHO, payload("go"), 5)
        assert next(items) == "a"
        with wire_of(connection).lock:
            del items
        assert connection.call(ECHO, payload("x"), 5) == "fine"


def test_large_requests_from_many_threads_while_the_peer_answers_slowly() -> None:
    value = "x" * 500_000

    def script(peer: Conversation) -> None:
        time.sleep(0.2)
        for _ in range(16):
            peer.send(answer(peer.receive().channel, text("fine")))

    with (
        playing(script) as peer,
        rapace.sync.connect(peer.address, limits=Limits(max_unsent_bytes=100_000)) as connection,
    ):
        calls = [in_thread(lambda: connection.call(ECHO, payload(value), 15)) for _ in range(16)]
        assert [call.result(15) for call in calls] == ["fine"] * 16


def test_an_interrupted_call_leaves_the_connection_usable() -> None:
    def script(peer: Conversation) -> None:
        interrupted = peer.receive()
        cancel, second = peer.receive_cancel_and_request()
        assert cancel.payload == bytes([2, interrupted.channel, 0])
        peer.send(answer(interrupted.channel, text("late")), answer(second.channel, text("right")))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(KeyboardInterrupt):
                connection.call(ECHO, payload("x"), 5)
            assert connection.call(ECHO, payload("y"), 5) == "right"
            assert connection.dropped_frames == 1
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("where", ["recv", "send", "receive"])
def test_an_interruption_amid_reading_or_writing_loses_the_connection(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read, or how much was written, is not known then: nothing that follows could be trusted."""
    others: list[Future[object]] = []

    def script(peer: Conversation) -> None:
        peer.receive()
        peer.send(answer(peer.receive().channel, text("lost")))
        peer.wait_for_close()

    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        wire = wire_of(connection)
        others.append(in_thread(lambda: connection.call(ECHO, payload("y"), 5)))
        while not wire.inboxes:
            time.sleep(0.01)

        def interrupted(owner: object, name: str) -> Callable[..., object]:
            action = getattr(owner, name)

            def act(*arguments: object) -> object:
                action(*arguments)
                raise KeyboardInterrupt

            return act

        if where == "receive":
            receive = staticmethod(interrupted(wire.session, "receive"))
            monkeypatch.setattr(type(wire.session), "receive", receive)
        else:
            sock = wire.sock
            proxy = types.SimpleNamespace(
                fileno=sock.fileno, recv=sock.recv, send=sock.send, shutdown=sock.shutdown, close=sock.close
            )
            setattr(proxy, where, interrupted(sock, where))
            monkeypatch.setattr(wire, "sock", proxy)
            monkeypatch.setattr(wire.outgoing, "sock", proxy)
        failures: list[BaseException] = []
        try:
            connection.call(ECHO, payload("x"), 5)
        except BaseException as error:
            failures.append(error)
        failures.extend(filter(None, [other.exception(5) for other in others]))
        assert sorted(type(failure).__name__ for failure in failures) == ["ConnectionLostError", "KeyboardInterrupt"]
        assert connection.closed
        with pytest.raises(ConnectionLostError, match="interrupted"):
            connection.call(ECHO, payload("z"), 5)


def test_connecting_has_a_time_limit() -> None:
    with pytest.raises(DeadlineExceededError):
        rapace.sync.connect("tcp://127.0.0.1:1", timeout=0)
    with pytest.raises(ValueError, match="timeout"):
        rapace.sync.connect("tcp://127.0.0.1:1", timeout=float("nan"))


def test_the_time_limit_of_connecting_holds_for_all_addresses_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_listener() as listener:
        port = listener.getsockname()[1]
        found = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)

        def several(*_: object, **__: object) -> object:
            return found * 4

        monkeypatch.setattr(socket, "getaddrinfo", several)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError, match=r"within 0\.3 s"):
            rapace.sync.connect(f"tcp://many.example:{port}", timeout=0.3)
        assert time.monotonic() - started < 0.5


def test_connecting_goes_on_to_the_next_address_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda peer: echo(peer, 1)) as peer:
        port = int(peer.address.rpartition(":")[2])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)),  # refused
            *socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM),
        ]

        def several(*_: object, **__: object) -> object:
            return found

        monkeypatch.setattr(socket, "getaddrinfo", several)
        with rapace.sync.connect(f"tcp://many.example:{port}", timeout=5) as connection:
            assert connection.call(ECHO, payload("x"), 5) == "x"


def test_the_system_giving_up_is_no_deadline_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object) -> None:
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    monkeypatch.setattr(dialled, "dial", give_up)
    with pytest.raises(ConnectionLostError, match="timed out"):
        rapace.sync.connect("tcp://127.0.0.1:1", timeout=600)


def test_there_is_no_thread_behind_a_connection() -> None:
    before = threading.active_count()
    with playing(lambda peer: echo(peer, 1)) as peer, rapace.sync.connect(peer.address) as connection:
        assert connection.call(ECHO, payload("x"), 5) == "x"
        assert threading.active_count() <= before + 1  # the peer's own
