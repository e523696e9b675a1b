"""The careful codec: an interpreter of plans, for whatever quick code gives up on.

It takes values of subclasses and payloads in unusual forms, and says what is wrong with others, and where. Quick code
and the accelerator leave all of this to it, so that errors have one source.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

from ..errors import DecodeError, EncodeError
from ..limits import DEFAULT_LIMITS, Limits
from .careful_decode import Decoders, Read
from .careful_encode import Encoders, Write
from .plan import Form, Forms, Plan, pairs
from .quick import quick, quick_nested
from .reader import Reader, decode_payload
from .writer import Writer

_T = TypeVar("_T")


class _Shared(NamedTuple):
    """What the methods of a package share."""

    encoders: Encoders
    decoders: Decoders


class Careful:
    """The careful codec of a generated package.

    Its functions are compiled when a method first needs them: most programs never do.
    """

    __slots__ = ("_answer_writers", "_answers", "_arguments", "_methods", "_requests", "_shared", "_types")

    def __init__(self, types: Forms, methods: Forms) -> None:
        """A codec for the forms of types by class, and of methods by constant. See `plan`."""
        self._types = types
        self._methods = methods
        self._requests: dict[str, list[tuple[str, Write]]] = {}
        self._answers: dict[str, Read] = {}
        self._arguments: dict[str, list[tuple[str, Read]]] = {}
        self._answer_writers: dict[str, Write] = {}
        self._shared: _Shared | None = None

    def encode(self, method: str, limits: Limits, *values: object) -> bytes:
        """The arguments of a method as bytes, one after another."""
        w = Writer(limits)
        at = ""
        try:
            for (name, write), value in zip(self._request(method), values, strict=True):
                at = name
                write(w, value)
        except EncodeError as error:
            error.within(at)
            raise
        return bytes(w)

    def answer(
        self, method: str, unpack: Callable[[bytes, int], tuple[_T, int]], weight: int = 0
    ) -> tuple[Callable[[Reader], _T], Callable[..., _T]]:
        """What reads a method's answer with care, and what reads it with the quick function `unpack` first.

        `weight` is the most that a byte of the payload can count, once it is decoded.
        """
        read = cast("Callable[[Reader], _T]", self._reader(method))
        return read, quick(unpack, read, weight)

    def nested_answer(
        self, method: str, unpack: Callable[[bytes, int, int], tuple[_T, int]], weight: int = 0
    ) -> tuple[Callable[[Reader], _T], Callable[..., _T]]:
        """The same for an answer with recursive types inside."""
        read = cast("Callable[[Reader], _T]", self._reader(method))
        return read, quick_nested(unpack, read, weight)

    def arguments(self, method: str, r: Reader) -> tuple[object, ...]:
        """Reads the arguments of a method at the reader's position, for who serves it."""
        values: list[object] = []
        at = ""
        try:
            for name, read in self._argument_readers(method):
                at = name
                values.append(read(r))
        except DecodeError as error:
            error.within(at)
            raise
        return tuple(values)

    def written_arguments(self, method: str, payload: bytes | bytearray, /) -> tuple[object, ...]:
        """The arguments in a request of a method that was written here."""
        return decode_payload(lambda r: self.arguments(method, r), DEFAULT_LIMITS, bytes(payload))

    def encode_answer(self, method: str, limits: Limits, value: object) -> bytes:
        """The answer of a method, or an item of its stream, as bytes."""
        write = self._answer_writers.get(method)
        if write is None:
            form, *_ = self._methods[method]
            write = self._answer_writers[method] = self._share().encoders.of(form)
        w = Writer(limits)
        write(w, value)
        return bytes(w)

    def forms(self, method: str) -> tuple[Forms, Form, tuple[Form, ...]]:
        """The forms of all types, of a method's answer and of its arguments."""
        answer, *request = self._methods[method]
        return self._types, answer, tuple(form for _, form in pairs(request[1:]))

    def _reader(self, method: str) -> Read:
        def read(r: Reader) -> object:
            answer = self._answers.get(method)
            if answer is None:
                form, *_ = self._methods[method]
                answer = self._answers[method] = self._share().decoders.of(form)
            return answer(r)

        return read

    def _request(self, method: str) -> list[tuple[str, Write]]:
        request = self._requests.get(method)
        if request is None:
            _, _, *arguments = self._methods[method]
            encoders = self._share().encoders
            request = [(name, encoders.of(form)) for name, form in pairs(arguments)]
            self._requests[method] = request
        return request

    def _argument_readers(self, method: str) -> list[tuple[str, Read]]:
        readers = self._arguments.get(method)
        if readers is None:
            _, *request = self._methods[method]
            decoders = self._share().decoders
            readers = [(name, decoders.of(form)) for name, form in pairs(request[1:])]
            self._arguments[method] = readers
        return readers

    def _share(self) -> _Shared:
        if self._shared is None:
            plan = Plan(self._types)
            self._shared = _Shared(Encoders(plan), Decoders(plan))
        return self._shared
