//! Which item of a crate a path means: along modules and `use`.

use syn::{Ident, Item};

use crate::diagnostic::Location;
use crate::rust_type::plain;
use crate::source::tree::{Presence, Tree};

/// How many imports may lead to each other: a circle does not compile, but sources that do not compile are read too.
const LONGEST_WAY: u8 = 32;

/// The item of the crate that `path` means in a module, and the module that holds it.
pub(crate) fn item<'a>(tree: &'a Tree, module: usize, path: &[String]) -> Option<(usize, &'a Item)> {
    walk(tree, module, path, LONGEST_WAY)
}

fn walk<'a>(tree: &'a Tree, module: usize, path: &[String], left: u8) -> Option<(usize, &'a Item)> {
    let left = left.checked_sub(1)?;
    let (name, holder) = path.split_last()?;
    if !holder.is_empty() {
        return walk(
            tree,
            module_of(tree, module, holder, left)?,
            std::slice::from_ref(name),
            left,
        );
    }
    let holder = &tree.modules[module];
    if holder.presence != Presence::On {
        return None;
    }
    let is_named = |item: &&Item| name_of(item).is_some_and(|found| plain(&found) == plain(name));
    if let Some(found) = holder.items.iter().find(is_named) {
        return Some((module, found));
    }
    let mut imports = holder.imports.iter();
    if let Some(import) = imports.find(|import| import.name.as_ref() == Some(name)) {
        // A `use` of a name that leads to itself is of another crate.
        return (import.path != path)
            .then(|| walk(tree, module, &import.path, left))
            .flatten();
    }
    let globs = holder.imports.iter().filter(|import| import.name.is_none());
    let modules = globs.filter_map(|import| module_of(tree, module, &import.path, left));
    let mut modules = modules.filter(|found| *found != module);
    modules.find_map(|found| walk(tree, found, path, left))
}

/// The module that a path means.
fn module_of(tree: &Tree, from: usize, path: &[String], left: u8) -> Option<usize> {
    let left = left.checked_sub(1)?;
    if let Some(found) = tree.resolve(from, path) {
        return Some(found);
    }
    let (first, rest) = path.split_first()?;
    let import = tree.modules[from]
        .imports
        .iter()
        .find(|import| import.name.as_ref() == Some(first))?;
    if import.path.first() == Some(first) {
        return None;
    }
    module_of(tree, from, &[import.path.as_slice(), rest].concat(), left)
}

fn name_of(item: &Item) -> Option<String> {
    match item {
        Item::Fn(_) => None,
        item => ident_of(item).map(ToString::to_string),
    }
}

fn ident_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

/// Where a path leads that symbols write, its crate first, as far as the sources show the way: the item that holds the rest of the
/// path, or the module.
pub(crate) fn nearest(tree: &Tree, path: &[&str]) -> Option<Location> {
    let (mut module, mut rest) = (0, path.get(1..)?);
    while let [name, inner @ ..] = rest
        && let Some(found) = (0..tree.modules.len()).find(|&index| {
            let child = &tree.modules[index];
            let is_named = child.path.last().is_some_and(|last| plain(last) == plain(name));
            is_named && child.parent == Some(module) && child.presence == Presence::On
        })
    {
        (module, rest) = (found, inner);
    }
    let holder = tree.modules.get(module)?;
    let item = rest.first().and_then(|name| {
        let mut idents = holder.items.iter().filter_map(ident_of);
        idents.find(|ident| plain(&ident.to_string()) == plain(name))
    });
    Some(match item {
        Some(ident) => tree.location(module, ident.span()),
        None => holder.declared.clone(),
    })
}

/// The segments of a type that is a path without `::` before it, generic arguments at its end alone or nowhere.
pub(crate) fn segments(ty: &syn::Type) -> Option<Vec<String>> {
    let syn::Type::Path(path) = plain_type(ty) else {
        return None;
    };
    (path.qself.is_none() && path.path.leading_colon.is_none()).then(|| {
        path.path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect()
    })
}

/// The generic arguments that are types, of a path's last segment.
pub(crate) fn type_arguments(ty: &syn::Type) -> Vec<&syn::Type> {
    let syn::Type::Path(path) = plain_type(ty) else {
        return Vec::new();
    };
    let Some(syn::PathArguments::AngleBracketed(arguments)) = path.path.segments.last().map(|last| &last.arguments)
    else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// Without the parentheses around it, and the marks that a macro leaves.
fn plain_type(ty: &syn::Type) -> &syn::Type {
    match ty {
        syn::Type::Paren(inner) => plain_type(&inner.elem),
        syn::Type::Group(inner) => plain_type(&inner.elem),
        other => other,
    }
}

/// The crate from which a path comes: `std` of `std::time::Duration`, or of `Duration` where that is imported. None for a path of
/// this crate, and for a name that is neither imported nor written with its crate.
pub(crate) fn origin(tree: &Tree, module: usize, path: &[String]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    if ["crate", "self", "super"].contains(&first.as_str()) {
        return None;
    }
    let mut imports = tree.modules[module].imports.iter();
    let import = imports.find(|import| import.name.as_ref() == Some(first));
    match import {
        Some(import) => import.path.first().cloned(),
        None => (!rest.is_empty()).then(|| first.clone()),
    }
}
