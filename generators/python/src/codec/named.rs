//! Functions for structs and enums.

use rapace_gen_core::names::snake;
use rapace_schema::{Fields, TypeDef, TypeKind, TypeRef, Variant};

use super::Codecs;
use super::depth::Depth;
use super::locals::Locals;
use super::{depth_parameter, joined};
use crate::layout::{Item, assigned, bracketed, items, returned};
use crate::omitted::first_optional;
use crate::types::{Form, Types, Use};
use crate::view::Block;

/// The index of a variant takes one byte if it is lower than this.
const ONE_BYTE: usize = 0x80;
/// How long a variable may be that is called after a variant. Lines with a longer one could not be formatted well.
const LONGEST_LOCAL: usize = 32;

/// A struct, or a variant of an enum, with its names.
#[derive(Clone, Copy)]
struct Shape<'s> {
    def: &'s TypeDef,
    fields: &'s Fields,
    names: &'s [String],
    class: &'s str,
    depth: Depth,
}

impl Codecs<'_> {
    /// Adds the pair of functions for a named type.
    pub(super) fn named(&mut self, def: &TypeDef) {
        let names = self.names.of(&def.name);
        let class = self.class(&names.class);
        let stem = match self.types.foreign(&def.name) {
            Some(_) => self.foreign(def),
            None => names.stem.clone(),
        };
        let parameter = depth_parameter(self.types.nests(&TypeRef::Named(def.name.clone())));
        let depth = match self.types.is_recursive(&def.name) {
            true => Depth::Deeper,
            false => Depth::Own,
        };
        let mut write = vec![format!("def encode_{stem}(value: object{parameter}) -> bytes:")];
        let mut read = vec![bracketed(
            0,
            &format!("def decode_{stem}("),
            &items(&["data: bytes".into(), format!("pos: int{parameter}")]),
            &format!(") -> tuple[{class}, int]:"),
        )];
        if self.types.is_recursive(&def.name) {
            for lines in [&mut write, &mut read] {
                lines.push("    if depth == 0:".into());
                lines.push(format!("        {}", self.give_up()));
            }
            let size = self.types.sizes().body(&def.name);
            read.push(format!("    {}(data, {size})", self.import("unpack_nested")));
        }
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), _) => {
                let inner = self.types.field(&def.name, inner);
                let value = self.pack(&inner, "value", depth);
                write.push(returned(4, &value));
                let value = self.unpack(&inner, "pos", depth);
                read.push(assigned(4, "value, pos", &value));
                read.push(format!("    return {class}(value), pos"));
            }
            (Form::Known(_, inner), _) => {
                let adapter = self.imports.own("_adapters", &names.adapter);
                let inner = self.types.field(&def.name, inner);
                write.push(format!("    value = {adapter}.to_wire(value)"));
                let value = self.pack(&inner, "value", depth);
                write.push(returned(4, &value));
                let value = self.unpack(&inner, "pos", depth);
                read.push(assigned(4, "value, pos", &value));
                read.push(format!("    return {class}({adapter}.from_wire(value)), pos"));
            }
            (Form::Enum, TypeKind::Enum { variants }) => {
                write.extend(self.unless_exact(&class));
                write.push(format!("    return {}(value.value)", self.import("pack_count")));
                let table = format!("_{}", stem.to_uppercase());
                if variants.len() <= ONE_BYTE {
                    read.push(format!("    return {table}[data[pos]], pos + 1"));
                } else {
                    read.push(format!("    index, pos = {}(data, pos)", self.import("unpack_u64")));
                    read.push(format!("    return {table}[index], pos"));
                }
                self.functions
                    .push(Block::Assignment(format!("{table} = tuple({class})")));
            }
            (_, TypeKind::Enum { variants }) => {
                write.extend(self.encode_union(def, variants, depth));
                read.extend(self.decode_union(def, variants, depth));
            }
            (_, TypeKind::Struct(fields)) => {
                write.extend(self.unless_exact(&class));
                let parts = self.pack_fields(def, fields, &names.fields, depth);
                write.push(joined(4, parts));
                let shape = Shape {
                    def,
                    fields,
                    names: &names.fields,
                    class: &names.class,
                    depth,
                };
                let body = self.unpack_fields(&shape, "value", &mut Locals::of_reader(), 4);
                read.extend(body);
            }
        }
        self.functions.push(Block::Definition(write.join("\n")));
        self.functions.push(Block::Definition(read.join("\n")));
    }

    /// Adds the pair of functions for a type of the user's. Returns what the pair for the form on the wire is called after.
    fn foreign(&mut self, def: &TypeDef) -> String {
        let names = self.names.of(&def.name);
        let stem = self.stems.claim(&format!("{}_on_wire", names.stem));
        let adapter = self.imports.own("_adapters", &names.adapter);
        let used = self.types.used(&TypeRef::Named(def.name.clone()), false);
        let nests = self.types.nests(&used.ty);
        let (parameter, argument) = (depth_parameter(nests), if nests { ", depth" } else { "" });
        let write = [
            format!("def encode_{}(value: object{parameter}) -> bytes:", names.stem),
            format!("    return encode_{stem}({adapter}.to_wire(value){argument})"),
        ];
        let annotation = self.annotation(&used);
        let read = [
            bracketed(
                0,
                &format!("def decode_{}(", names.stem),
                &items(&["data: bytes".into(), format!("pos: int{parameter}")]),
                &format!(") -> tuple[{annotation}, int]:"),
            ),
            format!("    value, pos = decode_{stem}(data, pos{argument})"),
            format!("    return {adapter}.from_wire(value), pos"),
        ];
        self.functions.push(Block::Definition(write.join("\n")));
        self.functions.push(Block::Definition(read.join("\n")));
        stem
    }

    /// The statements that give up on a value of another class.
    fn unless_exact(&self, class: &str) -> [String; 2] {
        [
            format!("    if type(value) is not {class}:"),
            format!("        {}", self.give_up()),
        ]
    }

    fn pack_fields(&mut self, def: &TypeDef, fields: &Fields, names: &[String], depth: Depth) -> Vec<Item> {
        let parts = fields.fields.iter().zip(names);
        parts
            .map(|(field, name)| self.pack(&self.types.field(&def.name, &field.ty), &format!("value.{name}"), depth))
            .collect()
    }

    fn encode_union(&mut self, def: &TypeDef, variants: &[Variant], depth: Depth) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            lines.push(format!("    if type(value) is {}:", self.class(&variant_names.class)));
            let mut parts = vec![Item::Text(index_literal(variant.index))];
            parts.extend(self.pack_fields(def, &variant.fields, &variant_names.fields, depth));
            lines.push(joined(8, parts));
        }
        lines.push(format!("    {}", self.give_up()));
        lines
    }

    fn decode_union(&mut self, def: &TypeDef, variants: &[Variant], depth: Depth) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        let (index, advance) = if variants.len() <= ONE_BYTE {
            ("variant = data[pos]".to_owned(), Some("pos += 1".to_owned()))
        } else {
            (format!("variant, pos = {}(data, pos)", self.import("unpack_u64")), None)
        };
        lines.push(format!("    {index}"));
        lines.extend(advance.map(|line| format!("    {line}")));
        let mut locals = Locals::of_reader();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            lines.push(format!("    if variant == {}:", variant.index));
            let shape = Shape {
                def,
                fields: &variant.fields,
                names: &variant_names.fields,
                class: &variant_names.class,
                depth,
            };
            let made = Some(snake(shape.class)).filter(|name| name.len() <= LONGEST_LOCAL);
            let body = self.unpack_fields(&shape, made.as_deref().unwrap_or("made"), &mut locals, 8);
            lines.extend(body);
        }
        lines.push(format!("    {}", self.give_up()));
        lines
    }

    /// Statements that read fields and return an object with them, `indent` columns deep.
    fn unpack_fields(&mut self, shape: &Shape<'_>, made: &str, locals: &mut Locals, indent: usize) -> Vec<String> {
        if self.types.is_frozen(&shape.def.name) {
            return self.unpack_frozen(shape, locals, indent);
        }
        let made = locals.claim(&[made.to_owned()]).remove(0);
        let margin = " ".repeat(indent);
        let mut lines = vec![format!(
            "{margin}{made} = {}({})",
            self.import("new"),
            self.class(shape.class)
        )];
        for (field, name) in shape.fields.fields.iter().zip(shape.names) {
            let used = self.types.field(&shape.def.name, &field.ty);
            let target = format!("{made}.{name}");
            match &used.ty {
                TypeRef::Option(inner) if !Types::includes_none(inner) => {
                    let value = self.unpack(&self.types.used(inner, used.hashable), "pos + 1", shape.depth);
                    lines.push(format!("{margin}if {}[data[pos]]:", self.import("FLAGS")));
                    lines.push(assigned(indent + 4, &format!("{target}, pos"), &value));
                    lines.push(format!("{margin}else:"));
                    lines.push(format!("{margin}    {target}, pos = None, pos + 1"));
                }
                // What has a fixed length and needs no look is read here: a call costs as much again.
                TypeRef::F32 | TypeRef::F64 => {
                    let (at, size) = if used.ty == TypeRef::F32 {
                        ("f32_at", 4)
                    } else {
                        ("f64_at", 8)
                    };
                    lines.push(format!("{margin}({target},) = {}(data, pos)", self.import(at)));
                    lines.push(format!("{margin}pos += {size}"));
                }
                TypeRef::Bool => {
                    lines.push(format!("{margin}{target} = {}[data[pos]]", self.import("FLAGS")));
                    lines.push(format!("{margin}pos += 1"));
                }
                _ => {
                    let value = self.unpack(&used, "pos", shape.depth);
                    lines.push(assigned(indent, &format!("{target}, pos"), &value));
                }
            }
        }
        lines.push(format!("{margin}return {made}, pos"));
        lines
    }

    /// The same for a class whose objects do not change.
    fn unpack_frozen(&mut self, shape: &Shape<'_>, locals: &mut Locals, indent: usize) -> Vec<String> {
        let uses = shape.fields.fields.iter();
        let uses: Vec<Use> = uses.map(|field| self.types.field(&shape.def.name, &field.ty)).collect();
        let kinds = uses.iter().map(|used| self.annotation(used)).collect();
        let locals = locals.claim_typed(shape.names, kinds);
        let mut lines = Vec::new();
        for (used, local) in uses.iter().zip(&locals) {
            let value = self.unpack(used, "pos", shape.depth);
            lines.push(assigned(indent, &format!("{local}, pos"), &value));
        }
        let head = format!("return {}(", self.class(shape.class));
        let first_keyword = first_optional(shape.fields);
        let arguments: Vec<Item> = (locals.iter().zip(shape.names).enumerate())
            .map(|(index, (local, name))| match index < first_keyword {
                true => local.as_str().into(),
                false => format!("{name}={local}").into(),
            })
            .collect();
        lines.push(bracketed(indent, &head, &arguments, "), pos"));
        lines
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
