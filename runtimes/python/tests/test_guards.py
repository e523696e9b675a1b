"""Hosts that ask who calls: what hooks get and say, and that nothing passes without them. Both kinds of handlers."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

import rapace
from rapace import Code, Credentials, Identity, StatusError
from rapace.control import encode_opening, open_channel, ping

from .flavors import payload
from .handlers import ECHO, ECHO_CALL, KINDS, AsyncTest, Script, Served
from .peer import CONTROL, DATA, EOS, ERROR, NO_REPLY, Conversation, Received, frame, text
from .servers import authority_file, server_context, trust

Start = Callable[..., Served]


@pytest.fixture(params=KINDS)
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts a host of each kind of handlers in turn."""
    made: list[Served] = []

    def start(**options: Any) -> Served:
        served = KINDS[str(request.param)]()
        served.start(**options)
        made.append(served)
        return served

    yield start
    for served in made:
        served.finish()


def hello(**entries: str) -> bytes:
    said = [(key.replace("_", "-"), value.encode()) for key, value in sorted(entries.items())]
    opened = frame(0, CONTROL, open_channel(0, encode_opening("", "", said)), method=1)
    return opened + frame(0, CONTROL, ping(b"12345678"), method=5)


def ask(channel: int, argument: str = "hi") -> bytes:
    return frame(channel, DATA | EOS, text(argument), method=ECHO)


def check_refused(received: Received, channel: int, message: str) -> None:
    assert (received.channel, received.flags) == (channel, ERROR | EOS)
    assert (received.payload[0], received.payload[8:].decode()) == (Code.PERMISSION_DENIED, message)


def answer_of(peer: Conversation) -> Received:
    return peer.receive_request()


def by_token(shown: Credentials) -> Identity | None:
    match shown.token:
        case "ann" | "bob":
            return Identity(shown.token)
        case "expired":
            raise StatusError(Code.UNAVAILABLE, "the token has expired")
        case "wrong":
            return "no identity"  # type: ignore[return-value]
        case "boom":
            raise ValueError("a secret")
        case _:
            return None


async def by_token_later(shown: Credentials) -> Identity | None:
    await asyncio.sleep(0)
    return by_token(shown)


@pytest.mark.parametrize("first", [b"", hello(token="nobody"), hello(), hello(zone="eu")])
def test_nothing_passes_without_an_identity(start: Start, first: bytes) -> None:
    served = start(authenticate=by_token)
    peer = served.peer()
    stream = frame(3, DATA | EOS | NO_REPLY, text("1"), method=0xBEEF)
    notification = frame(0, DATA | EOS | NO_REPLY, text("note"), method=ECHO)
    peer.send(first, ask(1, "note"), stream, notification, frame(5, DATA | EOS, b"?", method=ECHO))
    for channel in (1, 3, 5):
        check_refused(answer_of(peer), channel, "not authenticated")
    assert served.script.saw_nothing()
    assert served.serving == 0


def test_who_is_let_in_is_known_to_handlers(start: Start) -> None:
    served = start(authenticate=by_token)
    peer = served.peer()
    peer.send(hello(token="ann"), ask(1, "identity"), ask(3, "hi"))
    answers = {received.channel: received.payload for received in (answer_of(peer), answer_of(peer))}
    assert answers == {1: text("Identity(name='ann')"), 3: text("hi")}


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("expired", "the token has expired"),
        ("boom", "authentication failed"),
        ("wrong", "authentication failed"),
        ("", "not authenticated"),
    ],
)
def test_what_a_hook_says_is_the_answer_to_each_call(
    start: Start, token: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    peer = start(authenticate=by_token).peer()
    peer.send(hello(token=token), ask(1), ask(3))
    check_refused(answer_of(peer), 1, message)
    check_refused(answer_of(peer), 3, message)
    assert not any("secret" in record.getMessage() for record in caplog.records)
    assert any("the authenticate hook failed" in record.getMessage() for record in caplog.records) == (
        message == "authentication failed"
    )


def test_a_hello_that_cannot_be_read_refuses(start: Start) -> None:
    peer = start(authenticate=by_token).peer()
    bad = open_channel(0, encode_opening("", "", [("token", b"ann"), ("Key", b"")]))
    peer.send(frame(0, CONTROL, bad, method=1), ask(1))
    received = answer_of(peer)
    check_refused(received, 1, received.payload[8:].decode())
    assert received.payload[8:].startswith(b'metadata "Key" of the hello: a key is')


def test_a_hello_after_the_first_call_changes_nothing(start: Start) -> None:
    asked: list[Credentials] = []

    def authenticate(shown: Credentials) -> Identity | None:
        asked.append(shown)
        return by_token(shown)

    peer = start(authenticate=authenticate).peer()
    peer.send(ask(1), hello(token="ann"), ask(3), hello(token="bob"), ask(5))
    for channel in (1, 3, 5):
        check_refused(answer_of(peer), channel, "not authenticated")
    assert [shown.token for shown in asked] == [None]


def test_a_connection_is_closed_after_16_refused_calls(start: Start) -> None:
    peer = start(authenticate=by_token).peer()
    peer.send(*(ask(1 + 2 * number) for number in range(20)))
    for number in range(16):
        check_refused(answer_of(peer), 1 + 2 * number, "not authenticated")
    with pytest.raises(EOFError):
        peer.receive()


def test_a_connection_that_is_refused_is_closed_in_time(start: Start) -> None:
    peer = start(authenticate=by_token, handshake_timeout=0.05).peer()
    peer.send(ask(1))
    check_refused(answer_of(peer), 1, "not authenticated")
    with pytest.raises(EOFError):
        peer.receive()


def slow_hook(gate: threading.Event, kind: str) -> Any:
    """A hook that waits for the gate."""

    def slow(_: Credentials) -> Identity:
        gate.wait(10)
        return Identity("late")

    async def slow_coroutine(shown: Credentials) -> Identity:
        return await asyncio.to_thread(slow, shown)

    return slow if kind == "threads" else slow_coroutine


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_that_takes_too_long_refuses(kind: str) -> None:
    served, gate = KINDS[kind](), threading.Event()
    try:
        served.start(authenticate=slow_hook(gate, kind), authentication_timeout=0.05)
        peer = served.peer()
        peer.send(ask(1))
        check_refused(answer_of(peer), 1, "not authenticated")
    finally:
        gate.set()
        served.finish()


def test_nothing_more_is_read_while_a_hook_runs() -> None:
    script, entered, gate = Script(), threading.Event(), threading.Event()

    async def authenticate(shown: Credentials) -> Identity:
        entered.set()
        await asyncio.to_thread(gate.wait, 10)
        return Identity("ann")

    served = KINDS["asyncio"]()
    try:
        served.start(authenticate=authenticate)
        peer = served.near()
        peer.send(hello(token="ann"))
        assert entered.wait(10)
        peer.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            peer.send(*(frame(1 + 2 * number, DATA | EOS, bytes(20_000), method=0xBEEF) for number in range(1000)))
    finally:
        gate.set()
        served.finish()
    assert script.saw_nothing()


def test_calls_that_wait_for_the_hook_can_be_cancelled() -> None:
    gate = threading.Event()

    async def authenticate(shown: Credentials) -> Identity:
        await asyncio.to_thread(gate.wait, 10)
        return Identity("ann")

    served = KINDS["asyncio"]()
    try:
        served.start(authenticate=authenticate)
        peer = served.peer()
        peer.send(ask(1, "note"), frame(0, CONTROL, bytes((2, 1, 0)), method=3), ask(3, "hi"))
        received = peer.receive()
        assert (received.channel, received.payload[0]) == (1, Code.CANCELLED)
        gate.set()
        assert peer.receive().payload == text("hi")
        assert served.script.saw_nothing()
    finally:
        gate.set()
        served.finish()


def by_name(shown: Credentials) -> Identity:
    return Identity(shown.token or "")


def refuse(_: Credentials) -> None:
    return None


def nobody(identity: Identity | None, _: str) -> bool:
    return identity is None


def allowed(identity: Identity | None, method: str) -> bool | str:
    match None if identity is None else identity.name:
        case "ann":
            return True
        case "bob":
            return f"bob may not call {method}"
        case "carol":
            raise ValueError("a secret")
        case "dave":
            raise StatusError(Code.NOT_FOUND, "dave is gone")
        case _:
            return False


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ann", None),
        ("bob", "bob may not call Test.echo"),
        ("carol", "Test.echo is not allowed for this identity"),
        ("dave", "dave is gone"),
        ("erin", "Test.echo is not allowed for this identity"),
    ],
)
def test_an_identity_may_call_what_it_is_allowed_to(start: Start, name: str, message: str | None) -> None:
    served = start(authenticate=by_name, authorize=allowed)
    peer = served.peer()
    peer.send(hello(token=name), frame(1, DATA | EOS, text("note") if message is None else b"?", method=ECHO))
    received = answer_of(peer)
    if message is None:
        assert received.payload == text("note")
        served.script.wait_for("noted")
    else:
        check_refused(received, 1, message)


def test_without_an_authenticate_hook_nobody_has_an_identity(start: Start) -> None:
    peer = start(authorize=nobody).peer()
    peer.send(hello(token="ann"), ask(1, "identity"))
    assert answer_of(peer).payload == text("None")


def test_hooks_see_what_the_connection_shows(tmp_path: Path) -> None:
    asked: list[Credentials] = []

    async def authenticate(shown: Credentials) -> Identity:
        asked.append(shown)
        return Identity("ann")

    async def scenario() -> None:
        host = rapace.Host(AsyncTest(Script()), authenticate=authenticate)
        context, mine = server_context(), trustme.CA()
        trust(context, mine)
        context.verify_mode = ssl.CERT_REQUIRED
        issued = mine.issue_cert("client")
        cert, key = tmp_path / "client.pem", tmp_path / "client.key"
        for blob, path in [(issued.cert_chain_pems[0], cert), (issued.private_key_pem, key)]:
            blob.write_to_path(str(path))
        tls = rapace.ServerTls(context=context)
        async with host.listen("wss://127.0.0.1:0/rpc?x", tls=tls) as listening:
            client = rapace.Tls(ca=authority_file(tmp_path), cert=cert, key=key)
            async with rapace.connect(listening.address, tls=client, token="t", hello={"zone": "eu"}) as connection:
                assert await connection.call(ECHO_CALL, payload("hi"), 5.0) == "hi"
        await host.close()

    asyncio.run(scenario())
    (shown,) = asked
    assert (shown.token, shown.client, dict(shown.metadata)) == ("t", "rapace-python/0.1.0", {"zone": "eu"})
    assert shown.certificate is not None
    assert shown.certificate[:1] == b"\x30"
    assert ("Upgrade", "websocket") in [(name, value) for name, value in shown.headers]
    assert shown.origin is None
    assert "token" not in repr(shown)


def test_the_origin_is_that_of_the_header() -> None:
    shown = Credentials(peer="", headers=(("Host", "a"), ("ORIGIN", "https://shop.example")))
    assert shown.origin == "https://shop.example"


def test_a_token_is_never_logged(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    peer = start(authenticate=refuse).peer()
    peer.send(hello(token="top-secret"), ask(1))
    check_refused(answer_of(peer), 1, "not authenticated")
    assert not any("top-secret" in record.getMessage() for record in caplog.records)
