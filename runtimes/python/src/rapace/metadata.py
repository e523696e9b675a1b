"""Metadata: what a call carries beside its arguments."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias, cast

from .control import Entry, Opening
from .errors import Code, StatusError, of_own_call
from .quote import quoted

MetadataLike: TypeAlias = Mapping[str, str | bytes]
"""Metadata as it is given: texts by key, and bytes where the key ends in `-bin`."""

TIMEOUT_KEY: Final = "timeout-ns"
"""The runtime's own key: how many nanoseconds the caller waits."""
_RESERVED_PREFIX: Final = "rapace-"
_BYTES_SUFFIX: Final = "-bin"
_LONGEST_TIMEOUT: Final = 30 * 86400.0
"""The longest deadline of a served call in seconds, so that no clock overflows."""
_MOST_U64: Final = 0xFFFF_FFFF_FFFF_FFFF
_is_number = re.compile(r"[0-9]{1,20}").fullmatch
_is_key = re.compile(r"[a-z0-9._-]{1,64}").fullmatch
_KEY_RULE: Final = 'a key is 1 to 64 characters of a-z, 0-9, ".", "_" and "-"'


class Metadata(MetadataLike):
    """What a call carries beside its arguments: texts by key, and bytes where the key ends in `-bin`. Read-only.

    Values may be secrets, so that `repr` has the keys alone.
    """

    __slots__ = ("_values",)

    def __init__(self, values: MetadataLike) -> None:
        self._values = values

    def __getitem__(self, key: str) -> str | bytes:
        """The value of a key."""
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        """The keys."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._values)

    def __repr__(self) -> str:
        """The keys alone."""
        return f"Metadata({', '.join(sorted(self._values))})"

    def entries(self) -> list[Entry]:
        """What is sent, in the order of the keys."""
        return [(key, _as_bytes(self._values[key])) for key in sorted(self._values)]


EMPTY: Final = Metadata({})
"""The metadata of a call that carries none."""


def no_metadata() -> Metadata:
    """The metadata of a call that carries none."""
    return EMPTY


def checked_metadata(given: MetadataLike, limit: int) -> Metadata:
    """Checks what the program gives a call.

    Raises `ValueError` or `TypeError` for a key or value that cannot travel, and `StatusError` for more than `limit`
    bytes.
    """
    if type(given) is Metadata:
        return given
    for key, value in given.items():
        problem = _problem(key, value)
        if problem is not None:
            # A value may be a secret, so that only the key is named.
            raise ValueError(f'metadata "{quoted(str(key))}": {problem}')
    made = Metadata(dict(given))
    size = size_of(made.entries())
    if size > limit:
        text = f"metadata takes {size} bytes; at most {limit} are sent (max_metadata_bytes)"
        raise of_own_call(StatusError(Code.RESOURCE_EXHAUSTED, text))
    return made


def merged(of_client: Metadata | None, of_call: MetadataLike | None, limit: int) -> Metadata | None:
    """The metadata of a call: its client's, and its own, which wins. None when there is none."""
    if of_call is None:
        return of_client
    made = checked_metadata(of_call if of_client is None else {**of_client, **of_call}, limit)
    return made or None


class Carried(NamedTuple):
    """What a request carries beside its arguments."""

    metadata: Metadata
    timeout: str | None
    """The text of its `timeout-ns`."""


def received_metadata(method: str, opening: Opening, limit: int) -> Carried | tuple[int, str]:
    """What a request carries, or the status that refuses the request."""
    values = received_values(method, opening, limit)
    if isinstance(values, tuple):
        return values
    return Carried(without_reserved(values), cast("str | None", values.get(TIMEOUT_KEY)))


def read_timeout(method: str, text: str) -> float | tuple[int, str]:
    """The seconds in a `timeout-ns`, at most 30 days; or the status that refuses the request."""
    if _is_number(text) is None or (nanoseconds := int(text)) > _MOST_U64:
        return (
            Code.INVALID_ARGUMENT,
            f'metadata "{TIMEOUT_KEY}" of {method}: the value is not a number of nanoseconds below 2^64',
        )
    return min(nanoseconds / 1e9, _LONGEST_TIMEOUT)


def received_values(of: str, opening: Opening, limit: int) -> dict[str, str | bytes] | tuple[int, str]:
    """All that was said of a request or of the connection, checked; or the status that refuses it."""
    if opening.size > limit:
        return Code.RESOURCE_EXHAUSTED, f"metadata of {of} takes {opening.size} bytes; at most {limit} are accepted"
    values: dict[str, str | bytes] = {}
    for key, data in opening.entries:
        value, problem = _read(key, data)
        if key in values:
            problem = "the key is there twice"
        if problem is not None:
            return Code.INVALID_ARGUMENT, f'metadata "{quoted(key)}" of {of}: {problem}'
        values[key] = value
    return values


def without_reserved(values: MetadataLike) -> Metadata:
    """What is for handlers: all keys that are not the runtime's."""
    return Metadata({key: value for key, value in values.items() if not _is_reserved(key)})


def size_of(entries: list[Entry]) -> int:
    """How many bytes the keys and values have in all."""
    return sum(len(key.encode()) + len(value) for key, value in entries)


def _is_reserved(key: str) -> bool:
    return key == TIMEOUT_KEY or key.startswith(_RESERVED_PREFIX)


def _read(key: str, data: bytes) -> tuple[str | bytes, str | None]:
    """A received value, and what is wrong with it."""
    if _is_key(key) is None:
        return data, _KEY_RULE
    if key.endswith(_BYTES_SUFFIX):
        return data, None
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return data, 'the value is not UTF-8; only keys that end in "-bin" carry bytes'


def _problem(key: object, value: object) -> str | None:
    """Why the program cannot send an entry."""
    if not isinstance(key, str) or _is_key(key) is None:
        return _KEY_RULE
    if _is_reserved(key):
        return "the key is reserved for the runtime"
    if key.endswith(_BYTES_SUFFIX):
        return None if isinstance(value, bytes) else 'the value must be bytes, because the key ends in "-bin"'
    if not isinstance(value, str):
        return 'the value must be a str; the key of bytes ends in "-bin"'
    try:
        value.encode()
    except UnicodeEncodeError:
        return "the text has characters that UTF-8 cannot carry"
    return None


def _as_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
