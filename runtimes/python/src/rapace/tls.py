"""TLS: its options, its errors in words, and the layer, which does no I/O."""

import contextlib
import os
import ssl
from dataclasses import dataclass
from typing import Final, TypeAlias

from .layer import Failure, Layer

StrPath: TypeAlias = str | os.PathLike[str]

_READ_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How a server at `tls://` or `wss://` is verified, and which certificate the client shows.

    By default the system's roots are trusted. No option switches verification off.
    """

    ca: StrPath | None = None
    """A PEM file with the certificates to trust instead of the system's roots."""
    cert: StrPath | None = None
    """A PEM file with the client's certificate and its intermediate certificates."""
    key: StrPath | None = None
    """A PEM file with the client's private key, if the certificate's file does not contain it."""
    server_name: str | None = None
    """The name that the server's certificate must have. Defaults to the address's host."""
    context: ssl.SSLContext | None = None
    """A context with every other setting. It replaces `ca`, `cert` and `key`."""

    def __post_init__(self) -> None:
        """Fails for options that would be ignored."""
        if self.context is not None and (self.ca, self.cert, self.key) != (None, None, None):
            raise ValueError("a context has its own ca, cert and key")
        if self.key is not None and self.cert is None:
            raise ValueError("a key needs its cert")

    def make_context(self) -> ssl.SSLContext:
        """The context of connections with these options."""
        if self.context is not None:
            return self.context
        context = ssl.create_default_context(cafile=self.ca)
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """The certificate that a host shows at `tls://` and `wss://` addresses, and which clients it lets in."""

    cert: StrPath | None = None
    """A PEM file with the host's certificate and its intermediate certificates."""
    key: StrPath | None = None
    """A PEM file with the private key, if the certificate's file does not contain it."""
    client_ca: StrPath | None = None
    """A PEM file with authorities. Clients must show a certificate of one of them. By default none is asked for."""
    context: ssl.SSLContext | None = None
    """A context with every other setting. It replaces the files."""

    def __post_init__(self) -> None:
        """Fails for options that would be ignored, and without a certificate."""
        if self.context is not None:
            if (self.cert, self.key, self.client_ca) != (None, None, None):
                raise ValueError("a context has its own cert, key and client_ca")
        elif self.cert is None:
            raise ValueError("a host needs a cert, or a context that has one")

    def make_context(self) -> ssl.SSLContext:
        """The context of connections with these options."""
        if self.context is not None:
            return self.context
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.client_ca)
        if self.client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key)
        return context


_UNKNOWN_CA: Final = {18, 19, 20, 21}
"""OpenSSL's codes for certificates without a trusted root."""
_NOT_TLS: Final = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
"""OpenSSL's reasons for bytes that are not a TLS record."""


def describe_failure(error: ssl.SSLError) -> str:
    """Says in words what is wrong."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = "unknown CA: " if error.verify_code in _UNKNOWN_CA else ""
        return f"the server's certificate is refused: {unknown}{error.verify_message}"
    if error.reason in _NOT_TLS:
        return f"the server does not speak TLS ({error.reason})"
    return str(error)


class TlsLayer:
    """One side of TLS, with the layer inside it, if there is one."""

    __slots__ = ("_incoming", "_inner", "_outgoing", "_peer", "_shaken", "_tls", "failure")

    failure: Failure | None

    def __init__(self, context: ssl.SSLContext, server_name: str | None, inner: Layer | None) -> None:
        """With a name it is the client's side, whose server must have this name; with None it is the server's."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        is_server = server_name is None
        self._peer = "client" if is_server else "server"
        self._tls = context.wrap_bio(self._incoming, self._outgoing, is_server, server_hostname=server_name)
        self._inner = inner
        self._shaken = False
        self.failure = None

    @property
    def opened(self) -> bool:
        """True when both handshakes are over."""
        return self._shaken and (self._inner is None or self._inner.opened)

    @property
    def certificate(self) -> bytes | None:
        """The certificate that the peer has shown, as DER."""
        return self._tls.getpeercert(binary_form=True) if self._shaken else None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the handshake inside, if there is one."""
        return () if self._inner is None else self._inner.headers

    def hello(self) -> bytes:
        """The client's hello. A server waits for it."""
        self._shake_hands()
        return self._outgoing.read()

    def wrap(self, frames: bytes) -> bytes:
        """The frames, encrypted."""
        self._write(frames if self._inner is None else self._inner.wrap(frames))
        return self._outgoing.read()

    def unwrap(self, data: bytes) -> bytes:
        """What arrived, decrypted."""
        if self.failure is not None:
            return b""
        self._incoming.write(data)
        plain = b""
        try:
            if not self._shaken:
                self._shake_hands()
            if self._shaken:
                plain = self._read()
        except ssl.SSLError as error:
            self.failure = ("TLS failed", error)
        inner = self._inner
        if inner is not None and plain:
            plain = inner.unwrap(plain)
            self.failure = inner.failure or self.failure
        return plain

    def outgoing(self) -> bytes:
        """What both layers must send."""
        if self._inner is not None and self._shaken:
            self._write(self._inner.outgoing())
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """The inner layer's farewell, and the close_notify of TLS."""
        if self._shaken:
            if self._inner is not None:
                self._write(self._inner.farewell())
            with contextlib.suppress(ssl.SSLError):  # Ours is sent; the peer's is not waited for.
                self._tls.unwrap()
        return self._outgoing.read()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self._shaken = True
        if self._inner is not None:
            self._write(self._inner.hello())

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]

    def _read(self) -> bytes:
        parts: list[bytes] = []
        try:
            while part := self._tls.read(_READ_BYTES):
                parts.append(part)
        except ssl.SSLWantReadError:
            return b"".join(parts)
        except ssl.SSLZeroReturnError:
            pass
        self.failure = (f"the {self._peer} closed the connection", None)
        return b"".join(parts)
