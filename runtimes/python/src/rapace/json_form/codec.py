"""What generated packages export: functions between values, JSON and texts of JSON."""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar, overload

from ..errors import EncodeError, JsonError
from ..postcard.plan import Form, Forms
from .expressions import Expressions
from .names import Fields, Names, Variants
from .reading import Read, Readers
from .writing import Write, Writers

_T = TypeVar("_T")


class JsonCodec:
    """The values of one package as JSON.

    A type is given as it is written in annotations: a class, a union of variants, a new type, `list[Book]`,
    `Book | None`.
    """

    __slots__ = ("_expressions", "_lock", "_readers", "_reads", "_writers", "_writes")

    def __init__(self, types: Forms, named: Mapping[object, Form], fields: Fields, variants: Variants) -> None:
        """A codec for the forms of types by class, and of new types, with the names that JSON has. See `plan`."""
        names = Names(fields, variants)
        self._expressions = Expressions(types, named)
        self._writers = Writers(types, names)
        self._readers = Readers(types, names)
        self._writes: dict[Form, Write] = {}
        self._reads: dict[Form, Read] = {}
        self._lock = Lock()

    def to_json(self, value: object, expected: object = ..., /) -> Any:
        """The JSON form of a value, made of `dict`, `list`, `str`, `int`, `float`, `bool` and `None`.

        An object of a class of this package says itself which type it is of. For any other value pass the type:
        `to_json(books, list[Book])`. Fields that are sensitive are included. Raises `EncodeError` with the path of
        what is not of its type.
        """
        known = self._expressions
        return self.write(known.form_of_value(value) if expected is ... else known.form_of(expected), value)

    @overload
    def from_json(self, expected: type[_T], data: object, /) -> _T: ...
    @overload
    def from_json(self, expected: object, data: object, /) -> Any: ...
    def from_json(self, expected: object, data: object, /) -> Any:
        """The value of a type that JSON has, as `json.loads` returns it.

        Raises `JsonError` with the path of what is not exactly in the form that `to_json` makes.
        """
        value = self.read(self._expressions.form_of(expected), data)
        if isinstance(expected, type) and not isinstance(value, expected):
            raise JsonError(f"expected {expected.__name__}, got {type(value).__name__}")
        return value

    def dumps(self, value: object, expected: object = ..., /, *, indent: int | None = None) -> str:
        """The same as `to_json`, as a text."""
        return json.dumps(self.to_json(value, expected), indent=indent, ensure_ascii=False, allow_nan=False)

    @overload
    def loads(self, expected: type[_T], text: str | bytes | bytearray, /) -> _T: ...
    @overload
    def loads(self, expected: object, text: str | bytes | bytearray, /) -> Any: ...
    def loads(self, expected: object, text: str | bytes | bytearray, /) -> Any:
        """The same as `from_json`, of a text. Raises `JsonError` also for what is no JSON."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise JsonError(f"no JSON: {error}") from error
        return self.from_json(expected, data)

    def write(self, form: Form, value: object) -> Any:
        """The JSON form of a value of a form of the plan."""
        write = self._writes.get(form) or self._made(self._writes, self._writers.of, form)
        try:
            return write(value)
        except RecursionError:
            raise EncodeError("nested too deep for JSON") from None

    def read(self, form: Form, data: object) -> Any:
        """The value of a form of the plan that JSON has."""
        read = self._reads.get(form) or self._made(self._reads, self._readers.of, form)
        try:
            return read(data)
        except RecursionError:
            raise JsonError("nested too deep for JSON") from None

    def _made(self, kept: dict[Form, _T], make: Callable[[Form], _T], form: Form) -> _T:
        # Another thread must not see what this one has not finished.
        with self._lock:
            made = kept[form] = make(form)
        return made
