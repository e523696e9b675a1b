"""A session without I/O: bytes in, events and bytes out. No clock, no socket, no thread.

A session has two sides on the channels of one connection: the calls that we make (`calls`) and the requests that the
peer makes (`served`). Tunnels (`tunnels`) belong to neither side.
"""

from .events import Answer, Broken, CancelReason, End, Event, Failed, Item
from .session import Session

__all__ = ["Answer", "Broken", "CancelReason", "End", "Event", "Failed", "Item", "Session"]
