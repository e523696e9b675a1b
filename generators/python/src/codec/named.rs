//! Functions for structs and enums.

use rapace_gen_core::names::snake;
use rapace_schema::{Fields, TypeDef, TypeKind, TypeRef, Variant};

use super::Codecs;
use super::expressions::Depth;
use super::locals::{Locals, indented};
use super::{depth_parameter, joined};
use crate::layout::{Item, assigned, bracketed, items, returned};
use crate::types::{Form, Types, Use};

/// Variants with a lower index than this are told by one byte.
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
        let (class, stem) = (names.class.clone(), names.stem.clone());
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
            &format!(") -> tuple[types.{class}, int]:"),
        )];
        if self.types.is_recursive(&def.name) {
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
                let value = self.pack(&inner, "value", depth);
                write.push(returned(4, &value));
                let value = self.unpack(&inner, "pos", depth);
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
                write.extend(self.encode_union(def, variants, depth));
                read.extend(self.decode_union(def, variants, depth));
            }
            (_, TypeKind::Struct(fields)) => {
                write.extend(unless_exact(&class));
                let parts = self.pack_fields(def, fields, &names.fields, depth);
                write.push(joined(4, parts));
                let shape = Shape {
                    def,
                    fields,
                    names: &names.fields,
                    class: &class,
                    depth,
                };
                let body = self.unpack_fields(&shape, "value", &mut Locals::of_reader(), 4);
                read.extend(indented(1, body));
            }
        }
        self.functions.push(write.join("\n"));
        self.functions.push(read.join("\n"));
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
            lines.push(format!("    if type(value) is types.{}:", variant_names.class));
            let mut parts = vec![Item::Text(index_literal(variant.index))];
            parts.extend(self.pack_fields(def, &variant.fields, &variant_names.fields, depth));
            lines.push(joined(8, parts));
        }
        lines.push("    raise codegen.IrregularError".into());
        lines
    }

    fn decode_union(&mut self, def: &TypeDef, variants: &[Variant], depth: Depth) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        let (index, behind) = if variants.len() <= ONE_BYTE {
            ("variant = data[pos]".to_owned(), Some("pos += 1".to_owned()))
        } else {
            (format!("variant, pos = {}(data, pos)", self.import("unpack_u64")), None)
        };
        lines.push(format!("    {index}"));
        lines.extend(behind.map(|line| format!("    {line}")));
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
                    let value = self.unpack(&self.types.used(inner, used.hashable), "pos + 1", shape.depth);
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
                    let value = self.unpack(&used, "pos", shape.depth);
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
            let text = assigned(margin, &format!("{local}, pos"), &self.unpack(used, "pos", shape.depth));
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
}

fn unless_exact(class: &str) -> [String; 2] {
    [
        format!("    if type(value) is not types.{class}:"),
        "        raise codegen.IrregularError".into(),
    ]
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
