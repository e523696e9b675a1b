//! Finds the `#[rapace::service]` traits of a crate in its sources.
//!
//! rapace registers a service only when a server for it is made, and its registering functions stand in no list; so
//! the sources must say where those functions are.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use syn::{Item, ItemTrait, Meta, TraitItem, Visibility};

use crate::diagnostic::Diagnostic;
use crate::source::cfg::Cfg;
use crate::source::doc::{Doc, DocPlace};
use crate::source::reach::Reach;
use crate::source::tree::{Module, Tree, string_value};

/// A service trait that can be registered from outside its crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The module that holds the trait, the crate first: `["bookshop", "catalog"]`.
    pub module: Vec<String>,
    /// The trait's name.
    pub name: String,
    /// The path of the function that registers the service, as another crate writes it, without the crate.
    pub register: String,
    /// The methods' names in the order of the trait, raw identifiers with their `r#`.
    pub methods: Vec<String>,
    /// The trait's docs.
    pub doc: Doc,
    /// The docs of methods that reflection does not know.
    pub method_docs: BTreeMap<String, Doc>,
    /// The note of `#[deprecated]` on the trait, empty when it has none.
    pub deprecated: Option<String>,
    /// The notes of deprecated methods.
    pub deprecated_methods: BTreeMap<String, String>,
}

/// The services of a crate: those that can be registered from outside, and a diagnostic for each that cannot.
///
/// `rapace` is the name by which the crate calls rapace.
pub fn find(tree: &Tree, cfg: &Cfg, rapace: &str) -> (Vec<Found>, Vec<Diagnostic>) {
    let reach = Reach::new(tree);
    let (mut found, mut unreachable) = (Vec::new(), Vec::new());
    for (module, holder) in tree.modules.iter().enumerate() {
        let markers = markers(tree, module, rapace);
        for item in &holder.items {
            let Item::Trait(item) = item else { continue };
            let attributes = cfg.attributes(&item.attrs);
            if !attributes
                .iter()
                .any(|attribute| marks_service(attribute, &markers, rapace))
            {
                continue;
            }
            match register_path(tree, &reach, module, item) {
                Ok(register) => found.push(describe(item, holder, register, cfg, &tree.doc_place(holder))),
                Err(diagnostic) => unreachable.push(*diagnostic),
            }
        }
    }
    (found, unreachable)
}

/// The path of the function that rapace makes beside the trait: heck's snake case of the trait's name, `_register`.
fn register_path(tree: &Tree, reach: &Reach, module: usize, item: &ItemTrait) -> Result<String, Box<Diagnostic>> {
    let function = register_function(&item.ident.to_string());
    let holder = &tree.modules[module];
    let refuse = |place: String, why: String, cure: String| {
        Box::new(Diagnostic {
            krate: holder.path[0].clone(),
            place: format!("{}::{} ({place})", holder.path.join("::"), item.ident),
            why,
            cure,
            ..Diagnostic::error("service-unreachable")
        })
    };
    if !matches!(item.vis, Visibility::Public(_)) {
        let place = format!("{}:{}", holder.file, item.ident.span().start().line);
        let why = "the trait is not public".to_owned();
        return Err(refuse(place, why, format!("write `pub trait {}`", item.ident)));
    }
    if let Some(path) = reach.path(module, &function) {
        return Ok(path[1..].join("::"));
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
    Err(refuse(closed.declared.clone(), why, cure))
}

/// The name of the function that registers the service of a trait.
pub fn register_function(service: &str) -> String {
    // rapace has a heck for which letters beyond ASCII are none.
    let ascii = service.replace(|letter: char| !letter.is_ascii(), "_");
    format!("{}_register", ascii.to_snake_case())
}

fn describe(item: &ItemTrait, holder: &Module, register: String, cfg: &Cfg, place: &DocPlace) -> Found {
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
    Found {
        doc: doc(&item.attrs),
        method_docs: docs.filter(|(_, doc)| *doc != Doc::AsReflected).collect(),
        module: holder.path.clone(),
        name: item.ident.to_string(),
        register,
        deprecated: deprecation(&cfg.attributes(&item.attrs)),
        deprecated_methods: methods
            .iter()
            .cloned()
            .filter_map(|(name, note)| Some((name, note?)))
            .collect(),
        methods: methods.into_iter().map(|(name, _)| name).collect(),
    }
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

/// The note of a `#[deprecated]`, in any of its three forms.
pub(crate) fn deprecation(attributes: &[Meta]) -> Option<String> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("deprecated"))?;
    let mut note = string_value(attribute).unwrap_or_default();
    if let Meta::List(list) = attribute {
        // Other keys (`since`) are read and passed over; what does not parse does not compile either.
        let _ = list.parse_nested_meta(|meta| {
            let value: syn::LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("note") {
                note = value.value();
            }
            Ok(())
        });
    }
    Some(note)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Found, find};
    use crate::diagnostic::Diagnostic;
    use crate::source::cfg::Cfg;
    use crate::source::tree::Tree;

    /// Finds in a crate of these files, built on Unix with the feature `search`.
    fn in_crate(files: &[(&str, &str)]) -> (Vec<Found>, Vec<Diagnostic>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let cfg = Cfg::new("unix\n", ["search".to_owned()]);
        let tree = Tree::read(&folder.path().join("src/lib.rs"), "shop", &cfg).unwrap();
        find(&tree, &cfg, "rapace")
    }

    fn paths(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.register.as_str()).collect()
    }

    const A: &str = "#[rapace::service] pub trait A {}";

    #[test]
    fn every_way_to_mark_a_service_is_seen() {
        let (found, unreachable) = in_crate(&[(
            "src/lib.rs",
            "#[rapace::service] pub trait A { async fn z(&self); async fn a(&self); }
             #[::rapace::service] pub trait BCatalog {}
             pub mod imported { use rapace::service; #[service] pub trait C {}
                 pub mod inner { use super::*; #[service] pub trait C2 {} } }
             pub mod renamed { use rapace::{Streaming, service as rpc}; #[rpc] pub trait D {} }
             pub mod glob { use rapace::prelude::*; #[service] pub trait E {} }
             pub mod prelude { use rapace::prelude::{service, Facet}; #[service] pub trait F {} }
             pub mod conditional { #[cfg_attr(unix, rapace::service)] pub trait G {}
                 #[cfg_attr(windows, rapace::service)] pub trait NotHere {} }
             pub mod other { use elsewhere::service; #[service] pub trait NotOurs {} }
             #[cfg(test)] mod tests { #[rapace::service] trait InTests {} }
             #[cfg(feature = \"search\")] pub mod search { #[rapace::service] pub trait Search {} }
             #[cfg(feature = \"other\")] pub mod other_feature { #[rapace::service] pub trait Off {} }
             #[cfg(feature = \"other\")] #[rapace::service] pub trait AlsoOff {}
             pub trait Plain {}",
        )]);
        assert_eq!(
            paths(&found),
            [
                "a_register",
                "b_catalog_register",
                "imported::c_register",
                "imported::inner::c2_register",
                "renamed::d_register",
                "glob::e_register",
                "prelude::f_register",
                "conditional::g_register",
                "search::search_register",
            ]
        );
        assert_eq!(found[0].methods, ["z", "a"]);
        assert_eq!(unreachable, []);
    }

    #[test]
    fn modules_are_followed_into_their_files() {
        let service = |name: &str| format!("#[rapace::service] pub trait {name} {{}}");
        let (found, _) = in_crate(&[
            (
                "src/lib.rs",
                "pub mod a; pub mod b; #[path = \"odd/place.rs\"] pub mod c; pub mod r#type; mod gone;",
            ),
            ("src/a.rs", &format!("pub mod deep; {}", service("InA"))),
            ("src/a/deep.rs", &service("Deep")),
            (
                "src/b/mod.rs",
                &format!("pub mod beside; pub mod inline {{ pub mod far; }} {}", service("InB")),
            ),
            ("src/b/beside.rs", &service("Beside")),
            ("src/b/inline/far.rs", &service("Far")),
            ("src/odd/place.rs", &format!("pub mod near; {}", service("InC"))),
            ("src/odd/near.rs", &service("Near")),
            ("src/type.rs", &service("Raw")),
        ]);
        assert_eq!(
            paths(&found),
            [
                "a::in_a_register",
                "a::deep::deep_register",
                "b::in_b_register",
                "b::beside::beside_register",
                "b::inline::far::far_register",
                "c::in_c_register",
                "c::near::near_register",
                "r#type::raw_register"
            ]
        );
    }

    #[test]
    fn re_exports_open_private_modules() {
        for (text, expected) in [
            (format!("mod m {{ {A} }} pub use m::*;"), "a_register"),
            (format!("mod m {{ {A} }} pub use crate::m::*;"), "a_register"),
            (
                format!("mod m {{ {A} }} pub use self::m::{{A, a_register}};"),
                "a_register",
            ),
            (
                format!("mod m {{ {A} }} pub use m::a_register as register;"),
                "register",
            ),
            (format!("mod m {{ {A} }} pub use m as api;"), "api::a_register"),
            (
                format!("mod m {{ pub mod n {{ {A} }} }} pub use m::n;"),
                "n::a_register",
            ),
            (
                format!("mod m {{ pub mod n {{ {A} }} }} pub use m::*;"),
                "n::a_register",
            ),
            (
                format!("mod m {{ mod n {{ {A} }} pub use n::*; }} pub use m::*;"),
                "a_register",
            ),
            (
                format!("pub mod f {{ mod own {{ {A} }} pub use self::own::*; }}"),
                "f::a_register",
            ),
            (
                format!("mod m {{ {A} }} pub mod api {{ pub use super::m::*; }}"),
                "api::a_register",
            ),
            (
                format!("mod m {{ {A} }} pub use m::*; pub mod b {{ pub use super::*; }}"),
                "a_register",
            ),
        ] {
            let (found, unreachable) = in_crate(&[("src/lib.rs", &text)]);
            assert_eq!(unreachable, [], "{text}");
            assert_eq!(paths(&found), [expected], "{text}");
        }
    }

    #[test]
    fn what_is_private_is_named_with_the_line_to_change() {
        let (found, unreachable) = in_crate(&[(
            "src/lib.rs",
            "mod hidden {
                pub mod inner { #[rapace::service] pub trait A {} }
             }
             pub mod open { #[rapace::service] trait B {}
                 #[rapace::service] pub(crate) trait C {} }
             mod only_trait { #[rapace::service] pub trait D {} }
             pub use only_trait::D;",
        )]);
        let messages: Vec<String> = unreachable.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "shop::hidden::inner::A (src/lib.rs:1): the module `hidden` is private\n    instead: write \
                 `pub mod hidden`, or `pub use hidden::inner::*` where it is public",
                "shop::open::B (src/lib.rs:4): the trait is not public\n    instead: write `pub trait B`",
                "shop::open::C (src/lib.rs:5): the trait is not public\n    instead: write `pub trait C`",
                "shop::only_trait::D (src/lib.rs:6): the module `only_trait` is private\n    instead: write \
                 `pub mod only_trait`, or `pub use only_trait::*` where it is public",
            ]
        );
        assert_eq!(found, []);
    }

    #[test]
    fn registering_functions_have_letters_of_ascii_alone() {
        for (name, expected) in [
            ("OrderBook", "order_book_register"),
            ("r#type", "r_type_register"),
            ("GRÖSSE", "gr_sse_register"),
            ("größe", "gr_e_register"),
        ] {
            assert_eq!(super::register_function(name), expected);
        }
    }

    #[test]
    fn deprecation_is_read() {
        let (found, _) = in_crate(&[(
            "src/lib.rs",
            "#[deprecated] #[rapace::service] pub trait A {
                 #[deprecated = \"use b\"] async fn a(&self);
                 async fn b(&self);
                 #[deprecated(since = \"1.0\", note = \"use b too\")] async fn r#type(&self);
             }",
        )]);
        assert_eq!(found[0].deprecated.as_deref(), Some(""));
        let notes: Vec<(&str, &str)> = found[0]
            .deprecated_methods
            .iter()
            .map(|(name, note)| (name.as_str(), note.as_str()))
            .collect();
        assert_eq!(notes, [("a", "use b"), ("r#type", "use b too")]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let root = folder.path().join("src/lib.rs");
        fs::write(&root, "pub mod a {\n  fn 5() {}\n}").unwrap();
        let error = Tree::read(&root, "shop", &Cfg::default()).unwrap_err();
        assert_eq!(error.to_string(), "src/lib.rs: line 2: expected identifier");
    }
}
