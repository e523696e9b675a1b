//! How much an `api.json` may hold: what is longer is a mistake or an attack, and would cost a generator time and memory.
//!
//! Each is far above what crates have; a refusal names the limit.

/// The longest `api.json`, in bytes: 64 MiB. A hundred services with a thousand types and their docs take one.
pub const FILE_BYTES: usize = 64 << 20;
/// The longest name of a service, method, argument, type, field or variant, in bytes. Names of instantiations grow with
/// their arguments; files and lines that are called after them must fit their systems' limits.
pub const NAME_BYTES: usize = 512;
/// The longest type or module as Rust writes it, in bytes: 16 KiB.
pub const RUST_BYTES: usize = 16 << 10;
/// The longest documentation of one item, in bytes: 256 KiB.
pub const DOC_BYTES: usize = 256 << 10;
/// The longest note of a deprecation, in bytes: 16 KiB.
pub const NOTE_BYTES: usize = 16 << 10;
/// The most services.
pub const SERVICES: usize = 10_000;
/// The most methods of a service.
pub const METHODS: usize = 10_000;
/// The most arguments of a method. Every language passes them on its stack.
pub const ARGUMENTS: usize = 1_000;
/// The most named types.
pub const TYPES: usize = 200_000;
/// The most variants of an enum.
pub const VARIANTS: usize = 200_000;
/// The most fields of a struct or variant.
pub const FIELDS: usize = 20_000;
/// The most items of a tuple without a name: reflection knows no longer ones, nor does the runtime of Go.
pub const TUPLE_ITEMS: usize = 12;
/// The most arguments of a generic type.
pub const GENERIC_ARGUMENTS: usize = 1_000;
/// How deep types without names may stand in one another: `Vec<Option<u8>>` is 3 deep. A level costs a line in each
/// language, and its name grows with each.
pub const TYPE_DEPTH: usize = 32;
