//! What the walk finds at one place of a payload.

use std::rc::Rc;

use super::side::Item;
use super::verdict::Seen;
use super::way::Way;

/// A difference at one place of a payload.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// The way to it in values of the old side.
    pub(super) old_way: Way,
    /// The way to it in values of the new side.
    pub(super) new_way: Way,
    /// Where people find it.
    pub(super) place: Rc<str>,
    /// What it is.
    pub(super) what: Rc<str>,
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
    /// The worst of those for which there is no room, in each direction.
    pub(super) more: Option<[Seen; 2]>,
    /// True when a reader that does not fail has read exactly what was written.
    pub(super) synced: bool,
    /// The side that has more, when the other has come to its end.
    pub(super) longer: Option<Longer>,
    /// True when a value has another name on the other side. What is around these values may have the name.
    pub(super) renamed: bool,
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
            more: None,
            synced: true,
            longer: None,
            renamed: false,
        }
    }
}

/// How many findings a sequence keeps apart.
pub(super) const MOST_FINDINGS: usize = 128;
/// How long a way is that is followed.
const MOST_STEPS: usize = 256;

impl Local {
    /// Takes over what was found in a part that is inside these items.
    pub(super) fn absorb(&mut self, part: &Self, old: &Item<'_>, new: &Item<'_>) {
        for finding in &part.findings {
            self.add(Finding {
                old_way: finding.old_way.after(&old.steps),
                new_way: finding.new_way.after(&new.steps),
                ..finding.clone()
            });
        }
        self.add_more(part.more);
        // A reader that stands elsewhere than the writer reads on from there.
        self.synced &= part.is_aligned();
    }

    /// True when the reader goes on where the writer does.
    pub(super) fn is_aligned(&self) -> bool {
        self.synced && self.longer.is_none()
    }

    /// Keeps a finding. Where there is no room, its verdicts count all the same.
    pub(super) fn add(&mut self, finding: Finding) {
        let is_far = finding.old_way.len().max(finding.new_way.len()) > MOST_STEPS;
        match is_far || self.findings.len() >= MOST_FINDINGS {
            true => self.add_more(Some([finding.forth, finding.back])),
            false => self.findings.push(finding),
        }
    }

    /// Adds verdicts for which there is no room.
    pub(super) fn add_more(&mut self, more: Option<[Seen; 2]>) {
        let Some([forth, back]) = more else { return };
        let known = self.more.unwrap_or_default();
        self.more = Some([known[0].worse(forth), known[1].worse(back)]);
    }
}
