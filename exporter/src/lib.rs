//! Exports Rust service crates to an [`Api`](rapace_schema::Api). The command `rapace export` is this library.
//!
//! [`export::export`] is the whole way. [`testing::assert_fresh`] is a ready test that a committed `api.json` is up to date.

mod aliases;
mod clashes;
pub mod config;
mod crates;
mod cures;
mod defaults;
pub mod diagnostic;
mod discover;
mod docs;
mod driver;
pub mod error;
pub mod export;
pub mod facts;
mod features;
mod hashable;
mod identity;
mod ignored;
pub mod inputs;
pub mod lower;
mod members;
mod naming;
mod nearest;
pub mod options;
mod packages;
mod parts;
mod picked;
pub mod policy;
mod present;
mod rust_type;
mod selection;
pub mod shape;
pub mod source;
mod sources;
mod symbols;
pub mod testing;
pub mod verdict;
mod warning_names;
mod warnings;
pub mod written;
