"""Handlers whose answers are results: they return the value of a success, or raise the exception of a failure."""

from collections.abc import Awaitable, Callable
from typing import Any

from ..results import Result


def async_result(result: Result[object], method: Callable[..., Any]) -> Callable[..., Any]:
    """The method of an asyncio handler as the wire has it: it returns one of two variants."""

    async def answer(*arguments: object) -> object:
        answered: Awaitable[object] = method(*arguments)
        try:
            value = await answered
        except result.raised as error:
            return result.failure(error)
        return result.success(value)

    return answer


def sync_result(result: Result[object], method: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a handler that runs in a thread."""

    def answer(*arguments: object) -> object:
        try:
            value: object = method(*arguments)
        except result.raised as error:
            return result.failure(error)
        return result.success(value)

    return answer
