"""What generated code imports, and nothing else does: the seam between generated code and this runtime.

Its version is `SURFACE`. It rises when code that was generated before no longer works.
"""

from .accelerator import Forms, accelerate
from .calls import Method
from .client import AsyncClient
from .client import Stream as AsyncStream
from .deprecation import deprecated
from .errors import DecodeError, EncodeError
from .limits import Limits
from .postcard.options import Some
from .postcard.reader import (
    Reader,
    read_bool,
    read_bytes,
    read_char,
    read_count,
    read_f32,
    read_f64,
    read_fixed_bytes,
    read_i8,
    read_i16,
    read_i32,
    read_i64,
    read_i128,
    read_nested,
    read_option_tag,
    read_string,
    read_u8,
    read_u16,
    read_u32,
    read_u64,
    read_u128,
    read_unit,
    read_variant,
    read_zero_sized_array,
    read_zero_sized_count,
)
from .postcard.writer import (
    Writer,
    expect_items,
    expect_list,
    expect_map,
    expect_set,
    expect_some,
    write_bool,
    write_bytes,
    write_char,
    write_count,
    write_f32,
    write_f64,
    write_fixed_bytes,
    write_i8,
    write_i16,
    write_i32,
    write_i64,
    write_i128,
    write_nested,
    write_string,
    write_u8,
    write_u16,
    write_u32,
    write_u64,
    write_u128,
    write_unit,
    write_variant,
    write_zero_sized_array,
    write_zero_sized_count,
    wrong_type,
)
from .sync import Stream as SyncStream
from .sync import SyncClient

SURFACE = 2
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


__all__ = [
    "SURFACE",
    "AsyncClient",
    "AsyncStream",
    "DecodeError",
    "EncodeError",
    "Forms",
    "Limits",
    "Method",
    "Reader",
    "Some",
    "SyncClient",
    "SyncStream",
    "Writer",
    "accelerate",
    "deprecated",
    "expect_items",
    "expect_list",
    "expect_map",
    "expect_set",
    "expect_some",
    "read_bool",
    "read_bytes",
    "read_char",
    "read_count",
    "read_f32",
    "read_f64",
    "read_fixed_bytes",
    "read_i8",
    "read_i16",
    "read_i32",
    "read_i64",
    "read_i128",
    "read_nested",
    "read_option_tag",
    "read_string",
    "read_u8",
    "read_u16",
    "read_u32",
    "read_u64",
    "read_u128",
    "read_unit",
    "read_variant",
    "read_zero_sized_array",
    "read_zero_sized_count",
    "require_surface",
    "write_bool",
    "write_bytes",
    "write_char",
    "write_count",
    "write_f32",
    "write_f64",
    "write_fixed_bytes",
    "write_i8",
    "write_i16",
    "write_i32",
    "write_i64",
    "write_i128",
    "write_nested",
    "write_string",
    "write_u8",
    "write_u16",
    "write_u32",
    "write_u64",
    "write_u128",
    "write_unit",
    "write_variant",
    "write_zero_sized_array",
    "write_zero_sized_count",
    "wrong_type",
]
