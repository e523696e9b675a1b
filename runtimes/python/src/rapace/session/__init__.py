"""A session without I/O: bytes in, events and bytes out. No clock, no socket, no thread.

A session has two sides on the channels of one connection: the calls that we make (`calls`) and the requests that the
peer makes (`served`). Tunnels (`tunnels`) and control frames (`control`) belong to neither side.
"""

from .events import Answer as Answer
from .events import Broken as Broken
from .events import Cancelled as Cancelled
from .events import CancelReason as CancelReason
from .events import Draining as Draining
from .events import End as End
from .events import Event as Event
from .events import Failed as Failed
from .events import Greeted as Greeted
from .events import Item as Item
from .events import Request as Request
from .session import Session as Session
