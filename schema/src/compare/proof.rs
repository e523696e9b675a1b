//! Values that one side writes and the other reads: what shows a verdict.

use serde_json::Value;

use super::budget::Budget;
use super::meaning::is_same;
use super::report::Example;
use super::side::{Side, Step};
use super::values::{Choices, Effort, Maker};
use super::verdict::{Seen, Verdict};
use crate::model::{Api, TypeRef};
use crate::postcard::{Codec, Limits};

/// How many values worth trying are tried one after another.
const NAMED: usize = 40;
/// How many values are drawn.
const DRAWN: usize = 160;

/// What happened to values.
#[derive(Default)]
pub(super) struct Tried {
    /// The worst.
    pub(super) seen: Seen,
    /// The smallest value of each verdict, with its length.
    pub(super) examples: Vec<(usize, Example)>,
    /// How many values there were.
    pub(super) count: usize,
}

impl Tried {
    fn add(&mut self, seen: Seen, example: Example) {
        self.seen = self.seen.worse(seen);
        let length = example.written.to_string().len();
        let known = self.examples.iter_mut();
        match known.into_iter().find(|(_, known)| known.verdict == example.verdict) {
            Some((known, _)) if *known <= length => {}
            Some(known) => *known = (length, example),
            None => self.examples.push((length, example)),
        }
    }
}

/// How many parts are too few for the values that are tried one after another.
const LITTLE: u64 = 400;
/// How long the way to a difference is that values are made for: each step needs stack.
const MOST_STEPS: usize = 100;

/// One side writes, the other reads.
pub(super) struct Direction<'s, 'a> {
    writer: &'s Side<'a>,
    reader: &'s Side<'a>,
    writes: &'s Codec<'a>,
    reads: &'s Codec<'a>,
    /// What reads as plain facet-postcard does.
    reads_on: &'s Codec<'a>,
    /// Whether the reader has enums whose unknown variants it keeps, as plain Rust does not.
    keeps: bool,
}

/// The codecs of one side.
pub(super) struct Codecs<'a> {
    strict: Codec<'a>,
    lax: Codec<'a>,
    keeps: bool,
}

impl<'a> Codecs<'a> {
    /// For generated code, and for Rust's own, which has no open enums.
    pub(super) fn new(side: &Side<'a>, rust: &'a Api) -> Self {
        let limits = |trailing_bytes| Limits {
            trailing_bytes,
            ..Limits::default()
        };
        Self {
            strict: Codec::new(side.api, limits(false)),
            lax: Codec::new(rust, limits(true)),
            keeps: side.api.types.iter().any(|def| def.open),
        }
    }
}

impl<'s, 'a> Direction<'s, 'a> {
    pub(super) fn new(writer: (&'s Side<'a>, &'s Codecs<'a>), reader: (&'s Side<'a>, &'s Codecs<'a>)) -> Self {
        Self {
            writer: writer.0,
            reader: reader.0,
            writes: &writer.1.strict,
            reads: &reader.1.strict,
            reads_on: &reader.1.lax,
            keeps: reader.1.keeps,
        }
    }

    /// Tries values on the way to a difference until one fares as badly as `enough`, or there is no share of the budget left. Returns
    /// the worst that happened, with the smallest value of each verdict.
    pub(super) fn tried(
        &self,
        types: (&TypeRef, &TypeRef),
        way: &[Step],
        enough: Verdict,
        (budget, change): (&Budget, usize),
    ) -> Tried {
        let mut choices = Choices(way.len() as u64);
        let mut tried = Tried::default();
        let mut share = budget.share(change);
        if way.len() > MOST_STEPS || self.writer.is_deep || self.reader.is_deep {
            return tried;
        }
        let efforts = (0..NAMED).map(|number| Effort {
            depth: 2,
            beside: 0,
            number: Some(number),
        });
        let drawn = (0..DRAWN).map(|index| Effort {
            depth: 1 + (index % 3) as u32,
            beside: (index / 8 % 3) as u32,
            number: None,
        });
        // Where few values can be tried, the end of a range shows the most.
        let end = (share < LITTLE).then_some(Effort {
            depth: 2,
            beside: 0,
            number: Some(NAMED),
        });
        for effort in end.into_iter().chain(efforts).chain(drawn) {
            if share == 0 {
                break;
            }
            let maker = Maker::new(self.writer);
            let value = maker.on_the_way(types.0, way, &mut choices, effort);
            budget.spend(change, maker.made());
            share = share.saturating_sub(maker.made());
            let Some(value) = value else { break };
            tried.count += 1;
            let Some((found, example)) = self.one(types, &value) else {
                continue;
            };
            let verdict = example.verdict;
            tried.add(found, example);
            if verdict >= enough {
                break;
            }
        }
        tried
    }

    /// Writes a value and reads it. `None` when the value cannot be written.
    pub(super) fn one(&self, types: (&TypeRef, &TypeRef), value: &Value) -> Option<(Seen, Example)> {
        let (written, bytes) = self.written(types.0, value)?;
        let meant = self.writer.meaning(types.0, &written);
        let judge = |read: &Value| match is_same(&meant, &self.reader.meaning(types.1, read)) {
            false => Verdict::Silent,
            true if self.reader.is_ordered => Verdict::Ok,
            true => match self.reads.canonical(types.1, read) {
                Ok(canonical) if count(&canonical) < count(read) => Verdict::Semantic,
                _ => Verdict::Ok,
            },
        };
        let read = self.reads.decode(types.1, &bytes);
        let verdict = read.as_ref().map_or(Verdict::Loud, judge);
        let rust = match &read {
            Ok(_) if self.keeps && self.reads_on.decode(types.1, &bytes).is_err() => Verdict::Loud,
            Ok(_) => verdict,
            Err(_) => self
                .reads_on
                .decode(types.1, &bytes)
                .as_ref()
                .map_or(Verdict::Loud, |read| {
                    // What is left over was written and is not read: nothing that is read is wrong.
                    let all = self.reader.meaning(types.1, read);
                    match meant.get(..all.len()).is_some_and(|meant| is_same(meant, &all)) {
                        true => Verdict::Ok,
                        false => Verdict::Silent,
                    }
                }),
        };
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (read, error) = match read {
            Ok(read) => (Some(read), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let example = Example {
            verdict,
            written,
            bytes: hex,
            read,
            error,
        };
        Some((Seen { verdict, rust }, example))
    }

    /// A value as its bytes have it, and the bytes. A set has each item once.
    fn written(&self, ty: &TypeRef, value: &Value) -> Option<(Value, Vec<u8>)> {
        if self.writer.is_ordered {
            let bytes = self.writes.encode(ty, value).ok()?;
            return Some((self.writes.decode(ty, &bytes).ok()?, bytes));
        }
        let written = self.writes.canonical(ty, value).ok()?;
        let bytes = self.writes.encode(ty, &written).ok()?;
        Some((written, bytes))
    }
}

/// How many arrays and their items a value has: what vanishes from sets is missing.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len() + items.iter().map(count).sum::<usize>(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}
