"""A stream may be quiet for longer than any timeout of its client; the caller alone bounds the wait for its items."""

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

import rapace
from rapace.codegen import AsyncClient, SyncClient

from ..features import ECHO
from ..flavors import payload
from ..peer import NO_REPLY, Conversation, answer, end, item, serving

T = TypeVar("T")


def later(_: int, peer: Conversation) -> None:
    """Streams an item at once and one later; calls are answered meanwhile."""
    while True:
        request = peer.receive_request()
        if request.flags & NO_REPLY:
            peer.send(item(request.channel, request.payload))
            more = [item(request.channel, request.payload), end(request.channel)]
            threading.Timer(0.6, peer.send, more).start()
        else:
            peer.send(answer(request.channel, request.payload))


def test_a_stream_outlives_its_clients_timeout() -> None:
    async def scenario(address: str) -> None:
        async with rapace.connect(address) as connection:
            client = AsyncClient(connection, timeout=0.2)
            stream = client._stream(ECHO, payload("item"), None)  # pyright: ignore[reportPrivateUsage]
            assert await anext(stream) == "item"
            assert await client._unary(ECHO, payload("call"), None) == "call"  # pyright: ignore[reportPrivateUsage]
            assert [each async for each in stream] == ["item"]

    with serving(later) as server:
        asyncio.run(scenario(server.address))
        with rapace.sync.connect(server.address) as connection:
            client = SyncClient(connection, timeout=0.2)
            assert len(list(client._stream(ECHO, payload("item"), None))) == 2  # pyright: ignore[reportPrivateUsage]


def test_what_the_caller_asks_for_holds_and_is_named() -> None:
    with serving(later) as server, rapace.sync.connect(server.address) as connection:
        client = SyncClient(connection)
        stream = client._stream(ECHO, payload("item"), 0.1)  # pyright: ignore[reportPrivateUsage]
        assert next(stream) == "item"
        with pytest.raises(
            rapace.DeadlineExceededError, match=r"no item within 0\.1 s, the timeout of the stream's call"
        ):
            next(stream)
        time.sleep(0.6)  # until the server has sent what it had left


def test_interceptors_see_that_a_stream_has_no_timeout() -> None:
    seen: list[float] = []

    class Watch(rapace.SyncInterceptor):
        def stream(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Iterator[T]]) -> Iterator[T]:
            seen.append(call.timeout)
            return proceed(call)

    with serving(later) as server, rapace.sync.connect(server.address) as connection:
        client = SyncClient(connection, timeout=0.2, interceptors=[Watch()])
        assert len(list(client._stream(ECHO, payload("item"), None))) == 2  # pyright: ignore[reportPrivateUsage]
    assert seen == [math.inf]
