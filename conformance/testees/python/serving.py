"""Handlers of a testee that serves: each says that it runs, and then does what commands say."""

import asyncio
import itertools
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from typing import Any

from contract import Contract, say

LIMITS = ("max_served_calls", "max_served_bytes")
"""Options that are limits of a connection."""
LOOK_SECONDS = 0.01
"""How often it is looked whether calls of handlers in threads are cancelled."""
THREADS = 1100
"""How many handlers can wait in threads: more than a connection may serve."""
Order = tuple[str, Any, Any]
"""What a handler does next: `answer`, `item`, `end` or `fail`; a value or error; the future of whether it was sent."""


class Served:
    """A handler that runs: its number, its call, and the queue of what it does next."""

    def __init__(self, number: int, method: dict[str, Any], call: Any, orders: Any) -> None:
        self.number = number
        self.method = method
        self.call = call
        self.orders = orders


class Handlers:
    """The handlers of all services, and those that run."""

    def __init__(self, contract: Contract, package: Any, base: Any, current_call: Any, orders: Any) -> None:
        self.contract = contract
        self.bases = [each for each in vars(package).values() if isinstance(each, type) and issubclass(each, base)]
        self.current_call = current_call
        self.orders = orders
        self.echoes = False
        self.numbers = itertools.count(1)
        self.running: dict[int, Served] = {}

    def made(self) -> list[Any]:
        """An instance of a handler for each service."""
        return [self.handler(base)() for base in self.bases]

    def handler(self, base: Any) -> Any:
        """A class whose methods do what commands say."""
        methods = {}
        for known in base.rapace_methods:
            method = self.contract.methods[known.name]
            echoes = [argument["type"] for argument in method["arguments"]] == [method["response"]]
            make = self.streaming if known.streams else self.unary
            methods[known.attribute] = make(known.name, method, echoes)
        return type(base.__name__, (base,), methods)

    def begin(self, name: str, method: dict[str, Any], arguments: tuple[Any, ...]) -> Served:
        """Says that a handler runs."""
        served = Served(next(self.numbers), method, self.current_call(), self.orders())
        types = [argument["type"] for argument in method["arguments"]]
        shown = [self.contract.values.to_json(ty, value) for ty, value in zip(types, arguments, strict=True)]
        self.running[served.number] = served
        say({"called": served.number, "method": name, "arguments": shown})
        return served

    def end(self, served: Served) -> None:
        """The handler has ended."""
        del self.running[served.number]
        while not served.orders.empty():
            _, _, taken = served.orders.get_nowait()
            taken.set_result(False)
        if served.call.cancelled:
            say({"cancelled": served.number})

    def order(self, number: int, kind: str, value: Any, taken: Any) -> Any:
        """Tells a handler what to do next. Returns the future of whether that was an item which it sent."""
        served = self.running.get(number)
        if served is None:
            taken.set_result(False)
        elif kind in ("answer", "item"):
            served.orders.put_nowait((kind, self.contract.values.argument(served.method["response"], value), taken))
        else:
            served.orders.put_nowait((kind, value, taken))
        return taken

    def hosted(self, options: dict[str, Any]) -> dict[str, Any]:
        """What handlers are served with."""
        self.echoes = options.get("echo", False)
        named = {name: options[name] for name in ("first_channel", "error_texts") if name in options}
        limits = options.get("limits", {}) | {name: options[name] for name in LIMITS if name in options}
        return named | ({"limits": self.contract.rapace.Limits(**limits)} if limits else {})

    def unary(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """A method that answers once."""
        raise NotImplementedError

    def streaming(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """A method that answers with a stream."""
        raise NotImplementedError


class AsyncHandlers(Handlers):
    """Handlers for asyncio."""

    def __init__(self, contract: Contract, package: Any) -> None:
        rapace = package.rapace
        super().__init__(contract, package, rapace.codegen.Handler, rapace.current_call, asyncio.Queue)

    def unary(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """A coroutine function."""

        async def answer(_: Any, *arguments: Any) -> Any:
            if echoes and self.echoes:
                return arguments[0]
            served = self.begin(name, method, arguments)
            try:
                kind, value, taken = await served.orders.get()
                taken.set_result(True)
                if kind == "fail":
                    raise value
                return value
            finally:
                self.end(served)

        return answer

    def streaming(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """An asynchronous generator."""

        async def items(_: Any, *arguments: Any) -> AsyncIterator[Any]:
            served = self.begin(name, method, arguments)
            try:
                while True:
                    kind, value, taken = await served.orders.get()
                    sent = kind != "item"
                    try:
                        if kind == "end":
                            return
                        if kind == "fail":
                            raise value
                        yield value
                        sent = True
                    finally:
                        taken.set_result(sent)
            finally:
                self.end(served)

        return items


class BlockingHandlers(Handlers):
    """Handlers that run in threads."""

    def __init__(self, contract: Contract, package: Any) -> None:
        rapace = package.rapace
        base, current_call = rapace.codegen.SyncHandler, rapace.sync.current_call
        super().__init__(contract, package.sync, base, current_call, queue.SimpleQueue)
        threading.Thread(target=self.look, daemon=True).start()

    def hosted(self, options: dict[str, Any]) -> dict[str, Any]:
        """What handlers are served with. Each handler that waits for its command has a thread."""
        return {"threads": THREADS, **super().hosted(options)}

    def look(self) -> None:
        """Tells each handler whose call is cancelled to end. A look for all of them leaves the others asleep."""
        told: set[int] = set()
        while True:
            time.sleep(LOOK_SECONDS)
            running = list(self.running.values())
            told &= {served.number for served in running}
            for served in running:
                if served.call.cancelled and served.number not in told:
                    told.add(served.number)
                    served.orders.put(("end", None, Future()))

    def unary(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """A function."""

        def answer(_: Any, *arguments: Any) -> Any:
            if echoes and self.echoes:
                return arguments[0]
            served = self.begin(name, method, arguments)
            try:
                kind, value, taken = served.orders.get()
                taken.set_result(True)
                if kind == "fail":
                    raise value
                return value
            finally:
                self.end(served)

        return answer

    def streaming(self, name: str, method: dict[str, Any], echoes: bool) -> Any:
        """A generator."""

        def items(_: Any, *arguments: Any) -> Iterator[Any]:
            served = self.begin(name, method, arguments)
            try:
                while True:
                    kind, value, taken = served.orders.get()
                    sent = kind != "item"
                    try:
                        if kind == "end":
                            return
                        if kind == "fail":
                            raise value
                        yield value
                        sent = True
                    finally:
                        taken.set_result(sent)
            finally:
                self.end(served)

        return items
