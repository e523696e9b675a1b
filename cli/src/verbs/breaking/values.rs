//! Values as reports show them: whole where they are short, else the part that matters.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// How much of a value is shown, in characters.
const MOST: usize = 120;
/// What stands for entries that are left out: an entry of this name.
const LEFT_OUT: &str = "…";

/// A value of which the part on this way fails: `items[].format.Film`.
pub(super) fn on_the_way(value: &Value, way: &str) -> String {
    let names: BTreeSet<&str> = way.split(['.', '[', ']']).filter(|name| !name.is_empty()).collect();
    shortened(value, || kept(value, &names))
}

/// What is written, and what is read instead. Where they are long, without what is equal.
pub(super) fn both(written: &Value, read: &Value) -> [String; 2] {
    let is_short = [written, read].iter().all(|value| length(value) <= MOST);
    match is_short {
        true => [text(written), text(read)],
        false => [
            shortened(written, || differing(written, read)),
            shortened(read, || differing(read, written)),
        ],
    }
}

fn shortened(value: &Value, part: impl FnOnce() -> Value) -> String {
    match length(value) <= MOST {
        true => text(value),
        false => text(&part()),
    }
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

fn text(value: &Value) -> String {
    let text = value.to_string().replace(&format!("\"{LEFT_OUT}\":null"), LEFT_OUT);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}{LEFT_OUT}", &text[..end]),
        None => text,
    }
}

/// The entries with these names, at every depth. An object that has none of them is what the way leads to.
fn kept(value: &Value, names: &BTreeSet<&str>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| kept(item, names)).collect(),
        Value::Object(entries)
            if entries
                .keys()
                .any(|name| names.contains(name.as_str()) || name == "some") =>
        {
            let named = entries
                .iter()
                .filter(|(name, _)| names.contains(name.as_str()) || *name == "some");
            object(
                entries,
                named
                    .map(|(name, inside)| (name.clone(), kept(inside, names)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// The entries that the other value has not, or in which it differs.
fn differing(value: &Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Object(entries), Value::Object(others)) => {
            let changed = entries
                .iter()
                .filter(|(name, inside)| others.get(*name) != Some(*inside));
            let changed = changed.map(|(name, inside)| {
                let part = others
                    .get(name)
                    .map_or_else(|| inside.clone(), |other| differing(inside, other));
                (name.clone(), part)
            });
            object(entries, changed.collect())
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => items
            .iter()
            .zip(others)
            .map(|(item, other)| differing(item, other))
            .collect(),
        _ => value.clone(),
    }
}

/// Some entries of an object, with a sign for the others.
fn object(all: &Map<String, Value>, mut some: Map<String, Value>) -> Value {
    if some.len() < all.len() {
        some.insert(LEFT_OUT.to_owned(), Value::Null);
    }
    Value::Object(some)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{both, on_the_way};

    fn book(format: &str, title: &str) -> Value {
        let long = "x".repeat(100);
        json!({"items": [{"authors": [long], "format": {format: null}, "title": title}], "total": 1})
    }

    #[test]
    fn long_values_show_what_fails() {
        assert_eq!(on_the_way(&json!({"a": 1, "b": 2}), "b"), r#"{"a":1,"b":2}"#);
        let shown = on_the_way(&book("Film", "a"), "items[].format.Film");
        assert_eq!(shown, r#"{"items":[{"format":{"Film":null},…}],…}"#);
    }

    #[test]
    fn long_values_show_what_is_another() {
        let shown = both(&book("Film", "a"), &book("Film", "b"));
        let expected = [r#"{"items":[{"title":"a",…}],…}"#, r#"{"items":[{"title":"b",…}],…}"#];
        assert_eq!(shown, expected);
        let short = both(&json!({"qty": 200}), &json!({"qty": 72}));
        assert_eq!(short, [r#"{"qty":200}"#, r#"{"qty":72}"#]);
    }
}
