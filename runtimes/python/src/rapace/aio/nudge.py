"""Nudging: a peer that writes a frame in parts waits for acknowledgements (see `transport.Acknowledger`)."""

import asyncio

from ..session import Session
from ..transport import NUDGE_SECONDS, Acknowledger
from .write import Outgoing


class Nudges:
    """Has what has arrived acknowledged in time."""

    __slots__ = ("_acknowledger", "_loop", "_outgoing", "_session", "_timer")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, acknowledger: Acknowledger, session: Session, outgoing: Outgoing
    ) -> None:
        self._loop = loop
        self._acknowledger = acknowledger
        self._session = session
        self._outgoing = outgoing
        self._timer: asyncio.TimerHandle | None = None

    def after_reading(self) -> None:
        """Acknowledges what has arrived, if the peer may wait for that."""
        if self._session.mid_frame:
            self._acknowledge()
        elif self._acknowledger.needs_nudge and self._timer is None and self._session.awaits_parts:
            # Once for all that arrives until then: a plain server reads these frames one by one, and after a stream.
            self._timer = self._loop.call_later(NUDGE_SECONDS, self._nudge_between_frames)

    def stop(self) -> None:
        """Stops the timer: the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()

    def _nudge_between_frames(self) -> None:
        self._timer = None
        if self._session.awaits_parts:
            self._acknowledge()

    def _acknowledge(self) -> None:
        if not self._acknowledger.needs_nudge:
            self._acknowledger.acknowledge()
        elif self._outgoing.is_idle:
            # A server that does not read while it answers must not pile these frames up here.
            self._outgoing.send_now(self._session.nudge())
