//! Faults in sources that do not compile, which everybody who is new to facet and rapace makes once: the compiler says each of them
//! in several screens.

use std::collections::BTreeSet;

use syn::{Attribute, FnArg, Item, ItemTrait, ReturnType, TraitItem, Type};

use crate::cures::of_facet;
use crate::diagnostic::{Diagnostic, Location};
use crate::rust_type::plain;
use crate::source::cfg::Cfg;
use crate::source::marked::services;
use crate::source::resolve;
use crate::source::services::STREAM;
use crate::source::tree::{Presence, Tree};
use crate::source::types::derives;

/// The faults of a crate, in the order of its sources. `rapace` is the name by which it calls rapace.
pub(crate) fn faults(tree: &Tree, cfg: &Cfg, rapace: &str) -> Vec<Diagnostic> {
    let mut reader = Reader {
        tree,
        cfg,
        krate: tree
            .modules
            .first()
            .map(|root| root.path[0].clone())
            .unwrap_or_default(),
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    for (index, module) in tree.modules.iter().enumerate() {
        for item in module.items.iter().filter(|_| module.presence == Presence::On) {
            match item {
                Item::Struct(item) if reader.derives(&item.attrs, "Facet") => {
                    let parameters = crate::source::alias::parameters(&item.generics);
                    for field in present(cfg, &item.fields) {
                        reader.field(index, &item.ident.to_string(), field, &parameters);
                    }
                }
                Item::Enum(item) if reader.derives(&item.attrs, "Facet") => {
                    let parameters = crate::source::alias::parameters(&item.generics);
                    if !cfg
                        .attributes(&item.attrs)
                        .iter()
                        .any(|meta| meta.path().is_ident("repr"))
                    {
                        let at = tree.location(index, item.ident.span());
                        reader.without_repr(&item.ident.to_string(), at);
                    }
                    for variant in item.variants.iter().filter(|variant| cfg.includes(&variant.attrs)) {
                        let owner = format!("{}::{}", item.ident, variant.ident);
                        for field in present(cfg, &variant.fields) {
                            reader.field(index, &owner, field, &parameters);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    for (index, service) in services(tree, cfg, rapace) {
        reader.service(index, service);
    }
    reader.found
}

/// The fields that are compiled and that facet reads.
fn present<'a>(cfg: &'a Cfg, fields: &'a syn::Fields) -> impl Iterator<Item = &'a syn::Field> {
    fields.iter().filter(|field| cfg.includes(&field.attrs))
}

struct Reader<'a> {
    tree: &'a Tree,
    cfg: &'a Cfg,
    krate: String,
    /// What has been said of types of this crate: once each.
    seen: BTreeSet<(String, &'static str)>,
    found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn derives(&self, attributes: &[Attribute], name: &str) -> bool {
        derives(&self.cfg.attributes(attributes)).contains(name)
    }

    fn service(&mut self, module: usize, service: &ItemTrait) {
        for item in &service.items {
            let TraitItem::Fn(method) = item else { continue };
            let arguments: Vec<(&syn::Pat, &Type)> = (method.sig.inputs.iter())
                .filter_map(|argument| match argument {
                    FnArg::Typed(argument) => Some((&*argument.pat, &*argument.ty)),
                    FnArg::Receiver(_) => None,
                })
                .collect();
            let place = |what: String| Diagnostic {
                krate: self.krate.clone(),
                service: plain(&service.ident.to_string()).to_owned(),
                method: plain(&method.sig.ident.to_string()).to_owned(),
                place: what,
                ..Diagnostic::error("not-facet")
            };
            let mut parts: Vec<(Diagnostic, &Type, bool)> = Vec::new();
            for (pattern, ty) in &arguments {
                let name = match pattern {
                    syn::Pat::Ident(name) => plain(&name.ident.to_string()).to_owned(),
                    _ => String::new(),
                };
                parts.push((place(format!("argument {name}")), ty, arguments.len() > 1));
            }
            if let ReturnType::Type(_, ty) = &method.sig.output {
                parts.push((place("response".into()), ty, false));
            }
            for (place, ty, is_copied) in parts {
                self.part(module, place, ty, is_copied);
            }
        }
    }

    /// An argument or an answer. rapace's macro copies the arguments of a method that has several.
    fn part(&mut self, module: usize, place: Diagnostic, ty: &Type, is_copied: bool) {
        let is_stream = resolve::segments(ty).is_some_and(|path| path.last().is_some_and(|last| last == STREAM));
        if is_stream && place.place.starts_with("argument") {
            self.found.push(Diagnostic {
                code: "stream-argument",
                why: "is a stream, and rapace 0.5 has no streams from clients".into(),
                cure: "call once per batch with a `Vec`, or open a tunnel".into(),
                at: Some(self.at(module, ty)),
                ..place
            });
            return;
        }
        if is_copied
            && let Some((holder, name, attributes)) = self.definition(module, ty)
            && !self.derives(attributes, "Clone")
            && !self.is_implemented("Clone", &name)
            && self.seen.insert((name.clone(), "Clone"))
        {
            self.found.push(Diagnostic {
                code: "argument-not-clone",
                rust_type: name.clone(),
                why: "is one of several arguments, which rapace's macro copies, and does not implement `Clone`".into(),
                cure: format!("add `Clone` to the derives of `{name}`"),
                at: Some(holder),
                ..place.clone()
            });
        }
        self.types(module, &place, ty, &[]);
    }

    fn field(&mut self, module: usize, owner: &str, field: &syn::Field, parameters: &[String]) {
        let name = field
            .ident
            .as_ref()
            .map(|name| format!(".{}", plain(&name.to_string())));
        let skips = self.cfg.attributes(&field.attrs);
        let is_opaque = skips.iter().any(|meta| {
            let tokens = meta
                .require_list()
                .map(|list| list.tokens.to_string())
                .unwrap_or_default();
            meta.path().is_ident("facet") && (tokens.contains("opaque") || tokens.contains("proxy"))
        });
        if is_opaque {
            return;
        }
        let place = Diagnostic {
            krate: self.krate.clone(),
            place: format!("{owner}{}", name.unwrap_or_default()),
            ..Diagnostic::error("not-facet")
        };
        self.types(module, &place, &field.ty, parameters);
    }

    /// Every type that is written in a type.
    fn types(&mut self, module: usize, place: &Diagnostic, ty: &Type, parameters: &[String]) {
        match ty {
            Type::Path(_) => {
                self.named(module, place, ty, parameters);
                for inner in resolve::type_arguments(ty) {
                    self.types(module, place, inner, parameters);
                }
            }
            Type::Array(array) => self.types(module, place, &array.elem, parameters),
            Type::Slice(slice) => self.types(module, place, &slice.elem, parameters),
            Type::Reference(reference) => self.types(module, place, &reference.elem, parameters),
            Type::Paren(inner) => self.types(module, place, &inner.elem, parameters),
            Type::Group(inner) => self.types(module, place, &inner.elem, parameters),
            Type::Tuple(tuple) => tuple
                .elems
                .iter()
                .for_each(|item| self.types(module, place, item, parameters)),
            _ => {}
        }
    }

    fn named(&mut self, module: usize, place: &Diagnostic, ty: &Type, parameters: &[String]) {
        let Some(path) = resolve::segments(ty) else { return };
        let Some(name) = path.last().filter(|name| !parameters.contains(name)) else {
            return;
        };
        if let Some((at, name, attributes)) = self.definition(module, ty) {
            if !self.derives(attributes, "Facet")
                && !self.is_implemented("Facet", &name)
                && self.seen.insert((name.clone(), "Facet"))
            {
                self.found.push(Diagnostic {
                    rust_type: name.clone(),
                    why: "travels and does not derive `Facet`".into(),
                    cure: format!(
                        "write `#[derive(facet::Facet, Clone)]` above `{name}`, and above an enum `#[repr(u8)]` too"
                    ),
                    at: Some(at),
                    ..place.clone()
                });
            }
            return;
        }
        let origin = resolve::origin(self.tree, module, &path);
        if let Some(cure) = origin.and_then(|origin| of_facet(&self.krate, &origin, name)) {
            self.found.push(Diagnostic {
                rust_type: name.clone(),
                why: "cannot be encoded by facet-postcard, or is unknown to facet".into(),
                cure,
                at: Some(self.at(module, ty)),
                ..place.clone()
            });
        }
    }

    /// The struct or enum of the crate that a type is: where it is, its name and its attributes.
    fn definition(&self, module: usize, ty: &Type) -> Option<(Location, String, &'a [Attribute])> {
        let path = resolve::segments(ty)?;
        let (holder, item) = resolve::item(self.tree, module, &path)?;
        let (ident, attributes) = match item {
            Item::Struct(item) => (&item.ident, &item.attrs),
            Item::Enum(item) => (&item.ident, &item.attrs),
            _ => return None,
        };
        Some((self.tree.location(holder, ident.span()), ident.to_string(), attributes))
    }

    /// Whether an `impl` of a trait is somewhere in the crate, or may be.
    fn is_implemented(&self, of: &str, name: &str) -> bool {
        let items = self
            .tree
            .modules
            .iter()
            .flat_map(|module| module.items.iter().chain(&module.guesses));
        let mut impls = items.filter_map(|item| match item {
            Item::Impl(item) => Some(item),
            _ => None,
        });
        impls.any(|item| {
            let is_of = |(path, _): &(syn::Path, _)| path.segments.last().is_some_and(|last| last.ident == of);
            let is_for =
                resolve::segments(&item.self_ty).is_some_and(|path| path.last().is_some_and(|last| last == name));
            item.trait_.as_ref().is_some_and(is_of) && is_for
        })
    }

    fn without_repr(&mut self, name: &str, at: Location) {
        self.found.push(Diagnostic {
            krate: self.krate.clone(),
            rust_type: name.to_owned(),
            why: "derives `Facet` and has no `#[repr(…)]`, which facet needs of an enum".into(),
            cure: format!("write `#[repr(u8)]` above `{name}`"),
            at: Some(at),
            ..Diagnostic::error("enum-without-repr")
        });
    }

    fn at(&self, module: usize, ty: &Type) -> Location {
        self.tree.location(module, syn::spanned::Spanned::span(ty))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::faults;
    use crate::source::cfg::Cfg;
    use crate::source::tree::{Build, Tree};

    /// What is said of a crate of this text, a line each: type or place, code and the line.
    fn check(text: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("src/lib.rs");
        fs::create_dir_all(root.parent().unwrap()).unwrap();
        fs::write(&root, text).unwrap();
        let tree = Tree::read(&root, "shop", &Build::default());
        let found = faults(&tree, &Cfg::default(), "rapace");
        let line = |found: &crate::diagnostic::Diagnostic| {
            let line = found.at.as_ref().map_or(0, |at| at.line);
            let method = if found.method.is_empty() {
                String::new()
            } else {
                format!("{}, ", found.method)
            };
            let place = if found.place.is_empty() {
                String::new()
            } else {
                format!(" at {method}{}", found.place)
            };
            format!("{line}: {} {}{place}", found.code, found.rust_type)
        };
        assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn enums_have_a_repr() {
        check(
            "use facet::Facet;\n#[derive(Facet)]\npub enum Kind { A }\n",
            &["3: enum-without-repr Kind"],
        );
        check(
            "#[derive(facet::Facet)]\n#[repr(u8)]\npub enum Kind { A }\npub enum Other { A }\n",
            &[],
        );
    }

    #[test]
    fn types_that_facet_does_not_know_are_named_where_they_are_written() {
        check(
            "use facet::Facet;\nuse std::{collections::VecDeque, time::Duration};\n#[derive(Facet)]\npub struct Spec {\n  \
             pub after: Option<Duration>,\n  pub all: std::collections::VecDeque<u8>,\n  pub id: uuid::Uuid,\n}\n",
            &[
                "5: not-facet Duration at Spec.after",
                "6: not-facet VecDeque at Spec.all",
                "7: not-facet Uuid at Spec.id",
            ],
        );
        // Types of the crate, and of crates that nobody here knows, are somebody's own.
        check(
            "use other::VecDeque;\n#[derive(facet::Facet)]\npub struct Duration(u8);\n#[derive(facet::Facet)]\npub struct \
             Spec<Uuid> { a: Duration, b: VecDeque<u8>, c: Uuid }\n",
            &[],
        );
    }

    #[test]
    fn what_methods_take_is_known_to_facet_and_no_stream() {
        check(
            "use rapace::Streaming;\npub struct Job;\n#[derive(facet::Facet)]\npub struct Whole;\n#[rapace::service]\npub trait \
             Jobs {\n  async fn put(&self, jobs: Streaming<Job>);\n  async fn one(&self, whole: Whole) -> Vec<Job>;\n  \
             async fn two(&self, whole: Whole, n: u8) -> Streaming<u8>;\n}\n",
            &[
                "7: stream-argument  at put, argument jobs",
                "2: not-facet Job at one, response",
                "4: argument-not-clone Whole at two, argument whole",
            ],
        );
        check(
            "#[derive(facet::Facet, Clone)]\npub struct Whole;\npub struct Own;\nimpl<'a> facet::Facet<'a> for Own {}\nimpl Clone \
             for Own {}\n#[rapace::service]\npub trait Jobs { async fn two(&self, whole: Whole, own: Own); }\n",
            &[],
        );
    }
}
