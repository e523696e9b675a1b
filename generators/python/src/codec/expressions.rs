//! Expressions that write and read values: a call for each, inline where that is shorter.

use rapace_schema::TypeRef;

use super::Codecs;
use super::depth::Depth;
use super::scalars::runtime;
use crate::layout::Item;
use crate::types::{Types, Use};

impl Codecs<'_> {
    /// An expression for the bytes of a value, which is a name or an attribute.
    pub(super) fn pack(&mut self, used: &Use, value: &str, depth: Depth) -> Item {
        if let Some((pack, _)) = runtime(used) {
            return Item::Call(format!("{}(", self.import(pack)), vec![value.into()]);
        }
        match &used.ty {
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                let arguments = vec![value.into(), len.to_string().into()];
                Item::Call(format!("{}(", self.import("pack_fixed_bytes")), arguments)
            }
            TypeRef::Option(inner) => {
                let inner_use = self.types.used(inner, used.hashable);
                let inside = if Types::includes_none(inner) {
                    let some = Item::Call(format!("{}(", self.import("exact_some")), vec![value.into()]);
                    match runtime(&inner_use) {
                        Some((pack, _)) => Item::Call(format!("{}(", self.import(pack)), vec![some]),
                        None => self.call("encode", &inner_use, vec![some], depth),
                    }
                } else {
                    self.pack(&inner_use, value, depth)
                };
                let present = Item::Sum(vec!["b\"\\x01\"".into(), inside]);
                Item::Choice("b\"\\x00\"".into(), format!("{value} is None"), Box::new(present))
            }
            _ => self.call("encode", used, vec![value.into()], depth),
        }
    }

    /// The same as a term of a sum. An option is written by its own function there.
    pub(super) fn pack_whole(&mut self, used: &Use, value: &str, depth: Depth) -> Item {
        match used.ty {
            TypeRef::Option(_) => self.call("encode", used, vec![value.into()], depth),
            _ => self.pack(used, value, depth),
        }
    }

    /// A call that reads a value at an offset.
    pub(super) fn unpack(&mut self, used: &Use, pos: &str, depth: Depth) -> Item {
        let mut arguments: Vec<Item> = vec!["data".into(), pos.into()];
        if let Some((_, unpack)) = runtime(used) {
            return Item::Call(format!("{}(", self.import(unpack)), arguments);
        }
        match &used.ty {
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                arguments.push(len.to_string().into());
                Item::Call(format!("{}(", self.import("unpack_fixed_bytes")), arguments)
            }
            _ => self.call("decode", used, arguments, depth),
        }
    }

    fn call(&mut self, verb: &str, used: &Use, mut arguments: Vec<Item>, depth: Depth) -> Item {
        if self.types.nests(&used.ty) {
            arguments.push(depth.argument().into());
        }
        Item::Call(format!("{verb}_{}(", self.stem(used)), arguments)
    }
}
