"""What calls over asyncio and blocking calls share: methods, timeouts, decoding and notes on errors."""

import math
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from .budget import RetryBudget
from .control import encode_opening
from .errors import Code, DecodeError, RapaceError, StatusError, UnavailableError, of_own_call
from .failures import deadline_exceeded
from .limits import Limits
from .metadata import TIMEOUT_KEY, Metadata, size_of
from .postcard.cost import OutOfTimeError
from .postcard.reader import Reader, decode_payload_loosely
from .session import Session

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

DEFAULT_TIMEOUT = 30.0
"""The timeout of a client that names none, in seconds."""
DEFAULT_CONNECT_TIMEOUT = 10.0
"""How long opening a connection may take, in seconds."""
_LONGEST_TIMEOUT_NS: Final = 0xFFFF_FFFF_FFFF_FFFF


class Method(Generic[_T_co]):
    """A method of a service: its name, the number that frames carry, and how its response, or each item, is read."""

    __slots__ = ("arguments", "decode", "idempotent", "method_id", "name", "read")

    name: str
    method_id: int
    decode: Callable[[Reader], _T_co]
    """Reads a value at the reader's position."""
    read: Callable[..., _T_co]
    """Reads a whole payload as one value: `read(limits, payload, deadline)`; the deadline is a time of the clock."""
    arguments: Callable[[bytes | bytearray], tuple[object, ...]]
    """Reads the arguments of a request that was written here, for interceptors."""
    idempotent: bool
    """True when a call may be sent again after a loss: two calls have the effect of one."""

    def __init__(
        self,
        name: str,
        method_id: int,
        decode: Callable[[Reader], _T_co],
        read: Callable[..., _T_co],
        *,
        idempotent: bool = False,
    ) -> None:
        self.name = name
        self.method_id = method_id
        self.decode = decode
        self.read = read
        self.idempotent = idempotent
        self.arguments = _no_arguments


def _no_arguments(payload: bytes | bytearray) -> tuple[object, ...]:
    return ()


def opening(session: Session, limits: Limits, method: Method[object], metadata: Metadata | None, left: float) -> bytes:
    """What is sent before a request: its metadata, and for a peer that understands it the seconds that are left.

    Nothing when there is nothing to say.
    """
    entries = [] if metadata is None else metadata.entries()
    if session.control.understood and left < math.inf:
        text = b"%d" % min(max(0, int(left * 1e9)), _LONGEST_TIMEOUT_NS)
        # Metadata that is at its limit must not become more than the peer accepts.
        if size_of(entries) + len(TIMEOUT_KEY) + len(text) <= limits.max_metadata_bytes:
            entries.append((TIMEOUT_KEY, text))
            entries.sort()
    if not entries:
        return b""
    service, _, name = method.name.partition(".")
    return encode_opening(service, name, entries)


class Drained(Protocol):
    """What a wire says about calls that its peer has not run."""

    draining: bool
    retries: RetryBudget | None


def may_be_sent_again(wire: Drained, error: RapaceError) -> bool:
    """Whether a call that failed so has not run and may be sent on the next connection.

    After the peer's notice that it shuts down, it answers new calls with `UNAVAILABLE`, before anything of them runs.
    """
    if not wire.draining or wire.retries is None or type(error) is not UnavailableError:
        return False
    return not error.remote or wire.retries.take()


class Settings(Protocol):
    """What a wire says about the payloads that arrive on it."""

    limits: Limits
    allow_trailing_bytes: bool


def decode(settings: Settings, method: Method[_T], payload: bytes, deadline: float, timeout: float) -> _T:
    """Decodes a response or an item before the deadline, which is a time of the clock."""
    try:
        if settings.allow_trailing_bytes:
            return decode_payload_loosely(method.decode, settings.limits, payload, deadline)
        return method.read(settings.limits, payload, deadline)
    except OutOfTimeError:
        raise deadline_exceeded(timeout) from None


def checked_timeout(timeout: float | None, default: float) -> float:
    """Seconds until a call must be over: `timeout`, or for None the default. `math.inf` means no limit."""
    seconds = default if timeout is None else timeout
    if math.isnan(seconds):
        raise ValueError("a timeout must be a number of seconds")
    return seconds


def annotate(error: RapaceError, method: str, address: str, elapsed: float) -> None:
    """Adds a note to an error: which call it belongs to. It is an error of that call alone from now on."""
    of_own_call(error).add_note(f"in {method} at {address}, after {elapsed:.3f} s")
    if isinstance(error, StatusError) and error.remote and error.code == Code.UNIMPLEMENTED:
        error.add_note(
            f"the server does not serve {method}: is it older than this client, or does it serve other services?"
        )
    elif isinstance(error, DecodeError):
        error.add_note("is this client generated from the api.json of the server?")
