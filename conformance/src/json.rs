//! Recorded files: JSON with a line for each case, of any depth.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::class::Class;

/// A line for each case.
pub fn cases_to_json(cases: &[impl Serialize]) -> String {
    let lines = cases
        .iter()
        .map(|case| serde_json::to_string(case).expect("plain data is JSON"));
    lines.collect::<Vec<_>>().join(",\n")
}

/// Reads JSON of any depth: values of recursive types are as deep as the limits that they test.
///
/// # Errors
/// When it is not JSON, or not that of the type.
pub fn from_deep_json<T: for<'de> Deserialize<'de>>(text: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// All classes in a folder, by number.
///
/// # Errors
/// When a file cannot be read or is none; with its name.
pub fn read_all<T: for<'de> Deserialize<'de>>(folder: &Path, number: impl Fn(&T) -> Class) -> Result<Vec<T>, String> {
    let mut classes = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let class: T = from_deep_json(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        classes.push(class);
    }
    classes.sort_by_key(number);
    Ok(classes)
}
