"""What reading may cost besides its bytes: the size of values, the time, and keys that are made to collide.

The sizes are nominal and equal in all languages; the generator writes them into the code.
"""

import math
from collections.abc import Hashable, Iterator
from time import monotonic
from typing import Final

from ..errors import DecodeError
from ..limits import Limits

BYTES_PER_LOOK: Final = 4 * 1024 * 1024
"""How many bytes of nominal size are made between two looks at the clock: some ten milliseconds."""
_ENTRIES_PER_LOOK: Final = 256
"""How many entries are put into a map or set between two looks: keys of a peer's choice may make each slow."""
_MOST_KEYS_OF_ONE_HASH: Final = 64
"""How many keys of a map, or items of a set, may have one hash value. Those of honest peers have one or two, and a
dictionary takes a time that grows with the square of the number."""


class IrregularError(Exception):
    """Quick code has met what is left to careful code."""


class OutOfTimeError(Exception):
    """The deadline of the call has passed while its answer was read."""


class Cost:
    """What one payload has cost so far."""

    __slots__ = ("_deadline", "_left", "_until_look")

    def __init__(self, limits: Limits, deadline: float) -> None:
        self._left = limits.max_decoded_bytes
        self._deadline = deadline  # a time of the clock
        self._until_look = BYTES_PER_LOOK

    def add(self, size: int) -> bool:
        """Adds what is about to be made. False when it exceeds the limit."""
        self._left -= size
        self._until_look -= size
        if self._until_look < 0:
            self._until_look = BYTES_PER_LOOK
            self._look()
        return self._left >= 0

    def entries(self, count: int) -> Iterator[int]:
        """The numbers of this many entries. It looks at the clock between some of them."""
        for start in range(0, count, _ENTRIES_PER_LOOK):
            yield from range(start, min(start + _ENTRIES_PER_LOOK, count))
            self._look()

    def _look(self) -> None:
        if self._deadline != math.inf and monotonic() > self._deadline:
            raise OutOfTimeError


class Keys:
    """Finds out whether a map's keys, or a set's items, are made to collide.

    Python's hashes of numbers are known to everybody: whole numbers that are equal modulo 2^61 - 1 have the same, and
    so have tuples of them.
    """

    __slots__ = ("_count", "_hashes")

    def __init__(self) -> None:
        self._count = 0
        self._hashes: dict[int, int] = {}

    def are_fine_with(self, key: Hashable, count: int) -> bool:
        """Counts a key that was added to a collection of now `count` keys. False when too many keys collide."""
        if count == self._count:  # It was there already.
            return True
        self._count = count
        number = hash(key)
        with_it = self._hashes.get(number, 0) + 1
        self._hashes[number] = with_it
        return with_it <= _MOST_KEYS_OF_ONE_HASH


def keys_collide(offset: int) -> DecodeError:
    """The error of keys that are made to collide."""
    return DecodeError(f"more than {_MOST_KEYS_OF_ONE_HASH} keys have the same hash value", offset)


def too_large(limits: Limits, offset: int) -> DecodeError:
    """The error of a payload whose values would take too much memory."""
    return DecodeError(f"decoded size exceeds the limit of {limits.max_decoded_bytes} bytes", offset)
