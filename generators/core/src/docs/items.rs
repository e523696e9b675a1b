//! What Rust's documentation names: paths such as `crate::catalog::Book::title`, and what of an API they are.

use std::collections::BTreeMap;

use rapace_schema::{Alias, Api, Fields, Service, TypeDef, TypeKind};

/// Something of an API that documentation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A struct or an enum.
    Type(&'a TypeDef),
    /// Another name of a type.
    Alias(&'a Alias),
    /// A field of a struct, by its position.
    Field(&'a TypeDef, usize),
    /// A variant of an enum, by its position.
    Variant(&'a TypeDef, usize),
    /// A field of a variant, by the positions of both.
    VariantField(&'a TypeDef, usize, usize),
    /// A service, by its position in the API.
    Service(usize),
    /// A method of a service, by the positions of both.
    Method(usize, usize),
}

impl<'a> Item<'a> {
    /// The type or the service that has this item as a member.
    fn owner(self) -> Option<Item<'a>> {
        match self {
            Self::Type(_) | Self::Alias(_) | Self::Service(_) => None,
            Self::Field(def, _) | Self::Variant(def, _) => Some(Self::Type(def)),
            Self::VariantField(def, variant, _) => Some(Self::Variant(def, variant)),
            Self::Method(service, _) => Some(Self::Service(service)),
        }
    }
}

/// The items of an API by their names in Rust.
pub(super) struct Items<'a> {
    api: &'a Api,
    /// Those that have no owner, by the last part of their paths, with their modules where they are known.
    top: BTreeMap<&'a str, Vec<(&'a str, Item<'a>)>>,
}

/// The name of a method or a field without the mark of a keyword.
fn bare(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// A path without the arguments of a generic type.
fn without_arguments(path: &str) -> &str {
    path.split('<').next().unwrap_or(path)
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

impl<'a> Items<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        let mut top: BTreeMap<&str, Vec<(&str, Item<'_>)>> = BTreeMap::new();
        for def in &api.types {
            let name = last(without_arguments(&def.rust));
            top.entry(name)
                .or_default()
                .push((without_arguments(&def.path), Item::Type(def)));
        }
        for (at, service) in api.services.iter().enumerate() {
            top.entry(bare(&service.name))
                .or_default()
                .push((service.module.as_str(), Item::Service(at)));
        }
        for alias in &api.aliases {
            top.entry(&alias.name).or_default().push(("", Item::Alias(alias)));
        }
        Self { api, top }
    }

    /// The item that a link leads to, in the documentation of `owner`.
    pub(super) fn link(&self, target: &str, owner: Option<Item<'a>>) -> Option<Item<'a>> {
        let path = Path::parse(target)?;
        if path.is_of_rust() {
            return None;
        }
        match path.segments.as_slice() {
            ["Self"] => owner,
            ["Self", rest @ ..] => rest.iter().try_fold(owner?, |item, name| self.member(item, name)),
            segments => self.item(segments),
        }
    }

    /// The item that a code span in the documentation of `owner` names. Members of `owner` have no path.
    pub(super) fn span(&self, code: &str, owner: Option<Item<'a>>) -> Option<Item<'a>> {
        let name = code.strip_suffix("()").unwrap_or(code);
        if let Some(member) = owner.and_then(|owner| self.member(owner, name)) {
            return Some(member);
        }
        let item = self.link(code, owner)?;
        // The name of a service is that of a concept, not only of what it is in a language.
        (!matches!(item, Item::Service(_))).then_some(item)
    }

    /// Whether an item is a member of this owner, where it is named without a path.
    pub(super) fn is_member(item: Item<'a>, owner: Option<Item<'a>>) -> bool {
        item.owner().is_some() && item.owner() == owner
    }

    fn item(&self, segments: &[&str]) -> Option<Item<'a>> {
        let (name, before) = segments.split_last()?;
        let of_owner = (!before.is_empty())
            .then(|| self.item(before))
            .flatten()
            .and_then(|owner| self.member(owner, name));
        of_owner.or_else(|| self.top(name, before))
    }

    /// What has this name, where the modules tell it from others.
    fn top(&self, name: &str, modules: &[&str]) -> Option<Item<'a>> {
        let found = self.top.get(name)?;
        if let [(_, only)] = found.as_slice() {
            return Some(*only);
        }
        let wanted = modules.join("::");
        let is_in = |path: &str| {
            let module = path
                .strip_suffix(name)
                .map_or(path, |module| module.trim_end_matches(':'));
            module == wanted || module.ends_with(&format!("::{wanted}"))
        };
        let mut found = found.iter().filter(|(path, _)| !wanted.is_empty() && is_in(path));
        match (found.next(), found.next()) {
            (Some((_, item)), None) => Some(*item),
            _ => None,
        }
    }

    fn member(&self, owner: Item<'a>, name: &str) -> Option<Item<'a>> {
        let field = |fields: &Fields| {
            let named = |name_in_api: &str, name_in_rust: &Option<String>| {
                bare(name_in_rust.as_deref().unwrap_or(name_in_api)) == bare(name)
            };
            let mut fields = fields.fields.iter();
            fields.position(|field| named(&field.name, &field.rust_name))
        };
        match owner {
            Item::Service(at) => {
                let methods = &self.service(at).methods;
                let position = methods.iter().position(|method| bare(&method.name) == bare(name))?;
                Some(Item::Method(at, position))
            }
            Item::Type(def) => match &def.kind {
                TypeKind::Struct(fields) => field(fields).map(|at| Item::Field(def, at)),
                TypeKind::Enum { variants } => {
                    let is_named = |variant: &rapace_schema::Variant| {
                        variant.rust_name.as_deref().unwrap_or(&variant.name) == name
                    };
                    variants.iter().position(is_named).map(|at| Item::Variant(def, at))
                }
            },
            Item::Variant(def, at) => match &def.kind {
                TypeKind::Enum { variants } => {
                    field(&variants[at].fields).map(|field| Item::VariantField(def, at, field))
                }
                TypeKind::Struct(_) => None,
            },
            Item::Alias(_) | Item::Field(..) | Item::VariantField(..) | Item::Method(..) => None,
        }
    }

    fn service(&self, at: usize) -> &'a Service {
        &self.api.services[at]
    }
}

/// A path as links have it.
pub(super) struct Path<'t> {
    segments: Vec<&'t str>,
    /// Whether there are modules or owners before the name.
    pub(super) is_long: bool,
}

/// The words before `@` that say what a path is.
const KINDS: [&str; 22] = [
    "struct",
    "enum",
    "trait",
    "union",
    "mod",
    "module",
    "const",
    "constant",
    "fn",
    "function",
    "field",
    "variant",
    "method",
    "derive",
    "type",
    "tyalias",
    "typealias",
    "value",
    "macro",
    "prim",
    "primitive",
    "static",
];

impl<'t> Path<'t> {
    /// The path that a text is, otherwise nothing.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let text = match text.split_once('@') {
            Some((kind, rest)) if KINDS.contains(&kind) => rest,
            _ => text,
        };
        let text = text
            .strip_suffix("()")
            .or_else(|| text.strip_suffix('!'))
            .unwrap_or(text);
        let text = match text.ends_with('>') {
            true => without_arguments(text),
            false => text,
        };
        let is_long = text.contains("::");
        let segments: Vec<&str> = text.strip_prefix("::").unwrap_or(text).split("::").map(bare).collect();
        let is_name = |name: &&str| {
            let mut chars = name.chars();
            chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
                && chars.all(|c| c == '_' || c.is_alphanumeric())
        };
        segments.iter().all(is_name).then(|| Self {
            segments: segments
                .into_iter()
                .skip_while(|name| matches!(*name, "crate" | "self" | "super"))
                .collect(),
            is_long,
        })
    }

    /// Whether the path leads to the standard library.
    fn is_of_rust(&self) -> bool {
        self.is_long && matches!(self.segments.first(), Some(&("std" | "core" | "alloc")))
    }

    /// The path without what is the same in every crate.
    pub(super) fn text(&self) -> String {
        self.segments.join("::")
    }
}
