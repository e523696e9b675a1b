//! What the suite reads: the fixtures' description, and the cases that are files.

use rapace_schema::{Api, read};

pub use crate::folder::folder;
use crate::json::read_all;
use crate::recordings::Recordings;
use crate::scenarios::{self, Replaced, Scenarios};
use crate::vectors::Vectors;

/// The folder of the vectors of values, in this crate's.
pub const VECTORS: &str = "recorded/vectors";
/// The folder of the recordings.
pub const FRAMES: &str = "recorded/frames";
/// The folder of the scenarios.
const SCENARIOS: &str = "scenarios";

/// The fixtures' `api.json`.
///
/// # Errors
/// When it cannot be read.
pub fn api() -> Result<Api, String> {
    let path = folder().join("fixtures/api.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    read(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The vectors of values.
///
/// # Errors
/// When a file cannot be read.
pub fn vectors() -> Result<Vec<Vectors>, String> {
    read_all(&folder().join(VECTORS), |class: &Vectors| class.class)
}

/// The recordings.
///
/// # Errors
/// When a file cannot be read.
pub fn recordings() -> Result<Vec<Recordings>, String> {
    read_all(&folder().join(FRAMES), |class: &Recordings| class.class)
}

/// The scenarios that people wrote.
///
/// # Errors
/// When a file cannot be read.
pub fn scenarios(replaced: &Replaced<'_>) -> Result<Vec<Scenarios>, String> {
    scenarios::read_all(&folder().join(SCENARIOS), replaced)
}
