"""The error family. Every error that this runtime raises on its own is a `RapaceError`."""

from enum import IntEnum, unique
from typing import Final, Self, TypeGuard, TypeVar, overload

_E = TypeVar("_E", bound=BaseException)

_LAST_CODE: Final = 0xFFFF_FFFF


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
    """The base of all errors between a client and its server."""


class StatusError(RapaceError):
    """A call ended with a status, which the server sent or this side decided."""

    code: Code | int
    """What went wrong. A number that `Code` does not have is kept."""
    message: str
    """The explanation, for people."""
    remote: bool
    """True when the server sent the status, False when it was decided here."""
    _of_own_call = False
    """True when it was decided here for a call that this program made, or for a connection that it opens."""

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


class _KnownCodeError(StatusError):
    """A status whose class says its code: it is raised with a message alone."""

    _own: Code

    @overload
    def __init__(self, message: str, /, *, remote: bool = False) -> None: ...
    @overload
    def __init__(self, code: int, message: str, /, *, remote: bool = False) -> None: ...
    def __init__(self, code: int | str, message: str | None = None, /, *, remote: bool = False) -> None:
        if isinstance(code, str):
            super().__init__(self._own, code, remote=remote)
        else:
            super().__init__(code, message or "", remote=remote)


class DeadlineExceededError(_KnownCodeError, TimeoutError):
    """A call took longer than its timeout: `Code.DEADLINE_EXCEEDED`, decided here or by the server.

    Raise it with a message: `raise DeadlineExceededError("too late")`.
    """

    _own = Code.DEADLINE_EXCEEDED


class UnavailableError(_KnownCodeError):
    """The server could not be asked: `Code.UNAVAILABLE`, decided here or by the server.

    Raise it with a message: `raise UnavailableError("down")`.
    """

    _own = Code.UNAVAILABLE


class ConnectionLostError(UnavailableError, ConnectionError):
    """The connection could not be opened, was lost, or was closed. The `__cause__` says why."""


class WrongOwnerError(StatusError):
    """A process or an event loop used a connection that it had not opened: `Code.FAILED_PRECONDITION`.

    Nothing was sent. A forked child and each event loop must open their own connection.
    """

    _of_own_call = True

    def __init__(self, message: str) -> None:
        super().__init__(Code.FAILED_PRECONDITION, message)

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps the message when the error crosses a process."""
        return (type(self), (self.message,))


def of_own_call(error: _E) -> _E:
    """Marks an error that this side decides for a call or a connection of the program. Returns the error."""
    if isinstance(error, StatusError) and not error.remote:
        error._of_own_call = True  # pyright: ignore[reportPrivateUsage]
    return error


def is_for_caller(error: BaseException) -> TypeGuard[StatusError]:
    """True for a status that a handler raises for its caller: the program made it, or another peer sent it.

    All others arose in calls that the handler made. They may quote what is not for its caller.
    """
    if not isinstance(error, StatusError) or error._of_own_call:  # pyright: ignore[reportPrivateUsage]
        return False
    return 0 < error.code <= _LAST_CODE


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
    """The peer sent bytes that are not a frame of rapace. The connection is closed."""


class ValueRefusedError(RapaceError, ValueError):
    """A value does not fit its type: the base of `EncodeError`, `DecodeError` and `JsonError`."""

    problem: str
    """What is wrong, without the path."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self._segments: list[str | int] = []

    def within(self, segment: str | int) -> Self:
        """Adds a field's name, or an item's position, before the path. Called from the inside out."""
        self._segments.append(segment)
        return self

    @property
    def path(self) -> str:
        """The place in the value: `books[2].price.minor`. Empty for the value itself."""
        text = ""
        for segment in reversed(self._segments):
            if isinstance(segment, int):
                text += f"[{segment}]"
            else:
                text += f".{segment}" if text else segment
        return text

    def __str__(self) -> str:
        """The path, then the problem."""
        return f"{self.path}: {self.problem}" if self._segments else self.problem


class EncodeError(ValueRefusedError):
    """A value cannot be encoded as its type. Nothing was sent."""


class JsonError(ValueRefusedError):
    """JSON is not a value of the type in the form that it must have."""


class DecodeError(ValueRefusedError):
    """A payload is not a value of its type. The connection continues."""

    offset: int
    """The byte of the payload at which the problem was found, counted from 0."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(problem)
        self.offset = offset

    def __str__(self) -> str:
        """The path, the problem and the offset."""
        return f"{super().__str__()} (at byte {self.offset})"

    def __reduce__(self) -> tuple[object, ...]:
        """Keeps all parts when the error crosses a process."""
        return (type(self), (self.problem, self.offset), self.__dict__)
