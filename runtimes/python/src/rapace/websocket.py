"""WebSocket: each binary message is a frame without its length prefix.

The package `websockets` speaks the protocol, without I/O, so that asyncio and threads have the same code. It is an
extra: nothing here needs it before an address begins with `ws://` or `wss://`.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http import HTTPStatus
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
_REQUEST: Final = b"GET "
"""How the handshake of a client begins."""


class _Silent(logging.Logger):
    """The package's logger would log messages, and payloads are never logged."""


_silent: Final = _Silent("rapace.websocket", logging.CRITICAL)


class _Side(Protocol):
    """The used part of `websockets.protocol.Protocol`: what both sides have in common."""

    handshake_exc: Exception | None
    parser_exc: Exception | None
    close_rcvd: object

    def receive_data(self, data: bytes) -> None: ...
    def events_received(self) -> list[Any]: ...
    def data_to_send(self) -> list[bytes]: ...
    def send_binary(self, data: memoryview) -> None: ...
    def send_close(self, code: int) -> None: ...
    def fail(self, code: int, reason: str) -> None: ...


class _Client(_Side, Protocol):
    """The used part of `websockets.client.ClientProtocol`."""

    def connect(self) -> object: ...
    def send_request(self, request: object) -> None: ...


class _Response(Protocol):
    status_code: int


class _Server(_Side, Protocol):
    """The used part of `websockets.server.ServerProtocol`."""

    def accept(self, request: object) -> _Response: ...
    def reject(self, status: HTTPStatus, text: str) -> _Response: ...
    def send_response(self, response: object) -> None: ...


def _load(module: str, name: str) -> Callable[..., Any]:
    """A function or class of the package."""
    try:
        return cast("Callable[..., Any]", getattr(import_module(f"websockets.{module}"), name))
    except (ImportError, AttributeError) as error:
        problem = (
            "ws:// and wss:// need the package websockets, version 14 or later: "
            "install it, or this package with its extra [websocket]"
        )
        raise ImportError(problem) from error


class _Messages(ABC):
    """What both sides of a WebSocket connection have in common once it is open: messages that are frames."""

    __slots__ = ("_message", "_peer", "_side", "failure", "headers", "opened")

    opened: bool
    failure: Failure | None
    headers: tuple[tuple[str, str], ...]
    """The headers of the peer's half of the handshake."""

    def __init__(self, side: _Side, peer: str) -> None:
        self._side = side
        self._peer = peer
        self._message = bytearray()  # what has come of a message in fragments, bounded by the package's max_size
        self.opened = False
        self.failure = None
        self.headers = ()

    @property
    def certificate(self) -> bytes | None:
        """None: certificates are shown with TLS, which is outside."""
        return None

    @abstractmethod
    def _open(self, event: Any) -> None:
        """Receives the peer's half of the handshake."""

    def wrap(self, frames: bytes) -> bytes:
        """A message for each frame."""
        rest = memoryview(frames)
        while rest:
            end = _PREFIX_BYTES + int.from_bytes(rest[:_PREFIX_BYTES], "little")
            self._side.send_binary(rest[_PREFIX_BYTES:end])
            rest = rest[end:]
        return self.outgoing()

    def unwrap(self, data: bytes) -> bytes:
        """The messages that `data` completes, each as a frame with its length prefix."""
        side = self._side
        if self.failure is not None:
            return b""
        side.receive_data(data)
        frames: list[bytes] = []
        for event in side.events_received():
            if not self.opened:
                self._open(event)
            elif self.failure is None:
                self._take(event, frames)
        if self.failure is None:
            self._look_for_failure()
        return b"".join(frames)

    def outgoing(self) -> bytes:
        """What must be sent."""
        return b"".join(self._side.data_to_send())

    def farewell(self) -> bytes:
        """A Close frame. Its echo is not waited for: servers of rapace 0.5.0 send none."""
        if not self.opened or self.failure is not None:
            return b""
        self._side.send_close(_NORMAL_CLOSURE)
        return self.outgoing()

    def _take(self, frame: Any, frames: list[bytes]) -> None:
        if frame.opcode == _CLOSE:
            said = quoted(str(self._side.close_rcvd))
            self.failure = (f"the {self._peer} closed the connection: WebSocket close {said}", None)
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
        self._side.fail(code, "")
        self.failure = ("the peer broke the protocol", ProtocolError(problem))

    def _look_for_failure(self) -> None:
        """Looks for an error that the package has found. It has made the close frame, with code 1009 if that fits."""
        side = self._side
        if side.handshake_exc is not None:
            self.failure = ("the WebSocket handshake failed", side.handshake_exc)
        elif side.parser_exc is not None:
            self.failure = (
                "the peer broke the protocol",
                ProtocolError(f"WebSocket: {quoted(str(side.parser_exc))}"),
            )


class WebSocketLayer(_Messages):
    """The client's side of a WebSocket connection."""

    __slots__ = ("_client",)

    def __init__(self, address: WebSocketAddress, limits: Limits) -> None:
        make_client, parse_uri = _load("client", "ClientProtocol"), _load("uri", "parse_uri")
        self._client: _Client = make_client(parse_uri(address.url), max_size=limits.max_frame_bytes, logger=_silent)
        super().__init__(self._client, "server")

    def hello(self) -> bytes:
        """The HTTP request."""
        self._client.send_request(self._client.connect())
        return self.outgoing()

    def _open(self, event: Any) -> None:
        self.opened = self._client.handshake_exc is None


class WebSocketServerLayer(_Messages):
    """The server's side of a WebSocket connection."""

    __slots__ = ("_path", "_server", "_start")

    def __init__(self, address: WebSocketAddress, limits: Limits, origins: Sequence[str] | None) -> None:
        """`origins` are those of the web pages that may connect, None for all. A client without an Origin may too."""
        make_server = _load("server", "ServerProtocol")
        allowed = None if origins is None else [None, *origins]
        self._server: _Server = make_server(origins=allowed, max_size=limits.max_frame_bytes, logger=_silent)
        self._path = address.target.partition("?")[0]
        self._start = b""
        super().__init__(self._server, "client")

    def hello(self) -> bytes:
        """Nothing: the client sends its request first."""
        return b""

    def unwrap(self, data: bytes) -> bytes:
        """The messages that `data` completes, each as a frame with its length prefix."""
        if len(self._start) < len(_REQUEST):
            self._start += data[: len(_REQUEST) - len(self._start)]
            if not _REQUEST.startswith(self._start):
                # The package would wait for the end of a line.
                problem = ProtocolError("the first bytes are not those of an HTTP request")
                self.failure = ("the WebSocket handshake failed", problem)
        return super().unwrap(data)

    def _open(self, event: Any) -> None:
        self.headers = tuple((str(name), str(value)) for name, value in event.headers.raw_items())
        if str(event.path).partition("?")[0] == self._path:
            response = self._server.accept(event)
            self.opened = response.status_code == HTTPStatus.SWITCHING_PROTOCOLS
        else:
            response = self._server.reject(HTTPStatus.NOT_FOUND, "There is nothing at this path.\n")
            path = quoted(str(event.path))
            self.failure = ("the WebSocket handshake failed", ProtocolError(f"there is nothing at the path {path}"))
        self._server.send_response(response)
