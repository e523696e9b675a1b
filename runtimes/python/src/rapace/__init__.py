"""Calls rapace services, written in Rust, from Python: with asyncio here, blocking in `sync`."""

from . import accelerator, sync
from .aio.connecting import connect
from .aio.connection import Connection
from .aio.host import Host, Listening
from .aio.memory import memory_connection
from .aio.served import ServedCall, current_call
from .aio.signals import until_signal
from .aio.stream import Stream
from .aio.tunnel import Tunnel
from .errors import (
    Code,
    ConnectionLostError,
    DeadlineExceededError,
    DecodeError,
    EncodeError,
    JsonError,
    ProtocolError,
    RapaceError,
    StatusError,
    UnavailableError,
    ValueRefusedError,
    WrongOwnerError,
)
from .fake import AsyncAnswer, AsyncItems, SyncAnswer, SyncItems
from .greeting import Token
from .handlers.guard import Authenticate, Authorize, Credentials, Identity
from .intercept import AsyncInterceptor, CallInfo, SyncInterceptor
from .limits import Limits
from .metadata import Metadata, MetadataLike
from .postcard import Some
from .results import ResultError
from .states import Reconnect, State, StateChange
from .tls import ServerTls, Tls
from .transport import memory_transport
from .version import __version__

__all__ = [
    "AsyncAnswer",
    "AsyncInterceptor",
    "AsyncItems",
    "Authenticate",
    "Authorize",
    "CallInfo",
    "Code",
    "Connection",
    "ConnectionLostError",
    "Credentials",
    "DeadlineExceededError",
    "DecodeError",
    "EncodeError",
    "Host",
    "Identity",
    "JsonError",
    "Limits",
    "Listening",
    "Metadata",
    "MetadataLike",
    "ProtocolError",
    "RapaceError",
    "Reconnect",
    "ResultError",
    "ServedCall",
    "ServerTls",
    "Some",
    "State",
    "StateChange",
    "StatusError",
    "Stream",
    "SyncAnswer",
    "SyncInterceptor",
    "SyncItems",
    "Tls",
    "Token",
    "Tunnel",
    "UnavailableError",
    "ValueRefusedError",
    "WrongOwnerError",
    "__version__",
    "accelerator",
    "connect",
    "current_call",
    "memory_connection",
    "memory_transport",
    "sync",
    "until_signal",
]
