"""What only asyncio has: cancellation, many tasks, loops that end."""

import asyncio
import math
import threading
import time

import pytest

import rapace
from rapace import ConnectionLostError, Limits
from rapace.aio.connection import SingleConnection
from rapace.aio.wire import Wire

from .flavors import ECHO, AsyncFlavor, payload
from .peer import Conversation, Received, answer, end, failure, item, playing, text


def wire_of(connection: rapace.Connection) -> Wire:
    assert isinstance(connection, SingleConnection)
    return connection._wire  # pyright: ignore[reportPrivateUsage]


def test_a_cancelled_call_never_shifts_replies(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        first = peer.receive()
        cancel = peer.receive()
        assert cancel.is_cancel
        assert cancel.payload == bytes([2, first.channel, 0])
        second = peer.receive()
        peer.send(answer(first.channel, text("first")), answer(second.channel, text("second")))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            task = asyncio.create_task(connection.call(ECHO, payload("1"), 5))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await connection.call(ECHO, payload("2"), 5) == "second"
            assert connection.dropped_frames == 1

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_cancelling_at_any_moment_leaves_the_connection_usable(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        while True:
            request = peer.receive_request()
            peer.send(answer(request.channel, request.payload))
            if request.payload == text("last"):
                return

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            for steps in range(12):
                task = asyncio.create_task(connection.call(ECHO, payload("cancelled"), 5))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                assert await connection.call(ECHO, payload(str(steps)), 5) == str(steps)
            assert await connection.call(ECHO, payload("last"), 5) == "last"

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_an_answer_that_meets_a_cancellation_is_not_reported_as_forgotten(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        peer.receive()
        peer.sock.close()

    async def main(address: str) -> None:
        connection = await rapace.connect(address)
        task = asyncio.create_task(connection.call(ECHO, payload("1"), 5))
        while not connection.closed:  # noqa: ASYNC110 - the very step of the loop matters
            await asyncio.sleep(0)
        task.cancel()  # The error is there, but the task has not seen it yet.
        with pytest.raises((asyncio.CancelledError, ConnectionLostError)):
            await task
        await connection.close()

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_a_call_that_is_thrown_away_is_forgotten(loop: AsyncFlavor) -> None:
    """A coroutine may be closed without ever being cancelled, as that of a task is that was never finished."""

    def script(peer: Conversation) -> None:
        given_up = peer.receive().channel
        assert peer.receive().is_cancel
        peer.send(failure(given_up, 12, b"late"))
        peer.send(answer(peer.receive().channel, text("right")))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            call = connection.call(ECHO, payload("x"), 5)
            call.send(None)
            call.close()
            assert await connection.call(ECHO, payload("y"), 5) == "right"

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_leaving_a_loop_cancels_the_stream(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        peer.send(item(c, text("a")), item(c, text("b")))
        _, request = peer.receive_cancel_and_request()
        peer.send(answer(request.channel, text("fine")))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            async for value in connection.stream(ECHO, payload("go"), 5):
                assert value == "a"
                break
            assert await connection.call(ECHO, payload("x"), 5) == "fine"

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_a_stream_as_a_context(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        peer.send(item(peer.receive().channel, text("a")))
        assert peer.receive().is_cancel

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            async with connection.stream(ECHO, payload("go"), 5) as items:
                assert await anext(items) == "a"
            await asyncio.sleep(0.05)

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_cancelling_the_wait_for_an_item_loses_none(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        time.sleep(0.5)
        peer.send(item(c, text("a")), end(c))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            items = connection.stream(ECHO, payload("go"), 5)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(items)
            assert [value async for value in items] == ["a"]

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_two_tasks_cannot_wait_for_one_stream(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        c = peer.receive().channel
        time.sleep(0.1)
        peer.send(item(c, text("a")), end(c))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            items = connection.stream(ECHO, payload("go"), 5)
            first = asyncio.create_task(anext(items))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task waits"):
                await anext(items)
            assert await first == "a"

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_closing_a_stream_ends_the_wait_for_its_item(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        peer.receive()
        assert peer.receive().is_cancel

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            items = connection.stream(ECHO, payload("go"), 5)
            waiting = asyncio.create_task(anext(items, None))
            await asyncio.sleep(0.05)
            await items.aclose()
            assert await waiting is None
            await asyncio.sleep(0.05)

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_thousands_of_calls_at_once(loop: AsyncFlavor) -> None:
    count = 5000

    def script(peer: Conversation) -> None:
        requests = [peer.receive() for _ in range(count)]
        peer.send(*(answer(r.channel, r.payload) for r in reversed(requests)))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            calls = [connection.call(ECHO, payload(str(n)), 15) for n in range(count)]
            assert await asyncio.gather(*calls) == [str(n) for n in range(count)]

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_requests_of_one_turn_of_the_loop_leave_together(loop: AsyncFlavor) -> None:
    count = 50

    def script(peer: Conversation) -> None:
        requests = [peer.receive() for _ in range(count)]
        peer.send(*(answer(r.channel, r.payload) for r in requests))

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            wire = wire_of(connection)
            writes: list[int] = []

            class Transport(asyncio.Transport):
                def __init__(self, inner: asyncio.Transport) -> None:
                    self.inner = inner

                def write(self, data: bytes | bytearray | memoryview) -> None:
                    writes.append(len(data))
                    self.inner.write(data)

                def is_closing(self) -> bool:
                    return self.inner.is_closing()

                def close(self) -> None:
                    self.inner.close()

                def abort(self) -> None:
                    self.inner.abort()

            wire.outgoing.transport = Transport(wire.outgoing.transport)
            calls = [connection.call(ECHO, payload("12345678"), 5) for _ in range(count)]
            assert await asyncio.gather(*calls) == ["12345678"] * count
            # The first was alone when it left.
            assert writes == [77, 77 * (count - 1)]

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_timeouts_of_any_length_end_their_own_calls(loop: AsyncFlavor) -> None:
    timeouts = [0.8, 0.1, 20.0, 0.4, math.inf, 0.1, 0.6]

    def script(peer: Conversation) -> None:
        received = 0
        while received < len(timeouts):
            received += not peer.receive().is_cancel
        peer.wait_for_close()

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            started = time.monotonic()

            async def fail(timeout: float) -> float:
                with pytest.raises(rapace.DeadlineExceededError):
                    await connection.call(ECHO, payload("x"), timeout)
                return time.monotonic() - started

            tasks = [asyncio.create_task(fail(timeout)) for timeout in timeouts]
            await asyncio.wait(tasks, timeout=2)
            late = [task.result() - timeout for task, timeout in zip(tasks, timeouts, strict=True) if timeout < 1]
            assert min(late) > -0.01
            assert max(late) < 0.25
            assert [task.done() for task in tasks] == [timeout < 1 for timeout in timeouts]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_thousands_of_timeouts_at_once(loop: AsyncFlavor) -> None:
    count = 2000

    def script(peer: Conversation) -> None:
        requests: list[Received] = []
        while len(requests) < count:
            requests.append(peer.receive())
        peer.wait_for_close()

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            calls = [connection.call(ECHO, payload(str(n)), 0.2) for n in range(count)]
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(result, rapace.DeadlineExceededError) for result in results)

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_a_lost_connection_fails_every_call_and_stream_at_once(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        for _ in range(20):
            peer.receive()

    async def main(address: str) -> None:
        connection = await rapace.connect(address)
        calls = [connection.call(ECHO, payload(str(n)), 10) for n in range(10)]
        streams = [anext(connection.stream(ECHO, payload(str(n)), 10)) for n in range(10)]
        started = time.monotonic()
        results = await asyncio.gather(*calls, *streams, return_exceptions=True)
        assert time.monotonic() - started < 1
        assert [type(result) for result in results] == [ConnectionLostError] * 20
        assert len({id(result) for result in results}) == 20
        await connection.close()

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_closing_fails_the_calls_in_flight(loop: AsyncFlavor) -> None:
    def script(peer: Conversation) -> None:
        peer.receive()
        peer.wait_for_close()

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            call = asyncio.create_task(connection.call(ECHO, payload("x"), 10))
            await asyncio.sleep(0.05)
        with pytest.raises(ConnectionLostError, match="the connection is closed"):
            await call

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_calls_wait_for_a_peer_that_does_not_read_and_go_on_when_it_does(loop: AsyncFlavor) -> None:
    value = "x" * 1_000_000

    def script(peer: Conversation) -> None:
        time.sleep(0.3)
        for _ in range(20):
            peer.send(answer(peer.receive().channel, text("fine")))

    async def main(address: str) -> None:
        async with rapace.connect(address, limits=Limits(max_unsent_bytes=100_000)) as connection:
            calls = [connection.call(ECHO, payload(value), 15) for _ in range(20)]
            assert await asyncio.gather(*calls) == ["fine"] * 20

    with playing(script) as peer:
        loop.run(main(peer.address))


def test_a_stream_may_outlive_its_loop() -> None:
    def script(peer: Conversation) -> None:
        peer.send(item(peer.receive().channel, text("a")))
        peer.wait_for_close()

    async def main(address: str) -> rapace.Stream[str]:
        async with rapace.connect(address) as connection:
            items = connection.stream(ECHO, payload("go"), 5)
            assert await anext(items) == "a"
            return items

    with playing(script) as peer:
        items = asyncio.run(main(peer.address))
        del items


def test_connecting_to_a_peer_that_does_not_accept_times_out(loop: AsyncFlavor) -> None:
    async def main() -> None:
        with pytest.raises(rapace.DeadlineExceededError):
            await rapace.connect("tcp://127.0.0.1:1", timeout=0)
        with pytest.raises(ValueError, match="timeout"):
            rapace.connect("tcp://127.0.0.1:1", timeout=float("nan"))

    loop.run(main())


def test_calls_on_a_socket_that_was_found_dead_are_no_news_to_asyncio(
    loop: AsyncFlavor, caplog: pytest.LogCaptureFixture
) -> None:
    gone = threading.Event()

    def script(peer: Conversation) -> None:
        peer.receive()
        peer.reset()
        gone.set()

    async def main(address: str) -> None:
        connection = await rapace.connect(address)
        wire = wire_of(connection)
        for _ in range(10):
            wire.outgoing.send(wire.session.notify(1, b""))
            assert gone.wait(5)  # and the loop with it, which must not see that the socket was reset
        with pytest.raises(ConnectionLostError):
            await connection.call(ECHO, payload("lost"), 5)
        await connection.close()

    with playing(script) as peer:
        loop.run(main(peer.address))
    assert not caplog.records
