"""The three ways to run a client - asyncio, uvloop, blocking - behind one face, for scenarios that hold for all."""

import asyncio
import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import TypeVar

import uvloop

import rapace
from rapace.codegen import Method, unpack_string
from rapace.limits import DEFAULT_LIMITS, Limits
from rapace.postcard.quick import quick
from rapace.postcard.reader import read_string
from rapace.postcard.writer import Writer, write_string

T = TypeVar("T")

ECHO = Method("Test.echo", 0x1234_5678, read_string, quick(unpack_string, read_string))


def payload(value: str) -> bytearray:
    w = Writer()
    write_string(w, value)
    return w


class Flavor(ABC):
    """Connects, and remembers what has to be closed."""

    @abstractmethod
    def connect(
        self,
        address: str,
        *,
        timeout: float = 5.0,
        tls: rapace.Tls | None = None,
        limits: Limits = DEFAULT_LIMITS,
        allow_trailing_bytes: bool = False,
    ) -> "Client": ...

    @abstractmethod
    def finish(self) -> None:
        """Closes what is open, and fails when something is left over."""


class Client(ABC):
    """A connection with calls of `Test.echo`."""

    @abstractmethod
    def call(self, value: str, timeout: float = 5.0) -> str: ...

    @abstractmethod
    def stream(self, value: str, timeout: float = 5.0) -> "Items": ...

    @abstractmethod
    def close(self) -> None: ...

    @property
    @abstractmethod
    def closed(self) -> bool: ...

    @property
    @abstractmethod
    def dropped_frames(self) -> int: ...


class Items(ABC):
    """A stream."""

    @abstractmethod
    def next(self) -> str | None:
        """The next item, None at the end."""

    @abstractmethod
    def close(self) -> None: ...

    def rest(self) -> list[str]:
        found: list[str] = []
        while (value := self.next()) is not None:
            found.append(value)
        return found


class AsyncFlavor(Flavor):
    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.runner = asyncio.Runner(debug=True, loop_factory=new_loop)
        self.problems: list[object] = []
        self.runner.get_loop().set_exception_handler(lambda _, context: self.problems.append(context))
        self.clients: list[AsyncTestClient] = []

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        """Runs a coroutine to its end, within 20 seconds."""

        async def limited() -> T:
            async with asyncio.timeout(20):
                return await coroutine

        return self.runner.run(limited())

    def connect(
        self,
        address: str,
        *,
        timeout: float = 5.0,
        tls: rapace.Tls | None = None,
        limits: Limits = DEFAULT_LIMITS,
        allow_trailing_bytes: bool = False,
    ) -> "AsyncTestClient":
        async def connect() -> rapace.Connection:
            return await rapace.connect(
                address, timeout=timeout, tls=tls, limits=limits, allow_trailing_bytes=allow_trailing_bytes
            )

        client = AsyncTestClient(self, self.run(connect()))
        self.clients.append(client)
        return client

    def finish(self) -> None:
        for client in self.clients:
            client.close()
        self.run(self._no_tasks_left())
        gc.collect()
        self.run(asyncio.sleep(0))
        self.runner.close()
        assert self.problems == []

    async def _no_tasks_left(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left


class AsyncTestClient(Client):
    def __init__(self, flavor: AsyncFlavor, connection: rapace.Connection) -> None:
        self.flavor = flavor
        self.connection = connection

    def call(self, value: str, timeout: float = 5.0) -> str:
        return self.flavor.run(self.connection.call(ECHO, payload(value), timeout))

    def stream(self, value: str, timeout: float = 5.0) -> "AsyncItems":
        return AsyncItems(self.flavor, self.connection.stream(ECHO, payload(value), timeout))

    def close(self) -> None:
        self.flavor.run(self.connection.close())

    @property
    def closed(self) -> bool:
        return self.connection.closed

    @property
    def dropped_frames(self) -> int:
        return self.connection.dropped_frames


class AsyncItems(Items):
    def __init__(self, flavor: AsyncFlavor, stream: rapace.Stream[str]) -> None:
        self.flavor = flavor
        self.items = stream

    def next(self) -> str | None:
        async def step() -> str | None:
            return await anext(self.items, None)

        return self.flavor.run(step())

    def close(self) -> None:
        self.flavor.run(self.items.aclose())


class SyncFlavor(Flavor):
    def __init__(self) -> None:
        self.clients: list[SyncTestClient] = []

    def connect(
        self,
        address: str,
        *,
        timeout: float = 5.0,
        tls: rapace.Tls | None = None,
        limits: Limits = DEFAULT_LIMITS,
        allow_trailing_bytes: bool = False,
    ) -> "SyncTestClient":
        connection = rapace.sync.connect(
            address, timeout=timeout, tls=tls, limits=limits, allow_trailing_bytes=allow_trailing_bytes
        )
        client = SyncTestClient(connection)
        self.clients.append(client)
        return client

    def finish(self) -> None:
        for client in self.clients:
            client.close()
        gc.collect()


class SyncTestClient(Client):
    def __init__(self, connection: rapace.sync.Connection) -> None:
        self.connection = connection

    def call(self, value: str, timeout: float = 5.0) -> str:
        return self.connection.call(ECHO, payload(value), timeout)

    def stream(self, value: str, timeout: float = 5.0) -> "SyncItems":
        return SyncItems(self.connection.stream(ECHO, payload(value), timeout))

    def close(self) -> None:
        self.connection.close()

    @property
    def closed(self) -> bool:
        return self.connection.closed

    @property
    def dropped_frames(self) -> int:
        return self.connection.dropped_frames


class SyncItems(Items):
    def __init__(self, stream: rapace.sync.Stream[str]) -> None:
        self.items = stream

    def next(self) -> str | None:
        return next(self.items, None)

    def close(self) -> None:
        self.items.close()


FLAVORS: dict[str, Callable[[], Flavor]] = {
    "asyncio": lambda: AsyncFlavor(asyncio.new_event_loop),
    "uvloop": lambda: AsyncFlavor(uvloop.new_event_loop),
    "blocking": SyncFlavor,
}
