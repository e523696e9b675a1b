"""WebSocket: each binary message is a frame without its length prefix.

The package `websockets` speaks the protocol, without I/O, so that asyncio and threads have the same code. It is an
extra: nothing here needs it before an address begins with `ws://` or `wss://`.
"""

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Protocol, cast

from .address import WebSocketAddress
from .errors import ProtocolError
from .frame import DESCRIPTOR_BYTES
from .layer import Failure
from .limits import Limits
from .quote import quoted

_TEXT, _BINARY, _CONTINUATION = 1, 2, 0
_CLOSE = 8
_NORMAL_CLOSURE, _PROTOCOL_ERROR, _UNSUPPORTED_DATA = 1000, 1002, 1003

_PREFIX_BYTES: Final = 4
"""The length before each frame, which messages do without."""


class _Silent(logging.Logger):
    """The package's logger would log messages, and payloads are never logged."""


_silent: Final = _Silent("rapace.websocket", logging.CRITICAL)


class _Client(Protocol):
    """The used part of `websockets.client.ClientProtocol`."""

    handshake_exc: Exception | None
    parser_exc: Exception | None
    close_rcvd: object

    def connect(self) -> object: ...
    def send_request(self, request: object) -> None: ...
    def receive_data(self, data: bytes) -> None: ...
    def events_received(self) -> list[Any]: ...
    def data_to_send(self) -> list[bytes]: ...
    def send_binary(self, data: memoryview) -> None: ...
    def send_close(self, code: int) -> None: ...
    def fail(self, code: int, reason: str) -> None: ...


def _load() -> tuple[Callable[..., _Client], Callable[[str], object]]:
    try:
        client, uri = import_module("websockets.client"), import_module("websockets.uri")
        return cast("Callable[..., _Client]", client.ClientProtocol), cast("Callable[[str], object]", uri.parse_uri)
    except (ImportError, AttributeError) as error:
        problem = (
            "ws:// and wss:// need the package websockets, version 14 or later: "
            "install it, or this package with its extra [websocket]"
        )
        raise ImportError(problem) from error


class WebSocketLayer:
    """The client's side of a WebSocket connection."""

    __slots__ = ("_client", "_message", "failure", "opened")

    opened: bool
    failure: Failure | None

    def __init__(self, address: WebSocketAddress, limits: Limits) -> None:
        make_client, parse_uri = _load()
        self._client = make_client(parse_uri(address.url), max_size=limits.max_frame_bytes, logger=_silent)
        self._message = bytearray()  # what has come of a message in fragments, bounded by the package's max_size
        self.opened = False
        self.failure = None

    def hello(self) -> bytes:
        """The HTTP request."""
        self._client.send_request(self._client.connect())
        return self.outgoing()

    def wrap(self, frames: bytes) -> bytes:
        """A message for each frame."""
        rest = memoryview(frames)
        while rest:
            end = _PREFIX_BYTES + int.from_bytes(rest[:_PREFIX_BYTES], "little")
            self._client.send_binary(rest[_PREFIX_BYTES:end])
            rest = rest[end:]
        return self.outgoing()

    def unwrap(self, data: bytes) -> bytes:
        """The messages that `data` completes, each as a frame with its length prefix."""
        client = self._client
        if self.failure is not None:
            return b""
        client.receive_data(data)
        frames: list[bytes] = []
        for event in client.events_received():
            if not self.opened:
                self.opened = client.handshake_exc is None
            elif self.failure is None:
                self._take(event, frames)
        if self.failure is None:
            self._look_for_failure()
        return b"".join(frames)

    def outgoing(self) -> bytes:
        """What must be sent."""
        return b"".join(self._client.data_to_send())

    def farewell(self) -> bytes:
        """A Close frame. Its echo is not waited for: servers of rapace 0.5.0 send none."""
        if not self.opened or self.failure is not None:
            return b""
        self._client.send_close(_NORMAL_CLOSURE)
        return self.outgoing()

    def _take(self, frame: Any, frames: list[bytes]) -> None:
        if frame.opcode == _CLOSE:
            said = quoted(str(self._client.close_rcvd))
            self.failure = (f"the server closed the connection: WebSocket close {said}", None)
            return
        if frame.opcode not in (_TEXT, _BINARY, _CONTINUATION):
            return
        if frame.opcode == _TEXT:
            self._fail(_UNSUPPORTED_DATA, "the peer sent a WebSocket text message")
            return
        self._message += frame.data
        if not frame.fin:
            return
        message = bytes(self._message)
        self._message.clear()
        if len(message) < DESCRIPTOR_BYTES:
            problem = f"a WebSocket message of {len(message)} bytes is below the {DESCRIPTOR_BYTES} of a descriptor"
            self._fail(_PROTOCOL_ERROR, problem)
            return
        frames += (len(message).to_bytes(_PREFIX_BYTES, "little"), message)

    def _fail(self, code: int, problem: str) -> None:
        self._client.fail(code, "")
        self.failure = ("the peer broke the protocol", ProtocolError(problem))

    def _look_for_failure(self) -> None:
        """Looks for an error that the package has found. It has made the close frame, with code 1009 if that fits."""
        client = self._client
        if client.handshake_exc is not None:
            self.failure = ("the WebSocket handshake failed", client.handshake_exc)
        elif client.parser_exc is not None:
            self.failure = (
                "the peer broke the protocol",
                ProtocolError(f"WebSocket: {quoted(str(client.parser_exc))}"),
            )
