//! What documentation calls the items of an API: names in Python's spelling, as code.

use rapace_gen_core::docs::{Dialect, Item, Name};
use rapace_gen_core::plan::is_unit_enum;
use rapace_schema::TypeKind;

use crate::names::Names;

/// The names of a package, for its documentation.
pub struct Spelling<'a>(pub &'a Names);

impl Dialect for Spelling<'_> {
    fn name(&self, item: Item<'_>) -> Name {
        let Self(names) = self;
        match item {
            Item::Type(def) => Name::alone(&names.of(&def.name).class),
            Item::Alias(alias) => Name::alone(names.of_alias(&alias.name)),
            Item::Service(at) => Name::alone(&names.services[at].client),
            Item::Method(at, method) => {
                let service = &names.services[at];
                Name::within(&service.client, &service.methods[method].method)
            }
            Item::Variant(def, at) => {
                let owner = names.of(&def.name);
                match &def.kind {
                    TypeKind::Enum { variants } if is_unit_enum(variants) => {
                        Name::within(&owner.class, &owner.variants[at].member)
                    }
                    // A class beside the union.
                    _ => Name::alone(&owner.variants[at].class),
                }
            }
            Item::VariantField(def, variant, at) => {
                let owner = &names.of(&def.name).variants[variant];
                Name::alone(format!("{}.{}", owner.class, owner.fields[at]))
            }
            Item::Field(def, at) => {
                let owner = names.of(&def.name);
                match &def.kind {
                    TypeKind::Struct(fields) if fields.newtype().is_some() => Name::alone(&owner.class),
                    _ => Name::within(&owner.class, &owner.fields[at]),
                }
            }
        }
    }
}
