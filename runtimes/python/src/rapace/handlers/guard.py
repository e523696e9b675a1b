"""Who may call: what a host's hooks learn, what they return, and what becomes of hooks that fail."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..control import Opening
from ..errors import StatusError, is_for_caller
from ..metadata import Metadata, no_metadata, received_values, without_reserved

_log = logging.getLogger("rapace.host")

DEFAULT_AUTHENTICATION_TIMEOUT: Final = 10.0
"""How long the hook of a host may take for one connection, in seconds."""
MOST_REFUSED_CALLS: Final = 16
"""After how many refused calls a connection that is not authenticated is closed."""
NOT_AUTHENTICATED: Final = "not authenticated"
_FAILED: Final = "authentication failed"
_OWN_KEYS: Final = ("token",)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, as the `authenticate` hook of a host has found out."""

    name: str
    """What the host calls the caller."""
    value: object = field(default=None, repr=False)
    """Whatever else handlers and the `authorize` hook want to know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a connection shows before its first call. Secrets are no part of `repr`."""

    peer: str
    """The client's address; for a Unix socket that of the host."""
    token: str | None = field(default=None, repr=False)
    """The token of the client's hello."""
    client: str | None = None
    """What the client calls itself: `rapace-python/0.1.0`. Anybody can claim it."""
    metadata: Metadata = field(default_factory=no_metadata)
    """What else the client's hello says."""
    certificate: bytes | None = field(default=None, repr=False)
    """The certificate that the client has shown with TLS, as DER. Only with `client_ca`, which has verified it."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The headers of the WebSocket handshake, in order."""

    @property
    def origin(self) -> str | None:
        """The origin of the web page that connects with WebSocket; None for all other clients."""
        return next((value for name, value in self.headers if name.lower() == "origin"), None)


Authenticate: TypeAlias = Callable[[Credentials], Identity | Awaitable[Identity | None] | None]
"""Returns who calls. None, or a `StatusError` whose message the client gets, refuses the connection."""
SyncAuthenticate: TypeAlias = Callable[[Credentials], Identity | None]
"""The same as a plain function, which runs in a thread."""
Authorize: TypeAlias = Callable[[Identity | None, str], bool | str]
"""Says whether an identity may call a method, such as `Catalog.find`. False, or the text for the client, refuses it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The hooks of a host."""

    authenticate: Authenticate | None = None
    authorize: Authorize | None = None
    timeout: float = DEFAULT_AUTHENTICATION_TIMEOUT
    """How long `authenticate` may take, in seconds."""
    refused_seconds: float = 0.0
    """How long a connection stays open that is not authenticated, so that its calls are told."""

    def refusal(self, identity: Identity | None, method: str) -> str | None:
        """Why an identity may not call a method; None when it may."""
        if self.authorize is None:
            return None
        try:
            said = self.authorize(identity, method)
        except Exception as error:
            if is_for_caller(error):
                return error.message
            _log.error("the authorize hook failed for %s", method, exc_info=error)
            said = False
        if said is True:
            return None
        return said if isinstance(said, str) else f"{method} is not allowed for this identity"


def credentials_of(
    peer: str, hello: Opening | None, limit: int, certificate: bytes | None, headers: tuple[tuple[str, str], ...]
) -> Credentials | str:
    """What a connection has shown, or why its hello cannot be read."""
    if hello is None:
        return Credentials(peer=peer, certificate=certificate, headers=headers)
    values = received_values("the hello", hello, limit)
    if isinstance(values, tuple):
        return values[1]
    token, client = values.get("token"), values.get("rapace-client")
    own = {key: value for key, value in values.items() if key not in _OWN_KEYS}
    return Credentials(
        peer=peer,
        token=token if isinstance(token, str) else None,
        client=client if isinstance(client, str) else None,
        metadata=without_reserved(own),
        certificate=certificate,
        headers=headers,
    )


def checked_identity(given: object) -> Identity | None:
    """What the `authenticate` hook returned. Raises `TypeError` for anything else."""
    if given is None or isinstance(given, Identity):
        return given
    raise TypeError(f"the authenticate hook returned {type(given).__name__}, not rapace.Identity")


def refused_by(error: BaseException, peer: str) -> str:
    """What the client gets when the `authenticate` hook raised. Everything but a status is logged, and not told."""
    if isinstance(error, StatusError) and is_for_caller(error):
        return error.message
    _log.error("%s: the authenticate hook failed", peer, exc_info=error)
    return _FAILED
