//! Fields that read each other's bytes: the same name stands at another place.

use super::side::Item;

/// The pairs in which a name of one side stands elsewhere on the other: each reads what the other meant. A name that is nowhere on
/// the other side is a new name for the same thing.
pub(super) fn moved<'p, 'a>(pairs: &'p [(Item<'a>, Item<'a>)]) -> Vec<(&'p Item<'a>, &'p Item<'a>)> {
    let named: Vec<(Vec<&str>, Vec<&str>, usize)> = pairs
        .iter()
        .enumerate()
        .filter(|(_, (old, new))| is_renamed(old, new))
        .map(|(index, (old, new))| (old.names(), new.names(), index))
        .collect();
    let is_moved = |(old, new, _): &&(Vec<&str>, Vec<&str>, usize)| {
        let whole = (named.iter()).any(|(before, after, _)| is_within(before, new) || is_within(after, old));
        let ends_differ = old.last() != new.last();
        let end = named.iter().any(|(other, _, _)| other.last() == new.last())
            || named.iter().any(|(_, other, _)| other.last() == old.last());
        whole || ends_differ && end
    };
    let found = named.iter().filter(is_moved);
    found
        .map(|(_, _, index)| (&pairs[*index].0, &pairs[*index].1))
        .collect()
}

/// Whether a value has another name on the other side.
pub(super) fn is_renamed(old: &Item<'_>, new: &Item<'_>) -> bool {
    !is_within(&old.names(), &new.names())
}

/// Whether one way leads into what the other leads to: a struct is one pair, or the pairs of its fields. What has no name is anywhere.
fn is_within(one: &[&str], other: &[&str]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
