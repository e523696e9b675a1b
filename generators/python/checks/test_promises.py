"""What every generated package is, whatever it was generated from, and the runtime that it brings along."""

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cases import Case, cases, methods

CASES = [pytest.param(case, id=case.name) for case in cases()]


OF_ANY = {
    "/json_form/codec.py": "JSON has no type that a program could use, and a checker no name for a union's type",
    "/postcard/adapted.py": "the functions of an adapter are the user's",
    "/rapace/results.py": "which of two variants an answer is says the package",
    "/handlers/results.py": "a handler's method has the arguments and the answer of its service",
}
"""Modules of the runtime that say `Any`, and why."""


def sources(one: Case) -> Iterator[tuple[Path, ast.Module]]:
    """The modules of a package and of its runtime, as Python 3.11 reads them."""
    for path in sorted((one.folder / "src").rglob("*.py")):
        yield path, ast.parse(path.read_text(), filename=str(path), feature_version=(3, 11))


def is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def public_annotations(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """What public names of a module, and of its public classes, are annotated with."""
    for statement in body:
        match statement:
            case ast.ClassDef(name=name) if is_public(name):
                yield from public_annotations(statement.body)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if is_public(name):
                arguments = statement.args
                every = [
                    *arguments.posonlyargs,
                    *arguments.args,
                    *arguments.kwonlyargs,
                    arguments.vararg,
                    arguments.kwarg,
                ]
                yield from (each.annotation for each in every if each is not None and each.annotation is not None)
                if statement.returns is not None:
                    yield statement.returns
            case ast.AnnAssign(target=ast.Name(id=name)) if is_public(name):
                yield statement.annotation
                if statement.value is not None:
                    yield statement.value


def typings(module: ast.Module) -> Iterator[ast.alias]:
    """What a module imports of `typing`; a service may have a type of its own that is called `Any`."""
    for statement in module.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "typing":
            yield from statement.names


@pytest.mark.parametrize("one", CASES)
def test_nothing_public_is_any(one: Case) -> None:
    seen = 0
    for path, module in sources(one):
        if not is_public(path.stem) or path.as_posix().endswith(tuple(OF_ANY)):
            continue
        names = {alias.asname or alias.name for alias in typings(module) if alias.name == "Any"}
        for annotation in public_annotations(module.body):
            seen += 1
            mentioned = {ast.unparse(each) for each in ast.walk(annotation)}
            assert not mentioned & (names | {"typing.Any"}), f"{path}:{annotation.lineno}"
    assert seen > 300


@pytest.mark.parametrize("one", CASES)
def test_types_are_slotted_dataclasses(one: Case) -> None:
    made = [each for each in vars(one.module("types")).values() if dataclasses.is_dataclass(each)]
    for each in made:
        assert isinstance(each, type)
        assert each.__dictoffset__ == 0, each
    assert made or one.name in ("scalars", "names")


def test_types_are_frozen_when_that_is_asked_for() -> None:
    def frozen(name: str) -> set[bool]:
        made = vars(next(case for case in cases() if case.name == name).module("types")).values()
        records: list[Any] = [each for each in made if dataclasses.is_dataclass(each)]
        return {each.__dataclass_params__.frozen for each in records}

    assert frozen("frozen") == {True}
    assert frozen("structs") == {False}


@pytest.mark.parametrize("one", CASES)
def test_blocking_twins_have_the_same_methods(one: Case) -> None:
    def shapes(owner: Any) -> dict[str, list[tuple[str, Any, Any]]]:
        functions = {name: each for name, each in vars(owner).items() if is_public(name) and callable(each)}
        return {
            name: [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]
            for name, function in functions.items()
        }

    def service(module: str, ending: str) -> dict[str, Any]:
        found = vars(one.module(module)).items()
        return {name: each for name, each in found if isinstance(each, type) and name.endswith(ending)}

    for method in methods(one):
        twins = [getattr(one.module(f"{folder}{method.module}"), method.client) for folder in ("", "sync.")]
        assert shapes(twins[0]) == shapes(twins[1])
    for module, ending in [("protocols", "Protocol"), ("testing", "Fake")]:
        ours, blocking = service(module, ending), service(f"sync.{module}", ending)
        assert ours.keys() == blocking.keys()
        assert len(ours) >= len(one.api["services"])
        for name, each in ours.items():
            assert shapes(each) == shapes(blocking[name])


def plain_words(doc: str) -> list[str]:
    """The words of a doc in ASCII, without what is hidden or shown escaped, and the backslashes in what tools obey."""
    shown = re.sub(r"\\u\{[0-9a-f]+\}", "", doc)
    return re.sub(r"[^\n\t -~]|\\", "", shown).split()


@pytest.mark.parametrize("one", CASES)
def test_docs_are_docstrings_and_deprecated_methods_are_marked(one: Case) -> None:
    for method in methods(one):
        for folder in ("", "sync."):
            function = getattr(getattr(one.module(f"{folder}{method.module}"), method.client), method.name)
            doc = method.method.get("doc") or ""
            # Links and names become Python's: golden files show how.
            words = [] if "[" in doc else plain_words(doc)
            assert words == plain_words(function.__doc__ or "")[: len(words)]
            deprecated = method.method.get("deprecated")
            assert (deprecated is None) == (getattr(function, "__deprecated__", None) is None)


def test_tcp_and_unix_sockets_need_the_standard_library_alone(tmp_path: Path) -> None:
    script = """
import asyncio, socket, sys
sys.path.insert(0, sys.argv[1])
import bookshop
from bookshop import rapace
from bookshop.rapace import opentelemetry

for make in (opentelemetry.AsyncTelemetry, opentelemetry.SyncTelemetry):
    try:
        make()
    except ImportError:
        continue
    sys.exit("telemetry without its package")
for address in ("tcp://127.0.0.1:1", "unix://" + sys.argv[2]):
    for connect in (lambda: rapace.sync.connect(address), lambda: asyncio.run(rapace.connect(address).open())):
        try:
            connect()
        except rapace.ConnectionLostError:
            continue
        sys.exit("somebody listens there")
others = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"__main__", "bookshop"}
sys.exit(f"needed are {others}" if others else 0)
"""
    folder = next(case for case in cases() if case.name == "bookshop").folder / "src"
    # Neither the environment nor installed packages are looked at.
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", script, str(folder), str(tmp_path / "none.sock")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    project = (folder.parent / "pyproject.toml").read_text()
    assert "\ndependencies = []\n" in project
    assert 'requires-python = ">=3.11"' in project
    assert 'opentelemetry = ["opentelemetry-api' in project
    assert 'websocket = ["websockets' in project
