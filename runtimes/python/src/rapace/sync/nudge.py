"""Nudging: a peer that writes a frame in parts waits for acknowledgements (see `transport.Acknowledger`)."""

import math
from time import monotonic

from ..session import Session
from ..transport import NUDGE_SECONDS, Acknowledger
from .write import Outgoing


class Nudges:
    """Has what has arrived acknowledged in time. All of it is used under the connection's lock."""

    __slots__ = ("_acknowledger", "_outgoing", "_session", "due_at")

    due_at: float
    """When `nudge_when_due` has something to send, in the clock's time."""

    def __init__(self, acknowledger: Acknowledger, session: Session, outgoing: Outgoing) -> None:
        self._acknowledger = acknowledger
        self._session = session
        self._outgoing = outgoing
        self.due_at = math.inf

    def after_reading(self) -> None:
        """Acknowledges what has arrived, if the peer may wait for that."""
        if self._session.mid_frame:
            if self._acknowledger.needs_nudge:
                self._nudge()
            else:
                self._acknowledger.acknowledge()
        elif self._acknowledger.needs_nudge and self.due_at == math.inf and self._session.awaits_parts:
            # Once for all that arrives until then: a plain server reads these frames one by one, and after a stream.
            self.due_at = monotonic() + NUDGE_SECONDS

    def nudge_when_due(self) -> None:
        """Sends the frame that carries an acknowledgement, if it is due."""
        if self.due_at <= monotonic():
            self.due_at = math.inf
            if self._session.awaits_parts and not self._outgoing.stopped:
                self._nudge()
                self._outgoing.flush()

    def _nudge(self) -> None:
        # A server that does not read while it answers must not pile these frames up here.
        if not self._outgoing.unsent:
            self._outgoing.queue(self._session.nudge())
