//! Codec functions: straight-line code that writes and reads a type, one pair for each type.
//!
//! They know the common case alone. An `encode_` function returns bytes. A `decode_` function takes a payload and an offset,
//! and returns a value and the offset after it. Functions that can meet a value of a recursive type also take how deep they
//! may go. All of them give up with an exception at anything else, which is left to the runtime's careful codec and `_plan`.
//!
//! Scalars and options are written inline. Every other type has a pair of functions, called after its form
//! (`encode_list_of_book`).

mod composite;
mod depth;
mod expressions;
mod locals;
mod named;
mod scalars;

use std::collections::{BTreeMap, VecDeque};

use rapace_gen_core::names::Scope;
use rapace_gen_core::plan;
use rapace_schema::{Method, TypeRef};

use crate::docs::literal;
use crate::imports::Imports;
use crate::layout::{Item, bracketed, items, returned};
use crate::names::{MethodNames, Names, snake};
use crate::types::{Classes, Place, Types, Use};
use crate::view::Block;
use depth::Depth;
use locals::Locals;
use scalars::{runtime, scalar};

/// The longest name that a function takes from its type's form; what is longer is cut.
const LONGEST_STEM: usize = 48;

/// Collects codec functions and what they need.
pub struct Codecs<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
    imports: &'a Imports<'a>,
    stems: Scope,
    composites: BTreeMap<Use, String>,
    pending: VecDeque<(Use, String)>,
    functions: Vec<Block>,
}

impl<'a> Codecs<'a> {
    /// The functions for all named types, in their order.
    pub fn new(types: &'a Types<'a>, names: &'a Names, imports: &'a Imports<'a>) -> Self {
        let mut codecs = Self {
            types,
            names,
            imports,
            stems: Scope::default(),
            composites: BTreeMap::new(),
            pending: VecDeque::new(),
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

    /// The function that writes the arguments of a method, for clients. None when there are none.
    pub fn request(&mut self, names: &MethodNames, arguments: &[&TypeRef]) -> Option<String> {
        if arguments.is_empty() {
            return None;
        }
        let locals = Locals::of_request().claim(&names.parameters);
        let mut parameters: Vec<Item> = vec![format!("limits: {}", self.imports.codegen("Limits")).into()];
        parameters.extend(locals.iter().map(|local| Item::Text(format!("{local}: object"))));
        let head = bracketed(0, &format!("def {}(", names.request), &parameters, ") -> bytes:");
        let parts = locals
            .iter()
            .zip(arguments)
            .map(|(local, ty)| self.pack(&self.types.used(ty, false), local, Depth::Limit))
            .collect();
        let quick = joined(8, parts);
        let values = [literal(&names.constant), "limits".to_owned()]
            .into_iter()
            .chain(locals);
        let careful = Item::Call("CAREFUL.encode(".into(), values.map(Item::from).collect());
        let careful = returned(4, &careful);
        let irregular = self.imports.codegen("IRREGULAR");
        Some(format!(
            "{head}\n    try:\n{quick}\n    except {irregular}:\n        pass\n{careful}"
        ))
    }

    /// The function that reads the arguments of a served method. None when the method has no arguments.
    pub fn arguments(&mut self, names: &MethodNames, arguments: &[&TypeRef]) -> Option<String> {
        if arguments.is_empty() {
            return None;
        }
        let uses: Vec<Use> = arguments.iter().map(|ty| self.types.used(ty, false)).collect();
        let depth = depth_parameter(uses.iter().any(|used| self.types.nests(&used.ty)));
        let parameters = items(&["data: bytes".into(), format!("pos: int{depth}")]);
        let head = format!("def {}(", names.arguments);
        let mut lines = vec![bracketed(0, &head, &parameters, ") -> tuple[tuple[object, ...], int]:")];
        lines.extend(self.unpack_all(&uses));
        Some(lines.join("\n"))
    }

    /// What reads the answer of a method, as arguments for `codegen.Method`.
    pub fn answer(&mut self, names: &MethodNames, ty: &TypeRef) -> Item {
        let used = self.types.used(ty, false);
        let reader = match runtime(&used) {
            Some((_, unpack)) => self.imports.function(unpack),
            None => format!("decode_{}", self.stem(&used)),
        };
        let mut arguments: Vec<Item> = vec![literal(&names.constant).into(), reader.into()];
        if scalar(&used.ty).is_none() {
            arguments.push(self.types.weight.to_string().into());
        }
        let answer = match self.types.nests(&used.ty) {
            true => "*CAREFUL.nested_answer(",
            false => "*CAREFUL.answer(",
        };
        Item::Call(answer.into(), arguments)
    }

    /// What reads the arguments of a method and writes its answer, as arguments for `codegen.ServedMethod` in a module that
    /// imports `imports`.
    pub fn served(&mut self, names: &MethodNames, method: &Method, imports: &Imports<'_>) -> [Item; 2] {
        let careful = imports.own("_codecs", "CAREFUL");
        let call = |function: &str, quick: String| {
            let head = format!("{}(", imports.codegen(function));
            (
                head,
                vec![careful.clone().into(), literal(&names.constant).into(), quick.into()],
            )
        };
        let arguments: Vec<&TypeRef> = method.arguments.iter().map(|argument| &argument.ty).collect();
        let quick = match arguments.is_empty() {
            true => imports.codegen("no_arguments"),
            false => imports.own("_codecs", &names.arguments),
        };
        let function = match arguments.iter().any(|ty| self.types.nests(ty)) {
            true => "nested_argument_reader",
            false => "argument_reader",
        };
        let (head, mut parts) = call(function, quick);
        if arguments.iter().any(|ty| scalar(ty).is_none()) {
            parts.push(self.types.request_weight.to_string().into());
        }
        let reader = Item::Call(head, parts);

        let used = self.types.used(&method.response, false);
        let quick = match runtime(&used) {
            Some((pack, _)) => imports.codegen(pack),
            None => imports.own("_codecs", &format!("encode_{}", self.stem(&used))),
        };
        let function = match self.types.nests(&used.ty) {
            true => "nested_answer_writer",
            false => "answer_writer",
        };
        let (head, parts) = call(function, quick);
        [reader, Item::Call(head, parts)]
    }

    /// The functions. Nothing can be asked afterwards.
    pub fn finish(mut self) -> Vec<Block> {
        while let Some((used, stem)) = self.pending.pop_back() {
            let pair = [self.encode_composite(&used, &stem), self.decode_composite(&used, &stem)];
            self.functions.extend(pair.map(Block::Definition));
        }
        self.functions
    }

    fn import(&self, name: &str) -> String {
        self.imports.function(name)
    }

    /// The statement by which a function gives up.
    fn give_up(&self) -> String {
        format!("raise {}", self.imports.codegen("IrregularError"))
    }

    /// A class of the package.
    fn class(&self, name: &str) -> String {
        self.imports.own("types", name)
    }

    fn annotation(&self, used: &Use) -> String {
        self.types
            .annotation(used, &Place::new(self.imports, Classes::Qualified))
    }

    /// What the pair of functions for a type is called after. The first question makes them.
    fn stem(&mut self, used: &Use) -> String {
        if let TypeRef::Named(name) = &used.ty {
            return self.names.of(name).stem.clone();
        }
        if let Some(stem) = self.composites.get(used) {
            return stem.clone();
        }
        let frozen = if used.hashable { "frozen_" } else { "" };
        let described = plan::stem(&used.ty, &|name| self.names.of(name).class.clone());
        let mut wanted = format!("{frozen}{}", snake(&described));
        if let Some((end, _)) = wanted.char_indices().nth(LONGEST_STEM) {
            wanted.truncate(end);
            wanted.truncate(wanted.trim_end_matches('_').len());
        }
        let stem = self.stems.claim(&wanted);
        self.composites.insert(used.clone(), stem.clone());
        self.pending.push_front((used.clone(), stem.clone()));
        stem
    }
}

/// The parameter of functions that can meet a value of a recursive type.
fn depth_parameter(nests: bool) -> &'static str {
    if nests { ", depth: int" } else { "" }
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
