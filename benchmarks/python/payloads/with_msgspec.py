"""msgspec: MessagePack from and to `Struct`s, as arrays."""

import msgspec
from rapace_benchmarks import types

from . import Codec


def codec(case: str, gc: bool = True) -> Codec:
    """The codec of a case. Without `gc` the cyclic collector does not see the objects, which is the user's risk."""

    class Record(msgspec.Struct, array_like=True, gc=gc):
        pass

    class Small(Record):
        latitude: float
        longitude: float
        sensor: str
        count: int

    class Customer(Record):
        id: int
        name: str
        email: str | None

    class Line(Record):
        sku: str
        quantity: int
        price: int
        remark: str | None
        gift: bool

    class Open(Record, tag=0):
        pass

    class Paid(Record, tag=1):
        at: int
        method: str

    class Shipped(Record, tag=2):
        value: str

    class Cancelled(Record, tag=3):
        reason: str
        refund: int | None

    class Order(Record):
        id: int
        customer: Customer
        lines: list[Line]
        status: Open | Paid | Shipped | Cancelled
        note: str | None
        discount: int | None
        labels: dict[str, str]
        signature: bytes
        placed: int
        weight: float

    def small(value: types.Small) -> Small:
        return Small(value.latitude, value.longitude, value.sensor, value.count)

    def status(value: types.Status) -> Open | Paid | Shipped | Cancelled:
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

    kind, convert = {
        "small": (Small, small),
        "order": (Order, order),
        "batch": (list[Order], lambda value: [order(one) for one in value]),
        "ints": (list[int], list),
        "floats": (list[float], list),
        "strings": (list[str], list),
    }[case]
    return Codec(convert, msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(kind).decode)
