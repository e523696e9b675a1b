"""A place where a host listens, with what is between session and socket there."""

import socket
import ssl
from collections.abc import Sequence

from ..address import WebSocketAddress
from ..layer import Layer
from ..listener import Listener, Place
from ..tls import ServerTls, TlsLayer
from ..websocket import WebSocketServerLayer
from .accept import Accepting
from .guests import Guests


class Door:
    """A listener of a host, from when it opens until it is shut."""

    __slots__ = ("_accepting", "_context", "_guests", "_listener", "_origins", "_place")

    def __init__(self, guests: Guests, place: Place, tls: ServerTls | None, origins: Sequence[str] | None) -> None:
        self._guests = guests
        self._place = place
        self._context: ssl.SSLContext | None = None if tls is None else tls.make_context()
        self._origins = origins
        self._listener: Listener | None = None
        self._accepting: Accepting | None = None

    @property
    def address(self) -> str:
        """Where it listens, with the port that the system chose."""
        place = self._place if self._listener is None else self._listener.address
        return place.url if isinstance(place, WebSocketAddress) else str(place)

    def open(self) -> None:
        """Begins to listen. Raises an `OSError` that names the address."""
        self._guests.check_open()
        self._layer()  # Without the package for WebSocket nobody could connect.
        self._listener = Listener(self._place)
        self._accepting = Accepting(self._listener.sock, self.address, self._welcome)

    def shut(self) -> None:
        """Stops listening. Doing that again does nothing."""
        if self._accepting is not None:
            self._accepting.stop()
            self._accepting = None
        if self._listener is not None:
            self._listener.close()

    def release(self) -> None:
        """Frees a forked child's copy of the socket."""
        if self._listener is not None:
            self._listener.release()

    def _welcome(self, sock: socket.socket) -> None:
        self._guests.welcome(sock, self._place, self._layer())

    def _layer(self) -> Layer | None:
        place, inner = self._place, None
        if isinstance(place, WebSocketAddress):
            inner = WebSocketServerLayer(place, self._guests.house.limits, self._origins)
        return inner if self._context is None else TlsLayer(self._context, None, inner)
