//! Where this crate is.

use std::path::{Path, PathBuf};

/// This crate's folder.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
