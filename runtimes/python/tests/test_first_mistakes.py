"""What those read who use the runtime for the first time: each mistake says what to write instead."""

import asyncio
import pickle
import re
from typing import Any, cast

import pytest

import rapace
from rapace.codegen import AsyncClient, SyncClient


class Catalog(AsyncClient):
    """A client of asyncio."""


class BlockingCatalog(SyncClient):
    """A client of threads."""


NOWHERE = "tcp://127.0.0.1:1"


@pytest.mark.parametrize("client", [Catalog, BlockingCatalog])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: NOWHERE, "needs a connection, not an address: write"),
        (lambda: rapace.connect(NOWHERE), "needs a connection, and this one is not open yet: write"),
        (lambda: 5, "needs a connection, not int: write"),
    ],
)
def test_a_client_needs_a_connection(client: Any, given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"{client.__name__} {re.escape(message)}"):
        client(given())


def test_a_client_needs_a_connection_of_its_own_kind() -> None:
    with (
        rapace.sync.memory_connection() as blocking,
        pytest.raises(TypeError, match=re.escape("cannot use a blocking connection: write `async with rapace.connect")),
    ):
        Catalog(cast("Any", blocking))

    async def run() -> None:
        async with rapace.memory_connection() as connection:
            with pytest.raises(
                TypeError, match=r"cannot use a connection of asyncio: write `with rapace\.sync\.connect"
            ):
                BlockingCatalog(cast("Any", connection))

    asyncio.run(run())


def test_a_connection_that_is_not_open_says_how_to_open_it() -> None:
    connecting: Any = rapace.connect(NOWHERE)
    with pytest.raises(AttributeError, match="not open yet, so that it has no 'limits': write `async with"):
        assert connecting.limits
    with pytest.raises(TypeError, match=r"rapace\.connect needs `async with`"), connecting:
        pass


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (rapace.UnavailableError, rapace.Code.UNAVAILABLE),
        (rapace.DeadlineExceededError, rapace.Code.DEADLINE_EXCEEDED),
        (rapace.ConnectionLostError, rapace.Code.UNAVAILABLE),
    ],
)
def test_an_error_whose_class_says_its_code_is_raised_with_a_message(kind: Any, code: rapace.Code) -> None:
    error = kind("down")
    assert (error.code, error.message, str(error), error.remote) == (code, "down", f"{code.name}: down", False)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.message) == (kind, code, "down")
    assert kind(code, "down").message == "down"
