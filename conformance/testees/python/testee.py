"""The testee for Python: does what lines of JSON on standard input say, with generated clients.

`testee.py API_JSON PACKAGE CODECS`: the description of the fixtures, the name of the generated package, which can be
imported, and `accelerated` or `pure`, which its codecs must be. Wrong values are passed on as the wrong Python values
that they look like: it is the generated code that has to refuse them.
"""

import asyncio
import base64
import collections
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resources import in_use, measured
from values import Values

# The bytes that pumps send: byte i is (i * 31 + i / 256) mod 256, which begins anew after so many.
PATTERN = bytes((i * 31 + i // 256) % 256 for i in range(1 << 16))


class Testee:
    """Does what it is told."""

    def __init__(self, api: dict[str, Any], package: Any) -> None:
        self.values = Values(api, package)
        self.rapace = package.rapace
        self.package = package
        self.methods = {
            f"{service['name']}.{method['name']}": (service["name"], method)
            for service in api["services"]
            for method in service["methods"]
        }
        self.connection: Any = None
        self.defaults: dict[str, Any] = {}  # what clients are made with
        self.running: dict[int, asyncio.Task[dict[str, Any]]] = {}
        self.streams: dict[int, tuple[Any, dict[str, Any]]] = {}
        self.tunnels: dict[int, Any] = {}

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Until the end of the commands."""
        say({"ready": "python"})
        async with asyncio.TaskGroup() as tasks:
            while line := await commands.readline():
                command = json.loads(line)
                task = tasks.create_task(self.answer(command))
                self.running[command["id"]] = task

    async def answer(self, command: dict[str, Any]) -> None:
        """Says what came of a command."""
        try:
            if command.pop("measure", False):
                result = await measured(self.outcome(command))
            else:
                result = await self.outcome(command)
        except Exception:
            # A defect of the testee's or the runtime's: the runner takes it for a crash, at once.
            traceback.print_exc()
            os._exit(70)
        finally:
            self.running.pop(command["id"], None)
        say({"id": command["id"], **result})

    async def outcome(self, command: dict[str, Any]) -> dict[str, Any]:
        """What came of a command, an error of the runtime's too."""
        try:
            return await self.obey(command)
        except asyncio.CancelledError:
            return {"error": {"kind": "cancelled"}}
        except self.rapace.RapaceError as error:
            return {"error": self.describe(error)}

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command."""
        match command:
            case {"connect": address}:
                await self.connect(address, command.get("options", {}))
                return {"connected": True}
            case {"close": _}:
                await self.close()
                return {"closed": True}
            case {"many": count, "call": name}:
                return await self.many(count, name)
            case {"call": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                return {"value": self.values.to_json(method["response"], await call())}
            case {"notify": name, "arguments": arguments}:
                notify, _ = self.bound(name, arguments, command, "notify_")
                await notify()
                return {"notified": True}
            case {"stream": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                return await self.take(call(), method, None)
            case {"open": name, "arguments": arguments}:
                call, method = self.bound(name, arguments, command)
                self.streams[command["id"]] = (call(), method)
                return {"opened": True}
            case {"next": stream, "count": count}:
                result = await self.take(*self.streams[stream], count)
                if result.get("error") == {"kind": "cancelled"}:
                    await self.streams[stream][0].aclose()  # as a task that is cancelled leaves its loop
                return result
            case {"break": stream}:
                del self.streams[stream]
                await asyncio.sleep(0)  # The channel is given up in the loop's next turn.
                return {"broken": True}
            case {"cancel": other}:
                if other in self.running:
                    self.running[other].cancel()
                return {"cancelled": True}
            case {"stats": _}:
                connection = self.connection
                return {
                    "stats": {"in_flight": connection.in_flight, "dropped_frames": connection.dropped_frames} | in_use()
                }
        return await self.obey_about_tunnels(command)

    async def obey_about_tunnels(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command that is about a tunnel."""
        match command:
            case {"tunnel": channel}:
                self.tunnels[command["id"]] = self.connection.open_tunnel(channel)
                return {"opened": True}
            case {"write": tunnel, "bytes": data}:
                await self.tunnels[tunnel].write(base64.b64decode(data))
                return {"written": True}
            case {"read": tunnel, "count": count}:
                data = await read(self.tunnels[tunnel], count)
                return {"bytes": base64.b64encode(data).decode(), "end": len(data) < count}
            case {"finish": tunnel}:
                await self.tunnels[tunnel].write_eof()
                return {"finished": True}
            case {"drop": tunnel}:
                await self.tunnels.pop(tunnel).aclose()
                return {"dropped": True}
            case {"pump": tunnel, "bytes": count}:
                await pump(self.tunnels[tunnel], count)
                return {"pumped": count}
        message = f"unknown command {command}"
        raise ValueError(message)

    async def connect(self, address: str, options: dict[str, Any]) -> None:
        """Opens a connection, in the way that is asked for."""
        rapace = self.rapace
        chosen: dict[str, Any] = {}
        if "connect_timeout_ms" in options:
            chosen["timeout"] = options["connect_timeout_ms"] / 1000
        if "limits" in options:
            chosen["limits"] = rapace.Limits(**options["limits"])
        if "tls" in options:
            chosen["tls"] = rapace.Tls(**options["tls"])
        if "reconnect" in options:
            chosen["reconnect"] = reconnect(rapace, options["reconnect"])
        if "pool" in options:
            chosen["pool"] = options["pool"]
        if options.get("states"):
            chosen["on_state"] = lambda change: say({"state": change.state.value})
        self.defaults = {"timeout": options["timeout_ms"] / 1000} if "timeout_ms" in options else {}
        await self.close()
        self.connection = await rapace.connect(address, **chosen)

    async def close(self) -> None:
        """Closes the connection, if there is one."""
        if self.connection is not None:
            await self.connection.close()

    async def take(self, stream: Any, method: dict[str, Any], count: int | None) -> dict[str, Any]:
        """So many items, or all, and how the stream ended."""
        items: list[Any] = []
        try:
            while count is None or len(items) < count:
                items.append(self.values.to_json(method["response"], await anext(stream)))
        except StopAsyncIteration:
            return {"items": items, "end": True}
        except asyncio.CancelledError:
            return {"items": items, "error": {"kind": "cancelled"}}
        except self.rapace.RapaceError as error:
            return {"items": items, "error": self.describe(error)}
        return {"items": items}

    async def many(self, count: int, name: str) -> dict[str, Any]:
        """So many calls at once, each of which must get its own argument back."""
        _, method = self.methods[name]
        errors: collections.Counter[str] = collections.Counter()
        right = wrong = 0

        async def one(number: int) -> None:
            nonlocal right, wrong
            call, _ = self.bound(name, [number], {})
            try:
                same = self.values.to_json(method["response"], await call()) == number
            except self.rapace.RapaceError as error:
                errors[self.describe(error)["kind"]] += 1
            else:
                right, wrong = right + same, wrong + (not same)

        await asyncio.gather(*map(one, range(count)))
        return {"right": right, "wrong": wrong, "errors": errors}

    def bound(
        self, name: str, arguments: list[Any], command: dict[str, Any], prefix: str = ""
    ) -> tuple[Callable[[], Any], dict[str, Any]]:
        """The method with its arguments, ready to be called."""
        service, method = self.methods[name]
        client = getattr(self.package, f"{service}Client")(self.connection, **self.defaults)
        types = [argument["type"] for argument in method["arguments"]]
        values = [self.values.argument(ty, value) for ty, value in zip(types, arguments, strict=True)]
        function = getattr(client, prefix + method["name"])
        timeout = {"timeout": command["timeout_ms"] / 1000} if "timeout_ms" in command else {}
        return lambda: function(*values, **timeout), method

    def describe(self, error: Exception) -> dict[str, Any]:
        """An error of the runtime's, as the contract has it."""
        rapace = self.rapace
        match error:
            case rapace.EncodeError():
                return {"kind": "encode", "message": str(error), "path": error.path}
            case rapace.DecodeError():
                return {"kind": "decode", "message": str(error), "path": error.path, "offset": error.offset}
            case rapace.ConnectionLostError():
                return {"kind": "connection", "message": str(error)}
            case rapace.StatusError():
                return {"kind": "status", "message": error.message, "code": int(error.code), "remote": error.remote}
            case rapace.ProtocolError():
                return {"kind": "protocol", "message": str(error)}
        raise error


def reconnect(rapace: Any, options: dict[str, Any]) -> Any:
    """The schedule, of which each part may be absent."""
    chosen: dict[str, Any] = {}
    if "initial_ms" in options:
        chosen["initial_delay"] = options["initial_ms"] / 1000
    if "max_ms" in options:
        chosen["max_delay"] = options["max_ms"] / 1000
    if "attempts" in options:
        chosen["attempts"] = options["attempts"]
    return rapace.Reconnect(**chosen)


async def read(tunnel: Any, count: int) -> bytes:
    """So many bytes, or those that are there before the end."""
    data = bytearray()
    while len(data) < count and (part := await tunnel.read(count - len(data))):
        data += part
    return bytes(data)


async def pump(tunnel: Any, count: int) -> None:
    """Writes so many bytes of the pattern, and meanwhile reads as many, which must be the same."""

    async def write() -> None:
        for start in range(0, count, len(PATTERN)):
            await tunnel.write(PATTERN[: count - start])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        done = 0
        while done < count:
            part = await tunnel.read(min(count - done, len(PATTERN)))
            place = done % len(PATTERN)
            if not part or part != (PATTERN + PATTERN)[place : place + len(part)]:
                message = f"byte {done} of a pump or one of the {len(part)} from there is not what was sent"
                raise ValueError(message)
            done += len(part)


def say(value: dict[str, Any]) -> None:
    """A line of JSON."""
    print(json.dumps(value), flush=True)


async def main() -> None:
    """Reads the description, then obeys."""
    api_path, name, codecs = sys.argv[1:]
    package = importlib.import_module(name)
    if package.rapace.accelerator.is_active() != (codecs == "accelerated"):
        sys.exit(f"the codecs are not {codecs}: the accelerator is {package.rapace.accelerator.status()}")
    # The conversions here go as deep as the values that are too deep for the runtime.
    sys.setrecursionlimit(100_000)
    testee = Testee(json.loads(Path(api_path).read_text()), package)
    commands = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    await testee.run(commands)


if __name__ == "__main__":
    asyncio.run(main())
