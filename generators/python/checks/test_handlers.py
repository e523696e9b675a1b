"""Generated handlers: a forgotten method is an error, of type checkers too, and a client can be a handler."""

import asyncio
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cases import REPOSITORY, Case, cases, handlers, methods, served

CASES = [pytest.param(case, id=case.name) for case in cases()]
BOOKSHOP = next(case for case in cases() if case.name == "bookshop")
PYRIGHT = REPOSITORY / "runtimes/python/node_modules/.bin/pyright"

SHOP = """
from collections.abc import {iterator}

from bookshop import rapace
from bookshop{folder} import OrdersHandler
from bookshop.types import (
    Amendment, Audit, CancelOutcome, CancelOutcomeUnknownOrder, Currency, Figures, NewOrder, Order, OrderEvent,
    OrderStatusPlaced, PageOfOrder, PlaceOutcome, PlaceOutcomeEmpty,
)


class Orders(OrdersHandler):
    {function} place(self, order: NewOrder) -> PlaceOutcome:
        return PlaceOutcomeEmpty()

    {function} history(self, customer: int, offset: int, limit: int) -> PageOfOrder:
        return PageOfOrder([], 0)

    {function} watch(self, order: int, every_ms: int) -> {iterator}[OrderEvent]:
        for _ in range(0):
            yield OrderEvent(0, 0, OrderStatusPlaced())

    {function} amend(self, order: int, change: Amendment) -> Order | None:
        return None

    {function} touch(self) -> None:
        pass

    {function} heartbeats(self, count: int, every_ms: int) -> {iterator}[None]:
        for _ in range(count):
            yield None

    {function} totals(self) -> dict[Currency, int]:
        return {{}}

    {function} audit(self, figures: Figures) -> Audit:
        raise rapace.StatusError(rapace.Code.UNIMPLEMENTED, "no auditor")
"""
CANCEL = """
    {function} cancel(self, order: int) -> CancelOutcome:
        return CancelOutcomeUnknownOrder()
"""
WRONG = CANCEL.replace("order: int", "order: str")
FLAVORS = {
    "shop": {"folder": "", "function": "async def", "iterator": "AsyncIterator"},
    "shop_with_threads": {"folder": ".sync", "function": "def", "iterator": "Iterator"},
}


def problems(folder: Path, checker: str, sources: dict[str, str]) -> dict[str, list[str]]:
    """What a type checker says of programs that use the bookshop's package, by their names."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    package = BOOKSHOP.folder / "src"
    found: dict[str, list[str]] = {name: [] for name in sources}
    if checker == "mypy":
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(folder / "cache")]
        command += ["--python-version", "3.11", "--hide-error-context", *(f"{name}.py" for name in sources)]
        ran = subprocess.run(command, cwd=folder, env={"MYPYPATH": str(package)}, capture_output=True, text=True)
        for line in ran.stdout.splitlines():
            found[line.partition(".py:")[0]].append(line)
        return found
    include = [f"{name}.py" for name in sources]
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(package)], "include": include}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    ran = subprocess.run([str(PYRIGHT), "--outputjson"], cwd=folder, capture_output=True, text=True)
    for each in json.loads(ran.stdout)["generalDiagnostics"]:
        found[Path(each["file"]).stem].append(each["message"])
    return found


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_forgotten_method_is_an_error_of_type_checkers(checker: str, tmp_path: Path) -> None:
    # One run for both kinds of handlers, each with all three classes in one program: checkers start slowly.
    sources = {}
    for name, flavor in FLAVORS.items():
        first, *others = (
            SHOP.format(**flavor).replace("class Orders(", f"class {name}(") + part.format(**flavor)
            for name, part in (("Whole", CANCEL), ("Forgotten", ""), ("Wrong", WRONG))
        )
        sources[name] = first + "".join("\n\n" + text[text.index("class ") :] for text in others)
        sources[name] += "\n\nMADE = Whole(), Forgotten(), Wrong()\n"
    for found in problems(tmp_path, checker, sources).values():
        assert any("Forgotten" in each and "abstract" in each and "cancel" in each for each in found), found
        assert any("cancel" in each and ("supertype" in each or "overrides" in each) for each in found), found
        assert not any("Whole" in each for each in found), found


@pytest.mark.parametrize("flavor", FLAVORS.values(), ids=FLAVORS)
def test_a_forgotten_method_is_an_error_when_the_handler_is_made(flavor: dict[str, str]) -> None:
    BOOKSHOP.module("")
    program: dict[str, Any] = {}
    exec(SHOP.format(**flavor) + CANCEL.format(**flavor), program)
    assert program["Orders"]().rapace_service == "Orders"
    exec(SHOP.format(**flavor), program)
    with pytest.raises(TypeError, match=r"abstract class Orders .*cancel"):
        program["Orders"]()


@pytest.mark.parametrize("one", CASES)
def test_handlers_have_the_methods_of_clients_without_their_options(one: Case) -> None:
    for folder in ("", "sync."):
        found = handlers(one, folder)
        assert found.keys() == {service["name"] for service in one.api["services"]}
        for method in methods(one):
            handler = found[method.service["name"]]
            client = getattr(one.module(f"{folder}{method.module}"), method.client)
            theirs = list(inspect.signature(getattr(client, method.name)).parameters)
            function = getattr(handler, served(one, method).attribute)
            assert list(inspect.signature(function).parameters) == theirs[:-2]
            assert theirs[-2:] == ["timeout", "metadata"]
            assert inspect.iscoroutinefunction(function) == (not folder and not method.is_stream)
            assert getattr(function, "__deprecated__", None) is None
        for handler in found.values():
            assert handler.__abstractmethods__ == {each.attribute for each in handler.rapace_methods}


def test_a_client_is_a_handler_whose_own_methods_stay() -> None:
    testing, blocking = BOOKSHOP.module("testing"), BOOKSHOP.module("sync.testing")
    fake = testing.CatalogFake(greeting=lambda: "hello", ticker=lambda every: [every, 2])
    proxy = BOOKSHOP.module("").CatalogHandler.forward(fake)

    async def use() -> None:
        assert await proxy.greeting() == "hello"
        assert [item async for item in proxy.ticker(1)] == [1, 2]

    asyncio.run(use())

    class Polite(BOOKSHOP.module("sync").CatalogHandler):  # type: ignore[misc]
        def greeting(self) -> str:
            return "good morning"

    polite: Any = Polite.forward(blocking.CatalogFake(greeting=lambda: "hello", ticker=lambda every: [every]))
    assert isinstance(polite, Polite)
    assert polite.greeting() == "good morning"
    assert list(polite.ticker(3)) == [3]
