"""Quick code first, checked code for the rest.

Each type has two pairs of functions. The quick ones (`pack`, `unpack`) know the common case alone and give up with an
exception at whatever else there is: a value of a subclass, an integer in an unusual form, a payload that is cut off.
The checked ones (`writer`, `reader`) then start again, and either manage or say what is wrong and where. So quick code
must never accept what checked code refuses, nor make other bytes or values of it.
"""

import gc
import math
import struct
from collections.abc import Callable
from typing import Final, TypeVar

from ..limits import Limits
from .cost import BYTES_PER_LOOK, Cost, IrregularError
from .reader import Reader, decode_payload

_T = TypeVar("_T")


IRREGULAR: Final = (
    IrregularError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    struct.error,
    TypeError,
    ValueError,
)
"""What else quick code raises then: it lets Python find out that a byte is missing or that a value is no string."""

_WORTHWHILE_BYTES: Final = 1024
"""From how many bytes on the collector of cycles is paused: it would look at all objects again and again while they are
made, and none of them can be garbage yet. The accelerator does the same."""


class Counted(bytes):
    """A payload that may be a large value, of which quick code counts what it costs."""

    cost: Cost


def quick(
    unpack: Callable[[bytes, int], tuple[_T, int]], checked: Callable[[Reader], _T], weight: int = 0
) -> Callable[..., _T]:
    """The reader of payloads that hold one value, until a time of the clock: `read(limits, payload, deadline)`.

    `weight` is the most that a byte of the payload can count, once it is decoded. Payloads that can come to little are
    not counted.
    """

    def read(limits: Limits, data: bytes, deadline: float = math.inf) -> _T:
        pauses = len(data) >= _WORTHWHILE_BYTES and gc.isenabled()
        counted = data
        if len(data) * weight > min(BYTES_PER_LOOK, limits.max_decoded_bytes):
            counted = Counted(data)
            counted.cost = Cost(limits, deadline)
        if pauses:
            gc.disable()
        try:
            value, end = unpack(counted, 0)
            # Quick code does not look for the end, which is where the payload must be used up.
            if end == len(data):
                return value
        except IRREGULAR:
            pass
        finally:
            if pauses:
                gc.enable()
        return decode_payload(checked, limits, data, deadline)

    return read


def quick_nested(
    unpack: Callable[[bytes, int, int], tuple[_T, int]], checked: Callable[[Reader], _T], weight: int = 0
) -> Callable[..., _T]:
    """The same for a value with recursive types inside, whose quick code is told how deep it may go."""

    def read(limits: Limits, data: bytes, deadline: float = math.inf) -> _T:
        return quick(lambda data, pos: unpack(data, pos, limits.max_depth), checked, weight)(limits, data, deadline)

    return read
