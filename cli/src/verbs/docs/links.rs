//! Where things are in the reference: anchors, and what a doc text means by a name.

use std::collections::BTreeMap;

use rapace_schema::Api;

/// The anchors of an API by the names that doc texts use: `Book`, `Catalog`, `Catalog.find`.
pub(super) struct Links(BTreeMap<String, String>);

impl Links {
    /// All of an API. Where a service and a type have one name, the type has it.
    pub(super) fn of(api: &Api) -> Self {
        let mut anchors = BTreeMap::new();
        for service in &api.services {
            anchors.insert(service.name.clone(), service.name.clone());
            for method in &service.methods {
                let name = format!("{}.{}", service.name, method.name);
                anchors.insert(name.clone(), name);
            }
        }
        for alias in &api.aliases {
            anchors.insert(alias.name.clone(), of_alias(&alias.name));
        }
        for def in &api.types {
            anchors.insert(def.name.clone(), of_type(&def.name));
        }
        Self(anchors)
    }

    /// The anchor of what a doc text names, as rustdoc writes it: `Book`, `crate::Book`, `Catalog::find`, with or without
    /// backquotes.
    pub(super) fn resolve(&self, name: &str) -> Option<&str> {
        let name = name.trim().trim_matches('`').trim_end_matches("()");
        let parts: Vec<&str> = name.split("::").collect();
        let of_last = |count: usize| {
            let start = parts.len().checked_sub(count)?;
            self.0.get(&parts[start..].join(".")).map(String::as_str)
        };
        of_last(2).or_else(|| of_last(1))
    }
}

/// The anchor of a type.
pub(super) fn of_type(name: &str) -> String {
    format!("type.{name}")
}

/// The anchor of an alias.
pub(super) fn of_alias(name: &str) -> String {
    format!("alias.{name}")
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Api, Method, Service, TypeDef};

    use super::Links;

    #[test]
    fn names_are_found_as_rustdoc_finds_them() {
        let api = Api {
            services: vec![Service {
                name: "Catalog".into(),
                methods: vec![Method {
                    name: "find".into(),
                    ..Method::default()
                }],
                ..Service::default()
            }],
            types: vec![TypeDef {
                name: "Book".into(),
                ..TypeDef::default()
            }],
            ..Api::default()
        };
        let links = Links::of(&api);
        for (name, expected) in [
            ("Book", Some("type.Book")),
            ("`crate::model::Book`", Some("type.Book")),
            ("Catalog::find()", Some("Catalog.find")),
            ("Catalog", Some("Catalog")),
            ("Shelf", None),
            ("", None),
        ] {
            assert_eq!(links.resolve(name), expected, "{name}");
        }
    }
}
