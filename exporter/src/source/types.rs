//! How types are written in the sources: what reflection has lost of them.

use std::collections::BTreeMap;

use syn::{Fields, Item};

use crate::rust_type::plain;
use crate::source::cfg::Cfg;
use crate::source::deprecation::deprecation;
use crate::source::doc::{Doc, DocPlace};
use crate::source::tree::{Presence, Tree};

/// The types of some crates by their full path, such as `bookshop::catalog::Book`.
#[derive(Clone, Debug, Default)]
pub struct TypeSources(BTreeMap<String, TypeSource>);

/// What the sources say of a struct or enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeSource {
    /// Its docs.
    pub doc: Doc,
    /// The note of its `#[deprecated]`.
    pub deprecated: Option<String>,
    /// The fields of a struct, in order.
    pub fields: Vec<NameSource>,
    /// The variants of an enum, in order, each with its fields.
    pub variants: Vec<(NameSource, Vec<NameSource>)>,
}

/// What the sources say of a field or variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameSource {
    /// The name in Rust, `0`, `1`, … in a tuple.
    pub name: String,
    /// Its docs.
    pub doc: Doc,
    /// The note of its `#[deprecated]`.
    pub deprecated: Option<String>,
}

impl TypeSources {
    /// Adds the types of a crate, which paths call `krate`. What may be there is taken where nothing is for certain.
    pub fn add(&mut self, tree: &Tree, cfg: &Cfg, krate: &str) {
        for module in &tree.modules {
            let place = tree.doc_place(module);
            let doc = |attributes: &[syn::Attribute]| place.doc(attributes, &cfg.attributes(attributes));
            let items = (module
                .items
                .iter()
                .zip(std::iter::repeat(module.presence == Presence::On)))
            .chain(module.guesses.iter().zip(std::iter::repeat(false)));
            for (item, certain) in items {
                let (ident, source) = match item {
                    Item::Struct(item) => {
                        let source = TypeSource {
                            doc: doc(&item.attrs),
                            deprecated: deprecation(&cfg.attributes(&item.attrs)),
                            fields: fields(&item.fields, cfg, &place),
                            variants: Vec::new(),
                        };
                        (&item.ident, source)
                    }
                    Item::Enum(item) => {
                        let present = item.variants.iter().filter(|variant| cfg.includes(&variant.attrs));
                        let variants = present.map(|variant| {
                            let name = NameSource {
                                name: variant.ident.to_string(),
                                doc: doc(&variant.attrs),
                                deprecated: deprecation(&cfg.attributes(&variant.attrs)),
                            };
                            (name, fields(&variant.fields, cfg, &place))
                        });
                        let source = TypeSource {
                            doc: doc(&item.attrs),
                            deprecated: deprecation(&cfg.attributes(&item.attrs)),
                            fields: Vec::new(),
                            variants: variants.collect(),
                        };
                        (&item.ident, source)
                    }
                    _ => continue,
                };
                let ident = ident.to_string();
                let inner = module.path[1..].iter().chain([&ident]);
                let path: Vec<&str> = std::iter::once(krate)
                    .chain(inner.map(|segment| plain(segment)))
                    .collect();
                let path = path.join("::");
                if certain || !self.0.contains_key(&path) {
                    self.0.insert(path, source);
                }
            }
        }
    }

    /// What the sources say of the type with this path, as symbols write it: without `r#` and generic arguments.
    pub fn get(&self, path: &str) -> Option<&TypeSource> {
        self.0.get(path)
    }
}

fn fields(fields: &Fields, cfg: &Cfg, place: &DocPlace) -> Vec<NameSource> {
    let present = fields.iter().filter(|field| cfg.includes(&field.attrs));
    let named = present.enumerate().map(|(position, field)| NameSource {
        name: field
            .ident
            .as_ref()
            .map_or_else(|| position.to_string(), ToString::to_string),
        doc: place.doc(&field.attrs, &cfg.attributes(&field.attrs)),
        deprecated: deprecation(&cfg.attributes(&field.attrs)),
    });
    named.collect()
}
