//! Functions for structs and enums.

use rapace_schema::{Fields, TypeDef, TypeKind, Variant};

use super::Codecs;
use super::steps::{Locals, Step, decode_steps, encode_steps, indented};
use crate::layout::{bracketed, definition, items};
use crate::types::Form;

/// A struct, or a variant of an enum, with its names.
#[derive(Clone, Copy)]
pub(super) struct Shape<'s> {
    pub(super) def: &'s TypeDef,
    pub(super) fields: &'s Fields,
    pub(super) names: &'s [String],
    pub(super) class: &'s str,
}

impl<'a> Codecs<'a> {
    /// Adds the pair of functions for a named type.
    pub(super) fn named(&mut self, def: &'a TypeDef) {
        let names = self.names.of(&def.name);
        let (class, stem) = (names.class.as_str(), names.stem.as_str());
        let mut write = vec![format!("def encode_{stem}(w: codegen.Writer, value: object) -> None:")];
        let tail = format!(") -> types.{class}:");
        let mut read = vec![definition(&format!("def decode_{stem}("), "r: codegen.Reader", &tail)];
        let recursive = self.types.is_recursive(&def.name);
        if recursive {
            write.push(format!("    {}(w)", self.import("write_nested")));
            let size = self.types.sizes().body(&def.name);
            read.push(format!("    {}(r, {size})", self.import("read_nested")));
        }
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), _) => {
                let inner = self.types.field(&def.name, inner);
                write.extend(indented(1, self.write(&inner, "value")));
                let value = self.read(&inner);
                read.push(format!("    return types.{class}({value})"));
            }
            (Form::Enum, TypeKind::Enum { variants }) => {
                self.expect(class, &mut write);
                write.push(format!("    {}(w, value.value)", self.import("write_variant")));
                let table = format!("_{}", stem.to_uppercase());
                let index = format!("{}(r, {})", self.import("read_variant"), variants.len());
                read.push(format!("    return {table}[{index}]"));
                self.functions.push(format!("{table} = tuple(types.{class})"));
            }
            (_, TypeKind::Enum { variants }) => {
                write.extend(self.encode_union(def, variants));
                read.extend(self.decode_union(def, variants));
            }
            (_, TypeKind::Struct(fields)) => {
                self.expect(class, &mut write);
                write.extend(indented(1, self.encode_fields(def, fields, &names.fields)));
                let shape = Shape {
                    def,
                    fields,
                    names: &names.fields,
                    class,
                };
                read.extend(indented(1, self.decode_fields(&shape, &mut Locals::new(), 1)));
            }
        }
        if recursive {
            write.push("    w.depth -= 1".into());
        }
        self.functions.push(write.join("\n"));
        self.functions.push(read.join("\n"));
    }

    fn expect(&mut self, class: &str, lines: &mut Vec<String>) {
        lines.push(format!("    if not isinstance(value, types.{class}):"));
        lines.push(format!(
            "        raise {}(\"{class}\", value)",
            self.import("wrong_type")
        ));
    }

    fn encode_union(&mut self, def: &TypeDef, variants: &[Variant]) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            let word = if variant.index == 0 { "if" } else { "elif" };
            lines.push(format!("{word} isinstance(value, types.{}):", variant_names.class));
            lines.push(format!("    {}(w, {})", self.import("write_variant"), variant.index));
            lines.extend(indented(
                1,
                self.encode_fields(def, &variant.fields, &variant_names.fields),
            ));
        }
        lines.push("else:".into());
        lines.push(format!(
            "    raise {}(\"{}\", value)",
            self.import("wrong_type"),
            names.class
        ));
        indented(1, lines)
    }

    fn decode_union(&mut self, def: &TypeDef, variants: &[Variant]) -> Vec<String> {
        let names = self.names.of(&def.name);
        let mut lines = Vec::new();
        let index = format!("{}(r, {})", self.import("read_variant"), variants.len());
        // The runtime has checked the index, so the last variant needs no test.
        let needs_index = variants.len() > 1;
        lines.push(if needs_index {
            format!("variant = {index}")
        } else {
            index
        });
        let mut locals = Locals::new();
        for (variant, variant_names) in variants.iter().zip(&names.variants) {
            let shape = Shape {
                def,
                fields: &variant.fields,
                names: &variant_names.fields,
                class: &variant_names.class,
            };
            if variant.index as usize + 1 < variants.len() {
                lines.push(format!("if variant == {}:", variant.index));
                lines.extend(indented(1, self.decode_fields(&shape, &mut locals, 2)));
            } else {
                lines.extend(self.decode_fields(&shape, &mut locals, 1));
            }
        }
        indented(1, lines)
    }

    fn encode_fields(&mut self, def: &TypeDef, fields: &Fields, names: &[String]) -> Vec<String> {
        let steps = fields.fields.iter().zip(names).map(|(field, name)| Step {
            place: format!("\"{name}\""),
            lines: self.write(&self.types.field(&def.name, &field.ty), &format!("value.{name}")),
        });
        let steps: Vec<Step> = steps.collect();
        encode_steps(steps)
    }

    /// Statements that read fields and return them in a class, `levels` deep in their function.
    fn decode_fields(&mut self, shape: &Shape<'_>, locals: &mut Locals, levels: usize) -> Vec<String> {
        let Shape {
            def,
            fields,
            names,
            class,
        } = *shape;
        let place = self.place();
        let kinds = fields
            .fields
            .iter()
            .map(|field| self.types.annotation(&self.types.field(&def.name, &field.ty), &place));
        let locals = locals.claim_typed(names, kinds.collect());
        let steps = fields
            .fields
            .iter()
            .zip(names)
            .zip(&locals)
            .map(|((field, name), local)| Step {
                place: format!("\"{name}\""),
                lines: vec![format!(
                    "{local} = {}",
                    self.read(&self.types.field(&def.name, &field.ty))
                )],
            });
        let steps: Vec<Step> = steps.collect();
        let mut lines = decode_steps(steps);
        if self.types.is_recursive(&def.name) {
            lines.push("r.depth -= 1".into());
        }
        let margin = levels * 4;
        let text = bracketed(margin, &format!("return types.{class}("), &items(&locals), ")");
        lines.extend(text.lines().map(|line| line[margin..].to_owned()));
        lines
    }
}
