"""Quick code first, careful code for the rest.

Quick code (`pack`, `unpack` and the functions of generated packages) knows the common case alone. It gives up with an
exception at anything else: a value of a subclass, an integer in an unusual form, a payload that is cut off. The careful
codec (`careful`, over `writer` and `reader`) then starts again. It either succeeds, or says what is wrong and where. So
quick code must never accept what careful code refuses, nor make other bytes or values of it.

With the environment variable `RAPACE_DEBUG_QUICK=1`, the exceptions of quick code are not caught. This shows why a
value or payload does not take the quick path, and finds defects of quick code that careful code hides. It is for
debugging alone: values and payloads that only careful code accepts fail then.
"""

import gc
import math
import os
import struct
from collections.abc import Callable
from typing import Final, TypeVar

from ..limits import Limits
from .cost import BYTES_PER_LOOK, Cost, IrregularError
from .reader import Reader, decode_payload

_T = TypeVar("_T")


_CAUGHT: Final = (
    IrregularError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    struct.error,
    TypeError,
    ValueError,
)
IRREGULAR: Final[tuple[type[Exception], ...]] = () if os.environ.get("RAPACE_DEBUG_QUICK") == "1" else _CAUGHT
"""The exceptions by which quick code gives up: it lets Python find out that a byte is missing or a value is no string.
Empty with `RAPACE_DEBUG_QUICK=1`, which is read when this module is imported."""

_WORTHWHILE_BYTES: Final = 1024
"""The smallest payload, in bytes, for which the collector of cycles is paused. It would look at all objects again and
again while they are made, and none of them can be garbage yet. The accelerator does the same."""


class Counted(bytes):
    """A payload that may be a large value, of which quick code counts what it costs."""

    cost: Cost


def quick(
    unpack: Callable[[bytes, int], tuple[_T, int]], careful: Callable[[Reader], _T], weight: int = 0
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
        return decode_payload(careful, limits, data, deadline)

    return read


def quick_nested(
    unpack: Callable[[bytes, int, int], tuple[_T, int]], careful: Callable[[Reader], _T], weight: int = 0
) -> Callable[..., _T]:
    """The same for a value with recursive types inside, whose quick code takes how deep it may go."""

    def read(limits: Limits, data: bytes, deadline: float = math.inf) -> _T:
        return quick(lambda data, pos: unpack(data, pos, limits.max_depth), careful, weight)(limits, data, deadline)

    return read
