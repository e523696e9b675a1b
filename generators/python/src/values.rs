//! Values as Python writes them.

use rapace_gen_core::base64_bytes;
use rapace_schema::{Fields, Style, TypeKind, TypeRef};
use serde_json::Value;

use crate::docs::literal;
use crate::layout::{Item, flat};
use crate::names::Names;
use crate::types::{Form, Place, Types, Use};

/// Prints values where annotations are printed by `place`.
pub struct Printer<'p> {
    /// The types.
    pub types: &'p Types<'p>,
    /// Their names.
    pub names: &'p Names,
    /// Where the values are written.
    pub place: &'p Place<'p>,
}

impl Printer<'_> {
    /// The expression for a value in the form that JSON gives it, on one line. None for what Python cannot write there.
    pub fn expression(&self, used: &Use, value: &Value) -> Option<String> {
        Some(flat(&self.item(used, value)?))
    }

    /// The expression for a value in the form that JSON gives it. None for what Python cannot write there.
    pub fn item(&self, used: &Use, value: &Value) -> Option<Item> {
        let inside = |ty: &TypeRef, value: &Value| self.item(&self.types.used(ty, used.hashable), value);
        let all = |ty: &TypeRef| -> Option<Vec<Item>> {
            let items = value.as_array()?.iter();
            items.map(|each| inside(ty, each)).collect()
        };
        Some(match &used.ty {
            TypeRef::Unit => "None".into(),
            TypeRef::Bool => if value.as_bool()? { "True" } else { "False" }.into(),
            TypeRef::F32 | TypeRef::F64 => float(value)?.into(),
            TypeRef::Char | TypeRef::String => literal(value.as_str()?).into(),
            TypeRef::Bytes => bytes(&base64_bytes(value)?).into(),
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => {
                let all = value.as_array()?.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
                bytes(&all.collect::<Option<Vec<u8>>>()?).into()
            }
            TypeRef::Option(_) if value.is_null() => "None".into(),
            TypeRef::Option(inner) => {
                let item = inside(inner, &value["some"])?;
                match Types::includes_none(inner) {
                    true => Item::Call(format!("{}(", self.place.public("Some")), vec![item]),
                    false => item,
                }
            }
            TypeRef::List(item) if !used.hashable => Item::Enclosed("[", all(item)?, "]"),
            TypeRef::List(item) | TypeRef::Array { item, .. } => tuple(all(item)?),
            TypeRef::Set(item) => {
                let key = self.types.used(item, true);
                let items = value.as_array()?.iter().map(|each| self.item(&key, each));
                set(items.collect::<Option<_>>()?, used.hashable)
            }
            TypeRef::Map { key, value: ty } => {
                let key = self.types.used(key, true);
                let entry = |entry: &Value| Some(pair(self.item(&key, &entry[0])?, inside(ty, &entry[1])?));
                Item::Dictionary(value.as_array()?.iter().map(entry).collect::<Option<_>>()?)
            }
            TypeRef::Tuple(types) => {
                let items = types.iter().zip(value.as_array()?).map(|(ty, each)| inside(ty, each));
                tuple(items.collect::<Option<_>>()?)
            }
            TypeRef::Named(name) => self.named(name, value)?,
            // Integers: small ones are numbers in JSON, large ones are strings.
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned).into(),
        })
    }

    fn named(&self, name: &str, value: &Value) -> Option<Item> {
        let (def, names) = (self.types.def(name), self.names.of(name));
        let class = |name: &str| self.place.class(name);
        if self.types.is_adapted(name) {
            let ty = match self.types.foreign(name) {
                Some(foreign) => self.place.imports.foreign(&foreign.import, &foreign.ty),
                None => class(&names.class),
            };
            let function = self.place.function("from_json")?;
            return Some(Item::Call(format!("{function}("), vec![ty.into(), plain(value)]));
        }
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), _) => {
                let inner = self.item(&self.types.field(name, inner), value)?;
                Some(Item::Call(format!("{}(", class(&names.class)), vec![inner]))
            }
            // The number of a variant that is not known.
            (_, TypeKind::Enum { .. }) if value.is_number() => Some(value.to_string().into()),
            (form, TypeKind::Enum { variants }) => {
                let (chosen, inside) = value.as_object()?.iter().next()?;
                let index = variants.iter().position(|variant| variant.name == *chosen)?;
                let of_variant = &names.variants[index];
                match form {
                    Form::Enum => Some(format!("{}.{}", class(&names.class), of_variant.member).into()),
                    _ => {
                        let fields = (&variants[index].fields, of_variant.fields.as_slice());
                        self.made(name, &class(&of_variant.class), fields, inside)
                    }
                }
            }
            (_, TypeKind::Struct(fields)) => self.made(name, &class(&names.class), (fields, &names.fields), value),
        }
    }

    fn made(&self, owner: &str, class: &str, (fields, names): (&Fields, &[String]), value: &Value) -> Option<Item> {
        let each = fields.fields.iter().zip(names).enumerate();
        let arguments = each.map(|(index, (field, name))| {
            let value = match (fields.style, fields.fields.len()) {
                (Style::Struct, _) => &value[&field.name],
                (_, 1) => value,
                _ => &value[index],
            };
            let value = self.item(&self.types.field(owner, &field.ty), value)?;
            Some(match fields.style {
                Style::Struct => keyword(name, value),
                _ => value,
            })
        });
        Some(Item::Call(format!("{class}("), arguments.collect::<Option<_>>()?))
    }
}

/// `name=value`
pub fn keyword(name: &str, value: Item) -> Item {
    Item::Joined(vec![format!("{name}=").into(), value])
}

fn pair(key: Item, value: Item) -> Item {
    Item::Joined(vec![key, ": ".into(), value])
}

fn tuple(mut items: Vec<Item>) -> Item {
    match (items.len(), items.pop()) {
        (1, Some(only)) => Item::Joined(vec!["(".into(), only, ",)".into()]),
        (_, last) => {
            items.extend(last);
            Item::Enclosed("(", items, ")")
        }
    }
}

fn set(items: Vec<Item>, frozen: bool) -> Item {
    match (items.is_empty(), frozen) {
        (true, false) => "set()".into(),
        (true, true) => "frozenset()".into(),
        (false, false) => Item::Enclosed("{", items, "}"),
        (false, true) => Item::Call("frozenset(".into(), vec![Item::Enclosed("{", items, "}")]),
    }
}

fn float(value: &Value) -> Option<String> {
    Some(match value {
        Value::Number(number) => {
            // ruff writes an exponent without a plus.
            let number = number.to_string().replace("e+", "e");
            match number.contains(['.', 'e']) {
                true => number,
                false => number + ".0",
            }
        }
        Value::String(text) => match text.as_str() {
            "NaN" => "float(\"nan\")".into(),
            "Infinity" => "float(\"inf\")".into(),
            "-Infinity" => "float(\"-inf\")".into(),
            "-0" => "-0.0".into(),
            _ => return None,
        },
        _ => return None,
    })
}

fn bytes(bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(*byte)),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    });
    format!("b\"{}\"", escaped.collect::<String>())
}

/// What `json.loads` returns for a value.
fn plain(value: &Value) -> Item {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => literal(text).into(),
        Value::Array(items) => Item::Enclosed("[", items.iter().map(plain).collect(), "]"),
        Value::Object(entries) => {
            let entry = |(name, value): (&String, &Value)| pair(literal(name).into(), plain(value));
            Item::Dictionary(entries.iter().map(entry).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{bytes, float, plain, set, tuple};
    use crate::layout::flat;

    #[test]
    fn values_of_one_kind() {
        assert_eq!(bytes(b"a\"\\\n\xff"), r#"b"a\"\\\x0a\xff""#);
        for (value, expected) in [
            (json!(1), "1.0"),
            (json!(1.5), "1.5"),
            (json!(f64::MAX), "1.7976931348623157e308"),
            (json!("NaN"), "float(\"nan\")"),
            (json!("-Infinity"), "float(\"-inf\")"),
            (json!("-0"), "-0.0"),
        ] {
            assert_eq!(float(&value).as_deref(), Some(expected));
        }
        let text = |item| flat(&item);
        assert_eq!(text(tuple(Vec::new())), "()");
        assert_eq!(text(tuple(vec!["1".into()])), "(1,)");
        assert_eq!(text(tuple(vec!["1".into(), "2".into()])), "(1, 2)");
        assert_eq!(text(set(Vec::new(), false)), "set()");
        assert_eq!(text(set(vec!["1".into()], true)), "frozenset({1})");
        assert_eq!(
            text(plain(&json!({"a": [null, true, "x"]}))),
            "{\"a\": [None, True, \"x\"]}"
        );
    }
}
