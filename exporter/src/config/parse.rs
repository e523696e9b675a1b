//! Messages about a text that is no `rapace.toml`.

use std::fmt;
use std::path::Path;

use crate::diagnostic::Location;
use crate::nearest::nearest;

/// The file's name.
pub const FILE: &str = "rapace.toml";

/// Why a file is no `rapace.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong.
    pub why: String,
    /// The line and the column, both from 1, unless it is the file as a whole.
    place: Option<(usize, usize)>,
}

impl ConfigError {
    pub(super) fn new(text: &str, error: &toml::de::Error) -> Self {
        let why = error.message();
        Self {
            why: unknown_key(why).unwrap_or_else(|| why.trim_end().replace("missing field", "missing key")),
            place: error.span().map(|span| line_and_column(text, span.start)),
        }
    }

    pub(super) fn whole(why: impl fmt::Display) -> Self {
        Self {
            why: why.to_string(),
            place: None,
        }
    }

    /// Where it is, the file being in this folder.
    pub fn at(&self, folder: &Path) -> Location {
        let (line, column) = self.place.unwrap_or((1, 1));
        Location::new(&folder.join(FILE), line, column)
    }
}

impl fmt::Display for ConfigError {
    /// `rapace.toml:3: unknown key …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, _)) => write!(f, "{FILE}:{line}: {}", self.why),
            None => write!(f, "{FILE}: {}", self.why),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The line and the column of a byte, both from 1.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
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
