//! Type aliases (`pub type Shelf = Vec<Book>;`) by which fields and signatures call their types.

use syn::{Item, Type};

use crate::rust_type::plain;
use crate::source::cfg::Cfg;
use crate::source::doc::Doc;
use crate::source::resolve::{item, segments, type_arguments};
use crate::source::tree::Tree;

/// An alias of the crate, at a place that uses it. What it names is the type that reflection finds there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasSource {
    /// Its name.
    pub name: String,
    /// The module that holds it, the crate first, and its name.
    pub path: String,
    /// Its docs.
    pub doc: Doc,
}

/// The alias by which a type is written in a module, where `parameters` are names of generic parameters.
///
/// Only an alias for the whole type, without generic parameters, of the same crate.
pub(crate) fn alias(tree: &Tree, cfg: &Cfg, module: usize, ty: &Type, parameters: &[String]) -> Option<AliasSource> {
    let path = segments(ty).filter(|_| type_arguments(ty).is_empty())?;
    if matches!(path.as_slice(), [one] if parameters.contains(one)) {
        return None;
    }
    let (holder, Item::Type(found)) = item(tree, module, &path)? else {
        return None;
    };
    let holder = &tree.modules[holder];
    let name = plain(&found.ident.to_string()).to_owned();
    found.generics.params.is_empty().then(|| AliasSource {
        path: format!("{}::{name}", holder.path.join("::")),
        doc: tree
            .doc_place(holder)
            .whole(&found.attrs, &cfg.attributes(&found.attrs)),
        name,
    })
}

/// The names of generic type parameters.
pub(crate) fn parameters(generics: &syn::Generics) -> Vec<String> {
    generics
        .type_params()
        .map(|parameter| parameter.ident.to_string())
        .collect()
}
