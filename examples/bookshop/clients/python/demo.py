"""Calls every method of the bookshop at the given address, and prints what it answers.

    python demo.py tcp://127.0.0.1:9000

The Rust client `bookshop-client` prints the same bytes.
"""

import asyncio
import sys
from typing import assert_never

from bookshop import (
    Amendment,
    Book,
    CancelOutcomeCancelled,
    CancelOutcomeTooLate,
    CancelOutcomeUnknownOrder,
    CatalogClient,
    Figures,
    FindOutcomeFound,
    FindOutcomeNotFound,
    FindOutcomeWithdrawn,
    Isbn,
    NewOrder,
    OrdersClient,
    PlaceOutcomeEmpty,
    PlaceOutcomeMixedCurrencies,
    PlaceOutcomeOutOfStock,
    PlaceOutcomePlaced,
    PlaceOutcomeUnknownBook,
    TermsAccepted,
    rapace,
)

from show import (
    counted,
    hexadecimal,
    joined,
    money,
    optional,
    print_book,
    print_category,
    print_figures,
    print_order,
    print_stream,
    show_event,
    show_hit,
    status,
)

C = Isbn("978-0-13-110362-7")
RUST = Isbn("978-1-7185-0310-6")
TROMMEL = Isbn("978-3-423-11821-7")
NEKO = Isbn("978-4-10-101001-2")
OVID = Isbn("978-0-14-044789-7")
ALMANAC = Isbn("979-8-00-000001-1")
RECALLED = Isbn("978-0-00-000666-3")
UNKNOWN = Isbn("000-0-00-000000-0")

U32_MAX = 2**32 - 1
U64_MAX = 2**64 - 1


async def main(address: str) -> None:
    async with rapace.connect(address) as connection:
        await browse(CatalogClient(connection))
        await order(OrdersClient(connection))


async def browse(catalog: CatalogClient) -> None:
    print(f"greeting: {await catalog.greeting()}")
    await find_books(catalog)
    await list_books(catalog)
    await search_books(catalog)
    await look_inside(catalog)
    await restock_books(catalog)

    print("ticker, stopped after 3:")
    async for tick in catalog.ticker(every_ms=1):
        print(f"  {tick}")
        if tick == 2:
            break  # The server learns that nobody listens any more.


async def find_books(catalog: CatalogClient) -> None:
    for isbn in [C, RUST, TROMMEL, NEKO, OVID, ALMANAC, RECALLED, UNKNOWN]:
        match await catalog.find(isbn):
            case FindOutcomeFound(book):
                print_book(isbn, book)
            case FindOutcomeNotFound():
                print(f"find {isbn}: not found")
            case FindOutcomeWithdrawn(reason, since):
                print(f"find {isbn}: withdrawn since {since}: {reason}")
            case _ as never:
                assert_never(never)


async def list_books(catalog: CatalogClient) -> None:
    pages: list[tuple[str | None, int, int]] = [
        (None, 0, 4),
        (None, 4, 4),
        ("Literature", 0, 1),
        ("Nothing", 0, 10),
        (None, U64_MAX, U32_MAX),
    ]
    for category, offset, limit in pages:
        page = await catalog.list(category, offset, limit)
        isbns = joined(book.isbn for book in page.items)
        print(f"list {optional(category)} {offset} {limit}: {isbns}; total {page.total}, next {optional(page.next)}")

    print("categories:")
    print_category(await catalog.categories(), 1)


async def search_books(catalog: CatalogClient) -> None:
    for text, limit in [("PROGRAMMING", 10), ("ritchie", 10), ("NOVEL", 1), ("猫", 10), ("", 1)]:
        print(f'search "{text}" {limit}:')
        await print_stream(catalog.search(text, limit), show_hit)

    print("newest:")
    await print_stream(catalog.newest(), show_published)


async def look_inside(catalog: CatalogClient) -> None:
    for isbn in [RUST, OVID, UNKNOWN]:
        cover = await catalog.cover(isbn)
        shown = None if cover is None else f"{len(cover)} bytes, {hexadecimal(cover)}"
        print(f"cover {isbn}: {optional(shown)}")

    print(f"scan {C} 5: {hexadecimal(await catalog.scan(C, 5))}")
    scan = await catalog.scan(RUST, 200_000)
    print(f"scan {RUST} 200000: {len(scan)} bytes, sum {sum(scan)}")

    for isbns_in_stock in [{C, TROMMEL, OVID, UNKNOWN}, set[Isbn]()]:
        stock = await catalog.stock(isbns_in_stock)
        print(f"stock: {counted(sorted(stock.items()))}")


async def restock_books(catalog: CatalogClient) -> None:
    for isbn, copies, after_ms in [(TROMMEL, 2, 5), (OVID, 1, 0), (UNKNOWN, 1, 0)]:
        left = await catalog.restock(isbn, copies, after_ms)
        print(f"restock {isbn} {copies}: {optional(left)}")
    try:
        left = await catalog.restock(C, 0, after_ms=60_000, timeout=0.05)
        print(f"restock {C} slowly: {optional(left)}")
    except TimeoutError:
        print(f"restock {C} slowly: timed out")

    # All on one connection, at once.
    answers = await asyncio.gather(*(catalog.restock(NEKO, 0, n % 10) for n in range(100)))
    print(f"restock {NEKO} at once: {answers.count(5)} of {len(answers)} agree")


async def order(orders: OrdersClient) -> None:
    await place_orders(orders)

    for customer, offset, limit in [(7, 0, 1), (7, 1, 10), (U64_MAX, 0, 10), (8, 0, 10)]:
        page = await orders.history(customer, offset, limit)
        print(f"history {customer} {offset} {limit}: total {page.total}, next {optional(page.next)}")
        for past in page.items:
            print_order("  order", past)

    await amend_orders(orders)
    await cancel_orders(orders)

    for number in [1, 2, 3, 4, 999]:
        print(f"watch {number}:")
        await print_stream(orders.watch(number, every_ms=1), show_event)

    await orders.touch()
    print("touch: ok")
    print("heartbeats 3:")
    async for _ in orders.heartbeats(count=3, every_ms=1):
        print("  beat")

    totals = await orders.totals()
    print(f"totals: {counted(sorted((currency.name, total) for currency, total in totals.items()))}")

    for figures in [lowest(), highest()]:
        audit = await orders.audit(figures)
        print_figures(audit.figures)
        print(f"  checksum: {audit.checksum}")


async def place_orders(orders: OrdersClient) -> None:
    baskets: list[list[tuple[Isbn, int]]] = [
        [(RUST, 2), (C, 1)],
        [],
        [(UNKNOWN, 1)],
        [(C, 1), (C, 2)],
        [(RUST, 1), (NEKO, 1)],
    ]
    for lines in baskets:
        wanted = counted(lines)
        new_order = NewOrder(customer=42, lines=lines, note="für Zoë 🎁", terms=TermsAccepted())
        match await orders.place(new_order):
            case PlaceOutcomePlaced(placed):
                print_order(f"place {wanted}", placed)
            case PlaceOutcomeEmpty():
                print(f"place {wanted}: empty")
            case PlaceOutcomeUnknownBook(isbn):
                print(f"place {wanted}: unknown book {isbn}")
            case PlaceOutcomeOutOfStock(isbn, left):
                print(f"place {wanted}: out of stock: {isbn}, {left} left")
            case PlaceOutcomeMixedCurrencies(first, second):
                print(f"place {wanted}: {first.name} and {second.name} do not mix")
            case _ as never:
                assert_never(never)


async def amend_orders(orders: OrdersClient) -> None:
    # None leaves a value as it is, Some(None) clears it.
    keep = Amendment(note=None, discount=None, gift=None)
    grant = Amendment(note=None, discount=rapace.Some(25), gift=True)
    write = Amendment(note=rapace.Some(""), discount=None, gift=None)
    clear = Amendment(note=rapace.Some(None), discount=rapace.Some(None), gift=False)
    changes = [("keep", 4, keep), ("grant", 4, grant), ("write", 4, write), ("clear", 4, clear), ("clear", 999, clear)]
    for what, number, change in changes:
        amended = await orders.amend(number, change)
        if amended is None:
            print(f"amend {number}, {what}: -")
        else:
            print_order(f"amend {number}, {what}", amended)


async def cancel_orders(orders: OrdersClient) -> None:
    for number in [4, 4, 1, 2, 999]:
        match await orders.cancel(number):
            case CancelOutcomeCancelled(refund):
                print(f"cancel {number}: refund {money(refund)}")
            case CancelOutcomeTooLate(reached):
                print(f"cancel {number}: too late: {status(reached)}")
            case CancelOutcomeUnknownOrder():
                print(f"cancel {number}: unknown order")
            case _ as never:
                assert_never(never)


def show_published(book: Book) -> str:
    return f"{book.published} {book.title}"


def lowest() -> Figures:
    return Figures(
        tiny=-(2**7),
        small=-(2**15),
        medium=-(2**31),
        large=-(2**63),
        huge=-(2**127),
        tiny_count=0,
        small_count=0,
        medium_count=0,
        large_count=0,
        huge_count=0,
        share=-0.1,
        exact_share=-1234567.890123,
        balanced=False,
        initial="é",
        remark="",
    )


def highest() -> Figures:
    return Figures(
        tiny=2**7 - 1,
        small=2**15 - 1,
        medium=2**31 - 1,
        large=2**63 - 1,
        huge=2**127 - 1,
        tiny_count=2**8 - 1,
        small_count=2**16 - 1,
        medium_count=U32_MAX,
        large_count=U64_MAX,
        huge_count=2**128 - 1,
        share=0.7,
        exact_share=2.0 / 3.0,
        balanced=True,
        initial="𝄞",
        remark="naïve – 数字 – ارقام – 👩‍🚀",
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python demo.py ADDR, such as tcp://127.0.0.1:9000 or unix:///run/bookshop.sock")
    asyncio.run(main(sys.argv[1]))
