"""What a connection says first: who calls, and with which token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from .control import Entry
from .metadata import Metadata, MetadataLike, checked_metadata, size_of
from .version import __version__

SyncToken: TypeAlias = str | Callable[[], str]
"""A token, or a function that is asked for it at each dial."""
Token: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A token, or a function that is asked for it at each dial; it may be a coroutine function."""

DEFAULT_KEEPALIVE: Final = 20.0
"""After how many seconds without a byte a peer is asked whether it is there. Well below what proxies allow."""

_HELLO_KEY: Final = "rapace-hello"
_CLIENT_KEY: Final = "rapace-client"
_TOKEN_KEY: Final = "token"  # the name of an entry, no secret
_DEFAULT_CLIENT: Final = f"rapace-python/{__version__}"
_VERSION_OF_HELLO: Final = b"1"


@dataclass(frozen=True, slots=True)
class Greeting:
    """The hello of a connection. The token is no part of `repr`."""

    token: Token | None = field(repr=False)
    client: str
    metadata: Metadata | None
    limit: int
    """How many bytes it may have."""

    def entries(self, token: str | None) -> list[Entry]:
        """What is sent. Raises `ValueError` when it is too long."""
        found = [] if self.metadata is None else self.metadata.entries()
        found += [(_HELLO_KEY, _VERSION_OF_HELLO), (_CLIENT_KEY, self.client.encode())]
        if token is not None:
            found.append((_TOKEN_KEY, token.encode()))
        size = size_of(found)
        if size > self.limit:
            raise ValueError(f"the hello takes {size} bytes; at most {self.limit} are sent (max_metadata_bytes)")
        return sorted(found)


def checked_greeting(
    token: Token | None, hello: bool | MetadataLike, client_name: str | None, limit: int
) -> Greeting | None:
    """The hello of a connection with these options; None when it has nothing to say.

    Raises `ValueError` for what cannot be said.
    """
    if token is None and hello is False and client_name is None:
        return None
    metadata = None if isinstance(hello, bool) else checked_metadata(hello, limit)
    if metadata is not None and _TOKEN_KEY in metadata:
        raise ValueError(f'metadata "{_TOKEN_KEY}" of the hello: pass it as token=…')
    greeting = Greeting(token, _DEFAULT_CLIENT if client_name is None else client_name, metadata, limit)
    greeting.entries(token if isinstance(token, str) else None)
    return greeting


def checked_token(given: object) -> str:
    """What a token function returned. Raises `TypeError` for what is no token, without showing it."""
    if not isinstance(given, str):
        raise TypeError(f"the token function returned {type(given).__name__}, not str")
    return given
