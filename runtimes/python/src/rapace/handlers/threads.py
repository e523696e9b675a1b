"""The threads in which blocking handlers run."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

DEFAULT_THREADS: Final = 64
"""How many threads blocking handlers have at most. A stream has its thread until it ends."""

_IDLE_SECONDS: Final = 10.0
"""How long a thread without work waits for some before it ends."""

Job: TypeAlias = Callable[[], None]


class Threads:
    """Up to `most` threads, which start when they are needed and end when they are idle.

    They are daemons, unlike those of `concurrent.futures`: a handler that never returns must not keep the process.
    """

    __slots__ = ("_closed", "_idle", "_jobs", "_most", "_running", "_work")

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"blocking handlers need at least one thread, not {most}")
        self._most = most
        self._work = threading.Condition()
        # All of this is changed with it.
        self._jobs: deque[Job] = deque()
        self._running = 0
        self._idle = 0
        self._closed = False

    def start(self, job: Job) -> None:
        """Runs a job in a thread, when one is free. The job must not raise."""
        with self._work:
            self._jobs.append(job)
            if self._idle >= len(self._jobs):
                self._work.notify()
            elif self._running < self._most:
                thread = threading.Thread(target=self._run, name=f"rapace-handler-{self._running + 1}", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # The system has no thread left. Those that run take the job, if there are any.
                    if not self._running:
                        self._jobs.remove(job)
                        raise
                else:
                    self._running += 1

    def drop(self, job: Job) -> bool:
        """Drops a job that no thread has begun. Returns False when one has."""
        with self._work:
            if job not in self._jobs:
                return False
            self._jobs.remove(job)
            return True

    def close(self) -> None:
        """Ends the threads that are idle, and the others when their jobs are done. Does not wait."""
        with self._work:
            self._closed = True
            self._work.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            job()
            del job  # An idle thread must not keep what a call held.

    def _next(self) -> Job | None:
        with self._work:
            if not self._jobs and not self._closed:
                self._idle += 1
                self._work.wait(_IDLE_SECONDS)
                self._idle -= 1
            if self._jobs:
                return self._jobs.popleft()
            self._running -= 1
            return None
