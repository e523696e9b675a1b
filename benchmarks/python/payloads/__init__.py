"""A module per library, each with a function `codec(case)`: what it makes of the payload of each case."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

GENERATED = Path(__file__).parent.parent / "generated"
sys.path += [str(GENERATED), str(GENERATED / "rapace" / "src"), str(GENERATED / "with_protobuf")]


class Codec(NamedTuple):
    """How a library handles the values of one case."""

    convert: Callable[[Any], Any]
    """From our generated classes to the library's own objects."""
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
