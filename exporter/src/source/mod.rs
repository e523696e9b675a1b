//! What a crate's sources say that reflection does not: where services are, and how types are written.

pub mod alias;
pub mod cfg;
pub(crate) mod deprecation;
pub mod doc;
pub(crate) mod faults;
pub mod helper;
pub(crate) mod marked;
mod reach;
pub(crate) mod resolve;
pub mod services;
pub mod tree;
pub mod types;
