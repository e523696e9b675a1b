"""Our hosts: the generated handlers, as they come."""

from collections.abc import Callable

from rapace_benchmarks import WorkloadHandler, rapace, sync


def echoing(base: type) -> object:
    """A handler whose methods return their argument."""
    blocking = issubclass(base, sync.WorkloadHandler)

    async def echo(_: object, value: object) -> object:
        return value

    def echo_in_thread(_: object, value: object) -> object:
        return value

    methods = dict.fromkeys(base.__abstractmethods__, echo_in_thread if blocking else echo)
    return type("Workload", (base,), methods)()


async def serve(ready: Callable[[str], None]) -> None:
    """Serves with asyncio."""
    async with rapace.Host(echoing(WorkloadHandler)).listen("tcp://127.0.0.1:0") as listening:
        ready(listening.address)
        await rapace.until_signal()


async def serve_with_threads(ready: Callable[[str], None]) -> None:
    """The same, with handlers that run in threads."""
    async with rapace.Host(echoing(sync.WorkloadHandler)).listen("tcp://127.0.0.1:0") as listening:
        ready(listening.address)
        await rapace.until_signal()
