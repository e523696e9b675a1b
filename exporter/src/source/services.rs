//! What a crate's sources say of its services: the order of methods, what is deprecated, and what is private.
//!
//! Which services there are is not for the sources to say: the compiled library knows, see `discover.rs`.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use syn::{Item, ItemTrait, Meta, TraitItem, Visibility};

use crate::diagnostic::Diagnostic;
use crate::naming::plain;
use crate::source::cfg::Cfg;
use crate::source::doc::{Doc, DocPlace};
use crate::source::reach::Reach;
use crate::source::tree::{Presence, Tree, string_value};

/// A service of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The module that holds the trait, the crate first: `["bookshop", "catalog"]`.
    pub module: Vec<String>,
    /// The trait's name.
    pub name: String,
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
}

/// What the sources say of a service that is in the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The trait is where the library has it.
    There(Found),
    /// It is there, and another crate cannot reach it.
    Private(Box<Diagnostic>),
    /// It is not there. A trait of that name in a macro's tokens or in another module may be what the service is made of.
    Elsewhere(Vec<Found>),
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
                None => Shown::There(describe(&item, &holder.path, cfg, &tree.doc_place(holder))),
            };
        }
    }
    // Those of the same module first.
    let mut holders: Vec<_> = tree.modules.iter().collect();
    holders.sort_by_key(|holder| !same_path(&holder.path));
    let found = holders.iter().flat_map(|holder| {
        let certain = holder
            .items
            .iter()
            .filter(|_| !matches!(holder.presence, Presence::Off(_)));
        let traits = certain.chain(&holder.guesses).filter_map(named);
        traits.map(|item| describe(&item, module, cfg, &tree.doc_place(holder)))
    });
    Shown::Elsewhere(found.collect())
}

/// A trait under `#[rapace::service]` in the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The module that holds it, the crate first.
    pub module: Vec<String>,
    /// Its name.
    pub name: String,
    /// `src/lib.rs:12`
    pub place: String,
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
                    place: format!("{}:{}", holder.file, item.ident.span().start().line),
                    off,
                });
            }
        }
    }
    found
}

/// Whether a condition asks for `test`.
fn is_for_tests(condition: &str) -> bool {
    let mut words = condition.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '"');
    words.any(|word| word == "test")
}

/// Why another crate cannot reach the service, and what to change.
fn private(tree: &Tree, reach: &Reach, module: usize, item: &ItemTrait) -> Option<Diagnostic> {
    let function = register_function(&item.ident.to_string());
    let holder = &tree.modules[module];
    let refuse = |place: String, why: String, cure: String| Diagnostic {
        krate: holder.path[0].clone(),
        place: format!("{}::{} ({place})", holder.path.join("::"), item.ident),
        why,
        cure,
        ..Diagnostic::error("service-unreachable")
    };
    if !matches!(item.vis, Visibility::Public(_)) {
        let place = format!("{}:{}", holder.file, item.ident.span().start().line);
        let why = "the trait is not public".to_owned();
        return Some(refuse(place, why, format!("write `pub trait {}`", item.ident)));
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

fn describe(item: &ItemTrait, module: &[String], cfg: &Cfg, place: &DocPlace) -> Found {
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
        module: module.to_vec(),
        name: item.ident.to_string(),
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

    use super::{Found, Marked, Shown, look, marked};
    use crate::source::cfg::Cfg;
    use crate::source::tree::{Build, Tree};

    /// A crate of these files, built on Unix with the feature `search`.
    fn krate(files: &[(&str, &str)]) -> (Tree, Cfg) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let build = Build {
            cfg: Cfg::new(["unix"], ["search".to_owned()]),
            out: Some(folder.path().join("out")),
        };
        let tree = Tree::read(&folder.path().join("src/lib.rs"), "shop", &build);
        (tree, build.cfg)
    }

    /// What the sources show of a service, by the path of its trait.
    fn shown((tree, cfg): &(Tree, Cfg), path: &str) -> Shown {
        let mut module: Vec<String> = format!("shop::{path}").split("::").map(str::to_owned).collect();
        let name = module.pop().unwrap();
        look(tree, cfg, &module, &name)
    }

    fn is_there(krate: &(Tree, Cfg), path: &str) -> bool {
        matches!(shown(krate, path), Shown::There(_))
    }

    fn names(marked: &[Marked]) -> Vec<String> {
        let name = |marked: &Marked| {
            let off = marked
                .off
                .as_ref()
                .map(|off| format!(" off: {off}"))
                .unwrap_or_default();
            format!("{}::{}{off}", marked.module[1..].join("::"), marked.name)
        };
        marked.iter().map(name).collect()
    }

    const A: &str = "#[rapace::service] pub trait A {}";

    #[test]
    fn every_way_to_mark_a_service_is_seen() {
        let (tree, cfg) = krate(&[
            (
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
             #[cfg(all(feature = \"other\", unix))] pub mod other_feature { #[rapace::service] pub trait Off {} }
             #[cfg(feature = \"other\")] #[rapace::service] pub trait AlsoOff {}
             pub mod inside;
             pub trait Plain {}",
            ),
            (
                "src/inside.rs",
                "#![cfg(windows)] #[rapace::service] pub trait Inside {}",
            ),
        ]);
        assert_eq!(
            names(&marked(&tree, &cfg, "rapace")),
            [
                "::A",
                "::BCatalog",
                "::AlsoOff off: feature = \"other\"",
                "imported::C",
                "imported::inner::C2",
                "renamed::D",
                "glob::E",
                "prelude::F",
                "conditional::G",
                "search::Search",
                "other_feature::Off off: all(feature = \"other\", unix)",
                "inside::Inside off: windows",
            ]
        );
    }

    #[test]
    fn modules_are_followed_into_their_files() {
        let service = |name: &str| format!("#[rpc::service] pub trait {name} {{}}");
        let krate = krate(&[
            (
                "src/lib.rs",
                "pub mod a; pub mod b; #[path = \"odd/place.rs\"] pub mod c; pub mod r#type; mod gone;
                 #[cfg_attr(unix, path = \"unix_side.rs\")] #[cfg_attr(windows, path = \"windows_side.rs\")] pub mod side;
                 pub mod outer { #[path = \"odd.rs\"] pub mod inner; }
                 #[path = \"elsewhere\"] pub mod moved { pub mod inner; }
                 #[cfg(windows)] #[path = \"lib.rs\"] pub mod circle;",
            ),
            ("src/a.rs", &format!("pub mod deep; pub mod i {{ #[path = \"p.rs\"] pub mod p; }} {}", service("InA"))),
            ("src/a/deep.rs", &service("Deep")),
            ("src/a/i/p.rs", &service("ByPath")),
            (
                "src/b/mod.rs",
                &format!("pub mod beside; pub mod inline {{ pub mod far; }} {}", service("InB")),
            ),
            ("src/b/beside.rs", &service("Beside")),
            ("src/b/inline/far.rs", &service("Far")),
            ("src/odd/place.rs", &format!("pub mod near; {}", service("InC"))),
            ("src/odd/near.rs", &service("Near")),
            ("src/type.rs", &service("Raw")),
            ("src/unix_side.rs", &service("OnUnix")),
            ("src/windows_side.rs", &service("OnWindows")),
            ("src/outer/odd.rs", &service("InInline")),
            ("src/elsewhere/inner.rs", &service("InElsewhere")),
        ]);
        for path in [
            "a::InA",
            "a::deep::Deep",
            "a::i::p::ByPath",
            "b::InB",
            "b::beside::Beside",
            "b::inline::far::Far",
            "c::InC",
            "c::near::Near",
            "type::Raw",
            "side::OnUnix",
            "outer::inner::InInline",
            "moved::inner::InElsewhere",
        ] {
            assert!(is_there(&krate, path), "{path}");
        }
        assert!(!is_there(&krate, "side::OnWindows"));
    }

    #[test]
    fn macros_and_included_files_are_looked_into() {
        let krate = krate(&[
            (
                "src/lib.rs",
                "include!(\"more/included.rs\"); include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));
                 cfg_if::cfg_if! { if #[cfg(unix)] { #[rapace::service] pub trait InIf { async fn b(&self); async fn a(&self); } } }
                 macro_rules! fixed { () => { pub trait Fixed { fn z(&self); fn y(&self); } } }
                 pub mod made { fixed!(); make!(Unknown); }",
            ),
            ("src/more/included.rs", "pub trait Included {} pub mod near;"),
            ("src/more/near.rs", "pub trait Near {}"),
            ("out/made.rs", "pub trait Made {}"),
        ]);
        for path in ["Included", "Made"] {
            assert!(is_there(&krate, path), "{path}");
        }
        let elsewhere = |path| match shown(&krate, path) {
            Shown::Elsewhere(found) => found.into_iter().map(|found| found.methods).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(elsewhere("InIf"), [["b", "a"]]);
        assert_eq!(elsewhere("made::Fixed"), [["z", "y"]]);
        assert!(elsewhere("made::Unknown").is_empty());
    }

    #[test]
    fn re_exports_open_private_modules() {
        for text in [
            format!("mod m {{ {A} }} pub use m::*;"),
            format!("mod m {{ {A} }} pub use crate::m::*;"),
            format!("mod m {{ {A} }} pub use self::m::{{A, a_register}};"),
            format!("mod m {{ {A} }} pub use m::a_register as register;"),
            format!("mod m {{ {A} }} pub use m as api;"),
            format!("mod m {{ {A} }} pub mod api {{ pub use super::m::*; }}"),
            format!("mod m {{ {A} }} pub use m::*; pub mod b {{ pub use super::*; }}"),
            format!("mod m {{ {A} }} any! {{ if x {{ pub use m::*; }} }}"),
        ] {
            assert!(is_there(&krate(&[("src/lib.rs", &text)]), "m::A"), "{text}");
        }
        for (text, path) in [
            (format!("mod m {{ pub mod n {{ {A} }} }} pub use m::n;"), "m::n::A"),
            (format!("mod m {{ pub mod n {{ {A} }} }} pub use m::*;"), "m::n::A"),
            (
                format!("mod m {{ mod n {{ {A} }} pub use n::*; }} pub use m::*;"),
                "m::n::A",
            ),
            (
                format!("pub mod f {{ mod own {{ {A} }} pub use self::own::*; }}"),
                "f::own::A",
            ),
        ] {
            assert!(is_there(&krate(&[("src/lib.rs", &text)]), path), "{text}");
        }
    }

    #[test]
    fn what_is_private_is_named_with_the_line_to_change() {
        let krate = krate(&[(
            "src/lib.rs",
            "mod hidden {
                pub mod inner { #[rapace::service] pub trait A {} }
             }
             pub mod open { #[rapace::service] trait B {}
                 #[rapace::service] pub(crate) trait C {} }
             mod only_trait { #[rapace::service] pub trait D {} }
             pub use only_trait::D;",
        )]);
        let messages: Vec<String> = ["hidden::inner::A", "open::B", "open::C", "only_trait::D"]
            .into_iter()
            .map(|path| match shown(&krate, path) {
                Shown::Private(diagnostic) => diagnostic.to_string(),
                other => panic!("{other:?}"),
            })
            .collect();
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
        let krate = krate(&[(
            "src/lib.rs",
            "#[deprecated] #[rapace::service] pub trait A {
                 #[deprecated = \"use b\"] async fn a(&self);
                 async fn b(&self);
                 #[deprecated(since = \"1.0\", note = \"use b too\")] async fn r#type(&self);
             }",
        )]);
        let Shown::There(Found {
            deprecated,
            deprecated_methods,
            ..
        }) = shown(&krate, "A")
        else {
            panic!("it is not there")
        };
        assert_eq!(deprecated.as_deref(), Some(""));
        let notes: Vec<(&str, &str)> = deprecated_methods
            .iter()
            .map(|(name, note)| (name.as_str(), note.as_str()))
            .collect();
        assert_eq!(notes, [("a", "use b"), ("r#type", "use b too")]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_named_with_its_line() {
        let (tree, _) = krate(&[("src/lib.rs", "pub mod a {\n  fn 5() {}\n}")]);
        assert_eq!(tree.unreadable, ["src/lib.rs: line 2: expected identifier"]);
    }
}
