"""A raw peer on a socket, and frames written byte by byte: nothing here uses the runtime's own code for frames."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

DATA, CONTROL, EOS, ERROR, NO_REPLY = 1, 2, 4, 0x10, 0x100


def frame(channel: int, flags: int, payload: bytes = b"", method: int = 0) -> bytes:
    """A frame as a server of rapace 0.5.0 writes it, slots and inline bytes left out: no receiver reads them."""
    head = struct.pack("<IQII", 64 + len(payload), 0, channel, method)
    return head + bytes(16) + struct.pack("<I", flags) + bytes(28) + payload


def answer(channel: int, payload: bytes) -> bytes:
    return frame(channel, DATA | EOS, payload)


def item(channel: int, payload: bytes) -> bytes:
    return frame(channel, DATA, payload)


def end(channel: int) -> bytes:
    return frame(channel, EOS)


def failure(channel: int, code: int, message: bytes) -> bytes:
    return frame(channel, ERROR | EOS, struct.pack("<II", code, len(message)) + message)


def text(value: str) -> bytes:
    """A short string in postcard."""
    data = value.encode()
    assert len(data) < 128
    return bytes([len(data)]) + data


@dataclass
class Received:
    """A frame that the client sent."""

    msg_id: int
    channel: int
    method: int
    flags: int
    payload: bytes
    raw: bytes

    @property
    def is_cancel(self) -> bool:
        return self.flags == CONTROL and self.channel == 0 and self.method == 3


def received(data: bytes) -> list[Received]:
    """The frames in what was written."""
    found: list[Received] = []
    while data:
        (length,) = struct.unpack_from("<I", data)
        found.append(_received(data[4 : 4 + length]))
        data = data[4 + length :]
    return found


def _received(body: bytes) -> Received:
    msg_id, channel, method = struct.unpack_from("<QII", body, 0)
    (flags,) = struct.unpack_from("<I", body, 32)
    return Received(msg_id, channel, method, flags, body[64:], body)


class Conversation:
    """The peer's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, *frames: bytes) -> None:
        self.sock.sendall(b"".join(frames))

    def receive(self) -> Received:
        """The next frame; EOFError when there is none."""
        (length,) = struct.unpack("<I", self._exactly(4))
        return _received(self._exactly(length))

    def receive_request(self) -> Received:
        """The next frame that is no control frame."""
        while True:
            received = self.receive()
            if not received.flags & CONTROL:
                return received

    def receive_cancel_and_request(self) -> tuple[Received, Received]:
        """A cancellation and a request, in whichever order they come."""
        first, second = self.receive(), self.receive()
        if not first.is_cancel:
            first, second = second, first
        assert first.is_cancel
        assert not second.is_cancel
        return first, second

    def wait_for_close(self) -> None:
        """Returns when the client has closed the connection."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass

    def reset(self) -> None:
        """Closes with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data


class Peer:
    """A listener that plays a script on its one connection, in a thread of its own."""

    def __init__(self, script: Callable[[Conversation], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10)
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._script = script
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            sock, _ = self._listener.accept()
            sock.settimeout(10)
            with sock:
                self._script(Conversation(sock))
        except BaseException as error:
            self.error = error

    @contextlib.contextmanager
    def running(self) -> Generator["Peer", None, None]:
        self._thread.start()
        try:
            yield self
        finally:
            self._thread.join(10)
            self._listener.close()
        if self.error is not None:
            raise self.error


def playing(script: Callable[[Conversation], None]) -> contextlib.AbstractContextManager[Peer]:
    """A peer that plays `script`. What fails in the script fails the test."""
    return Peer(script).running()


@contextlib.contextmanager
def deaf_listener(path: Path | None = None) -> Generator[socket.socket, None, None]:
    """A listener whose queue is full, so that connecting waits for `accept`; with a path, on a Unix socket."""
    with contextlib.ExitStack() as sockets:
        family = socket.AF_INET if path is None else socket.AF_UNIX
        listener = sockets.enter_context(socket.socket(family))
        listener.bind(("127.0.0.1", 0) if path is None else str(path))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket(family))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener


class Serving:
    """A listener that plays a script on every connection, each in a thread of its own, until it is stopped."""

    def __init__(self, script: Callable[[int, Conversation], None]) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"
        self.problems: list[BaseException] = []
        self.conversations: list[Conversation] = []
        self._threads: list[threading.Thread] = []
        self._start()

    def _start(self) -> None:
        self._threads.append(threading.Thread(target=self._accept, args=[self._listener]))
        self._threads[-1].start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.settimeout(10)
            conversation = Conversation(sock)
            self.conversations.append(conversation)
            number = len(self.conversations)
            self._threads.append(threading.Thread(target=self._play, args=[number, conversation]))
            self._threads[-1].start()

    def _play(self, number: int, conversation: Conversation) -> None:
        try:
            self._script(number, conversation)
        except (EOFError, ConnectionError):
            pass
        except BaseException as error:
            self.problems.append(error)
        finally:
            conversation.sock.close()

    def hang_up(self) -> None:
        """Ends all connections; new ones are still taken."""
        for conversation in self.conversations:
            with contextlib.suppress(OSError):
                conversation.sock.shutdown(socket.SHUT_RDWR)

    def stop_listening(self) -> None:
        """Refuses new connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def listen_again(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._start()

    def stop(self) -> None:
        self.stop_listening()
        self.hang_up()
        for thread in self._threads:
            thread.join(10)


@contextlib.contextmanager
def serving(script: Callable[[int, Conversation], None]) -> Generator[Serving, None, None]:
    """A server for many connections. What fails in the script fails the test."""
    server = Serving(script)
    try:
        yield server
    finally:
        server.stop()
    if server.problems:
        raise server.problems[0]


def echo(_: int, peer: Conversation) -> None:
    """Answers each call with its own argument, one after another."""
    while True:
        request = peer.receive_request()
        peer.send(answer(request.channel, request.payload))
