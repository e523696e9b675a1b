"""Tunnels that block: a raw stream, as Python's files and sockets are, on a channel that a call returned."""

import io
import math
from time import monotonic
from typing import TYPE_CHECKING, Final

from ..errors import RapaceError
from ..failures import deadline_exceeded, tunnel_ended
from .calls import CallInbox, register, send_alone
from .wait import wait
from .wire import Wire

if TYPE_CHECKING:
    from typing_extensions import Buffer

CHUNK_BYTES: Final = 64 * 1024
"""How many bytes of a tunnel one frame has at most, so that frames of other calls are not delayed."""


class Tunnel(io.RawIOBase):
    """Bytes in both directions on a channel of the connection. Each direction ends by itself.

    One thread may read while another writes; `io.BufferedReader` and `io.TextIOWrapper` can be put around it. The
    peer's error ends both directions with a `StatusError`, a lost connection with a `ConnectionLostError`.
    """

    timeout: float
    """How many seconds a read or write waits before `DeadlineExceededError`; `math.inf` means no limit."""

    def __init__(self, wire: Wire, channel_id: int, timeout: float = math.inf) -> None:
        self._wire = wire
        self._channel = channel_id
        self._rest = memoryview(b"")  # what was taken and not yet read
        self.timeout = timeout
        self._finished = False
        self._inbox = CallInbox()
        _open(wire, channel_id, self._inbox)

    @property
    def channel(self) -> int:
        """The number of the channel. A handler that opened the tunnel returns it, so that the peer can open it too."""
        return self._channel

    def readable(self) -> bool:
        """True."""
        return True

    def writable(self) -> bool:
        """True, until `write_eof`."""
        return not self._finished

    def readinto(self, buffer: "Buffer", /) -> int:
        """Fills a buffer with what there is, at least one byte. 0 at the end."""
        self._check_open()
        target = memoryview(buffer).cast("B")
        if not target or not self._fill():
            return 0
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def write(self, buffer: "Buffer", /) -> int:
        """Sends all bytes, and waits while the peer reads too slowly."""
        self._check_open()
        data = rest = memoryview(buffer).cast("B")
        while rest:
            self._check_writable()
            self._send(rest[:CHUNK_BYTES])
            rest = rest[CHUNK_BYTES:]
        return len(data)

    def write_eof(self) -> None:
        """Ends the direction to the peer. Reading continues. Ending it again does nothing."""
        if not self._finished:
            self._check_writable()
            send_alone(self._wire, lambda: self._wire.session.finish_tunnel(self._channel), self.timeout)
            self._finished = True

    def close(self) -> None:
        """Ends both directions. Closing again does nothing."""
        if not self.closed and not self._wire.owner.is_elsewhere:
            wire, inbox = self._wire, self._inbox
            self._finished = True
            _drop(wire, self._channel)
            with wire.lock:
                inbox.items.clear()
                if not inbox.ended:
                    inbox.end(None)
        super().close()

    def __del__(self) -> None:
        """Gives the channel of a tunnel up that was dropped without closing it."""
        inbox: CallInbox | None = getattr(self, "_inbox", None)  # A signal may come while a tunnel is made.
        if inbox is not None and inbox.wire is not None and not (self._finished and inbox.ended):
            self._wire.leave(self._channel)

    def _send(self, chunk: memoryview) -> None:
        send_alone(self._wire, lambda: self._wire.session.tunnel_data(self._channel, chunk), self.timeout)

    def _fill(self) -> bool:
        """Waits until there are bytes. False at the end."""
        wire, inbox = self._wire, self._inbox
        deadline = monotonic() + self.timeout
        while not self._rest:
            if not wait(wire, inbox, deadline):
                raise deadline_exceeded(self.timeout)
            with wire.lock:
                if inbox.items:
                    payload = inbox.items.popleft()
                    wire.session.took(self._channel, payload)
                    self._rest = memoryview(payload)
                elif inbox.error is not None:
                    raise inbox.error
                else:
                    return False
        return True

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("the tunnel is closed")

    def _check_writable(self) -> None:
        if self._finished:
            raise tunnel_ended()
        if self._inbox.error is not None:
            raise self._inbox.error


def _open(wire: Wire, channel_id: int, inbox: CallInbox) -> None:
    """Opens a tunnel, whose bytes go to `inbox`."""
    wire.owner.check()
    with wire.lock:
        wire.check()
        try:
            events = wire.session.open_tunnel(channel_id)
            register(wire, channel_id, inbox)
            wire.deliver(events)
        except RapaceError:
            raise
        except BaseException as error:  # such as KeyboardInterrupt: some of what came may not have been delivered
            wire.lose("opening a tunnel was interrupted", error)
            raise


def _drop(wire: Wire, channel_id: int) -> None:
    """Gives a tunnel up. What the socket does not take now leaves with what is sent next."""
    if wire.owner.is_elsewhere:
        return
    with wire.lock:
        wire.inboxes.pop(channel_id, None)
        frames = wire.session.drop_tunnel(channel_id)
        if frames and wire.lost is None:
            wire.outgoing.queue(frames)
            wire.outgoing.flush()
