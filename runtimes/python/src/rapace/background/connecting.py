"""Opening connections with blocking handlers: asyncio's connections, on an event loop in a thread."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ..aio.connecting import Connecting
from ..aio.serving import Setup
from ..greeting import checked_token
from ..handlers.method import SyncHandler
from ..handlers.services import Services
from ..handlers.threads import Threads
from ..intercept import SyncInterceptor
from ..options import Options
from ..states import State, StateChange, StateHandler, States
from ..sync.connection import Connection
from .connection import OwnLoopConnection
from .loop import LoopThread
from .services import check_blocking, intercept


def connect_with_handlers(
    options: Options,
    on_state: StateHandler | None,
    handlers: Sequence[SyncHandler],
    interceptors: Sequence[SyncInterceptor],
    error_texts: bool,
    threads: int,
) -> Connection:
    """Opens a connection that serves handlers. Its event loop and their threads end when it is closed."""
    check_blocking(handlers)
    options = _asked_in_thread(options)
    services, pool = Services(handlers), Threads(threads)
    intercept(services, interceptors)

    def changed(change: StateChange) -> None:
        if change.state == State.CLOSED:
            pool.close()
        if on_state is not None:
            on_state(change)

    states = States(str(options.target.address), changed)
    connecting = Connecting(options, states, Setup(services, (), error_texts, pool))
    thread = LoopThread()
    try:
        return OwnLoopConnection(thread, thread.run(connecting.open()))
    except BaseException:
        thread.close()
        raise


def _asked_in_thread(options: Options) -> Options:
    """The same options; a token function, which may block, is asked in a thread."""
    greeting = options.greeting
    if greeting is None or greeting.token is None or isinstance(greeting.token, str):
        return options
    ask = greeting.token

    async def asked() -> str:
        return checked_token(await asyncio.to_thread(ask))

    return replace(options, greeting=replace(greeting, token=asked))
