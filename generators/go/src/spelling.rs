//! What documentation calls the items of an API: links to what `go doc` finds, and names in Go's spelling.

use std::collections::BTreeMap;

use rapace_gen_core::docs::{Dialect, Item};
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
    fn name(&self, item: Item<'_>, qualified: bool) -> String {
        let member = |owner: &str, name: &str| match qualified {
            true => format!("{owner}.{name}"),
            false => name.to_owned(),
        };
        match item {
            Item::Type(def) => self.types[def.name.as_str()].clone(),
            Item::Alias(alias) => self.naming.alias(&alias.name).unwrap_or(&alias.name).to_owned(),
            Item::Service(at) => self.naming.services[at].interface.clone(),
            Item::Method(at, method) => {
                let service = &self.naming.services[at];
                member(&service.interface, &service.methods[method].call)
            }
            // Variants are declared beside their type.
            Item::Variant(def, at) => self.naming.variant(&def.name, at).to_owned(),
            Item::VariantField(def, variant, at) => {
                let owner = self.naming.variant(&def.name, variant);
                format!("{owner}.{}", self.naming.fields(&def.name, Some(variant))[at])
            }
            Item::Field(def, at) => match &def.kind {
                TypeKind::Struct(fields) if fields.newtype().is_some() => self.types[def.name.as_str()].clone(),
                _ => member(&self.types[def.name.as_str()], &self.naming.fields(&def.name, None)[at]),
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
