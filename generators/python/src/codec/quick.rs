//! Quick functions: a pair for each type that knows the common case alone, and leaves the rest to the checked pair.
//!
//! An `encode_` function returns bytes. A `decode_` function takes a payload and an offset, and returns a value and the
//! offset behind it. Those that can meet a value of a recursive type are told how deep they may go.

use rapace_gen_core::names::snake;
use rapace_schema::{Fields, TypeDef, TypeKind, TypeRef, Variant};

use super::named::Shape;
use super::steps::{Locals, indented, taken_apart};
use super::{Codecs, scalar};
use crate::layout::{Item, assigned, bracketed, comprehension, flat, items, returned};
use crate::types::{Form, Types, Use};

/// Variants with a lower index than this are told by one byte.
const ONE_BYTE: usize = 0x80;
/// How long a variable may be that is called after a variant. Lines with a longer one could not be formatted well.
const LONGEST_LOCAL: usize = 32;

impl Codecs<'_> {
    /// Adds the pair of quick functions for a named type.
    pub(super) fn quick_named(&mut self, def: &TypeDef) {
        let names = self.names.of(&def.name);
        let (class, stem) = (names.class.clone(), names.stem.clone());
        let nests = self.nests(&TypeRef::Named(def.name.clone()));
        let depth = depth_parameter(nests);
        let mut write = vec![format!("def encode_{stem}(value: object{depth}) -> bytes:")];
        let mut read = vec![bracketed(
            0,
            &format!("def decode_{stem}("),
            &items(&["data: bytes".into(), format!("pos: int{depth}")]),
            &format!(") -> tuple[types.{class}, int]:"),
        )];
        self.deeper = self.types.is_recursive(&def.name);
        if self.deeper {
            for lines in [&mut write, &mut read] {
                lines.push("    if depth == 0:".into());
                lines.push("        raise codegen.IrregularError".into());
            }
            let size = self.types.sizes().body(&def.name);
            read.push(format!("    {}(data, {size})", self.import("unpack_nested")));
        }
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), _) => {
                let inner = self.types.field(&def.name, inner);
                let value = self.pack(&inner, "value");
                write.push(returned(4, &value));
                let value = self.unpack(&inner, "pos");
                read.push(format!("    value, pos = {value}"));
                read.push(format!("    return types.{class}(value), pos"));
            }
            (Form::Enum, TypeKind::Enum { variants }) => {
                write.extend(unless_exact(&class));
                write.push(format!("    return {}(value.value)", self.import("pack_count")));
                let table = format!("_{}", stem.to_uppercase());
                if variants.len() <= ONE_BYTE {
                    read.push(format!("    return {table}[data[pos]], pos + 1"));
                } else {
                    read.push(format!("    index, pos = {}(data, pos)", self.import("unpack_u64")));
                    read.push(format!("    return {table}[index], pos"));
                }
                self.functions.push(format!("{table} = tuple(types.{class})"));
            }
            (_, TypeKind::Enum { variants }) => {
                write.extend(self.quick_encode_union(def, variants));
                read.extend(self.quick_decode_union(def, variants));
            }
            (_, TypeKind::Struct(fields)) => {
                write.extend(unless_exact(&class));
                let parts = self.pack_fields(def, fields, &names.fields);
                write.push(joined(4, parts));
                let shape = Shape {
                    def,
                    fields,
                    names: &names.fields,
                    class: &class,
                };
                let body = self.unpack_fields(&shape, "value", &mut Locals::quick(), 4);
                read.extend(indented(1, body));
            }
        }
        self.deeper = false;
        self.functions.push(write.join("\n"));
        self.functions.push(read.join("\n"));
    }

    /// The quick function that writes a collection, tuple, array or option.
    pub(super) fn quick_encode_composite(&mut self, used: &Use, stem: &str) -> String {
        let depth = depth_parameter(self.nests(&used.ty));
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
                    let key = self.pack_whole(&self.types.used(key, true), "key");
                    let item = self.pack_whole(&self.types.used(value, used.hashable), "item");
                    let entry = Item::Sum(vec![key, item]);
                    lines.push(comprehension(4, "parts = [", &entry, "for key, item in items", "]"));
                    lines.push(self.counted());
                }
            }
            TypeRef::Array { item, .. } if **item != TypeRef::U8 && self.types.is_zero_sized(item) => {
                lines.push("    raise codegen.IrregularError".into());
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                lines.push(format!("    items = {}(value, {len})", self.import("exact_items")));
                let item = self.types.used(item, used.hashable);
                lines.extend(self.pack_items(&item, false));
            }
            TypeRef::Tuple(types) => {
                let locals: Vec<String> = (0..types.len()).map(|i| format!("item_{i}")).collect();
                lines.push(taken_apart(&locals, self.import("exact_items")));
                let parts = types
                    .iter()
                    .zip(&locals)
                    .map(|(ty, local)| self.pack(&self.types.used(ty, used.hashable), local))
                    .collect();
                lines.push(joined(4, parts));
            }
            // Options and byte arrays, which stand inline elsewhere.
            _ => {
                let value = self.pack(used, "value");
                lines.push(returned(4, &value));
            }
        }
        lines.join("\n")
    }

    /// The quick function that reads a collection, tuple, array or option.
    pub(super) fn quick_decode_composite(&mut self, used: &Use, stem: &str) -> String {
        let annotation = self.annotation(used);
        let depth = depth_parameter(self.nests(&used.ty));
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
                let zero_sized = self.types.is_zero_sized(key) && self.types.is_zero_sized(value);
                lines.push(format!("    items: {annotation} = {{}}"));
                let key_use = self.types.used(key, true);
                let watched = !zero_sized && self.types.may_collide(&key_use.ty);
                if watched {
                    lines.push("    keys = codegen.Keys()".into());
                }
                let size = self.types.sizes().entry(key, value);
                lines.extend(self.unpack_count((!zero_sized).then_some(size), true));
                if !zero_sized {
                    let key = self.unpack(&key_use, "pos");
                    let item = self.unpack(&self.types.used(value, used.hashable), "pos");
                    lines.push(format!("        key, pos = {key}"));
                    lines.push(format!("        items[key], pos = {item}"));
                }
                if watched {
                    lines.push("        keys.note(key, len(items))".into());
                }
                lines.push("    return items, pos".into());
            }
            TypeRef::Array { item, .. } if **item != TypeRef::U8 && self.types.is_zero_sized(item) => {
                lines.push("    raise codegen.IrregularError".into());
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let item = self.types.used(item, used.hashable);
                lines.extend(self.unpack_items(&item, Some(*len), ("list", "append"), "tuple(items)"));
            }
            TypeRef::Tuple(types) => {
                for (i, ty) in types.iter().enumerate() {
                    let value = self.unpack(&self.types.used(ty, used.hashable), "pos");
                    lines.push(format!("    item_{i}, pos = {value}"));
                }
                let locals: Vec<String> = (0..types.len()).map(|i| format!("item_{i}")).collect();
                lines.push(match locals.as_slice() {
                    [] => "    return (), pos".into(),
                    [only] => format!("    return ({only},), pos"),
                    several => format!("    return ({}), pos", several.join(", ")),
                });
            }
            TypeRef::Option(inner) => {
                let inner_use = self.types.used(inner, used.hashable);
                let value = self.unpack(&inner_use, "pos + 1");
                lines.push(format!("    if {}[data[pos]]:", self.import("FLAGS")));
                if Types::includes_none(inner) {
                    lines.push(format!("        item, pos = {value}"));
                    lines.push("        return codegen.Some(item), pos".into());
                } else {
                    lines.push(format!("        return {value}"));
                }
                lines.push("    return None, pos + 1".into());
            }
            _ => {
                let value = self.unpack(used, "pos");
                lines.push(format!("    return {value}"));
            }
        }
        lines.join("\n")
    }

    /// The statement that writes the arguments of a method.
    pub(super) fn quick_request(&mut self, locals: &[String], arguments: &[&TypeRef]) -> String {
        self.depth = "limits.max_depth";
        let parts = locals
            .iter()
            .zip(arguments)
            .map(|(local, ty)| self.pack(&self.types.used(ty, false), local))
            .collect();
        self.depth = "depth";
        joined(8, parts)
    }

    /// The function that reads a value of the type, as a value: its own, or the runtime's for a scalar.
    pub(super) fn quick_reader(&mut self, used: &Use) -> String {
        match runtime(used) {
            Some((_, unpack)) => self.import(unpack).to_owned(),
            None => format!("decode_{}", self.stem(used)),
        }
    }

    /// True when a value of the type can contain one of a recursive type.
    pub(super) fn nests(&self, ty: &TypeRef) -> bool {
        self.types.nests(ty)
    }

    /// An expression for the bytes of a value, which is a name or an attribute.
    fn pack(&mut self, used: &Use, value: &str) -> Item {
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
                        None => self.call("encode", &inner_use, vec![some]),
                    }
                } else {
                    self.pack(&inner_use, value)
                };
                let present = Item::Sum(vec!["b\"\\x01\"".into(), inside]);
                Item::Choice("b\"\\x00\"".into(), format!("{value} is None"), Box::new(present))
            }
            _ => self.call("encode", used, vec![value.into()]),
        }
    }

    /// The same as a term: an option has a function of its own there.
    fn pack_whole(&mut self, used: &Use, value: &str) -> Item {
        match used.ty {
            TypeRef::Option(_) => self.call("encode", used, vec![value.into()]),
            _ => self.pack(used, value),
        }
    }

    /// A call that reads a value at an offset.
    fn unpack(&mut self, used: &Use, pos: &str) -> String {
        if let Some((_, unpack)) = runtime(used) {
            return format!("{}(data, {pos})", self.import(unpack));
        }
        match &used.ty {
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                format!("{}(data, {pos}, {len})", self.import("unpack_fixed_bytes"))
            }
            _ => match self.call("decode", used, vec!["data".into(), pos.into()]) {
                Item::Call(head, arguments) => format!("{head}{})", flat(&arguments)),
                _ => unreachable!("a call is a call"),
            },
        }
    }

    fn call(&mut self, verb: &str, used: &Use, mut arguments: Vec<Item>) -> Item {
        if self.nests(&used.ty) {
            let deeper = if self.deeper { " - 1" } else { "" };
            arguments.push(format!("{}{deeper}", self.depth).into());
        }
        Item::Call(format!("{verb}_{}(", self.stem(used)), arguments)
    }

    fn pack_fields(&mut self, def: &TypeDef, fields: &Fields, names: &[String]) -> Vec<Item> {
        let parts = fields.fields.iter().zip(names);
        parts
            .map(|(field, name)| self.pack(&self.types.field(&def.name, &field.ty), &format!("value.{name}")))
            .collect()
    }

    fn quick_encode_union(&mut self, def: &TypeDef, variants: &[Variant]) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            lines.push(format!("    if type(value) is types.{}:", variant_names.class));
            let mut parts = vec![Item::Text(index_literal(variant.index))];
            parts.extend(self.pack_fields(def, &variant.fields, &variant_names.fields));
            lines.push(joined(8, parts));
        }
        lines.push("    raise codegen.IrregularError".into());
        lines
    }

    fn quick_decode_union(&mut self, def: &TypeDef, variants: &[Variant]) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        let (index, behind) = if variants.len() <= ONE_BYTE {
            ("variant = data[pos]".to_owned(), Some("pos += 1".to_owned()))
        } else {
            (format!("variant, pos = {}(data, pos)", self.import("unpack_u64")), None)
        };
        lines.push(format!("    {index}"));
        lines.extend(behind.map(|line| format!("    {line}")));
        let mut locals = Locals::quick();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            lines.push(format!("    if variant == {}:", variant.index));
            let shape = Shape {
                def,
                fields: &variant.fields,
                names: &variant_names.fields,
                class: &variant_names.class,
            };
            let made = Some(snake(shape.class)).filter(|name| name.len() <= LONGEST_LOCAL);
            let body = self.unpack_fields(&shape, made.as_deref().unwrap_or("made"), &mut locals, 8);
            lines.extend(indented(2, body));
        }
        lines.push("    raise codegen.IrregularError".into());
        lines
    }

    /// Statements that read fields and return an object with them. They stand `margin` deep.
    fn unpack_fields(&mut self, shape: &Shape<'_>, made: &str, locals: &mut Locals, margin: usize) -> Vec<String> {
        if self.types.is_frozen(&shape.def.name) {
            return self.unpack_frozen(shape, locals, margin);
        }
        let made = locals.claim(&[made.to_owned()]).remove(0);
        let read = |deeper: usize, name: &str, value: &str| {
            let text = assigned(margin + deeper, &format!("{made}.{name}, pos"), value);
            text.lines().map(|line| line[margin..].to_owned()).collect::<Vec<_>>()
        };
        let mut lines = vec![format!("{made} = {}(types.{})", self.import("new"), shape.class)];
        for (field, name) in shape.fields.fields.iter().zip(shape.names) {
            let used = self.types.field(&shape.def.name, &field.ty);
            match &used.ty {
                TypeRef::Option(inner) if !Types::includes_none(inner) => {
                    let value = self.unpack(&self.types.used(inner, used.hashable), "pos + 1");
                    lines.push(format!("if {}[data[pos]]:", self.import("FLAGS")));
                    lines.extend(read(4, name, &value));
                    lines.push("else:".into());
                    lines.push(format!("    {made}.{name}, pos = None, pos + 1"));
                }
                // What has a fixed length and needs no look is read here: a call costs as much again.
                TypeRef::F32 | TypeRef::F64 => {
                    let (at, size) = if used.ty == TypeRef::F32 {
                        ("f32_at", 4)
                    } else {
                        ("f64_at", 8)
                    };
                    lines.push(format!("({made}.{name},) = {}(data, pos)", self.import(at)));
                    lines.push(format!("pos += {size}"));
                }
                TypeRef::Bool => {
                    lines.push(format!("{made}.{name} = {}[data[pos]]", self.import("FLAGS")));
                    lines.push("pos += 1".into());
                }
                _ => {
                    let value = self.unpack(&used, "pos");
                    lines.extend(read(0, name, &value));
                }
            }
        }
        lines.push(format!("return {made}, pos"));
        lines
    }

    /// The same for a class whose objects do not change.
    fn unpack_frozen(&mut self, shape: &Shape<'_>, locals: &mut Locals, margin: usize) -> Vec<String> {
        let uses = shape.fields.fields.iter();
        let uses: Vec<Use> = uses.map(|field| self.types.field(&shape.def.name, &field.ty)).collect();
        let kinds = uses.iter().map(|used| self.annotation(used)).collect();
        let locals = locals.claim_typed(shape.names, kinds);
        let mut lines = Vec::new();
        for (used, local) in uses.iter().zip(&locals) {
            let text = assigned(margin, &format!("{local}, pos"), &self.unpack(used, "pos"));
            lines.extend(text.lines().map(|line| line[margin..].to_owned()));
        }
        let text = bracketed(
            margin,
            &format!("return types.{}(", shape.class),
            &items(&locals),
            "), pos",
        );
        lines.extend(text.lines().map(|line| line[margin..].to_owned()));
        lines
    }

    /// Statements that write `items`, behind their count where that is written.
    fn pack_items(&mut self, item: &Use, count: bool) -> Vec<String> {
        if self.types.is_zero_sized(&item.ty) {
            return self.only_empty();
        }
        let part = self.pack(item, "item");
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

    /// Items without bytes count together over the whole payload, which checked code does.
    fn only_empty(&mut self) -> Vec<String> {
        vec![
            "    if items:".into(),
            "        raise codegen.IrregularError".into(),
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
            lines.push("    keys = codegen.Keys()".into());
        }
        match length {
            Some(length) => lines.push(format!("    for _ in range({length}):")),
            None => {
                let size = self.types.sizes().item(&item.ty);
                lines.extend(self.unpack_count((!zero_sized).then_some(size), class == "set"));
            }
        }
        if !zero_sized {
            let value = self.unpack(item, "pos");
            lines.push(format!("        item, pos = {value}"));
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
                "        raise codegen.IrregularError".into(),
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

/// The runtime's functions that write and read what needs no function of its own.
fn runtime(used: &Use) -> Option<(&'static str, &'static str)> {
    if let TypeRef::List(item) = &used.ty
        && !used.hashable
    {
        return match **item {
            TypeRef::F32 => Some(("pack_list_f32", "unpack_list_f32")),
            TypeRef::F64 => Some(("pack_list_f64", "unpack_list_f64")),
            _ => None,
        };
    }
    scalar(&used.ty).map(|scalar| (scalar.pack, scalar.unpack))
}

fn depth_parameter(nests: bool) -> &'static str {
    if nests { ", depth: int" } else { "" }
}

fn unless_exact(class: &str) -> [String; 2] {
    [
        format!("    if type(value) is not types.{class}:"),
        "        raise codegen.IrregularError".into(),
    ]
}

/// The statement that returns the parts one after another.
fn joined(margin: usize, mut parts: Vec<Item>) -> String {
    match parts.len() {
        0 => format!("{}return b\"\"", " ".repeat(margin)),
        1 => returned(margin, &parts.remove(0)),
        _ => returned(
            margin,
            &Item::Call("b\"\".join(".into(), vec![Item::Call("(".into(), parts)]),
        ),
    }
}

/// The index of a variant as a literal of its varint.
fn index_literal(index: u32) -> String {
    let (mut rest, mut literal) = (index, String::from("b\""));
    loop {
        let byte = rest & 0x7f;
        rest >>= 7;
        let byte = if rest == 0 { byte } else { byte | 0x80 };
        literal.push_str(&format!("\\x{byte:02x}"));
        if rest == 0 {
            return literal + "\"";
        }
    }
}
