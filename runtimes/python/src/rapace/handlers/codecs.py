"""How the arguments of served methods are read, and their answers written: quickly, or else with the careful codec.

These are the two functions of a `ServedMethod`. Where the accelerator is installed, it takes the place of quick code.
"""

from collections.abc import Callable
from typing import TypeAlias

from ..accelerator import accelerated_decoder, accelerated_encoder
from ..limits import Limits
from ..postcard.careful import Careful
from ..postcard.quick import IRREGULAR, quick, quick_nested
from ..postcard.reader import Reader, decode_payload_loosely

ReadArguments: TypeAlias = Callable[[bytes, Limits, bool], tuple[object, ...]]
"""Reads a request's payload: `read(payload, limits, allow_trailing_bytes)`. It fails with `DecodeError`."""
WriteAnswer: TypeAlias = Callable[[object, Limits], bytes]
"""Writes an answer, or an item of a stream: `write(value, limits)`. It fails with `EncodeError`."""


def argument_reader(
    careful: Careful,
    method: str,
    unpack: Callable[[bytes, int], tuple[tuple[object, ...], int]],
    weight: int = 0,
) -> ReadArguments:
    """What reads the arguments of a method, with the quick function `unpack` first.

    `weight` is the most that a byte of the payload can count, once it is decoded.
    """
    return _reader(careful, method, lambda read: quick(unpack, read, weight))


def nested_argument_reader(
    careful: Careful,
    method: str,
    unpack: Callable[[bytes, int, int], tuple[tuple[object, ...], int]],
    weight: int = 0,
) -> ReadArguments:
    """The same for arguments with recursive types inside."""
    return _reader(careful, method, lambda read: quick_nested(unpack, read, weight))


def answer_writer(careful: Careful, method: str, pack: Callable[[object], bytes]) -> WriteAnswer:
    """What writes the answer of a method, or an item of its stream, with the quick function `pack` first."""
    return _writer(careful, method, lambda _, value: pack(value))


def nested_answer_writer(careful: Careful, method: str, pack: Callable[[object, int], bytes]) -> WriteAnswer:
    """The same for an answer with recursive types inside."""
    return _writer(careful, method, lambda limits, value: pack(value, limits.max_depth))


def no_arguments(data: bytes, pos: int) -> tuple[tuple[()], int]:
    """The quick function that reads the arguments of a method without any."""
    return (), pos


def _reader(
    careful: Careful,
    method: str,
    quickened: Callable[[Callable[[Reader], tuple[object, ...]]], Callable[..., tuple[object, ...]]],
) -> ReadArguments:
    def read_carefully(r: Reader) -> tuple[object, ...]:
        return careful.arguments(method, r)

    types, _, arguments = careful.forms(method)
    read_all = accelerated_decoder(quickened(read_carefully), types, ("tuple", *arguments))

    def read(payload: bytes, limits: Limits, allow_trailing_bytes: bool) -> tuple[object, ...]:
        if allow_trailing_bytes:
            return decode_payload_loosely(read_carefully, limits, payload)
        return read_all(limits, payload)

    return read


def _writer(careful: Careful, method: str, pack: Callable[[Limits, object], bytes]) -> WriteAnswer:
    def write_pure(limits: Limits, value: object) -> bytes:
        try:
            return pack(limits, value)
        except IRREGULAR:
            pass
        return careful.encode_answer(method, limits, value)

    types, answer, _ = careful.forms(method)
    write_any = accelerated_encoder(write_pure, types, answer)

    def write(value: object, limits: Limits) -> bytes:
        return write_any(limits, value)

    return write
