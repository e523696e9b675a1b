//! The `rapace` command as a library: exports Rust service crates to an [`Api`](rapace_schema::Api), and generates
//! clients from one.
//!
//! For those who prefer code, [`export::export`] is `rapace export`, and [`testing::assert_fresh`] a ready test that a
//! committed `api.json` is up to date.

mod clashes;
pub mod config;
mod cures;
pub mod diagnostic;
mod docs;
mod driver;
pub mod export;
pub mod facts;
pub mod generate;
pub mod languages;
pub mod lower;
mod members;
mod naming;
pub mod output;
mod package_folder;
mod picked;
mod plugin;
pub mod shape;
pub mod source;
mod symbols;
mod target;
pub mod testing;
pub mod verdict;
mod warnings;
