"""Known types are exact over many drawn values, or refused: nothing is rounded and nothing wraps.

`RAPACE_DRAWS` says how many values are drawn for all types together.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from rapace.errors import DecodeError, EncodeError
from rapace.postcard import known
from rapace.postcard.adapted import Adapter

DRAWS = int(os.environ.get("RAPACE_DRAWS", "60000"))
"""Enough for a second; a million are drawn by hand."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
"""Nanoseconds, microseconds, milliseconds and seconds."""

Draw = Callable[[Random], Any]


def integer(random: Random) -> int:
    """An integer of the wire: of any length, and often near the ends of its type or of Python's own."""
    ends = (0, 2**31, 2**32, 2**63, 2**64, 253_402_300_800_000_000, -62_135_596_800_000_000, 86_399_999_999_999_999_999)
    if random.random() < 0.3:
        return random.choice(ends) + random.randint(-2, 2)
    return random.getrandbits(random.randint(1, 70)) * random.choice((1, -1, 1000, -1000))


def moment(random: Random) -> datetime:
    """A datetime, often with a part that is finer than a unit."""
    seconds = random.randint(-62_135_596_800, 253_402_300_799)
    microseconds = random.choice((0, 1000, 999_000, random.randint(0, 999_999)))
    return EPOCH + timedelta(seconds=seconds, microseconds=microseconds)


def length(random: Random) -> timedelta:
    """A timedelta of any sign."""
    days = random.randint(-999_999_999, 999_999_998)
    return timedelta(days, random.randint(0, 86_399), random.choice((0, 1000, random.randint(0, 999_999))))


def number(random: Random) -> str:
    """A text that is a decimal number, or almost."""
    digits = "".join(random.choices("0123456789", k=random.randint(0, 40)))
    part = random.choice(("", ".", ".0", f".{digits[:7]}"))
    return random.choice(("", "-", "+")) + digits + part + random.choice(("", "E5", "e-7", "E+400"))


def decimal(random: Random) -> Decimal:
    """A finite decimal of any precision."""
    return Decimal(
        (random.getrandbits(1), tuple(random.choices(range(10), k=random.randint(1, 30))), random.randint(-60, 60))
    )


FROM_WIRE: list[tuple[str, Adapter, Draw]] = [
    *((f"timestamp of {unit} ns", known.timestamp(unit), integer) for unit in UNITS),
    *((f"duration of {unit} ns", known.duration(unit), integer) for unit in UNITS),
    ("UUID of bytes", known.uuid_of_bytes(), lambda random: random.randbytes(16)),
    ("UUID of an integer", known.uuid_of_int(), lambda random: random.getrandbits(128)),
    ("UUID of a text", known.uuid_of_text(), lambda random: str(UUID(bytes=random.randbytes(16)))),
]
TO_WIRE: list[tuple[str, Adapter, Draw]] = [
    *((f"timestamp of {unit} ns", known.timestamp(unit), moment) for unit in UNITS),
    *((f"duration of {unit} ns", known.duration(unit), length) for unit in UNITS),
    ("decimal", known.decimal(), decimal),
]
EACH = DRAWS // (len(FROM_WIRE) + len(TO_WIRE) + 1)


@pytest.mark.parametrize(("name", "adapter", "draw"), FROM_WIRE, ids=[name for name, _, _ in FROM_WIRE])
def test_what_is_read_is_written_as_it_came(name: str, adapter: Adapter, draw: Draw) -> None:
    random = Random(name)
    exact = 0
    for _ in range(EACH):
        wire = draw(random)
        try:
            value = adapter.from_wire(wire)
        except DecodeError:
            continue
        assert adapter.to_wire(value) == wire
        exact += 1
    assert exact > EACH // 20


@pytest.mark.parametrize(("name", "adapter", "draw"), TO_WIRE, ids=[name for name, _, _ in TO_WIRE])
def test_what_is_written_is_read_as_it_was(name: str, adapter: Adapter, draw: Draw) -> None:
    random = Random(name)
    exact = 0
    for _ in range(EACH):
        value = draw(random)
        try:
            wire = adapter.to_wire(value)
        except EncodeError:
            continue
        again = adapter.from_wire(wire)
        # `1.0` and `1.00` are equal, and not the same.
        assert (again, repr(again)) == (value, repr(value))
        exact += 1
    assert exact > EACH // 20


def test_texts_are_decimals_of_the_same_value_or_refused() -> None:
    adapter, random = known.decimal(), Random("texts")
    exact = 0
    for _ in range(EACH):
        text = number(random)
        try:
            value = adapter.from_wire(text)
        except DecodeError:
            continue
        assert Decimal(text) == value == adapter.from_wire(adapter.to_wire(value))
        exact += 1
    assert exact > EACH // 20
