"""Slow readers: the socket is not read for them, unless somebody else waits; one stream alone fails at its cap."""

import asyncio
import threading
import time

import pytest

import rapace

from .features import Reader, talking
from .flavors import FLAVORS
from .peer import Conversation, answer, end, item, playing, text

pytestmark = pytest.mark.parametrize("kind", FLAVORS)

LIMITS = rapace.Limits(stream_high_water_bytes=64 * 1024)
BLOCK = "b" * 16384
ITEM = bytes([0x80, 0x80, 0x01]) + BLOCK.encode()  # its length as a varint, and the text


def flood(peer: Conversation, channel: int, count: int, sent: list[int]) -> None:
    """Sends items as fast as they are taken, and notes how many."""
    batch = item(channel, ITEM) * 10
    for _ in range(count // 10):
        peer.sock.sendall(batch)
        sent.append(10)
    peer.send(end(channel))


def test_a_server_waits_for_a_slow_reader(kind: str) -> None:
    sent: list[int] = []
    count = 1500  # 24 MiB: more than sockets hold

    def script(peer: Conversation) -> None:
        flood(peer, peer.receive_request().channel, count, sent)
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, limits=LIMITS) as talker:
        reader = talker.stream("go")
        assert reader.next() == BLOCK
        talker.pause(0.4)
        before = sum(sent)
        assert before < count
        talker.pause(0.1)
        assert sum(sent) == before  # nothing is read meanwhile
        for _ in range(count - 1):
            assert reader.next() == BLOCK
        assert reader.next() is None


def test_a_call_inside_a_streams_loop_never_deadlocks(kind: str) -> None:
    calls, items = 5, 100

    def script(peer: Conversation) -> None:
        stream = peer.receive_request().channel
        flood(peer, stream, items, [])
        for _ in range(calls):
            request = peer.receive_request()
            peer.send(answer(request.channel, request.payload))
        peer.wait_for_close()

    # The answers stand behind more items than the high-water mark allows.
    with playing(script) as peer, talking(kind, peer.address, limits=LIMITS) as talker:
        reader = talker.stream("go")
        assert reader.next() == BLOCK
        for number in range(calls):
            assert talker.call(str(number)) == str(number)
        for _ in range(items - 1):
            assert reader.next() == BLOCK
        assert reader.next() is None


def test_another_streams_reader_is_not_kept_waiting(kind: str) -> None:
    def script(peer: Conversation) -> None:
        slow = peer.receive_request().channel
        flood(peer, slow, 100, [])
        other = peer.receive_request().channel
        peer.send(item(other, text("other")), end(other))
        peer.wait_for_close()

    with playing(script) as peer, talking(kind, peer.address, limits=LIMITS) as talker:
        slow = talker.stream("slow")
        assert slow.next() == BLOCK
        talker.pause(0.1)
        other = talker.stream("other")
        assert other.next() == "other"
        assert other.next() is None


def test_at_the_cap_one_stream_alone_fails(kind: str) -> None:
    release = threading.Event()

    def script(peer: Conversation) -> None:
        stream = peer.receive_request().channel
        call = peer.receive_request()  # While it waits the socket is read.
        peer.send(*[item(stream, ITEM)] * 20)
        cancel = peer.receive()
        assert cancel.is_cancel
        peer.send(answer(call.channel, text("fine")))
        release.wait(10)

    limits = rapace.Limits(stream_high_water_bytes=1024, max_stream_bytes=100_000)
    with playing(script) as peer, talking(kind, peer.address, limits=limits) as talker:
        reader = talker.stream("go")
        asked = threading.Thread(target=reader.next)
        if talker.blocks:
            asked.start()
            time.sleep(0.1)
        else:
            talker.run(start(reader.stream))
        assert talker.call("x") == "fine"
        if talker.blocks:
            asked.join(10)
        with pytest.raises(rapace.StatusError, match="reader is too slow") as caught:
            read_all(reader)
        assert (caught.value.code, caught.value.remote) == (rapace.Code.RESOURCE_EXHAUSTED, False)
        release.set()


def read_all(reader: Reader) -> None:
    while reader.next() is not None:
        pass


async def start(stream: "rapace.Stream[str]") -> None:
    """Sends the streaming call, and does not wait for its items."""
    task = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_one_call_too_many_fails_before_it_is_sent(kind: str) -> None:
    def script(peer: Conversation) -> None:
        first, second = peer.receive_request(), peer.receive_request()
        time.sleep(0.2)
        peer.send(answer(first.channel, text("a")), answer(second.channel, text("b")))
        third = peer.receive_request()
        peer.send(answer(third.channel, text("c")))

    with playing(script) as peer, talking(kind, peer.address, limits=rapace.Limits(max_calls=2)) as talker:
        results = talker.calls("1", "2", "3")
        refused = [result for result in results if isinstance(result, rapace.StatusError)]
        assert len(refused) == 1
        assert (refused[0].code, refused[0].remote) == (rapace.Code.RESOURCE_EXHAUSTED, False)
        assert "2 calls are in flight, which is the limit" in str(refused[0])
        assert talker.call("4") == "c"
