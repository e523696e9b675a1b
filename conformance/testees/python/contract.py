"""What testees of asyncio and of threads share: calls as JSON has them, errors as the contract has them."""

import collections
import importlib
import inspect
import json
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from names import Names
from values import Values

# The bytes that pumps send: byte i is (i * 31 + i / 256) mod 256, which begins anew after so many.
PATTERN = bytes((i * 31 + i // 256) % 256 for i in range(1 << 16))

KEPT = 100
"""How many streams are kept that ended."""

_saying = threading.Lock()


class Contract:
    """The fixtures' services, and how what is said of them becomes Python and JSON again."""

    def __init__(self, api: dict[str, Any], package: Any, clients: Any) -> None:
        self.names = Names(api, package, clients)
        self.values = Values(api, self.names)
        self.rapace = package.rapace
        self.methods = {
            f"{service['name']}.{method['name']}": method
            for service in api["services"]
            for method in service["methods"]
        }
        self.streams: dict[int, tuple[Any, dict[str, Any]]] = {}
        self.over: collections.deque[int] = collections.deque()
        self.connection: Any = None
        self.defaults: dict[str, Any] = {}  # what clients are made with

    def bound(
        self, name: str, arguments: list[Any], command: dict[str, Any], *, notify: bool = False
    ) -> tuple[Callable[[], Any], dict[str, Any]]:
        """The method with its arguments, ready to be called."""
        method = self.methods[name]
        functions = self.names.notifications if notify else self.names.calls
        client, function_name = functions[method["wire_name"]]
        types = [argument["type"] for argument in method["arguments"]]
        values = [self.values.argument(ty, value) for ty, value in zip(types, arguments, strict=True)]
        function = getattr(client(self.connection, **self.defaults), function_name)
        timeout = {"timeout": command["timeout_ms"] / 1000} if "timeout_ms" in command else {}
        # Options at the end are given by name. Behind them are what a call itself takes.
        parameters = inspect.signature(function).parameters.values()
        keywords = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
        named = [name for name in keywords if name not in ("timeout", "metadata")]
        given = len(values) - len(named)
        options = dict(zip(named, values[given:], strict=True)) | timeout
        return lambda: function(*values[:given], **options), method

    def keep(self, stream: int, result: dict[str, Any]) -> None:
        """Notes that a stream ended, if so. What the last of them say afterwards may be asked for."""
        if "end" in result or "error" in result:
            self.over.append(stream)
        if len(self.over) > KEPT:
            self.streams.pop(self.over.popleft(), None)

    def chosen(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a connection is opened with."""
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
        return chosen

    def ordered(self, command: dict[str, Any]) -> tuple[int, str, Any, str]:
        """What a command tells a handler: its number, what to do, with which value or error, and what is answered."""
        match command:
            case {"answer": number, "value": value}:
                return number, "answer", value, "answered"
            case {"item": number, "value": value}:
                return number, "item", value, "sent"
            case {"end": number}:
                return number, "end", None, "ended"
            case {"fail": number, "code": code, "message": message}:
                return number, "fail", self.rapace.StatusError(code, message), "failed"
            case {"raise": number, "message": message}:
                return number, "fail", RuntimeError(message), "raised"
        message = f"unknown command {command}"
        raise ValueError(message)

    def counted(self, host: Any, handlers: int) -> dict[str, Any]:
        """What the connection and the host count, of which each may be absent, and how many handlers run."""
        connection = self.connection
        calls = {"in_flight": 0, "dropped_frames": 0}
        if connection is not None:
            calls = {"in_flight": connection.in_flight, "dropped_frames": connection.dropped_frames}
        if host is None:
            return {**calls, "serving": handlers, "connections": 0}
        return {**calls, "serving": max(host.serving, handlers), "connections": host.connections}

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
            case rapace.StatusError(code=rapace.Code.CANCELLED, remote=False):
                return {"kind": "cancelled"}
            case rapace.StatusError():
                return {"kind": "status", "message": error.message, "code": int(error.code), "remote": error.remote}
            case rapace.ProtocolError():
                return {"kind": "protocol", "message": str(error)}
        raise error


def listened(options: dict[str, Any]) -> dict[str, Any]:
    """What a host listens with."""
    chosen = {"max_connections": options["max_connections"]} if "max_connections" in options else {}
    return chosen | ({"idle_timeout": options["idle_timeout_ms"] / 1000} if "idle_timeout_ms" in options else {})


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


def check_pattern(part: bytes, done: int) -> None:
    """That these bytes are those of the pattern from there."""
    place = done % len(PATTERN)
    if not part or part != (PATTERN + PATTERN)[place : place + len(part)]:
        message = f"byte {done} of a pump or one of the {len(part)} from there is not what was sent"
        raise ValueError(message)


def say(value: dict[str, Any]) -> None:
    """A line of JSON."""
    line = json.dumps(value) + "\n"
    with _saying:
        sys.stdout.write(line)
        sys.stdout.flush()


def crash() -> None:
    """Ends the process, for a defect of the testee's or the runtime's, which was told: the runner sees it at once."""
    os._exit(70)


def be_strict() -> None:
    """Whatever is forgotten or warned of is a defect: coroutines, sockets, threads' failures."""
    warnings.simplefilter("error")
    # Methods that are deprecated are called too.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="contract")

    def forgotten(what: Any) -> None:
        traceback.print_exception(what.exc_value)
        print(what.err_msg if hasattr(what, "err_msg") else "in a thread", file=sys.stderr)
        crash()

    sys.unraisablehook = forgotten
    threading.excepthook = forgotten


def load() -> tuple[dict[str, Any], Any]:
    """The description and the generated package that the arguments name."""
    api_path, name, codecs = sys.argv[1:]
    package = importlib.import_module(name)
    if package.rapace.accelerator.is_active() != (codecs == "accelerated"):
        sys.exit(f"the codecs are not {codecs}: the accelerator is {package.rapace.accelerator.status()}")
    # The conversions here go as deep as the values that are too deep for the runtime.
    sys.setrecursionlimit(100_000)
    return json.loads(Path(api_path).read_text()), package
