//! A `rapace.toml` and the folder that it is in: what `rapace` does without flags.

mod entry;
mod licences;
mod places;
mod root;

pub(crate) use entry::{Content, Entry};
pub(crate) use root::{CargoFlags, Project};
