"""Sockets that listen: where, under which address, and what becomes of the file of a Unix socket."""

import contextlib
import errno
import os
import socket
import stat
from dataclasses import replace
from typing import Final, TypeAlias

from .address import SocketAddress, TcpAddress, UnixAddress, WebSocketAddress, parse_address

Place: TypeAlias = TcpAddress | UnixAddress | WebSocketAddress

_BACKLOG: Final = 1024
"""How many connections may wait to be accepted."""


class Listener:
    """A socket that listens, without blocking."""

    __slots__ = ("_file", "address", "sock")

    sock: socket.socket
    address: Place
    """Where it listens, with the port that the system chose for port 0."""

    def __init__(self, place: Place) -> None:
        """Raises an `OSError` that names the address when nothing can listen there."""
        self._file: tuple[int, int] | None = None
        try:
            if isinstance(place, UnixAddress):
                self.sock = _listen_at_path(place.path)
                self._file = _identity(place.path)
                self.address = place
            else:
                self.sock = _listen_at_port(place.host, place.port)
                self.address = replace(place, port=int(self.sock.getsockname()[1]))
        except OSError as error:
            raise type(error)(error.errno, f"cannot listen at {place}: {error.strerror or error}") from error

    def close(self) -> None:
        """Stops listening. The file of a Unix socket is removed if it is still this one's."""
        path = self.address.path if isinstance(self.address, UnixAddress) else None
        if path is not None and self._file is not None and _identity(path) == self._file:
            with contextlib.suppress(OSError):
                os.unlink(path)
        self.release()

    def release(self) -> None:
        """Closes this process's socket alone, as in a forked child."""
        self.sock.close()


def parse_place(text: str) -> Place:
    """Parses an address to listen at. Fails with a `ValueError` that says what is expected."""
    place = parse_address(text)
    assert not isinstance(place, SocketAddress)
    return place


def _listen_at_port(host: str, port: int) -> socket.socket:
    """Listens at the first address of the host where that is possible."""
    failure: OSError | None = None
    for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # Elsewhere it would let two programs share a port.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(where)
            return _listening(sock)
        except OSError as error:
            sock.close()
            failure = failure or error
    raise failure or OSError(errno.EADDRNOTAVAIL, "the host has no address")


def _listen_at_path(path: str) -> socket.socket:
    """Listens at a path. The file of a listener that is gone is replaced, and nothing else."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISSOCK(mode):
            raise FileExistsError(errno.EEXIST, "the file exists and is not a socket")
        if _is_live(path):
            raise OSError(errno.EADDRINUSE, "address in use: another program listens there")
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        return _listening(sock)
    except BaseException:
        sock.close()
        raise


def _listening(sock: socket.socket) -> socket.socket:
    sock.listen(_BACKLOG)
    sock.setblocking(False)
    return sock


def _is_live(path: str) -> bool:
    """Whether somebody listens at the path. Only a refusal says that nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(path) not in (errno.ECONNREFUSED, errno.ENOENT)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
