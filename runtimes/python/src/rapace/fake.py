"""What generated fakes do: they answer calls with the functions that a test gives them."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import ParamSpec, TypeAlias, TypeVar, cast

from .aio.stream import IteratorStream as AsyncIteratorStream
from .aio.stream import Stream as AsyncStream
from .errors import Code, StatusError
from .sync.stream import IteratorStream, Stream

_P = ParamSpec("_P")
_T = TypeVar("_T")

AsyncAnswer: TypeAlias = Callable[_P, _T | Awaitable[_T]]
"""A function that answers a unary method of an asyncio fake: it returns the response, or an awaitable of it."""
AsyncItems: TypeAlias = Callable[_P, Iterable[_T] | AsyncIterable[_T]]
"""A function that answers a streaming method of an asyncio fake, with a list, a generator or an async generator."""
SyncAnswer: TypeAlias = Callable[_P, _T]
"""A function that answers a unary method of a blocking fake."""
SyncItems: TypeAlias = Callable[_P, Iterable[_T]]
"""A function that answers a streaming method of a blocking fake, with a list or a generator."""


async def async_answer(
    name: str, answer: Callable[_P, _T | Awaitable[_T]] | None, *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """The response of a fake's unary method."""
    if answer is None:
        raise _unimplemented(name)
    made = answer(*args, **kwargs)
    if isinstance(made, Awaitable):
        return await cast("Awaitable[_T]", made)
    return made


def async_items(
    name: str, answer: Callable[_P, Iterable[_T] | AsyncIterable[_T]] | None, *args: _P.args, **kwargs: _P.kwargs
) -> AsyncStream[_T]:
    """The stream of a fake's streaming method. As with a client, nothing happens before the first item is asked for."""

    async def items() -> AsyncIterator[_T]:
        if answer is None:
            raise _unimplemented(name)
        made = answer(*args, **kwargs)
        if isinstance(made, AsyncIterable):
            async for item in made:
                yield item
        else:
            for item in made:
                yield item

    return AsyncIteratorStream(items())


def sync_answer(name: str, answer: Callable[_P, _T] | None, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """The response of a fake's unary method."""
    if answer is None:
        raise _unimplemented(name)
    return answer(*args, **kwargs)


def sync_items(name: str, answer: Callable[_P, Iterable[_T]] | None, *args: _P.args, **kwargs: _P.kwargs) -> Stream[_T]:
    """The stream of a fake's streaming method. As with a client, nothing happens before the first item is asked for."""

    def items() -> Iterator[_T]:
        if answer is None:
            raise _unimplemented(name)
        yield from answer(*args, **kwargs)

    return IteratorStream(items())


def _unimplemented(name: str) -> StatusError:
    return StatusError(Code.UNIMPLEMENTED, f"the fake has no answer for {name}")
