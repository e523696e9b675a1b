"""Calls whose answer is a result: users get the value, or an exception with the error."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from .errors import RapaceError

_E_co = TypeVar("_E_co", covariant=True)
_T_co = TypeVar("_T_co", covariant=True)


class ResultError(RapaceError, Generic[_E_co]):
    """A call failed with an error that its method declares. Generated packages have a class for each."""

    def __init__(self, error: _E_co) -> None:
        super().__init__(error)
        self._error = error

    @property
    def error(self) -> _E_co:
        """The error, as the handler gave it."""
        return self._error


class Result(Generic[_T_co]):
    """An enum of a success and a failure, as users have it: a value, or an exception."""

    __slots__ = ("_err", "_exceptions", "_ok", "raised")

    def __init__(
        self,
        ok: type,
        err: type,
        raised: type[ResultError[Any]],
        exceptions: Mapping[Any, type[ResultError[Any]]],
    ) -> None:
        """`ok` and `err` are the classes of the variants. An error that is not among `exceptions` raises `raised`."""
        self._ok = ok
        self._err = err
        self.raised = raised
        self._exceptions = exceptions

    def unwrap(self, answer: Any) -> _T_co:
        """The value of a success. Raises the exception of a failure."""
        if isinstance(answer, self._ok):
            return cast("_T_co", getattr(answer, "value", None))
        error: object = getattr(answer, "value", None)
        key: object = error if isinstance(error, Enum) else type(error)
        raise self._exceptions.get(key, self.raised)(error)

    def success(self, value: object) -> object:
        """The answer of a handler that returned."""
        return self._made(self._ok, value)

    def failure(self, error: ResultError[Any]) -> object:
        """The answer of a handler that raised."""
        return self._made(self._err, error.error)

    def _made(self, variant: type, value: object) -> object:
        # A variant without a field takes no value.
        return variant(value) if "value" in getattr(variant, "__match_args__", ()) else variant()
