"""Handlers, the base classes of generated ones, and what the runtime must know of each of their methods."""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from ..limits import Limits
from ..results import Result


@dataclass(frozen=True, slots=True)
class ServedMethod:
    """A method that a handler implements: its names, its number, and how its payloads are read and written."""

    name: str
    """The name in errors and logs: `Catalog.find`."""
    method_id: int
    """The number that requests carry."""
    attribute: str
    """The name of the handler's method: `find`."""
    streams: bool
    """True when the method answers with a stream of items."""
    read: Callable[[bytes, Limits, bool], tuple[object, ...]]
    """Reads a request's payload: `read(payload, limits, allow_trailing_bytes)` returns the arguments in order.

    Raises `DecodeError` for a payload that is not a value of the arguments' types.
    """
    write: Callable[[object, Limits], bytes]
    """Writes an answer or an item: `write(value, limits)` returns the payload. Raises `EncodeError`."""
    result: Result[object] | None = None
    """What the handler's value or exception becomes, when the answer is a result."""


class Handler(ABC):
    """A service that this program implements with asyncio: coroutine methods, and async generators for streams."""

    rapace_service: ClassVar[str]
    """The service's name: `Catalog`."""
    rapace_methods: ClassVar[tuple[ServedMethod, ...]]
    """All methods of the service."""


class SyncHandler(ABC):
    """A service that this program implements with threads: plain methods, and generators for streams.

    Each call runs in a thread, from its first line to its last.
    """

    rapace_service: ClassVar[str]
    """The service's name: `Catalog`."""
    rapace_methods: ClassVar[tuple[ServedMethod, ...]]
    """All methods of the service."""
