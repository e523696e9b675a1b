"""What JSON calls fields and variants, and the numbers that both halves of the codec know."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from ..postcard.plan import Form, pairs

Fields: TypeAlias = dict[type, tuple[str, ...] | None]
"""The fields of a record's class as JSON calls them, None for a record that is no object. A class that is not here has
an object with the names of its attributes."""
Variants: TypeAlias = dict[str, tuple[str, ...]]
"""The variants of an enum by the name of its class, as JSON calls them, in order."""

SMALL: Final[dict[str, tuple[int, int]]] = {
    "u8": (0, 0xFF),
    "u16": (0, 0xFFFF),
    "u32": (0, 0xFFFF_FFFF),
    "i8": (-0x80, 0x7F),
    "i16": (-0x8000, 0x7FFF),
    "i32": (-0x8000_0000, 0x7FFF_FFFF),
}
"""The integers that are numbers in JSON, with the lowest and the highest."""
LARGE: Final[dict[str, tuple[int, int]]] = {
    "u64": (0, (1 << 64) - 1),
    "usize": (0, (1 << 64) - 1),
    "u128": (0, (1 << 128) - 1),
    "i64": (-(1 << 63), (1 << 63) - 1),
    "isize": (-(1 << 63), (1 << 63) - 1),
    "i128": (-(1 << 127), (1 << 127) - 1),
}
"""The integers that are strings in JSON."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a package's fields and variants."""

    fields: Fields
    variants: Variants

    def of_record(self, kind: type, fields: list[Form]) -> tuple[str, ...] | None:
        """The names of a record's fields; None when JSON has an array, a single value or `null` for it."""
        return self.fields.get(kind, tuple(name for name, _ in pairs(fields)))
