"""The error family. Every error that this runtime raises on its own is a `RapaceError`."""

from enum import IntEnum, unique
from typing import Self


@unique
class Code(IntEnum):
    """The status codes of rapace 0.5. They are not gRPC's numbers."""

    OK = 0
    CANCELLED = 1
    DEADLINE_EXCEEDED = 2
    INVALID_ARGUMENT = 3
    NOT_FOUND = 4
    ALREADY_EXISTS = 5
    PERMISSION_DENIED = 6
    RESOURCE_EXHAUSTED = 7
    FAILED_PRECONDITION = 8
    ABORTED = 9
    OUT_OF_RANGE = 10
    UNIMPLEMENTED = 11
    INTERNAL = 12
    UNAVAILABLE = 13
    DATA_LOSS = 14
    PEER_DIED = 100
    SESSION_CLOSED = 101
    VALIDATION_FAILED = 102
    STALE_GENERATION = 103


class RapaceError(Exception):
    """Whatever goes wrong between a client and its server."""


class StatusError(RapaceError):
    """A call that ended with a status: the server's, or one that this side gave it."""

    code: Code | int
    """What went wrong. A number that `Code` does not know is kept as it came."""
    message: str
    """The explanation, for people."""
    remote: bool
    """True when the server sent the status, False when it was decided here."""

    def __init__(self, code: int, message: str, *, remote: bool = False) -> None:
        try:
            self.code = Code(code)
            name = self.code.name
        except ValueError:
            self.code = code
            name = str(code)
        self.message = message
        self.remote = remote
        super().__init__(f"{name}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps code, message and origin when the error crosses a process."""
        return (_restore_status, (type(self), int(self.code), self.message, self.remote))


class DeadlineExceededError(StatusError, TimeoutError):
    """A call that took longer than its timeout: `Code.DEADLINE_EXCEEDED`, decided here or by the server."""


class UnavailableError(StatusError):
    """The server could not be asked: `Code.UNAVAILABLE`, decided here or by the server."""


class ConnectionLostError(UnavailableError, ConnectionError):
    """The connection could not be opened, was lost, or was closed. What led to it is the `__cause__`."""


class WrongOwnerError(StatusError):
    """A connection was used by a process or an event loop to which it does not belong: `Code.FAILED_PRECONDITION`.

    Nothing was sent. A forked child, and each event loop, opens a connection for itself.
    """

    def __init__(self, message: str) -> None:
        super().__init__(Code.FAILED_PRECONDITION, message)

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps the message when the error crosses a process."""
        return (type(self), (self.message,))


def status_error(code: int, message: str, *, remote: bool) -> StatusError:
    """The error for a status, of the class that belongs to its code."""
    if code == Code.DEADLINE_EXCEEDED:
        return DeadlineExceededError(code, message, remote=remote)
    if code == Code.UNAVAILABLE:
        return UnavailableError(code, message, remote=remote)
    return StatusError(code, message, remote=remote)


def _restore_status(kind: type[StatusError], code: int, message: str, remote: bool) -> StatusError:
    return kind(code, message, remote=remote)


class ProtocolError(RapaceError):
    """The peer sent what is no frame of rapace. The connection is of no more use."""


class ValueRefusedError(RapaceError, ValueError):
    """A value that does not fit its type: the common part of `EncodeError` and `DecodeError`."""

    problem: str
    """What is wrong, without the place."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self._segments: list[str | int] = []

    def within(self, segment: str | int) -> Self:
        """Puts a field's name, or an item's position, before the path. Called from the inside out."""
        self._segments.append(segment)
        return self

    @property
    def path(self) -> str:
        """Where in the value: `books[2].price.minor`. Empty for the value itself."""
        text = ""
        for segment in reversed(self._segments):
            if isinstance(segment, int):
                text += f"[{segment}]"
            else:
                text += f".{segment}" if text else segment
        return text

    def __str__(self) -> str:
        """The place, then the problem."""
        return f"{self.path}: {self.problem}" if self._segments else self.problem


class EncodeError(ValueRefusedError):
    """A value that cannot be sent as its type. Nothing of it was sent."""


class DecodeError(ValueRefusedError):
    """A payload that is not a value of its type. The connection lives on."""

    offset: int
    """The byte of the payload at which the problem was found, counted from 0."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(problem)
        self.offset = offset

    def __str__(self) -> str:
        """The place, the problem and the offset."""
        return f"{super().__str__()} (at byte {self.offset})"

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps all parts when the error crosses a process."""
        return (type(self), (self.problem, self.offset), self.__dict__)
