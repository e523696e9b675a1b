"""The shop itself, called by generated clients through a connection in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from bookshop import (
    Amendment,
    CancelOutcomeCancelled,
    CatalogClient,
    CatalogHandler,
    Currency,
    Figures,
    FindOutcomeFound,
    Isbn,
    Money,
    NewOrder,
    OrdersClient,
    PlaceOutcomeOutOfStock,
    PlaceOutcomePlaced,
    TermsAccepted,
    rapace,
)

import seed
from shop import Catalog, Orders, Shop


def with_clients(use: Callable[[CatalogClient, OrdersClient], Awaitable[None]]) -> None:
    """Runs a test with the clients of a fresh shop."""

    async def run() -> None:
        shop = Shop()
        async with rapace.memory_connection(Catalog(shop), Orders(shop)) as connection:
            await use(CatalogClient(connection), OrdersClient(connection))

    asyncio.run(run())


def test_a_sale_changes_the_stock_and_a_cancelled_one_restores_it() -> None:
    async def use(catalog: CatalogClient, orders: OrdersClient) -> None:
        async def stock() -> int:
            return (await catalog.stock({seed.RUST}))[seed.RUST]

        def order(copies: int) -> NewOrder:
            return NewOrder(8, [(seed.RUST, copies)], terms=TermsAccepted())

        assert await stock() == 12
        assert await orders.place(order(13)) == PlaceOutcomeOutOfStock(seed.RUST, 12)
        placed = await orders.place(order(12))
        assert isinstance(placed, PlaceOutcomePlaced)
        assert await stock() == 0
        assert await orders.cancel(placed.value.id) == CancelOutcomeCancelled(Money(-12 * 4999, Currency.USD))
        assert await stock() == 12
        found = await catalog.find(seed.RUST)
        assert isinstance(found, FindOutcomeFound)
        assert found.value.sold == 18_446_744_073_709_551_000

    with_clients(use)


def test_a_discount_is_granted_and_taken_away() -> None:
    async def use(catalog: CatalogClient, orders: OrdersClient) -> None:
        for discount, total in [(200, 0), (33, 1482), (None, 2211)]:
            order = await orders.amend(3, Amendment(discount=rapace.Some(discount)))
            assert order is not None
            assert (order.total.minor, order.note) == (total, "")
        cleared = await orders.amend(3, Amendment(note=rapace.Some(None), gift=True))
        assert cleared is not None
        assert (cleared.note, cleared.gift) == (None, True)

    with_clients(use)


def test_a_stream_that_is_left_ends_in_the_shop() -> None:
    async def use(catalog: CatalogClient, orders: OrdersClient) -> None:
        async with aclosing(catalog.ticker(0)) as numbers:
            async for number in numbers:
                if number == 3:
                    break
        assert await catalog.greeting() == await Catalog(Shop()).greeting()

    with_clients(use)


def test_a_client_is_forwarded_as_a_handler() -> None:
    async def use(catalog: CatalogClient, orders: OrdersClient) -> None:
        async with rapace.memory_connection(CatalogHandler.forward(catalog)) as connection:
            proxied = CatalogClient(connection)
            assert await proxied.scan(Isbn("x"), 300) == await catalog.scan(Isbn("x"), 300)
            assert [hit.isbn async for hit in proxied.search("c", 2)] == [seed.C, seed.RUST]
            with pytest.raises(rapace.StatusError, match="nothing to search for") as caught:
                await anext(proxied.search("", 2))
            assert caught.value.code == rapace.Code.INVALID_ARGUMENT

    with_clients(use)


def test_the_auditor_computes_a_checksum() -> None:
    async def use(catalog: CatalogClient, orders: OrdersClient) -> None:
        figures = Figures(-1, 2, -3, 4, -5, 6, 7, 8, 9, 10, 0.5, 0.25, True, "x", "")
        assert await orders.audit(figures) == await Orders(Shop()).audit(figures)

    with_clients(use)
