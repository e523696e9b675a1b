"""The served call over asyncio: what its handler can ask about it."""

import asyncio

from ..handlers.call import ServedCall as Call
from ..handlers.call import current, no_call
from ..handlers.guard import Identity
from .connection import Connection
from .tunnel import Tunnel
from .wire import Wire


class ServedCall(Call):
    """A call of the peer, while its handler runs."""

    __slots__ = ("_connection", "_wire")

    def __init__(
        self,
        method: str,
        channel_id: int,
        wire: Wire,
        connection: Connection,
        identity: Identity | None = None,
    ) -> None:
        super().__init__(method, wire.address, channel_id, identity)
        self._wire = wire
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection on which the call came. Clients on it call the peer back."""
        return self._connection

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the connection, for the code of threads."""
        return self._wire.loop

    @property
    def is_here(self) -> bool:
        """True on the event loop of the connection, False in another thread."""
        try:
            return asyncio.get_running_loop() is self._wire.loop
        except RuntimeError:
            return False

    def open_tunnel(self) -> Tunnel:
        """Opens a tunnel to the peer. The handler returns its `channel`, on which the peer then opens it too."""
        return Tunnel(self._wire, None)


def current_call() -> ServedCall:
    """Returns the call whose handler runs in this task.

    Raises `LookupError` where no handler runs, and in the thread of a `SyncHandler`, which asks
    `rapace.sync.current_call`.
    """
    call = current.get()
    if not isinstance(call, ServedCall):
        raise no_call()
    if not call.is_here:
        raise LookupError("the handler runs in a thread: call rapace.sync.current_call() there")
    return call
