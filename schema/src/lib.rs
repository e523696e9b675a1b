//! The language-neutral description of rapace services: `api.json` as plain data.
//!
//! This crate knows neither rapace nor facet, and no target language. An exporter writes an [`Api`], generators
//! read it; whoever reads one from outside calls [`read`], which refuses what this version cannot understand
//! and what is not sound.

pub mod compare;
mod decoded_size;
pub mod difference;
pub mod digest;
mod encoding;
mod example;
#[cfg(test)]
mod fixtures;
mod identifier;
mod json_schema;
mod json_value;
mod method_id;
mod min_size;
mod model;
mod order;
pub mod postcard;
mod read;
pub mod text;
mod validate;
mod without;

pub use decoded_size::{DECODED_BYTES_PER_FRAME_BYTE, DecodedSizes};
pub use encoding::{NotUtf8, text_of};
pub use example::Examples;
pub use identifier::{NotAnIdentifier, check_identifier, is_identifier_continue, is_identifier_start};
pub use json_schema::json_schema;
pub use method_id::method_id;
pub use min_size::MinSizes;
pub use model::*;
pub use order::{Groups, groups};
pub use read::{ReadError, read, read_bytes, to_json};
pub use validate::{Problem, limits, validate};
pub use without::without_services;
