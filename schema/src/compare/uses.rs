//! What the walk has found in the payloads of all methods, before values are tried: which uses are listed.

use std::collections::HashMap;
use std::rc::Rc;

use super::finding::Finding;
use super::gather::{At, Found, Unlisted};
use super::report::Part;
use super::verdict::{Rollout, Seen};
use crate::model::TypeRef;

/// How many uses of one change are listed.
const MOST_OF_ONE: usize = 1_000;
/// How many uses of all changes are listed. Each change has one at least.
const MOST_OF_ALL: usize = 20_000;

/// A payload of a method, on both sides.
pub(super) struct Payload<'a> {
    /// `Service.method`.
    pub(super) method: Rc<str>,
    /// The part of the call.
    pub(super) part: Part,
    /// The types of both sides.
    pub(super) types: (TypeRef, TypeRef),
    /// The names of the values, where they are arguments.
    pub(super) names: Option<(Vec<&'a str>, Vec<&'a str>)>,
}

/// A use that is listed.
pub(super) struct Listed {
    /// The number of its payload.
    pub(super) payload: usize,
    /// The number of its change.
    pub(super) change: usize,
    /// What was found.
    pub(super) finding: Finding,
    /// True when nothing else was found in the payload.
    pub(super) only: bool,
}

/// Everything that was found.
#[derive(Default)]
pub(super) struct AllUses<'a> {
    /// The payloads that differ.
    pub(super) payloads: Vec<Payload<'a>>,
    /// The uses that are listed.
    pub(super) listed: Vec<Listed>,
    counts: HashMap<(Rc<str>, Rc<str>), OfChange>,
}

/// The uses of a change.
struct OfChange {
    number: usize,
    listed: usize,
    unlisted: Unlisted,
}

impl<'a> AllUses<'a> {
    /// Adds what was found in a payload.
    pub(super) fn add(&mut self, payload: Payload<'a>, findings: Vec<Finding>) {
        let (only, part) = (findings.len() == 1, payload.part);
        if findings.is_empty() {
            return;
        }
        for finding in findings {
            let key = (Rc::clone(&finding.place), Rc::clone(&finding.what));
            let number = self.counts.len();
            let change = self.counts.entry(key).or_insert_with(|| OfChange {
                number,
                listed: 0,
                unlisted: Unlisted::default(),
            });
            if change.listed == 0 || change.listed < MOST_OF_ONE && self.listed.len() < MOST_OF_ALL {
                change.listed += 1;
                self.listed.push(Listed {
                    payload: self.payloads.len(),
                    change: change.number,
                    finding,
                    only,
                });
            } else {
                change.unlisted.add(Unlisted {
                    forth: finding.forth,
                    back: finding.back,
                    rollout: rollout(part, finding.forth, finding.back),
                    count: 1,
                });
            }
        }
        self.payloads.push(payload);
    }

    /// How many changes there are.
    pub(super) fn changes(&self) -> usize {
        self.counts.len()
    }

    /// The uses that are not listed.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = Found> {
        let all = self.counts.iter().filter(|(_, change)| change.unlisted.count > 0);
        all.map(|((place, what), change)| Found {
            place: Rc::clone(place),
            what: Rc::clone(what),
            at: At::More(change.unlisted),
        })
    }
}

/// Which side may be deployed first, from what readers make of a part.
pub(super) fn rollout(part: Part, forth: Seen, back: Seen) -> Rollout {
    match part {
        // The server that reads may be plain Rust.
        Part::Call | Part::Arguments => Rollout::of(forth.worst().is_safe(), back.worst().is_safe()),
        // The clients that are deployed are generated ones.
        Part::Answer | Part::Item => Rollout::of(back.verdict.is_safe(), forth.verdict.is_safe()),
    }
}
