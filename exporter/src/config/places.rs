//! Where the entries of a `rapace.toml` are written.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::Location;

use super::parse::line_and_column;

/// Where entries are. An entry is a key, or a text in a list: `["names", "jobs::Job"]`, `["idempotent", "Jobs.list"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<Vec<String>, Location>);

impl Places {
    /// The places in the text of a file; none in what is no TOML.
    pub(super) fn read(text: &str, file: &Path) -> Self {
        let mut found = Found {
            text,
            file,
            places: BTreeMap::new(),
        };
        if let Ok(table) = DeTable::parse(text) {
            found.table(&[], table.get_ref());
        }
        Self(found.places)
    }

    /// Where an entry is: a table and its keys.
    pub fn of(&self, entry: &[&str]) -> Option<Location> {
        let entry: Vec<String> = entry.iter().map(ToString::to_string).collect();
        self.0.get(&entry).cloned()
    }

    /// Adds the entries of another file, which go before those of this one.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

struct Found<'a> {
    text: &'a str,
    file: &'a Path,
    places: BTreeMap<Vec<String>, Location>,
}

impl Found<'_> {
    fn table(&mut self, around: &[String], table: &DeTable<'_>) {
        for (key, value) in table {
            let entry = self.add(around, key.get_ref(), key.span().start);
            self.value(&entry, value.get_ref());
        }
    }

    fn value(&mut self, around: &[String], value: &DeValue<'_>) {
        match value {
            DeValue::Table(inner) => self.table(around, inner),
            DeValue::Array(items) => {
                for item in items {
                    match item.get_ref() {
                        DeValue::String(text) => drop(self.add(around, text, item.span().start)),
                        other => self.value(around, other),
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, around: &[String], entry: &str, byte: usize) -> Vec<String> {
        let entry = [around, &[entry.to_owned()]].concat();
        let (line, column) = line_and_column(self.text, byte);
        let place = Location::new(self.file, line, column);
        self.places.entry(entry.clone()).or_insert(place);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    const TEXT: &str = r#"idempotent = ["Jobs.list", "Jobs.find"]
# A comment: é
names = { "jobs::Job" = "Job" }
warnings.allow = [
    "several-services",
]
[types]
"jobs::Money" = { python = { import = "acme", type = "Money", from = "a", to = "b" } }
"jobs::Größe" = "brand"
[export]
open-enums = ["jobs::State"]
[[lint.allow]]
rule = "bare-answer"
reason = "one"
[[lint.allow]]
rule = "bare-tuple"
reason = "two"
"#;

    #[test]
    fn keys_and_texts_in_lists_have_places() {
        let places = Config::parse(TEXT).unwrap().places;
        for (entry, expected) in [
            (&["idempotent", "Jobs.find"][..], Some("rapace.toml:1:28")),
            (&["names", "jobs::Job"], Some("rapace.toml:3:11")),
            (&["warnings", "allow"], Some("rapace.toml:4:10")),
            (&["warnings", "allow", "several-services"], Some("rapace.toml:5:5")),
            (&["types", "jobs::Money", "python"], Some("rapace.toml:8:19")),
            (&["types", "jobs::Größe"], Some("rapace.toml:9:1")),
            (&["export", "open-enums", "jobs::State"], Some("rapace.toml:11:15")),
            // The first of several.
            (&["lint", "allow", "rule"], Some("rapace.toml:13:1")),
            (&["idempotent", "Jobs.gone"], None),
            (&["gone"], None),
        ] {
            let found = places.of(entry).map(|place| place.to_string());
            assert_eq!(found.as_deref(), expected, "{entry:?}");
        }
    }
}
