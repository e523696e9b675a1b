//! What the functions of an unnamed type are called after.

use rapace_schema::TypeRef;

/// A name for a type, made of the names of what is in it: `MapOfIsbnToListOfU32`. `name_of` gives the language's name of a named
/// type. Names of several types can be equal (`TupleOfAAndB` when a type is called `AAndB`): a scope tells them apart.
pub fn stem(ty: &TypeRef, name_of: &impl Fn(&str) -> String) -> String {
    let inside = |ty: &TypeRef| stem(ty, name_of);
    match ty {
        TypeRef::Option(item) => format!("OptionOf{}", inside(item)),
        TypeRef::List(item) => format!("ListOf{}", inside(item)),
        TypeRef::Set(item) => format!("SetOf{}", inside(item)),
        TypeRef::Array { item, len } => format!("Array{len}Of{}", inside(item)),
        TypeRef::Map { key, value } => format!("MapOf{}To{}", inside(key), inside(value)),
        TypeRef::Tuple(items) => {
            let items: Vec<String> = items.iter().map(inside).collect();
            format!("TupleOf{}", items.join("And"))
        }
        TypeRef::Named(name) => name_of(name),
        // The names of Rust's variants: `U32`, `String`.
        scalar => format!("{scalar:?}"),
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::TypeRef;

    use super::stem;

    #[test]
    fn stems() {
        let boxed = |ty| Box::new(ty);
        let option = TypeRef::Option(boxed(TypeRef::Named("book".into())));
        let array = TypeRef::Array {
            item: boxed(TypeRef::U8),
            len: 4,
        };
        for (ty, expected) in [
            (TypeRef::U32, "U32"),
            (option.clone(), "OptionOfBOOK"),
            (TypeRef::List(boxed(option.clone())), "ListOfOptionOfBOOK"),
            (TypeRef::Tuple(vec![array, TypeRef::Unit]), "TupleOfArray4OfU8AndUnit"),
            (
                TypeRef::Map {
                    key: boxed(TypeRef::String),
                    value: boxed(TypeRef::Set(boxed(TypeRef::Char))),
                },
                "MapOfStringToSetOfChar",
            ),
        ] {
            assert_eq!(stem(&ty, &|name| name.to_uppercase()), expected);
        }
    }
}
