//! One JSON object per line.

use crate::traffic::told::Told;

/// Adds the line of what is told.
pub(super) fn add(told: &Told, text: &mut String) {
    text.push_str(&serde_json::to_string(told).expect("plain data is JSON"));
    text.push('\n');
}
