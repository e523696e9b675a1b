"""protobuf-py, Buf's, with its extension in Rust. Its messages hold plain Python values in slots."""

import with_protobuf_py.workload_pb as pb
from protobuf import Oneof
from rapace_benchmarks import types

from . import Codec


def small(value: types.Small) -> pb.Small:
    return pb.Small(latitude=value.latitude, longitude=value.longitude, sensor=value.sensor, count=value.count)


def status(value: types.Status) -> pb.Status:
    match value:
        case types.StatusOpen():
            return pb.Status(kind=Oneof("open", pb.Open()))
        case types.StatusPaid(at, method):
            return pb.Status(kind=Oneof("paid", pb.Paid(at=at, method=method)))
        case types.StatusShipped(number):
            return pb.Status(kind=Oneof("shipped", number))
        case types.StatusCancelled(reason=reason, refund=refund):
            return pb.Status(kind=Oneof("cancelled", pb.Cancelled(reason=reason, refund=refund)))


def order(value: types.Order) -> pb.Order:
    return pb.Order(
        id=value.id,
        customer=pb.Customer(id=value.customer.id, name=value.customer.name, email=value.customer.email),
        lines=[
            pb.Line(sku=line.sku, quantity=line.quantity, price=line.price, remark=line.remark, gift=line.gift)
            for line in value.lines
        ],
        status=status(value.status),
        note=value.note,
        discount=value.discount,
        labels=value.labels,
        signature=value.signature,
        placed=value.placed,
        weight=value.weight,
    )


def codec(case: str) -> Codec:
    """The codec of a case."""
    message, convert = {
        "small": (pb.Small, small),
        "order": (pb.Order, order),
        "batch": (pb.Batch, lambda value: pb.Batch(orders=[order(one) for one in value])),
        "ints": (pb.Ints, lambda value: pb.Ints(values=value)),
        "floats": (pb.Floats, lambda value: pb.Floats(values=value)),
        "strings": (pb.Strings, lambda value: pb.Strings(values=value)),
    }[case]
    return Codec(convert, encode=message.to_binary, decode=message.from_binary)
