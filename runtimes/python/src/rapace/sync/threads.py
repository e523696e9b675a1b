"""The threads that wait on one connection: which of them reads for all, and which sleep."""

from collections import OrderedDict

from .bell import Bell
from .waiter import Waiter


class Threads:
    """The threads that wait, by what they wait for. All of it is used under the connection's lock."""

    __slots__ = ("bell", "reader", "sleepers", "users")

    reader: Waiter | None
    """Whose thread reads for all."""
    bell: Bell | None
    """Wakes the thread that reads, if that thread may be cancelled."""
    users: set[Waiter]
    """Whose threads are in a system call on the socket. The last of them closes it."""
    sleepers: OrderedDict[Waiter, None]
    """In the order in which they fell asleep; a plain dict takes ever longer to find its first key again."""

    def __init__(self) -> None:
        self.reader = None
        self.bell = None
        self.users = set()
        self.sleepers = OrderedDict()

    def interrupt(self, waiter: Waiter) -> None:
        """Makes the thread that waits look whether it was cancelled."""
        waiter.wake()
        if self.reader is waiter and self.bell is not None:
            self.bell.ring()

    def rise(self, waiter: Waiter) -> None:
        """The thread no longer sleeps."""
        waiter.turn = None
        self.sleepers.pop(waiter, None)

    def retire(self, waiter: Waiter) -> None:
        """The thread no longer waits, reads or writes. `pass_turn` must follow."""
        if self.reader is waiter:
            self.reader = None
        if self.reader is None and self.bell is not None:
            self.bell.close()
            self.bell = None
        self.users.discard(waiter)
        self.rise(waiter)

    def pass_turn(self) -> None:
        """Wakes a sleeping thread to read for all, when no thread reads. Each thread that stops waiting calls this."""
        while self.reader is None and self.sleepers:
            sleeper = next(iter(self.sleepers))
            sleeps = sleeper.turn is not None
            sleeper.wake()
            self.sleepers.pop(sleeper, None)
            if sleeps:  # The others have been woken, and are about to find that themselves.
                return

    def wake_all(self) -> None:
        """Wakes every thread that sleeps."""
        for sleeper in self.sleepers:
            sleeper.wake()
