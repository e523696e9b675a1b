"""Addresses: where a server is, and which protocol it speaks."""

import contextlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

_EXPECTED: Final = "tcp://host:port, tls://host:port, unix:///path, ws://host[:port][/path] or wss://host[:port][/path]"

_WEB_PORTS: Final = {"ws": 80, "wss": 443}
_TARGET_CHARACTERS: Final = "/:@!$&'()*+,;=-._~%?"
"""The characters of a path and query that are not percent-encoded."""


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """`tcp://host:port`, or with TLS `tls://host:port`; an IPv6 host in brackets."""

    host: str
    port: int
    secure: bool = False

    def __str__(self) -> str:
        """The form that `parse_address` reads."""
        return f"{'tls' if self.secure else 'tcp'}://{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """`unix:///path`, the path of the socket; percent signs in it are written `%25`."""

    path: str
    secure: bool = False

    def __str__(self) -> str:
        """The form that `parse_address` reads."""
        return f"unix://{self.path.replace('%', '%25')}"


@dataclass(frozen=True, slots=True)
class WebSocketAddress:
    """`ws://host[:port][/path][?query]`, or with TLS `wss://…`."""

    host: str
    port: int
    target: str
    """The path and the query, as the HTTP request names them."""
    secure: bool = False

    def __str__(self) -> str:
        """The form in errors and logs: without the query, which may contain a secret."""
        path, query, _ = self.target.partition("?")
        return self._with(f"{path}?..." if query else path)

    @property
    def url(self) -> str:
        """The form that `parse_address` reads."""
        return self._with(self.target)

    def _with(self, target: str) -> str:
        scheme = "wss" if self.secure else "ws"
        port = "" if self.port == _WEB_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{_bracketed(self.host)}{port}{target}"


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """A socket that the caller has connected."""

    number: int
    secure: bool = False

    def __str__(self) -> str:
        """The form in errors."""
        return f"socket {self.number}"


Address = TcpAddress | UnixAddress | WebSocketAddress | SocketAddress


def parse_address(text: str) -> Address:
    """Parses an address. Fails with a `ValueError` that says what is expected."""
    with contextlib.suppress(ValueError):
        # `?` and `#` are ordinary characters of a path, and urlsplit would cut there.
        if text.startswith("unix:///"):
            return UnixAddress(unquote(text.removeprefix("unix://")))
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        if host and "@" not in parts.netloc and "#" not in text:
            host.encode("idna")  # which the resolver does later, and refuses in its own words
            secure = parts.scheme in ("tls", "wss")
            if parts.scheme in _WEB_PORTS:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                port = _WEB_PORTS[parts.scheme] if port is None else port
                return WebSocketAddress(host, port, quote(target, safe=_TARGET_CHARACTERS), secure)
            if parts.scheme in ("tcp", "tls") and port is not None and parts.path == "" and "?" not in text:
                return TcpAddress(host, port, secure)
    raise ValueError(f"{text!r} is no address: expected {_EXPECTED}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
