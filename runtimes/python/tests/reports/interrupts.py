"""Exceptions as a signal's handler raises them, at each moment in turn at which Python runs handlers."""

import dis
import sys
from collections.abc import Callable
from functools import cache
from types import CodeType, FrameType
from typing import Any


class Interrupt(BaseException):
    """What the handler raises: as KeyboardInterrupt, or a task's time limit, no `Exception`."""


_CHECKING = {
    dis.opmap[name] for name in ("CALL", "CALL_FUNCTION_EX", "CALL_KW", "JUMP_BACKWARD", "RESUME") if name in dis.opmap
}
"""At the end of these instructions the interpreter runs the handlers of signals."""


@cache
def _handlers(code: CodeType) -> list[tuple[int, int, int]]:
    parse = getattr(dis, "_parse_exception_table")  # noqa: B009
    return [(entry.start, entry.end, entry.target) for entry in parse(code)]


def _handler(code: CodeType, offset: int) -> int | None:
    """Where an exception at an instruction goes on."""
    return next((target for start, end, target in _handlers(code) if start <= offset < end), None)


class _Injector:
    """Counts the moments, and raises at one of them."""

    def __init__(self, moment: int) -> None:
        self.left = moment
        self.fired = False

    def begin(self, frame: FrameType, event: str, argument: object) -> Any:
        """Traces one frame; nothing here keeps it alive."""
        if self.fired:
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        before = 0

        def step(frame: FrameType, event: str, _: object) -> Any:
            nonlocal before
            if event == "opcode" and not self.fired:
                last, before = before, frame.f_lasti
                code = frame.f_code
                # The handler runs at the end of the last instruction, which this one must be equal to.
                if code.co_code[last] in _CHECKING and _handler(code, last) == _handler(code, frame.f_lasti):
                    self._pass()
            return step

        return step

    def _pass(self) -> None:
        if self.left == 0:
            self.fired = True
            sys.settrace(None)
            raise Interrupt
        self.left -= 1


def interrupted(action: Callable[[], object], moment: int) -> bool:
    """Runs `action` with an interrupt at a moment, counted from 0. False when the action is over before that."""
    injector = _Injector(moment)
    report = sys.unraisablehook
    sys.unraisablehook = lambda problem: None if problem.exc_type is Interrupt else report(problem)
    sys.settrace(injector.begin)
    try:
        action()
    except Interrupt:
        pass
    finally:
        sys.settrace(None)
        sys.unraisablehook = report
    return injector.fired
