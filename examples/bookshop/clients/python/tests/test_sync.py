"""The blocking clients against the real server: the host on TCP and on a Unix socket, and plain `serve()`."""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from bookshop import Amendment, FindOutcomeFound, FindOutcomeNotFound, Isbn, rapace
from bookshop.sync import CatalogClient, OrdersClient

from demo import NEKO, OVID, RUST, TROMMEL, UNKNOWN, C, highest, lowest

from .conftest import FIGURES, Server, address


def test_catalog(catalog_address: str) -> None:
    with rapace.sync.connect(catalog_address) as connection:
        catalog = CatalogClient(connection, timeout=5.0)
        assert "📚" in catalog.greeting()
        match catalog.find(C, timeout=2.0):
            case FindOutcomeFound(book):
                assert (book.isbn, book.union_number) == (C, 2**128 - 1)
            case other:
                pytest.fail(f"{other} is no book")
        assert catalog.find(UNKNOWN) == FindOutcomeNotFound()
        assert [book.isbn for book in catalog.list(None, 4, 1).items] == [NEKO]
        assert catalog.categories().name == "All"
        assert [hit.isbn for hit in catalog.search("novel", limit=5)] == [TROMMEL, NEKO]
        assert len(list(catalog.newest())) == 6
        assert (catalog.cover(OVID), catalog.cover(UNKNOWN)) == (b"", None)
        assert catalog.stock({C, UNKNOWN}) == {C: 3}


def test_orders(orders_address: str) -> None:
    with rapace.sync.connect(orders_address) as connection:
        orders = OrdersClient(connection)
        orders.touch()
        assert list(orders.heartbeats(3, 0)) == [None, None, None]
        for figures in [lowest(), highest()]:
            assert orders.audit(figures).figures.huge == figures.huge
        kept = orders.amend(2, Amendment(note=None, discount=None, gift=None))
        assert kept is not None
        assert (kept.id, kept.customer) == (2, 7)
        with pytest.raises(rapace.StatusError, match="no order 999"):
            list(orders.watch(999, 0))


@pytest.mark.parametrize("server", ["BOOKSHOP_TCP", "BOOKSHOP_UNIX", "BOOKSHOP_PLAIN_CATALOG"])
def test_sequential_calls_are_quick(server: str) -> None:
    times: list[float] = []
    with rapace.sync.connect(address(server)) as connection:
        catalog = CatalogClient(connection)
        for _ in range(50):
            started = time.perf_counter()
            catalog.greeting()
            times.append(time.perf_counter() - started)
    median = statistics.median(times)
    FIGURES.append(f"blocking, {server}: median {median * 1e6:.0f} us")
    assert median < 0.010


def test_a_plain_stream_has_no_delay_per_item() -> None:
    with rapace.sync.connect(address("BOOKSHOP_PLAIN_ORDERS")) as connection:
        started = time.perf_counter()
        assert len(list(OrdersClient(connection).heartbeats(100, 0))) == 100
        assert time.perf_counter() - started < 1


def test_a_timeout_and_the_next_call(host_address: str) -> None:
    with rapace.sync.connect(host_address) as connection:
        catalog = CatalogClient(connection, timeout=0.1)
        with pytest.raises(TimeoutError) as caught:
            catalog.restock(C, 0, 60_000)
        assert isinstance(caught.value, rapace.DeadlineExceededError)
        assert catalog.restock(C, 0, 200, timeout=5.0) == 3


def test_a_late_answer_of_a_plain_server_is_dropped() -> None:
    with rapace.sync.connect(address("BOOKSHOP_PLAIN_CATALOG")) as connection:
        catalog = CatalogClient(connection)
        with pytest.raises(TimeoutError):
            catalog.restock(C, 0, 300, timeout=0.05)
        assert catalog.restock(NEKO, 0, 0) == 5
        assert connection.dropped_frames == 1


def test_many_threads_on_one_connection(catalog_address: str) -> None:
    with rapace.sync.connect(catalog_address) as connection:
        catalog = CatalogClient(connection)

        def work(number: Isbn) -> None:
            for _ in range(20):
                match catalog.find(number):
                    case FindOutcomeFound(book):
                        assert book.isbn == number
                    case other:
                        pytest.fail(f"{other} is no book")
                assert sum(1 for _ in catalog.newest()) == 6

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, [C, RUST, TROMMEL, NEKO] * 2))


def test_leaving_an_endless_stream(host_address: str) -> None:
    with rapace.sync.connect(host_address) as connection:
        catalog = CatalogClient(connection)
        for _ in range(3):
            for tick in catalog.ticker(1):
                if tick == 3:
                    break
        assert catalog.restock(NEKO, 0, 50) == 5
        dropped = connection.dropped_frames
        assert catalog.restock(NEKO, 0, 100) == 5
        assert connection.dropped_frames == dropped  # the host stopped ticking


def test_a_killed_server_fails_calls_and_streams_at_once(start_server: Callable[..., Server]) -> None:
    server = start_server()
    with rapace.sync.connect(server.address) as connection:
        catalog = CatalogClient(connection)
        ticks = catalog.ticker(1)
        assert next(ticks) == 0
        with ThreadPoolExecutor(4) as pool:
            calls = [pool.submit(catalog.restock, C, 0, 60_000) for _ in range(4)]
            killer = threading.Timer(0.2, server.kill)
            killer.start()
            started = time.monotonic()
            for call in calls:
                with pytest.raises(rapace.ConnectionLostError):
                    call.result(10)
            killer.join()
        with pytest.raises(rapace.ConnectionLostError):
            for _ in ticks:
                pass
        assert time.monotonic() - started < 2


def test_values_that_do_not_fit_are_refused_with_their_path() -> None:
    with rapace.sync.connect(address("BOOKSHOP_TCP")) as connection:
        catalog = CatalogClient(connection)
        with pytest.raises(rapace.EncodeError) as caught:
            catalog.restock(C, 1 << 32, 0)
        assert str(caught.value) == "copies: 4294967296 is out of range of u32"
        assert catalog.restock(NEKO, 0, 0) == 5
