"""The owner of a connection: the process that opened it and, with asyncio, the event loop.

A forked child has the parent's socket and the parent's session as they were. If both go on, each reads answers of the
other and their frames mix. So a connection remembers its owner, every use by another is refused, and closing it there
frees what the child has and touches nothing that is shared.
"""

import asyncio
import contextlib
import os

from .errors import WrongOwnerError


class ProcessOwner:
    """The process that opened a connection."""

    __slots__ = ("_pid",)

    def __init__(self) -> None:
        self._pid = os.getpid()

    @property
    def is_elsewhere(self) -> bool:
        """True in a process that was forked from the owner."""
        return os.getpid() != self._pid

    def check(self) -> None:
        """Raises in a process that was forked from the owner."""
        if os.getpid() != self._pid:
            raise self._forked()

    def _forked(self) -> WrongOwnerError:
        return WrongOwnerError(
            f"the connection belongs to process {self._pid}, and this is process {os.getpid()}, "
            "which was forked from it: open a connection in each process, after the fork"
        )


class LoopOwner(ProcessOwner):
    """The event loop, of one process, that opened a connection."""

    __slots__ = ("loop",)

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()

    @property
    def is_other_loop(self) -> bool:
        """True when another event loop runs here. No loop need run when a method that does not wait is called."""
        try:
            return asyncio.get_running_loop() is not self.loop
        except RuntimeError:
            return False

    def check(self) -> None:
        """Raises in a process that was forked from the owner, and on another event loop."""
        if os.getpid() != self._pid:
            raise self._forked()
        if self.is_other_loop:
            raise WrongOwnerError(
                "the connection belongs to another event loop, on which it was opened: "
                "open a connection on each event loop"
            )


def release_inherited(number: int) -> None:
    """Frees a forked child's copy of a descriptor. The child's objects keep its number.

    Closing those objects would also change what parent and child share: the event loop's selector, the connection.
    """
    with contextlib.suppress(OSError):  # It is closed already.
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            os.dup2(nowhere, number, inheritable=False)
        finally:
            os.close(nowhere)
