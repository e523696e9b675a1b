"""Opening connections with blocking handlers: asyncio's connections, on an event loop in a thread."""

from collections.abc import Sequence

from ..aio.connecting import Connecting
from ..aio.serving import Setup
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
