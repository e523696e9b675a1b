"""Serves the bookshop until it is stopped.

    python server.py --listen tcp://127.0.0.1:9000 --listen unix:///run/shop.sock

For each address it prints a line `listening on ADDRESS`.
"""

import argparse
import asyncio
import os
import signal
import sys
import threading
from contextlib import AsyncExitStack

from bookshop import rapace

from shop import Catalog, Orders, Shop


async def main(arguments: argparse.Namespace) -> None:
    """Listens at all addresses."""
    stopped = asyncio.create_task(rapace.until_signal())
    await asyncio.sleep(0)  # Now the task handles signals, before anybody knows that the server runs.
    shop = Shop()
    host = rapace.Host(Catalog(shop), Orders(shop))
    async with AsyncExitStack() as stack:
        for address in arguments.listen:
            tls = server_tls(arguments) if address.startswith(("tls:", "wss:")) else None
            listening = await stack.enter_async_context(host.listen(address, tls=tls))
            print(f"listening on {listening.address}", flush=True)
        if arguments.until_stdin_closes:
            threading.Thread(target=stop_with_stdin, daemon=True).start()
        await stopped


def stop_with_stdin() -> None:
    """Stops this process when its standard input is closed."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def server_tls(arguments: argparse.Namespace) -> rapace.ServerTls:
    """The certificate for tls:// and wss:// addresses."""
    return rapace.ServerTls(cert=arguments.certificate, key=arguments.key, client_ca=arguments.client_authorities)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Serves the bookshop.")
    parser.add_argument(
        "--listen",
        action="append",
        required=True,
        metavar="ADDR",
        help="serve here: tcp://host:port, unix:///path or ws://host:port/path, or with a certificate tls:// or wss://",
    )
    parser.add_argument("--certificate", metavar="FILE", help="the certificate for tls:// and wss://, as PEM")
    parser.add_argument("--key", metavar="FILE", help="the certificate's private key, as PEM")
    parser.add_argument(
        "--client-authorities", metavar="FILE", help="serve only clients with a certificate of these authorities"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input is closed")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parse()))
