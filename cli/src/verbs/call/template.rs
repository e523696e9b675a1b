//! A filled example of a method's arguments.

use rapace_schema::{Api, Fields, Method, Style, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

/// Types inside each other are filled so deep; recursive ones end there.
const MAX_DEPTH: usize = 8;

/// All arguments by name, as JSON on several lines.
pub(super) fn filled(api: &Api, method: &Method) -> String {
    let arguments = method.arguments.iter();
    let object: Map<String, Value> = arguments
        .map(|argument| (argument.name.clone(), example(api, &argument.ty, 0)))
        .collect();
    let text = serde_json::to_string_pretty(&object);
    text.expect("plain data is JSON") + "\n"
}

fn example(api: &Api, ty: &TypeRef, depth: usize) -> Value {
    let ends = depth > MAX_DEPTH;
    match ty {
        TypeRef::Unit => Value::Null,
        TypeRef::Bool => json!(false),
        TypeRef::U8 | TypeRef::U16 | TypeRef::U32 | TypeRef::I8 | TypeRef::I16 | TypeRef::I32 => json!(0),
        TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => json!("0"),
        TypeRef::F32 | TypeRef::F64 => json!(0.0),
        TypeRef::Char => json!("x"),
        TypeRef::String => json!("text"),
        TypeRef::Bytes => json!("AAE="),
        TypeRef::Option(_) | TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } if ends => match ty {
            TypeRef::Option(_) => Value::Null,
            _ => json!([]),
        },
        TypeRef::Option(item) => json!({"some": example(api, item, depth + 1)}),
        TypeRef::List(item) | TypeRef::Set(item) => json!([example(api, item, depth + 1)]),
        TypeRef::Array { item, len } => {
            let one = example(api, item, depth + 1);
            Value::Array(vec![one; usize::try_from(*len).unwrap_or(0).min(64)])
        }
        TypeRef::Map { key, value } => json!([[example(api, key, depth + 1), example(api, value, depth + 1)]]),
        TypeRef::Tuple(items) => items.iter().map(|item| example(api, item, depth + 1)).collect(),
        TypeRef::Named(name) => {
            let def = api.types.iter().find(|def| def.name == *name);
            match def.map(|def| &def.kind) {
                Some(TypeKind::Struct(fields)) => of_fields(api, fields, depth + 1),
                Some(TypeKind::Enum { variants }) => {
                    // One without fields is short, and ends what is recursive.
                    let unit = variants.iter().find(|variant| variant.fields.fields.is_empty());
                    let Some(variant) = unit.filter(|_| ends).or(variants.first()) else {
                        return Value::Null;
                    };
                    let fields = of_fields(api, &variant.fields, depth + 1);
                    Value::Object(Map::from_iter([(variant.name.clone(), fields)]))
                }
                None => Value::Null,
            }
        }
    }
}

fn of_fields(api: &Api, fields: &Fields, depth: usize) -> Value {
    match (fields.style, fields.fields.as_slice()) {
        (Style::Unit, _) | (Style::Tuple, []) => Value::Null,
        (Style::Tuple, [only]) => example(api, &only.ty, depth),
        (Style::Tuple, many) => many.iter().map(|field| example(api, &field.ty, depth)).collect(),
        (Style::Struct, many) => {
            let fields = many
                .iter()
                .map(|field| (field.name.clone(), example(api, &field.ty, depth)));
            Value::Object(fields.collect())
        }
    }
}
