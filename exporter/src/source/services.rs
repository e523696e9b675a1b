//! What a crate's sources say of its services: the order of methods, what is deprecated, and what is private.
//!
//! Which services there are is not for the sources to say: the compiled library knows, see `discover.rs`.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use syn::spanned::Spanned;
use syn::{FnArg, Item, ItemTrait, ReturnType, TraitItem, Type, Visibility};

use crate::diagnostic::{Diagnostic, Location};
use crate::rust_type::plain;
use crate::source::alias::{AliasSource, alias};
use crate::source::cfg::Cfg;
use crate::source::deprecation::deprecation;
use crate::source::doc::Doc;
use crate::source::reach::Reach;
use crate::source::resolve::{segments, type_arguments};
use crate::source::tree::{Presence, Tree};

/// A service of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSource {
    /// The module that holds the trait, the crate first: `["bookshop", "catalog"]`.
    pub module: Vec<String>,
    /// The trait's name.
    pub name: String,
    /// Where its name is.
    pub at: Option<Location>,
    /// The methods' names in the order of the trait, raw identifiers with their `r#`. Empty when the sources do not show
    /// the trait.
    pub methods: Vec<String>,
    /// The trait's docs.
    pub doc: Doc,
    /// The docs of methods that reflection does not know.
    pub method_docs: BTreeMap<String, Doc>,
    /// The note of `#[deprecated]` on the trait, empty when it has none.
    pub deprecated: Option<String>,
    /// The notes of deprecated methods.
    pub deprecated_methods: BTreeMap<String, String>,
    /// How methods are written, by their names, raw identifiers with their `r#`.
    pub signatures: BTreeMap<String, Signature>,
}

impl ServiceSource {
    /// How a method of so many arguments is written. One that the sources show with others is not the one that is meant.
    pub(crate) fn signature(&self, method: &str, arguments: usize) -> Option<&Signature> {
        let signature = self.signatures.get(method);
        signature.filter(|signature| signature.arguments.len() == arguments)
    }
}

/// How a method is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Where its name is.
    pub at: Option<Location>,
    /// Its arguments, in order.
    pub arguments: Vec<Part>,
    /// What it returns, or the items of the stream that it returns.
    pub response: Part,
    /// The condition of a `#[cfg(…)]` on it that is off, as it is written.
    pub off: Option<String>,
}

/// An argument or an answer as a signature writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Where it is written.
    pub at: Option<Location>,
    /// The alias by which it calls its type.
    pub alias: Option<AliasSource>,
}

/// What the sources say of a service that is in the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The trait is where the library has it.
    There(Box<ServiceSource>),
    /// It is there, and another crate cannot reach it.
    Private(Box<Diagnostic>),
    /// It is not there. A trait of that name in a macro's tokens or in another module may be what the service is made of.
    Elsewhere(Vec<ServiceSource>),
}

/// Looks for the trait of a service. `module` has the crate first.
pub fn look(tree: &Tree, cfg: &Cfg, module: &[String], name: &str) -> Shown {
    let same_path = |path: &[String]| {
        let plain_path = path.iter().map(|segment| plain(segment));
        path.len() == module.len() && plain_path.skip(1).eq(module[1..].iter().map(|segment| plain(segment)))
    };
    let named = |item: &Item| match item {
        Item::Trait(item) if plain(&item.ident.to_string()) == plain(name) => Some(item.clone()),
        _ => None,
    };
    for (index, holder) in tree.modules.iter().enumerate() {
        if holder.presence != Presence::On || !same_path(&holder.path) {
            continue;
        }
        if let Some(item) = holder.items.iter().find_map(named) {
            return match private(tree, &Reach::new(tree), index, &item) {
                Some(diagnostic) => Shown::Private(Box::new(diagnostic)),
                None => Shown::There(Box::new(describe(&item, &holder.path, cfg, (tree, index)))),
            };
        }
    }
    // Those of the same module first.
    let mut holders: Vec<_> = tree.modules.iter().enumerate().collect();
    holders.sort_by_key(|(_, holder)| !same_path(&holder.path));
    let found = holders.iter().flat_map(|(index, holder)| {
        let certain = holder
            .items
            .iter()
            .filter(|_| !matches!(holder.presence, Presence::Off(_)));
        let traits = certain.chain(&holder.guesses).filter_map(named);
        traits.map(|item| describe(&item, module, cfg, (tree, *index)))
    });
    Shown::Elsewhere(found.collect())
}

/// Why another crate cannot reach the service, and what to change.
fn private(tree: &Tree, reach: &Reach, module: usize, item: &ItemTrait) -> Option<Diagnostic> {
    let function = register_function(&item.ident.to_string());
    let holder = &tree.modules[module];
    let refuse = |at: Location, why: String, cure: String| Diagnostic {
        krate: holder.path[0].clone(),
        place: format!("{}::{}", holder.path.join("::"), item.ident),
        why,
        at: Some(at),
        cure,
        ..Diagnostic::error("service-unreachable")
    };
    if !matches!(item.vis, Visibility::Public(_)) {
        let at = tree.location(module, item.ident.span());
        let why = "the trait is not public".to_owned();
        return Some(refuse(at, why, format!("write `pub trait {}`", item.ident)));
    }
    if reach.path(module, &function).is_some() {
        return None;
    }
    // The outermost module on the way that cannot be reached is the one to open.
    let mut closed = module;
    while let Some(parent) = tree.modules[closed].parent.filter(|parent| !reach.contains(*parent)) {
        closed = parent;
    }
    let closed = &tree.modules[closed];
    let name = &closed.path[closed.path.len() - 1];
    let why = format!("the module `{name}` is private");
    let from_root = holder.path[1..].join("::");
    let cure = format!("write `pub mod {name}`, or `pub use {from_root}::*` where it is public");
    Some(refuse(closed.declared.clone(), why, cure))
}

/// The name of the function that registers the service of a trait.
pub fn register_function(service: &str) -> String {
    // rapace has a heck for which letters beyond ASCII are none.
    let ascii = service.replace(|letter: char| !letter.is_ascii(), "_");
    format!("{}_register", ascii.to_snake_case())
}

/// `holder` is the tree and the module in it that holds the trait.
fn describe(item: &ItemTrait, module: &[String], cfg: &Cfg, holder: (&Tree, usize)) -> ServiceSource {
    let place = holder.0.doc_place(&holder.0.modules[holder.1]);
    let doc = |attributes: &[syn::Attribute]| place.doc(attributes, &cfg.attributes(attributes));
    let docs = item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(method) => Some((method.sig.ident.to_string(), doc(&method.attrs))),
        _ => None,
    });
    let methods = item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(method) => Some((
            method.sig.ident.to_string(),
            deprecation(&cfg.attributes(&method.attrs)),
        )),
        _ => None,
    });
    let methods: Vec<(String, Option<String>)> = methods.collect();
    ServiceSource {
        doc: doc(&item.attrs),
        method_docs: docs.filter(|(_, doc)| *doc != Doc::AsReflected).collect(),
        module: module.to_vec(),
        name: item.ident.to_string(),
        at: Some(holder.0.location(holder.1, item.ident.span())),
        deprecated: deprecation(&cfg.attributes(&item.attrs)),
        deprecated_methods: methods
            .iter()
            .cloned()
            .filter_map(|(name, note)| Some((name, note?)))
            .collect(),
        methods: methods.into_iter().map(|(name, _)| name).collect(),
        signatures: signatures(item, cfg, holder),
    }
}

fn signatures(item: &ItemTrait, cfg: &Cfg, (tree, module): (&Tree, usize)) -> BTreeMap<String, Signature> {
    let part = |ty: &Type| Part {
        at: Some(tree.location(module, ty.span())),
        alias: alias(tree, cfg, module, ty, &[]),
    };
    let methods = item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(method) => Some(method),
        _ => None,
    });
    let signatures = methods.map(|method| {
        let arguments = method.sig.inputs.iter().filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(part(&argument.ty)),
            FnArg::Receiver(_) => None,
        });
        let response = match &method.sig.output {
            ReturnType::Type(_, ty) => part(item_of(ty)),
            ReturnType::Default => Part::default(),
        };
        let signature = Signature {
            at: Some(tree.location(module, method.sig.ident.span())),
            arguments: arguments.collect(),
            response,
            off: cfg.excludes(&method.attrs),
        };
        (method.sig.ident.to_string(), signature)
    });
    signatures.collect()
}

/// `T` of `Streaming<T>`, or the type itself.
fn item_of(ty: &Type) -> &Type {
    let is_stream = segments(ty).is_some_and(|path| path.last().is_some_and(|last| last == STREAM));
    match type_arguments(ty).as_slice() {
        [item] if is_stream => item,
        _ => ty,
    }
}

/// The name of rapace's type for an answer that is a stream.
pub(crate) const STREAM: &str = "Streaming";

#[cfg(test)]
mod tests;
