//! What documentation calls the items of an API: links that editors follow, and names in TypeScript's spelling.

use rapace_gen_core::docs::{Dialect, Item, Name};
use rapace_gen_core::plan::is_unit_enum;
use rapace_schema::{TypeDef, TypeKind};

use crate::comments::literal;
use crate::names::{KIND, Names, properties};

/// The names of a package, for its documentation.
pub(crate) struct Spelling<'a>(pub(crate) &'a Names);

impl Spelling<'_> {
    /// The name of a variant: a string, or an interface beside the union.
    fn variant(&self, def: &TypeDef, at: usize) -> String {
        match &def.kind {
            TypeKind::Enum { variants } if is_unit_enum(variants) => literal(&variants[at].name),
            _ => self.0.of(&def.name).variants[at].clone(),
        }
    }
}

impl Dialect for Spelling<'_> {
    fn name(&self, item: Item<'_>) -> Name {
        let Self(names) = self;
        match item {
            Item::Type(def) => Name::alone(&names.of(&def.name).name),
            Item::Alias(alias) => Name::alone(names.alias_name(&alias.name)),
            Item::Service(at) => Name::alone(&names.services[at].name),
            Item::Method(at, method) => {
                let service = &names.services[at];
                Name::within(&service.client, &service.methods[method].property)
            }
            Item::Variant(def, at) => Name::alone(self.variant(def, at)),
            Item::VariantField(def, variant, at) => match &def.kind {
                TypeKind::Enum { variants } => {
                    let names = properties(&variants[variant].fields, &[KIND]);
                    Name::alone(format!("{}.{}", self.variant(def, variant), names[at]))
                }
                TypeKind::Struct(_) => Name::alone(self.variant(def, variant)),
            },
            Item::Field(def, at) => match &def.kind {
                TypeKind::Struct(fields) if fields.newtype().is_none() => {
                    Name::within(&names.of(&def.name).name, &properties(fields, &[])[at])
                }
                _ => Name::alone(&names.of(&def.name).name),
            },
        }
    }

    fn link(&self, item: Item<'_>, name: &str, text: Option<&str>) -> String {
        let target = self.name(item).full();
        if target.starts_with('"') {
            return match text {
                None => format!("`{target}`"),
                Some(text) => format!("{text} (`{target}`)"),
            };
        }
        let shown = text.or((name != target).then_some(name));
        match shown {
            None => format!("{{@link {target}}}"),
            Some(text) if text.contains(['{', '}', '@', '|', '*', '\n']) => format!("{text} ({{@link {target}}})"),
            Some(text) => format!("{{@link {target} | {text}}}"),
        }
    }

    fn prepared(&self, doc: &str) -> String {
        doc.replace("{@", "{\\@")
    }
}
