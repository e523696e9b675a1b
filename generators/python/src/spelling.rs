//! What documentation calls the items of an API: names in Python's spelling, as code.

use rapace_gen_core::docs::{Dialect, Item};
use rapace_gen_core::plan::is_unit_enum;
use rapace_schema::TypeKind;

use crate::names::Names;

/// The names of a package, for its documentation.
pub struct Spelling<'a>(pub &'a Names);

impl Dialect for Spelling<'_> {
    fn name(&self, item: Item<'_>, qualified: bool) -> String {
        let Self(names) = self;
        let member = |owner: &str, name: &str| match qualified {
            true => format!("{owner}.{name}"),
            false => name.to_owned(),
        };
        match item {
            Item::Type(def) => names.of(&def.name).class.clone(),
            Item::Alias(alias) => names.of_alias(&alias.name).to_owned(),
            Item::Service(at) => names.services[at].client.clone(),
            Item::Method(at, method) => {
                let service = &names.services[at];
                member(&service.client, &service.methods[method].method)
            }
            Item::Variant(def, at) => {
                let owner = names.of(&def.name);
                match &def.kind {
                    TypeKind::Enum { variants } if is_unit_enum(variants) => {
                        member(&owner.class, &owner.variants[at].member)
                    }
                    // A class beside the union.
                    _ => owner.variants[at].class.clone(),
                }
            }
            Item::VariantField(def, variant, at) => {
                let owner = &names.of(&def.name).variants[variant];
                format!("{}.{}", owner.class, owner.fields[at])
            }
            Item::Field(def, at) => {
                let owner = names.of(&def.name);
                match &def.kind {
                    TypeKind::Struct(fields) if fields.newtype().is_some() => owner.class.clone(),
                    _ => member(&owner.class, &owner.fields[at]),
                }
            }
        }
    }
}
