//! Examples of values: one per type, in the JSON form, for pages and templates.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::min_size::MinSizes;
use crate::model::{Api, Field, Fields, Known, Style, TypeDef, TypeKind, TypeRef};
use crate::order::groups;

/// The most values that an example consists of: a longer one explains nothing.
const MOST_VALUES: u32 = 400;
/// The most named types inside each other: a deeper one has no example.
const MOST_NESTED: usize = 40;
/// From this depth on options and collections are empty.
const DEEPEST: usize = 5;

/// Makes examples for the types of an API.
#[derive(Clone, Debug)]
pub struct Examples<'a> {
    types: BTreeMap<&'a str, &'a TypeDef>,
    sizes: MinSizes<'a>,
}

impl<'a> Examples<'a> {
    /// For an API that [`read`](crate::read) has checked.
    pub fn of(api: &'a Api) -> Self {
        Self {
            types: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
            sizes: MinSizes::of(&groups(api)),
        }
    }

    /// A value of the type in its JSON form. None when every value is too large or too deep for an example.
    pub fn value(&self, ty: &TypeRef) -> Option<Value> {
        let mut maker = Maker {
            examples: self,
            inside: Vec::new(),
            left: MOST_VALUES,
        };
        maker.value(ty)
    }
}

struct Maker<'e> {
    examples: &'e Examples<'e>,
    /// The named types around the value, outermost first.
    inside: Vec<&'e str>,
    left: u32,
}

impl<'e> Maker<'e> {
    fn value(&mut self, ty: &'e TypeRef) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let is_full = !self.is_short(ty);
        Some(match ty {
            TypeRef::Unit => Value::Null,
            TypeRef::Bool => json!(true),
            TypeRef::U8 | TypeRef::U16 | TypeRef::U32 | TypeRef::I8 | TypeRef::I16 | TypeRef::I32 => json!(1),
            TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => json!("1"),
            TypeRef::F32 | TypeRef::F64 => json!(1.5),
            TypeRef::Char => json!("a"),
            TypeRef::String => json!("text"),
            TypeRef::Bytes => json!("AAEC"),
            TypeRef::Option(item) if is_full => json!({ "some": self.value(item)? }),
            TypeRef::Option(_) => Value::Null,
            TypeRef::List(item) | TypeRef::Set(item) if is_full => json!([self.value(item)?]),
            TypeRef::Map { key, value } if is_full => json!([[self.value(key)?, self.value(value)?]]),
            TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } => json!([]),
            TypeRef::Array { item, len } => {
                let items = (0..*len).map(|_| self.value(item));
                Value::Array(items.collect::<Option<_>>()?)
            }
            TypeRef::Tuple(types) => Value::Array(types.iter().map(|ty| self.value(ty)).collect::<Option<_>>()?),
            TypeRef::Named(name) => self.named(name)?,
        })
    }

    /// Whether the value is to end here: it is deep, or what is inside is inside itself.
    fn is_short(&self, ty: &'e TypeRef) -> bool {
        let mut again = self.inside.len() >= DEEPEST;
        ty.for_each_name(&mut |name| again |= self.inside.contains(&name));
        again
    }

    fn named(&mut self, name: &'e str) -> Option<Value> {
        let def = *self.examples.types.get(name)?;
        if let Some(value) = known(def) {
            return Some(value);
        }
        if self.inside.len() >= MOST_NESTED {
            return None;
        }
        let is_short = self.inside.len() >= DEEPEST || self.inside.contains(&name);
        self.inside.push(name);
        let value = match &def.kind {
            TypeKind::Struct(fields) => self.fields(fields)?,
            TypeKind::Enum { variants } => {
                let sizes = &self.examples.sizes;
                let size = |fields: &Fields| {
                    let sizes = fields.fields.iter().map(|field| sizes.of_type(&field.ty));
                    sizes.fold(0, u64::saturating_add)
                };
                // The smallest one ends, whatever is recursive.
                let variant = match is_short {
                    true => variants.iter().min_by_key(|variant| size(&variant.fields))?,
                    false => variants.iter().find(|variant| size(&variant.fields) < u64::MAX)?,
                };
                json!({ variant.name.clone(): self.fields(&variant.fields)? })
            }
        };
        self.inside.pop();
        Some(value)
    }

    fn fields(&mut self, fields: &'e Fields) -> Option<Value> {
        Some(match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => Value::Null,
            (Style::Tuple, [field]) => self.field(field)?,
            (Style::Tuple, many) => Value::Array(many.iter().map(|field| self.field(field)).collect::<Option<_>>()?),
            (Style::Struct, many) => {
                let entries = many.iter().map(|field| Some((field.name.clone(), self.field(field)?)));
                Value::Object(entries.collect::<Option<Map<_, _>>>()?)
            }
        })
    }

    fn field(&mut self, field: &'e Field) -> Option<Value> {
        match &field.default_value {
            Some(value) => Some(value.clone()),
            None => self.value(&field.ty),
        }
    }
}

/// A value of a newtype with a meaning, where the example of what is inside would have none.
fn known(def: &TypeDef) -> Option<Value> {
    let TypeKind::Struct(fields) = &def.kind else {
        return None;
    };
    let is_text = fields.newtype() == Some(&TypeRef::String);
    let is_wide = matches!(fields.newtype(), Some(TypeRef::U64 | TypeRef::I64));
    Some(match def.known? {
        Known::Uuid if is_text => json!("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
        Known::Decimal => json!("12.50"),
        Known::Url => json!("https://example.com/"),
        Known::TimestampS if is_wide => json!("1767225600"),
        Known::TimestampMs if is_wide => json!("1767225600000"),
        Known::TimestampUs if is_wide => json!("1767225600000000"),
        Known::TimestampNs if is_wide => json!("1767225600000000000"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Examples;
    use crate::fixtures::{api, boxed, enumeration, named, structure};
    use crate::model::TypeRef::{Array, List, Option, Set, String, Tuple, U8, U32, U64};
    use crate::postcard::{Codec, Limits};

    #[test]
    fn examples_are_values_of_their_types() {
        let api = api([
            structure("Point", &[("x", U32), ("y", Option(boxed(U64)))]),
            structure("Tree", &[("name", String), ("children", List(boxed(named("Tree"))))]),
            structure("Chain", &[("next", Option(boxed(named("Chain"))))]),
            enumeration("Expr", &[("Not", &[("inner", named("Expr"))]), ("Leaf", &[])]),
        ]);
        let (examples, codec) = (Examples::of(&api), Codec::new(&api, Limits::default()));
        for (ty, expected) in [
            (named("Point"), json!({"x": 1, "y": {"some": "1"}})),
            (named("Tree"), json!({"name": "text", "children": []})),
            (named("Chain"), json!({"next": null})),
            (named("Expr"), json!({"Not": {"inner": {"Leaf": null}}})),
            (Tuple(vec![U8, Set(boxed(String))]), json!([1, ["text"]])),
            (
                Array {
                    item: boxed(U8),
                    len: 3,
                },
                json!([1, 1, 1]),
            ),
        ] {
            let value = examples.value(&ty).expect("an example");
            assert_eq!(value, expected, "{ty:?}");
            codec.encode(&ty, &value).expect("a value of the type");
        }
        assert_eq!(
            examples.value(&Array {
                item: boxed(U8),
                len: 100_000
            }),
            None
        );
    }

    #[test]
    fn types_that_double_make_no_endless_example() {
        let types = (0..60).map(|i| match i {
            0 => structure("T0", &[("a", U32)]),
            _ => {
                let inner = named(&format!("T{}", i - 1));
                structure(&format!("T{i}"), &[("a", inner.clone()), ("b", inner)])
            }
        });
        let api = api(types);
        assert_eq!(Examples::of(&api).value(&named("T59")), None);
    }
    #[test]
    fn types_that_are_nested_deeply_have_no_example() {
        let types = (0..10_000).map(|i| match i {
            0 => structure("T0", &[("a", U32)]),
            _ => structure(&format!("T{i}"), &[("a", named(&format!("T{}", i - 1)))]),
        });
        let api = api(types);
        let examples = Examples::of(&api);
        assert!(examples.value(&named("T39")).is_some());
        assert_eq!(examples.value(&named("T40")), None);
        assert_eq!(examples.value(&named("T9999")), None);
    }
}
