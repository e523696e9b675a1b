"""Interceptors around calls and streams, and what generated fakes are made of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

import rapace
from rapace.codegen import (
    AsyncClient,
    SyncClient,
    async_answer,
    async_items,
    sync_answer,
    sync_items,
)

from .features import ECHO, NOTHING
from .flavors import payload
from .peer import Conversation, answer, end, failure, item, playing, text

T = TypeVar("T")


def script(peer: Conversation) -> None:
    first = peer.receive_request()
    peer.send(failure(first.channel, 13, b"try again"))
    again = peer.receive_request()
    peer.send(answer(again.channel, text("second try")))
    stream = peer.receive_request()
    peer.send(item(stream.channel, text("a")), end(stream.channel))
    assert peer.receive_request().channel == 0
    peer.wait_for_close()


EXPECTED = [
    "outer Test.echo unary 5.0",
    "inner Test.echo unary 2.0",
    "inner Test.echo unary 2.0",
    "outer Test.echo stream inf",
    "inner Test.echo stream inf",
    "outer Test.nothing notification 5.0",
    "inner Test.nothing notification 5.0",
]


class Outer(rapace.AsyncInterceptor):
    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
        self.log.append(f"outer {call.service}.{call.method} {call.kind} {call.timeout}")
        if call.kind == "notification":
            return await proceed(call)
        shorter = replace(call, timeout=2.0)
        try:
            return await proceed(shorter)
        except rapace.UnavailableError:
            return await proceed(shorter)

    async def stream(
        self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], AsyncIterator[T]]
    ) -> AsyncIterator[T]:
        self.log.append(f"outer {call.service}.{call.method} {call.kind} {call.timeout}")
        async for each in proceed(call):
            yield each


class Inner(rapace.AsyncInterceptor):
    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
        self.log.append(f"inner {call.service}.{call.method} {call.kind} {call.timeout}")
        return await proceed(call)

    def stream(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], AsyncIterator[T]]) -> AsyncIterator[T]:
        self.log.append(f"inner {call.service}.{call.method} {call.kind} {call.timeout}")
        return proceed(call)


class SyncOuter(rapace.SyncInterceptor):
    def __init__(self, log: list[str], name: str) -> None:
        self.log, self.name = log, name

    def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], T]) -> T:
        self.log.append(f"{self.name} {call.service}.{call.method} {call.kind} {call.timeout}")
        if self.name == "inner" or call.kind == "notification":
            return proceed(call)
        try:
            return proceed(replace(call, timeout=2.0))
        except rapace.UnavailableError:
            return proceed(replace(call, timeout=2.0))

    def stream(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Iterator[T]]) -> Iterator[T]:
        self.log.append(f"{self.name} {call.service}.{call.method} {call.kind} {call.timeout}")
        yield from proceed(call)


class Async(AsyncClient):
    async def echo(self, timeout: float | None = None) -> str:
        return await self._unary(ECHO, payload("x"), timeout)

    def items(self) -> rapace.Stream[str]:
        return self._stream(ECHO, payload("x"), None)

    async def notify(self) -> None:
        await self._notify(NOTHING, b"", None)


class Sync(SyncClient):
    def echo(self, timeout: float | None = None) -> str:
        return self._unary(ECHO, payload("x"), timeout)

    def items(self) -> rapace.sync.Stream[str]:
        return self._stream(ECHO, payload("x"), None)

    def notify(self) -> None:
        self._notify(NOTHING, b"", None)


def test_interceptors_see_change_and_retry_calls() -> None:
    log: list[str] = []

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            client = Async(connection, timeout=5.0, interceptors=[Outer(log), Inner(log)])
            assert await client.echo() == "second try"
            assert [each async for each in client.items()] == ["a"]
            await client.notify()

    with playing(script) as peer:
        asyncio.run(main(peer.address), debug=True)
    assert log == EXPECTED


def test_blocking_interceptors_see_change_and_retry_calls() -> None:
    log: list[str] = []
    with playing(script) as peer, rapace.sync.connect(peer.address) as connection:
        client = Sync(connection, timeout=5.0, interceptors=[SyncOuter(log, "outer"), SyncOuter(log, "inner")])
        assert client.echo() == "second try"
        assert list(client.items()) == ["a"]
        client.notify()
    assert log == EXPECTED


class Noting(rapace.AsyncInterceptor):
    """Notes the timeouts of calls that are not made."""

    def __init__(self, seen: list[float]) -> None:
        self.seen = seen

    async def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], Awaitable[T]]) -> T:
        self.seen.append(call.timeout)
        raise rapace.StatusError(rapace.Code.ABORTED, "not made")


class SyncNoting(rapace.SyncInterceptor):
    def __init__(self, seen: list[float]) -> None:
        self.seen = seen

    def unary(self, call: rapace.CallInfo, proceed: Callable[[rapace.CallInfo], T]) -> T:
        self.seen.append(call.timeout)
        raise rapace.StatusError(rapace.Code.ABORTED, "not made")


def test_a_call_has_its_own_timeout_or_its_clients_which_is_30_seconds() -> None:
    seen: list[float] = []

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            noting = [Noting(seen)]
            for client in (Async(connection, interceptors=noting), Async(connection, timeout=5.0, interceptors=noting)):
                for timeout in (None, 2.0):
                    with pytest.raises(rapace.StatusError, match="not made"):
                        await client.echo(timeout)

    with playing(Conversation.wait_for_close) as peer:
        asyncio.run(main(peer.address), debug=True)
    with playing(Conversation.wait_for_close) as peer, rapace.sync.connect(peer.address) as connection:
        blocking = [SyncNoting(seen)]
        for client in (Sync(connection, interceptors=blocking), Sync(connection, timeout=5.0, interceptors=blocking)):
            for timeout in (None, 2.0):
                with pytest.raises(rapace.StatusError, match="not made"):
                    client.echo(timeout)
    assert seen == [30.0, 2.0, 5.0, 2.0] * 2


def up_to(count: int) -> range:
    return range(count)


def plus_one(value: int) -> int:
    return value + 1


async def plus_one_later(value: int) -> int:
    return value + 1


def test_fakes_answer_with_functions_and_otherwise_are_unimplemented() -> None:
    at_once: rapace.AsyncAnswer[[int], int] = plus_one
    later: rapace.AsyncAnswer[[int], int] = plus_one_later
    items: rapace.AsyncItems[[int], int] = up_to

    async def main() -> None:
        assert await async_answer("S.m", at_once, 1) == 2
        assert await async_answer("S.m", later, 1) == 2
        assert [each async for each in async_items("S.m", items, 3)] == [0, 1, 2]
        with pytest.raises(rapace.StatusError, match=r"the fake has no answer for S\.m") as caught:
            await async_answer("S.m", no_answer())
        assert caught.value.code == rapace.Code.UNIMPLEMENTED
        with pytest.raises(rapace.StatusError, match="no answer"):
            await anext(async_items("S.m", no_items()))

    asyncio.run(main(), debug=True)


def test_blocking_fakes_answer_with_functions_and_otherwise_are_unimplemented() -> None:
    items: rapace.SyncItems[[int], int] = up_to
    assert sync_answer("S.m", plus_one, 1) == 2
    assert list(sync_items("S.m", items, 3)) == [0, 1, 2]
    with pytest.raises(rapace.StatusError, match="no answer"):
        sync_answer("S.m", no_answer())
    with pytest.raises(rapace.StatusError, match="no answer"):
        next(sync_items("S.m", no_items()))


def no_answer() -> Callable[[], int] | None:
    return None


def no_items() -> Callable[[], list[int]] | None:
    return None
