"""What scenarios of both kinds of clients share beyond calls: one face for asyncio and blocking connections."""

import asyncio
import io
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import rapace
from rapace.codegen import Method, unpack_string, unpack_unit
from rapace.postcard.quick import quick
from rapace.postcard.reader import read_string, read_unit

from .conftest import LOOPS
from .flavors import payload

T = TypeVar("T")

ECHO = Method("Test.echo", 1, read_string, quick(unpack_string, read_string))
AGAIN = Method("Test.again", 2, read_string, quick(unpack_string, read_string), idempotent=True)
NOTHING = Method("Test.nothing", 3, read_unit, quick(unpack_unit, read_unit))


class Talker:
    """A connection, used from one thread, with what it heard of its states."""

    def __init__(self, kind: str) -> None:
        self.changes: list[rapace.StateChange] = []
        self._runner = None if kind == "blocking" else asyncio.Runner(debug=True, loop_factory=LOOPS[kind])
        self._threads = ThreadPoolExecutor(8)
        self.connection: Any = None

    @property
    def blocks(self) -> bool:
        return self._runner is None

    @property
    def states(self) -> list[str]:
        return [change.state.value for change in self.changes]

    def connect(self, address: Any, **options: Any) -> None:
        options = {"timeout": 5.0, "on_state": self.changes.append, **options}
        if self._runner is None:
            self.connection = rapace.sync.connect(address, **options)
        else:
            self.connection = self.run(rapace.connect(address, **options))

    def run(self, awaitable: Any) -> Any:
        assert self._runner is not None

        async def limited() -> Any:
            async with asyncio.timeout(20):
                return await awaitable

        return self._runner.run(limited())

    def do(self, action: Callable[[], Any]) -> Any:
        return action() if self._runner is None else self.run(action())

    def call(self, value: str, method: Method[str] = ECHO, timeout: float = 5.0) -> str:
        return str(self.do(lambda: self.connection.call(method, payload(value), timeout)))

    def calls(self, *values: str, method: Method[str] = ECHO, timeout: float = 5.0) -> list[str | Exception]:
        """Several calls at once; the answer or the error of each."""
        if self._runner is None:
            futures = [self._threads.submit(self.connection.call, method, payload(v), timeout) for v in values]
            return [future_result(future) for future in futures]

        async def all_of_them() -> list[Any]:
            made = [self.connection.call(method, payload(value), timeout) for value in values]
            return await asyncio.gather(*made, return_exceptions=True)

        return list(self.run(all_of_them()))

    def begin(self, value: str, timeout: float = 5.0) -> Callable[[], str | Exception]:
        """Makes a call and waits until it is under way; what is returned waits for its answer or error."""
        if self._runner is None:
            future = self._threads.submit(self.connection.call, ECHO, payload(value), timeout)
            time.sleep(0.05)
            return lambda: future_result(future)

        async def start() -> asyncio.Task[str]:
            task: asyncio.Task[str] = asyncio.create_task(self.connection.call(ECHO, payload(value), timeout))
            await asyncio.sleep(0.05)
            return task

        async def outcome() -> str | Exception:
            try:
                return await task
            except Exception as error:
                return error

        task: asyncio.Task[str] = self.run(start())
        return lambda: self.run(outcome())

    def notify(self, timeout: float = 5.0) -> None:
        self.do(lambda: self.connection.notify(NOTHING, b"", timeout))

    def stream(self, value: str, timeout: float = 5.0) -> "Reader":
        return Reader(self, self.connection.stream(ECHO, payload(value), timeout))

    def tunnel(self, channel: int) -> "TunnelEnd":
        return TunnelEnd(self, self.connection.open_tunnel(channel))

    def pause(self, seconds: float) -> None:
        """Lets the connection's own tasks go on."""
        if self._runner is None:
            time.sleep(seconds)
        else:
            self.run(asyncio.sleep(seconds))

    def close(self) -> None:
        if self.connection is not None:
            self.do(self.connection.close)

    def finish(self) -> None:
        self.close()
        self._threads.shutdown()
        if self._runner is not None:

            async def left() -> int:
                await asyncio.sleep(0)
                return len(asyncio.all_tasks()) - 2  # this one, and the limit around it

            assert self.run(left()) <= 0
            self._runner.close()


def future_result(future: Future[str]) -> str | Exception:
    try:
        return future.result(20)
    except Exception as error:
        return error


class Reader:
    """A stream."""

    def __init__(self, talker: Talker, stream: Any) -> None:
        self.talker, self.stream = talker, stream

    def next(self) -> Any:
        if self.talker.blocks:
            return next(self.stream, None)

        async def step() -> Any:
            return await anext(self.stream, None)

        return self.talker.run(step())


class TunnelEnd:
    """A tunnel."""

    def __init__(self, talker: Talker, tunnel: Any) -> None:
        self.talker, self.tunnel = talker, tunnel

    def write(self, data: bytes) -> None:
        self.talker.do(lambda: self.tunnel.write(data))

    def read(self, count: int = -1) -> Any:
        if isinstance(self.tunnel, io.RawIOBase):
            data = self.tunnel.read(count)
            assert data is not None
            return data
        return self.talker.do(lambda: self.tunnel.read(count))

    def write_eof(self) -> None:
        self.talker.do(self.tunnel.write_eof)

    def close(self) -> None:
        if isinstance(self.tunnel, io.RawIOBase):
            self.tunnel.close()
        else:
            self.talker.do(self.tunnel.aclose)


@contextmanager
def talking(kind: str, address: Any, **options: Any) -> Generator[Talker, None, None]:
    talker = Talker(kind)
    try:
        talker.connect(address, **options)
        yield talker
    finally:
        talker.finish()
