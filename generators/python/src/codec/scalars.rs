//! The runtime's functions for types that need none of the package's own.

use rapace_schema::TypeRef;

use crate::types::Use;

/// The names of two functions of the runtime.
pub(super) struct Scalar {
    pub(super) unpack: &'static str,
    pub(super) pack: &'static str,
}

/// The runtime's functions for a type that has its own.
pub(super) fn scalar(ty: &TypeRef) -> Option<Scalar> {
    macro_rules! functions {
        ($name:literal) => {
            Scalar {
                unpack: concat!("unpack_", $name),
                pack: concat!("pack_", $name),
            }
        };
    }
    Some(match ty {
        TypeRef::Unit => functions!("unit"),
        TypeRef::Bool => functions!("bool"),
        TypeRef::U8 => functions!("u8"),
        TypeRef::U16 => functions!("u16"),
        TypeRef::U32 => functions!("u32"),
        TypeRef::U64 | TypeRef::Usize => functions!("u64"),
        TypeRef::U128 => functions!("u128"),
        TypeRef::I8 => functions!("i8"),
        TypeRef::I16 => functions!("i16"),
        TypeRef::I32 => functions!("i32"),
        TypeRef::I64 | TypeRef::Isize => functions!("i64"),
        TypeRef::I128 => functions!("i128"),
        TypeRef::F32 => functions!("f32"),
        TypeRef::F64 => functions!("f64"),
        TypeRef::Char => functions!("char"),
        TypeRef::String => functions!("string"),
        TypeRef::Bytes => functions!("bytes"),
        _ => return None,
    })
}

/// The runtime's functions for a type for which no function is generated.
pub(super) fn runtime(used: &Use) -> Option<(&'static str, &'static str)> {
    if let TypeRef::List(item) = &used.ty
        && !used.hashable
    {
        return match **item {
            TypeRef::F32 => Some(("pack_list_f32", "unpack_list_f32")),
            TypeRef::F64 => Some(("pack_list_f64", "unpack_list_f64")),
            _ => None,
        };
    }
    scalar(&used.ty).map(|scalar| (scalar.pack, scalar.unpack))
}
