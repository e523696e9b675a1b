"""Calls rapace services, written in Rust, from Python: with asyncio here, blocking in `sync`."""

from . import accelerator, sync
from .client import Connection, Stream, connect
from .errors import (
    Code,
    ConnectionLostError,
    DeadlineExceededError,
    DecodeError,
    EncodeError,
    ProtocolError,
    RapaceError,
    StatusError,
    UnavailableError,
    ValueRefusedError,
)
from .limits import Limits
from .postcard import Some
from .tls import Tls

__version__ = "0.1.0"

__all__ = [
    "Code",
    "Connection",
    "ConnectionLostError",
    "DeadlineExceededError",
    "DecodeError",
    "EncodeError",
    "Limits",
    "ProtocolError",
    "RapaceError",
    "Some",
    "StatusError",
    "Stream",
    "Tls",
    "UnavailableError",
    "ValueRefusedError",
    "__version__",
    "accelerator",
    "connect",
    "sync",
]
