"""Serving over asyncio: each call of the peer is a task, which runs a handler's method and sends what it answers."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Final

from ..control import Opening
from ..errors import Code, DecodeError, StatusError
from ..handlers import failures
from ..handlers.call import current
from ..handlers.failures import Status
from ..handlers.guard import Guard, Identity
from ..handlers.services import Route, Services
from ..handlers.threads import Threads
from ..intercept import AsyncInterceptor, CallInfo, Kind
from ..metadata import Carried, read_timeout, received_metadata
from ..session import Request
from .connection import Connection
from .expiry import Expiry
from .gate import Gate
from .served import ServedCall
from .threaded import call_in_thread, items_in_thread
from .wire import Wire

_ITEMS_PER_TURN: Final = 64
"""After how many items of a stream the other tasks have a turn, when the stream never waits."""


_SECONDS_TO_END: Final = 1.0
"""How long a handler may take to end after its cancellation when its connection is closed."""


@dataclass(slots=True)
class Setup:
    """What the connections of a host, or of a call of `connect`, have in common."""

    services: Services
    interceptors: Sequence[AsyncInterceptor]
    error_texts: bool
    threads: Threads
    guard: Guard = field(default_factory=Guard)


class Serving:
    """The served calls of one wire."""

    __slots__ = (
        "_calls",
        "_connection",
        "_expiry",
        "_gate",
        "_identity",
        "_setup",
        "_tasks",
        "_waiting",
        "_wire",
        "idle_since",
    )

    idle_since: float
    """When the last served call ended, as a time of the event loop."""

    def __init__(self, setup: Setup, wire: Wire) -> None:
        self._setup = setup
        self._wire = wire
        self._connection: Connection | None = None
        self._gate: Gate | None = None  # until the host's hook has let the connection in
        self._identity: Identity | None = None
        if setup.guard.authenticate is not None:
            self._gate = Gate(setup.guard, wire, self._answered)
        # Until there is a connection for their handlers, and the gate is open; with the time when each has come.
        self._waiting: list[tuple[Request, float]] = []
        self._expiry = Expiry(wire.loop, self._expired)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._calls: dict[int, ServedCall] = {}
        self.idle_since = 0.0

    @property
    def running(self) -> int:
        """How many served calls have no answer yet."""
        return self._wire.session.served.running

    def attach(self, connection: Connection) -> None:
        """Begins to run calls, whose handlers may use the connection."""
        self._connection = connection
        self._run_waiting()

    def greeted(self, hello: Opening) -> None:
        """The peer says who it is."""
        if self._gate is not None:
            self._gate.ask(hello)

    def _answered(self, identity: Identity | None) -> None:
        """The hook has said who calls, or has refused the connection."""
        if identity is not None:
            self._identity = identity
            self._gate = None
        self._run_waiting()

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for request, arrived in waiting:
            if self._wire.session.served.runs(request.number):
                self._run(request, arrived)
            else:
                self._wire.session.served.ended(request.number)

    def requested(self, request: Request) -> None:
        """The peer calls a method."""
        self._run(request, 0.0 if request.opening is None else monotonic())

    def _run(self, request: Request, arrived: float) -> None:
        gate = self._gate
        if gate is not None and gate.refusal is not None:
            self._refuse(request, f"0x{request.method_id:08x}", (Code.PERMISSION_DENIED, gate.refusal))
            gate.count_refused()
            return
        if self._connection is None or gate is not None:
            self._waiting.append((request, arrived))
            if gate is not None:
                gate.ask(None)
            return
        route = self._setup.services.routes.get(request.method_id)
        refusal = self._refusal(route, request)
        if route is None or refusal is not None:
            name = f"0x{request.method_id:08x}" if route is None else route.method.name
            self._refuse(request, name, refusal or (Code.INTERNAL, ""))
            return
        call = ServedCall(route.method.name, request.channel_id, self._wire, self._connection, self._identity)
        if request.opening is not None:
            status = self._read(request, request.opening, call, arrived)
            if status is not None:
                self._refuse(request, route.method.name, status)
                return
        run = self._stream if route.method.streams else self._unary
        self._calls[request.number] = call
        task = self._wire.loop.create_task(run(route, call, request))
        if not task.done():  # A factory of eager tasks may have run it.
            self._tasks[request.number] = task

    def cancelled(self, number: int) -> None:
        """A served call is cancelled, and its answer is sent."""
        task = self._tasks.get(number)
        if task is None:
            if not any(request.number == number for request, _ in self._waiting):
                self._wire.session.served.ended(number)
            return
        self._calls[number].cancel()
        # A task that has not begun ends without running a line.
        task.add_done_callback(partial(self._cancelled_task_ended, number))
        task.cancel()

    def stop(self) -> None:
        """The connection is over: all served calls are cancelled, and have no answer."""
        self._waiting.clear()
        if self._gate is not None:
            self._gate.stop()
        self._expiry.stop()
        self._wire.session.served.stop()
        for number in list(self._tasks):
            self.cancelled(number)

    def refuse_more(self) -> None:
        """Refuses new calls, and says so to a peer that understands. Those that run go on."""
        self._wire.session.served.closing = True
        frame = self._wire.session.control.draining()
        if frame and self._wire.lost is None:
            self._wire.outgoing.send_soon(frame)

    def cancel_all(self) -> None:
        """Cancels the calls that run, and answers them."""
        for number in list(self._tasks):
            frame = self._wire.session.served.cancel(number)
            self.cancelled(number)
            if frame and self._wire.lost is None:
                self._wire.outgoing.send_soon(frame)

    async def drained(self, grace: float) -> None:
        """Returns when no handler runs, except one that waits here itself, or after so many seconds."""
        tasks = set(self._tasks.values()) - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=None if grace == math.inf else grace)

    async def ended(self) -> None:
        """Returns when the handlers of cancelled calls have ended. A handler that goes on is left behind and logged."""
        if self._gate is not None:
            await self._gate.ended()
        await self.drained(_SECONDS_TO_END)
        for number, task in self._tasks.items():
            if task is not asyncio.current_task():
                failures.left_behind(self._calls[number].method)

    def _read(self, request: Request, opening: Opening, call: ServedCall, arrived: float) -> Status | None:
        """Reads what a request carries beside its arguments. Returns the status that refuses it, if that is wrong."""
        read = received_metadata(call.method, opening, self._wire.limits.max_metadata_bytes)
        if not isinstance(read, Carried):
            return read
        metadata, text = read
        if text is None:
            call.carries(metadata)
            return None
        timeout = read_timeout(call.method, text)
        if isinstance(timeout, tuple):
            return timeout
        left = arrived + timeout - monotonic()
        if left <= 0:
            return failures.of_deadline(timeout)
        call.carries(metadata, arrived + timeout)
        self._expiry.add(request.number, self._wire.loop.time() + left, timeout)
        return None

    def _expired(self, number: int, timeout: float) -> None:
        """The caller of a call waits no longer."""
        frame = self._wire.session.served.cancel(number, *failures.of_deadline(timeout))
        self.cancelled(number)
        if frame and self._wire.lost is None:
            self._wire.outgoing.send_soon(frame)

    def _refusal(self, route: Route | None, request: Request) -> Status | None:
        if route is None:
            return Code.UNIMPLEMENTED, self._setup.services.unknown(request.method_id)
        method = route.method
        denied = self._setup.guard.refusal(self._identity, method.name)
        if denied is not None:
            return Code.PERMISSION_DENIED, denied
        if request.channel_id == 0 and request.streams:
            problem = f"{method.name} answers with a stream; it was called as a notification"
            return (Code.INVALID_ARGUMENT, problem) if method.streams else None
        if method.streams == request.streams:
            return None
        if method.streams:
            return Code.INVALID_ARGUMENT, "streaming request missing NO_REPLY flag"
        return Code.INVALID_ARGUMENT, f"{method.name} answers once; it was called as a stream"

    def _refuse(self, request: Request, name: str, status: Status) -> None:
        frame = self._wire.session.served.fail(request.number, *status)
        if frame:
            self._wire.refuse(frame)
        else:
            failures.of_notification(self._wire.session.served, name, status)

    async def _unary(self, route: Route, call: ServedCall, request: Request) -> None:
        current.set(call)
        method, wire = route.method, self._wire
        try:
            try:
                arguments = method.read(request.payload, wire.limits, wire.allow_trailing_bytes)
            except DecodeError as error:
                await self._fail(call, request, failures.of_arguments(method.name, error))
                return
            if self._setup.interceptors or route.in_thread:
                value = await self._call(route, call, arguments)
            else:
                value = await route.call(*arguments)
            if not wire.outgoing.has_room.is_set():
                await self._room()
            try:
                payload = method.write(value, wire.limits) if request.channel_id or not request.streams else b""
                frame = wire.session.served.answer(request.number, payload)
            except Exception as error:
                await self._fail(call, request, failures.of_answer(method.name, error))
                return
            self._send(frame)
        except BaseException as error:
            await self._raised(call, request, error)
        finally:
            self._over(request.number)

    async def _stream(self, route: Route, call: ServedCall, request: Request) -> None:
        current.set(call)
        method, wire = route.method, self._wire
        opened: list[AsyncIterator[Any]] = []
        sent = 0
        try:
            try:
                arguments = method.read(request.payload, wire.limits, wire.allow_trailing_bytes)
            except DecodeError as error:
                await self._fail(call, request, failures.of_arguments(method.name, error))
                return
            async for item in self._items(route, call, arguments, opened):
                try:
                    frame = wire.session.served.item(request.number, method.write(item, wire.limits))
                except Exception as error:
                    await self._fail(call, request, failures.of_answer(method.name, error))
                    return
                if not frame:
                    return
                wire.outgoing.send_soon(frame)
                if not wire.outgoing.has_room.is_set():
                    await self._room()
                sent += 1
                if not sent % _ITEMS_PER_TURN:
                    await asyncio.sleep(0)
            self._send(wire.session.served.end(request.number))
        except BaseException as error:
            await self._raised(call, request, error)
        finally:
            await self._close_all(opened, call)
            self._over(request.number)

    def _call(self, route: Route, call: ServedCall, arguments: tuple[object, ...]) -> Awaitable[object]:
        """Calls a handler's method, with the interceptors around it."""
        setup = self._setup

        def innermost(_: CallInfo) -> Awaitable[object]:
            if route.in_thread:
                return call_in_thread(setup.threads, route.call, arguments)
            answer: Awaitable[object] = route.call(*arguments)
            return answer

        proceed: Callable[[CallInfo], Awaitable[object]] = innermost
        for interceptor in reversed(setup.interceptors):
            proceed = partial(interceptor.unary, proceed=proceed)
        return proceed(_described(call, "notification" if call.notification else "unary", arguments))

    def _items(
        self, route: Route, call: ServedCall, arguments: tuple[object, ...], opened: list[AsyncIterator[Any]]
    ) -> AsyncIterator[Any]:
        """Begins a handler's stream, with the interceptors around it. `opened` receives what must be closed."""
        setup = self._setup

        def innermost(_: CallInfo) -> AsyncIterator[Any]:
            return items_in_thread(setup.threads, route.call, arguments) if route.in_thread else route.call(*arguments)

        def noted(make: Callable[[CallInfo], AsyncIterator[Any]], info: CallInfo) -> AsyncIterator[Any]:
            made = make(info)
            opened.append(made)
            return made

        proceed = partial(noted, innermost)
        for interceptor in reversed(setup.interceptors):
            proceed = partial(noted, partial(interceptor.stream, proceed=proceed))
        return proceed(_described(call, "stream", arguments))

    async def _close_all(self, opened: list[AsyncIterator[Any]], call: ServedCall) -> None:
        """Closes generators, the outermost first."""
        for iterator in reversed(opened):
            close: Callable[[], Awaitable[None]] | None = getattr(iterator, "aclose", None)
            try:
                if close is not None:
                    await close()
            except asyncio.CancelledError:
                continue
            except Exception as error:
                failures.in_clean_up(call.method, error)

    async def _raised(self, call: ServedCall, request: Request, error: BaseException) -> None:
        """A handler raised, perhaps because its call is cancelled."""
        ours = isinstance(error, (asyncio.CancelledError, GeneratorExit))
        if call.cancelled:
            if not ours and not isinstance(error, StatusError):
                failures.in_clean_up(call.method, error)
        else:
            status = failures.of_handler(call.method, error, error_texts=self._setup.error_texts)
            if ours:  # Somebody else has cancelled the task, and may do so because the event loop ends.
                self._send(self._wire.session.served.fail(request.number, *status))
            else:
                await self._fail(call, request, status)
        if not isinstance(error, (Exception, asyncio.CancelledError)):
            raise error

    async def _fail(self, call: ServedCall, request: Request, status: Status) -> None:
        if call.notification and request.streams:
            failures.of_notification(self._wire.session.served, call.method, status)
        if not self._wire.outgoing.has_room.is_set():
            await self._room()
        self._send(self._wire.session.served.fail(request.number, *status))

    def _send(self, frame: bytes) -> None:
        if frame:
            outgoing = self._wire.outgoing
            # A call that is alone must not wait for the end of this turn of the loop.
            (outgoing.send_soon if self.running else outgoing.send)(frame)

    async def _room(self) -> None:
        """Returns when the peer reads again. The cancellation of a call ends the wait."""
        has_room = self._wire.outgoing.has_room
        while not has_room.is_set():
            await has_room.wait()

    def _cancelled_task_ended(self, number: int, _: asyncio.Task[None]) -> None:
        self._over(number)

    def _over(self, number: int) -> None:
        """A handler has ended."""
        self._tasks.pop(number, None)
        self._expiry.remove(number)
        call = self._calls.pop(number, None)
        if call is not None and call.cancelled:
            self._wire.session.served.ended(number)
        if not self._tasks:
            self.idle_since = self._wire.loop.time()


def _described(call: ServedCall, kind: Kind, arguments: tuple[object, ...]) -> CallInfo:
    service, _, name = call.method.partition(".")
    return CallInfo(service, name, kind, math.inf, False, call.peer, lambda: arguments, call.metadata)


class Handlers:
    """The handlers of one connection for its users: its wires come and go, and all serve."""

    __slots__ = ("_connection", "_setup", "_waiting")

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._connection: Connection | None = None
        self._waiting: list[Serving] = []

    def serve(self, wire: Wire) -> Serving:
        """What runs the calls on a wire."""
        serving = Serving(self._setup, wire)
        if self._connection is None:
            self._waiting.append(serving)
        else:
            serving.attach(self._connection)
        return serving

    def attach(self, connection: Connection) -> None:
        """The connection exists that handlers may use. Calls on wires that are open begin to run."""
        self._connection = connection
        waiting, self._waiting = self._waiting, []
        for serving in waiting:
            serving.attach(connection)
