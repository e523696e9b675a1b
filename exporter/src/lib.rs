//! The `rapace` command as a library: exports a Rust service crate to an [`Api`](rapace_schema::Api), and generates
//! clients from one.

pub mod discover;
mod docs;
mod driver;
pub mod export;
pub mod facts;
pub mod generate;
mod languages;
pub mod lower;
mod naming;
pub mod shape;
mod target;
pub mod verdict;
