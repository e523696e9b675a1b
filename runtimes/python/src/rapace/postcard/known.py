"""Python's own types for what services send as integers, texts and bytes.

Each conversion is exact. What the other side cannot hold is an error, never rounded.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from .adapted import Adapter
from .writer import wrong_type

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NANOS: Final = 1000
"""Nanoseconds in a microsecond, the unit of `datetime`."""
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f]+")


def timestamp(unit: int) -> Adapter:
    """Points in time as integers of so many nanoseconds since 1970."""

    def of_wire(number: int) -> datetime:
        try:
            return _EPOCH + _delta(number, unit)
        except OverflowError:
            raise ValueError(f"{number} is out of range of datetime, which has the years 1 to 9999") from None

    def to_wire(value: object) -> int:
        if not isinstance(value, datetime):
            raise wrong_type("datetime", value)
        if value.tzinfo is None:
            raise ValueError("the datetime has no time zone: write datetime.now(UTC), or datetime(…, tzinfo=UTC)")
        return _number(value - _EPOCH, unit)

    return Adapter(of_wire, to_wire)


def duration(unit: int) -> Adapter:
    """Durations as integers of so many nanoseconds."""

    def of_wire(number: int) -> timedelta:
        return _delta(number, unit)

    def to_wire(value: object) -> int:
        if not isinstance(value, timedelta):
            raise wrong_type("timedelta", value)
        return _number(value, unit)

    return Adapter(of_wire, to_wire)


def uuid_of_bytes() -> Adapter:
    """UUIDs as 16 bytes."""
    return Adapter(lambda data: UUID(bytes=data), lambda value: _uuid(value).bytes)


def uuid_of_int() -> Adapter:
    """UUIDs as integers of 128 bits."""
    return Adapter(lambda number: UUID(int=number), lambda value: _uuid(value).int)


def uuid_of_text() -> Adapter:
    """UUIDs as texts."""

    def of_wire(text: str) -> UUID:
        if not _UUID.fullmatch(text):
            raise ValueError(f"{_cut(text)} is no UUID")
        return UUID(text)

    return Adapter(of_wire, lambda value: str(_uuid(value)))


def decimal() -> Adapter:
    """Decimal numbers as texts."""

    def of_wire(text: str) -> Decimal:
        if _DECIMAL.fullmatch(text):
            try:
                number = Decimal(text)
            except InvalidOperation:
                raise ValueError(f"{_cut(text)} is out of range of Decimal") from None
            if number.is_finite():
                return number
        raise ValueError(f"{_cut(text)} is no decimal number")

    def to_wire(value: object) -> str:
        if not isinstance(value, Decimal):
            raise wrong_type("Decimal", value)
        if not value.is_finite():
            raise ValueError(f"{value} is no finite number")
        return str(value)

    return Adapter(of_wire, to_wire)


def url() -> Adapter:
    """Absolute URLs as texts."""
    return Adapter(_url, _url)


def _delta(number: int, unit: int) -> timedelta:
    nanoseconds = number * unit
    if nanoseconds % _NANOS:
        raise ValueError(f"{number} ns is no whole number of microseconds, the unit of datetime")
    try:
        # With days apart, no intermediate number becomes a float.
        days, rest = divmod(nanoseconds // _NANOS, 86_400_000_000)
        return timedelta(days=days, microseconds=rest)
    except OverflowError:
        raise ValueError(f"{number} is out of range of timedelta") from None


def _number(delta: timedelta, unit: int) -> int:
    number, rest = divmod((delta // _MICROSECOND) * _NANOS, unit)
    if rest:
        raise ValueError(f"{delta} is finer than the unit on the wire, {unit // 1_000} µs")
    return number


def _uuid(value: object) -> UUID:
    if not isinstance(value, UUID):
        raise wrong_type("UUID", value)
    return value


def _url(value: object) -> str:
    if not isinstance(value, str):
        raise wrong_type("str", value)
    if not _URL.fullmatch(value):
        raise ValueError(f"{_cut(value)} is no absolute URL")
    return value


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
