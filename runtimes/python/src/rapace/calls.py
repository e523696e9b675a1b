"""What asyncio and blocking clients have in common: what a method is, and how timeouts and notes work."""

import math
from collections.abc import Callable
from ssl import SSLError
from typing import Generic, TypeVar

from .errors import Code, ConnectionLostError, DeadlineExceededError, RapaceError, StatusError
from .postcard.reader import Reader
from .quote import quoted, seconds
from .tls import describe_failure

_T = TypeVar("_T")

DEFAULT_TIMEOUT = 30.0
"""The timeout of a client that names none, in seconds."""
DEFAULT_CONNECT_TIMEOUT = 10.0
"""How long opening a connection may take, in seconds."""


class Method(Generic[_T]):
    """A method of a service: its name, the number that frames carry, and how its answer, or each item, is read."""

    __slots__ = ("decode", "idempotent", "method_id", "name", "read")

    name: str
    method_id: int
    decode: Callable[[Reader], _T]
    """Reads a value from where the reader stands."""
    read: Callable[..., _T]
    """The one value that a payload is, all of it: `read(limits, payload, deadline)`, until a time of the clock."""
    idempotent: bool
    """Whether a call may be sent again after a loss: asking twice does what asking once does."""

    def __init__(
        self,
        name: str,
        method_id: int,
        decode: Callable[[Reader], _T],
        read: Callable[..., _T],
        *,
        idempotent: bool = False,
    ) -> None:
        self.name = name
        self.method_id = method_id
        self.decode = decode
        self.read = read
        self.idempotent = idempotent


def checked_timeout(timeout: float | None, default: float) -> float:
    """Seconds until a call must be over: `timeout`, or for None the default. `math.inf` means no limit."""
    seconds = default if timeout is None else timeout
    if math.isnan(seconds):
        raise ValueError("a timeout must be a number of seconds")
    return seconds


def deadline_exceeded(timeout: float) -> DeadlineExceededError:
    """The error of a call that took longer than its timeout."""
    return DeadlineExceededError(Code.DEADLINE_EXCEEDED, f"no answer within {seconds(timeout)}")


def item_overdue(timeout: float) -> DeadlineExceededError:
    """The error of a stream whose next item took longer than the caller allows."""
    message = f"no item within {seconds(timeout)}, the timeout of the stream's call"
    return DeadlineExceededError(Code.DEADLINE_EXCEEDED, message)


def still_disconnected(timeout: float, cause: BaseException | None) -> DeadlineExceededError:
    """The error of a call for which a lost connection was not opened again in time."""
    last = "" if cause is None else f": {cause}"
    message = f"the connection is lost and was not opened again within {seconds(timeout)}{last}"
    error = DeadlineExceededError(Code.DEADLINE_EXCEEDED, quoted(message))
    error.__cause__ = cause
    return error


def connect_timed_out(address: str, timeout: float) -> DeadlineExceededError:
    """The error of connecting that took longer than its timeout."""
    return DeadlineExceededError(Code.DEADLINE_EXCEEDED, f"cannot connect to {address} within {seconds(timeout)}")


def connect_failed(address: str, cause: Exception) -> ConnectionLostError:
    """The error of connecting that failed."""
    return connection_lost(f"cannot connect to {address}", cause)


def connection_lost(what: str, cause: BaseException | None) -> ConnectionLostError:
    """A fresh error for each call that a lost connection fails, all with the same cause."""
    # What a peer has said may be in it, such as a header of its answer to the WebSocket handshake.
    problem = quoted(describe_failure(cause) if isinstance(cause, SSLError) else str(cause or ""))
    text = f"{what}: {problem}" if problem else what
    error = ConnectionLostError(Code.UNAVAILABLE, text)
    error.__cause__ = cause
    return error


def annotate(error: RapaceError, method: str, address: str, elapsed: float) -> None:
    """Notes on an error which call it belongs to."""
    error.add_note(f"in {method} at {address}, after {elapsed:.3f} s")


def tunnel_ended() -> ValueError:
    """The error of writing to a tunnel after its end was announced."""
    return ValueError("nothing can be written to a tunnel after its end")


def pool_has_tunnels_elsewhere(connections: int) -> StatusError:
    """The error of a tunnel in a pool, which cannot tell whose channel is meant."""
    message = (
        f"a pool of up to {connections} connections cannot tell whose channel is meant: "
        "call and open the tunnel on a connection of its own"
    )
    return StatusError(Code.FAILED_PRECONDITION, message)
