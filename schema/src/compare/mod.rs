//! What a change of an API does to clients and servers that are of another version.
//!
//! Every use of a type is judged apart, in both directions: *forth*, the old side writes and the new one reads, and *back*. The
//! walk over both payloads decides what can be decided from types and names. Values that one side writes and the
//! other reads show it, and decide where a reader may lose its place; where the two disagree, the worse counts.

mod budget;
mod code;
mod describe;
mod finding;
mod gather;
mod lists;
mod meaning;
mod memory;
mod methods;
mod moved;
mod named;
mod payloads;
mod proof;
mod relate;
mod report;
mod scalars;
mod side;
mod uses;
mod values;
mod verdict;
mod walk;
mod way;

pub use report::{Change, CodeNote, Example, Outcome, Part, Report, Use};
pub use verdict::{Bump, Rollout, Seen, Verdict};

use self::budget::{MOST_PARTS, Work};
use crate::digest::seal;
use crate::model::Api;

/// Compares two descriptions that [`read`](crate::read) has checked.
pub fn compare(old: &Api, new: &Api) -> Report {
    counted(old, new, MOST_PARTS).0
}

/// Compares with values that have at most about so many parts, and counts the work.
fn counted(old: &Api, new: &Api, parts: u64) -> (Report, Work) {
    let sealed = |api: &Api| {
        // A file may say other digests than its own.
        let mut api = api.clone();
        seal(&mut api);
        api
    };
    let (old, new) = (sealed(old), sealed(new));
    // Rust's own readers refuse a variant that they do not know.
    let closed = |api: &Api| {
        let mut api = api.clone();
        api.types.iter_mut().for_each(|def| def.open = false);
        api
    };
    let rust = [&closed(&old), &closed(&new)];
    let (found, work) = methods::uses([&old, &new], rust, parts);
    let changes = gather::changes(found);
    let code = code::notes(&old, &new);
    let rollout = (changes.iter()).fold(Rollout::Either, |rollout, change| rollout.and(change.rollout));
    let bump = if changes.iter().any(|change| change.breaks) || !code.is_empty() {
        Bump::Major
    } else if !changes.is_empty() {
        Bump::Minor
    } else if old == new {
        Bump::None
    } else {
        Bump::Patch
    };
    let report = Report {
        changes,
        code,
        rollout,
        bump,
    };
    (report, work)
}

#[cfg(test)]
mod tests;
