//! What the walk finds at one place of a payload.

use super::side::{Item, Step};
use super::verdict::Seen;

/// A difference at one place of a payload.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The way to it in values of the old side.
    pub(super) old_steps: Vec<Step>,
    /// The way to it in values of the new side.
    pub(super) new_steps: Vec<Step>,
    /// Where people find it.
    pub(super) place: String,
    /// What it is.
    pub(super) what: String,
    /// Old writes, new reads.
    pub(super) forth: Seen,
    /// New writes, old reads.
    pub(super) back: Seen,
    /// False when the reader may lose its place here: then the verdicts are the least that can happen, and drawn values may show worse.
    pub(super) exact: bool,
}

/// What two sequences of values are to each other.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) findings: Vec<Finding>,
    /// True when a reader that does not fail has read exactly what was written.
    pub(super) synced: bool,
    /// The side that has more, when the other has come to its end.
    pub(super) longer: Option<Longer>,
}

/// The side that has more values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Longer {
    Old,
    New,
}

impl Default for Local {
    /// No difference.
    fn default() -> Self {
        Self {
            findings: Vec::new(),
            synced: true,
            longer: None,
        }
    }
}

/// How many findings a sequence keeps: a payload with more differences is another payload.
const MOST_FINDINGS: usize = 256;

impl Local {
    /// Takes over what was found in a part that is inside these items.
    pub(super) fn absorb(&mut self, part: Local, old: &Item<'_>, new: &Item<'_>) {
        let inside = |steps: &[Step], more: &[Step]| steps.iter().chain(more).cloned().collect();
        let room = MOST_FINDINGS.saturating_sub(self.findings.len());
        self.findings
            .extend(part.findings.into_iter().take(room).map(|finding| Finding {
                old_steps: inside(&old.steps, &finding.old_steps),
                new_steps: inside(&new.steps, &finding.new_steps),
                ..finding
            }));
        // A reader that stands elsewhere than the writer reads on from there.
        self.synced &= part.synced && part.longer.is_none();
    }
}
