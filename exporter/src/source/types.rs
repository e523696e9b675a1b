//! How types are written in the sources: what reflection has lost of them.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Fields, Generics, Ident, Item, ItemEnum, ItemImpl, ItemStruct, Meta, Type};

use crate::diagnostic::Location;
use crate::facts::Facts;
use crate::rust_type::plain;
use crate::source::alias::{AliasSource, alias, parameters};
use crate::source::cfg::Cfg;
use crate::source::deprecation::deprecation;
use crate::source::doc::Doc;
use crate::source::helper::{HelperAttribute, helper_attributes};
use crate::source::resolve;
use crate::source::tree::{Presence, Tree};

/// The types of some crates by their full path, such as `bookshop::catalog::Book`.
#[derive(Clone, Debug, Default)]
pub struct TypeSources(BTreeMap<String, TypeSource>);

/// What the sources say of a struct or enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeSource {
    /// Where its name is.
    pub at: Option<Location>,
    /// Its docs.
    pub doc: Doc,
    /// The note of its `#[deprecated]`.
    pub deprecated: Option<String>,
    /// The traits that it derives, and those of `Eq` and `Hash` that it implements by hand.
    pub traits: BTreeSet<String>,
    /// What it says to serde.
    pub serde: Vec<HelperAttribute>,
    /// What it says to facet.
    pub facet: Vec<HelperAttribute>,
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
    /// Where it is written.
    pub at: Option<Location>,
    /// Its docs.
    pub doc: Doc,
    /// The note of its `#[deprecated]`.
    pub deprecated: Option<String>,
    /// Whether `#[default]` marks it.
    pub default: bool,
    /// What it says to serde.
    pub serde: Vec<HelperAttribute>,
    /// The alias by which a field calls its type.
    pub alias: Option<AliasSource>,
}

impl TypeSources {
    /// Adds the types of a crate, which paths call `krate`. What may be there is taken where nothing is for certain.
    pub fn add(&mut self, tree: &Tree, cfg: &Cfg, krate: &str) {
        for (index, module) in tree.modules.iter().enumerate() {
            let reader = Reader {
                tree,
                cfg,
                module: index,
            };
            let items = (module.items.iter().map(|item| (item, module.presence == Presence::On)))
                .chain(module.guesses.iter().map(|item| (item, false)));
            for (item, certain) in items {
                let (ident, source) = match item {
                    Item::Struct(item) => (&item.ident, reader.structure(item)),
                    Item::Enum(item) => (&item.ident, reader.enumeration(item)),
                    _ => continue,
                };
                let path = path_of(krate, &module.path, &ident.to_string());
                if certain || !self.0.contains_key(&path) {
                    self.0.insert(path, source);
                }
            }
        }
        for (index, module) in tree.modules.iter().enumerate() {
            let items = module.items.iter().filter(|_| module.presence == Presence::On);
            for item in items {
                let Item::Impl(item) = item else { continue };
                if let Some((path, name)) = implemented(tree, index, item, krate)
                    && let Some(source) = self.0.get_mut(&path)
                {
                    source.traits.insert(name);
                }
            }
        }
    }

    /// What the sources say of a struct or enum that reflection has found.
    pub(crate) fn of(&self, facts: &Facts, shape: usize) -> Option<&TypeSource> {
        let path = facts.shapes[shape].path.as_deref().unwrap_or_default();
        self.get(path.split('<').next().unwrap_or_default())
    }

    /// What the sources say of the type with this path, as symbols write it: without `r#` and generic arguments.
    pub fn get(&self, path: &str) -> Option<&TypeSource> {
        self.0.get(path)
    }
}

/// What the sources say of so many things, in order: of none of them unless they show as many.
pub(crate) fn paired<T>(count: usize, sources: &[T]) -> impl Iterator<Item = Option<&T>> {
    let known = sources.len() == count;
    (0..count).map(move |index| sources.get(index).filter(|_| known))
}

/// The path of an item as symbols write it, its crate called `krate`.
fn path_of(krate: &str, module: &[String], name: &str) -> String {
    let inner = module[1..].iter().map(String::as_str).chain([name]);
    let path: Vec<&str> = std::iter::once(krate).chain(inner.map(plain)).collect();
    path.join("::")
}

/// The type for which an `impl` is, and the trait where it is `Eq` or `Hash`.
fn implemented(tree: &Tree, module: usize, item: &ItemImpl, krate: &str) -> Option<(String, String)> {
    let (path, _) = item.trait_.as_ref()?;
    let name = path.segments.last()?.ident.to_string();
    if name != "Eq" && name != "Hash" {
        return None;
    }
    let (holder, found) = resolve::item(tree, module, &resolve::segments(&item.self_ty)?)?;
    let ident = match found {
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        _ => return None,
    };
    Some((path_of(krate, &tree.modules[holder].path, &ident.to_string()), name))
}

/// The names of the traits that an item derives, without their modules.
pub(crate) fn derives(metas: &[Meta]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for meta in metas.iter().filter(|meta| meta.path().is_ident("derive")) {
        let Meta::List(list) = meta else { continue };
        // What does not parse does not compile either.
        let _ = list.parse_nested_meta(|inner| {
            names.extend(inner.path.segments.last().map(|last| last.ident.to_string()));
            Ok(())
        });
    }
    names
}

/// Reads the types of a module.
struct Reader<'a> {
    tree: &'a Tree,
    cfg: &'a Cfg,
    module: usize,
}

impl Reader<'_> {
    fn structure(&self, item: &ItemStruct) -> TypeSource {
        TypeSource {
            fields: self.fields(&item.fields, &item.generics),
            ..self.named(&item.ident, &item.attrs)
        }
    }

    fn enumeration(&self, item: &ItemEnum) -> TypeSource {
        let present = item.variants.iter().filter(|variant| self.cfg.includes(&variant.attrs));
        let variants = present.map(|variant| {
            let name = NameSource {
                at: Some(self.at(variant.ident.span())),
                ..self.member(variant.ident.to_string(), &variant.attrs)
            };
            (name, self.fields(&variant.fields, &item.generics))
        });
        TypeSource {
            variants: variants.collect(),
            ..self.named(&item.ident, &item.attrs)
        }
    }

    fn named(&self, ident: &Ident, attributes: &[Attribute]) -> TypeSource {
        let metas = self.cfg.attributes(attributes);
        let place = self.tree.doc_place(&self.tree.modules[self.module]);
        TypeSource {
            at: Some(self.at(ident.span())),
            doc: place.doc(attributes, &metas),
            deprecated: deprecation(&metas),
            traits: derives(&metas),
            serde: self.helpers(&metas, "serde"),
            facet: self.helpers(&metas, "facet"),
            ..TypeSource::default()
        }
    }

    fn member(&self, name: String, attributes: &[Attribute]) -> NameSource {
        let metas = self.cfg.attributes(attributes);
        let place = self.tree.doc_place(&self.tree.modules[self.module]);
        NameSource {
            name,
            doc: place.doc(attributes, &metas),
            deprecated: deprecation(&metas),
            default: metas.iter().any(|meta| meta.path().is_ident("default")),
            serde: self.helpers(&metas, "serde"),
            ..NameSource::default()
        }
    }

    fn fields(&self, fields: &Fields, generics: &Generics) -> Vec<NameSource> {
        let parameters = parameters(generics);
        let present = fields.iter().filter(|field| self.cfg.includes(&field.attrs));
        let named = present.enumerate().map(|(position, field)| {
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| position.to_string(), ToString::to_string);
            NameSource {
                at: Some(self.at(start(field.ident.as_ref(), &field.ty))),
                alias: alias(self.tree, self.cfg, self.module, &field.ty, &parameters),
                ..self.member(name, &field.attrs)
            }
        });
        named.collect()
    }

    fn helpers(&self, metas: &[Meta], of: &str) -> Vec<HelperAttribute> {
        helper_attributes(metas, of, |span| self.at(span))
    }

    fn at(&self, span: proc_macro2::Span) -> Location {
        self.tree.location(self.module, span)
    }
}

/// Where a field begins, its attributes and visibility aside.
fn start(ident: Option<&Ident>, ty: &Type) -> proc_macro2::Span {
    ident.map_or_else(|| syn::spanned::Spanned::span(ty), Ident::span)
}
