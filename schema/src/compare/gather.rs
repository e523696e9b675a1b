//! From findings at uses to changes: what has one cause is one change.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::report::{Change, Use};
use super::verdict::{Rollout, Seen};

/// A change that was found at one use.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where people find it.
    pub(super) place: String,
    /// What it is.
    pub(super) what: String,
    /// The use.
    pub(super) at: Use,
}

/// The changes, sorted by place, with their uses in the order in which they were found.
pub(super) fn changes(found: Vec<Found>) -> Vec<Change> {
    let mut grouped: BTreeMap<(String, String), Vec<Use>> = BTreeMap::new();
    for Found { place, what, at } in found {
        let uses = grouped.entry((place, what)).or_default();
        let same = |known: &&mut Use| (&known.method, known.part, &known.path) == (&at.method, at.part, &at.path);
        match uses.iter_mut().find(same) {
            Some(known) => merge(known, at),
            None => uses.push(at),
        }
    }
    grouped
        .into_iter()
        .map(|((place, what), uses)| change(place, what, uses))
        .collect()
}

fn merge(known: &mut Use, other: Use) {
    for (known, other) in [(&mut known.forth, other.forth), (&mut known.back, other.back)] {
        if known.example.is_none() || other.seen.worst() > known.seen.worst() {
            known.example = other.example.or(known.example.take());
        }
        known.seen = known.seen.worse(other.seen);
    }
    known.rollout = known.rollout.and(other.rollout);
}

fn change(place: String, what: String, uses: Vec<Use>) -> Change {
    let forth = uses
        .iter()
        .fold(Seen::default(), |seen, one| seen.worse(one.forth.seen));
    let back = uses.iter().fold(Seen::default(), |seen, one| seen.worse(one.back.seen));
    let rollout = uses
        .iter()
        .fold(Rollout::Either, |rollout, one| rollout.and(one.rollout));
    let words = format!(
        "{place}\n{what}\n{} {}\n{}",
        forth.worst().word(),
        back.worst().word(),
        rollout.words()
    );
    let digest = Sha256::digest(words);
    Change {
        fingerprint: digest[..6].iter().map(|byte| format!("{byte:02x}")).collect(),
        place,
        what,
        forth,
        back,
        breaks: rollout.breaks_old_clients(),
        rollout,
        uses,
    }
}
