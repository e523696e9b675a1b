//! One JSON object per line.

use crate::traffic::event::Event;

/// Adds the line of an event.
pub(super) fn add(event: &Event, text: &mut String) {
    text.push_str(&serde_json::to_string(event).expect("plain data is JSON"));
    text.push('\n');
}
