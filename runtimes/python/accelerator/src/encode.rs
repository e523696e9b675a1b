//! Writing values. There is only the good way: whatever is not exactly of its type is `None`, and the pure codec says
//! why, or writes it after all: instances of subclasses, for example.

use pyo3_ffi::*;

use crate::decode::MOST_LEVELS;
use crate::limits::Limits;
use crate::node::{Items, Node};
use crate::object::{Object, Owned, clear_error};
use crate::output::Output;
use crate::plan::Plan;
use crate::record::Record;
use crate::{ints, text};

/// Writes values one after another, each of the form at its place.
#[inline(always)]
pub fn encode(plan: &Plan, values: &[Object<'_>], output: &mut Output, limits: Limits) -> Option<()> {
    let mut encoder = Encoder {
        plan,
        output,
        limits,
        levels: MOST_LEVELS,
    };
    if values.len() != plan.roots.len() {
        return None;
    }
    plan.roots
        .iter()
        .zip(values)
        .try_for_each(|(node, &value)| encoder.value(node, value))
}

struct Encoder<'a> {
    plan: &'a Plan,
    output: &'a mut Output,
    /// What is left of the limits.
    limits: Limits,
    /// How many more named types may be open.
    levels: u32,
}

impl Encoder<'_> {
    /// A value. What is frequent is written where it is met, without a call.
    #[inline(always)]
    fn value(&mut self, node: &Node, value: Object<'_>) -> Option<()> {
        match node {
            Node::String => self.output.sized(text::utf8(value)?),
            Node::U32 => self.output.varint(unsigned(value, 32)?),
            Node::U64 => self.output.varint(ints::unsigned(value)?),
            Node::F64 => self.output.extend(&float(value)?.to_le_bytes()),
            Node::Bool => self.output.push(u8::from(value.as_bool()?)),
            Node::Option(_) if value.is_none() => self.output.push(0),
            Node::Record(record) => self.record(record, value),
            _ => self.other(node, value),
        }
    }

    #[inline(never)]
    fn other(&mut self, node: &Node, value: Object<'_>) -> Option<()> {
        match node {
            Node::Unit => value.is_none().then_some(()),
            Node::U8 => self.output.push(u8::try_from(ints::unsigned(value)?).ok()?),
            Node::I8 => self.output.push(i8::try_from(ints::signed(value)?).ok()? as u8),
            Node::U16 => self.output.varint(unsigned(value, 16)?),
            Node::I16 => self
                .output
                .varint(zigzag(i64::from(i16::try_from(ints::signed(value)?).ok()?))),
            Node::I32 => self
                .output
                .varint(zigzag(i64::from(i32::try_from(ints::signed(value)?).ok()?))),
            Node::I64 => self.output.varint(zigzag(ints::signed(value)?)),
            Node::U128 => match ints::wide(value)? {
                (true, _) => None,
                (false, magnitude) => self.output.varint128(magnitude),
            },
            Node::I128 => {
                let (negative, magnitude) = ints::wide(value)?;
                // Zigzag: the negative ones are the odd numbers, one less than twice the magnitude.
                let limit = if negative { 1 << 127 } else { (1 << 127) - 1 };
                if magnitude > limit {
                    return None;
                }
                self.output
                    .varint128(magnitude.wrapping_mul(2).wrapping_sub(u128::from(negative)))
            }
            Node::F32 => {
                let wide = float(value)?;
                let narrow = wide as f32;
                // What becomes of the bits of a NaN is Python's to say; what is too large is refused.
                if wide.is_nan() || narrow.is_infinite() && !wide.is_infinite() {
                    return None;
                }
                self.output.extend(&narrow.to_le_bytes())
            }
            Node::Char => {
                let data = text::utf8(value)?;
                if text::length(value) != 1 {
                    return None;
                }
                self.output.sized(data)
            }
            Node::Bytes => self.output.sized(value.as_bytes()?),
            Node::FixedBytes(length) => {
                let data = value.as_bytes()?;
                if data.len() != *length {
                    return None;
                }
                self.output.extend(data)
            }
            Node::Option(inner) => {
                if value.is_none() {
                    return self.output.push(0);
                }
                self.output.push(1)?;
                self.value(inner, value)
            }
            Node::List(items) | Node::FrozenList(items) => self.list(items, value.as_items()?),
            Node::Array(items, length) => {
                let values = value.as_items()?;
                if values.len() != *length {
                    return None;
                }
                if items.smallest == 0 {
                    self.limits.count(*length as u64)?;
                }
                values.iter().try_for_each(|&item| self.value(&items.node, item))
            }
            Node::Tuple(items) => {
                let values = value.as_items()?;
                if values.len() != items.len() {
                    return None;
                }
                items
                    .iter()
                    .zip(values)
                    .try_for_each(|(node, &item)| self.value(node, item))
            }
            Node::Set(items) | Node::FrozenSet(items) => self.set(items, value),
            Node::Map(keys, item) => self.map(keys, item, value),
            Node::Enum(members) => {
                let index = members.iter().position(|member| value.is(member.as_ptr()))?;
                self.output.varint(index as u64)
            }
            Node::Open(members) => {
                let known = members.iter().position(|member| value.is(member.as_ptr()));
                let unknown = |index: &u64| *index >= members.len() as u64;
                let index = known.map(|index| index as u64);
                self.output
                    .varint(index.or_else(|| unsigned(value, 32).filter(unknown))?)
            }
            Node::Union(records) => {
                let index = records.iter().position(|record| record.is_class_of(value))?;
                self.output.varint(index as u64)?;
                self.record(&records[index], value)
            }
            Node::Nested(inner, _) => {
                self.limits.enter()?;
                self.other(inner, value)?;
                self.limits.leave();
                Some(())
            }
            Node::Named(index) => {
                self.levels = self.levels.checked_sub(1)?;
                self.value(self.plan.named(*index), value)?;
                self.levels += 1;
                Some(())
            }
            Node::String | Node::U32 | Node::U64 | Node::F64 | Node::Bool | Node::Record(_) => self.value(node, value),
        }
    }

    /// The attributes of an instance of the record's class.
    #[inline(never)]
    fn record(&mut self, record: &Record, instance: Object<'_>) -> Option<()> {
        if !record.is_class_of(instance) {
            return None;
        }
        for field in &record.fields {
            // SAFETY: the instance is of this class.
            let value = unsafe { record.get(instance, field) }?;
            self.value(&field.node, value)?;
        }
        Some(())
    }

    /// How many items follow.
    #[inline(always)]
    fn count(&mut self, items: &Items, count: usize) -> Option<()> {
        if items.smallest == 0 {
            self.limits.count(count as u64)?;
        }
        self.output.varint(count as u64)
    }

    fn list(&mut self, items: &Items, values: &[Object<'_>]) -> Option<()> {
        self.count(items, values.len())?;
        // A loop for each of the kinds that come in large numbers.
        match &*items.node {
            Node::F64 => {
                self.output.reserve(values.len().checked_mul(8)?)?;
                for &value in values {
                    self.output.extend(&float(value)?.to_le_bytes())?;
                }
            }
            Node::U32 => {
                for chunk in values.chunks(64) {
                    self.output.reserve(64 * 8)?;
                    for &value in chunk {
                        let value = u32::try_from(ints::unsigned(value)?).ok()?;
                        // SAFETY: there is room for all of the chunk.
                        unsafe { self.output.varint32_unchecked(value) };
                    }
                }
            }
            Node::String => {
                for &value in values {
                    self.output.sized(text::utf8(value)?)?;
                }
            }
            node => {
                for &value in values {
                    self.value(node, value)?;
                }
            }
        }
        Some(())
    }

    fn set(&mut self, items: &Items, set: Object<'_>) -> Option<()> {
        if set.kind() != &raw mut PySet_Type && set.kind() != &raw mut PyFrozenSet_Type {
            return None;
        }
        // SAFETY: an exact set, whose iterator is Python's own and runs no Python code; new references or null. The
        // caller has paused the collector, which counts iterators.
        unsafe {
            self.count(items, PySet_Size(set.as_ptr()) as usize)?;
            let iterator = Owned::new(PyObject_GetIter(set.as_ptr()))?;
            let next = (*iterator.get().kind()).tp_iternext?;
            loop {
                let item = next(iterator.as_ptr());
                if item.is_null() {
                    break;
                }
                let item = Owned::new(item)?;
                self.value(&items.node, item.get())?;
            }
            if !PyErr_Occurred().is_null() {
                clear_error();
                return None;
            }
        }
        Some(())
    }

    fn map(&mut self, keys: &Items, item: &Node, map: Object<'_>) -> Option<()> {
        if map.kind() != &raw mut PyDict_Type {
            return None;
        }
        // SAFETY: an exact dictionary, which nothing changes meanwhile; it keeps its keys and values alive.
        unsafe {
            self.count(keys, PyDict_Size(map.as_ptr()) as usize)?;
            let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while PyDict_Next(map.as_ptr(), &mut position, &mut key, &mut value) != 0 {
                self.value(&keys.node, Object::new(key)?)?;
                self.value(item, Object::new(value)?)?;
            }
        }
        Some(())
    }
}

/// The number in an exact `int` of so many bits.
#[inline(always)]
fn unsigned(value: Object<'_>, bits: u32) -> Option<u64> {
    let value = ints::unsigned(value)?;
    (value >> bits == 0).then_some(value)
}

/// The number in a `float`, or in an `int`.
#[inline(always)]
fn float(value: Object<'_>) -> Option<f64> {
    match value.as_float() {
        Some(value) => Some(value),
        None => whole(value),
    }
}

/// The float nearest to the number in an exact `int`. Rust and Python round alike.
#[cold]
fn whole(value: Object<'_>) -> Option<f64> {
    ints::signed(value).map(|value| value as f64)
}

#[inline(always)]
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}
