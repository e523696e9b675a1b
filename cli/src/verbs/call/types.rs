//! Types as Rust writes them, for people.

use rapace_schema::{Method, MethodKind, TypeRef};

/// `Option<Vec<Isbn>>`.
pub(super) fn spelled(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Unit => "()".into(),
        TypeRef::Bool => "bool".into(),
        TypeRef::U8 => "u8".into(),
        TypeRef::U16 => "u16".into(),
        TypeRef::U32 => "u32".into(),
        TypeRef::U64 => "u64".into(),
        TypeRef::Usize => "usize".into(),
        TypeRef::U128 => "u128".into(),
        TypeRef::I8 => "i8".into(),
        TypeRef::I16 => "i16".into(),
        TypeRef::I32 => "i32".into(),
        TypeRef::I64 => "i64".into(),
        TypeRef::Isize => "isize".into(),
        TypeRef::I128 => "i128".into(),
        TypeRef::F32 => "f32".into(),
        TypeRef::F64 => "f64".into(),
        TypeRef::Char => "char".into(),
        TypeRef::String => "String".into(),
        TypeRef::Bytes => "bytes in base64".into(),
        TypeRef::Option(item) => format!("Option<{}>", spelled(item)),
        TypeRef::List(item) => format!("Vec<{}>", spelled(item)),
        TypeRef::Set(item) => format!("Set<{}>", spelled(item)),
        TypeRef::Array { item, len } => format!("[{}; {len}]", spelled(item)),
        TypeRef::Map { key, value } => format!("Map<{}, {}>", spelled(key), spelled(value)),
        TypeRef::Tuple(items) => {
            let items: Vec<String> = items.iter().map(spelled).collect();
            format!("({})", items.join(", "))
        }
        TypeRef::Named(name) => name.clone(),
    }
}

/// `find(isbn: Isbn) -> FindOutcome`.
pub(super) fn signature(method: &Method) -> String {
    let arguments = method.arguments.iter();
    let arguments: Vec<String> = arguments
        .map(|argument| format!("{}: {}", argument.name, spelled(&argument.ty)))
        .collect();
    let answer = spelled(&method.response);
    let answer = match method.kind {
        MethodKind::Unary => answer,
        MethodKind::ServerStreaming => format!("stream of {answer}"),
    };
    format!("{}({}) -> {answer}", method.name, arguments.join(", "))
}
