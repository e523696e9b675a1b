"""The asyncio clients against the real server: the host on TCP and on a Unix socket, and plain `serve()`."""

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Coroutine

import pytest
from bookshop import (
    Amendment,
    CatalogClient,
    Figures,
    FindOutcomeFound,
    FindOutcomeNotFound,
    FindOutcomeWithdrawn,
    Isbn,
    Money,
    NewOrder,
    OrdersClient,
    TermsAccepted,
    rapace,
)

from demo import NEKO, OVID, RECALLED, RUST, TROMMEL, UNKNOWN, C, highest, lowest

from .conftest import FIGURES, Server, address


def run(main: Coroutine[object, object, None]) -> None:
    """Runs a test in a strict loop: what is reported to the loop, or left running, fails."""
    problems: list[object] = []

    async def guarded() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with asyncio.timeout(30):
            await main
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(guarded(), debug=True)
    assert problems == []


def test_catalog(catalog_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(catalog_address) as connection:
            catalog = CatalogClient(connection)
            assert "📚" in await catalog.greeting()
            match await catalog.find(C):
                case FindOutcomeFound(book):
                    assert book.isbn == C
                    assert book.union_number == 2**128 - 1
                    assert book.tags == {"c", "programming", "unix"}
                    assert (len(book.mark), book.size_mm) == (4, (178, 235, 18))
                case other:
                    pytest.fail(f"{other} is no book")
            assert await catalog.find(UNKNOWN) == FindOutcomeNotFound()
            assert isinstance(await catalog.find(RECALLED), FindOutcomeWithdrawn)
            page = await catalog.list(category=None, offset=4, limit=4)
            assert ([book.isbn for book in page.items][:1], page.total, page.next) == ([NEKO], 6, None)
            tree = await catalog.categories()
            assert (tree.name, tree.children[1].children[0].children[0].name) == ("All", "Cats")
            assert [hit.title async for hit in catalog.search("PROGRAMMING", 1)] == [
                "The C Programming Language \\ Second Edition"
            ]
            assert (await catalog.cover(OVID), await catalog.cover(UNKNOWN)) == (b"", None)
            assert await catalog.stock({C, UNKNOWN}) == {C: 3}

    run(main())


def test_orders(orders_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(orders_address) as connection:
            orders = OrdersClient(connection)
            await orders.touch()
            assert [beat async for beat in orders.heartbeats(3, 0)] == [None, None, None]
            for figures in [lowest(), highest()]:
                heard = (await orders.audit(figures)).figures
                assert heard.huge == figures.huge
                assert heard.huge_count == figures.huge_count
                assert heard.exact_share == figures.exact_share
                assert heard.share == pytest.approx(figures.share)
            kept = await orders.amend(1, Amendment(note=None, discount=None, gift=None))
            assert kept is not None
            cleared = await orders.amend(1, Amendment(note=rapace.Some(None), discount=None, gift=None))
            assert cleared is not None
            assert cleared.note is None
            written = await orders.amend(1, Amendment(note=rapace.Some(kept.note), discount=None, gift=None))
            assert written == kept

    run(main())


def test_errors_of_the_server(host_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(host_address) as connection:
            with pytest.raises(rapace.StatusError, match="no order 999") as caught:
                await anext(OrdersClient(connection).watch(999, 0))
            assert (caught.value.code, caught.value.remote) == (rapace.Code.NOT_FOUND, True)
            with pytest.raises(rapace.StatusError) as caught:
                await anext(CatalogClient(connection).search("", 1))
            assert caught.value.code == rapace.Code.INVALID_ARGUMENT

    run(main())


def test_an_unknown_method_is_refused_and_the_connection_lives_on() -> None:
    async def main() -> None:
        async with rapace.connect(address("BOOKSHOP_PLAIN_CATALOG")) as connection:
            with pytest.raises(rapace.StatusError) as caught:
                await OrdersClient(connection).touch()
            assert (caught.value.code, caught.value.remote) == (rapace.Code.UNIMPLEMENTED, True)
            assert await CatalogClient(connection).stock({C}) == {C: 3}

    run(main())


@pytest.mark.parametrize("server", ["BOOKSHOP_TCP", "BOOKSHOP_UNIX", "BOOKSHOP_PLAIN_CATALOG"])
def test_sequential_calls_are_quick(server: str) -> None:
    times: list[float] = []

    async def main() -> None:
        async with rapace.connect(address(server)) as connection:
            catalog = CatalogClient(connection)
            for _ in range(50):
                started = time.perf_counter()
                await catalog.greeting()
                times.append(time.perf_counter() - started)

    asyncio.run(main())
    median = statistics.median(times)
    FIGURES.append(f"asyncio, {server}: median {median * 1e6:.0f} us")
    assert median < 0.010


def test_a_plain_stream_has_no_delay_per_item() -> None:
    async def main() -> None:
        async with rapace.connect(address("BOOKSHOP_PLAIN_ORDERS")) as connection:
            started = time.perf_counter()
            assert len([beat async for beat in OrdersClient(connection).heartbeats(100, 0)]) == 100
            assert time.perf_counter() - started < 1

    asyncio.run(main())


def test_a_timeout_and_the_next_call(host_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(host_address) as connection:
            catalog = CatalogClient(connection, timeout=0.1)
            with pytest.raises(TimeoutError) as caught:
                await catalog.restock(C, 0, 60_000)
            assert isinstance(caught.value, rapace.DeadlineExceededError)
            assert caught.value.__notes__[0].startswith(f"in Catalog.restock at {host_address}")
            assert await catalog.restock(C, 0, 200, timeout=5.0) == 3
            assert await catalog.restock(C, 0, 0, timeout=math.inf) == 3

    run(main())


def test_a_late_answer_of_a_plain_server_is_dropped() -> None:
    async def main() -> None:
        async with rapace.connect(address("BOOKSHOP_PLAIN_CATALOG")) as connection:
            catalog = CatalogClient(connection)
            with pytest.raises(TimeoutError):
                await catalog.restock(C, 0, 300, timeout=0.05)
            assert await catalog.restock(NEKO, 0, 0) == 5
            assert connection.dropped_frames == 1

    run(main())


def test_a_cancelled_call_and_the_next(catalog_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(catalog_address) as connection:
            catalog = CatalogClient(connection)
            for _ in range(5):
                call = asyncio.create_task(catalog.restock(C, 0, 50))
                await asyncio.sleep(0.01)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert await catalog.restock(NEKO, 0, 0) == 5

    run(main())


def test_many_calls_and_streams_at_once(catalog_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(catalog_address) as connection:
            catalog = CatalogClient(connection)

            async def newest() -> int:
                return len([book async for book in catalog.newest()])

            numbers = [C, RUST, TROMMEL, NEKO] * 50
            found = asyncio.gather(*(catalog.find(number) for number in numbers))
            listed = asyncio.gather(*(newest() for _ in range(20)))
            for number, outcome in zip(numbers, await found, strict=True):
                assert isinstance(outcome, FindOutcomeFound)
                assert outcome.value.isbn == number
            assert await listed == [6] * 20

    run(main())


def test_leaving_an_endless_stream(host_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(host_address) as connection:
            catalog = CatalogClient(connection)
            for _ in range(3):
                async for tick in catalog.ticker(1):
                    if tick == 3:
                        break
            assert await catalog.restock(NEKO, 0, 0) == 5
            await asyncio.sleep(0.05)
            dropped = connection.dropped_frames
            await asyncio.sleep(0.1)
            assert connection.dropped_frames == dropped  # the host stopped ticking

    run(main())


def test_a_call_inside_a_stream(host_address: str) -> None:
    async def main() -> None:
        async with rapace.connect(host_address) as connection:
            catalog = CatalogClient(connection)
            titles: list[str] = []
            async for book in catalog.newest():
                match await catalog.find(book.isbn):
                    case FindOutcomeFound(found):
                        titles.append(found.title)
                    case other:
                        pytest.fail(f"{other} is no book")
            assert len(titles) == 6

    run(main())


def test_a_killed_server_fails_calls_and_streams_at_once(start_server: Callable[..., Server]) -> None:
    server = start_server()

    async def main() -> None:
        async with rapace.connect(server.address) as connection:
            catalog = CatalogClient(connection)
            ticks = catalog.ticker(1)
            assert await anext(ticks) == 0
            calls = [asyncio.create_task(catalog.restock(C, 0, 60_000)) for _ in range(10)]
            await asyncio.sleep(0.1)
            server.kill()
            started = time.monotonic()
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(result) for result in results] == [rapace.ConnectionLostError] * 10
            with pytest.raises(rapace.ConnectionLostError):
                async for _ in ticks:
                    pass
            assert time.monotonic() - started < 1
            with pytest.raises(rapace.ConnectionLostError):
                await catalog.greeting()

    run(main())


def test_frames_beyond_the_limit_close_the_connection_and_a_higher_limit_takes_them(host_address: str) -> None:
    size = 17 * 1024 * 1024

    async def main() -> None:
        async with rapace.connect(host_address) as connection:
            with pytest.raises(rapace.ConnectionLostError, match="exceeds the limit of 16777216 bytes"):
                await CatalogClient(connection).scan(C, size)
            assert connection.closed
        limits = rapace.Limits(max_frame_bytes=32 * 1024 * 1024)
        async with rapace.connect(host_address, limits=limits) as connection:
            assert len(await CatalogClient(connection).scan(C, size)) == size

    run(main())


def test_values_that_do_not_fit_are_refused_with_their_path() -> None:
    def order(isbn: object, copies: object) -> NewOrder:
        return NewOrder(customer=1, lines=[(C, 1), (isbn, copies)], note=None, terms=TermsAccepted())  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    figures = highest()
    figures.small = 1 << 15

    async def main() -> None:
        async with rapace.connect(address("BOOKSHOP_TCP")) as connection:
            orders, catalog = OrdersClient(connection), CatalogClient(connection)
            cases: list[tuple[Coroutine[object, object, object], str]] = [
                (orders.place(order(RUST, -1)), "order.lines[1][1]: -1 is out of range of u32"),
                (orders.place(order(RUST, "2")), "order.lines[1][1]: expected int, got str"),
                (orders.place(order("\ud800", 1)), "order.lines[1][0]: unpaired surrogate at character 0"),
                (orders.audit(figures), "figures.small: 32768 is out of range of i16"),
                (catalog.list(None, 0, 1 << 32), "limit: 4294967296 is out of range of u32"),
                (catalog.find(Isbn(7)), "isbn: expected str, got int"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
                (
                    orders.amend(1, Amendment(note="bare", discount=None, gift=None)),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
                    "change.note: expected Some, got str",
                ),
                (orders.place(Money), "order: expected NewOrder, got type"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
                (catalog.stock([C]), "isbns: expected set, got list"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            ]
            for call, problem in cases:
                with pytest.raises(rapace.EncodeError) as caught:
                    await call
                assert str(caught.value) == problem
            assert await catalog.restock(NEKO, 0, 0) == 5

    run(main())


def test_figures_are_slotted() -> None:
    assert not hasattr(lowest(), "__dict__")
    assert isinstance(lowest(), Figures)
