//! Codec functions: straight-line code that writes and reads a type, one pair for each type.
//!
//! Scalars and options stand inline; every other type that is used has a function of its own, called after its form
//! (`encode_list_book`). The path of an error costs nothing until there is one: a function notes in `at` where it is,
//! and puts that before the path of an error that passes through.

mod composite;
mod named;
mod quick;
mod steps;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rapace_gen_core::names::{Scope, snake};
use rapace_schema::TypeRef;

use crate::layout::{Item, bracketed, returned};
use crate::names::Names;
use crate::types::{Place, Types, Use};
use steps::{Locals, Step, encode_steps, indented};

/// The longest name that a function takes from its type's form; what is longer is cut.
const LONGEST_STEM: usize = 48;

/// The two ways in which each type is written and read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Knows the common case alone.
    Quick,
    /// Knows everything, and says what is wrong.
    Checked,
}

/// Collects codec functions and what they need.
pub struct Codecs<'a> {
    pace: Pace,
    /// What quick functions are told of how deep they may go, as the one that is being made knows it.
    depth: &'static str,
    /// True while that one is of a recursive type.
    deeper: bool,
    types: &'a Types<'a>,
    names: &'a Names,
    stems: Scope,
    composites: BTreeMap<Use, String>,
    pending: VecDeque<(Use, String)>,
    imports: BTreeSet<&'static str>,
    functions: Vec<String>,
}

impl<'a> Codecs<'a> {
    /// The functions for all named types, in their order.
    pub fn new(pace: Pace, types: &'a Types<'a>, names: &'a Names) -> Self {
        let mut codecs = Self {
            pace,
            depth: "depth",
            deeper: false,
            types,
            names,
            stems: Scope::default(),
            composites: BTreeMap::new(),
            pending: VecDeque::new(),
            imports: BTreeSet::new(),
            functions: Vec::new(),
        };
        for def in types.in_order() {
            codecs.stems.claim(&names.of(&def.name).stem);
        }
        for def in types.in_order() {
            match pace {
                Pace::Quick => codecs.quick_named(def),
                Pace::Checked => codecs.named(def),
            }
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

    /// The way in to the arguments of a method, for clients. None when there are none.
    pub fn entry(&mut self, name: &str, parameters: &[String], arguments: &[&TypeRef]) -> Option<String> {
        if parameters.is_empty() {
            return None;
        }
        let locals = Locals::of_request().claim(parameters);
        let mut items: Vec<Item> = vec!["limits: codegen.Limits".into()];
        items.extend(locals.iter().map(|local| Item::Text(format!("{local}: object"))));
        let head = bracketed(0, &format!("def {name}("), &items, ") -> bytes:");
        let quick = self.quick_request(&locals, arguments);
        let values = std::iter::once("limits").chain(locals.iter().map(String::as_str));
        let checked = Item::Call(format!("_checked.{name}("), values.map(Item::from).collect());
        let checked = returned(4, &Item::Call("bytes(".into(), vec![checked]));
        Some(format!(
            "{head}\n    try:\n{quick}\n    except codegen.IRREGULAR:\n        pass\n{checked}"
        ))
    }

    /// The way in to values of the type, for clients, and what reads them without it.
    pub fn readers(&mut self, checked: &mut Self, ty: &TypeRef) -> (Item, Item) {
        let used = self.types.used(ty, false);
        let reader = match scalar(&used.ty) {
            Some(scalar) => format!("codegen.{}", scalar.read),
            None => format!("_checked.decode_{}", checked.stem(&used)),
        };
        let quick = if self.nests(&used.ty) { "quick_nested" } else { "quick" };
        let mut readers: Vec<Item> = vec![self.quick_reader(&used).into(), reader.clone().into()];
        if scalar(&used.ty).is_none() {
            readers.push(self.types.weight.to_string().into());
        }
        let read = Item::Call(format!("codegen.{quick}("), readers);
        (reader.into(), read)
    }

    /// Says that values of the type are read.
    pub fn demand(&mut self, ty: &TypeRef) {
        let used = self.types.used(ty, false);
        if scalar(&used.ty).is_none() {
            self.stem(&used);
        }
    }

    /// The functions, and what they import from the runtime. Nothing can be asked afterwards.
    pub fn finish(mut self) -> (Vec<String>, BTreeSet<&'static str>) {
        while let Some((used, stem)) = self.pending.pop_back() {
            let (encode, decode) = match self.pace {
                Pace::Quick => (
                    self.quick_encode_composite(&used, &stem),
                    self.quick_decode_composite(&used, &stem),
                ),
                Pace::Checked => (self.encode_composite(&used, &stem), self.decode_composite(&used, &stem)),
            };
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
        self.pending.push_front((used.clone(), stem.clone()));
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
    unpack: &'static str,
    pack: &'static str,
}

/// The runtime's functions for a type that has its own.
fn scalar(ty: &TypeRef) -> Option<Scalar> {
    macro_rules! functions {
        ($name:literal) => {
            Scalar {
                read: concat!("read_", $name),
                write: concat!("write_", $name),
                unpack: concat!("unpack_", $name),
                pack: concat!("pack_", $name),
            }
        };
    }
    Some(match ty {
        TypeRef::Unit => functions!("unit"),
        TypeRef::Bool => functions!("bool"),
        TypeRef::U8 => functions!("u8"),
        TypeRef::U16 => functions!("u16"),
        TypeRef::U32 => functions!("u32"),
        TypeRef::U64 => functions!("u64"),
        TypeRef::U128 => functions!("u128"),
        TypeRef::I8 => functions!("i8"),
        TypeRef::I16 => functions!("i16"),
        TypeRef::I32 => functions!("i32"),
        TypeRef::I64 => functions!("i64"),
        TypeRef::I128 => functions!("i128"),
        TypeRef::F32 => functions!("f32"),
        TypeRef::F64 => functions!("f64"),
        TypeRef::Char => functions!("char"),
        TypeRef::String => functions!("string"),
        TypeRef::Bytes => functions!("bytes"),
        _ => return None,
    })
}
