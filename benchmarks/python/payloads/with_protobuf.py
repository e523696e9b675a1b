"""protobuf (upb), read into and from dataclasses.

Applications keep their data in classes of their own, and a message's fields cost a conversion each time they are
read. So both ways go through dataclasses here; they are those that our own package has, plain slotted ones.
"""

import workload_pb2 as pb
from rapace_benchmarks import types

from . import Codec


def to_small(value: types.Small) -> pb.Small:
    return pb.Small(latitude=value.latitude, longitude=value.longitude, sensor=value.sensor, count=value.count)


def from_small(message: pb.Small) -> types.Small:
    return types.Small(message.latitude, message.longitude, message.sensor, message.count)


def to_status(value: types.Status) -> pb.Status:
    match value:
        case types.StatusOpen():
            return pb.Status(open=pb.Open())
        case types.StatusPaid(at, method):
            return pb.Status(paid=pb.Paid(at=at, method=method))
        case types.StatusShipped(number):
            return pb.Status(shipped=number)
        case types.StatusCancelled(reason=reason, refund=refund):
            return pb.Status(cancelled=pb.Cancelled(reason=reason, refund=refund))


def from_status(message: pb.Status) -> types.Status:
    match message.WhichOneof("kind"):
        case "open":
            return types.StatusOpen()
        case "paid":
            return types.StatusPaid(message.paid.at, message.paid.method)
        case "shipped":
            return types.StatusShipped(message.shipped)
        case _:
            cancelled = message.cancelled
            return types.StatusCancelled(
                cancelled.reason, refund=cancelled.refund if cancelled.HasField("refund") else None
            )


def to_order(value: types.Order) -> pb.Order:
    # None stands for an absent field in the constructors.
    return pb.Order(
        id=value.id,
        customer=pb.Customer(id=value.customer.id, name=value.customer.name, email=value.customer.email),
        lines=[
            pb.Line(sku=line.sku, quantity=line.quantity, price=line.price, remark=line.remark, gift=line.gift)
            for line in value.lines
        ],
        status=to_status(value.status),
        note=value.note,
        discount=value.discount,
        labels=value.labels,
        signature=value.signature,
        placed=value.placed,
        weight=value.weight,
    )


def from_order(message: pb.Order) -> types.Order:
    customer = message.customer
    return types.Order(
        message.id,
        types.Customer(customer.id, customer.name, email=customer.email if customer.HasField("email") else None),
        [
            types.Line(
                line.sku,
                line.quantity,
                line.price,
                remark=line.remark if line.HasField("remark") else None,
                gift=line.gift,
            )
            for line in message.lines
        ],
        from_status(message.status),
        note=message.note if message.HasField("note") else None,
        discount=message.discount if message.HasField("discount") else None,
        labels=dict(message.labels),
        signature=message.signature,
        placed=message.placed,
        weight=message.weight,
    )


def codec(case: str) -> Codec:
    """The codec of a case."""
    message, write, read = {
        "small": (pb.Small, to_small, from_small),
        "order": (pb.Order, to_order, from_order),
        "batch": (
            pb.Batch,
            lambda value: pb.Batch(orders=[to_order(order) for order in value]),
            lambda message: [from_order(order) for order in message.orders],
        ),
        "ints": (pb.Ints, lambda value: pb.Ints(values=value), lambda message: list(message.values)),
        "floats": (pb.Floats, lambda value: pb.Floats(values=value), lambda message: list(message.values)),
        "strings": (pb.Strings, lambda value: pb.Strings(values=value), lambda message: list(message.values)),
    }[case]
    return Codec(
        convert=lambda value: value,
        encode=lambda value: write(value).SerializeToString(),
        decode=lambda data: read(message.FromString(data)),
    )
