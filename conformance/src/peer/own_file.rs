//! Files of Unix sockets.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Another socket for each testee: several runners may run, and each may start several.
pub fn own_file() -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("conformance-{}-{number}.sock", std::process::id()))
}
