"""Writing: what waits to be sent on a socket that does not block. All of it is used under the connection's lock.

Where an exception out of a signal leaves in doubt which bytes were made or sent, the connection is lost.
"""

import socket
from collections.abc import Callable
from typing import TypeAlias

from ..layer import Layer

Lose: TypeAlias = Callable[[str, BaseException | None], None]
"""Says that the connection is lost, and why."""


class Outgoing:
    """What waits to be sent."""

    __slots__ = ("_layer", "_lose", "_max_unsent_bytes", "_owed", "sent_bytes", "sock", "stopped", "unsent")

    sent_bytes: int
    """How many bytes the system has taken."""
    stopped: bool
    """True when the connection is lost: nothing is sent any more."""

    def __init__(self, sock: socket.socket, layer: Layer | None, max_unsent_bytes: int, lose: Lose) -> None:
        self.sock = sock
        self._layer = layer
        self._max_unsent_bytes = max_unsent_bytes
        self._lose = lose
        self.unsent = bytearray()
        self.sent_bytes = 0
        self._owed = 0  # how many bytes wait that the peer has asked for
        self.stopped = False

    @property
    def queued_at(self) -> int:
        """How many bytes are sent when all that waits is sent."""
        return self.sent_bytes + len(self.unsent)

    def has_room(self) -> bool:
        """True when a request may be added, or when it would fail at once."""
        return self.stopped or len(self.unsent) <= self._max_unsent_bytes

    def queue(self, frames: bytes) -> None:
        """Adds whole frames."""
        if self._layer is None:
            self.unsent += frames
            return
        try:
            self.unsent += self._layer.wrap(frames)
        except BaseException as error:  # such as KeyboardInterrupt: what the layer has made may be lost
            self._lose("sending was interrupted", error)
            raise

    def owe(self, data: bytes) -> None:
        """Adds what the peer has asked for, such as answers to pings. A peer that does not read them is lost."""
        if data:
            self._owed = self._owed + len(data) if self.unsent else len(data)
            self.unsent += data
            if self._owed > self._max_unsent_bytes:
                self._lose(f"the peer does not read the answers to what it sends: {self._owed} bytes wait", None)

    def owe_frames(self, frames: bytes) -> None:
        """Adds whole frames that the peer has asked for."""
        if frames:
            self.owe(frames if self._layer is None else self._layer.wrap(frames))

    def flush(self) -> None:
        """Sends as much as the socket takes now."""
        if not self.unsent or self.stopped:
            return
        try:
            sent = self.sock.send(self.unsent)
            self.sent_bytes += sent
            del self.unsent[:sent]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose("the connection was lost", error)
        except BaseException as error:  # such as KeyboardInterrupt: how much was sent is not known
            self._lose("sending was interrupted", error)
            raise

    def say_farewell(self) -> None:
        """Sends as much as the socket takes now, with the layer's farewell at the end."""
        if self._layer is not None:
            self.unsent += self._layer.farewell()
        self.flush()

    def stop(self) -> None:
        """Drops what waits: the connection is lost."""
        self.stopped = True
        self.unsent.clear()
