//! Reading values. There is only the good way: whatever is not as it should be is `None`, and the pure codec says why.

use pyo3_ffi::*;

use crate::gc::Pause;
use crate::input::Input;
use crate::keys::Keys;
use crate::limits::{ENTRIES_PER_LOOK, Limits};
use crate::new_values;
use crate::node::{Items, Node};
use crate::object::{self, ListBuilder, Owned};
use crate::plan::Plan;
use crate::record::Record;
use crate::{ints, text};

/// Reads the one value that the payload is, all of it.
#[inline(always)]
pub fn decode(plan: &Plan, node: &Node, data: &[u8], limits: Limits) -> Option<Owned> {
    // Other threads may run, and use the collector as they like, where Python code does.
    let _pause = (data.len() >= WORTHWHILE_BYTES && !plan.hashes_objects).then(Pause::now);
    let mut decoder = Decoder {
        plan,
        input: Input::new(data),
        limits,
        levels: MOST_LEVELS,
    };
    let value = decoder.value(node)?;
    (decoder.input.len() == 0).then_some(value)
}

/// Payloads of fewer bytes do not make enough objects for the collector to be paused.
const WORTHWHILE_BYTES: usize = 512;

/// How many named types may be open in one another, whatever the limit of depth: it takes about 32 KiB of the machine's
/// stack, of which threads have little. The pure codec reads and writes what is deeper.
pub const MOST_LEVELS: u32 = 64;

struct Decoder<'a> {
    plan: &'a Plan,
    input: Input<'a>,
    /// What is left of the limits.
    limits: Limits,
    /// How many more named types may be open.
    levels: u32,
}

impl Decoder<'_> {
    /// A value. What is frequent is read where it is needed, without a call.
    #[inline(always)]
    fn value(&mut self, node: &Node) -> Option<Owned> {
        match node {
            Node::String => text::from_utf8(self.input.sized()?),
            Node::U32 => ints::from_unsigned(self.input.varint(32)?),
            Node::U64 => ints::from_unsigned(self.input.varint(64)?),
            Node::F64 => new_values::float(f64::from_le_bytes(self.input.array()?)),
            Node::Bool => Some(object::boolean(self.input.flag()?)),
            Node::Option(_) if self.input.next_is(0) => {
                self.input.byte()?;
                Some(object::none())
            }
            Node::Record(record) => self.record(record),
            _ => self.other(node),
        }
    }

    #[inline(never)]
    fn other(&mut self, node: &Node) -> Option<Owned> {
        match node {
            Node::Unit => Some(object::none()),
            Node::U8 => ints::from_unsigned(u64::from(self.input.byte()?)),
            Node::I8 => ints::from_signed(i64::from(self.input.byte()? as i8)),
            Node::U16 => ints::from_unsigned(self.input.varint(16)?),
            Node::I16 => ints::from_signed(zigzag(self.input.varint(16)?)),
            Node::I32 => ints::from_signed(zigzag(self.input.varint(32)?)),
            Node::I64 => ints::from_signed(zigzag(self.input.varint(64)?)),
            Node::U128 => ints::from_wide(self.input.varint128()?),
            Node::I128 => {
                let value = self.input.varint128()?;
                ints::from_wide_signed((value >> 1) as i128 ^ -((value & 1) as i128))
            }
            Node::F32 => {
                let value = f32::from_le_bytes(self.input.array()?);
                // What becomes of the bits of a NaN is Python's to say.
                if value.is_nan() {
                    None
                } else {
                    new_values::float(f64::from(value))
                }
            }
            Node::Char => {
                let character = text::from_utf8(self.input.sized()?)?;
                (text::length(character.get()) == 1).then_some(character)
            }
            Node::Bytes => new_values::bytes(self.input.sized()?),
            Node::FixedBytes(length) => new_values::bytes(self.input.take(*length)?),
            Node::Option(inner) => {
                if self.input.flag()? {
                    self.value(inner)
                } else {
                    Some(object::none())
                }
            }
            Node::List(items) => self.list(items),
            Node::FrozenList(items) => {
                let count = self.count(items)?;
                self.tuple(count, |_| &items.node)
            }
            Node::Array(items, length) => {
                if items.smallest == 0 {
                    self.limits.count(*length as u64)?;
                } else if length.checked_mul(items.smallest)? > self.input.len() {
                    return None;
                }
                self.tuple(*length, |_| &items.node)
            }
            Node::Tuple(items) => self.tuple(items.len(), |index| &items[index]),
            Node::Set(items) => self.set(items),
            Node::FrozenSet(items) => {
                let set = self.set(items)?;
                // SAFETY: a new set or null. It is made of a set, as the pure codec does, and so has that order.
                unsafe { Owned::new(PyFrozenSet_New(set.as_ptr())) }
            }
            Node::Map(keys, value) => self.map(keys, value),
            Node::Enum(members) => {
                let index = usize::try_from(self.input.varint(64)?).ok()?;
                Some(members.get(index)?.get().own())
            }
            Node::Open(members) => {
                let index = self.input.varint(64)?;
                match members.get(usize::try_from(index).ok()?) {
                    Some(member) => Some(member.get().own()),
                    None => ints::from_unsigned(u64::from(u32::try_from(index).ok()?)),
                }
            }
            Node::Union(records) => {
                let index = usize::try_from(self.input.varint(64)?).ok()?;
                self.record(records.get(index)?)
            }
            Node::Nested(inner, size) => {
                self.limits.enter()?;
                self.limits.charge(1, *size)?;
                let value = self.other(inner)?;
                self.limits.leave();
                Some(value)
            }
            Node::Named(index) => {
                self.levels = self.levels.checked_sub(1)?;
                let value = self.value(self.plan.named(*index))?;
                self.levels += 1;
                Some(value)
            }
            Node::String | Node::U32 | Node::U64 | Node::F64 | Node::Bool | Node::Record(_) => self.value(node),
        }
    }

    /// How many items follow: no more than the bytes that are there allow, or the limit if they need none.
    #[inline(always)]
    fn count(&mut self, items: &Items) -> Option<usize> {
        let count = self.input.varint(64)?;
        if items.smallest == 0 {
            self.limits.count(count)?;
        }
        let count = usize::try_from(count).ok()?;
        if count.checked_mul(items.smallest)? > self.input.len() {
            return None;
        }
        self.limits.charge(count, items.size)?;
        Some(count)
    }

    #[inline(never)]
    fn record(&mut self, record: &Record) -> Option<Owned> {
        let instance = record.allocate()?;
        for field in &record.fields {
            let value = self.value(&field.node)?;
            // SAFETY: the instance is of this record, and each field gets one value.
            unsafe { record.set(&instance, field, value) };
        }
        record.track(&instance);
        Some(instance)
    }

    fn list(&mut self, items: &Items) -> Option<Owned> {
        let count = self.count(items)?;
        let mut list = ListBuilder::new(count)?;
        // A loop for each of the kinds that come in large numbers.
        match &*items.node {
            Node::F64 => {
                for _ in 0..count {
                    list.push(new_values::one_of_many_floats(f64::from_le_bytes(self.input.array()?))?);
                }
            }
            Node::U32 => {
                for _ in 0..count {
                    list.push(ints::from_unsigned(u64::from(self.input.varint32()?))?);
                }
            }
            Node::String => {
                for _ in 0..count {
                    list.push(text::from_utf8(self.input.sized()?)?);
                }
            }
            node => {
                for _ in 0..count {
                    list.push(self.value(node)?);
                }
            }
        }
        Some(list.finish())
    }

    fn tuple<'n>(&mut self, count: usize, node: impl Fn(usize) -> &'n Node) -> Option<Owned> {
        let mut items = ListBuilder::new(count)?;
        for index in 0..count {
            items.push(self.value(node(index))?);
        }
        // SAFETY: a new tuple of the list's items or null.
        unsafe { Owned::new(PyList_AsTuple(items.finish().as_ptr())) }
    }

    fn set(&mut self, items: &Items) -> Option<Owned> {
        let count = self.count(items)?;
        // SAFETY: a new set or null.
        let set = unsafe { Owned::new(PySet_New(std::ptr::null_mut())) }?;
        let mut keys = items.may_collide.then(Keys::new);
        for index in 0..count {
            if index % ENTRIES_PER_LOOK == ENTRIES_PER_LOOK - 1 {
                self.limits.look()?;
            }
            let item = self.value(&items.node)?;
            // SAFETY: the set is this function's own.
            if unsafe { PySet_Add(set.as_ptr(), item.as_ptr()) } != 0 {
                object::clear_error();
                return None;
            }
            if let Some(keys) = &mut keys {
                // SAFETY: a set.
                keys.note(item.get(), unsafe { PySet_Size(set.as_ptr()) })?;
            }
        }
        Some(set)
    }

    fn map(&mut self, keys: &Items, value: &Node) -> Option<Owned> {
        let count = self.count(keys)?;
        // SAFETY: a new dictionary or null.
        let map = unsafe { Owned::new(PyDict_New()) }?;
        let mut seen = keys.may_collide.then(Keys::new);
        for index in 0..count {
            if index % ENTRIES_PER_LOOK == ENTRIES_PER_LOOK - 1 {
                self.limits.look()?;
            }
            let key = match &*keys.node {
                Node::String => text::key(self.input.sized()?)?,
                node => self.value(node)?,
            };
            let value = self.value(value)?;
            // SAFETY: the dictionary is this function's own.
            if unsafe { PyDict_SetItem(map.as_ptr(), key.as_ptr(), value.as_ptr()) } != 0 {
                object::clear_error();
                return None;
            }
            if let Some(seen) = &mut seen {
                // SAFETY: a dictionary.
                seen.note(key.get(), unsafe { PyDict_Size(map.as_ptr()) })?;
            }
        }
        Some(map)
    }
}

#[inline(always)]
fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
