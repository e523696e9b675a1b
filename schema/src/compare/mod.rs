//! What a change of an API does to clients and servers that are of another version.
//!
//! Every use of a type is judged apart, in both directions: *forth*, the old side writes and the new one reads, and *back*. The
//! walk over both payloads decides what can be decided from types and names. Values that one side writes and the
//! other reads show it, and decide where a reader may lose its place; where the two disagree, the worse counts.

mod code;
mod describe;
mod finding;
mod gather;
mod meaning;
mod methods;
mod moved;
mod payloads;
mod proof;
mod relate;
mod report;
mod scalars;
mod side;
mod values;
mod verdict;
mod walk;

pub use report::{Change, CodeNote, Example, Outcome, Part, Report, Use};
pub use verdict::{Bump, Rollout, Seen, Verdict};

use crate::digest::seal;
use crate::model::Api;

/// Compares two descriptions that [`read`](crate::read) has checked.
pub fn compare(old: &Api, new: &Api) -> Report {
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
    let changes = gather::changes(methods::uses(&old, &new, rust));
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
    Report {
        changes,
        code,
        rollout,
        bump,
    }
}

#[cfg(test)]
mod tests;
