//! What every language asks of a type: how small its values are, and whether they can contain one another.

use std::collections::BTreeSet;

use rapace_schema::{Api, DecodedSizes, Groups, MinSizes, TypeRef, Variant, groups};

use super::reach::reaching_recursion;

/// The facts about the types of an API, each established once.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    groups: Groups<'a>,
    sizes: DecodedSizes<'a>,
    min_sizes: MinSizes<'a>,
    nesting: BTreeSet<&'a str>,
}

impl<'a> Facts<'a> {
    /// The facts about all types of `api`.
    pub fn of(api: &'a Api) -> Self {
        let groups = groups(api);
        let nesting = reaching_recursion(&groups);
        Self {
            min_sizes: MinSizes::of(&groups),
            sizes: DecodedSizes::of(api),
            nesting,
            groups,
        }
    }

    /// The fewest bytes that a value of the type takes on the wire: `u64::MAX` when no value of it ends.
    pub fn min_size(&self, ty: &TypeRef) -> u64 {
        self.min_sizes.of_type(ty)
    }

    /// True for a type whose values take no bytes. A payload may claim any number of them, so decoders bound their count.
    pub fn is_zero_sized(&self, ty: &TypeRef) -> bool {
        self.min_sizes.is_zero_sized(ty)
    }

    /// True for a named type of which a value can contain another.
    pub fn is_recursive(&self, name: &str) -> bool {
        self.groups.is_recursive(name)
    }

    /// True for a type of which a value can be or contain one of a recursive type. Codecs count how deep these are.
    pub fn can_nest(&self, ty: &TypeRef) -> bool {
        let mut found = false;
        ty.for_each_name(&mut |name| found |= self.nesting.contains(name));
        found
    }

    /// The nominal sizes of decoded values, by which decoders bound what a payload may become.
    pub fn sizes(&self) -> &DecodedSizes<'a> {
        &self.sizes
    }

    /// The types in groups that contain one another, dependencies first.
    pub fn groups(&self) -> &Groups<'a> {
        &self.groups
    }
}

/// True for the variants of an enum without data.
pub fn is_unit_enum(variants: &[Variant]) -> bool {
    variants.iter().all(|variant| variant.fields.fields.is_empty())
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Style, TypeRef};

    use super::Facts;
    use crate::plan::samples::{empty, newtype, structure};

    fn named(name: &str) -> TypeRef {
        TypeRef::Named(name.into())
    }

    #[test]
    fn structs_of_units_take_no_bytes_however_often_they_are_repeated() {
        let mut api = empty();
        api.types.push(newtype("T0", TypeRef::Unit));
        for i in 1..200 {
            let before = named(&format!("T{}", i - 1));
            api.types
                .push(newtype(&format!("T{i}"), TypeRef::Tuple(vec![before.clone(), before])));
        }
        let none = TypeRef::Array {
            item: Box::new(named("Own")),
            len: 0,
        };
        api.types.push(newtype("Own", none));
        api.types.push(newtype("Flag", TypeRef::Bool));
        let facts = Facts::of(&api);
        assert!(facts.is_zero_sized(&named("T199")) && facts.is_zero_sized(&named("Own")));
        assert!(!facts.is_zero_sized(&named("Flag")));
    }

    #[test]
    fn the_smallest_value_of_a_circle_is_the_one_that_ends_it() {
        let field = |name: &str, ty| (name.to_owned(), ty);
        let option = |ty| TypeRef::Option(Box::new(ty));
        let mut api = empty();
        // Tree { left: Option<Pair>, weight: f32 }, Pair { one: Tree, other: Tree }
        api.types.push(structure(
            "Tree",
            Style::Struct,
            [field("left", option(named("Pair"))), field("weight", TypeRef::F32)],
        ));
        api.types.push(structure(
            "Pair",
            Style::Struct,
            [field("one", named("Tree")), field("other", named("Tree"))],
        ));
        api.types.push(newtype("Endless", named("Endless")));
        api.types
            .push(newtype("Forest", TypeRef::List(Box::new(named("Tree")))));
        let facts = Facts::of(&api);
        let sizes = ["Tree", "Pair", "Endless", "Forest"].map(|name| facts.min_size(&named(name)));
        assert_eq!(sizes, [5, 10, u64::MAX, 1]);
        assert_eq!(facts.min_size(&TypeRef::Tuple(vec![TypeRef::Char, TypeRef::String])), 3);
        assert!(facts.is_recursive("Pair") && !facts.is_recursive("Forest"));
        assert!(facts.can_nest(&option(named("Forest"))) && !facts.can_nest(&TypeRef::String));
    }
}
