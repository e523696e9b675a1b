"""The gate of a connection: no call passes it before the host's hook says who calls."""

import asyncio
import inspect
import logging
import math
from collections.abc import Callable
from typing import Final

from ..control import Opening
from ..handlers.guard import (
    MOST_REFUSED_CALLS,
    NOT_AUTHENTICATED,
    Credentials,
    Guard,
    Identity,
    checked_identity,
    credentials_of,
    refused_by,
)
from .wire import Wire

_log = logging.getLogger("rapace.host")

_SECONDS_TO_END: Final = 1.0
"""How long a hook may take to end after its cancellation."""


class Gate:
    """Asks the hook once, at the hello or at the first request. Nothing more is read until it has answered."""

    __slots__ = ("_guard", "_is_asked", "_passed", "_refused", "_task", "_timer", "_wire", "refusal")

    refusal: str | None
    """Why the connection is refused; None as long as it is not."""

    def __init__(self, guard: Guard, wire: Wire, passed: Callable[[Identity | None], None]) -> None:
        """`passed` is called once the hook has answered: with the identity, or with None when it has refused."""
        self._guard = guard
        self._wire = wire
        self._passed = passed
        self._is_asked = False
        self._refused = 0  # calls
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.refusal = None

    def ask(self, hello: Opening | None) -> None:
        """Asks the hook, if that was not done yet."""
        if self._is_asked:
            return
        self._is_asked = True
        self._wire.reading.hold(held=True)
        self._task = self._wire.loop.create_task(self._ask(hello))

    def count_refused(self) -> None:
        """A call was refused. Closes the connection after too many."""
        self._refused += 1
        if self._refused >= MOST_REFUSED_CALLS:
            self._wire.begin_close("the client is not authenticated")

    def stop(self) -> None:
        """The connection is over."""
        if self._task is not None:
            self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    async def ended(self) -> None:
        """Returns when the hook has ended, whose connection is over."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_SECONDS_TO_END)

    async def _ask(self, hello: Opening | None) -> None:
        wire = self._wire
        certificate, headers = (None, ()) if wire.layer is None else (wire.layer.certificate, wire.layer.headers)
        shown = credentials_of(wire.address, hello, wire.limits.max_metadata_bytes, certificate, headers)
        identity = None
        if isinstance(shown, str):
            self.refusal = shown
        else:
            identity = await self._identity(shown)
        self._task = None
        if wire.lost is not None:
            return
        if identity is None:
            self.refusal = self.refusal or NOT_AUTHENTICATED
            _log.info("%s: refused: %s", wire.address, self.refusal)
            close = "the client is not authenticated"
            self._timer = wire.loop.call_later(self._guard.refused_seconds, wire.begin_close, close)
        self._passed(identity)
        wire.reading.hold(held=False)

    async def _identity(self, shown: Credentials) -> Identity | None:
        """What the hook says, in time."""
        seconds = self._guard.timeout
        limit = asyncio.timeout(None if seconds == math.inf else seconds)
        assert self._guard.authenticate is not None
        try:
            async with limit:
                said = self._guard.authenticate(shown)
                identity = await said if inspect.isawaitable(said) else said
                return checked_identity(identity)
        except Exception as error:
            if limit.expired():
                _log.warning("%s: the authenticate hook took longer than %s s", shown.peer, seconds)
            else:
                self.refusal = refused_by(error, shown.peer)
            return None
