"""What users see in another form than the wire: known types, types of their own, results, defaults and aliases."""

import asyncio
import dataclasses
import typing
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from acme.money import Money
from cases import CASES
from test_json import imported

presented: Any = imported("presented")
codecs: Any = __import__("presented._codecs", fromlist=["_codecs"])
rapace = presented.rapace
LIMITS = rapace.Limits()
ASYNC = rapace.AsyncInterceptor
ID = UUID(int=0x0123456789ABCDEF0123456789ABCDEF)


def many(**changes: Any) -> Any:
    fields = {
        "amount": Decimal("-1.50"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "nanos": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        "seconds": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "brand": presented.Brand(7),
        "home": "https://example.com/a?b",
        "number": ID,
        "text": ID,
        "wait": timedelta(days=3, microseconds=5),
        "ids": {ID},
        "prices": [Money(Decimal("12.34"), "EUR")],
        "count": 1 << 63,
        "delta": -5,
    }
    return presented.Many(**fields | changes)


def carefully(value: Any) -> bytes:
    data: bytes = codecs.CAREFUL.encode("PRESENTED_ECHO", LIMITS, value)
    return data


def test_values_are_those_of_the_wire_and_come_back() -> None:
    data = codecs.presented_echo_request(LIMITS, many())
    assert data == carefully(many())
    assert data[:6] == b"\x05-1.50"
    assert ID.bytes in data and str(ID).encode() in data
    assert codecs.PRESENTED_ECHO.read(LIMITS, data) == many()
    read = codecs.PRESENTED_ECHO.decode
    assert rapace.codegen.Careful and read is not None
    written = presented.to_json(many())
    assert (written["at"], written["wait"]) == ("1767323045678", "259200000005")
    assert (written["number"], written["text"]) == (str(ID.int), str(ID))
    assert written["ids"] == [list(ID.bytes)]
    assert written["prices"] == [{"minor": "1234", "currency": "EUR"}]
    assert presented.from_json(presented.Many, written) == many()
    assert presented.to_json(many().prices[0]) == {"minor": "1234", "currency": "EUR"}
    assert presented.from_json(Money, {"minor": "1234", "currency": "EUR"}) == many().prices[0]
    assert presented.from_json(presented.At, "0") == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_time_of_another_zone_is_the_same_time() -> None:
    zone = timezone(timedelta(hours=2))
    moved = many(at=many().at.astimezone(zone))
    assert codecs.presented_echo_request(LIMITS, moved) == codecs.presented_echo_request(LIMITS, many())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at": datetime(2026, 1, 2)}, "many.at: the datetime has no time zone"),
        ({"at": many().at + timedelta(microseconds=1)}, "many.at: 20455 days, 3:04:05.678001 is finer than the unit"),
        ({"at": 5}, "many.at: expected datetime, got int"),
        ({"seconds": datetime(1969, 1, 1, tzinfo=UTC)}, "many.seconds: -31536000 is out of range of u32"),
        ({"wait": timedelta(-1)}, "many.wait: -86400000000 is out of range of u64"),
        ({"amount": Decimal("NaN")}, "many.amount: NaN is no finite number"),
        ({"amount": 1.5}, "many.amount: expected Decimal, got float"),
        ({"home": "example.com"}, "many.home: 'example.com' is no absolute URL"),
        ({"text": str(ID)}, "many.text: expected UUID, got str"),
        ({"ids": {1}}, "many.ids[0]: expected UUID, got int"),
        ({"prices": [Money(Decimal("0.001"), "EUR")]}, "many.prices[0]: 0.001 has fractions of a cent"),
        ({"prices": [Money(Decimal(1), typing.cast("str", 5))]}, "many.prices[0].currency: expected str, got int"),
    ],
)
def test_what_the_wire_cannot_hold_is_refused_with_its_path(change: dict[str, Any], message: str) -> None:
    with pytest.raises(rapace.EncodeError) as caught:
        codecs.presented_echo_request(LIMITS, many(**change))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"-1.50", b"1_000", "amount: '1_000' is no decimal number (at byte 0)"),
        (b"-1.50", b"  NaN", "amount: '  NaN' is no decimal number"),
        (b"https:", b"ht ps:", "home: 'ht ps://example.com/a?b' is no absolute URL"),
        (str(ID).encode(), str(ID).encode().replace(b"-", b"0"), "text: "),
        (b"\x03EUR", b"\x00", "prices[0]: money without a currency"),
    ],
)
def test_what_python_cannot_hold_is_refused_with_its_path(old: bytes, new: bytes, message: str) -> None:
    data = codecs.presented_echo_request(LIMITS, many())
    assert old in data
    with pytest.raises(rapace.DecodeError) as caught:
        codecs.PRESENTED_ECHO.read(LIMITS, data.replace(old, new, 1))
    assert str(caught.value).startswith(message)


def test_nanoseconds_that_datetime_has_not_are_an_error() -> None:
    written = presented.to_json(many())
    with pytest.raises(rapace.JsonError, match="nanos: 1 ns is no whole number of microseconds"):
        presented.from_json(presented.Many, written | {"nanos": "1"})
    with pytest.raises(rapace.JsonError, match="at: 9223372036854775807 is out of range of timedelta"):
        presented.from_json(presented.Many, written | {"at": str((1 << 63) - 1)})


def job(**changes: Any) -> Any:
    return presented.Job(ID, many().at, price=Money(Decimal(1), "EUR"), amount=Decimal(2), **changes)


def test_fields_have_the_defaults_of_rust_and_are_named_from_the_first_on() -> None:
    made = job()
    assert (made.wait, made.tags, made.labels, made.priority) == (None, ["new"], {}, 5)
    assert (made.colour, made.ratio, made.secret) == (presented.Colour.GREEN, 1.0, None)
    assert made.tags is not job().tags
    assert codecs.PRESENTED_JOB.read(LIMITS, codecs.presented_job_request(LIMITS, made)) == made
    assert presented.from_json(presented.Job, presented.to_json(made)) == made
    with pytest.raises(TypeError):
        presented.Job(ID, many().at, None, price=1, amount=2)


def test_a_sensitive_newtype_can_be_a_key_and_is_not_printed() -> None:
    secret = presented.Secret("s3cret")
    assert "s3cret" not in repr(job(secret=secret)) + repr(secret)
    assert presented.to_json(job(secret=secret))["secret"] == {"some": "s3cret"}
    assert {secret: 1}[presented.Secret("s3cret")] == 1


def test_an_alias_is_there_for_annotations() -> None:
    assert presented.Tags == list[str]
    assert presented.from_json(presented.Tags, ["a"]) == ["a"]
    hints = typing.get_type_hints(presented.PresentedClient.tags)
    assert hints["return"] == list[str]
    assert dataclasses.fields(presented.Job)[4].type == "Tags"


class Jobs(presented.PresentedHandler):  # type: ignore[misc]
    """Fails in every way."""

    async def submit(self, job: Any, note: str | None) -> Any:
        match note:
            case "full":
                raise presented.JobErrorFullException(presented.JobErrorFull())
            case "base":
                raise presented.JobErrorException(presented.JobErrorTooLarge(1, 2))
            case "other":
                raise presented.WhyGoneException(presented.Why.GONE)
        return job.id

    async def stop(self, _: Any, reason: str | None, force: bool | None) -> None:
        if force:
            raise presented.WhyBusyException(presented.Why.BUSY)

    async def named(self, name: str) -> int:
        if not name:
            raise presented.NamedException("no name")
        return len(name)

    async def echo(self, many: Any) -> Any:
        return many

    async def job(self, job: Any) -> Any:
        return job

    async def tags(self, tags: list[str]) -> list[str]:
        return tags

    async def secrets(self, secrets: Any) -> Any:
        return dict.fromkeys(secrets, 1)

    async def watch(self, number: Any, since: Any) -> AsyncIterator[Any]:
        yield presented.SubmittedOk(number)
        yield presented.SubmittedErr(presented.JobErrorFull())


async def check_results(client: Any) -> None:
    assert await client.submit(job()) == ID
    assert await client.stop(ID) is None
    assert await client.stop(ID, reason="r", force=False) is None
    assert await client.named("four") == 4
    assert await client.secrets({presented.Secret("a")}) == {presented.Secret("a"): 1}
    with pytest.raises(presented.JobErrorFullException) as full:
        await client.submit(job(), note="full")
    assert full.value.error == presented.JobErrorFull()
    with pytest.raises(presented.JobErrorTooLargeException) as large:
        await client.submit(job(), note="base")
    assert large.value.error == presented.JobErrorTooLarge(1, 2)
    assert isinstance(large.value, presented.JobErrorException) and isinstance(large.value, rapace.RapaceError)
    with pytest.raises(presented.WhyBusyException):
        await client.stop(ID, force=True)
    with pytest.raises(presented.NamedException) as named:
        await client.named("")
    assert (named.value.error, str(named.value)) == ("no name", "no name")
    with pytest.raises(rapace.StatusError, match="INTERNAL"):
        await client.submit(job(), note="other")
    items = [item async for item in client.watch(ID)]
    assert items == [presented.SubmittedOk(ID), presented.SubmittedErr(presented.JobErrorFull())]


def test_results_are_values_and_exceptions_on_both_sides() -> None:
    async def run() -> None:
        async with rapace.memory_connection(Jobs()) as connection:
            client = presented.PresentedClient(connection)
            await check_results(client)
            # A proxy passes both on.
            async with rapace.memory_connection(presented.PresentedHandler.forward(client)) as second:
                await check_results(presented.PresentedClient(second))

    asyncio.run(run())


class BlockingJobs(presented.sync.PresentedHandler):  # type: ignore[misc]
    """Fails in threads."""

    def submit(self, job: Any, note: str | None) -> Any:
        if note is not None:
            raise presented.JobErrorTooLargeException(presented.JobErrorTooLarge(1, 2))
        return job.id

    def stop(self, _: Any, reason: str | None, force: bool | None) -> None:
        if force:
            raise presented.WhyBusyException(presented.Why.BUSY)

    def named(self, name: str) -> int:
        raise presented.NamedException(name)

    def echo(self, many: Any) -> Any:
        return many

    def job(self, job: Any) -> Any:
        return job

    def tags(self, tags: list[str]) -> list[str]:
        return tags

    def secrets(self, secrets: Any) -> Any:
        return dict.fromkeys(secrets, 1)

    def watch(self, number: Any, since: Any) -> Iterator[Any]:
        yield presented.SubmittedOk(number)
        yield presented.SubmittedErr(presented.JobErrorFull())


def test_results_are_values_and_exceptions_of_blocking_clients_and_handlers() -> None:
    with (
        rapace.sync.Host(BlockingJobs()).listen("tcp://127.0.0.1:0") as listening,
        rapace.sync.connect(listening.address) as connection,
    ):
        client = presented.sync.PresentedClient(connection)
        assert client.submit(job()) == ID
        assert client.stop(ID, force=False) is None
        with pytest.raises(presented.JobErrorTooLargeException) as large:
            client.submit(job(), note="large")
        assert large.value.error == presented.JobErrorTooLarge(1, 2)
        assert isinstance(large.value, presented.JobErrorException)
        with pytest.raises(presented.WhyBusyException):
            client.stop(ID, force=True)
        with pytest.raises(presented.NamedException, match="no name"):
            client.named("no name")
        assert list(client.watch(ID)) == [presented.SubmittedOk(ID), presented.SubmittedErr(presented.JobErrorFull())]
        assert client.job(job()) == job()


class Noting(ASYNC):  # type: ignore[misc,valid-type]
    """Notes what it learns of each call."""

    def __init__(self, name: str, notes: list[Any]) -> None:
        self.name = name
        self.notes = notes

    async def unary(self, call: Any, proceed: Any) -> Any:
        self.notes.append((self.name, call.service, call.method, call.kind, call.arguments))
        return await proceed(call)

    def stream(self, call: Any, proceed: Any) -> Any:
        self.notes.append((self.name, call.service, call.method, call.kind, call.arguments))
        return proceed(call)


def test_interceptors_of_clients_connections_and_handlers_learn_the_same_of_a_call() -> None:
    notes: list[Any] = []

    async def run() -> None:
        host = rapace.Host(Jobs(), interceptors=[Noting("handler", notes)])
        async with (
            host.listen("tcp://127.0.0.1:0") as listening,
            rapace.connect(listening.address, interceptors=[Noting("connection", notes)]) as connection,
        ):
            client = presented.PresentedClient(connection, interceptors=[Noting("client", notes)])
            await client.stop(ID, force=False)
            assert [item async for item in client.watch(ID)]

    asyncio.run(run())
    stop = ("Presented", "stop", "unary", (ID, None, False))
    watch = ("Presented", "watch", "stream", (ID, None))
    wanted = ["client", "connection", "handler"]
    assert notes == [*((name, *stop) for name in wanted), *((name, *watch) for name in wanted)]


def test_the_manifest_is_that_of_cargo() -> None:
    project = (CASES / "presented/pyproject.toml").read_text()
    for line in ['name = "acme-presented"', 'version = "1.4.0rc1"', 'license = "MIT"', 'readme = "README.md"']:
        assert line in project
