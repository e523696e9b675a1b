//! Changes in words.

use std::collections::BTreeSet;

use crate::model::{Fields, TypeRef};

/// How many names that were added or removed are told.
const MOST_SAID: usize = 20;

/// A type as Rust writes it, without modules.
pub(super) fn type_text(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Unit => "()".into(),
        TypeRef::String => "String".into(),
        TypeRef::Bytes => "Vec<u8>".into(),
        TypeRef::Option(item) => format!("Option<{}>", type_text(item)),
        TypeRef::List(item) => format!("Vec<{}>", type_text(item)),
        TypeRef::Set(item) => format!("set of {}", type_text(item)),
        TypeRef::Array { item, len } => format!("[{}; {len}]", type_text(item)),
        TypeRef::Map { key, value } => format!("map from {} to {}", type_text(key), type_text(value)),
        TypeRef::Tuple(items) => {
            let items: Vec<String> = items.iter().map(type_text).collect();
            format!("({})", items.join(", "))
        }
        TypeRef::Named(name) => name.clone(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

/// The names of fields in order.
pub(super) fn names(fields: &Fields) -> Vec<String> {
    fields.fields.iter().map(|field| field.name.clone()).collect()
}

/// What became of a list of names, each a `kind` of thing: what was added, removed and moved. A name that is another in the same
/// place is not told: it is a new name for the same thing. `None` when there is nothing else.
pub(super) fn list_change(kind: &str, old: &[&str], new: &[&str]) -> Option<String> {
    let (olds, news): (BTreeSet<&str>, BTreeSet<&str>) = (old.iter().copied().collect(), new.iter().copied().collect());
    let renamed = |index: usize| {
        matches!((old.get(index), new.get(index)), (Some(before), Some(after))
            if old.len() == new.len() && before != after && !news.contains(before) && !olds.contains(after))
    };
    let mut said = Vec::new();
    let next = next_that_stays(new, &olds);
    for (index, name) in new.iter().enumerate() {
        if olds.contains(name) || renamed(index) {
            continue;
        }
        said.push(match next[index] {
            Some(next) => format!("{kind} `{name}` was added before `{next}`"),
            None => format!("{kind} `{name}` was added at the end"),
        });
    }
    let next = next_that_stays(old, &news);
    for (index, name) in old.iter().enumerate() {
        if news.contains(name) || renamed(index) {
            continue;
        }
        said.push(match next[index] {
            Some(_) => format!("{kind} `{name}` was removed before others"),
            None => format!("{kind} `{name}` was removed at the end"),
        });
    }
    let stayed = |from: &[&str], other: &BTreeSet<&str>| -> Vec<String> {
        let stayed = from.iter().filter(|name| other.contains(**name));
        stayed.map(|name| (*name).to_owned()).collect()
    };
    let (before, after) = (stayed(old, &news), stayed(new, &olds));
    if before != after {
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
        let moved: Vec<String> = moved.map(|(name, _)| format!("`{name}`")).collect();
        said.push(format!("{kind}s {} changed places", moved.join(", ")));
    }
    let more = said.len().saturating_sub(MOST_SAID);
    said.truncate(MOST_SAID);
    if more > 0 {
        said.push(format!("and {more} more"));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// For each name the next one after it that the other list has, too.
fn next_that_stays<'n>(names: &[&'n str], other: &BTreeSet<&str>) -> Vec<Option<&'n str>> {
    let mut next = None;
    let mut found: Vec<Option<&str>> = (names.iter().rev())
        .map(|name| {
            let after = next;
            if other.contains(name) {
                next = Some(*name);
            }
            after
        })
        .collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::list_change;

    #[test]
    fn lists_are_told_by_what_was_added_removed_and_moved() {
        for (old, new, expected) in [
            (&["a", "b"][..], &["a", "b"][..], None),
            (&["a", "b"], &["a", "c"], None),
            (&["a"], &["a", "b"], Some("field `b` was added at the end")),
            (&["a"], &["b", "a"], Some("field `b` was added before `a`")),
            (&["a", "b"], &["b"], Some("field `a` was removed before others")),
            (&["a", "b"], &["a"], Some("field `b` was removed at the end")),
            (
                &["a", "b", "c"],
                &["b", "a", "c"],
                Some("fields `a`, `b` changed places"),
            ),
        ] {
            assert_eq!(list_change("field", old, new).as_deref(), expected);
        }
    }
}
