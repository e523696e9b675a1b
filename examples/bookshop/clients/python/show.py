"""How the answers are printed: a line or a few for each."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar, assert_never

from bookshop import (
    Availability,
    AvailabilityInStock,
    AvailabilityPreorder,
    AvailabilitySoldOut,
    Book,
    Category,
    Figures,
    Format,
    Isbn,
    Money,
    Order,
    OrderEvent,
    OrderStatus,
    OrderStatusCancelled,
    OrderStatusPacked,
    OrderStatusPlaced,
    OrderStatusShipped,
    PlaceAuthor,
    PlaceTag,
    PlaceTitle,
    SearchHit,
    rapace,
)

T = TypeVar("T")

FORMATS = {Format.HARDCOVER: "hardcover", Format.PAPERBACK: "paperback", Format.EBOOK: "e-book"}


async def print_stream(stream: AsyncIterator[T], line: Callable[[T], str]) -> None:
    """Prints an item a line, and how the stream failed if it did."""
    try:
        async for item in stream:
            print(f"  {line(item)}")
    except rapace.StatusError as error:
        print(f"  failed with code {int(error.code)}: {error.message}")


def print_book(isbn: Isbn, book: Book) -> None:
    authors = joined(f"{author.name} ({optional(author.born)})" for author in book.authors)
    width, height, depth = book.size_mm
    print(f"find {isbn}: {book.title}")
    print(f"  authors: {authors}")
    print(f"  format: {FORMATS[book.format]}, {width} x {height} x {depth} mm, {book.weight_kg:.3f} kg")
    print(f"  price: {money(book.price)}; {availability(book.availability)}")
    print(f"  rating: {optional(None if book.rating is None else f'{book.rating:.2f}')}")
    print(f"  published: {book.published}, sold: {book.sold}")
    print(f"  shelf: {book.shelf}, signed: {yes_no(book.signed)}, mark: {hexadecimal(book.mark)}")
    print(f"  tags: {joined(sorted(book.tags))}")
    print(f"  translations: {counted(sorted(book.translations.items()))}")
    print(f"  thumbnail: {hexadecimal(book.thumbnail)}")
    print(f"  union number: {book.union_number}")


def print_category(category: Category, depth: int) -> None:
    print(f"{'  ' * depth}{category.name}: {joined(category.books)}")
    for child in category.children:
        print_category(child, depth + 1)


def print_order(what: str, order: Order) -> None:
    lines = joined(f"{line.copies} x {line.isbn} at {money(line.price)}" for line in order.lines)
    discount, gift = optional(order.discount), yes_no(order.gift)
    print(f"{what}: number {order.id} of customer {order.customer}: {lines}")
    print(f"    {money(order.total)}, discount {discount}, gift {gift}, {status(order.status)} ({order.placed})")
    note = None if order.note is None else f'"{order.note}"'
    print(f"    note: {optional(note)}")


def print_figures(figures: Figures) -> None:
    f = figures
    print("audit:")
    print(f"  signed: {f.tiny} {f.small} {f.medium} {f.large} {f.huge}")
    print(f"  unsigned: {f.tiny_count} {f.small_count} {f.medium_count} {f.large_count} {f.huge_count}")
    print(f"  shares: {f.share:.6f} {f.exact_share:.6f}")
    print(f'  balanced: {yes_no(f.balanced)}, initial: {f.initial}, remark: "{f.remark}"')


def show_hit(hit: SearchHit) -> str:
    match hit.place:
        case PlaceTitle():
            place = "title"
        case PlaceAuthor(name):
            place = f"author {name}"
        case PlaceTag(name, at):
            place = f"tag {name} at {at}"
        case _ as never:
            assert_never(never)
    return f"{hit.score:.2f} {hit.title} ({hit.isbn}), in {place}; {availability(hit.availability)}"


def show_event(event: OrderEvent) -> str:
    return f"{event.sequence} at {event.at}: {status(event.status)}"


def availability(value: Availability) -> str:
    match value:
        case AvailabilitySoldOut():
            return "sold out"
        case AvailabilityInStock(copies):
            return f"{copies} in stock"
        case AvailabilityPreorder(ships_in_days, deposit=deposit):
            return f"ships in {ships_in_days} days, deposit {'-' if deposit is None else money(deposit)}"
        case _ as never:
            assert_never(never)


def status(value: OrderStatus) -> str:
    match value:
        case OrderStatusPlaced():
            return "placed"
        case OrderStatusPacked(parcels, grams):
            return f"packed in {parcels} parcels of {joined(grams)} g"
        case OrderStatusShipped(carrier, number):
            return f"shipped by {carrier} as {number}"
        case OrderStatusCancelled():
            return "cancelled"
        case _ as never:
            assert_never(never)


def money(value: Money) -> str:
    return f"{value.minor} {value.currency.name}"


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def optional(value: object) -> str:
    """The value, or `-` for none."""
    return "-" if value is None else str(value)


def joined(items: Iterable[object]) -> str:
    """The items with commas between them, or `-` for none."""
    return ", ".join(str(item) for item in items) or "-"


def counted(pairs: Iterable[tuple[object, object]]) -> str:
    """The pairs as `key=value` with commas between them, or `-` for none."""
    return joined(f"{key}={value}" for key, value in pairs)


def hexadecimal(data: bytes) -> str:
    """The bytes in hexadecimal, or `-` for none."""
    return data.hex() or "-"
