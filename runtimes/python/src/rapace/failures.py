"""The errors that this side makes itself: of deadlines, lost connections and tunnels."""

from ssl import SSLError
from typing import Final

from .errors import Code, ConnectionLostError, DeadlineExceededError, StatusError, UnavailableError, of_own_call
from .quote import quoted, seconds
from .tls import describe_failure

SHUTTING_DOWN: Final = "the host is shutting down"


def deadline_exceeded(timeout: float) -> DeadlineExceededError:
    """The error of a call that took longer than its timeout."""
    return of_own_call(DeadlineExceededError(Code.DEADLINE_EXCEEDED, f"no answer within {seconds(timeout)}"))


def item_overdue(timeout: float) -> DeadlineExceededError:
    """The error of a stream whose next item took longer than the caller allows."""
    message = f"no item within {seconds(timeout)}, the timeout of the stream's call"
    return of_own_call(DeadlineExceededError(Code.DEADLINE_EXCEEDED, message))


def still_disconnected(timeout: float, cause: BaseException | None) -> DeadlineExceededError:
    """The error of a call for which a lost connection was not opened again in time."""
    last = "" if cause is None else f": {cause}"
    message = f"the connection is lost and was not opened again within {seconds(timeout)}{last}"
    error = of_own_call(DeadlineExceededError(Code.DEADLINE_EXCEEDED, quoted(message)))
    error.__cause__ = cause
    return error


def connect_timed_out(address: str, timeout: float) -> DeadlineExceededError:
    """The error of connecting that took longer than its timeout."""
    message = f"cannot connect to {address} within {seconds(timeout)}"
    return of_own_call(DeadlineExceededError(Code.DEADLINE_EXCEEDED, message))


def connect_failed(address: str, cause: Exception) -> ConnectionLostError:
    """The error of connecting that failed."""
    return connection_lost(f"cannot connect to {address}", cause)


def token_failed(address: str, cause: Exception) -> ConnectionLostError:
    """The error of connecting without a token. The cause's text may have a secret, so that only its class is told."""
    text = f"cannot connect to {address}: the token function failed with {type(cause).__name__}"
    error = of_own_call(ConnectionLostError(Code.UNAVAILABLE, text))
    error.__cause__ = cause
    return error


def has_not_answered(address: str, seconds_of_silence: float) -> str:
    """Why a connection is lost whose peer is silent."""
    return f"{address} has not answered two pings in {seconds(seconds_of_silence)}"


def connection_lost(what: str, cause: BaseException | None) -> ConnectionLostError:
    """A new error for each call that a lost connection fails, all with the same cause."""
    # The cause may quote the peer, such as a header of its response to the WebSocket handshake.
    problem = quoted(describe_failure(cause) if isinstance(cause, SSLError) else str(cause or ""))
    text = f"{what}: {problem}" if problem else what
    error = of_own_call(ConnectionLostError(Code.UNAVAILABLE, text))
    error.__cause__ = cause
    return error


def host_shuts_down() -> UnavailableError:
    """The error of a call that was not sent because the host takes no new ones."""
    return of_own_call(UnavailableError(Code.UNAVAILABLE, SHUTTING_DOWN))


def tunnel_ended() -> ValueError:
    """The error of writing to a tunnel after `write_eof`."""
    return ValueError("nothing can be written to a tunnel after its end")


def pool_has_tunnels_elsewhere(connections: int) -> StatusError:
    """The error of a tunnel in a pool, which does not know which of its connections has the channel."""
    message = (
        f"a pool of up to {connections} connections cannot tell whose channel is meant: "
        "call and open the tunnel on a connection of its own"
    )
    return of_own_call(StatusError(Code.FAILED_PRECONDITION, message))
