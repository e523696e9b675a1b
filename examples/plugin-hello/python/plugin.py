"""A plug-in: it serves the host that it dials, and calls the host back. `python plugin.py ADDRESS`"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator

from plugin_hello import HostClient, PluginHandler, rapace


class Hello(PluginHandler):
    async def greet(self, name: str) -> str:
        return f"{await host().value('greeting')}, {name}!"

    async def render(self, template: str) -> AsyncIterator[str]:
        for line in template.split("\n"):
            rendered, *rest = re.split(r"{{([A-Za-z]+)}}", line)
            for key, text in zip(rest[::2], rest[1::2], strict=True):
                rendered += await value(key) + text
            yield rendered


def host() -> HostClient:
    """The host that calls."""
    return HostClient(rapace.current_call().connection)


async def value(key: str) -> str:
    """The host's value of a key."""
    if (found := await host().value(key)) is None:
        raise rapace.StatusError(rapace.Code.NOT_FOUND, f"no value for {key}")
    return found


async def main(address: str) -> None:
    """Serves until the connection ends or a signal comes. A plug-in opens even channels, although it dials."""
    async with rapace.connect(address, handlers=[Hello()], first_channel=2) as connection:
        ended = [asyncio.create_task(connection.gone()), asyncio.create_task(rapace.until_signal())]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
