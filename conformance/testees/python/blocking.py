"""The testee for Python's blocking clients: as `testee.py`, but with a thread for each command.

While no command is under way, a thread watches the connection, as that of a program does which wants to hear of losses
at once.
"""

import base64
import collections
import json
import sys
import threading
import time
import traceback
from concurrent.futures import Future
from typing import Any

from contract import PATTERN, Contract, be_strict, check_pattern, crash, listened, load, say
from resources import in_use, measured
from serving import BlockingHandlers

WATCH_SECONDS = 0.05
"""How long the connection is watched before it is looked whether a command is under way."""
STACK_BYTES = 256 * 1024
"""What a thread of thousands has for a stack."""


class Testee(Contract):
    """Does what it is told."""

    def __init__(self, api: dict[str, Any], package: Any) -> None:
        super().__init__(api, package, package.sync)
        self.running: dict[int, Any] = {}  # what cancels each command
        self.tunnels: dict[int, Any] = {}
        self.watching = threading.Lock()
        self.handlers = BlockingHandlers(self, package)
        self.host: Any = None

    def run(self) -> None:
        """Until the end of the commands."""
        say({"ready": "python-blocking"})
        threading.Thread(target=self.watch, daemon=True).start()
        for line in sys.stdin:
            command = json.loads(line)
            self.running[command["id"]] = self.rapace.sync.CancelScope()
            threading.Thread(target=self.answer, args=[command]).start()

    def watch(self) -> None:
        """Reads what comes while nobody calls."""
        while True:
            connection = self.connection
            if connection is None or connection.closed or self.running:
                time.sleep(WATCH_SECONDS / 10)
            else:
                with self.watching:
                    connection.watch(WATCH_SECONDS)

    def answer(self, command: dict[str, Any]) -> None:
        """Says what came of a command."""
        try:
            with self.running[command["id"]]:
                if command.pop("measure", False):
                    with measured() as memory:
                        result = self.outcome(command)
                    result["allocated"] = memory.peak
                else:
                    result = self.outcome(command)
        except Exception:
            traceback.print_exc()
            crash()
        finally:
            self.running.pop(command["id"], None)
        say({"id": command["id"], **result})

    def outcome(self, command: dict[str, Any]) -> dict[str, Any]:
        """What came of a command, an error of the runtime's too."""
        try:
            return self.obey(command)
        except self.rapace.RapaceError as error:
            return {"error": self.describe(error)}

    def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command."""
        match command:
            case {"connect": address}:
                chosen = self.chosen(command.get("options", {}))
                self.close()
                if command.get("serve"):
                    chosen |= {"handlers": self.handlers.made(), **self.handlers.hosted(command.get("options", {}))}
                self.connection = self.rapace.sync.connect(address, **chosen)
                return {"connected": True}
            case {"close": _}:
                self.close()
                return {"closed": True}
            case {"many": count, "call": name}:
                return self.many(count, name)
            case {"call": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                return {"value": self.values.to_json(method["response"], call())}
            case {"notify": name, "arguments": arguments}:
                notify, _ = self.bound(name, arguments, command, notify=True)
                notify()
                return {"notified": True}
            case {"stream": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                return self.take(call(), method, None)
            case {"open": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                self.streams[command["id"]] = (call(), method)
                return {"opened": True}
            case {"next": stream, "count": count}:
                result = self.take(*self.streams[stream], count)
                self.keep(stream, result)
                return result
            case {"break": stream}:
                self.streams.pop(stream, None)
                return {"broken": True}
            case {"cancel": other}:
                scope = self.running.get(other)
                if scope is not None:
                    scope.cancel()
                return {"cancelled": True}
            case {"stats": _}:
                counted = self.counted(self.host, len(self.handlers.running))
                return {"stats": {**counted, "tasks": busy_threads(), **in_use()}}
            case {"serve": _} | {"shutdown": _} | {"open_tunnel": _}:
                return self.obey_about_serving(command)
            case {"answer": _} | {"item": _} | {"end": _} | {"fail": _} | {"raise": _}:
                return self.order(command)
        return self.obey_about_tunnels(command)

    def obey_about_serving(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command of a testee that serves."""
        match command:
            case {"serve": address}:
                if self.host is not None:
                    self.host.close(0)
                options = command.get("options", {})
                chosen = {**self.handlers.hosted(options), **listened(options)}
                self.host = self.rapace.sync.Host(*self.handlers.made(), **chosen)
                return {"listening": self.host.listen(address).__enter__().address}
            case {"shutdown": _}:
                self.host.close(command["grace_ms"] / 1000)
                return {"shut": True}
            case {"open_tunnel": number}:
                tunnel = self.handlers.running[number].call.open_tunnel()
                self.tunnels[command["id"]] = tunnel
                return {"channel": tunnel.channel}
        message = f"unknown command {command}"
        raise ValueError(message)

    def order(self, command: dict[str, Any]) -> dict[str, Any]:
        """Tells a handler what to do next."""
        number, kind, value, said = self.ordered(command)
        taken = self.handlers.order(number, kind, value, Future())
        return {said: taken.result() if kind == "item" else True}

    def obey_about_tunnels(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command that is about a tunnel."""
        match command:
            case {"tunnel": channel}:
                self.tunnels[command["id"]] = self.connection.open_tunnel(channel)
                return {"opened": True}
            case {"write": tunnel, "bytes": data}:
                self.tunnels[tunnel].write(base64.b64decode(data))
                return {"written": True}
            case {"read": tunnel, "count": count}:
                data = read(self.tunnels[tunnel], count)
                return {"bytes": base64.b64encode(data).decode(), "end": len(data) < count}
            case {"finish": tunnel}:
                self.tunnels[tunnel].write_eof()
                return {"finished": True}
            case {"drop": tunnel}:
                self.tunnels.pop(tunnel).close()
                return {"dropped": True}
            case {"pump": tunnel, "bytes": count}:
                pump(self.tunnels[tunnel], count)
                return {"pumped": count}
        message = f"unknown command {command}"
        raise ValueError(message)

    def close(self) -> None:
        """Closes the connection, if there is one, and what is being opened in its place."""
        if self.connection is not None:
            self.connection.close()
            with self.watching:
                pass

    def take(self, stream: Any, method: dict[str, Any], count: int | None) -> dict[str, Any]:
        """So many items, or all, and how the stream ended."""
        items: list[Any] = []
        try:
            while count is None or len(items) < count:
                items.append(self.values.to_json(method["response"], next(stream)))
        except StopIteration:
            return {"items": items, "end": True}
        except self.rapace.RapaceError as error:
            return {"items": items, "error": self.describe(error)}
        return {"items": items}

    def many(self, count: int, name: str) -> dict[str, Any]:
        """So many calls at once, each of which must get its own argument back."""
        method = self.methods[name]
        errors: collections.Counter[str] = collections.Counter()
        right = wrong = 0
        lock = threading.Lock()

        def one(number: int) -> None:
            nonlocal right, wrong
            call, _ = self.bound(name, [number], {})
            try:
                same = self.values.to_json(method["response"], call()) == number
            except self.rapace.RapaceError as error:
                with lock:
                    errors[self.describe(error)["kind"]] += 1
            else:
                with lock:
                    right, wrong = right + same, wrong + (not same)

        threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
        before = threading.stack_size(STACK_BYTES)
        for thread in threads:
            thread.start()
        threading.stack_size(before)
        for thread in threads:
            thread.join()
        return {"right": right, "wrong": wrong, "errors": errors}


def busy_threads() -> int:
    """How many threads there are but those that wait for the next handler, which end after some seconds."""
    return sum(not thread.name.startswith("rapace-handler") for thread in threading.enumerate())


def read(tunnel: Any, count: int) -> bytes:
    """So many bytes, or those that are there before the end."""
    data = bytearray()
    while len(data) < count and (part := tunnel.read(count - len(data))):
        data += part
    return bytes(data)


def pump(tunnel: Any, count: int) -> None:
    """Writes so many bytes of the pattern, and meanwhile reads as many, which must be the same."""

    def write() -> None:
        for start in range(0, count, len(PATTERN)):
            tunnel.write(PATTERN[: count - start])

    writer = threading.Thread(target=write)
    writer.start()
    done = 0
    while done < count:
        part = tunnel.read(min(count - done, len(PATTERN)))
        check_pattern(part, done)
        done += len(part)
    writer.join()


if __name__ == "__main__":
    be_strict()
    Testee(*load()).run()
