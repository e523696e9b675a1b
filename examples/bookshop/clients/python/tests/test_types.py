"""What type checkers make of the package: variants are matched to the end, clients and fakes have protocols in common.

mypy and pyright check this file strictly. Where a comment silences an error, that error has to be there.
"""

import asyncio
from typing import assert_never

import pytest
from bookshop import (
    AvailabilitySoldOut,
    CatalogClient,
    Currency,
    FindOutcome,
    FindOutcomeFound,
    FindOutcomeNotFound,
    FindOutcomeWithdrawn,
    Isbn,
    PlaceTitle,
    SearchHit,
    rapace,
    sync,
)
from bookshop.protocols import CatalogProtocol
from bookshop.sync.protocols import CatalogProtocol as SyncCatalogProtocol
from bookshop.sync.testing import CatalogFake as SyncCatalogFake
from bookshop.testing import CatalogFake

from demo import RUST, UNKNOWN

from .conftest import address


def describe(outcome: FindOutcome) -> str:
    """All variants: what is left for the last line has no type."""
    match outcome:
        case FindOutcomeFound(book):
            return book.title
        case FindOutcomeNotFound():
            return "not found"
        case FindOutcomeWithdrawn():
            return "withdrawn"
        case _:
            assert_never(outcome)


def forget_one(outcome: FindOutcome) -> str:
    """A variant is missing, which both checkers say."""
    match outcome:
        case FindOutcomeFound(book):
            return book.title
        case FindOutcomeNotFound():
            return "not found"
        case _:
            assert_never(outcome)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def sign(currency: Currency) -> str:
    """The same for an enum without data."""
    match currency:
        case Currency.EUR:
            return "€"
        case Currency.USD:
            return "$"
        case Currency.JPY:
            return "¥"
        case _:
            assert_never(currency)


def test_variants_are_matched_to_the_end() -> None:
    assert describe(FindOutcomeNotFound()) == "not found"
    assert [sign(currency) for currency in (Currency.EUR, Currency.USD, Currency.JPY)] == ["€", "$", "¥"]
    with pytest.raises(AssertionError, match="Expected code to be unreachable"):
        forget_one(FindOutcomeWithdrawn("recalled", 0))


async def ask(catalog: CatalogProtocol) -> tuple[str, list[str]]:
    """What a program does with a catalog, whichever it is given."""
    found = describe(await catalog.find(UNKNOWN, timeout=2.0))
    return found, [hit.title async for hit in catalog.search("the c programming", limit=1)]


def ask_blocking(catalog: SyncCatalogProtocol) -> tuple[str, list[str]]:
    """The same with threads."""
    found = describe(catalog.find(UNKNOWN, timeout=2.0))
    return found, [hit.title for hit in catalog.search("the c programming", limit=1)]


def find(isbn: Isbn) -> FindOutcome:
    """Answers for a fake."""
    assert isbn == UNKNOWN
    return FindOutcomeNotFound()


def test_a_fake_answers_as_the_protocol_says() -> None:
    def search(text: str, limit: int) -> list[SearchHit]:
        title = f"{text} {limit}"
        return [SearchHit(RUST, title, score=1.0, place=PlaceTitle(), availability=AvailabilitySoldOut())]

    expected = ("not found", ["the c programming 1"])
    fake, blocking = CatalogFake(find=find, search=search), SyncCatalogFake(find=find, search=search)
    assert asyncio.run(ask(fake), debug=True) == expected
    assert ask_blocking(blocking) == expected
    with pytest.raises(rapace.StatusError, match=r"the fake has no answer for Catalog\.greeting"):
        blocking.greeting()


def test_a_client_answers_as_the_protocol_says() -> None:
    where = address("BOOKSHOP_TCP")
    expected = ("not found", ["The C Programming Language \\ Second Edition"])

    async def main() -> tuple[str, list[str]]:
        async with rapace.connect(where) as connection:
            return await ask(CatalogClient(connection))

    assert asyncio.run(main(), debug=True) == expected
    with rapace.sync.connect(where) as connection:
        assert ask_blocking(sync.CatalogClient(connection)) == expected
