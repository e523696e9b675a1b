"""A module per library, each with a function `codec(case)`: what it makes of the payload of each case."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Codec(NamedTuple):
    """How a library handles the values of one case."""

    convert: Callable[[Any], Any]
    """From our generated classes to the library's own objects."""
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
