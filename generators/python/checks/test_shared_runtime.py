"""Two packages of two APIs on one runtime, which is a package of its own: they share a connection and errors."""

import os
import subprocess
import sys

from cases import CASES

SCRIPT = """
import asyncio
from typing import Any

import bookshop
import plugin_hello
import rapace_runtime

assert bookshop.rapace is plugin_hello.rapace is rapace_runtime
assert "bookshop.rapace" not in __import__("sys").modules


def unanswered(base: Any, methods: dict[str, Any]) -> Any:
    names = [method.attribute for method in base.rapace_methods]
    return type(base.__name__, (base,), {name: methods.get(name) for name in names})()


async def greeting(self: Any) -> str:
    return "Welcome"


async def greet(self: Any, name: str) -> str:
    raise rapace_runtime.UnavailableError(f"no greeting for {name}")


async def main() -> None:
    catalog = unanswered(bookshop.CatalogHandler, {"greeting": greeting})
    plugin = unanswered(plugin_hello.PluginHandler, {"greet": greet})
    async with rapace_runtime.Host(catalog, plugin).listen("tcp://127.0.0.1:0") as listening:
        async with bookshop.rapace.connect(listening.address) as connection:
            assert await bookshop.CatalogClient(connection).greeting() == "Welcome"
            try:
                await plugin_hello.PluginClient(connection).greet("Ann")
            except bookshop.rapace.UnavailableError as error:
                assert error.message == "no greeting for Ann"
            else:
                raise AssertionError


asyncio.run(main())
"""


def test_two_packages_share_a_connection_and_errors() -> None:
    shared = CASES / "shared"
    path = os.pathsep.join(str(shared / package / "src") for package in ["runtime", "bookshop", "plugin-hello"])
    environment = {**os.environ, "PYTHONPATH": path}
    subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], env=environment, check=True)
