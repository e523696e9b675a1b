//! Values that are worth trying: small ones, ends of ranges, and what lies on the way to a difference.

use std::cell::Cell;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::side::{Side, Step};
use crate::model::{Fields, Style, TypeKind, TypeRef};

/// Numbers at which readers of other types fail or misread, the smallest first.
const NUMBERS: [u128; 18] = [
    1,
    0,
    2,
    3,
    100,
    127,
    128,
    200,
    255,
    256,
    300,
    32_768,
    65_536,
    1 << 31,
    1 << 32,
    1 << 63,
    1 << 64,
    (1 << 127) + 5,
];
const TEXTS: [&str; 6] = ["", "a", "ab", "é", "\u{1}\u{0}", "日本語 text"];
/// The longest array that is written out.
const MOST_ITEMS: u64 = 4096;
/// How many parts a value may have: arrays of arrays would have millions.
const MOST_PARTS: u32 = 20_000;

/// A source of choices: the same for the same seed. (splitmix64)
pub(super) struct Choices(pub(super) u64);

impl Choices {
    /// A number below `end`, which is at least 1.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % end as u64) as usize
    }
}

/// Makes a value of the types of one side.
pub(super) struct Maker<'s, 'a> {
    side: &'s Side<'a>,
    /// How many parts it may still have.
    left: Cell<u32>,
}

impl<'s, 'a> Maker<'s, 'a> {
    pub(super) fn new(side: &'s Side<'a>) -> Self {
        Self {
            side,
            left: Cell::new(MOST_PARTS),
        }
    }

    /// How many parts were made, of a value that is ready or was given up.
    pub(super) fn made(&self) -> u64 {
        u64::from(MOST_PARTS - self.left.get())
    }

    /// A value that is small everywhere but on the way, at whose end it is `try_number`th worth trying, or drawn. `None` when an array is
    /// too long to be written out.
    pub(super) fn on_the_way(
        &self,
        ty: &TypeRef,
        way: &[Step],
        choices: &mut Choices,
        effort: Effort,
    ) -> Option<Value> {
        self.left.set(self.left.get().checked_sub(1)?);
        let Some((step, rest)) = way.split_first() else {
            return self.any(ty, choices, effort.depth, effort.number);
        };
        match (ty, step) {
            (TypeRef::Option(inner), Step::Some) => {
                Some(json!({"some": self.on_the_way(inner, rest, choices, effort)?}))
            }
            (TypeRef::List(inner) | TypeRef::Set(inner), Step::Item) => {
                // Only one item is on the way: two at each level would be thousands of values.
                let first = self.on_the_way(inner, rest, choices, effort);
                let more = effort.more(choices);
                let items = [first]
                    .into_iter()
                    .chain((0..more).map(|_| self.beside(inner, choices, effort)));
                items.collect::<Option<Vec<_>>>().map(Value::from)
            }
            (TypeRef::Bytes, Step::Item) => self.any(ty, choices, effort.depth, effort.number),
            (TypeRef::Array { item, len }, Step::Item) if *len <= MOST_ITEMS => {
                let items = (0..*len).map(|index| match index {
                    0 => self.on_the_way(item, rest, choices, effort),
                    _ => self.beside(item, choices, effort),
                });
                items.collect::<Option<Vec<_>>>().map(Value::from)
            }
            (TypeRef::Map { key, value }, Step::Key | Step::Value) => {
                let way_of = |wanted: Step| if *step == wanted { rest } else { &[] };
                let small = Effort { depth: 0, ..effort };
                let effort_of = |wanted: Step| if *step == wanted { effort } else { small };
                Some(json!([[
                    self.on_the_way(key, way_of(Step::Key), choices, effort_of(Step::Key))?,
                    self.on_the_way(value, way_of(Step::Value), choices, effort_of(Step::Value))?
                ]]))
            }
            (TypeRef::Tuple(types), Step::Field(chosen, _)) => {
                let items = types.iter().enumerate().map(|(index, ty)| match index == *chosen {
                    true => self.on_the_way(ty, rest, choices, effort),
                    false => self.beside(ty, choices, effort),
                });
                items.collect::<Option<Vec<_>>>().map(Value::from)
            }
            (TypeRef::Named(name), step) => match (&self.side.definition(name)?.kind, step) {
                (TypeKind::Struct(fields), Step::Field(chosen, _)) => {
                    self.fields(fields, Some((*chosen, rest)), choices, effort)
                }
                (TypeKind::Enum { variants }, Step::Variant(chosen, _)) => {
                    let variant = variants.get(*chosen)?;
                    let inside = match rest.split_first() {
                        Some((Step::Field(field, _), rest)) => {
                            self.fields(&variant.fields, Some((*field, rest)), choices, effort)?
                        }
                        _ => self.fields(&variant.fields, None, choices, effort)?,
                    };
                    Some(Value::Object(Map::from_iter([(variant.name.clone(), inside)])))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn fields(
        &self,
        fields: &Fields,
        way: Option<(usize, &[Step])>,
        choices: &mut Choices,
        effort: Effort,
    ) -> Option<Value> {
        let mut values = fields.fields.iter().enumerate().map(|(index, field)| match way {
            Some((chosen, rest)) if chosen == index => self.on_the_way(&field.ty, rest, choices, effort),
            _ => self.beside(&field.ty, choices, effort),
        });
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => Some(Value::Null),
            (Style::Tuple, [_]) => values.next()?,
            (Style::Tuple, _) => values.collect::<Option<Vec<_>>>().map(Value::from),
            (Style::Struct, many) => {
                let values = values.collect::<Option<Vec<_>>>()?;
                let names = many.iter().map(|field| field.name.clone());
                Some(Value::Object(names.zip(values).collect()))
            }
        }
    }

    /// What is next to the way: small, or drawn when that is tried.
    fn beside(&self, ty: &TypeRef, choices: &mut Choices, effort: Effort) -> Option<Value> {
        match effort.beside {
            0 => self.any(ty, choices, 0, Some(0)),
            depth => self.any(ty, choices, depth, None),
        }
    }

    /// A value of the type: its `number`th where one is wanted, else drawn. Deeper than `depth` it is the smallest.
    fn any(&self, ty: &TypeRef, choices: &mut Choices, depth: u32, number: Option<usize>) -> Option<Value> {
        self.left.set(self.left.get().checked_sub(1)?);
        let pick = |choices: &mut Choices, end: usize| match (depth, number) {
            (_, Some(number)) => number.min(end - 1),
            (0, None) => 0,
            (_, None) => choices.below(end),
        };
        let deeper = depth.saturating_sub(1);
        Some(match ty {
            TypeRef::Unit => Value::Null,
            TypeRef::Bool => json!(pick(choices, 2) == 1),
            TypeRef::Char => json!(["a", "é", "日", "\u{1}"][pick(choices, 4)]),
            TypeRef::String => json!(TEXTS[pick(choices, TEXTS.len())]),
            TypeRef::Bytes => {
                let texts: [&[u8]; 6] = [b"", b"a", &[0xff], &[1, 0], &[2, 0, 0], &[200, 1, 3, 4, 5]];
                json!(BASE64_STANDARD.encode(texts[pick(choices, texts.len())]))
            }
            TypeRef::F32 | TypeRef::F64 => json!([0.0, 1.5, -2.25, 1e30][pick(choices, 4)]),
            TypeRef::Option(inner) => match pick(choices, 2) {
                0 => Value::Null,
                _ => json!({"some": self.any(inner, choices, deeper, number.filter(|_| depth > 0))?}),
            },
            TypeRef::List(item) | TypeRef::Set(item) => {
                let items = (0..pick(choices, 3)).map(|_| self.any(item, choices, deeper, None));
                Value::from(items.collect::<Option<Vec<_>>>()?)
            }
            TypeRef::Map { key, value } => {
                let entries = (0..pick(choices, 3)).map(|_| {
                    let pair = [
                        self.any(key, choices, deeper, None)?,
                        self.any(value, choices, deeper, None)?,
                    ];
                    Some(Value::from_iter(pair))
                });
                Value::from(entries.collect::<Option<Vec<_>>>()?)
            }
            TypeRef::Array { len, .. } if *len > MOST_ITEMS => return None,
            TypeRef::Array { item, len } => {
                let items = (0..*len).map(|_| self.any(item, choices, deeper, number));
                Value::from(items.collect::<Option<Vec<_>>>()?)
            }
            TypeRef::Tuple(types) => {
                let items = types.iter().map(|ty| self.any(ty, choices, deeper, number));
                Value::from(items.collect::<Option<Vec<_>>>()?)
            }
            TypeRef::Named(name) => return self.any_named(name, choices, depth, number),
            number_type => {
                // Small numbers are counts and tags to a reader that has lost its place.
                let small = depth > 0 && number.is_none() && choices.below(2) == 0;
                let end = if small { 3 } else { 2 * NUMBERS.len() };
                integer(number_type, pick(choices, end))
            }
        })
    }

    fn any_named(&self, name: &str, choices: &mut Choices, depth: u32, number: Option<usize>) -> Option<Value> {
        let effort = Effort {
            depth: depth.saturating_sub(1),
            beside: depth.saturating_sub(1),
            number,
        };
        match &self.side.definition(name)?.kind {
            TypeKind::Struct(fields) if number.is_some() => {
                let values: Option<Vec<Value>> = (fields.fields.iter())
                    .map(|field| self.any(&field.ty, choices, effort.depth, number))
                    .collect();
                Some(of_style(fields, values?))
            }
            TypeKind::Struct(fields) => self.fields(fields, None, choices, effort),
            TypeKind::Enum { variants } => {
                let least = |index: &usize| {
                    let fields = variants[*index].fields.fields.iter();
                    fields
                        .map(|field| self.side.sizes.of_type(&field.ty))
                        .fold(0, u64::saturating_add)
                };
                let smallest = (0..variants.len()).min_by_key(least)?;
                let chosen = match (depth, number) {
                    (0, _) => smallest,
                    (_, Some(number)) => number.min(variants.len() - 1),
                    (_, None) => choices.below(variants.len()),
                };
                let variant = &variants[chosen];
                let inside = self.fields(&variant.fields, None, choices, Effort { number: None, ..effort })?;
                Some(Value::Object(Map::from_iter([(variant.name.clone(), inside)])))
            }
        }
    }
}

/// How much a value is worth trying.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// How deep the value at the end of the way is.
    pub(super) depth: u32,
    /// How deep the values beside the way are.
    pub(super) beside: u32,
    /// Which value stands at the end of the way; drawn where none is named.
    pub(super) number: Option<usize>,
}

impl Effort {
    /// How many items more than one are on the way.
    fn more(self, choices: &mut Choices) -> usize {
        match self.beside {
            0 => 0,
            _ => choices.below(2),
        }
    }
}

fn of_style(fields: &Fields, mut values: Vec<Value>) -> Value {
    match (fields.style, fields.fields.as_slice()) {
        (Style::Unit, _) | (Style::Tuple, []) => Value::Null,
        (Style::Tuple, [_]) => values.remove(0),
        (Style::Tuple, _) => Value::from(values),
        (Style::Struct, many) => {
            let names = many.iter().map(|field| field.name.clone());
            Value::Object(names.zip(values).collect())
        }
    }
}

/// The `chosen`th number worth trying that the type has. The second half are negative where the type has them.
fn integer(ty: &TypeRef, chosen: usize) -> Value {
    let number = NUMBERS[chosen % NUMBERS.len()];
    let bits: u32 = match ty {
        TypeRef::U8 | TypeRef::I8 => 8,
        TypeRef::U16 | TypeRef::I16 => 16,
        TypeRef::U32 | TypeRef::I32 => 32,
        TypeRef::U128 | TypeRef::I128 => 128,
        _ => 64,
    };
    let signed = matches!(
        ty,
        TypeRef::I8 | TypeRef::I16 | TypeRef::I32 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128
    );
    let top = u128::MAX >> (128 - bits + u32::from(signed));
    let positive = number.min(top);
    let text = match signed && chosen >= NUMBERS.len() {
        true => format!("-{positive}"),
        false => positive.to_string(),
    };
    match bits > 32 {
        true if text == "-0" => json!("0"),
        true => json!(text),
        false => json!(text.parse::<i64>().unwrap_or_default()),
    }
}
