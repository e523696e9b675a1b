//! The modules of a crate as its sources show them: a walk from the root file along `mod` items.

use std::fmt;
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod, ItemUse, UseTree, Visibility};

use crate::naming::plain;
use crate::source::cfg::Cfg;
use crate::source::doc::DocPlace;

/// All modules of a crate; the first is its root, and a parent stands before its children.
#[derive(Debug, Default)]
pub struct Tree {
    /// The modules.
    pub modules: Vec<Module>,
    /// The folder that their files are relative to.
    pub base: PathBuf,
}

/// A module with what it holds.
#[derive(Debug)]
pub struct Module {
    /// The path from the crate: `["bookshop", "catalog"]`.
    pub path: Vec<String>,
    /// The module that holds it; none for the root.
    pub parent: Option<usize>,
    /// Whether it is `pub`; true for the root.
    pub public: bool,
    /// `src/lib.rs:12`: the line that declares it.
    pub declared: String,
    /// The file that holds its items, relative to the crate's folder.
    pub file: String,
    /// What its `use` items bring in.
    pub imports: Vec<Import>,
    /// Its items but modules and `use`s.
    pub items: Vec<Item>,
}

/// One name, or all of a module, that a `use` item brings in.
#[derive(Debug)]
pub struct Import {
    /// Whether it is `pub use`.
    pub public: bool,
    /// The path that is imported.
    pub path: Vec<String>,
    /// The name here; none for `*`.
    pub name: Option<String>,
}

/// A source file that cannot be read as Rust.
#[derive(Debug)]
pub struct Unreadable {
    /// The file, relative to the crate's folder.
    pub file: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.why)
    }
}

impl Tree {
    /// Reads a crate whose root file is `root`; `name` is the library's name as code writes it. Items that `cfg` leaves
    /// out are not there.
    ///
    /// # Errors
    /// When a file is not Rust. A module without a file is passed over: the compiler says it better.
    pub fn read(root: &Path, name: &str, cfg: &Cfg) -> Result<Self, Unreadable> {
        let mut walk = Walk {
            base: root.parent().and_then(Path::parent).unwrap_or(root),
            cfg,
            tree: Self {
                base: root.parent().and_then(Path::parent).unwrap_or(root).to_owned(),
                ..Self::default()
            },
        };
        walk.file(root, |file| Place {
            module: Module {
                path: vec![name.to_owned()],
                parent: None,
                public: true,
                declared: format!("{file}:1"),
                file,
                imports: Vec::new(),
                items: Vec::new(),
            },
            folder: root.parent().unwrap_or(root).to_owned(),
            file: root.to_owned(),
        })?;
        Ok(walk.tree)
    }

    /// Where the docs of a module's items are written.
    pub fn doc_place(&self, module: &Module) -> DocPlace {
        DocPlace::new(self.base.join(&module.file))
    }

    /// The module that a path means when it is written in `from`, if it is one of this crate.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.modules[from].parent?,
            name => self.child(from, name)?,
        };
        rest.iter().try_fold(start, |module, segment| match segment.as_str() {
            "super" => self.modules[module].parent,
            name => self.child(module, name),
        })
    }

    fn child(&self, parent: usize, name: &str) -> Option<usize> {
        self.modules
            .iter()
            .position(|module| module.parent == Some(parent) && module.path.last().is_some_and(|last| last == name))
    }
}

/// A module to walk, and where files of modules inside it are.
struct Place {
    module: Module,
    folder: PathBuf,
    file: PathBuf,
}

struct Walk<'a> {
    base: &'a Path,
    cfg: &'a Cfg,
    tree: Tree,
}

impl Walk<'_> {
    fn file(&mut self, file: &Path, place: impl FnOnce(String) -> Place) -> Result<(), Unreadable> {
        let name = file.strip_prefix(self.base).unwrap_or(file).display().to_string();
        let unreadable = |why: String| Unreadable {
            file: name.clone(),
            why,
        };
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let parsed = syn::parse_file(&text)
            .map_err(|error| unreadable(format!("line {}: {error}", error.span().start().line)))?;
        self.module(parsed.items, place(name.clone()))
    }

    fn module(&mut self, items: Vec<Item>, place: Place) -> Result<(), Unreadable> {
        let Place { module, folder, file } = place;
        let index = self.tree.modules.len();
        self.tree.modules.push(module);
        for item in items {
            match item {
                Item::Mod(item) => {
                    if self.cfg.includes(&item.attrs) {
                        self.inner(item, index, &folder, &file)?;
                    }
                }
                Item::Use(item) => {
                    if self.cfg.includes(&item.attrs) {
                        imports(&item, &mut self.tree.modules[index].imports);
                    }
                }
                item => {
                    if self.cfg.includes(attributes(&item)) {
                        self.tree.modules[index].items.push(item);
                    }
                }
            }
        }
        Ok(())
    }

    fn inner(&mut self, item: ItemMod, parent: usize, folder: &Path, file: &Path) -> Result<(), Unreadable> {
        let name = item.ident.to_string();
        let outer = &self.tree.modules[parent];
        let mut module = Module {
            path: [outer.path.as_slice(), std::slice::from_ref(&name)].concat(),
            parent: Some(parent),
            public: matches!(item.vis, Visibility::Public(_)),
            declared: format!("{}:{}", outer.file, item.ident.span().start().line),
            file: outer.file.clone(),
            imports: Vec::new(),
            items: Vec::new(),
        };
        let below = folder.join(plain(&name));
        let by_path = path_attribute(&item);
        if let Some((_, items)) = item.content {
            let place = Place {
                module,
                folder: below,
                file: file.to_owned(),
            };
            return self.module(items, place);
        }
        let candidates = match &by_path {
            Some(path) => vec![file.parent().unwrap_or(file).join(path)],
            None => vec![below.with_extension("rs"), below.join("mod.rs")],
        };
        let Some(found) = candidates.into_iter().find(|file| file.exists()) else {
            return Ok(());
        };
        // The modules of `a/mod.rs` and of a file that `#[path]` names are beside it.
        let beside = by_path.is_some() || found.file_name().is_some_and(|name| name == "mod.rs");
        let folder = if beside {
            found.parent().unwrap_or(&found).to_owned()
        } else {
            below
        };
        self.file(&found, |file| {
            module.file = file;
            Place {
                module,
                folder,
                file: found.clone(),
            }
        })
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Trait(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        // Of no interest here, whether they are compiled or not.
        _ => &[],
    }
}

fn imports(item: &ItemUse, imports: &mut Vec<Import>) {
    fn walk(tree: &UseTree, path: &mut Vec<String>, public: bool, imports: &mut Vec<Import>) {
        let mut import = |last: Option<&syn::Ident>, name: Option<String>| {
            let last = last.map(ToString::to_string).filter(|last| last != "self");
            imports.push(Import {
                public,
                path: path.iter().cloned().chain(last).collect(),
                name,
            });
        };
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                walk(&inner.tree, path, public, imports);
                path.pop();
            }
            UseTree::Name(name) => {
                let bound = if name.ident == "self" {
                    path.last().cloned()
                } else {
                    Some(name.ident.to_string())
                };
                import(Some(&name.ident), bound);
            }
            UseTree::Rename(rename) => import(Some(&rename.ident), Some(rename.rename.to_string())),
            UseTree::Glob(_) => import(None, None),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, public, imports)),
        }
    }
    walk(
        &item.tree,
        &mut Vec::new(),
        matches!(item.vis, Visibility::Public(_)),
        imports,
    );
}

fn path_attribute(item: &ItemMod) -> Option<String> {
    let attribute = item.attrs.iter().find(|attribute| attribute.path().is_ident("path"))?;
    string_value(&attribute.meta)
}

/// The string in `#[name = "string"]`.
pub(crate) fn string_value(meta: &syn::Meta) -> Option<String> {
    match &meta.require_name_value().ok()?.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}
