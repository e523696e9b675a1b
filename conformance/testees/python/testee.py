"""The testee for Python: does what lines of JSON on standard input say, with generated clients.

`testee.py API_JSON PACKAGE CODECS`: the description of the fixtures, the name of the generated package, which can be
imported, and `accelerated` or `pure`, which its codecs must be. Wrong values are passed on as the wrong Python values
that they look like: it is the generated code that has to refuse them.
"""

import asyncio
import base64
import collections
import json
import sys
import traceback
from typing import Any

from contract import PATTERN, Contract, be_strict, check_pattern, crash, listened, load, say
from resources import in_use, measured
from serving import AsyncHandlers


class Testee(Contract):
    """Does what it is told."""

    def __init__(self, api: dict[str, Any], package: Any) -> None:
        super().__init__(api, package, package)
        self.debug = False  # whether the loop looks for what is forgotten
        self.running: dict[int, asyncio.Task[dict[str, Any]]] = {}
        self.tunnels: dict[int, Any] = {}
        self.handlers = AsyncHandlers(self, package)
        self.host: Any = None

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Until the end of the commands."""
        self.debug = asyncio.get_running_loop().get_debug()
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
                with measured() as memory:
                    result = await self.outcome(command)
                result["allocated"] = memory.peak
            else:
                result = await self.outcome(command)
        except Exception:
            traceback.print_exc()
            crash()
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
                chosen = self.chosen(command.get("options", {}))
                # Thousands of reconnections are without: the stacks that it notes leave memory in pieces.
                asyncio.get_running_loop().set_debug(self.debug and "reconnect" not in chosen)
                await self.close()
                if command.get("serve"):
                    chosen |= {"handlers": self.handlers.made(), **self.handlers.hosted(command.get("options", {}))}
                self.connection = await self.rapace.connect(address, **chosen)
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
                notify, _ = self.bound(name, arguments, command, notify=True)
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
                self.keep(stream, result)
                if result.get("error") == {"kind": "cancelled"}:
                    await self.streams[stream][0].aclose()  # as a task that is cancelled leaves its loop
                return result
            case {"break": stream}:
                self.streams.pop(stream, None)
                await asyncio.sleep(0)  # The channel is given up in the loop's next turn.
                return {"broken": True}
            case {"cancel": other}:
                if other in self.running:
                    self.running[other].cancel()
                return {"cancelled": True}
            case {"stats": _}:
                counted = self.counted(self.host, len(self.handlers.running))
                return {"stats": {**counted, "tasks": len(asyncio.all_tasks()), **in_use()}}
            case {"serve": _} | {"shutdown": _} | {"open_tunnel": _}:
                return await self.obey_about_serving(command)
            case {"answer": _} | {"item": _} | {"end": _} | {"fail": _} | {"raise": _}:
                return await self.order(command)
        return await self.obey_about_tunnels(command)

    async def obey_about_serving(self, command: dict[str, Any]) -> dict[str, Any]:
        """Does a command of a testee that serves."""
        match command:
            case {"serve": address}:
                if self.host is not None:
                    await self.host.close(0)
                options = command.get("options", {})
                self.host = self.rapace.Host(
                    *self.handlers.made(), **self.handlers.hosted(options), **listened(options)
                )
                listening = await self.host.listen(address)
                return {"listening": listening.address}
            case {"shutdown": _}:
                await self.host.close(command["grace_ms"] / 1000)
                return {"shut": True}
            case {"open_tunnel": number}:
                tunnel = self.handlers.running[number].call.open_tunnel()
                self.tunnels[command["id"]] = tunnel
                return {"channel": tunnel.channel}
        message = f"unknown command {command}"
        raise ValueError(message)

    async def order(self, command: dict[str, Any]) -> dict[str, Any]:
        """Tells a handler what to do next."""
        number, kind, value, said = self.ordered(command)
        taken = self.handlers.order(number, kind, value, asyncio.get_running_loop().create_future())
        return {said: await taken if kind == "item" else True}

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
        method = self.methods[name]
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
            check_pattern(part, done)
            done += len(part)


def reported(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the loop tells of what was forgotten."""
    loop.default_exception_handler(context)
    crash()


async def main() -> None:
    """Reads the description, then obeys."""
    be_strict()
    testee = Testee(*load())
    commands = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(reported)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    await testee.run(commands)


if __name__ == "__main__":
    asyncio.run(main())
