"""Apache Fory, in Cython: its format for Python alone, from and to slotted dataclasses.

An enum is a class with a subclass for each variant, which is its fastest. Without `compatible`, its default, nested
records take a hundred times longer.
"""

from dataclasses import dataclass
from typing import Optional

import pyfory
from rapace_benchmarks import types

from . import Codec


@dataclass(slots=True)
class Small:
    latitude: pyfory.Float64
    longitude: pyfory.Float64
    sensor: str
    count: pyfory.UInt32


@dataclass(slots=True)
class Customer:
    id: pyfory.UInt64
    name: str
    email: Optional[str]


@dataclass(slots=True)
class Line:
    sku: str
    quantity: pyfory.UInt32
    price: pyfory.UInt32
    remark: Optional[str]
    gift: bool


@dataclass(slots=True)
class Status:
    pass


@dataclass(slots=True)
class Open(Status):
    pass


@dataclass(slots=True)
class Paid(Status):
    at: pyfory.Int64
    method: str


@dataclass(slots=True)
class Shipped(Status):
    value: str


@dataclass(slots=True)
class Cancelled(Status):
    reason: str
    refund: Optional[pyfory.UInt32]


@dataclass(slots=True)
class Order:
    id: pyfory.UInt64
    customer: Customer
    lines: list[Line]
    status: Status
    note: Optional[str]
    discount: Optional[pyfory.UInt32]
    labels: dict[str, str]
    signature: bytes
    placed: pyfory.Int64
    weight: pyfory.Float64


@dataclass(slots=True)
class Batch:
    orders: list[Order]


@dataclass(slots=True)
class Ints:
    values: list[pyfory.UInt32]


@dataclass(slots=True)
class Floats:
    values: list[pyfory.Float64]


@dataclass(slots=True)
class Strings:
    values: list[str]


CLASSES = (Small, Customer, Line, Status, Open, Paid, Shipped, Cancelled, Order, Batch, Ints, Floats, Strings)


def small(value: types.Small) -> Small:
    return Small(value.latitude, value.longitude, value.sensor, value.count)


def status(value: types.Status) -> Status:
    match value:
        case types.StatusOpen():
            return Open()
        case types.StatusPaid(at, method):
            return Paid(at, method)
        case types.StatusShipped(number):
            return Shipped(number)
        case types.StatusCancelled(reason=reason, refund=refund):
            return Cancelled(reason, refund)


def order(value: types.Order) -> Order:
    return Order(
        value.id,
        Customer(value.customer.id, value.customer.name, value.customer.email),
        [Line(line.sku, line.quantity, line.price, line.remark, line.gift) for line in value.lines],
        status(value.status),
        value.note,
        value.discount,
        value.labels,
        value.signature,
        value.placed,
        value.weight,
    )


def codec(case: str) -> Codec:
    """The codec of a case."""
    fory = pyfory.Fory(xlang=False)
    for kind in CLASSES:
        fory.register(kind)
    convert = {
        "small": small,
        "order": order,
        "batch": lambda value: Batch([order(one) for one in value]),
        "ints": lambda value: Ints(value),
        "floats": lambda value: Floats(value),
        "strings": lambda value: Strings(value),
    }[case]
    return Codec(convert, fory.serialize, fory.deserialize)
