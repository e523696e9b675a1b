"""The one shape that Python has no form for: an option whose inner value may itself be `None`."""

from dataclasses import dataclass
from typing import Generic, TypeVar

_T_co = TypeVar("_T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Some(Generic[_T_co]):
    """A present value where `None` could be meant by the value too.

    Most options are `T | None`. Where `T` includes `None` itself, as in an option of an option, a present value is
    wrapped: `None` is absent, `Some(None)` is present and holds `None`.
    """

    value: _T_co
