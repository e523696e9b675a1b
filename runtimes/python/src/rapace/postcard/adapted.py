"""Values that users have in another form than the wire: `datetime` for an integer, or a type of their own."""

from collections.abc import Callable
from typing import Any

from ..errors import DecodeError, EncodeError


class Adapter:
    """The two functions between the value on the wire and the user's. Each fails loudly where it cannot be exact.

    The plan's form `("adapted", adapter, form)` stands for the user's value, and `form` for the one on the wire.
    """

    __slots__ = ("_from_wire", "_to_wire")

    def __init__(self, from_wire: Callable[[Any], Any], to_wire: Callable[[Any], Any]) -> None:
        """Both functions raise an exception of any kind for what they cannot convert."""
        self._from_wire = from_wire
        self._to_wire = to_wire

    def to_wire(self, value: object) -> Any:
        """The value on the wire. Raises `EncodeError`."""
        try:
            return self._to_wire(value)
        except EncodeError:
            raise
        except Exception as error:
            raise EncodeError(_text(error)) from error

    def from_wire(self, value: object) -> Any:
        """The user's value. Raises `DecodeError`, with the position 0."""
        try:
            return self._from_wire(value)
        except Exception as error:
            raise DecodeError(_text(error), 0) from error


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
