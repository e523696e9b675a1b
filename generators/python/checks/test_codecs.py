"""Every method of every case: arguments have the bytes that they must have, answers are read from theirs, and no bytes
do anything but be read or be refused."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import Case, Method, cases, methods, pairs

METHODS = [pytest.param(case, method, id=f"{case}-{method.name}") for case in cases() for method in methods(case)]
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class FakeConnection:
    """Takes the place of a connection, and keeps what a client would send."""

    def __init__(self, case: Case) -> None:
        self.limits = case.module("rapace").Limits()
        self.sent: list[tuple[Any, bytes]] = []

    def call(self, method: Any, payload: bytearray, timeout: float) -> Any:
        assert timeout == 30.0
        self.sent.append((method, bytes(payload)))
        return None

    stream = call


class FakeAsyncConnection(FakeConnection):
    """The same for asyncio."""

    async def call(self, method: Any, payload: bytearray, timeout: float) -> Any:
        return super().call(method, payload, timeout)


def invoke(case: Case, method: Method, arguments: list[Any]) -> tuple[Any, bytes]:
    """Calls a method of both clients. Returns what the method is and the payload that was sent."""
    blocking, concurrent = FakeConnection(case), FakeAsyncConnection(case)
    call: Callable[..., Any] = getattr(
        getattr(case.module(f"sync.{method.module}"), method.client)(blocking), method.name
    )
    call(*arguments)
    result = getattr(getattr(case.module(method.module), method.client)(concurrent), method.name)(*arguments)
    if inspect.isawaitable(result):
        asyncio.run(_wait(result))
    (sent,) = blocking.sent
    assert concurrent.sent == [sent]
    return sent


async def _wait(awaitable: Any) -> None:
    await awaitable


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("case", "method"), METHODS)
def test_arguments_and_answers_have_their_bytes(case: Case, method: Method) -> None:
    arguments = st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"]))

    @QUICK
    @given(arguments, pairs(case, method.method["response"]), st.data())
    def check(drawn: tuple[Any, ...], answer: tuple[Any, bytes], data: st.DataObject) -> None:
        described, payload = invoke(case, method, [value for value, _ in drawn])
        assert payload == b"".join(written for _, written in drawn)
        assert (described.name, described.method_id) == (method.method["wire_name"], method.method["id"])
        value, written = answer
        read = decoder(case, described)
        assert read(written) == value
        error = case.module("rapace").DecodeError
        if written:
            with pytest.raises(error):
                read(written[: data.draw(st.integers(0, len(written) - 1))])
        with pytest.raises(error, match="bytes are left after the value"):
            read(written + b"\x00")

    check()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("case", "method"), METHODS)
def test_any_bytes_are_read_or_refused(case: Case, method: Method) -> None:
    described, _ = invoke_without_values(case, method)
    read = decoder(case, described)
    error = case.module("rapace").DecodeError

    @QUICK
    @given(pairs(case, method.method["response"]), st.binary(max_size=40), st.data())
    def check(answer: tuple[Any, bytes], noise: bytes, data: st.DataObject) -> None:
        mutant = bytearray(answer[1])
        for byte in noise[:3]:
            if mutant:
                mutant[data.draw(st.integers(0, len(mutant) - 1))] = byte
        for payload in (noise, bytes(mutant)):
            try:
                read(payload)
            except error as refused:
                assert 0 <= refused.offset <= len(payload)

    check()


def invoke_without_values(case: Case, method: Method) -> tuple[Any, bytes]:
    drawn: list[Any] = []

    @settings(max_examples=1, database=None, deadline=None)
    @given(st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"])))
    def draw(values: tuple[Any, ...]) -> None:
        drawn[:] = [value for value, _ in values]

    draw()
    return invoke(case, method, drawn)


def decoder(case: Case, described: Any) -> Callable[[bytes], Any]:
    limits = case.module("rapace").Limits()
    return lambda data: described.read(limits, data)
