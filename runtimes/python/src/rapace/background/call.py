"""The served call as the thread of its handler sees it."""

from ..aio.served import ServedCall as AsyncCall
from ..handlers.call import ServedCall as Call
from ..handlers.call import current, no_call
from ..sync.connection import Connection
from ..sync.tunnel import Tunnel
from .connection import LoopConnection
from .loop import Loop
from .tunnel import LoopTunnel


class ServedCall(Call):
    """A call of the peer, while its handler runs in a thread."""

    __slots__ = ("_call", "_loop")

    def __init__(self, call: AsyncCall) -> None:
        super().__init__(call.method, call.peer, call.channel, call.identity)
        self.carries(call.metadata, call.deadline)
        self._call = call
        self._loop = Loop(call.loop)

    @property
    def cancelled(self) -> bool:
        """True when nobody waits for the answer: the peer has cancelled or is gone, or the deadline has passed.

        A handler that works for long looks here every now and then. The generator of a stream that is cancelled is
        closed at its next `yield`.
        """
        return self._call.cancelled

    @property
    def connection(self) -> Connection:
        """The connection on which the call came. Blocking clients on it call the peer back."""
        return LoopConnection(self._loop, self._call.connection)

    def open_tunnel(self) -> Tunnel:
        """Opens a tunnel to the peer. The handler returns its `channel`, on which the peer then opens it too."""
        return LoopTunnel(self._loop, self._loop.do(self._call.open_tunnel))


def current_call() -> ServedCall:
    """Returns the call whose `SyncHandler` runs in this thread.

    Raises `LookupError` where no handler runs, and on an event loop, where a handler asks `rapace.current_call`.
    """
    call = current.get()
    if not isinstance(call, AsyncCall):
        raise no_call()
    if call.is_here:
        raise LookupError("the handler runs on an event loop: call rapace.current_call() there")
    return ServedCall(call)
