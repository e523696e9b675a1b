//! From findings at uses to changes: what has one cause is one change.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

use super::report::{Change, Part, Use};
use super::verdict::{Rollout, Seen};

/// A change that was found at one use.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where people find it.
    pub(super) place: Rc<str>,
    /// What it is.
    pub(super) what: Rc<str>,
    /// The use, or its verdicts where there are too many to list.
    pub(super) at: At,
}

/// Where a change was found.
#[derive(Clone, Debug)]
pub(super) enum At {
    /// A use that is listed.
    Use(Box<Use>),
    /// Those that only count.
    More(Unlisted),
}

/// Uses that are not listed, because there are too many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unlisted {
    /// The worst of them where the old side writes.
    pub(super) forth: Seen,
    /// The worst of them where the new side writes.
    pub(super) back: Seen,
    /// The order that works for all of them.
    pub(super) rollout: Rollout,
    /// How many they are.
    pub(super) count: usize,
}

impl Unlisted {
    /// Adds others.
    pub(super) fn add(&mut self, others: Self) {
        self.forth = self.forth.worse(others.forth);
        self.back = self.back.worse(others.back);
        self.rollout = self.rollout.and(others.rollout);
        self.count += others.count;
    }
}

/// The uses of a change.
#[derive(Default)]
struct Uses {
    listed: Vec<Use>,
    /// The places of those that are listed.
    known: HashMap<(String, Part, String), usize>,
    more: Unlisted,
}

impl Uses {
    fn add(&mut self, at: At) {
        match at {
            At::Use(one) => {
                let key = (one.method.clone(), one.part, one.path.clone());
                match self.known.get(&key) {
                    Some(&known) => merge(&mut self.listed[known], *one),
                    None => {
                        self.known.insert(key, self.listed.len());
                        self.listed.push(*one);
                    }
                }
            }
            At::More(others) => self.more.add(others),
        }
    }
}

/// The changes, sorted by place, with their uses in the order in which they were found.
pub(super) fn changes(found: impl IntoIterator<Item = Found>) -> Vec<Change> {
    let mut grouped: BTreeMap<(Rc<str>, Rc<str>), Uses> = BTreeMap::new();
    for Found { place, what, at } in found {
        grouped.entry((place, what)).or_default().add(at);
    }
    grouped
        .into_iter()
        .map(|((place, what), uses)| change(&place, &what, uses))
        .collect()
}

fn merge(known: &mut Use, other: Use) {
    for (known, other) in [(&mut known.forth, other.forth), (&mut known.back, other.back)] {
        if known.example.is_none() || other.seen.worst() > known.seen.worst() {
            known.example = other.example.or(known.example.take());
        }
        known.seen = known.seen.worse(other.seen);
        known.tried += other.tried;
    }
    known.rollout = known.rollout.and(other.rollout);
}

fn change(place: &str, what: &str, uses: Uses) -> Change {
    let mut all = uses.more;
    for one in &uses.listed {
        all.add(Unlisted {
            forth: one.forth.seen,
            back: one.back.seen,
            rollout: one.rollout,
            count: 0,
        });
    }
    let Unlisted {
        forth, back, rollout, ..
    } = all;
    let words = format!(
        "{place}\n{what}\n{} {}\n{}",
        forth.worst().word(),
        back.worst().word(),
        rollout.words()
    );
    let digest = Sha256::digest(words);
    Change {
        fingerprint: digest[..6].iter().map(|byte| format!("{byte:02x}")).collect(),
        place: place.to_owned(),
        what: what.to_owned(),
        forth,
        back,
        breaks: rollout.breaks_old_clients(),
        rollout,
        uses: uses.listed,
        more_uses: all.count,
    }
}
