//! The values of fields' defaults: from the bytes that the driver has made of them, or from what the sources derive.

use std::collections::BTreeMap;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Fields, TypeKind};
use serde_json::Value;

use crate::facts::{Facts, FieldFacts, FieldsFacts, Form, PointerKind, Scalar};
use crate::source::types::TypeSources;

/// Fills in each default that is a constant. `names` are the names of types, by their shape.
pub(crate) fn fill(api: &mut Api, facts: &Facts, types: &TypeSources, names: &BTreeMap<usize, String>) {
    let shapes: BTreeMap<&str, usize> = names.iter().map(|(&shape, name)| (name.as_str(), shape)).collect();
    let defaults = Defaults {
        facts,
        types,
        codec: Codec::new(api, Limits::default()),
    };
    let found = api.types.iter().map(|def| {
        let form = shapes.get(def.name.as_str()).map(|&shape| &facts.shapes[shape].form);
        let pairs: Vec<(&Fields, &FieldsFacts)> = match (&def.kind, form) {
            (TypeKind::Struct(fields), Some(Form::Struct(facts))) => vec![(fields, facts)],
            (TypeKind::Enum { variants }, Some(Form::Enum(facts))) => {
                let pairs = variants.iter().zip(facts);
                pairs.map(|(variant, facts)| (&variant.fields, &facts.fields)).collect()
            }
            _ => Vec::new(),
        };
        let values = pairs
            .into_iter()
            .flat_map(|(fields, facts)| defaults.values(fields, facts));
        values.collect::<Vec<Option<Value>>>()
    });
    let found: Vec<_> = found.collect();
    for (def, values) in api.types.iter_mut().zip(found) {
        let fields = match &mut def.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter_mut().map(|variant| &mut variant.fields).collect(),
        };
        let fields = fields.into_iter().flat_map(|fields| &mut fields.fields);
        for (field, value) in fields.zip(values) {
            field.default_value = value;
        }
    }
}

struct Defaults<'a> {
    facts: &'a Facts,
    types: &'a TypeSources,
    codec: Codec<'a>,
}

impl Defaults<'_> {
    /// The values of the fields that are on the wire, in order.
    fn values(&self, fields: &Fields, facts: &FieldsFacts) -> Vec<Option<Value>> {
        let kept = facts.fields.iter().filter(|field| !field.skip);
        let values = (fields.fields.iter().zip(kept)).map(|(field, facts)| {
            let value = |bytes: &Vec<u8>| {
                let value = self.codec.decode(&field.ty, bytes).ok()?;
                self.codec.canonical(&field.ty, &value).ok()
            };
            let evaluated = self.evaluated(facts);
            let first = value(evaluated.first()?)?;
            let is_constant = evaluated[1..].iter().all(|bytes| value(bytes).as_ref() == Some(&first));
            is_constant.then_some(first)
        });
        values.collect()
    }

    /// The bytes of a default, of each evaluation. facet knows no `Default` of a type that does not tell it of one; what derives it
    /// is in the sources.
    fn evaluated(&self, field: &FieldFacts) -> Vec<Vec<u8>> {
        if field.default_bytes.is_empty() && field.default_of_type {
            let mut bytes = Vec::new();
            return self
                .derived(field.shape, DEEPEST, &mut bytes)
                .map(|()| bytes)
                .into_iter()
                .collect();
        }
        field.default_bytes.clone()
    }

    /// Writes the default of a type: of the standard library's types, and of structs and enums that derive theirs.
    fn derived(&self, shape: usize, left: u8, bytes: &mut Vec<u8>) -> Option<()> {
        let left = left.checked_sub(1)?;
        let of = &self.facts.shapes[shape];
        match &of.form {
            Form::Scalar(scalar) => bytes.extend_from_slice(zero(scalar)?),
            Form::Option(_) | Form::List(_) | Form::Map(..) | Form::Set(_) => bytes.push(0),
            Form::Array(item, len) => (0..*len).try_for_each(|_| self.derived(*item, left, bytes))?,
            Form::Tuple(items) => items.iter().try_for_each(|&item| self.derived(item, left, bytes))?,
            Form::Pointer(PointerKind::Box | PointerKind::Rc | PointerKind::Arc, Some(inner)) => {
                self.derived(*inner, left, bytes)?;
            }
            Form::Struct(fields) => {
                self.types
                    .of(self.facts, shape)
                    .filter(|source| source.traits.contains("Default"))?;
                let mut kept = fields.fields.iter().filter(|field| !field.skip);
                kept.try_for_each(|field| self.derived(field.shape, left, bytes))?;
            }
            Form::Enum(variants) => {
                let source = self.types.of(self.facts, shape)?;
                let marked = source.variants.iter().position(|(name, _)| name.default);
                let marked =
                    marked.filter(|_| source.traits.contains("Default") && source.variants.len() == variants.len());
                // One byte: more variants have a longer varint.
                bytes.push(u8::try_from(marked?).ok().filter(|index| *index < 128)?);
            }
            Form::NonZero(_) | Form::Slice(_) | Form::Pointer(..) | Form::Result(..) | Form::Other(_) => return None,
        }
        Some(())
    }
}

/// How many types may be inside each other in a derived default: `struct A(Box<A>)` has none that ends.
const DEEPEST: u8 = 32;

/// The bytes of a scalar's default.
fn zero(scalar: &Scalar) -> Option<&'static [u8]> {
    Some(match scalar {
        Scalar::Unit => &[],
        Scalar::F32 => &[0; 4],
        Scalar::F64 => &[0; 8],
        Scalar::Char => &[1, 0],
        Scalar::Str | Scalar::Other(_) => return None,
        _ => &[0],
    })
}
