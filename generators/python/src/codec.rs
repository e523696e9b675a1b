//! Codec functions: straight-line code that writes and reads a type, one pair for each type.
//!
//! Scalars and options stand inline; every other type that is used has a function of its own, called after its form
//! (`encode_list_book`). The path of an error costs nothing until there is one: a function notes in `at` where it is,
//! and puts that before the path of an error that passes through.

mod composite;
mod named;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::names::{Scope, snake};
use rapace_schema::TypeRef;

use crate::layout::{Item, bracketed};
use crate::names::Names;
use crate::types::{Place, Types, Use};
use steps::{Locals, Step, encode_steps, indented};

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
        let locals = Locals::of_request().claim(parameters);
        let mut items: Vec<Item> = vec!["limits: codegen.Limits".into()];
        items.extend(locals.iter().map(|local| Item::Text(format!("{local}: object"))));
        let mut lines = vec![bracketed(0, &format!("def {name}("), &items, ") -> codegen.Writer:")];
        lines.push("    w = codegen.Writer(limits)".into());
        let steps = parameters
            .iter()
            .zip(&locals)
            .zip(arguments)
            .map(|((parameter, local), ty)| Step {
                place: format!("\"{parameter}\""),
                lines: self.write(&self.types.used(ty, false), local),
            });
        let steps: Vec<Step> = steps.collect();
        lines.extend(indented(1, encode_steps(steps)));
        lines.push("    return w".into());
        Some(lines.join("\n"))
    }

    /// The function that reads a value of the type: its own, or the runtime's for a scalar.
    pub fn reader(&mut self, ty: &TypeRef) -> String {
        let used = self.types.used(ty, false);
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

    fn annotation(&self, used: &Use) -> String {
        self.types.annotation(used, &self.place())
    }

    fn place(&self) -> Place {
        Place {
            types: "types.",
            ..Place::default()
        }
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
                let inner_use = self.types.used(inner, used.hashable);
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
                let inner_use = self.types.used(inner, used.hashable);
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
        let inside = |ty: &TypeRef, hashable| self.describe(&self.types.used(ty, hashable));
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
