//! Finds the `#[rapace::service]` traits of a crate by reading its sources.
//!
//! rapace registers a service only when a server for it is made, and the registering function has no list of its
//! own; so the sources must say where those functions are. The walk follows `mod` items from the crate's root.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use heck::ToSnakeCase;
use syn::{Attribute, Item, ItemMod, ItemTrait, ItemUse, TraitItem, UseTree, Visibility};

use crate::naming::plain;

/// A service trait that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The module that holds the trait, the crate first: `["bookshop", "catalog"]`.
    pub module: Vec<String>,
    /// The path to the module as other crates can write it: shorter where a private module is re-exported whole.
    pub public_path: Vec<String>,
    /// The trait's name.
    pub name: String,
    /// The methods' names in the order of the trait, raw identifiers with their `r#`.
    pub methods: Vec<String>,
    /// The note of `#[deprecated]` on the trait, empty when it has none.
    pub deprecated: Option<String>,
    /// The notes of deprecated methods.
    pub deprecated_methods: BTreeMap<String, String>,
}

impl Found {
    /// The path of the function that registers the service, as another crate writes it.
    pub fn register_path(&self) -> String {
        // rapace makes the name so: heck's snake case of the trait's name, then `_register`.
        format!(
            "{}::{}_register",
            self.public_path.join("::"),
            self.name.to_snake_case()
        )
    }
}

/// A service trait that another crate cannot reach, and the line to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// The trait, with its path.
    pub service: String,
    /// `src/lib.rs:12`
    pub place: String,
    /// What is private there, and what to write instead.
    pub what: String,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service {}: {} ({})", self.service, self.what, self.place)
    }
}

/// A source file that cannot be read as Rust.
#[derive(Debug)]
pub struct Unreadable {
    /// The file, relative to the crate.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What a crate's sources hold.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The services that can be registered from outside, in the order of the sources.
    pub found: Vec<Found>,
    /// The services that cannot.
    pub unreachable: Vec<Unreachable>,
}

/// Walks the sources of a crate from its root file.
///
/// `crate_name` is the library's name as code writes it; `rapace` the name by which the crate calls rapace.
///
/// # Errors
/// When a file is not Rust. A module without a file is passed over: the compiler says it better.
pub fn discover(root: &Path, crate_name: &str, rapace: &str) -> Result<Discovery, Unreadable> {
    let mut walk = Walk {
        base: root.parent().and_then(Path::parent).unwrap_or(root).to_owned(),
        rapace: rapace.to_owned(),
        discovery: Discovery::default(),
    };
    let items = walk.parse(root)?;
    let place = Place {
        module: vec![crate_name.to_owned()],
        public_path: vec![crate_name.to_owned()],
        file: root.to_owned(),
        folder: root.parent().unwrap_or(root).to_owned(),
        private: None,
    };
    walk.items(&items, &place)?;
    Ok(walk.discovery)
}

/// Where the walk stands.
#[derive(Clone)]
struct Place {
    module: Vec<String>,
    public_path: Vec<String>,
    file: PathBuf,
    /// The folder in which files of modules of this one are.
    folder: PathBuf,
    /// The first private module on the way: `(where, what)`.
    private: Option<(String, String)>,
}

struct Walk {
    /// The crate's folder, from which files are named in messages.
    base: PathBuf,
    rapace: String,
    discovery: Discovery,
}

impl Walk {
    fn parse(&self, file: &Path) -> Result<Vec<Item>, Unreadable> {
        let unreadable = |why: String| Unreadable {
            file: self.name_of(file),
            why,
        };
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            let start = error.span().start();
            unreadable(format!("line {}: {error}", start.line))
        })?;
        Ok(parsed.items)
    }

    fn items(&mut self, items: &[Item], place: &Place) -> Result<(), Unreadable> {
        let markers = self.markers(items);
        for item in items {
            match item {
                Item::Trait(item)
                    if item
                        .attrs
                        .iter()
                        .any(|attribute| self.marks_service(attribute, &markers)) =>
                {
                    self.service(item, place);
                }
                Item::Mod(item) if !only_for_tests(&item.attrs) => self.module(item, items, place)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn module(&mut self, item: &ItemMod, siblings: &[Item], place: &Place) -> Result<(), Unreadable> {
        let name = item.ident.to_string();
        let mut inner = place.clone();
        inner.module.push(name.clone());
        if matches!(item.vis, Visibility::Public(_)) {
            inner.public_path.push(name.clone());
        } else if !siblings.iter().any(|sibling| re_exports_all(sibling, &name)) {
            inner.public_path.push(name.clone());
            let what = format!("the module `{name}` is private: write `pub mod {name}`");
            inner
                .private
                .get_or_insert((self.line_of(place, item.ident.span()), what));
        }
        inner.folder = place.folder.join(plain(&name));
        let Some((_, items)) = &item.content else {
            let Some(file) = file_of(item, place) else {
                return Ok(());
            };
            // The modules of `a/mod.rs` and of a file named by `#[path]` are beside it.
            if file.file_name().is_some_and(|file| file == "mod.rs") || path_attribute(item).is_some() {
                inner.folder = file.parent().unwrap_or(&file).to_owned();
            }
            let items = self.parse(&file)?;
            inner.file = file;
            return self.items(&items, &inner);
        };
        self.items(items, &inner)
    }

    fn service(&mut self, item: &ItemTrait, place: &Place) {
        let name = item.ident.to_string();
        let path = format!("{}::{name}", place.module.join("::"));
        let private = match (&place.private, &item.vis) {
            (Some(private), _) => Some(private.clone()),
            (None, Visibility::Public(_)) => None,
            (None, _) => {
                let what = format!("the trait is not public: write `pub trait {name}`");
                Some((self.line_of(place, item.ident.span()), what))
            }
        };
        if let Some((at, what)) = private {
            self.discovery.unreachable.push(Unreachable {
                service: path,
                place: at,
                what,
            });
            return;
        }
        let methods = item.items.iter().filter_map(|item| match item {
            TraitItem::Fn(method) => Some((method.sig.ident.to_string(), deprecation(&method.attrs))),
            _ => None,
        });
        let methods: Vec<(String, Option<String>)> = methods.collect();
        self.discovery.found.push(Found {
            module: place.module.clone(),
            public_path: place.public_path.clone(),
            name,
            deprecated: deprecation(&item.attrs),
            deprecated_methods: methods
                .iter()
                .cloned()
                .filter_map(|(name, note)| Some((name, note?)))
                .collect(),
            methods: methods.into_iter().map(|(name, _)| name).collect(),
        });
    }

    /// The names under which this module has imported `rapace::service`.
    fn markers(&self, items: &[Item]) -> Vec<String> {
        let mut markers = Vec::new();
        for item in items {
            if let Item::Use(ItemUse {
                tree: UseTree::Path(tree),
                ..
            }) = item
                && tree.ident == self.rapace
            {
                imported(&tree.tree, &mut markers);
            }
        }
        markers
    }

    fn marks_service(&self, attribute: &Attribute, markers: &[String]) -> bool {
        let segments: Vec<String> = attribute.path().segments.iter().map(|s| s.ident.to_string()).collect();
        match segments.as_slice() {
            [one] => markers.contains(one),
            [.., rapace, service] => *rapace == self.rapace && service == "service",
            [] => false,
        }
    }

    fn line_of(&self, place: &Place, span: proc_macro2::Span) -> String {
        format!("{}:{}", self.name_of(&place.file), span.start().line)
    }

    fn name_of(&self, file: &Path) -> String {
        file.strip_prefix(&self.base).unwrap_or(file).display().to_string()
    }
}

/// Collects what a tree behind `use rapace::` binds to the attribute: `service`, `{service as rpc}`, `prelude::*`.
fn imported(tree: &UseTree, markers: &mut Vec<String>) {
    match tree {
        UseTree::Name(name) if name.ident == "service" => markers.push("service".into()),
        UseTree::Rename(rename) if rename.ident == "service" => markers.push(rename.rename.to_string()),
        UseTree::Glob(_) => markers.push("service".into()),
        UseTree::Path(path) if path.ident == "prelude" => imported(&path.tree, markers),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, markers)),
        _ => {}
    }
}

/// True for `pub use module::*` and its longer forms.
fn re_exports_all(item: &Item, module: &str) -> bool {
    let Item::Use(item) = item else { return false };
    let mut tree = &item.tree;
    while let UseTree::Path(path) = tree {
        if path.ident == module && matches!(*path.tree, UseTree::Glob(_)) {
            return matches!(item.vis, Visibility::Public(_));
        }
        tree = &path.tree;
    }
    false
}

fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

fn file_of(item: &ItemMod, place: &Place) -> Option<PathBuf> {
    if let Some(path) = path_attribute(item) {
        return Some(place.file.parent()?.join(path)).filter(|file| file.exists());
    }
    let name = item.ident.to_string();
    let name = plain(&name);
    let candidates = [
        place.folder.join(format!("{name}.rs")),
        place.folder.join(name).join("mod.rs"),
    ];
    candidates.into_iter().find(|file| file.exists())
}

fn path_attribute(item: &ItemMod) -> Option<String> {
    item.attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("path"))
        .find_map(string_value)
}

/// The note of a `#[deprecated]`, in any of its three forms.
fn deprecation(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("deprecated"))?;
    let mut note = string_value(attribute).unwrap_or_default();
    if let syn::Meta::List(list) = &attribute.meta {
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

fn string_value(attribute: &Attribute) -> Option<String> {
    match &attribute.meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Discovery, discover};

    /// Discovers in a crate of these files.
    fn in_crate(files: &[(&str, &str)]) -> Discovery {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        discover(&folder.path().join("src/lib.rs"), "shop", "rapace").unwrap()
    }

    fn paths(discovery: &Discovery) -> Vec<String> {
        discovery.found.iter().map(super::Found::register_path).collect()
    }

    #[test]
    fn every_way_to_mark_a_service_is_seen() {
        let found = in_crate(&[(
            "src/lib.rs",
            "#[rapace::service] pub trait A { async fn z(&self); async fn a(&self); }
             #[::rapace::service] pub trait BCatalog {}
             pub mod imported { use rapace::service; #[service] pub trait C {} }
             pub mod renamed { use rapace::{Streaming, service as rpc}; #[rpc] pub trait D {} }
             pub mod glob { use rapace::prelude::*; #[service] pub trait E {} }
             pub mod other { use elsewhere::service; #[service] pub trait NotOurs {} }
             #[cfg(test)] mod tests { #[rapace::service] trait InTests {} }
             pub trait Plain {}",
        )]);
        assert_eq!(
            paths(&found),
            [
                "shop::a_register",
                "shop::b_catalog_register",
                "shop::imported::c_register",
                "shop::renamed::d_register",
                "shop::glob::e_register"
            ]
        );
        assert_eq!(found.found[0].methods, ["z", "a"]);
        assert_eq!(found.unreachable, []);
    }

    #[test]
    fn modules_are_followed_into_their_files() {
        let service = |name: &str| format!("#[rapace::service] pub trait {name} {{}}");
        let found = in_crate(&[
            (
                "src/lib.rs",
                "pub mod a; pub mod b; #[path = \"odd/place.rs\"] pub mod c; pub mod r#type;",
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
                "shop::a::deep::deep_register",
                "shop::a::in_a_register",
                "shop::b::beside::beside_register",
                "shop::b::inline::far::far_register",
                "shop::b::in_b_register",
                "shop::c::near::near_register",
                "shop::c::in_c_register",
                "shop::r#type::raw_register"
            ]
        );
    }

    #[test]
    fn what_is_private_is_named_with_the_line_to_change() {
        let found = in_crate(&[(
            "src/lib.rs",
            "mod hidden {
                pub mod inner { #[rapace::service] pub trait A {} }
             }
             pub mod open { #[rapace::service] trait B {}
                 #[rapace::service] pub(crate) trait C {} }
             mod shown { #[rapace::service] pub trait D {} }
             pub use shown::*;
             pub mod facade { mod own { #[rapace::service] pub trait E {} } pub use self::own::*; }",
        )]);
        let messages: Vec<String> = found.unreachable.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "service shop::hidden::inner::A: the module `hidden` is private: write `pub mod hidden` (src/lib.rs:1)",
                "service shop::open::B: the trait is not public: write `pub trait B` (src/lib.rs:4)",
                "service shop::open::C: the trait is not public: write `pub trait C` (src/lib.rs:5)",
            ]
        );
        assert_eq!(paths(&found), ["shop::d_register", "shop::facade::e_register"]);
        assert_eq!(found.found[1].module, ["shop", "facade", "own"]);
    }

    #[test]
    fn deprecation_is_read() {
        let found = in_crate(&[(
            "src/lib.rs",
            "#[deprecated] #[rapace::service] pub trait A {
                 #[deprecated = \"use b\"] async fn a(&self);
                 async fn b(&self);
                 #[deprecated(since = \"1.0\", note = \"use b too\")] async fn r#type(&self);
             }",
        )]);
        let service = &found.found[0];
        assert_eq!(service.deprecated.as_deref(), Some(""));
        let notes: Vec<(&str, &str)> = service
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
        let error = discover(&root, "shop", "rapace").unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.why.as_str()),
            ("src/lib.rs", "line 2: expected identifier")
        );
    }
}
