"""The testee for Python: does what lines of JSON on standard input say, with generated clients.

`testee.py API_JSON PACKAGE CODECS`: the description of the fixtures, the name of the generated package, which can be
imported, and `accelerated` or `pure`, which its codecs must be. Wrong values are passed on as the wrong Python values
that they look like: it is the generated code that has to refuse them.
"""

import asyncio
import base64
import contextlib
import importlib
import json
import math
import os
import resource
import sys
import traceback
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NewType

SMALL = {"u8", "u16", "u32", "i8", "i16", "i32"}
LARGE = {"u64", "u128", "i64", "i128"}
# How much more address space a measured call may have, in bytes: several arenas of Python's own.
ROOM = 8 << 20
FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


class Values:
    """Turns the JSON form of values into Python's values and back, as `api.json` describes their types."""

    def __init__(self, api: dict[str, Any], package: Any) -> None:
        self.types = {definition["name"]: definition for definition in api["types"]}
        self.package = package
        # Types inside keys of maps and items of sets: their values can be hashed, wherever they stand.
        self.hashable: set[str] = set()
        for ty in list(types_of(api)):
            self.find_keys(ty, inside=False)

    def find_keys(self, ty: Any, *, inside: bool) -> None:
        """Collects the named types inside keys."""
        match ty:
            case {"set": item}:
                self.find_keys(item, inside=True)
            case {"map": {"key": key, "value": value}}:
                self.find_keys(key, inside=True)
                self.find_keys(value, inside=inside)
            case {"option": item} | {"list": item} | {"array": {"item": item}}:
                self.find_keys(item, inside=inside)
            case {"tuple": items}:
                for item in items:
                    self.find_keys(item, inside=inside)
            case {"named": name} if inside and name not in self.hashable:
                self.hashable.add(name)
                for each in field_types(self.types[name]):
                    self.find_keys(each, inside=True)

    def argument(self, ty: Any, value: Any) -> Any:
        """The Python value, or the JSON value itself when it is so wrong that there is none."""
        try:
            return self.from_json(ty, value)
        except (KeyError, TypeError, ValueError):
            return value

    def from_json(self, ty: Any, value: Any, *, key: bool = False) -> Any:
        """The Python value, one that can be hashed in a key; what has not the form of its type stays as it is."""
        match ty:
            case str() if ty in LARGE and isinstance(value, str) and value.lstrip("-").isdigit():
                return int(value)
            case "f32" | "f64" if isinstance(value, str) and value in FLOATS:
                return FLOATS[value]
            case "bytes" if isinstance(value, str):
                return base64.b64decode(value)
            case {"option": item} if isinstance(value, dict) and list(value) == ["some"]:
                inner = self.from_json(item, value["some"], key=key)
                return self.package.rapace.Some(inner) if self.may_be_none(item) else inner
            case {"list": item} if isinstance(value, list):
                items = (self.from_json(item, each, key=key) for each in value)
                return tuple(items) if key else list(items)
            case {"set": item} if isinstance(value, list):
                items = (self.from_json(item, each, key=True) for each in value)
                return frozenset(items) if key else set(items)
            case {"map": {"key": name, "value": inside}} if isinstance(value, list):
                entries = ((self.from_json(name, k, key=True), self.from_json(inside, v, key=key)) for k, v in value)
                return frozenset(entries) if key else dict(entries)
            case {"array": {"item": "u8"}} if isinstance(value, list):
                return bytes(value)
            case {"array": {"item": item}} if isinstance(value, list):
                return tuple(self.from_json(item, each, key=key) for each in value)
            case {"tuple": types} if isinstance(value, list):
                inner = [self.from_json(item, each, key=key) for item, each in zip(types, value, strict=False)]
                return (*inner, *value[len(types) :])
            case {"named": name}:
                return self.named_from_json(self.types[name], value)
        return value

    def named_from_json(self, definition: dict[str, Any], value: Any) -> Any:
        """A struct or an enum."""
        name = definition["name"]
        if definition["kind"] == "struct":
            if self.is_newtype(definition):
                return self.from_json(definition["fields"][0]["type"], value, key=name in self.hashable)
            fields = self.fields_from_json(definition, value, key=name in self.hashable)
            return value if fields is None else getattr(self.package, name)(*fields)
        if not isinstance(value, dict) or len(value) != 1:
            return value
        ((chosen, inside),) = value.items()
        variant = next((each for each in definition["variants"] if each["name"] == chosen), None)
        if variant is None:
            return chosen
        if is_plain(definition):
            return list(getattr(self.package, name))[definition["variants"].index(variant)]
        key = name in self.hashable
        fields = self.fields_from_json(variant, inside, key=key) if is_nested(variant) else []
        return value if fields is None else getattr(self.package, name + chosen)(*fields)

    def fields_from_json(self, fields: dict[str, Any], value: Any, *, key: bool) -> list[Any] | None:
        """The fields in order, or nothing when the value has not their form."""
        each = fields.get("fields", [])
        if fields["style"] == "tuple" and len(each) == 1:
            return [self.from_json(each[0]["type"], value, key=key)]
        if fields["style"] == "struct" and isinstance(value, dict):
            return [self.from_json(field["type"], value[field["name"]], key=key) for field in each]
        if fields["style"] == "tuple" and isinstance(value, list):
            return [self.from_json(field["type"], item, key=key) for field, item in zip(each, value, strict=True)]
        return [] if value is None and not each else None

    def to_json(self, ty: Any, value: Any) -> Any:
        """The JSON form of a decoded value."""
        match ty:
            case str() if ty in LARGE:
                return str(value)
            case "f32" | "f64":
                return float_to_json(value)
            case "bytes":
                return base64.b64encode(value).decode()
            case {"option": item}:
                if value is None:
                    return None
                return {"some": self.to_json(item, value.value if self.may_be_none(item) else value)}
            case {"list": item} | {"set": item} | {"array": {"item": item}}:
                return [self.to_json(item, each) for each in value]
            case {"map": {"key": key, "value": inside}}:
                entries = value.items() if isinstance(value, dict) else value
                return [[self.to_json(key, k), self.to_json(inside, v)] for k, v in entries]
            case {"tuple": items}:
                return [self.to_json(item, each) for item, each in zip(items, value, strict=True)]
            case {"named": name}:
                return self.named_to_json(self.types[name], value)
        return value

    def named_to_json(self, definition: dict[str, Any], value: Any) -> Any:
        """A struct or an enum."""
        if definition["kind"] == "struct":
            if self.is_newtype(definition):
                return self.to_json(definition["fields"][0]["type"], value)
            return self.fields_to_json(definition, value)
        if is_plain(definition):
            index = list(getattr(self.package, definition["name"])).index(value)
            return {definition["variants"][index]["name"]: None}
        chosen = type(value).__name__.removeprefix(definition["name"])
        variant = next(each for each in definition["variants"] if each["name"] == chosen)
        return {chosen: self.fields_to_json(variant, value) if is_nested(variant) else None}

    def fields_to_json(self, fields: dict[str, Any], value: Any) -> Any:
        """The fields of a dataclass, which are in order."""
        each = fields.get("fields", [])
        slots = [getattr(value, name) for name in type(value).__match_args__]
        inside = [self.to_json(field["type"], slot) for field, slot in zip(each, slots, strict=True)]
        if fields["style"] == "struct":
            return dict(zip((field["name"] for field in each), inside, strict=True))
        return None if not inside else inside[0] if len(inside) == 1 else inside

    def may_be_none(self, ty: Any) -> bool:
        """Whether `None` is a value of the type, so that an option of it needs a wrapper."""
        match ty:
            case "unit" | {"option": _}:
                return True
            case {"named": name}:
                definition = self.types[name]
                return self.is_newtype(definition) and self.may_be_none(definition["fields"][0]["type"])
        return False

    def is_newtype(self, definition: dict[str, Any]) -> bool:
        """A struct which is its only field in Python."""
        return isinstance(getattr(self.package, definition["name"]), NewType)


def types_of(api: dict[str, Any]) -> Iterator[Any]:
    """All types of fields, arguments and answers."""
    for definition in api["types"]:
        yield from field_types(definition)
    for service in api["services"]:
        for method in service["methods"]:
            yield from (argument["type"] for argument in method["arguments"])
            yield method["response"]


def field_types(definition: dict[str, Any]) -> Iterator[Any]:
    """The types of the fields of a struct or of all variants."""
    for each in definition.get("variants", [definition]):
        yield from (field["type"] for field in each.get("fields", []))


def is_plain(definition: dict[str, Any]) -> bool:
    """An enum without data."""
    return not any(is_nested(variant) for variant in definition["variants"])


def is_nested(variant: dict[str, Any]) -> bool:
    """A variant with fields."""
    return bool(variant.get("fields"))


def float_to_json(value: float) -> Any:
    """A number, or what JSON has no number for."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "-0" if value == 0 and math.copysign(1, value) < 0 else value


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

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Until the end of the commands."""
        say({"ready": "python"})
        async with asyncio.TaskGroup() as tasks:
            while line := await commands.readline():
                tasks.create_task(self.answer(json.loads(line)))

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
        say({"id": command["id"], **result})

    async def outcome(self, command: dict[str, Any]) -> dict[str, Any]:
        """What came of a command, an error of the runtime's too."""
        try:
            return await self.obey(command)
        except self.rapace.RapaceError as error:
            return {"error": self.describe(error)}

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """Connects, closes, or calls."""
        match command:
            case {"connect": address}:
                await self.close()
                self.connection = await self.rapace.connect(address)
                return {"connected": True}
            case {"close": _}:
                await self.close()
                return {"closed": True}
            case {"call": name, "arguments": arguments}:
                call, method = self.bound(name, arguments)
                return {"value": self.values.to_json(method["response"], await call())}
            case {"stream": name, "arguments": arguments}:
                return await self.stream(*self.bound(name, arguments))
        message = f"unknown command {command}"
        raise ValueError(message)

    async def stream(self, call: Callable[[], Any], method: dict[str, Any]) -> dict[str, Any]:
        """All items, and how the stream ended."""
        items: list[Any] = []
        try:
            async for item in call():
                items.append(self.values.to_json(method["response"], item))
        except self.rapace.RapaceError as error:
            return {"items": items, "error": self.describe(error)}
        return {"items": items, "end": True}

    def bound(self, name: str, arguments: list[Any]) -> tuple[Callable[[], Any], dict[str, Any]]:
        """The method with its arguments, ready to be called."""
        service, method = self.methods[name]
        client = getattr(self.package, f"{service}Client")(self.connection)
        types = [argument["type"] for argument in method["arguments"]]
        values = [self.values.argument(ty, value) for ty, value in zip(types, arguments, strict=True)]
        function = getattr(client, method["name"])
        return lambda: function(*values), method

    async def close(self) -> None:
        """Closes the connection, if there is one."""
        if self.connection is not None:
            await self.connection.close()
            self.connection = None

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


async def measured(outcome: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """An outcome, with how many bytes of Python's memory it had at once."""
    tracemalloc.start()
    try:
        with little_room():
            result = await outcome
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {**result, "allocated": peak}


@contextlib.contextmanager
def little_room() -> Iterator[None]:
    """Lets the process grow by no more than `ROOM`, where the system can do that.

    Python does not know what the accelerator allocates by itself: beyond this that fails, which ends the process.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


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
