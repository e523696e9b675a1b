//! The modules of a crate as its sources show them: a walk from the root file along `mod` items.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, ItemMacro, ItemMod, ItemUse, Token, UseTree, Visibility};

use crate::diagnostic::Location;
use crate::rust_type::plain;
use crate::source::cfg::Cfg;
use crate::source::doc::DocPlace;

/// All modules of a crate; the first is its root, and a parent is before its children.
#[derive(Debug, Default)]
pub struct Tree {
    /// The modules.
    pub modules: Vec<Module>,
    /// The folder that their files are relative to.
    pub base: PathBuf,
    /// The files that cannot be read as Rust.
    pub unreadable: Vec<Unreadable>,
}

/// A file that cannot be read as Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file, and the place in it that is not understood.
    pub at: Location,
    /// Why: `expected identifier`.
    pub why: String,
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
    /// Whether it is compiled.
    pub presence: Presence,
    /// Where its name is in the item that declares it; of the root, where its file begins.
    pub declared: Location,
    /// The file that holds its items, relative to the crate's folder.
    pub file: String,
    /// What its `use` items bring in.
    pub imports: Vec<Import>,
    /// Its items but modules and `use`s.
    pub items: Vec<Item>,
    /// Items that may be here: what the arguments and the rules of macros hold.
    pub guesses: Vec<Item>,
    /// Items that are not compiled, each with the condition that is off.
    pub off: Vec<(Item, String)>,
}

/// Whether the compiler sees a module, as the sources say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It does.
    On,
    /// It may: a macro's tokens hold the module.
    Guess,
    /// It does not: this condition is off.
    Off(String),
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

/// What a crate is built with, as cargo's messages say.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// What is set.
    pub cfg: Cfg,
    /// Where its build script writes.
    pub out: Option<PathBuf>,
}

impl Tree {
    /// Reads a crate whose root file is `root`; `name` is the library's name as code writes it. Files that cannot be
    /// read are passed over, and listed: the compiler has read the crate, so what is not understood here is no fault of it.
    pub fn read(root: &Path, name: &str, build: &Build) -> Self {
        let mut walk = Walk {
            base: root.parent().and_then(Path::parent).unwrap_or(root),
            build,
            tree: Self {
                base: root.parent().and_then(Path::parent).unwrap_or(root).to_owned(),
                ..Self::default()
            },
            open: Vec::new(),
        };
        walk.file(root, |file| Place {
            module: Module {
                path: vec![name.to_owned()],
                parent: None,
                public: true,
                presence: Presence::On,
                declared: Location::new(root, 1, 1),
                file,
                imports: Vec::new(),
                items: Vec::new(),
                guesses: Vec::new(),
                off: Vec::new(),
            },
            folder: root.parent().unwrap_or(root).to_owned(),
            file: root.to_owned(),
            inline: false,
        });
        walk.tree
    }

    /// Where the docs of a module's items are written.
    pub fn doc_place(&self, module: &Module) -> DocPlace {
        DocPlace::new(self.base.join(&module.file))
    }

    /// Where a span in a module's file begins, the file as seen from the current folder.
    pub fn location(&self, module: usize, span: proc_macro2::Span) -> Location {
        Location::new(
            &self.base.join(&self.modules[module].file),
            span.start().line,
            span.start().column + 1,
        )
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
        self.modules.iter().position(|module| {
            module.presence == Presence::On
                && module.parent == Some(parent)
                && module.path.last().is_some_and(|last| last == name)
        })
    }
}

/// A module to walk, and where files of modules inside it are.
struct Place {
    module: Module,
    folder: PathBuf,
    file: PathBuf,
    /// Whether it is written in its parent's file.
    inline: bool,
}

struct Walk<'a> {
    base: &'a Path,
    build: &'a Build,
    tree: Tree,
    /// The files that are being read, outermost first: what is not compiled may lead round in a circle.
    open: Vec<PathBuf>,
}

/// Where a module's items come from, for the modules inside it.
#[derive(Clone, Copy)]
struct Around<'a> {
    index: usize,
    folder: &'a Path,
    file: &'a Path,
    inline: bool,
}

impl Walk<'_> {
    fn file(&mut self, file: &Path, place: impl FnOnce(String) -> Place) {
        if self.open.iter().any(|open| open == file) {
            return;
        }
        let name = file.strip_prefix(self.base).unwrap_or(file).display().to_string();
        let place = place(name);
        match read(file) {
            Ok(parsed) => {
                self.open.push(file.to_owned());
                self.module(&parsed.attrs, parsed.items, place);
                self.open.pop();
            }
            Err((line, column, why)) if place.module.presence == Presence::On => {
                let at = Location::new(file, line, column);
                self.tree.unreadable.push(Unreadable { at, why });
            }
            Err(_) => {}
        }
    }

    /// `attributes` are those inside the module, which may say that all of it is off.
    fn module(&mut self, attributes: &[Attribute], items: Vec<Item>, place: Place) {
        let Place {
            mut module,
            folder,
            file,
            inline,
        } = place;
        if let (Presence::On, Some(condition)) = (&module.presence, self.build.cfg.excludes(attributes)) {
            module.presence = Presence::Off(condition);
        }
        let index = self.tree.modules.len();
        self.tree.modules.push(module);
        let around = Around {
            index,
            folder: &folder,
            file: &file,
            inline,
        };
        let presence = self.tree.modules[index].presence.clone();
        items
            .into_iter()
            .for_each(|item| self.item(item, around, presence.clone()));
    }

    /// An item of a module. `around` is that module, `presence` what holds for the item by what surrounds it.
    fn item(&mut self, item: Item, around: Around<'_>, presence: Presence) {
        let presence = match (presence, self.build.cfg.excludes(attributes(&item))) {
            (Presence::On | Presence::Guess, Some(condition)) => Presence::Off(condition),
            (presence, _) => presence,
        };
        let module = &mut self.tree.modules[around.index];
        match (item, presence) {
            (Item::Mod(item), presence) => self.inner(item, around, presence),
            (Item::Use(item), Presence::On | Presence::Guess) => imports(&item, &mut module.imports),
            (Item::Use(_), Presence::Off(_)) => {}
            (Item::Macro(item), presence) => self.in_macro(&item, around, presence),
            (item, Presence::On) => module.items.push(item),
            (item, Presence::Guess) => module.guesses.push(item),
            (item, Presence::Off(condition)) => module.off.push((item, condition)),
        }
    }

    /// `include!` brings the items of a file. Of any other macro, its tokens may hold items.
    fn in_macro(&mut self, item: &ItemMacro, around: Around<'_>, presence: Presence) {
        if item.mac.path.is_ident("include") {
            if let Some(file) = included(&item.mac.tokens, around.file, self.build.out.as_deref())
                && !self.open.contains(&file)
                && let Ok(parsed) = read(&file)
            {
                self.open.push(file.clone());
                let around = Around { file: &file, ..around };
                parsed
                    .items
                    .into_iter()
                    .for_each(|item| self.item(item, around, presence.clone()));
                self.open.pop();
            }
            return;
        }
        let presence = match presence {
            Presence::On => Presence::Guess,
            other => other,
        };
        for item in items_in(item.mac.tokens.clone()) {
            self.item(item, around, presence.clone());
        }
    }

    fn inner(&mut self, item: ItemMod, around: Around<'_>, presence: Presence) {
        let name = item.ident.to_string();
        let outer = &self.tree.modules[around.index];
        let mut module = Module {
            path: [outer.path.as_slice(), std::slice::from_ref(&name)].concat(),
            parent: Some(around.index),
            public: matches!(item.vis, Visibility::Public(_)),
            presence,
            declared: self.tree.location(around.index, item.ident.span()),
            file: outer.file.clone(),
            imports: Vec::new(),
            items: Vec::new(),
            guesses: Vec::new(),
            off: Vec::new(),
        };
        let mut below = around.folder.join(plain(&name));
        // A `#[path]` counts from the file's folder, or inside an inline module from where that module's files are.
        let base = if around.inline {
            around.folder
        } else {
            around.file.parent().unwrap_or(around.file)
        };
        let by_path = self.path_attribute(&item).map(|path| base.join(path));
        if let Some((_, items)) = item.content {
            below = by_path.unwrap_or(below);
            let place = Place {
                module,
                folder: below,
                file: around.file.to_owned(),
                inline: true,
            };
            return self.module(&item.attrs, items, place);
        }
        let by_name = by_path.is_none();
        let candidates = match by_path {
            Some(path) => vec![path],
            None => vec![below.with_extension("rs"), below.join("mod.rs")],
        };
        let Some(found) = candidates.into_iter().find(|file| file.exists()) else {
            return;
        };
        // The modules of `a/mod.rs` and of a file that `#[path]` names are beside it.
        let beside = !by_name || found.file_name().is_some_and(|name| name == "mod.rs");
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
                inline: false,
            }
        });
    }

    fn path_attribute(&self, item: &ItemMod) -> Option<String> {
        let metas = self.build.cfg.attributes(&item.attrs);
        metas
            .iter()
            .find(|meta| meta.path().is_ident("path"))
            .and_then(string_value)
    }
}

/// The items of a file; or the line and column that are not understood, and why.
fn read(file: &Path) -> Result<syn::File, (usize, usize, String)> {
    let text = std::fs::read_to_string(file).map_err(|error| (1, 1, error.to_string()))?;
    syn::parse_file(&text).map_err(|error| {
        let start = error.span().start();
        (start.line, start.column + 1, error.to_string())
    })
}

/// The file that `include!` names, with `env!("OUT_DIR")` and `concat!` in it.
fn included(tokens: &TokenStream, from: &Path, out: Option<&Path>) -> Option<PathBuf> {
    let path = text_of(&syn::parse2(tokens.clone()).ok()?, out)?;
    Some(from.parent().unwrap_or(from).join(path))
}

fn text_of(expression: &syn::Expr, out: Option<&Path>) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        syn::Expr::Macro(call) if call.mac.path.is_ident("env") => {
            let name: syn::LitStr = syn::parse2(call.mac.tokens.clone()).ok()?;
            out.filter(|_| name.value() == "OUT_DIR")
                .map(|out| out.display().to_string())
        }
        syn::Expr::Macro(call) if call.mac.path.is_ident("concat") => {
            let parser = Punctuated::<syn::Expr, Token![,]>::parse_terminated;
            let parts = parser.parse2(call.mac.tokens.clone()).ok()?;
            parts.iter().map(|part| text_of(part, out)).collect()
        }
        _ => None,
    }
}

/// The items that a macro's tokens hold: all of them, or those in braces, however deep.
fn items_in(tokens: TokenStream) -> Vec<Item> {
    let whole: syn::Result<syn::File> = syn::parse2(tokens.clone());
    if let Ok(file) = whole
        && !file.items.is_empty()
    {
        return file.items;
    }
    let groups = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    groups.flat_map(items_in).collect()
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Trait(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
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
