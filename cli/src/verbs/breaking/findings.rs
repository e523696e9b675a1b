//! What a comparison has found, for the formats that print it.

use rapace_schema::compare::{Change, Report};

use super::accepted::Acceptances;

/// What the formats print.
pub(super) struct Findings<'a> {
    /// All changes.
    pub(super) report: &'a Report,
    /// What people have accepted.
    pub(super) accepted: &'a Acceptances,
    /// What the baseline is called.
    pub(super) against: String,
    /// The new file.
    pub(super) file: String,
}

impl Findings<'_> {
    /// Whether a change breaks and nobody has accepted it.
    pub(super) fn is_refused(&self, change: &Change) -> bool {
        change.breaks && !self.accepted.has(&change.fingerprint)
    }
}
