//! Values as expressions.

use rapace_gen_core::base64_bytes;
use rapace_gen_core::text::doc::{Doc, concat, list};
use rapace_schema::{Fields, Style, TypeRef, Variant};
use serde_json::Value;

use crate::codec::payload;
use crate::comments::literal;
use crate::form::Form;
use crate::known::KnownText;
use crate::layout::{braces, call};
use crate::names::{KIND, Names, properties};
use crate::types::Types;

/// The largest integer that a `number` has without loss, 2^53 - 1.
const MAX_SAFE: u64 = (1 << 53) - 1;
/// From so many digits on a float is written with an exponent.
const LONG_FLOAT: usize = 24;

/// Writes values as expressions. Functions of the package are symbols in them.
pub(crate) struct Values<'a> {
    pub(crate) types: &'a Types<'a>,
    pub(crate) names: &'a Names,
}

impl Values<'_> {
    /// A value in the form that JSON gives it. None for what no expression is.
    pub(crate) fn expression(&self, ty: &TypeRef, value: &Value) -> Option<Doc> {
        if let Some(wide) = self.types.wide_integer(ty) {
            let digits = digits(value);
            return Some(match wide.written {
                "bigint" => format!("{digits}n").into(),
                "string" => literal(&digits).into(),
                _ => exact(&digits)?.to_string().into(),
            });
        }
        Some(match ty {
            TypeRef::Unit => "undefined".into(),
            TypeRef::Bool => value.as_bool()?.to_string().into(),
            TypeRef::F32 | TypeRef::F64 => float(value)?.into(),
            TypeRef::Char | TypeRef::String => literal(value.as_str()?).into(),
            bytes if self.types.is_bytes(bytes) => match value {
                Value::String(_) => typed_array("Uint8Array", &base64_bytes(value)?),
                _ => numbers("Uint8Array", value)?,
            },
            TypeRef::Option(_) if value.is_null() => "undefined".into(),
            TypeRef::Option(item) => {
                let inside = self.expression(item, value.get("some")?)?;
                match self.types.admits_undefined(item) {
                    true => braces("{", vec![concat(["some: ".into(), inside])], "}".to_owned()),
                    false => inside,
                }
            }
            TypeRef::List(item) => match self.types.typed_array(item) {
                Some(typed) => self.typed(typed.class, item, value)?,
                None => self.items(item, value)?,
            },
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => numbers("Uint8Array", value)?,
            TypeRef::Array { item, .. } => self.items(item, value)?,
            TypeRef::Set(item) => self.collection("Set", item, item, value)?,
            TypeRef::Map { key, value: ty } => {
                let entry = TypeRef::Tuple(vec![(**key).clone(), (**ty).clone()]);
                self.collection("Map", key, &entry, value)?
            }
            TypeRef::Tuple(items) => self.tuple(items, value)?,
            TypeRef::Named(name) => self.named(name, value)?,
            _ => digits(value).into(),
        })
    }

    fn all(&self, item: &TypeRef, value: &Value) -> Option<Vec<Doc>> {
        let items = value.as_array()?.iter();
        items.map(|each| self.expression(item, each)).collect()
    }

    fn items(&self, item: &TypeRef, value: &Value) -> Option<Doc> {
        Some(bracketed(self.all(item, value)?))
    }

    fn typed(&self, class: &'static str, item: &TypeRef, value: &Value) -> Option<Doc> {
        Some(made(class, self.all(item, value)?))
    }

    /// `new Set(items)`, or the items where the language's own collections do not find them again.
    fn collection(&self, class: &'static str, key: &TypeRef, item: &TypeRef, value: &Value) -> Option<Doc> {
        let items = self.all(item, value)?;
        Some(match self.types.is_key(key) {
            true => made(class, items),
            false => bracketed(items),
        })
    }

    fn tuple<'t>(&self, items: impl IntoIterator<Item = &'t TypeRef>, value: &Value) -> Option<Doc> {
        let items = items.into_iter().zip(value.as_array()?);
        let items = items.map(|(item, each)| self.expression(item, each));
        Some(bracketed(items.collect::<Option<_>>()?))
    }

    fn named(&self, name: &str, value: &Value) -> Option<Doc> {
        let names = self.names.of(name);
        if self.types.foreign(name).is_some() {
            return Some(applied(&names.from_json, value.to_string().into()));
        }
        Some(match self.types.form(name) {
            Form::Empty => "undefined".into(),
            Form::Alias(inner) => self.expression(inner, value)?,
            Form::Brand(inner) => applied(&names.name, self.expression(inner, value)?),
            Form::Text(text) => applied(&names.name, literal(&text_of(text, value)?).into()),
            Form::Date(_, unit) => {
                let units = exact(&digits(value))?;
                let millis = units.checked_mul(i64::try_from(unit).ok()?)?;
                format!("new Date({millis})").into()
            }
            Form::Boxed(inner) => braces(
                "{",
                vec![member("value", self.expression(inner, value)?)],
                "}".to_owned(),
            ),
            Form::Tuple(fields) => self.tuple(fields.fields.iter().map(|field| &field.ty), value)?,
            Form::Record(fields) => braced(self.members(fields, value)?),
            // The number of a variant that is not known.
            Form::Plain(_) if value.is_number() => value.to_string().into(),
            Form::Plain(_) => literal(value.as_object()?.keys().next()?).into(),
            Form::Union(variants) => {
                let (chosen, inside) = value.as_object()?.iter().next()?;
                let variant = variants.iter().find(|variant| variant.name == *chosen)?;
                let mut members = vec![member(KIND, literal(chosen).into())];
                members.extend(self.payload(variant, inside)?);
                braced(members)
            }
        })
    }

    fn members(&self, fields: &Fields, value: &Value) -> Option<Vec<Doc>> {
        let members = fields.fields.iter().zip(properties(fields, &[]));
        let members = members
            .map(|(field, property)| Some(member(&property, self.expression(&field.ty, value.get(&field.name)?)?)));
        members.collect()
    }

    fn payload(&self, variant: &Variant, inside: &Value) -> Option<Vec<Doc>> {
        let members = payload(variant).enumerate();
        let members = members.map(|(i, (property, ty))| {
            let value = match variant.fields.style {
                Style::Struct => inside.get(&variant.fields.fields.get(i)?.name)?,
                _ => inside,
            };
            Some(member(&property, self.expression(&ty, value)?))
        });
        members.collect()
    }
}

/// The digits of an integer: small ones are numbers in JSON, large ones are strings.
fn digits(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The integer, if a `number` has it without loss.
fn exact(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    (number.unsigned_abs() <= MAX_SAFE).then_some(number)
}

/// The text of a value whose JSON form may be another one.
fn text_of(text: KnownText, value: &Value) -> Option<String> {
    let number = match text {
        KnownText::Uuid => {
            let bytes = value.as_array()?.iter().map(Value::as_u64);
            bytes
                .into_iter()
                .try_fold(0, |number: u128, byte| Some(number << 8 | u128::from(byte?)))?
        }
        KnownText::UuidNumber => digits(value).parse().ok()?,
        KnownText::UuidText | KnownText::Decimal | KnownText::Url => return value.as_str().map(str::to_owned),
    };
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    Some(parts.join("-"))
}

fn float(value: &Value) -> Option<String> {
    Some(match value.as_str() {
        Some(text @ ("NaN" | "Infinity" | "-Infinity" | "-0")) => text.to_owned(),
        Some(_) => return None,
        None => {
            let text = value.as_f64()?.to_string();
            match text.len() < LONG_FLOAT {
                true => text,
                false => value.to_string(),
            }
        }
    })
}

fn bracketed(items: Vec<Doc>) -> Doc {
    list("[", items, ",", "]")
}

fn braced(members: Vec<Doc>) -> Doc {
    match members.is_empty() {
        true => "{}".into(),
        false => braces("{", members, "}".to_owned()),
    }
}

fn member(property: &str, value: Doc) -> Doc {
    concat([format!("{property}: ").into(), value])
}

/// `function(value)`, a function of the package.
fn applied(function: &str, value: Doc) -> Doc {
    call(Doc::Symbol(function.to_owned()), vec![value])
}

/// `new Set([items])`
fn made(class: &'static str, items: Vec<Doc>) -> Doc {
    match items.is_empty() {
        true => format!("new {class}()").into(),
        false => concat([format!("new {class}(").into(), bracketed(items), ")".into()]),
    }
}

fn typed_array(class: &'static str, bytes: &[u8]) -> Doc {
    made(class, bytes.iter().map(|byte| byte.to_string().into()).collect())
}

fn numbers(class: &'static str, value: &Value) -> Option<Doc> {
    let numbers = value.as_array()?.iter().map(|number| number.to_string().into());
    Some(made(class, numbers.collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{exact, float, text_of};
    use crate::known::KnownText;

    #[test]
    fn uuids_are_texts() {
        let bytes: Vec<u8> = (0..16).map(|i| i * 17).collect();
        for (text, value) in [
            (KnownText::Uuid, json!(bytes)),
            (
                KnownText::UuidNumber,
                json!(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_string()),
            ),
            (KnownText::UuidText, json!("00112233-4455-6677-8899-aabbccddeeff")),
        ] {
            let text = text_of(text, &value);
            assert_eq!(text.as_deref(), Some("00112233-4455-6677-8899-aabbccddeeff"), "{value}");
        }
    }

    #[test]
    fn numbers_are_exact() {
        for (value, expected) in [
            (json!(1.0), "1"),
            (json!(-1.5), "-1.5"),
            (json!(f64::MAX), "1.7976931348623157e+308"),
            (json!("-0"), "-0"),
            (json!("Infinity"), "Infinity"),
        ] {
            assert_eq!(float(&value).as_deref(), Some(expected));
        }
        assert_eq!(float(&json!("1")), None);
        assert_eq!(exact("9007199254740991"), Some(9_007_199_254_740_991));
        assert_eq!(exact("9007199254740992"), None);
    }
}
