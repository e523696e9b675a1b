"""Every method of every case: arguments have the bytes that they must have, answers are read from theirs, and no bytes
do anything but be read or be refused."""

import asyncio
import dataclasses
import inspect
import math
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import Case, Method, cases, methods, pairs, served

METHODS = [pytest.param(case, method, id=f"{case}-{method.name}") for case in cases() for method in methods(case)]
PURE = pytest.mark.skipif(
    os.environ.get("RAPACE_PURE_PYTHON") != "1",
    reason="the accelerator comes before quick code, and has the same tests",
)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class FakeConnection:
    """Takes the place of a connection, and keeps what a client would send."""

    def __init__(self, case: Case) -> None:
        self.limits = case.module("rapace").Limits()
        self.sent: list[tuple[Any, bytes]] = []

    def call(self, method: Any, payload: bytes, timeout: float) -> Any:
        assert timeout == 30.0
        self.sent.append((method, payload))
        return None

    def stream(self, method: Any, payload: bytes, timeout: float, sending: float) -> Any:
        assert (timeout, sending) == (math.inf, 30.0)
        self.sent.append((method, payload))
        return None


class FakeAsyncConnection(FakeConnection):
    """The same for asyncio."""

    async def call(self, method: Any, payload: bytes, timeout: float) -> Any:
        return super().call(method, payload, timeout)


def invoke(case: Case, method: Method, arguments: list[Any]) -> tuple[Any, bytes]:
    """Calls a method of both clients. Returns what the method is and the payload that was sent."""
    blocking, concurrent = FakeConnection(case), FakeAsyncConnection(case)
    call: Callable[..., Any] = getattr(
        getattr(case.module(f"sync.{method.module}"), method.client)(blocking), method.name
    )
    # Options at the end are given by name. Behind them are what a call itself takes.
    parameters = inspect.signature(call).parameters.values()
    keywords = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    named = [name for name in keywords if name not in ("timeout", "metadata")]
    given = len(arguments) - len(named)
    options = dict(zip(named, arguments[given:], strict=True))
    call(*arguments[:given], **options)
    client = getattr(case.module(method.module), method.client)(concurrent)
    result = getattr(client, method.name)(*arguments[:given], **options)
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


@pytest.mark.parametrize(("case", "method"), METHODS)
def test_a_handler_reads_arguments_and_writes_answers_with_their_bytes(case: Case, method: Method) -> None:
    arguments = st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"]))
    one, limits = served(case, method), case.module("rapace").Limits()
    error = case.module("rapace").DecodeError
    assert (one.name, one.attribute) == (method.method["wire_name"], method.name)
    assert one.streams == method.is_stream

    @QUICK
    @given(arguments, pairs(case, method.method["response"]), st.data())
    def check(drawn: tuple[Any, ...], answer: tuple[Any, bytes], data: st.DataObject) -> None:
        values, payload = tuple(value for value, _ in drawn), b"".join(written for _, written in drawn)
        assert one.read(payload, limits, False) == values
        assert one.write(answer[0], limits) == answer[1]
        if payload:
            with pytest.raises(error):
                one.read(payload[: data.draw(st.integers(0, len(payload) - 1))], limits, False)
        with pytest.raises(error, match="bytes are left after the value"):
            one.read(payload + b"\x00", limits, False)
        assert one.read(payload + b"\x00", limits, True) == values

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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("case", "method"), METHODS)
@PURE
def test_quick_and_careful_code_read_the_same(case: Case, method: Method) -> None:
    described, _ = invoke_without_values(case, method)
    rapace, reader = case.module("rapace"), case.module("rapace.postcard.reader")

    @settings(QUICK, max_examples=10)  # each of them has many payloads
    @given(pairs(case, method.method["response"]), st.binary(max_size=3), st.data())
    def check(answer: tuple[Any, bytes], noise: bytes, data: st.DataObject) -> None:
        limits = rapace.Limits(max_depth=data.draw(st.sampled_from([2, 128])), max_zero_sized_items=2)
        for payload in spoiled_payloads(answer[1], noise, data):
            quick = decoded(case, described.read, limits, payload)
            assert quick == decoded(case, reader.decode_payload, described.decode, limits, payload)

    check()


def spoiled_payloads(written: bytes, noise: bytes, data: st.DataObject) -> list[bytes]:
    """Payloads that are almost this one."""
    payloads = [written[:end] for end in range(len(written) + 1)]
    for at in {data.draw(st.integers(0, len(written))) for _ in range(3)}:
        payloads += [written[:at] + noise + written[at + cut :] for cut in (0, 1, len(noise))]
        # A varint in another form than the shortest, and one that never ends.
        payloads += [written[:at] + bytes((byte | 0x80, 0)) + written[at + 1 :] for byte in written[at : at + 1]]
        payloads += [written[:at] + b"\xff" * 20, written[:at] + b"\xff" * 9 + b"\x01" + written[at:]]
    return payloads


def decoded(case: Case, read: Callable[..., Any], *arguments: Any) -> tuple[Any, ...]:
    """What can be seen of a decoder: its value, or its error."""
    try:
        value = read(*arguments)
    except case.module("rapace").DecodeError as error:
        return str(error), error.problem, error.path, error.offset
    return (repr(value),)  # which tells NaN from others, and True from 1


@pytest.mark.parametrize(("case", "method"), METHODS)
def test_a_handlers_quick_and_careful_code_do_the_same(case: Case, method: Method) -> None:
    """Arguments are read as the careful codec reads them, and answers written, with the accelerator too."""
    rapace, reader, plan = case.module("rapace"), case.module("rapace.postcard.reader"), case.module("_plan")
    one, careful = served(case, method), rapace.codegen.Careful(plan.TYPES, plan.METHODS)
    constant = constant_of(case, method)
    names = [name for name, _ in plan.METHODS[constant][2:]]

    def read_carefully(limits: Any, payload: bytes) -> Any:
        return reader.decode_payload(lambda r: careful.arguments(constant, r), limits, payload)

    @settings(QUICK, max_examples=8)  # each of them has many payloads
    @given(
        st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"])),
        pairs(case, method.method["response"]),
        st.binary(max_size=3),
        st.data(),
    )
    def check(drawn: tuple[Any, ...], answer: tuple[Any, bytes], noise: bytes, data: st.DataObject) -> None:
        limits = rapace.Limits(max_depth=data.draw(st.sampled_from([2, 128])), max_zero_sized_items=2)
        for payload in spoiled_payloads(b"".join(written for _, written in drawn), noise, data):
            seen = decoded(case, one.read, payload, limits, False)
            assert seen == decoded(case, read_carefully, limits, payload)
            if len(seen) > 1 and "bytes are left" not in seen[0]:
                assert seen[2].partition(".")[0].partition("[")[0] in names
        for value in (answer[0], spoil(answer[0], data)):
            quick = encoded(case, one.write, value, limits)
            assert quick == encoded(case, careful.encode_answer, constant, limits, value)

    check()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("case", "method"), METHODS)
@PURE
def test_quick_and_careful_code_write_the_same(case: Case, method: Method) -> None:
    if not method.method["arguments"]:
        return
    rapace, codecs, plan = case.module("rapace"), case.module("_codecs"), case.module("_plan")
    constant = constant_of(case, method)
    _, name, *_ = plan.METHODS[constant]
    careful = rapace.codegen.Careful(plan.TYPES, plan.METHODS)

    @QUICK
    @given(st.tuples(*(pairs(case, argument["type"]) for argument in method.method["arguments"])), st.data())
    def check(drawn: tuple[Any, ...], data: st.DataObject) -> None:
        limits = rapace.Limits(max_depth=data.draw(st.sampled_from([2, 128])), max_zero_sized_items=2)
        values = [value for value, _ in drawn]
        spoiled = [spoil(value, data) for value in values]
        for arguments in (values, spoiled):
            quick = encoded(case, getattr(codecs, name), limits, *arguments)
            assert quick == encoded(case, careful.encode, constant, limits, *arguments)

    check()


def constant_of(case: Case, method: Method) -> str:
    """What the plan calls a method."""
    codecs = case.module("_codecs")
    constants = {getattr(codecs, constant).method_id: constant for constant in case.module("_plan").METHODS}
    constant: str = constants[method.method["id"]]
    return constant


def encoded(case: Case, encode: Callable[..., bytes], *arguments: Any) -> tuple[Any, ...]:
    """What can be seen of an encoder: its bytes, or its error."""
    try:
        return (encode(*arguments),)
    except case.module("rapace").EncodeError as error:
        return str(error), error.problem, error.path


class Text(str):
    __slots__ = ()


class Number(int):
    pass


ODD: list[Any] = [
    *(None, True, 1, -1, 1 << 200, Number(3), 0.5, math.inf, 1e300),
    *("é", "\ud800", Text("t"), b"b", bytearray(b"a"), memoryview(b"m")),
    *([], [None], (), (1, "a"), {}, {1: 2}, set(), frozenset({1}), object),
]


def spoil(value: Any, data: st.DataObject) -> Any:
    """The value with something in it that is perhaps not of its type."""
    if data.draw(st.integers(0, 3)) == 0:
        return data.draw(st.sampled_from(ODD))
    if isinstance(value, list | tuple) and value:
        items = list(value)
        at = data.draw(st.integers(0, len(items) - 1))
        items[at] = spoil(items[at], data)
        return items if data.draw(st.booleans()) else tuple(items)
    if isinstance(value, dict) and value:
        key = data.draw(st.sampled_from(list(value)))
        return {**value, key: spoil(value[key], data)}
    if dataclasses.is_dataclass(value) and dataclasses.fields(value):
        field = data.draw(st.sampled_from(dataclasses.fields(value)))
        return dataclasses.replace(value, **{field.name: spoil(getattr(value, field.name), data)})  # type: ignore[type-var]
    return data.draw(st.sampled_from(ODD))


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
