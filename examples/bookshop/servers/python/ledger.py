"""Prices, dates and the history of orders, and how many copies of a book there are."""

from collections.abc import Iterator

from bookshop import (
    Availability,
    AvailabilityInStock,
    AvailabilityPreorder,
    AvailabilitySoldOut,
    Order,
    OrderEvent,
    OrderStatus,
    OrderStatusCancelled,
    OrderStatusPacked,
    OrderStatusPlaced,
    OrderStatusShipped,
)

FIRST_ORDER_AT = 1_735_689_600
"""When the first order was placed, in seconds since 1970: 1 January 2025, 00:00 UTC."""
ORDER_EVERY = 600
"""The seconds between two orders, and ten times the seconds between two events of one order."""
U8_MAX, U32_MAX = 2**8 - 1, 2**32 - 1


def placed_at(order: int) -> int:
    """When the order with this number was placed, in seconds since 1970."""
    return FIRST_ORDER_AT + (order - 1) * ORDER_EVERY


def price(order: Order) -> int:
    """What the order costs in its currency's smallest unit. The discount is rounded in the shop's favour."""
    full = sum(line.price.minor * line.copies for line in order.lines)
    return full - full * (order.discount or 0) // 100


def events(order: Order) -> Iterator[OrderEvent]:
    """What has happened to the order. A cancelled order has only been placed: its stream ends with an error."""
    for sequence, status in enumerate(_history(order), start=1):
        yield OrderEvent(sequence, order.placed + (sequence - 1) * ORDER_EVERY // 10, status)


def _history(order: Order) -> Iterator[OrderStatus]:
    yield OrderStatusPlaced()
    match order.status:
        case OrderStatusPlaced() | OrderStatusCancelled():
            return
        case OrderStatusShipped():
            grams = [min(line.copies * 500, U32_MAX) for line in order.lines]
            yield OrderStatusPacked(parcels=min(len(order.lines), U8_MAX), grams=grams)
        case OrderStatusPacked():
            pass
    yield order.status


def copies(availability: Availability) -> int:
    """How many copies can be had at once."""
    match availability:
        case AvailabilityInStock(value):
            return value
        case AvailabilitySoldOut() | AvailabilityPreorder():
            return 0


def with_more(availability: Availability, more: int) -> Availability:
    """The availability after a delivery. No copies leave a book that is not in print yet as it is."""
    return AvailabilityInStock(min(copies(availability) + more, U32_MAX)) if more else availability


def with_less(availability: Availability, less: int) -> Availability:
    """The availability after a sale, for which there are enough copies."""
    if not less:
        return availability
    left = copies(availability) - less
    return AvailabilityInStock(left) if left else AvailabilitySoldOut()
