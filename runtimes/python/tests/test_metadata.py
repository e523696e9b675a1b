"""Metadata on sockets: what clients of both kinds send, and what handlers of both kinds read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest

import rapace
from rapace import CallInfo
from rapace.codegen import AsyncClient, SyncClient
from rapace.control import encode_opening, open_channel

from .conftest import LOOPS
from .features import ECHO, NOTHING, talking
from .flavors import payload
from .handlers import COUNT, KINDS, Served
from .handlers import ECHO as SERVED_ECHO
from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, Conversation, answer, end, frame, playing, serving, text

T = TypeVar("T")
Given = Mapping[str, str | bytes] | None

ways = pytest.mark.parametrize("kind", [*LOOPS, "blocking"])


class Async(AsyncClient):
    def echo(self, metadata: Given = None) -> Awaitable[str]:
        return self._unary(ECHO, payload("x"), None, metadata)

    def items(self, metadata: Given = None) -> rapace.Stream[str]:
        return self._stream(ECHO, payload("x"), None, metadata)

    def notify(self) -> Awaitable[None]:
        return self._notify(NOTHING, b"", None)


class Sync(SyncClient):
    def echo(self, metadata: Given = None) -> str:
        return self._unary(ECHO, payload("x"), None, metadata)

    def items(self, metadata: Given = None) -> rapace.sync.Stream[str]:
        return self._stream(ECHO, payload("x"), None, metadata)

    def notify(self) -> None:
        self._notify(NOTHING, b"", None)


def opening_of(channel: int, method: str, entries: dict[str, bytes]) -> bytes:
    return open_channel(channel, encode_opening("Test", method, list(entries.items())))


class Heard:
    """A peer that answers each call with its own argument, and notes the control frame before each."""

    def __init__(self) -> None:
        self.before: list[bytes] = []

    def play(self, _: int, peer: Conversation) -> None:
        before = b""
        while True:
            got = peer.receive()
            if got.flags & CONTROL:
                before = got.payload or before
                continue
            self.before.append(before)
            before = b""
            if got.channel:
                peer.send(end(got.channel) if got.flags & NO_REPLY else answer(got.channel, got.payload))


@ways
@pytest.mark.parametrize("options", [{}, {"pool": 2}, {"reconnect": rapace.Reconnect()}], ids=["", "pool", "reconnect"])
def test_metadata_of_the_client_and_of_calls(kind: str, options: dict[str, Any]) -> None:
    heard = Heard()
    with serving(heard.play) as server, talking(kind, server.address, **options) as talker:
        make: Any = Sync if talker.blocks else Async
        plain, client = make(talker.connection), make(talker.connection, metadata={"tenant": "acme", "b": "1"})

        def read(stream: Any) -> None:
            assert (next(stream, None) if talker.blocks else talker.run(anext(stream, None))) is None

        assert talker.do(plain.echo) == "x"
        assert talker.do(client.echo) == "x"
        assert talker.do(lambda: client.echo({"b": "2", "raw-bin": b"\xff"})) == "x"
        assert talker.do(lambda: plain.echo({})) == "x"
        read(client.items({"c": "3"}))
        read(plain.items())
        talker.do(client.notify)
        assert talker.do(plain.echo) == "x"
    entries: list[dict[str, bytes]] = [
        {},
        {"b": b"1", "tenant": b"acme"},
        {"b": b"2", "raw-bin": b"\xff", "tenant": b"acme"},
        {},
        {"b": b"1", "c": b"3", "tenant": b"acme"},
        {},
        {},
        {},
    ]
    expected = [opening_of(1 + 2 * i, "echo", e) if e else b"" for i, e in enumerate(entries)]
    assert heard.before == expected


@ways
def test_what_is_refused_sends_nothing(kind: str) -> None:
    heard = Heard()
    with serving(heard.play) as server, talking(kind, server.address) as talker:
        make: Any = Sync if talker.blocks else Async
        client = make(talker.connection)
        with pytest.raises(ValueError, match="a key is 1 to 64 characters"):
            talker.do(lambda: client.echo({"Key": "v"}))
        with pytest.raises(ValueError, match="reserved"):
            client.items({"timeout-ns": "5"})
        with pytest.raises(ValueError, match="a key is"):
            make(talker.connection, metadata={"": "v"})
        with pytest.raises(rapace.StatusError, match="metadata takes 8193 bytes"):
            talker.do(lambda: client.echo({"k": "v" * 8192}))
        assert talker.do(lambda: client.echo({"k": "v" * 8191})) == "x"
    assert len(heard.before) == 1


class Adding(rapace.AsyncInterceptor):
    """Adds to the metadata of each call, of a notification too if that is asked for."""

    def __init__(self, seen: list[Any], kinds: set[str]) -> None:
        self.seen, self.kinds = seen, kinds

    def changed(self, call: CallInfo) -> CallInfo:
        self.seen.append(dict(call.metadata))
        more = {"added": "yes"} if call.kind in self.kinds else {}
        return replace(call, metadata={**call.metadata, **more})

    async def unary(self, call: CallInfo, proceed: Callable[[CallInfo], Awaitable[T]]) -> T:
        return await proceed(self.changed(call))

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], AsyncIterator[T]]) -> AsyncIterator[T]:
        return proceed(self.changed(call))


class SyncAdding(rapace.SyncInterceptor):
    def __init__(self, seen: list[Any], kinds: set[str]) -> None:
        self.adding = Adding(seen, kinds)

    def unary(self, call: CallInfo, proceed: Callable[[CallInfo], T]) -> T:
        return proceed(self.adding.changed(call))

    def stream(self, call: CallInfo, proceed: Callable[[CallInfo], Iterator[T]]) -> Iterator[T]:
        return proceed(self.adding.changed(call))


@ways
def test_interceptors_see_and_add_metadata(kind: str) -> None:
    heard, seen = Heard(), list[Any]()
    with serving(heard.play) as server, talking(kind, server.address) as talker:
        make: Any = Sync if talker.blocks else Async
        around: Any = SyncAdding if talker.blocks else Adding
        client = make(talker.connection, metadata={"a": "1"}, interceptors=[around(seen, {"unary", "stream"})])
        assert talker.do(client.echo) == "x"
        stream = client.items({"b": "2"})
        assert (next(stream, None) if talker.blocks else talker.run(anext(stream, None))) is None
        talker.do(client.notify)
        wrong = make(talker.connection, interceptors=[around(seen, {"notification"})])
        with pytest.raises(ValueError, match=r"the notification Test\.nothing cannot carry metadata"):
            talker.do(wrong.notify)
        assert talker.do(wrong.echo) == "x"
    assert seen == [{"a": "1"}, {"a": "1", "b": "2"}, {}, {}, {}]
    assert heard.before == [
        opening_of(1, "echo", {"a": b"1", "added": b"yes"}),
        opening_of(3, "echo", {"a": b"1", "added": b"yes", "b": b"2"}),
        b"",
        b"",
    ]


@pytest.fixture(params=KINDS)
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    made = KINDS[str(request.param)]()
    yield made
    made.finish()


def said(channel: int, *entries: tuple[str, bytes]) -> bytes:
    """The frame that gives the request on a channel its metadata."""
    return frame(0, CONTROL, open_channel(channel, encode_opening("any", "name", entries)), method=1)


def ask(channel: int) -> bytes:
    return frame(channel, DATA | EOS, text("metadata"), method=SERVED_ECHO)


def test_handlers_read_the_metadata_of_their_own_call(served: Served) -> None:
    served.start()
    peer = served.peer()
    peer.send(said(1, ("b-bin", b"\xff"), ("a", b"1"), ("timeout-ns", b"60000000000"), ("rapace-x", b"?")), ask(1))
    assert peer.receive().payload == text("[('a', '1'), ('b-bin', b'\\xff')]")
    peer.send(said(5, ("a", b"1")), ask(3))
    assert peer.receive().payload == text("[]")
    peer.send(ask(5))
    assert peer.receive().payload == text("[]")


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ([("k", bytes(8192))], 7, "metadata of Test.echo takes 8193 bytes; at most 8192 are accepted"),
        ([("K", b"")], 3, 'metadata "K" of Test.echo: a key is 1 to 64 characters of a-z, 0-9, ".", "_" and "-"'),
        ([("k", b""), ("k", b"")], 3, 'metadata "k" of Test.echo: the key is there twice'),
    ],
)
def test_bad_metadata_is_answered_to_the_request(
    served: Served, entries: list[tuple[str, bytes]], code: int, message: str
) -> None:
    served.start()
    peer = served.peer()
    peer.send(said(1, *entries), frame(1, DATA | EOS, b"no arguments", method=SERVED_ECHO))
    refused = peer.receive()
    assert (refused.channel, refused.flags, refused.payload[0]) == (1, ERROR | EOS, code)
    assert refused.payload[8:].decode() == message
    peer.send(said(3, *entries), frame(3, DATA | EOS | NO_REPLY, text("1"), method=COUNT), ask(5))
    assert peer.receive().payload[0] == code
    assert peer.receive().payload == text("[]")


def test_interceptors_of_handlers_read_metadata() -> None:
    seen: list[Any] = []
    made: dict[str, Any] = {"asyncio": Adding, "threads": SyncAdding}
    for kind, around in made.items():
        served = KINDS[kind]()
        try:
            served.start(interceptors=[around(seen, set())])
            peer = served.peer()
            peer.send(said(1, ("a", b"1")), ask(1))
            assert peer.receive().payload == text("[('a', '1')]")
        finally:
            served.finish()
    assert seen == [{"a": "1"}] * 2


def test_a_call_with_metadata_is_one_write() -> None:
    def script(peer: Conversation) -> None:
        data = peer.sock.recv(65536)
        assert data.count(b"tenant") == 1
        assert data.endswith(text("x"))
        peer.send(answer(1, text("x")))
        peer.wait_for_close()

    async def main(address: str) -> None:
        async with rapace.connect(address) as connection:
            assert await Async(connection, metadata={"tenant": "acme"}).echo() == "x"

    with playing(script) as peer:
        asyncio.run(main(peer.address), debug=True)
