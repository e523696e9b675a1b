"""How a served call ends whose handler failed: what the caller gets, and what is logged."""

import logging
from typing import TypeAlias

from ..errors import Code, DecodeError, EncodeError, StatusError, is_for_caller
from ..quote import seconds
from ..session.served import Served

_log = logging.getLogger("rapace.handlers")

Status: TypeAlias = tuple[int, str]
"""A code and a message, as an error frame carries them."""


def of_deadline(timeout: float) -> Status:
    """The status of a call that its caller does not wait for any more."""
    return Code.DEADLINE_EXCEEDED, f"the caller's deadline of {seconds(timeout)} has passed"


def of_arguments(method: str, error: DecodeError) -> Status:
    """The status of a call whose arguments cannot be read."""
    return Code.INVALID_ARGUMENT, f"cannot read the arguments of {method}: {error}"


def of_handler(method: str, error: BaseException, *, error_texts: bool) -> Status:
    """The status of a call whose handler raised. Everything but a status for the caller is logged, with its trace."""
    if is_for_caller(error):
        return error.code, error.message
    _log.error("%s failed", method, exc_info=error)
    text = f": {error}" if error_texts else ""
    return Code.INTERNAL, f"{method} failed{text}"


def of_answer(method: str, error: Exception) -> Status:
    """The status of a call whose answer or item cannot be sent."""
    if isinstance(error, StatusError):  # It is too long.
        _log.error("the answer of %s cannot be sent: %s", method, error.message)
        return error.code, error.message
    # The trace of an EncodeError says only where the runtime noticed it. Its text has the path of the field.
    trace = None if isinstance(error, EncodeError) else error
    _log.error("the answer of %s cannot be sent: %s", method, error, exc_info=trace)
    return Code.INTERNAL, f"the answer of {method} cannot be sent"


def in_clean_up(method: str, error: BaseException) -> None:
    """A handler raised while it was cancelled or its generator closed. Nobody waits for an answer any more."""
    _log.error("%s failed after its call had ended", method, exc_info=error)


def of_notification(served: Served, method: str, status: Status) -> None:
    """A notification failed. The peer gets no answer, so that only the log has the reason."""
    served.warn("the notification %s failed: %s", method, status[1], log=_log)


def left_behind(method: str) -> None:
    """A handler has ignored its cancellation."""
    _log.warning("%s goes on although its call was cancelled: it is left behind", method)
