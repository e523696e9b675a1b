"""The error family: who is whose kind, and that errors survive being sent to another process."""

import dataclasses
import pickle
from typing import Any

import pytest

import rapace
from rapace import (
    Code,
    ConnectionLostError,
    DeadlineExceededError,
    DecodeError,
    EncodeError,
    Limits,
    RapaceError,
    StatusError,
    UnavailableError,
    codegen,
)
from rapace.codegen import SURFACE, require_surface


def test_one_family() -> None:
    for kind in [StatusError, rapace.ProtocolError, rapace.ValueRefusedError]:
        assert issubclass(kind, RapaceError)
    assert issubclass(DeadlineExceededError, TimeoutError)
    assert issubclass(ConnectionLostError, (UnavailableError, ConnectionError))
    assert not issubclass(UnavailableError, ConnectionError)
    for value_error in [EncodeError, DecodeError]:
        assert issubclass(value_error, ValueError)


def test_errors_survive_pickling() -> None:
    status = StatusError(4242, "odd", remote=True)
    lost = ConnectionLostError(Code.UNAVAILABLE, "gone")
    for error in [status, lost]:
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert (copy.code, copy.message, copy.remote, str(copy)) == (
            error.code,
            error.message,
            error.remote,
            str(error),
        )
    decode = DecodeError("bad", 7).within("a").within(2)
    copy = pickle.loads(pickle.dumps(decode))
    assert (str(copy), copy.offset, copy.path) == (str(decode), 7, "[2].a")


def test_code_shows_output_of_another_surface_how_to_be_cured() -> None:
    require_surface(SURFACE)
    with pytest.raises(ImportError, match="generate the code anew"):
        require_surface(SURFACE - 1)
    with pytest.raises(ImportError, match="upgrade the runtime"):
        require_surface(SURFACE + 1)


def test_what_is_exported_is_there() -> None:
    for module, names in [(rapace, rapace.__all__), (codegen, codegen.__all__), (rapace.sync, rapace.sync.__all__)]:
        for name in names:
            assert hasattr(module, name), name


def test_deprecated_methods_warn() -> None:
    @codegen.deprecated("use new")
    def old(value: int) -> int:
        return value + 1

    with pytest.warns(DeprecationWarning, match="use new"):
        assert old(1) == 2  # pyright: ignore[reportDeprecated]
    assert old.__name__ == "old"  # pyright: ignore[reportDeprecated]


@pytest.mark.parametrize("bad", [-1, float("nan"), 1.5, True, "7"])
def test_a_limit_that_bounds_nothing_is_refused(bad: Any) -> None:
    for field in dataclasses.fields(Limits):
        with pytest.raises(ValueError, match=rf"^{field.name} is .*, not a whole number of at least 0$"):
            Limits(**{field.name: bad})
    assert Limits(max_abandoned_calls=0, max_unsent_bytes=0).max_abandoned_calls == 0
