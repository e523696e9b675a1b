"""Connections and calls that block: the twin of the asyncio client, over the same session.

Any number of threads share a connection. A connection has no thread of its own.
"""

from .cancel import CancelScope
from .connecting import connect
from .connection import Connection
from .stream import Stream
from .tunnel import Tunnel

__all__ = ["CancelScope", "Connection", "Stream", "Tunnel", "connect"]
