//! Codec functions: straight-line code that writes and reads a type, one pair for each type.
//!
//! Scalars and options stand inline; every other type that is used has a function of its own, called after its form
//! (`encode_list_book`). The path of an error costs nothing until there is one: a function notes in `at` where it is,
//! and puts that before the path of an error that passes through.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::names::{Scope, snake};
use rapace_schema::{Fields, TypeDef, TypeKind, TypeRef, Variant};

use crate::layout::{Item, bracketed, items};
use crate::names::Names;
use crate::types::{Form, Place, Types, Use};

/// The longest name that a function takes from its type's form; what is longer is cut.
const LONGEST_STEM: usize = 48;

/// Collects codec functions and what they need.
pub struct Codecs<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
    stems: Scope,
    composites: BTreeMap<Use, String>,
    pending: Vec<(Use, String)>,
    imports: BTreeSet<&'static str>,
    functions: Vec<String>,
}

impl<'a> Codecs<'a> {
    /// The functions for all named types, in their order.
    pub fn new(types: &'a Types<'a>, names: &'a Names) -> Self {
        let mut codecs = Self {
            types,
            names,
            stems: Scope::default(),
            composites: BTreeMap::new(),
            pending: Vec::new(),
            imports: BTreeSet::new(),
            functions: Vec::new(),
        };
        for def in types.in_order() {
            codecs.stems.claim(&names.of(&def.name).stem);
        }
        for def in types.in_order() {
            codecs.named(def);
        }
        codecs
    }

    /// The function that writes the arguments of a method, in order. None when there are none.
    pub fn request(&mut self, name: &str, parameters: &[String], arguments: &[&TypeRef]) -> Option<String> {
        if arguments.is_empty() {
            return None;
        }
        let locals = Locals::new().claim(parameters);
        let mut items: Vec<Item> = vec!["w: codegen.Writer".into()];
        items.extend(locals.iter().map(|local| Item::Text(format!("{local}: object"))));
        let mut lines = vec![bracketed(0, &format!("def {name}("), &items, ") -> codegen.Writer:")];
        let steps = parameters
            .iter()
            .zip(&locals)
            .zip(arguments)
            .map(|((parameter, local), ty)| Step {
                place: format!("\"{parameter}\""),
                lines: self.write(&Use::new(ty, false), local),
            });
        let steps: Vec<Step> = steps.collect();
        lines.extend(indented(1, encode_steps(steps)));
        lines.push("    return w".into());
        Some(lines.join("\n"))
    }

    /// The function that reads a value of the type: its own, or the runtime's for a scalar.
    pub fn reader(&mut self, ty: &TypeRef) -> String {
        let used = Use::new(ty, false);
        match scalar(&used.ty) {
            Some(scalar) => self.import(scalar.read).to_owned(),
            None => format!("decode_{}", self.stem(&used)),
        }
    }

    /// The functions, and what they import from the runtime. Nothing can be asked afterwards.
    pub fn finish(mut self) -> (Vec<String>, BTreeSet<&'static str>) {
        while let Some((used, stem)) = self.pending.pop() {
            let encode = self.encode_composite(&used, &stem);
            let decode = self.decode_composite(&used, &stem);
            self.functions.push(encode);
            self.functions.push(decode);
        }
        (self.functions, self.imports)
    }

    fn import(&mut self, name: &'static str) -> &'static str {
        self.imports.insert(name);
        name
    }

    fn named(&mut self, def: &'a TypeDef) {
        let names = self.names.of(&def.name);
        let (class, stem) = (names.class.as_str(), names.stem.as_str());
        let mut write = vec![format!("def encode_{stem}(w: codegen.Writer, value: object) -> None:")];
        let mut read = vec![format!("def decode_{stem}(r: codegen.Reader) -> types.{class}:")];
        let recursive = self.types.is_recursive(&def.name);
        if recursive {
            write.push(format!("    {}(w)", self.import("write_nested")));
            read.push(format!("    {}(r)", self.import("read_nested")));
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

    /// Statements that write the value of an expression, which they may evaluate several times.
    fn write(&mut self, used: &Use, value: &str) -> Vec<String> {
        if let Some(scalar) = scalar(&used.ty) {
            return vec![format!("{}(w, {value})", self.import(scalar.write))];
        }
        match &used.ty {
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                vec![format!("{}(w, {value}, {len})", self.import("write_fixed_bytes"))]
            }
            TypeRef::Option(inner) => {
                let mut lines = vec![format!("if {value} is None:"), "    w.append(0)".into(), "else:".into()];
                lines.push("    w.append(1)".into());
                let inner_use = Use::new(inner, used.hashable);
                if Types::includes_none(inner) {
                    let inside = format!("{}({value})", self.import("expect_some"));
                    let function = match scalar(&inner_use.ty) {
                        Some(scalar) => self.import(scalar.write).to_owned(),
                        None => format!("encode_{}", self.stem(&inner_use)),
                    };
                    lines.push(format!("    {function}(w, {inside})"));
                } else {
                    lines.extend(indented(1, self.write(&inner_use, value)));
                }
                lines
            }
            _ => vec![format!("encode_{}(w, {value})", self.stem(used))],
        }
    }

    /// An expression that reads a value.
    fn read(&mut self, used: &Use) -> String {
        if used.ty == TypeRef::Unit {
            return "None".into();
        }
        if let Some(scalar) = scalar(&used.ty) {
            return format!("{}(r)", self.import(scalar.read));
        }
        match &used.ty {
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                format!("{}(r, {len})", self.import("read_fixed_bytes"))
            }
            TypeRef::Option(inner) => {
                let inner_use = Use::new(inner, used.hashable);
                let value = if inner_use.ty == TypeRef::Unit {
                    "codegen.Some(None)".into()
                } else if Types::includes_none(inner) {
                    format!("codegen.Some(decode_{}(r))", self.stem(&inner_use))
                } else {
                    self.read(&inner_use)
                };
                format!("{value} if {}(r) else None", self.import("read_option_tag"))
            }
            _ => format!("decode_{}(r)", self.stem(used)),
        }
    }

    /// What the pair of functions for a type is called after. The first question makes them.
    fn stem(&mut self, used: &Use) -> String {
        if let TypeRef::Named(name) = &used.ty {
            return self.names.of(name).stem.clone();
        }
        if let Some(stem) = self.composites.get(used) {
            return stem.clone();
        }
        let mut wanted = self.describe(used);
        if let Some((end, _)) = wanted.char_indices().nth(LONGEST_STEM) {
            wanted.truncate(end);
            wanted.truncate(wanted.trim_end_matches('_').len());
        }
        let stem = self.stems.claim(&wanted);
        self.composites.insert(used.clone(), stem.clone());
        self.pending.insert(0, (used.clone(), stem.clone()));
        stem
    }

    fn describe(&self, used: &Use) -> String {
        let inside = |ty: &TypeRef, hashable| self.describe(&Use::new(ty, hashable));
        let frozen = if used.hashable { "frozen_" } else { "" };
        match &used.ty {
            TypeRef::Option(inner) => format!("option_{}", inside(inner, used.hashable)),
            TypeRef::List(item) => format!("{frozen}list_{}", inside(item, used.hashable)),
            TypeRef::Set(item) => format!("{frozen}set_{}", inside(item, true)),
            TypeRef::Map { key, value } => format!("map_{}_{}", inside(key, true), inside(value, used.hashable)),
            TypeRef::Array { item, len } => format!("array_{len}_{}", inside(item, used.hashable)),
            TypeRef::Tuple(items) if items.is_empty() => "empty_array".into(),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| inside(item, used.hashable)).collect();
                format!("tuple_{}", items.join("_"))
            }
            TypeRef::Named(name) => self.names.of(name).stem.clone(),
            scalar => snake(&format!("{scalar:?}")),
        }
    }

    fn encode_composite(&mut self, used: &Use, stem: &str) -> String {
        let mut lines = vec![format!("def encode_{stem}(w: codegen.Writer, value: object) -> None:")];
        let body = match &used.ty {
            TypeRef::List(item) => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_list"))];
                body.push(self.write_count(item));
                body.extend(self.encode_items(&Use::new(item, used.hashable)));
                body
            }
            TypeRef::Set(item) => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_set"))];
                body.push(self.write_count(item));
                body.extend(self.encode_items(&Use::new(item, true)));
                body
            }
            TypeRef::Map { key, value } => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_map"))];
                body.push(format!("{}(w, len(items))", self.import("write_count")));
                body.push("for index, (key, item) in enumerate(items):".into());
                let mut inner = self.write(&Use::new(key, true), "key");
                inner.extend(self.write(&Use::new(value, used.hashable), "item"));
                body.extend(indented(1, guarded(inner, "Encode", "index")));
                body
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let mut body = vec![format!("items = {}(value, {len})", self.import("expect_items"))];
                if self.types.is_zero_sized(item) {
                    body.push(format!("{}(w, {len})", self.import("write_zero_sized_array")));
                }
                body.extend(self.encode_items(&Use::new(item, used.hashable)));
                body
            }
            TypeRef::Tuple(items) => {
                let locals: Vec<String> = (0..items.len()).map(|i| format!("item_{i}")).collect();
                let expect = format!("{}(value, {})", self.import("expect_items"), items.len());
                let mut body = match locals.as_slice() {
                    [] => vec![expect],
                    [only] => vec![format!("({only},) = {expect}")],
                    several => vec![format!("{} = {expect}", several.join(", "))],
                };
                let steps = items.iter().zip(&locals).enumerate().map(|(i, (item, local))| Step {
                    place: i.to_string(),
                    lines: self.write(&Use::new(item, used.hashable), local),
                });
                let steps: Vec<Step> = steps.collect();
                body.extend(encode_steps(steps));
                body
            }
            // Options and byte arrays, which stand inline elsewhere.
            _ => self.write(used, "value"),
        };
        lines.extend(indented(1, body));
        lines.join("\n")
    }

    fn decode_composite(&mut self, used: &Use, stem: &str) -> String {
        let annotation = self.annotation(used);
        let tail = format!(") -> {annotation}:");
        let mut lines = vec![bracketed(
            0,
            &format!("def decode_{stem}("),
            &["r: codegen.Reader".into()],
            &tail,
        )];
        let body = match &used.ty {
            TypeRef::List(item) => {
                let item_use = Use::new(item, used.hashable);
                let count = self.read_count(item);
                let mut body = self.decode_items(&item_use, &count);
                body.push(
                    if used.hashable {
                        "return tuple(items)"
                    } else {
                        "return items"
                    }
                    .into(),
                );
                body
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let mut body = Vec::new();
                if self.types.is_zero_sized(item) {
                    body.push(format!("{}(r, {len})", self.import("read_zero_sized_array")));
                }
                body.extend(self.decode_items(&Use::new(item, used.hashable), &len.to_string()));
                body.push("return tuple(items)".into());
                body
            }
            TypeRef::Set(item) => {
                let item_use = Use::new(item, true);
                let kind = self.annotation(&item_use);
                let mut body = vec![format!("items: set[{kind}] = set()")];
                body.push(format!("for index in range({}):", self.read_count(item)));
                let add = vec![format!("items.add({})", self.read(&item_use))];
                body.extend(indented(1, guarded(add, "Decode", "index")));
                body.push(
                    if used.hashable {
                        "return frozenset(items)"
                    } else {
                        "return items"
                    }
                    .into(),
                );
                body
            }
            TypeRef::Map { key, value } => {
                let (key, value) = (Use::new(key, true), Use::new(value, used.hashable));
                let mut body = vec![format!("items: {annotation} = {{}}")];
                body.push(format!("for index in range({}(r)):", self.import("read_count")));
                let put = vec![
                    format!("key = {}", self.read(&key)),
                    format!("items[key] = {}", self.read(&value)),
                ];
                body.extend(indented(1, guarded(put, "Decode", "index")));
                body.push("return items".into());
                body
            }
            TypeRef::Tuple(items) => {
                let locals: Vec<String> = (0..items.len()).map(|i| format!("item_{i}")).collect();
                let steps = items.iter().zip(&locals).enumerate().map(|(i, (item, local))| Step {
                    place: i.to_string(),
                    lines: vec![format!("{local} = {}", self.read(&Use::new(item, used.hashable)))],
                });
                let steps: Vec<Step> = steps.collect();
                let mut body = decode_steps(steps);
                body.push(match locals.as_slice() {
                    [] => "return ()".into(),
                    [only] => format!("return ({only},)"),
                    several => format!("return {}", several.join(", ")),
                });
                body
            }
            _ => vec![format!("return {}", self.read(used))],
        };
        lines.extend(indented(1, body));
        lines.join("\n")
    }

    fn annotation(&self, used: &Use) -> String {
        self.types.annotation(used, &self.place())
    }

    fn place(&self) -> Place {
        Place {
            types: "types.",
            ..Place::default()
        }
    }

    fn write_count(&mut self, item: &TypeRef) -> String {
        let function = if self.types.is_zero_sized(item) {
            "write_zero_sized_count"
        } else {
            "write_count"
        };
        format!("{}(w, len(items))", self.import(function))
    }

    fn read_count(&mut self, item: &TypeRef) -> String {
        let function = if self.types.is_zero_sized(item) {
            "read_zero_sized_count"
        } else {
            "read_count"
        };
        format!("{}(r)", self.import(function))
    }

    fn encode_items(&mut self, item: &Use) -> Vec<String> {
        let mut lines = vec!["for index, item in enumerate(items):".to_owned()];
        let inner = self.write(item, "item");
        lines.extend(indented(1, guarded(inner, "Encode", "index")));
        lines
    }

    fn decode_items(&mut self, item: &Use, count: &str) -> Vec<String> {
        let kind = self.annotation(item);
        let mut lines = vec![format!("items: list[{kind}] = []")];
        lines.push(format!("for index in range({count}):"));
        let add = vec![format!("items.append({})", self.read(item))];
        lines.extend(indented(1, guarded(add, "Decode", "index")));
        lines
    }
}

/// What a function does at one place of a value.
struct Step {
    /// The place as Python source: `"title"` or `2`.
    place: String,
    /// The statements.
    lines: Vec<String>,
}

fn encode_steps(steps: Vec<Step>) -> Vec<String> {
    sequence(steps, "Encode")
}

fn decode_steps(steps: Vec<Step>) -> Vec<String> {
    sequence(steps, "Decode")
}

/// The steps one after another. An error that passes learns at which of them it happened.
fn sequence(steps: Vec<Step>, kind: &str) -> Vec<String> {
    match steps.as_slice() {
        [] => Vec::new(),
        [only] => guarded(only.lines.clone(), kind, &only.place),
        [first, rest @ ..] => {
            let mut inner = first.lines.clone();
            for step in rest {
                inner.push(format!("at = {}", step.place));
                inner.extend(step.lines.iter().cloned());
            }
            // Past 64 places pyright no longer follows the values of a variable without a type.
            let kind_of_place = match steps.len() {
                0..=64 => "",
                _ if first.place.starts_with('"') => ": str",
                _ => ": int",
            };
            let mut lines = vec![format!("at{kind_of_place} = {}", first.place)];
            lines.extend(guarded(inner, kind, "at"));
            lines
        }
    }
}

/// Statements whose errors learn the place, an expression.
fn guarded(inner: Vec<String>, kind: &str, place: &str) -> Vec<String> {
    let mut lines = vec!["try:".to_owned()];
    lines.extend(indented(1, inner));
    lines.push(format!("except codegen.{kind}Error as error:"));
    lines.push(format!("    error.within({place})"));
    lines.push("    raise".into());
    lines
}

fn indented(levels: usize, lines: Vec<String>) -> Vec<String> {
    let margin = "    ".repeat(levels);
    lines
        .into_iter()
        .flat_map(|line| {
            line.split('\n')
                .map(|line| format!("{margin}{line}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A struct, or a variant of an enum, with its names.
#[derive(Clone, Copy)]
struct Shape<'s> {
    def: &'s TypeDef,
    fields: &'s Fields,
    names: &'s [String],
    class: &'s str,
}

/// The local variables of one function: called after fields or parameters, unless the name means something else there.
struct Locals {
    scope: Scope,
    /// The variables by their wanted name and type: variants share those that have both in common.
    typed: BTreeMap<(String, String), String>,
}

impl Locals {
    fn new() -> Self {
        const USED: [&str; 9] = [
            "at",
            "codegen",
            "error",
            "isinstance",
            "object",
            "r",
            "types",
            "variant",
            "w",
        ];
        Self {
            scope: Scope::new(USED),
            typed: BTreeMap::new(),
        }
    }

    /// Variables for these names.
    fn claim(&mut self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.claim_one(name)).collect()
    }

    /// Variables for these names, whose values are of these types.
    fn claim_typed(&mut self, names: &[String], types: Vec<String>) -> Vec<String> {
        let keys = names.iter().cloned().zip(types);
        keys.map(|key| match self.typed.get(&key) {
            Some(local) => local.clone(),
            None => {
                let local = self.claim_one(&key.0);
                self.typed.insert(key, local.clone());
                local
            }
        })
        .collect()
    }

    fn claim_one(&mut self, name: &str) -> String {
        const FUNCTIONS: [&str; 6] = ["decode_", "encode_", "expect_", "read_", "write_", "wrong_"];
        let is_function = FUNCTIONS.iter().any(|prefix| name.starts_with(prefix));
        let wanted = if is_function {
            format!("the_{name}")
        } else {
            name.to_owned()
        };
        self.scope.claim(&wanted)
    }
}

struct Scalar {
    read: &'static str,
    write: &'static str,
}

/// The runtime's functions for a type that has its own.
fn scalar(ty: &TypeRef) -> Option<Scalar> {
    let (read, write) = match ty {
        TypeRef::Unit => ("read_unit", "write_unit"),
        TypeRef::Bool => ("read_bool", "write_bool"),
        TypeRef::U8 => ("read_u8", "write_u8"),
        TypeRef::U16 => ("read_u16", "write_u16"),
        TypeRef::U32 => ("read_u32", "write_u32"),
        TypeRef::U64 => ("read_u64", "write_u64"),
        TypeRef::U128 => ("read_u128", "write_u128"),
        TypeRef::I8 => ("read_i8", "write_i8"),
        TypeRef::I16 => ("read_i16", "write_i16"),
        TypeRef::I32 => ("read_i32", "write_i32"),
        TypeRef::I64 => ("read_i64", "write_i64"),
        TypeRef::I128 => ("read_i128", "write_i128"),
        TypeRef::F32 => ("read_f32", "write_f32"),
        TypeRef::F64 => ("read_f64", "write_f64"),
        TypeRef::Char => ("read_char", "write_char"),
        TypeRef::String => ("read_string", "write_string"),
        TypeRef::Bytes => ("read_bytes", "write_bytes"),
        _ => return None,
    };
    Some(Scalar { read, write })
}
