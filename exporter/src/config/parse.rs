//! Messages about a text that is no `rapace.toml`.

use crate::nearest::nearest;

/// The file's name.
pub const FILE: &str = "rapace.toml";

/// What is wrong, after the file's name and the line.
pub(super) fn message(text: &str, error: &toml::de::Error) -> String {
    let why = error.message();
    let why = unknown_key(why).unwrap_or_else(|| why.trim_end().replace("missing field", "missing key"));
    match error.span() {
        Some(span) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("{FILE}:{line}: {why}")
        }
        None => format!("{FILE}: {why}"),
    }
}

/// What serde says of an unknown field, in the words of the file: the nearest key first, then all that are known there.
fn unknown_key(why: &str) -> Option<String> {
    let rest = why.strip_prefix("unknown field `")?;
    let (unknown, rest) = rest.split_once('`')?;
    // Every second part is the name of a key.
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let nearest = nearest(unknown, known.iter().copied()).map(|key| format!(": did you mean `{key}`?"));
    let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    Some(format!(
        "unknown key `{unknown}`{} Known here: {}",
        nearest.unwrap_or_else(|| ".".to_owned()),
        known.join(", ")
    ))
}
