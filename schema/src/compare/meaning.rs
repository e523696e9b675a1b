//! What values mean, apart from the types that they are written with.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::side::Side;
use crate::model::{Fields, Style, TypeKind, TypeRef};

/// A piece of what a value means, whatever structs and names it is in.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A number, or a byte of a text.
    Number(String),
    /// How many items follow.
    Count(usize),
    /// Which variant, of a type that has values in no variant, or in some.
    Variant(usize, Content),
    /// The bits of a float.
    Float(u64),
}

/// What the variants of a type have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing: the type is as good as a number.
    Nothing,
    /// Values, in one of them at least.
    Values,
}

/// Whether two values mean the same.
pub(super) fn is_same(written: &[Piece], read: &[Piece]) -> bool {
    written.len() == read.len()
        && written
            .iter()
            .zip(read)
            .all(|(written, read)| is_same_piece(written, read))
}

fn is_same_piece(one: &Piece, other: &Piece) -> bool {
    match (one, other) {
        (Piece::Number(one), Piece::Number(other)) => one == other,
        (Piece::Count(one), Piece::Count(other)) => one == other,
        (Piece::Float(one), Piece::Float(other)) => one == other,
        (Piece::Variant(one, _), Piece::Variant(other, _)) => one == other,
        (Piece::Variant(index, Content::Nothing), Piece::Number(number))
        | (Piece::Number(number), Piece::Variant(index, Content::Nothing)) => index.to_string() == *number,
        _ => false,
    }
}

impl Side<'_> {
    /// What a value of the type means, piece by piece, in the order of the wire.
    pub(super) fn meaning(&self, ty: &TypeRef, value: &Value) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.pieces(ty, value, &mut pieces);
        pieces
    }

    fn pieces(&self, ty: &TypeRef, value: &Value, pieces: &mut Vec<Piece>) {
        match (ty, value) {
            (TypeRef::Bool, value) => {
                pieces.push(Piece::Variant(
                    usize::from(value.as_bool() == Some(true)),
                    Content::Nothing,
                ));
            }
            (TypeRef::F32 | TypeRef::F64, value) => {
                let float = crate::json_value::as_float(value).unwrap_or_default();
                pieces.push(Piece::Float(float.to_bits()));
            }
            (TypeRef::Char | TypeRef::String, Value::String(text)) => bytes(text.as_bytes(), pieces),
            (TypeRef::Bytes, Value::String(text)) => bytes(&BASE64_STANDARD.decode(text).unwrap_or_default(), pieces),
            (TypeRef::Option(item), value) => {
                let content = match self.sizes.is_zero_sized(item) {
                    true => Content::Nothing,
                    false => Content::Values,
                };
                pieces.push(Piece::Variant(usize::from(!value.is_null()), content));
                if !value.is_null() {
                    self.pieces(item, &value["some"], pieces);
                }
            }
            (TypeRef::List(item) | TypeRef::Set(item), Value::Array(items)) => {
                pieces.push(Piece::Count(items.len()));
                items.iter().for_each(|value| self.pieces(item, value, pieces));
            }
            (TypeRef::Array { item, .. }, Value::Array(items)) => {
                items.iter().for_each(|value| self.pieces(item, value, pieces));
            }
            (TypeRef::Map { key, value }, Value::Array(entries)) => {
                pieces.push(Piece::Count(entries.len()));
                for entry in entries {
                    self.pieces(key, &entry[0], pieces);
                    self.pieces(value, &entry[1], pieces);
                }
            }
            (TypeRef::Tuple(types), Value::Array(items)) => {
                types
                    .iter()
                    .zip(items)
                    .for_each(|(ty, value)| self.pieces(ty, value, pieces));
            }
            (TypeRef::Named(name), value) => match self.definition(name).map(|def| &def.kind) {
                Some(TypeKind::Struct(fields)) => self.pieces_of(fields, value, pieces),
                // A variant that the enum does not know.
                Some(TypeKind::Enum { .. }) if value.is_number() => {
                    let index = value.as_u64().and_then(|index| usize::try_from(index).ok());
                    pieces.push(Piece::Variant(index.unwrap_or(usize::MAX), Content::Nothing));
                }
                Some(TypeKind::Enum { variants }) => {
                    let entry = value.as_object().and_then(|object| object.iter().next());
                    let found = entry.and_then(|(name, inside)| {
                        let index = variants.iter().position(|variant| variant.name == *name)?;
                        Some((index, inside))
                    });
                    if let Some((index, inside)) = found {
                        let mut fields = variants.iter().flat_map(|variant| &variant.fields.fields);
                        let content = match fields.all(|field| self.sizes.is_zero_sized(&field.ty)) {
                            true => Content::Nothing,
                            false => Content::Values,
                        };
                        pieces.push(Piece::Variant(index, content));
                        self.pieces_of(&variants[index].fields, inside, pieces);
                    }
                }
                None => {}
            },
            (_, Value::Number(number)) => pieces.push(Piece::Number(number.to_string())),
            (_, Value::String(number)) => pieces.push(Piece::Number(number.clone())),
            _ => {}
        }
    }

    fn pieces_of(&self, fields: &Fields, value: &Value, pieces: &mut Vec<Piece>) {
        match (fields.style, fields.fields.as_slice(), value) {
            (Style::Tuple, [field], value) => self.pieces(&field.ty, value, pieces),
            (Style::Tuple, many, Value::Array(items)) => {
                let pairs = many.iter().zip(items);
                pairs.for_each(|(field, value)| self.pieces(&field.ty, value, pieces));
            }
            (Style::Struct, many, value) => {
                many.iter()
                    .for_each(|field| self.pieces(&field.ty, &value[&field.name], pieces));
            }
            _ => {}
        }
    }
}

fn bytes(text: &[u8], pieces: &mut Vec<Piece>) {
    pieces.push(Piece::Count(text.len()));
    pieces.extend(text.iter().map(|byte| Piece::Number(byte.to_string())));
}
