//! What was written for an argument becomes the JSON form of its type.
//!
//! Beside that form itself this accepts what people write: a number for a 64-bit integer, a plain value for an option, the name of a
//! variant without fields.

use std::collections::BTreeMap;

use rapace_schema::{Api, Fields, Style, TypeKind, TypeRef, Variant};
use serde_json::{Map, Value};

use super::arguments::Tree;
use super::error::Wrong;
use super::words;

/// Values may be so deep: more than any that is sent.
const MAX_DEPTH: usize = 512;

/// Converts for the types of an API.
pub(super) struct Converter<'a> {
    pub(super) api: &'a Api,
}

impl Converter<'_> {
    /// The JSON form of a value of this type.
    ///
    /// # Errors
    /// When it is not one, with the place.
    pub(super) fn convert(&self, ty: &TypeRef, tree: &Tree) -> Result<Value, Wrong> {
        self.at(ty, tree, 0)
    }

    fn at(&self, ty: &TypeRef, tree: &Tree, depth: usize) -> Result<Value, Wrong> {
        if depth > MAX_DEPTH {
            return Err(Wrong::new("nested too deep"));
        }
        match tree {
            Tree::Text(text) => self.text(ty, text, depth),
            Tree::Json(value) => self.json(ty, value, depth),
            Tree::Parts(parts) => self.parts(ty, parts, depth),
        }
    }

    /// A text of the command line: JSON where it can be, unless a string is expected.
    fn text(&self, ty: &TypeRef, text: &str, depth: usize) -> Result<Value, Wrong> {
        match self.plain(ty) {
            TypeRef::String | TypeRef::Char | TypeRef::Bytes => match serde_json::from_str(text) {
                Ok(Value::String(text)) => Ok(text.into()),
                _ => Ok(text.into()),
            },
            TypeRef::Option(item) => match serde_json::from_str::<Value>(text) {
                Ok(Value::Null) => Ok(Value::Null),
                Ok(value) if is_some(&value) => self.json(ty, &value, depth),
                _ => Ok(some(self.text(item, text, depth + 1)?)),
            },
            _ => match serde_json::from_str(text) {
                Ok(value) => self.json(ty, &value, depth),
                Err(_) => self.json(ty, &text.into(), depth),
            },
        }
    }

    /// The type inside newtypes.
    fn plain<'t>(&'t self, mut ty: &'t TypeRef) -> &'t TypeRef {
        for _ in 0..MAX_DEPTH {
            let TypeRef::Named(name) = ty else { return ty };
            match self.kind(name) {
                Some(TypeKind::Struct(fields)) => match fields.newtype() {
                    Some(inner) => ty = inner,
                    None => return ty,
                },
                _ => return ty,
            }
        }
        ty
    }

    fn kind(&self, name: &str) -> Option<&TypeKind> {
        let at = self
            .api
            .types
            .binary_search_by(|def| def.name.as_str().cmp(name))
            .ok()?;
        Some(&self.api.types[at].kind)
    }

    fn json(&self, ty: &TypeRef, value: &Value, depth: usize) -> Result<Value, Wrong> {
        if depth > MAX_DEPTH {
            return Err(Wrong::new("nested too deep"));
        }
        match (ty, value) {
            (
                TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128,
                Value::Number(number),
            ) if !number.is_f64() => Ok(number.to_string().into()),
            (TypeRef::Option(_), Value::Null) => Ok(Value::Null),
            (TypeRef::Option(item), value) => {
                let inside = match is_some(value) {
                    true => &value["some"],
                    false => value,
                };
                Ok(some(self.json(item, inside, depth + 1)?))
            }
            (TypeRef::Map { key, value: inside }, Value::Array(entries)) => {
                let pair = |(index, entry): (usize, &Value)| {
                    let [k, v] = entry.as_array().map(Vec::as_slice).unwrap_or_default() else {
                        return Err(Wrong::expected(ty, "an entry that is not [key, value]").within(index));
                    };
                    let wrong = |wrong: Wrong| wrong.within(index);
                    let k = self.json(key, k, depth + 1).map_err(wrong)?;
                    let v = self.json(inside, v, depth + 1).map_err(wrong)?;
                    Ok(Value::Array(vec![k, v]))
                };
                entries
                    .iter()
                    .enumerate()
                    .map(pair)
                    .collect::<Result<_, _>>()
                    .map(Value::Array)
            }
            (TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Array { .. } | TypeRef::Tuple(_), Value::Array(items)) => {
                let trees: Vec<Tree> = items.iter().cloned().map(Tree::Json).collect();
                self.items(ty, &trees.iter().collect::<Vec<_>>(), depth)
            }
            (TypeRef::Named(name), value) => self.named(name, value, depth),
            (ty, value) => match fits(ty, value) {
                true => Ok(value.clone()),
                false => Err(Wrong::expected(ty, &shown(value))),
            },
        }
    }

    fn named(&self, name: &str, value: &Value, depth: usize) -> Result<Value, Wrong> {
        let ty = TypeRef::Named(name.into());
        match (self.kind(name), value) {
            (Some(TypeKind::Struct(fields)), value) => self.fields(&ty, fields, &Tree::Json(value.clone()), depth),
            (Some(TypeKind::Enum { variants }), Value::String(chosen)) => {
                let variant = chosen_of(variants, chosen)?;
                match variant.fields.fields.is_empty() {
                    true => Ok(entry(chosen, Value::Null)),
                    false => {
                        Err(Wrong::new(format!("the variant {chosen} has fields, and they are missing")).within(chosen))
                    }
                }
            }
            (Some(TypeKind::Enum { variants }), Value::Object(entries)) if entries.len() == 1 => {
                let (chosen, inside) = entries.iter().next().expect("it has one");
                self.variant(&ty, variants, chosen, &Tree::Json(inside.clone()), depth)
            }
            (_, value) => Err(Wrong::expected(&ty, &shown(value))),
        }
    }

    fn variant(
        &self,
        ty: &TypeRef,
        variants: &[Variant],
        chosen: &str,
        inside: &Tree,
        depth: usize,
    ) -> Result<Value, Wrong> {
        let variant = chosen_of(variants, chosen)?;
        let fields = self.fields(ty, &variant.fields, inside, depth);
        Ok(entry(chosen, fields.map_err(|wrong| wrong.within(chosen))?))
    }

    fn fields(&self, ty: &TypeRef, fields: &Fields, tree: &Tree, depth: usize) -> Result<Value, Wrong> {
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => match tree {
                Tree::Json(Value::Null) => Ok(Value::Null),
                Tree::Text(text) if text.is_empty() || text == "null" => Ok(Value::Null),
                Tree::Text(text) => Err(Wrong::new(format!("expected null, got {text:?}"))),
                Tree::Json(value) => Err(Wrong::new(format!("expected null, got {}", shown(value)))),
                Tree::Parts(_) => Err(Wrong::new("expected null, got fields")),
            },
            (Style::Tuple, [only]) => self.at(&only.ty, tree, depth + 1),
            (Style::Tuple, many) => {
                let types = TypeRef::Tuple(many.iter().map(|field| field.ty.clone()).collect());
                self.at(&types, tree, depth + 1)
            }
            (Style::Struct, many) => {
                let parts = match tree {
                    Tree::Parts(parts) => parts.clone(),
                    Tree::Json(Value::Object(entries)) => {
                        let entries = entries.iter();
                        entries
                            .map(|(name, value)| (name.clone(), Tree::Json(value.clone())))
                            .collect()
                    }
                    Tree::Json(value) => return Err(Wrong::expected(ty, &shown(value))),
                    Tree::Text(text) => return self.text(ty, text, depth + 1),
                };
                let names = many.iter().map(|field| field.name.as_str());
                if let Some(unknown) = parts
                    .keys()
                    .find(|name| !names.clone().any(|known| known == name.as_str()))
                {
                    let hint = words::hint(unknown, names, "its fields are");
                    return Err(Wrong::new(format!("there is no such field{hint}")).within(unknown));
                }
                let mut object = Map::new();
                for field in many {
                    let value = match (parts.get(&field.name), &field.ty, &field.default_value) {
                        (Some(tree), ty, _) => self.at(ty, tree, depth + 1),
                        (None, _, Some(default)) => Ok(default.clone()),
                        (None, TypeRef::Option(_), None) => Ok(Value::Null),
                        (None, ty, None) => Err(Wrong::new(format!("missing; expected {}", super::types::spelled(ty)))),
                    };
                    object.insert(field.name.clone(), value.map_err(|wrong| wrong.within(&field.name))?);
                }
                Ok(object.into())
            }
        }
    }

    /// Parts of the command line.
    fn parts(&self, ty: &TypeRef, parts: &BTreeMap<String, Tree>, depth: usize) -> Result<Value, Wrong> {
        match ty {
            TypeRef::Option(item) => {
                let tree = match parts.get("some") {
                    Some(inside) if parts.len() == 1 => inside.clone(),
                    _ => Tree::Parts(parts.clone()),
                };
                Ok(some(self.at(item, &tree, depth + 1)?))
            }
            TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Array { .. } | TypeRef::Tuple(_) => {
                let ordered = (0..parts.len()).map(|index| parts.get(&index.to_string()));
                match ordered.collect::<Option<Vec<&Tree>>>() {
                    Some(items) => self.items(ty, &items, depth),
                    None => {
                        let wrong = parts
                            .keys()
                            .find(|key| key.parse::<usize>().map_or(true, |index| index >= parts.len()));
                        let step = wrong.cloned().unwrap_or_default();
                        Err(Wrong::expected(ty, "indexes with a gap: they must count from 0").within(step))
                    }
                }
            }
            TypeRef::Named(name) => match self.kind(name) {
                Some(TypeKind::Struct(fields)) => self.fields(ty, fields, &Tree::Parts(parts.clone()), depth),
                Some(TypeKind::Enum { variants }) => match parts.iter().next() {
                    Some((chosen, inside)) if parts.len() == 1 => self.variant(ty, variants, chosen, inside, depth),
                    _ => Err(Wrong::expected(ty, "several variants")),
                },
                None => Err(Wrong::new(format!("there is no type {name}"))),
            },
            ty => {
                let step = parts.keys().next().cloned().unwrap_or_default();
                Err(Wrong::expected(ty, "a value with parts").within(step))
            }
        }
    }

    fn items(&self, ty: &TypeRef, items: &[&Tree], depth: usize) -> Result<Value, Wrong> {
        let wanted = match ty {
            TypeRef::Tuple(types) => Some(types.len() as u64),
            TypeRef::Array { len, .. } => Some(*len),
            _ => None,
        };
        if wanted.is_some_and(|wanted| wanted != items.len() as u64) {
            return Err(Wrong::expected(
                ty,
                &format!("{} item{}", items.len(), if items.len() == 1 { "" } else { "s" }),
            ));
        }
        let of = |index: usize| match ty {
            TypeRef::Tuple(types) => &types[index],
            TypeRef::List(item) | TypeRef::Set(item) | TypeRef::Array { item, .. } => item,
            other => other,
        };
        let convert = |(index, tree): (usize, &&Tree)| {
            let value = self.at(of(index), tree, depth + 1);
            value.map_err(|wrong| wrong.within(index))
        };
        items
            .iter()
            .enumerate()
            .map(convert)
            .collect::<Result<_, _>>()
            .map(Value::Array)
    }
}

fn chosen_of<'v>(variants: &'v [Variant], chosen: &str) -> Result<&'v Variant, Wrong> {
    let found = variants.iter().find(|variant| variant.name == chosen);
    found.ok_or_else(|| {
        let names = variants.iter().map(|variant| variant.name.as_str());
        let hint = words::hint(chosen, names, "its variants are");
        Wrong::new(format!("there is no variant `{chosen}`{hint}"))
    })
}

/// Whether a value has the kind of JSON that the type asks for. Ranges are the codec's.
fn fits(ty: &TypeRef, value: &Value) -> bool {
    match ty {
        TypeRef::Unit => value.is_null(),
        TypeRef::Bool => value.is_boolean(),
        TypeRef::U8 | TypeRef::U16 | TypeRef::U32 | TypeRef::I8 | TypeRef::I16 | TypeRef::I32 => value.is_number(),
        TypeRef::F32 | TypeRef::F64 => value.is_number() || value.is_string(),
        TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => {
            let digits = value.as_str().map(|text| text.strip_prefix('-').unwrap_or(text));
            digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        TypeRef::Char | TypeRef::String | TypeRef::Bytes => value.is_string(),
        _ => false,
    }
}

fn is_some(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|object| object.len() == 1 && object.contains_key("some"))
}

fn some(value: Value) -> Value {
    entry("some", value)
}

fn entry(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// A value for people, shortened.
fn shown(value: &Value) -> String {
    rapace_schema::text::shown(&value.to_string(), 60)
}
