"""What users can import and call: names, parameters and defaults. `public_api.txt` changes when that is the purpose.

To write it anew: `RAPACE_WRITE_PUBLIC_API=1 .venv/bin/python -m pytest tests/test_public_api.py`.
"""

import enum
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast, get_origin

import rapace
from rapace import opentelemetry

RECORDED = Path(__file__).parent / "public_api.txt"


def described(module: ModuleType, name: str) -> Iterator[str]:
    """A public name, and the public members of a class, a line each."""
    thing: object = getattr(module, name)
    where = f"{module.__name__}.{name}"
    if isinstance(thing, type):
        yield from described_class(where, cast("type[object]", thing))
    elif isinstance(thing, ModuleType):
        yield f"{where}: module"
    elif get_origin(thing) is not None:
        yield f"{where}: alias"  # Versions of Python print one in different ways.
    else:
        yield f"{where}{parameters(thing)}" if callable(thing) else where


def described_class(where: str, kind: type[object]) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in kind.__mro__[1:-1] if base.__module__ == "builtins")
    yield f"{where}: class({bases})"
    if issubclass(kind, enum.Enum):
        yield from (f"{where}.{member.name} = {member.value!r}" for member in kind)
    elif not is_inherited(kind, "__init__"):
        yield f"{where}{parameters(kind)}"
    for member in sorted(member for member in dir(kind) if is_public(member)):
        value: object = inspect.getattr_static(kind, member)
        if not isinstance(value, enum.Enum) and not is_inherited(kind, member):
            yield f"{where}.{member}{parameters(value)}" if callable(value) else f"{where}.{member}"


def is_public(member: str) -> bool:
    return not member.startswith("_") or member in {
        "__aenter__",
        "__aiter__",
        "__anext__",
        "__await__",
        "__enter__",
        "__iter__",
    }


def is_inherited(kind: type[object], member: str) -> bool:
    """Whether a member comes from a class of Python's own."""
    owners = (base for base in kind.__mro__ if member in base.__dict__)
    return not any(base.__module__.startswith("rapace") for base in owners)


def parameters(thing: object) -> str:
    """Names, kinds and defaults, without annotations: where a type is defined is not public."""
    assert callable(thing)
    signature = inspect.signature(thing)
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def surface() -> list[str]:
    modules = [(rapace, rapace.__all__), (rapace.sync, rapace.sync.__all__), (opentelemetry, opentelemetry.__all__)]
    return [line for module, names in modules for name in sorted(names) for line in described(module, name)]


def test_the_public_surface_is_the_recorded_one() -> None:
    if os.environ.get("RAPACE_WRITE_PUBLIC_API") == "1":
        RECORDED.write_text("\n".join(surface()) + "\n")
    assert surface() == RECORDED.read_text().splitlines()
