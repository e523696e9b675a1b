//! The traits that a crate's sources mark as services.

use syn::{Item, ItemTrait, Meta};

use crate::diagnostic::Location;
use crate::source::cfg::Cfg;
use crate::source::tree::{Presence, Tree};

/// A trait under `#[rapace::service]` in the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The module that holds it, the crate first.
    pub module: Vec<String>,
    /// Its name.
    pub name: String,
    /// Where its name is.
    pub at: Location,
    /// The condition by which it is not compiled.
    pub off: Option<String>,
}

/// The traits that the sources mark as services, those among them that are not compiled, but for what is for tests.
///
/// `rapace` is the name by which the crate calls rapace.
pub fn marked(tree: &Tree, cfg: &Cfg, rapace: &str) -> Vec<Marked> {
    let mut found = Vec::new();
    for (module, holder) in tree.modules.iter().enumerate() {
        let of_module = match &holder.presence {
            Presence::On => None,
            Presence::Off(condition) => Some(condition.clone()),
            Presence::Guess => continue,
        };
        let markers = markers(tree, module, rapace);
        let on = holder.items.iter().map(|item| (item, of_module.clone()));
        let off = holder
            .off
            .iter()
            .map(|(item, condition)| (item, Some(condition.clone())));
        for (item, off) in on.chain(off) {
            let Item::Trait(item) = item else { continue };
            let attributes = cfg.attributes(&item.attrs);
            let mut attributes = attributes.iter();
            let is_service = attributes.any(|attribute| marks_service(attribute, &markers, rapace));
            if is_service && !off.as_deref().is_some_and(is_for_tests) {
                found.push(Marked {
                    module: holder.path.clone(),
                    name: item.ident.to_string(),
                    at: tree.location(module, item.ident.span()),
                    off,
                });
            }
        }
    }
    found
}

/// The traits that are compiled and marked as services, each with its module.
pub(crate) fn services<'a>(
    tree: &'a Tree,
    cfg: &'a Cfg,
    rapace: &'a str,
) -> impl Iterator<Item = (usize, &'a ItemTrait)> {
    let modules = tree.modules.iter().enumerate();
    let on = modules.filter(|(_, module)| module.presence == Presence::On);
    on.flat_map(move |(index, module)| {
        let markers = markers(tree, index, rapace);
        let traits = module.items.iter().filter_map(|item| match item {
            Item::Trait(item) => Some(item),
            _ => None,
        });
        let marked = traits.filter(move |item| {
            let attributes = cfg.attributes(&item.attrs);
            attributes
                .iter()
                .any(|attribute| marks_service(attribute, &markers, rapace))
        });
        marked.map(move |item| (index, item))
    })
}

/// Whether a condition asks for `test`.
fn is_for_tests(condition: &str) -> bool {
    let mut words = condition.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '"');
    words.any(|word| word == "test")
}

/// The names under which a module has imported `rapace::service`.
fn markers(tree: &Tree, module: usize, rapace: &str) -> Vec<String> {
    let imports = tree.modules[module].imports.iter().filter_map(|import| {
        let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
        let named = path == [rapace, "service"] || path == [rapace, "prelude", "service"];
        match &import.name {
            Some(name) => named.then(|| name.clone()),
            None => (path == [rapace] || path == [rapace, "prelude"]).then(|| "service".to_owned()),
        }
    });
    // `use super::*` brings in what the outer module has imported.
    let outer = tree.modules[module]
        .imports
        .iter()
        .any(|import| import.name.is_none() && import.path == ["super"]);
    let inherited = tree.modules[module].parent.filter(|_| outer);
    imports
        .chain(inherited.into_iter().flat_map(|outer| markers(tree, outer, rapace)))
        .collect()
}

fn marks_service(attribute: &Meta, markers: &[String], rapace: &str) -> bool {
    let segments: Vec<String> = attribute.path().segments.iter().map(|s| s.ident.to_string()).collect();
    match segments.as_slice() {
        [one] => markers.contains(one),
        [krate, .., service] => *krate == rapace && service == "service",
        [] => false,
    }
}
