"""The modules of the runtime stand in layers, and no modules import each other in a circle.

A module imports modules of its own layer and of those below. What each module imports is read from its source, so that
imports for type checkers and inside functions count too.
"""

import ast
from pathlib import Path
from typing import Final

import pytest

from .conftest import Report

SOURCES: Final = Path(__file__).parents[1] / "src/rapace"

LAYERS: Final = {
    "errors": ["errors", "limits", "quote", "results", "version"],
    "postcard": ["postcard/*", "accelerator", "json_form/*"],
    "frame": ["control", "frame", "metadata"],
    "session": ["session/*"],
    "wire": [
        *("address", "budget", "failures", "layer", "owner", "tls", "transport", "websocket"),
        *("aio/deadline", "aio/inbox", "aio/liveness", "aio/nudge", "aio/read", "aio/wire", "aio/write"),
        *(
            "sync/bell",
            "sync/cancel",
            "sync/inbox",
            "sync/liveness",
            "sync/nudge",
            "sync/poll",
            "sync/threads",
            "sync/wait",
        ),
        *("sync/waiter", "sync/wire", "sync/write"),
    ],
    "calls": ["calls", "aio/calls", "aio/stream", "aio/tunnel", "sync/calls", "sync/stream", "sync/tunnel"],
    "handlers": ["handlers/*", "aio/threaded"],
    "connection": [
        *("client", "eyeballs", "greeting", "intercept", "options", "states"),
        *("aio/client", "aio/connecting", "aio/connection", "aio/dial", "aio/pool", "aio/reconnecting"),
        *("aio/expiry", "aio/gate", "aio/served", "aio/serving"),
        *("background/call", "background/connecting", "background/connection", "background/loop"),
        *("background/services", "background/stream", "background/tunnel"),
        *("sync/client", "sync/connecting", "sync/connection", "sync/dial", "sync/dialled", "sync/pool"),
        *("sync/reconnecting", "sync/turns"),
    ],
    "host": [
        "listener",
        "aio/accept",
        "aio/door",
        "aio/guest",
        "aio/guests",
        "aio/host",
        "aio/memory",
        "aio/signals",
        *("background/host", "background/memory", "sync/signals"),
    ],
    "public": [
        *("codegen", "deprecation", "fake", "opentelemetry", "telemetry", "aio/telemetry"),
        *("sync/telemetry", "aio/__init__", "background/__init__", "sync/__init__", "__init__"),
    ],
}
"""The layers from the bottom up, with their modules; `*` stands for all modules of a folder."""

EXCEPTIONS: Final[dict[tuple[str, str], str]] = {}
"""Imports that break a rule: which module imports which, and why it must."""

ONE_SIDED: Final = {
    "aio/accept": "hosts accept on an event loop",
    "aio/deadline": "asyncio needs a timer; a thread that blocks waits until its deadline",
    "aio/door": "hosts accept on an event loop",
    "aio/expiry": "asyncio needs a timer; only handlers on an event loop are served",
    "aio/gate": "handlers run on an event loop, or it hands them to threads",
    "aio/guest": "hosts accept on an event loop",
    "aio/guests": "hosts accept on an event loop",
    "aio/host": "hosts accept on an event loop; that for threads is in `background`",
    "aio/memory": "a memory connection needs a host",
    "aio/read": "asyncio pauses a transport; a thread that reads for all decides each time",
    "aio/served": "handlers run on an event loop, or it hands them to threads",
    "aio/serving": "handlers run on an event loop, or it hands them to threads",
    "aio/threaded": "handlers run on an event loop, or it hands them to threads",
    "sync/bell": "wakes a thread in a system call",
    "sync/cancel": "asyncio has the cancellation of tasks",
    "sync/dialled": "connections that an event loop of their own serves are blocking ones too",
    "sync/poll": "a thread waits for its socket",
    "sync/threads": "which thread reads for all",
    "sync/turns": "threads that wait for a change",
    "sync/wait": "how a thread waits",
    "sync/waiter": "what a thread waits for",
}
"""Modules that only one of `aio` and `sync` has, and why. All others have a twin of the same name."""

Imports = dict[str, set[str]]


def modules() -> dict[str, Path]:
    """The modules by name: `sync/wire`, `session/__init__`."""
    return {str(path.relative_to(SOURCES).with_suffix("")): path for path in sorted(SOURCES.rglob("*.py"))}


def imports() -> Imports:
    found = modules()
    return {name: set(imported_by(name, path.read_text(), found)) for name, path in found.items()}


def imported_by(name: str, source: str, found: dict[str, Path]) -> list[str]:
    """The modules of the runtime that a module imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "rapace" for alias in node.names), f"{name}: absolute import"
        if not isinstance(node, ast.ImportFrom):
            continue
        assert node.level > 0 or not (node.module or "").startswith("rapace"), f"{name}: absolute import"
        if node.level == 0:
            continue
        folder = name.split("/")[: -node.level] + (node.module.split(".") if node.module else [])
        names += [resolved(folder, alias.name, found) for alias in node.names]
    return names


def resolved(folder: list[str], member: str, found: dict[str, Path]) -> str:
    """The module that `from folder import member` imports: a module of that folder, or the folder's own."""
    candidates = ["/".join([*folder, member]), "/".join([*folder, member, "__init__"])]
    candidates += ["/".join(folder), "/".join([*folder, "__init__"])]
    return next(candidate for candidate in candidates if candidate in found)


def layer_of(name: str) -> int | None:
    folder = name.rpartition("/")[0]
    for rank, members in enumerate(LAYERS.values()):
        if name in members or f"{folder}/*" in members:
            return rank
    return None


def rising(graph: Imports) -> list[tuple[str, str]]:
    """The imports of modules of a higher layer, and those between `aio` and `sync`."""
    found: list[tuple[str, str]] = []
    for importer, imported in graph.items():
        for name in sorted(imported):
            sides = {importer.split("/")[0], name.split("/")[0]}
            is_top = layer_of(importer) == len(LAYERS) - 1
            if (layer_of(importer) or 0) < (layer_of(name) or 0) or (sides == {"aio", "sync"} and not is_top):
                found.append((importer, name))
    return found


def circles(graph: Imports) -> list[list[str]]:
    """Groups of modules each of which reaches each other one."""
    reached = {name: reached_from(name, graph) for name in graph}
    groups = {
        tuple(sorted(other for other in graph if name in reached[other] and other in reached[name])) for name in graph
    }
    return [list(group) for group in sorted(groups) if group]


def reached_from(name: str, graph: Imports) -> set[str]:
    reached: set[str] = set()
    left = [name]
    while left:
        for imported in graph[left.pop()] - reached:
            reached.add(imported)
            left.append(imported)
    return reached


def test_each_module_is_in_one_layer() -> None:
    found = modules()
    assert [name for name in found if layer_of(name) is None] == []
    listed = [name for members in LAYERS.values() for name in members if not name.endswith("/*")]
    assert len(listed) == len(set(listed))
    assert [name for name in listed if name not in found] == []


def test_modules_import_their_own_layer_and_those_below(report: Report) -> None:
    graph = imports()
    assert [pair for pair in rising(graph) if pair not in EXCEPTIONS] == []
    assert [pair for pair in EXCEPTIONS if pair not in rising(graph)] == [], "exceptions that nothing needs"
    report(f"layers of python: {len(graph)} files in {len(LAYERS)} layers, {len(EXCEPTIONS)} exceptions")


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(imports()) == []


def test_modules_for_asyncio_and_for_threads_have_the_same_names() -> None:
    names = {
        side: {name.removeprefix(side) for name in modules() if name.startswith(side)} for side in ("aio/", "sync/")
    }
    one_sided = {f"aio/{name}" for name in names["aio/"] - names["sync/"]}
    one_sided |= {f"sync/{name}" for name in names["sync/"] - names["aio/"]}
    assert one_sided == ONE_SIDED.keys()


@pytest.mark.parametrize(
    ("name", "source", "wanted"),
    [
        ("sync/wire", "from ..failures import connection_lost", ["failures"]),
        ("sync/wire", "from ..session import Session", ["session/__init__"]),
        ("sync/wire", "from . import calls", ["sync/calls"]),
        ("sync/wire", "def f():\n    from .calls import call", ["sync/calls"]),
        ("session/session", "if TYPE_CHECKING:\n    from ..aio.wire import Wire", ["aio/wire"]),
        ("opentelemetry", "from . import something", ["__init__"]),
        ("frame", "import struct\nfrom typing import Final", []),
    ],
)
def test_every_form_of_import_is_seen(name: str, source: str, wanted: list[str]) -> None:
    assert imported_by(name, source, modules()) == wanted


def test_what_breaks_the_rules_is_found() -> None:
    graph = imports()
    graph["session/session"].add("aio/wire")
    graph["aio/wire"].add("sync/bell")
    assert rising(graph) == [("aio/wire", "sync/bell"), ("session/session", "aio/wire")]
    (circle,) = circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()})
    assert circle == ["a", "b", "c"]
    assert circles({"a": {"a"}, "b": set()}) == [["a"]]
