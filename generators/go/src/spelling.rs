//! What documentation calls the items of an API: links to what `go doc` finds, and names in Go's spelling.

use std::collections::BTreeMap;

use rapace_gen_core::docs::{Dialect, Item, Name};
use rapace_gen_core::names::Scope;
use rapace_schema::{Api, TypeKind};

use crate::declared::{Naming, type_names};

/// The names of a package, for its documentation.
pub(crate) struct Spelling<'a> {
    types: BTreeMap<&'a str, String>,
    naming: Naming<'a>,
}

impl<'a> Spelling<'a> {
    pub(crate) fn new(api: &'a Api) -> Self {
        let mut exported = Scope::default();
        let types = type_names(api, &mut exported);
        let (naming, _) = Naming::new(api, &types, &mut exported);
        Self { types, naming }
    }
}

impl Dialect for Spelling<'_> {
    fn name(&self, item: Item<'_>) -> Name {
        match item {
            Item::Type(def) => Name::alone(&self.types[def.name.as_str()]),
            Item::Alias(alias) => Name::alone(self.naming.alias(&alias.name).unwrap_or(&alias.name)),
            Item::Service(at) => Name::alone(&self.naming.services[at].interface),
            Item::Method(at, method) => {
                let service = &self.naming.services[at];
                Name::within(&service.interface, &service.methods[method].call)
            }
            // Variants are declared beside their type.
            Item::Variant(def, at) => Name::alone(self.naming.variant(&def.name, at)),
            Item::VariantField(def, variant, at) => {
                let owner = self.naming.variant(&def.name, variant);
                Name::alone(format!("{owner}.{}", self.naming.fields(&def.name, Some(variant))[at]))
            }
            Item::Field(def, at) => match &def.kind {
                TypeKind::Struct(fields) if fields.newtype().is_some() => Name::alone(&self.types[def.name.as_str()]),
                _ => Name::within(&self.types[def.name.as_str()], &self.naming.fields(&def.name, None)[at]),
            },
        }
    }

    fn link(&self, item: Item<'_>, name: &str, text: Option<&str>) -> String {
        // `go doc` knows neither fields nor the methods of interfaces.
        let link = match item {
            Item::Field(..) | Item::VariantField(..) | Item::Method(..) => name.to_owned(),
            Item::Type(_) | Item::Alias(_) | Item::Service(_) | Item::Variant(..) => format!("[{name}]"),
        };
        match text {
            None => link,
            Some(text) => format!("{text} ({link})"),
        }
    }

    fn url(&self, text: &str, url: &str) -> Option<String> {
        Some(match text == url {
            true => url.to_owned(),
            false => format!("{text} ({url})"),
        })
    }

    fn before_rust(&self) -> Option<&str> {
        Some("In Rust:")
    }
}
