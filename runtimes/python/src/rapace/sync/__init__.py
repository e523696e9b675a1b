"""Connections, calls and handlers that block: the twins of asyncio's, over the same session.

Any number of threads share a connection. A connection without handlers has no thread of its own.
"""

from ..background.call import ServedCall, current_call
from ..background.host import Host, Listening
from ..background.memory import memory_connection
from .cancel import CancelScope
from .connecting import connect
from .connection import Connection
from .signals import until_signal
from .stream import Stream
from .tunnel import Tunnel

__all__ = [
    "CancelScope",
    "Connection",
    "Host",
    "Listening",
    "ServedCall",
    "Stream",
    "Tunnel",
    "connect",
    "current_call",
    "memory_connection",
    "until_signal",
]
