//! The walk over the bytes of a request.

use super::refusal::{Checked, Refusal, Step, refusal};
use super::types::{Field, Form, Types};
use crate::limits::Limits;

/// Lengths, counts and the indexes of variants are written as u64.
const LENGTH_BITS: u32 = 64;
/// With less of the stack than this, in bytes, the walk goes on on another one: from one value of a recursive type to the next
/// it needs some KiB.
const STACK_LEFT: usize = 128 * 1024;
/// How long that is.
const STACK: usize = 1024 * 1024;

type Result<T = ()> = std::result::Result<T, Box<Refusal>>;

/// Checks a payload of these arguments, each with the place of its type.
pub(super) fn check(
    types: &Types,
    arguments: &[(&'static str, usize)],
    payload: &[u8],
    limits: &Limits,
) -> Result<Checked> {
    let mut walk = Walk {
        types,
        bytes: payload,
        at: 0,
        limits,
        depth: 0,
        inside: 0,
        most_inside: 0,
        zero_sized_items: 0,
        decoded: 0,
        max_decoded: limits.decoded_bytes(),
    };
    for &(name, node) in arguments {
        let size = types.node(node).size;
        let read = walk.decode(1, size, 0).and_then(|()| walk.value(node));
        read.map_err(|refusal| refusal.below(Step::Name(name)))?;
    }
    let checked = Checked {
        inside: walk.most_inside,
        decoded: walk.decoded,
    };
    match payload.len() - walk.at {
        0 => Ok(checked),
        _ if limits.trailing_bytes => Ok(checked),
        left => Err(refusal(walk.at, format!("{left} bytes are left after the arguments"))),
    }
}

struct Walk<'a> {
    types: &'a Types,
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    /// How many values of recursive types are around this one.
    depth: u32,
    /// How many values of any type are.
    inside: u32,
    most_inside: u32,
    /// How many items without bytes there were in all collections.
    zero_sized_items: u64,
    /// What the values take in memory.
    decoded: u64,
    max_decoded: u64,
}

impl<'a> Walk<'a> {
    fn value(&mut self, place: usize) -> Result {
        let node = self.types.node(place);
        self.inside += 1;
        self.most_inside = self.most_inside.max(self.inside);
        match node.recursive {
            true => self.deeper(&node.form)?,
            false => self.form(&node.form)?,
        }
        self.inside -= 1;
        Ok(())
    }

    /// Reads a value of a recursive type. However deep the limit allows them to be, there is a stack for it.
    fn deeper(&mut self, form: &Form) -> Result {
        let limit = self.limits.max_depth;
        if self.depth >= limit {
            return Err(refusal(self.at, format!("nested deeper than the limit of {limit}")));
        }
        self.depth += 1;
        stacker::maybe_grow(STACK_LEFT, STACK, || self.form(form))?;
        self.depth -= 1;
        Ok(())
    }

    fn form(&mut self, form: &Form) -> Result {
        match form {
            Form::Plain(size) => self.take(*size).map(drop),
            Form::Bool => self.flag("bool").map(drop),
            Form::Varint(bits) => self.varint(*bits).map(drop),
            Form::NonZero(number) => {
                let start = self.at;
                let number = match self.types.node(*number).form {
                    Form::Varint(bits) => self.varint(bits)?,
                    _ => self.take(1)?[0].into(),
                };
                match number {
                    0 => Err(refusal(start, "0 where no 0 may be".into())),
                    _ => Ok(()),
                }
            }
            Form::Char => {
                let start = self.at;
                match self.text()?.chars().count() {
                    1 => Ok(()),
                    count => Err(refusal(start, format!("a char of {count} characters"))),
                }
            }
            Form::Text => self.text().map(drop),
            Form::Option(item) => match self.flag("option")? {
                true => self.value(*item),
                false => Ok(()),
            },
            Form::List(item) => {
                let (start, node) = (self.at, self.types.node(*item));
                let count = self.count(node.zero_sized)?;
                self.decode(count, node.size, start)?;
                self.items(*item, count)
            }
            Form::Map(key, value) => {
                let (start, keys, values) = (self.at, self.types.node(*key), self.types.node(*value));
                let count = self.count(keys.zero_sized && values.zero_sized)?;
                self.decode(count, keys.size.saturating_add(values.size), start)?;
                self.each(count, |walk| {
                    walk.value(*key)?;
                    walk.value(*value)
                })
            }
            Form::Array(item, len) => {
                if self.types.node(*item).zero_sized {
                    self.allow_zero_sized(*len as u64, self.at)?;
                }
                self.items(*item, *len)
            }
            Form::Same(value) => {
                self.decode(1, self.types.node(*value).size, self.at)?;
                self.value(*value)
            }
            Form::Fields(fields) => self.fields(fields),
            Form::Variants(variants) => {
                let start = self.at;
                let index = self.varint(LENGTH_BITS)?;
                let variant = usize::try_from(index).ok().and_then(|index| variants.get(index));
                let Some(variant) = variant else {
                    let what = format!("variant {index}, but there are {}", variants.len());
                    return Err(refusal(start, what));
                };
                let inside = self.fields(&variant.fields);
                inside.map_err(|refusal| refusal.below(Step::Name(variant.name)))
            }
            Form::Unreadable(name) => Err(refusal(self.at, format!("{name} cannot be read"))),
        }
    }

    fn fields(&mut self, fields: &[Field]) -> Result {
        for field in fields {
            let read = self.value(field.node);
            read.map_err(|refusal| refusal.below(Step::Name(field.name)))?;
        }
        Ok(())
    }

    fn items(&mut self, item: usize, count: usize) -> Result {
        match self.types.node(item).form {
            // There is nothing in them to look at.
            Form::Plain(size) => self.take(count.saturating_mul(size)).map(drop),
            _ => self.each(count, |walk| walk.value(item)),
        }
    }

    fn each(&mut self, count: usize, read: impl Fn(&mut Self) -> Result) -> Result {
        for index in 0..count {
            read(self).map_err(|refusal| refusal.below(Step::Index(index)))?;
        }
        Ok(())
    }

    fn flag(&mut self, kind: &str) -> Result<bool> {
        let start = self.at;
        match self.take(1)?[0] {
            tag @ (0 | 1) => Ok(tag == 1),
            tag => Err(refusal(start, format!("{kind} tag is {tag}, neither 0 nor 1"))),
        }
    }

    fn text(&mut self) -> Result<&'a str> {
        let start = self.at;
        let length = self.varint(LENGTH_BITS)?;
        let left = self.bytes.len() - self.at;
        if length > left as u128 {
            let what = format!("unexpected end: length {length}, but {left} bytes are left");
            return Err(refusal(start, what));
        }
        self.decode(1, length as usize, start)?;
        let start = self.at;
        let bytes = self.take(length as usize)?;
        std::str::from_utf8(bytes).map_err(|error| refusal(start + error.valid_up_to(), "string is not UTF-8".into()))
    }

    /// How many items follow: no more than bytes, or than a limit where they have none.
    fn count(&mut self, zero_sized: bool) -> Result<usize> {
        let start = self.at;
        let count = self.varint(LENGTH_BITS)? as u64;
        let left = self.bytes.len() - self.at;
        if zero_sized {
            self.allow_zero_sized(count, start)?;
        } else if count > left as u64 {
            let what = format!("unexpected end: {count} items, but {left} bytes are left");
            return Err(refusal(start, what));
        }
        Ok(count as usize)
    }

    /// So many values of so many bytes each are going to be made.
    fn decode(&mut self, count: usize, size: usize, start: usize) -> Result {
        let bytes = (count as u64).saturating_mul(size as u64);
        self.decoded = self.decoded.saturating_add(bytes);
        let limit = self.max_decoded;
        match self.decoded > limit {
            true => Err(refusal(
                start,
                format!("decoded size exceeds the limit of {limit} bytes"),
            )),
            false => Ok(()),
        }
    }

    fn allow_zero_sized(&mut self, count: u64, start: usize) -> Result {
        let limit = self.limits.max_zero_sized_items;
        self.zero_sized_items = self.zero_sized_items.saturating_add(count);
        if self.zero_sized_items > limit {
            let what = format!(
                "{} items without bytes exceed the limit of {limit}",
                self.zero_sized_items
            );
            return Err(refusal(start, what));
        }
        Ok(())
    }

    /// A varint of a number of so many bits. Forms that are not the shortest are right up to the longest that the type can
    /// need, as postcard's specification has it.
    fn varint(&mut self, bits: u32) -> Result<u128> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..bits).step_by(7) {
            let byte = self.take(1)?[0];
            let part = u128::from(byte & 0x7f);
            if bits - shift < 7 && part >> (bits - shift) != 0 {
                return Err(refusal(start, format!("varint does not fit {bits} bits")));
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(refusal(start, format!("varint is longer than {bits} bits can need")))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        match self.bytes[self.at..].get(..count) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => Err(refusal(self.bytes.len(), "unexpected end".into())),
        }
    }
}
