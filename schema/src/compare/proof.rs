//! Values that one side writes and the other reads: what shows a verdict.

use serde_json::Value;

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

    /// Tries values on the way to a difference until one fares as badly as `enough`. Returns the worst that happened, with the
    /// smallest value of each verdict.
    pub(super) fn tried(&self, types: (&TypeRef, &TypeRef), way: &[Step], enough: Verdict) -> (Seen, Vec<Example>) {
        let mut choices = Choices(way.len() as u64);
        let (mut seen, mut examples) = (Seen::default(), Vec::<Example>::new());
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
        for effort in efforts.chain(drawn) {
            let Some(value) = Maker::new(self.writer).on_the_way(types.0, way, &mut choices, effort) else {
                break;
            };
            let Some((found, example)) = self.one(types, &value) else {
                continue;
            };
            seen = seen.worse(found);
            let verdict = example.verdict;
            let length = |example: &Example| example.written.to_string().len();
            match examples.iter_mut().find(|known| known.verdict == example.verdict) {
                Some(known) if length(known) <= length(&example) => {}
                Some(known) => *known = example,
                None => examples.push(example),
            }
            if verdict >= enough {
                break;
            }
        }
        (seen, examples)
    }

    /// Writes a value and reads it. `None` when the value cannot be written.
    pub(super) fn one(&self, types: (&TypeRef, &TypeRef), value: &Value) -> Option<(Seen, Example)> {
        // A set has each item once.
        let written = self.writes.canonical(types.0, value).ok()?;
        let bytes = self.writes.encode(types.0, &written).ok()?;
        let meant = self.writer.meaning(types.0, &written);
        let judge = |read: &Value| match is_same(&meant, &self.reader.meaning(types.1, read)) {
            false => Verdict::Silent,
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
}

/// How many arrays and their items a value has: what vanishes from sets is missing.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len() + items.iter().map(count).sum::<usize>(),
        Value::Object(entries) => entries.values().map(count).sum(),
        _ => 0,
    }
}
