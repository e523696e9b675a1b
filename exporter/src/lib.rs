//! The `rapace` command as a library: exports Rust service crates to an [`Api`](rapace_schema::Api), and generates
//! clients from one.
//!
//! For those who prefer code, [`export::export`] is `rapace export`, and [`testing::assert_fresh`] a ready test that a
//! committed `api.json` is up to date.

mod clashes;
pub mod config;
mod crates;
mod cures;
pub mod diagnostic;
mod discover;
mod docs;
mod driver;
pub mod export;
pub mod facts;
mod features;
pub mod generate;
mod identity;
pub mod languages;
pub mod lower;
mod members;
mod naming;
pub mod output;
mod package_folder;
mod packages;
mod picked;
mod plugin;
pub mod shape;
pub mod source;
mod sources;
mod symbols;
mod target;
pub mod testing;
pub mod verdict;
mod warnings;
