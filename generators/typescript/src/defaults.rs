//! Defaults of fields as expressions, for the functions that make values.

use rapace_gen_core::text::width;
use rapace_schema::{Field, Fields, Style, TypeRef, Variant};
use serde_json::Value;

use crate::codec::payload;
use crate::comments::literal;
use crate::form::Form;
use crate::names::{KIND, Names, properties};
use crate::types::Types;

/// The columns of the longest expression. A field whose default is longer must be given.
const LONGEST: usize = 60;
/// The largest integer that a `number` has without loss, 2^53 - 1.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Writes values as expressions.
pub(crate) struct Defaults<'a> {
    pub(crate) types: &'a Types<'a>,
    pub(crate) names: &'a Names,
}

impl Defaults<'_> {
    /// The default of a field, where it can be written down.
    pub(crate) fn of(&self, field: &Field) -> Option<String> {
        let expression = self.expression(&field.ty, field.default_value.as_ref()?)?;
        (width(&expression) <= LONGEST).then_some(expression)
    }

    /// A value in the form that JSON gives it.
    fn expression(&self, ty: &TypeRef, value: &Value) -> Option<String> {
        if let Some(wide) = self.types.wide_integer(ty) {
            let digits = digits(value);
            return Some(match wide.written {
                "bigint" => format!("{digits}n"),
                "string" => literal(&digits),
                _ => exact(&digits)?.to_string(),
            });
        }
        Some(match ty {
            TypeRef::Unit => "undefined".to_owned(),
            TypeRef::Bool => value.as_bool()?.to_string(),
            TypeRef::F32 | TypeRef::F64 => value.as_f64()?.to_string(),
            TypeRef::Char | TypeRef::String => literal(value.as_str()?),
            bytes if self.types.is_bytes(bytes) => match is_empty(value) {
                true => "new Uint8Array()".to_owned(),
                false => return None,
            },
            TypeRef::Option(_) if value.is_null() => "undefined".to_owned(),
            TypeRef::Option(item) => {
                let inside = self.expression(item, value.get("some")?)?;
                match self.types.admits_undefined(item) {
                    true => format!("{{ some: {inside} }}"),
                    false => inside,
                }
            }
            TypeRef::List(item) => match self.types.typed_array(item) {
                Some(typed) if is_empty(value) => format!("new {}()", typed.class),
                Some(_) => return None,
                None => self.items(item, value)?,
            },
            TypeRef::Array { item, .. } if **item == TypeRef::U8 => return None,
            TypeRef::Array { item, .. } => self.items(item, value)?,
            TypeRef::Set(item) => collection("Set", self.types.is_key(item), self.items(item, value)?),
            TypeRef::Map { key, value: ty } => {
                let entry = TypeRef::Tuple(vec![(**key).clone(), (**ty).clone()]);
                collection("Map", self.types.is_key(key), self.items(&entry, value)?)
            }
            TypeRef::Tuple(items) => self.tuple(items, value)?,
            TypeRef::Named(name) => self.named(name, value)?,
            _ => digits(value),
        })
    }

    fn items(&self, item: &TypeRef, value: &Value) -> Option<String> {
        let items = value.as_array()?.iter().map(|each| self.expression(item, each));
        Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
    }

    fn tuple<'t>(&self, items: impl IntoIterator<Item = &'t TypeRef>, value: &Value) -> Option<String> {
        let items = items.into_iter().zip(value.as_array()?);
        let items = items.map(|(item, each)| self.expression(item, each));
        Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
    }

    fn named(&self, name: &str, value: &Value) -> Option<String> {
        if self.types.foreign(name).is_some() {
            return None;
        }
        let own = &self.names.of(name).name;
        Some(match self.types.form(name) {
            Form::Empty => "undefined".to_owned(),
            Form::Alias(inner) => self.expression(inner, value)?,
            Form::Brand(inner) => format!("{own}({})", self.expression(inner, value)?),
            Form::Text(_) => format!("{own}({})", literal(value.as_str()?)),
            Form::Date(_, unit) => {
                let units = exact(&digits(value))?;
                format!("new Date({})", units.checked_mul(i64::try_from(unit).ok()?)?)
            }
            Form::Boxed(inner) => format!("{{ value: {} }}", self.expression(inner, value)?),
            Form::Tuple(fields) => self.tuple(fields.fields.iter().map(|field| &field.ty), value)?,
            Form::Record(fields) => braced(self.members(fields, value)?),
            Form::Plain(_) => literal(value.as_object()?.keys().next()?),
            Form::Union(variants) => {
                let (chosen, inside) = value.as_object()?.iter().next()?;
                let variant = variants.iter().find(|variant| variant.name == *chosen)?;
                let mut members = vec![format!("{KIND}: {}", literal(chosen))];
                members.extend(self.payload(variant, inside)?);
                braced(members)
            }
        })
    }

    fn members(&self, fields: &Fields, value: &Value) -> Option<Vec<String>> {
        let members = fields.fields.iter().zip(properties(fields, &[]));
        let members = members.map(|(field, property)| self.member(&property, &field.ty, value.get(&field.name)?));
        members.collect()
    }

    fn payload(&self, variant: &Variant, inside: &Value) -> Option<Vec<String>> {
        let members = payload(variant).enumerate();
        let members = members.map(|(i, (property, ty))| {
            let value = match variant.fields.style {
                Style::Struct => inside.get(&variant.fields.fields.get(i)?.name)?,
                _ => inside,
            };
            self.member(&property, &ty, value)
        });
        members.collect()
    }

    fn member(&self, property: &str, ty: &TypeRef, value: &Value) -> Option<String> {
        Some(format!("{property}: {}", self.expression(ty, value)?))
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

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value == ""
}

/// `new Set(items)`, or the items where the language's own collections do not find them again.
fn collection(class: &str, is_key: bool, items: String) -> String {
    match items.as_str() {
        _ if !is_key => items,
        "[]" => format!("new {class}()"),
        items => format!("new {class}({items})"),
    }
}

fn braced(members: Vec<String>) -> String {
    match members.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", members.join(", ")),
    }
}
