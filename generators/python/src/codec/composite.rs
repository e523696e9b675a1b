//! Functions for collections, tuples, arrays and options, each called after its form.

use rapace_schema::TypeRef;

use super::Codecs;
use super::depth::Depth;
use super::locals::taken_apart;
use super::{depth_parameter, joined};
use crate::layout::{Item, assigned, bracketed, comprehension, items, returned};
use crate::types::{Types, Use};

impl Codecs<'_> {
    /// The function that writes a collection, tuple, array or option.
    pub(super) fn encode_composite(&mut self, used: &Use, stem: &str) -> String {
        let depth = depth_parameter(self.types.nests(&used.ty));
        let mut lines = vec![format!("def encode_{stem}(value: object{depth}) -> bytes:")];
        match &used.ty {
            TypeRef::List(item) => {
                lines.push(format!("    items = {}(value)", self.import("exact_list")));
                let item = self.types.used(item, used.hashable);
                lines.extend(self.pack_items(&item, true));
            }
            TypeRef::Set(item) => {
                lines.push(format!("    items = {}(value)", self.import("exact_set")));
                let item = self.types.used(item, true);
                lines.extend(self.pack_items(&item, true));
            }
            TypeRef::Map { key, value } => {
                lines.push(format!("    items = {}(value)", self.import("exact_map")));
                if self.types.is_zero_sized(key) && self.types.is_zero_sized(value) {
                    lines.extend(self.only_empty());
                } else {
                    let key = self.pack_whole(&self.types.used(key, true), "key", Depth::Own);
                    let item = self.pack_whole(&self.types.used(value, used.hashable), "item", Depth::Own);
                    let entry = Item::Sum(vec![key, item]);
                    lines.push(comprehension(4, "parts = [", &entry, "for key, item in items", "]"));
                    lines.push(self.counted());
                }
            }
            TypeRef::Array { item, .. } if **item != TypeRef::U8 && self.types.is_zero_sized(item) => {
                lines.push(format!("    {}", self.give_up()));
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                lines.push(format!("    items = {}(value, {len})", self.import("exact_items")));
                let item = self.types.used(item, used.hashable);
                lines.extend(self.pack_items(&item, false));
            }
            TypeRef::Tuple(types) => {
                let locals: Vec<String> = (0..types.len()).map(|i| format!("item_{i}")).collect();
                lines.push(taken_apart(&locals, &self.import("exact_items")));
                let parts = types
                    .iter()
                    .zip(&locals)
                    .map(|(ty, local)| self.pack(&self.types.used(ty, used.hashable), local, Depth::Own))
                    .collect();
                lines.push(joined(4, parts));
            }
            // Options and byte arrays, which are written inline elsewhere.
            _ => {
                let value = self.pack(used, "value", Depth::Own);
                lines.push(returned(4, &value));
            }
        }
        lines.join("\n")
    }

    /// The function that reads a collection, tuple, array or option.
    pub(super) fn decode_composite(&mut self, used: &Use, stem: &str) -> String {
        let annotation = self.annotation(used);
        let depth = depth_parameter(self.types.nests(&used.ty));
        let parameters = items(&["data: bytes".into(), format!("pos: int{depth}")]);
        let tail = format!(") -> tuple[{annotation}, int]:");
        let mut lines = vec![bracketed(0, &format!("def decode_{stem}("), &parameters, &tail)];
        match &used.ty {
            TypeRef::List(item) => {
                let made = if used.hashable { "tuple(items)" } else { "items" };
                let item = self.types.used(item, used.hashable);
                lines.extend(self.unpack_items(&item, None, ("list", "append"), made));
            }
            TypeRef::Set(item) => {
                let made = if used.hashable { "frozenset(items)" } else { "items" };
                let item = self.types.used(item, true);
                lines.extend(self.unpack_items(&item, None, ("set", "add"), made));
            }
            TypeRef::Map { key, value } => {
                lines.push(format!("    items: {annotation} = {{}}"));
                lines.extend(self.unpack_entries(key, value, used.hashable));
                lines.push("    return items, pos".into());
            }
            TypeRef::Array { item, .. } if **item != TypeRef::U8 && self.types.is_zero_sized(item) => {
                lines.push(format!("    {}", self.give_up()));
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let item = self.types.used(item, used.hashable);
                lines.extend(self.unpack_items(&item, Some(*len), ("list", "append"), "tuple(items)"));
            }
            TypeRef::Tuple(types) => {
                let uses: Vec<Use> = types.iter().map(|ty| self.types.used(ty, used.hashable)).collect();
                lines.extend(self.unpack_all(&uses));
            }
            TypeRef::Option(inner) => {
                let inner_use = self.types.used(inner, used.hashable);
                let value = self.unpack(&inner_use, "pos + 1", Depth::Own);
                lines.push(format!("    if {}[data[pos]]:", self.import("FLAGS")));
                if Types::includes_none(inner) {
                    lines.push(assigned(8, "item, pos", &value));
                    lines.push(format!("        return {}(item), pos", self.imports.codegen("Some")));
                } else {
                    lines.push(returned(8, &value));
                }
                lines.push("    return None, pos + 1".into());
            }
            _ => {
                let value = self.unpack(used, "pos", Depth::Own);
                lines.push(returned(4, &value));
            }
        }
        lines.join("\n")
    }

    /// Statements that read values one after another and return them as a tuple.
    pub(super) fn unpack_all(&mut self, uses: &[Use]) -> Vec<String> {
        let mut lines = Vec::new();
        for (i, used) in uses.iter().enumerate() {
            let value = self.unpack(used, "pos", Depth::Own);
            lines.push(assigned(4, &format!("item_{i}, pos"), &value));
        }
        let locals: Vec<String> = (0..uses.len()).map(|i| format!("item_{i}")).collect();
        lines.push(match locals.as_slice() {
            [] => "    return (), pos".into(),
            [only] => format!("    return ({only},), pos"),
            several => bracketed(4, "return (", &items(several), "), pos"),
        });
        lines
    }

    /// Statements that read the entries of a map into `items`.
    fn unpack_entries(&mut self, key: &TypeRef, value: &TypeRef, hashable: bool) -> Vec<String> {
        if self.types.is_zero_sized(key) && self.types.is_zero_sized(value) {
            return self.unpack_count(None, true);
        }
        let size = self.types.sizes().entry(key, value);
        let (key, value) = (self.types.used(key, true), self.types.used(value, hashable));
        let watched = self.types.may_collide(&key.ty);
        let mut lines = Vec::new();
        if watched {
            lines.push(format!("    keys = {}()", self.imports.codegen("Keys")));
        }
        lines.extend(self.unpack_count(Some(size), true));
        lines.push(assigned(8, "key, pos", &self.unpack(&key, "pos", Depth::Own)));
        lines.push(assigned(8, "items[key], pos", &self.unpack(&value, "pos", Depth::Own)));
        if watched {
            lines.push("        keys.note(key, len(items))".into());
        }
        lines
    }

    /// Statements that write `items`, after their count where that is written.
    fn pack_items(&mut self, item: &Use, count: bool) -> Vec<String> {
        if self.types.is_zero_sized(&item.ty) {
            return self.only_empty();
        }
        let part = self.pack(item, "item", Depth::Own);
        if !count {
            return vec![comprehension(
                4,
                "return b\"\".join([",
                &part,
                "for item in items",
                "])",
            )];
        }
        vec![
            comprehension(4, "parts = [", &part, "for item in items", "]"),
            self.counted(),
        ]
    }

    fn counted(&mut self) -> String {
        format!(
            "    return {}(len(parts)) + b\"\".join(parts)",
            self.import("pack_count")
        )
    }

    /// Items without bytes count together over the whole payload, which careful code does.
    fn only_empty(&mut self) -> Vec<String> {
        vec![
            "    if items:".into(),
            format!("        {}", self.give_up()),
            "    return b\"\\x00\"".into(),
        ]
    }

    fn unpack_items(&mut self, item: &Use, length: Option<u64>, kind: (&str, &str), made: &str) -> Vec<String> {
        let (class, add) = kind;
        let empty = if class == "list" { "[]" } else { "set()" };
        let zero_sized = self.types.is_zero_sized(&item.ty);
        let mut lines = vec![format!("    items: {class}[{}] = {empty}", self.annotation(item))];
        let watched = class == "set" && !zero_sized && self.types.may_collide(&item.ty);
        if watched {
            lines.push(format!("    keys = {}()", self.imports.codegen("Keys")));
        }
        match length {
            Some(length) => lines.push(format!("    for _ in range({length}):")),
            None => {
                let size = self.types.sizes().item(&item.ty);
                lines.extend(self.unpack_count((!zero_sized).then_some(size), class == "set"));
            }
        }
        if !zero_sized {
            let value = self.unpack(item, "pos", Depth::Own);
            lines.push(assigned(8, "item, pos", &value));
            lines.push(format!("        items.{add}(item)"));
        }
        if watched {
            lines.push("        keys.note(item, len(items))".into());
        }
        lines.push(format!("    return {made}, pos"));
        lines
    }

    /// The head of a loop over items, each of which is charged `size`; None when they need no bytes. Entries of maps and sets
    /// may be made to collide, so that the clock is looked at among them.
    fn unpack_count(&mut self, size: Option<u64>, are_entries: bool) -> Vec<String> {
        let unpack = self.import("unpack_count");
        let Some(size) = size else {
            return vec![
                format!("    count, pos = {unpack}(data, pos, 0)"),
                "    if count:".into(),
                format!("        {}", self.give_up()),
            ];
        };
        let range = if are_entries {
            format!("{}(data, count)", self.import("unpack_entries"))
        } else {
            "range(count)".into()
        };
        vec![
            format!("    count, pos = {unpack}(data, pos, {size})"),
            format!("    for _ in {range}:"),
        ]
    }
}
