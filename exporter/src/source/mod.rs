//! What a crate's sources say that reflection does not: where services are, and how types are written.

pub mod cfg;
pub mod doc;
mod reach;
pub mod services;
pub mod tree;
pub mod types;
