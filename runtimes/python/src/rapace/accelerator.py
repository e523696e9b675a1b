"""The accelerator: reads and writes payloads at the speed of Rust, where the package `rapace-accelerator` is installed.

It replaces the codecs of generated packages, with the same bytes and errors: it leaves everything unusual to them. It
is used when it is installed, unless the environment variable `RAPACE_PURE_PYTHON` is `1`. `is_active` says whether it
is used, and `status` why not.

One difference is visible: the collector of cycles does not track decoded objects that hold only numbers, texts and
other atoms, as it does not track tuples of these.
"""

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final, Protocol, TypeVar, cast

from .postcard.adapted import Adapter
from .postcard.plan import Form, Forms, pairs

_T = TypeVar("_T")

_SEAM: Final = 2
"""The version of what this module and the accelerator agree upon."""


class _Accelerator(Protocol):
    SEAM: int

    def decoder(self, pure: Callable[..., _T], types: Forms, form: object, /) -> Callable[..., _T]:
        """A function in place of `pure(limits, payload, deadline)`."""
        ...

    def encoder(self, pure: Callable[..., _T], types: Forms, /, *forms: object) -> Callable[..., _T]:
        """A function in place of `pure(limits, *values)`."""
        ...


class _Method(Protocol):
    read: Callable[..., Any]
    arguments: Callable[[bytes | bytearray], tuple[object, ...]]


class _Careful(Protocol):
    def written_arguments(self, method: str, payload: bytes | bytearray, /) -> tuple[object, ...]: ...


def _load() -> tuple[_Accelerator | None, str]:
    if os.environ.get("RAPACE_PURE_PYTHON") == "1":
        return None, "switched off by RAPACE_PURE_PYTHON"
    try:
        module = cast("_Accelerator", import_module("rapace_accelerator"))
    except ModuleNotFoundError:
        return None, "rapace-accelerator is not installed"
    except ImportError as error:
        return None, str(error)
    if module.SEAM != _SEAM:
        return None, f"rapace-accelerator has seam {module.SEAM}, this runtime has {_SEAM}"
    return module, "active"


_accelerator, _status = _load()


def is_active() -> bool:
    """True when the codecs of generated packages are accelerated."""
    return _accelerator is not None


def status() -> str:
    """`active`, or the reason why codecs are pure Python."""
    return _status


def accelerate(namespace: dict[str, object], types: Forms, methods: Forms) -> None:
    """Completes a module's methods, with accelerated codecs if there are any. Generated code calls it with its plan."""
    careful = cast("_Careful", namespace["CAREFUL"])
    for constant, (answer, *request) in methods.items():
        method = cast("_Method", namespace[constant])
        method.arguments = partial(careful.written_arguments, constant)
        if _accelerator is None:
            continue
        method.read = accelerated_decoder(method.read, types, answer)
        if request:
            name, *arguments = request
            name = str(name)
            pure = cast("Callable[..., Any]", namespace[name])
            namespace[name] = accelerated_encoder(pure, types, *(form for _, form in pairs(arguments)))


def accelerated_decoder(pure: Callable[..., _T], types: Forms, form: Form) -> Callable[..., _T]:
    """A function in place of `pure(limits, payload, deadline)`, which reads a value; `pure` without the accelerator."""
    return pure if _accelerator is None or _adapts(types, form) else _accelerator.decoder(pure, types, form)


def accelerated_encoder(pure: Callable[..., _T], types: Forms, *forms: Form) -> Callable[..., _T]:
    """A function in place of `pure(limits, *values)`, which writes values; `pure` without the accelerator."""
    return pure if _accelerator is None or _adapts(types, *forms) else _accelerator.encoder(pure, types, *forms)


def _adapts(types: Forms, *forms: Form) -> bool:
    """True when a value of one of the forms can hold what an adapter makes. The accelerator knows no adapters."""
    pending: list[Form] = list(forms)
    seen: set[str] = set()
    while pending:
        match pending.pop():
            case Adapter():
                return True
            case str(word) if word in types and word not in seen:
                seen.add(word)
                pending.append(types[word])
            case tuple(parts):
                pending.extend(parts)
            case _:
                pass
    return False
