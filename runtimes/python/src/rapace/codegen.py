"""The seam between generated code and this runtime: generated code imports this module, and nothing else does.

Its version is `SURFACE`. It rises when code that was generated before no longer works.
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING

from .accelerator import accelerate
from .aio.client import AsyncClient
from .calls import Method
from .deprecation import deprecated
from .fake import (
    async_answer,
    async_items,
    sync_answer,
    sync_items,
)
from .handlers.codecs import (
    answer_writer,
    argument_reader,
    nested_answer_writer,
    nested_argument_reader,
    no_arguments,
)
from .handlers.forward import forward
from .handlers.method import Handler, ServedMethod, SyncHandler
from .limits import Limits
from .postcard import known
from .postcard.adapted import Adapter
from .postcard.careful import Careful
from .postcard.cost import IrregularError
from .postcard.options import Some
from .postcard.pack import (
    exact_items,
    exact_list,
    exact_map,
    exact_set,
    exact_some,
    pack_bool,
    pack_bytes,
    pack_char,
    pack_count,
    pack_f32,
    pack_f64,
    pack_fixed_bytes,
    pack_i8,
    pack_i16,
    pack_i32,
    pack_i64,
    pack_i128,
    pack_list_f32,
    pack_list_f64,
    pack_string,
    pack_u8,
    pack_u16,
    pack_u32,
    pack_u64,
    pack_u128,
    pack_unit,
)
from .postcard.plan import Form, Forms
from .postcard.quick import IRREGULAR
from .postcard.reader import Keys
from .postcard.unpack import (
    FLAGS,
    f32_at,
    f64_at,
    new,
    unpack_bool,
    unpack_bytes,
    unpack_char,
    unpack_count,
    unpack_entries,
    unpack_f32,
    unpack_f64,
    unpack_fixed_bytes,
    unpack_i8,
    unpack_i16,
    unpack_i32,
    unpack_i64,
    unpack_i128,
    unpack_list_f32,
    unpack_list_f64,
    unpack_nested,
    unpack_string,
    unpack_u8,
    unpack_u16,
    unpack_u32,
    unpack_u64,
    unpack_u128,
    unpack_unit,
)
from .results import Result, ResultError
from .sync.client import SyncClient

if TYPE_CHECKING:
    from .json_form import JsonCodec

SURFACE = 8
"""The version of this module."""


def require_surface(version: int) -> None:
    """Stops the import of code that was generated for another version of this module, and says the cure."""
    if version < SURFACE:
        cure = "generate the code anew with this runtime's `rapace gen`"
    elif version > SURFACE:
        cure = "upgrade the runtime to the version of the `rapace` that generated the code"
    else:
        return
    raise ImportError(f"generated code needs codegen surface {version}, this runtime has {SURFACE}: {cure}")


def json_codec(
    types: Forms,
    named: Mapping[object, Form],
    fields: dict[type, tuple[str, ...] | None],
    variants: dict[str, tuple[str, ...]],
) -> "JsonCodec":
    """The codec of JSON, which is loaded only by programs that use it."""
    from .json_form import JsonCodec

    return JsonCodec(types, named, fields, variants)


__all__ = [
    "FLAGS",
    "IRREGULAR",
    "SURFACE",
    "Adapter",
    "AsyncClient",
    "AsyncIterator",
    "Careful",
    "Form",
    "Forms",
    "Handler",
    "IrregularError",
    "Iterator",
    "Keys",
    "Limits",
    "Method",
    "Result",
    "ResultError",
    "ServedMethod",
    "Some",
    "SyncClient",
    "SyncHandler",
    "abstractmethod",
    "accelerate",
    "answer_writer",
    "argument_reader",
    "async_answer",
    "async_items",
    "deprecated",
    "exact_items",
    "exact_list",
    "exact_map",
    "exact_set",
    "exact_some",
    "f32_at",
    "f64_at",
    "forward",
    "json_codec",
    "known",
    "nested_answer_writer",
    "nested_argument_reader",
    "new",
    "no_arguments",
    "pack_bool",
    "pack_bytes",
    "pack_char",
    "pack_count",
    "pack_f32",
    "pack_f64",
    "pack_fixed_bytes",
    "pack_i8",
    "pack_i16",
    "pack_i32",
    "pack_i64",
    "pack_i128",
    "pack_list_f32",
    "pack_list_f64",
    "pack_string",
    "pack_u8",
    "pack_u16",
    "pack_u32",
    "pack_u64",
    "pack_u128",
    "pack_unit",
    "require_surface",
    "sync_answer",
    "sync_items",
    "unpack_bool",
    "unpack_bytes",
    "unpack_char",
    "unpack_count",
    "unpack_entries",
    "unpack_f32",
    "unpack_f64",
    "unpack_fixed_bytes",
    "unpack_i8",
    "unpack_i16",
    "unpack_i32",
    "unpack_i64",
    "unpack_i128",
    "unpack_list_f32",
    "unpack_list_f64",
    "unpack_nested",
    "unpack_string",
    "unpack_u8",
    "unpack_u16",
    "unpack_u32",
    "unpack_u64",
    "unpack_u128",
    "unpack_unit",
]
