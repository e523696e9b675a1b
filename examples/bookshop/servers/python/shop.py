"""The bookshop: its two services, and what they share. Equal calls in equal order have equal answers.

Books and orders are replaced, never changed, so that an answer that waits to be sent stays as it was.
"""

import asyncio
import builtins
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import count, islice

from bookshop import (
    Amendment,
    Audit,
    AvailabilityPreorder,
    Book,
    CancelOutcome,
    CancelOutcomeCancelled,
    CancelOutcomeTooLate,
    CancelOutcomeUnknownOrder,
    CatalogHandler,
    Category,
    Currency,
    Figures,
    FindOutcome,
    FindOutcomeFound,
    FindOutcomeNotFound,
    Isbn,
    Money,
    NewOrder,
    Order,
    OrderEvent,
    OrderLine,
    OrdersHandler,
    OrderStatusCancelled,
    OrderStatusPlaced,
    PageOfBook,
    PageOfOrder,
    Place,
    PlaceAuthor,
    PlaceOutcome,
    PlaceOutcomeEmpty,
    PlaceOutcomeMixedCurrencies,
    PlaceOutcomeOutOfStock,
    PlaceOutcomePlaced,
    PlaceOutcomeUnknownBook,
    PlaceTag,
    PlaceTitle,
    SearchHit,
    rapace,
)

import seed
from ledger import copies as copies_of
from ledger import events, placed_at, price, with_less, with_more

MAX_SCAN_BYTES = 32 * 1024 * 1024
"""The longest answer of `Catalog.scan`, in bytes."""
U64_MAX = 2**64 - 1


class Shop:
    """What the shop holds in memory, the same on every start."""

    def __init__(self) -> None:
        self.books = {book.isbn: book for book in sorted(seed.BOOKS, key=lambda book: book.isbn)}
        self.orders = {order.id: order for order in seed.ORDERS}

    def sell(self, isbn: Isbn, number: int) -> None:
        """Takes copies out of stock. A negative number puts them back."""
        book = self.books[isbn]
        change = with_less if number > 0 else with_more
        self.books[isbn] = replace(
            book,
            availability=change(book.availability, abs(number)),
            sold=max(0, min(book.sold + number, U64_MAX)),
        )


class Catalog(CatalogHandler):
    """The catalog of a shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def greeting(self) -> str:
        return "Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚"

    async def find(self, isbn: Isbn) -> FindOutcome:
        book = self._shop.books.get(isbn)
        return seed.WITHDRAWN.get(isbn, FindOutcomeNotFound()) if book is None else FindOutcomeFound(book)

    async def list(self, category: str | None, offset: int, limit: int) -> PageOfBook:
        books = [*self._shop.books.values()]
        if category is not None:
            wanted = {isbn for each in _named(seed.CATEGORIES, category) for isbn in each.books}
            books = [book for book in books if book.isbn in wanted]
        start, end = _cut(len(books), offset, limit)
        return PageOfBook(books[start:end], len(books), next=end if end < len(books) else None)

    async def categories(self) -> Category:
        return seed.CATEGORIES

    async def search(self, text: str, limit: int) -> AsyncIterator[SearchHit]:
        if not text:
            raise rapace.StatusError(rapace.Code.INVALID_ARGUMENT, "nothing to search for")
        hits = (_found(book, text.lower()) for book in self._shop.books.values())
        for hit in islice(filter(None, hits), limit):
            yield hit

    async def newest(self) -> AsyncIterator[Book]:
        for book in sorted(self._shop.books.values(), key=lambda book: book.published, reverse=True):
            yield book

    async def cover(self, isbn: Isbn) -> bytes | None:
        return seed.COVERS.get(isbn)

    async def scan(self, isbn: Isbn, bytes: int) -> bytes:  # noqa: A002 - the service's name
        first, length = len(isbn.encode()), min(bytes, MAX_SCAN_BYTES)
        pattern = builtins.bytes((first + place * 31) % 256 for place in range(256))
        return (pattern * (length // 256 + 1))[:length]

    async def stock(self, isbns: set[Isbn]) -> dict[Isbn, int]:
        books = self._shop.books
        return {isbn: copies_of(books[isbn].availability) for isbn in sorted(isbns) if isbn in books}

    async def restock(self, isbn: Isbn, copies: int, after_ms: int) -> int | None:
        await _pause(after_ms)
        book = self._shop.books.get(isbn)
        if book is None or isinstance(book.availability, AvailabilityPreorder):
            return None
        more = with_more(book.availability, copies)
        self._shop.books[isbn] = replace(book, availability=more)
        return copies_of(more)

    async def ticker(self, every_ms: int) -> AsyncIterator[int]:
        for number in count():
            await _pause(every_ms)
            yield number


class Orders(OrdersHandler):
    """The orders of a shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def place(self, order: NewOrder) -> PlaceOutcome:
        lines: list[OrderLine] = []
        taken: Counter[Isbn] = Counter()
        for isbn, wanted in order.lines:
            book = self._shop.books.get(isbn)
            if book is None:
                return PlaceOutcomeUnknownBook(isbn)
            if lines and lines[0].price.currency != book.price.currency:
                return PlaceOutcomeMixedCurrencies(lines[0].price.currency, book.price.currency)
            taken[isbn] += wanted
            if taken[isbn] > copies_of(book.availability):
                return PlaceOutcomeOutOfStock(isbn, copies_of(book.availability))
            lines.append(OrderLine(isbn, wanted, book.price))
        if not lines:
            return PlaceOutcomeEmpty()
        for isbn, number in taken.items():
            self._shop.sell(isbn, number)
        number = max(self._shop.orders, default=0) + 1
        total = Money(sum(line.price.minor * line.copies for line in lines), lines[0].price.currency)
        placed = Order(
            number,
            order.customer,
            lines,
            total,
            OrderStatusPlaced(),
            note=order.note,
            gift=False,
            placed=placed_at(number),
        )
        self._shop.orders[number] = placed
        return PlaceOutcomePlaced(placed)

    async def history(self, customer: int, offset: int, limit: int) -> PageOfOrder:
        orders = [order for order in self._shop.orders.values() if order.customer == customer]
        start, end = _cut(len(orders), offset, limit)
        return PageOfOrder(orders[start:end], len(orders), next=end if end < len(orders) else None)

    async def watch(self, order: int, every_ms: int) -> AsyncIterator[OrderEvent]:
        found = self._shop.orders.get(order)
        if found is None:
            raise rapace.StatusError(rapace.Code.NOT_FOUND, f"no order {order}")
        for event in events(found):
            await _pause(every_ms)
            yield event
        if isinstance(found.status, OrderStatusCancelled):
            await _pause(every_ms)
            raise rapace.StatusError(rapace.Code.ABORTED, f"order {order} was cancelled")

    async def cancel(self, order: int) -> CancelOutcome:
        found = self._shop.orders.get(order)
        if found is None:
            return CancelOutcomeUnknownOrder()
        if not isinstance(found.status, OrderStatusPlaced):
            return CancelOutcomeTooLate(found.status)
        self._shop.orders[order] = replace(found, status=OrderStatusCancelled())
        for line in found.lines:
            self._shop.sell(line.isbn, -line.copies)
        return CancelOutcomeCancelled(Money(-found.total.minor, found.total.currency))

    async def amend(self, order: int, change: Amendment) -> Order | None:
        found = self._shop.orders.get(order)
        if found is None:
            return None
        if change.note is not None:
            found = replace(found, note=change.note.value)
        if change.discount is not None:
            percent = change.discount.value
            found = replace(found, discount=None if percent is None else min(percent, 100))
            found = replace(found, total=Money(price(found), found.total.currency))
        if change.gift is not None:
            found = replace(found, gift=change.gift)
        self._shop.orders[order] = found
        return found

    async def touch(self) -> None:
        pass

    async def heartbeats(self, count: int, every_ms: int) -> AsyncIterator[None]:
        for _ in range(count):
            await _pause(every_ms)
            yield None

    async def totals(self) -> dict[Currency, int]:
        totals: Counter[Currency] = Counter()
        for order in self._shop.orders.values():
            if not isinstance(order.status, OrderStatusCancelled):
                totals[order.total.currency] += order.total.minor
        return dict(totals)

    async def audit(self, figures: Figures) -> Audit:
        return Audit(figures, _checksum(figures))


def _named(category: Category, name: str, *, inside: bool = False) -> Iterator[Category]:
    """The category of this name and all below it."""
    inside = inside or category.name == name
    if inside:
        yield category
    for child in category.children:
        yield from _named(child, name, inside=inside)


def _cut(length: int, offset: int, limit: int) -> tuple[int, int]:
    """Where the page of a list starts and ends."""
    start = min(offset, length)
    return start, min(start + limit, length)


def _found(book: Book, text: str) -> SearchHit | None:
    """Looks for a text in lower case in the title, then in the authors, then in the tags of a book."""
    if (found := _place(book, text)) is None:
        return None
    score, place = found
    return SearchHit(book.isbn, book.title, score, place, book.availability)


def _place(book: Book, text: str) -> tuple[float, Place] | None:
    if text in book.title.lower():
        return 1.0, PlaceTitle()
    for author in book.authors:
        if text in author.name.lower():
            return 0.75, PlaceAuthor(author.name)
    for tag in sorted(book.tags):
        before, found, _ = tag.lower().partition(text)
        if found:
            return 0.5, PlaceTag(tag, len(before.encode()))
    return None


def _checksum(figures: Figures) -> int:
    """FNV-1a, 64 bits, over the decimal digits of the integers in the order of the fields, each before a space."""
    integers = (
        *(figures.tiny, figures.small, figures.medium, figures.large, figures.huge),
        *(figures.tiny_count, figures.small_count, figures.medium_count, figures.large_count, figures.huge_count),
    )
    checksum = 0xCBF2_9CE4_8422_2325
    for byte in "".join(f"{integer} " for integer in integers).encode():
        checksum = (checksum ^ byte) * 0x0100_0000_01B3 & U64_MAX
    return checksum


async def _pause(milliseconds: int) -> None:
    """Waits. No pause at all still gives other tasks a turn."""
    await asyncio.sleep(milliseconds / 1000)
