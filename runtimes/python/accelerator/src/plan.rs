//! What to read and write: the generator's description of types, compiled.
//!
//! A form is a word (`"u32"`), the name of a type (`"Order"`), or a tuple of a word and what belongs to it:
//!
//! - `("option", form)`, `("list", form, size)`, `("frozen_list", form, size)`, `("set", form, size)`,
//!   `("frozen_set", form, size)`, `("map", key, value, size)`, with the nominal size of an item or entry
//! - `("tuple", form, …)`, `("array", form, length)`, `("fixed_bytes", length)`
//! - `("enum", class)` and `("open", class)`, whose unknown variants are integers; `("record", class, (name, form), …)`, `("union", record, …)`
//! - `("nested", form, size)`: a type that can contain itself, whose open values are counted, with its nominal size
//!
//! Whatever else there is, is not supported: who asks for it gets the pure codec.

use std::collections::HashMap;
use std::ffi::CString;

use pyo3_ffi::*;

use crate::node::{Items, Node, any, children_mut, each, is_set};
use crate::object::{Object, Owned};
use crate::record::Record;
use crate::{ints, text};

/// How deep forms nest inside one type. Types of people's own do not come near it.
const DEEPEST_FORM: usize = 24;
/// How deep types name one another.
const DEEPEST_TYPE: usize = 200;

/// A compiled form with all types that it names.
pub struct Plan {
    types: Vec<Node>,
    /// The forms that were asked for.
    pub roots: Vec<Node>,
    /// True when there are sets, whose iterators the collector counts.
    pub has_sets: bool,
    /// True when hashing keys and items of sets may run Python code, that of dataclasses and enums.
    pub hashes_objects: bool,
}

impl Plan {
    /// Compiles the forms, given the types by name; None when something is not supported.
    pub fn new(types: Object<'_>, forms: &[Object<'_>]) -> Option<Self> {
        let mut compiler = Compiler {
            source: types,
            types: Vec::new(),
            names: HashMap::new(),
            open: 0,
        };
        let mut roots = forms
            .iter()
            .map(|&form| compiler.form(form, 0))
            .collect::<Option<Vec<Node>>>()?;
        let mut types = compiler.types.into_iter().collect::<Option<Vec<Node>>>()?;
        let facts = Facts::new(&types);
        for node in roots.iter_mut().chain(&mut types) {
            facts.complete(node);
        }
        move_in(&mut roots, &mut types);
        let mut plan = Self {
            types,
            roots,
            has_sets: false,
            hashes_objects: false,
        };
        let nodes = || plan.roots.iter().chain(&plan.types);
        let (has_sets, hashes_objects) = (
            nodes().any(|node| any(node, &is_set)),
            nodes().any(|node| any(node, &|node| plan.hashes_objects(node))),
        );
        (plan.has_sets, plan.hashes_objects) = (has_sets, hashes_objects);
        Some(plan)
    }

    /// The type of this number.
    #[inline(always)]
    pub fn named(&self, index: usize) -> &Node {
        &self.types[index]
    }

    /// Calls `visit` for every object that the plan holds.
    pub fn for_each_object(&self, visit: &mut dyn FnMut(&Owned)) {
        for node in self.roots.iter().chain(&self.types) {
            each(node, &mut |node| match node {
                Node::Enum(members) | Node::Open(members) => members.iter().for_each(&mut *visit),
                Node::Record(record) => visit(record.class()),
                Node::Union(records) => records.iter().for_each(|record| visit(record.class())),
                _ => {}
            });
        }
    }

    fn hashes_objects(&self, node: &Node) -> bool {
        match node {
            Node::Set(items) | Node::FrozenSet(items) | Node::Map(items, _) => any(&items.node, &|node| {
                matches!(
                    node,
                    Node::Enum(_) | Node::Open(_) | Node::Record(_) | Node::Union(_) | Node::Named(_)
                )
            }),
            _ => false,
        }
    }
}

/// Moves each type that is named once to that place, unless it counts how deep it nests: looking up its number would
/// cost more than some values do.
fn move_in(roots: &mut [Node], types: &mut [Node]) {
    let mut uses = vec![0; types.len()];
    for node in roots.iter().chain(&*types) {
        each(node, &mut |node| {
            if let Node::Named(index) = node {
                uses[*index] += 1;
            }
        });
    }
    let once: Vec<bool> = uses.iter().map(|&uses| uses == 1).collect();
    roots.iter_mut().for_each(|root| move_into(root, types, &once));
    for index in 0..types.len() {
        let mut node = std::mem::replace(&mut types[index], Node::Unit);
        move_into(&mut node, types, &once);
        types[index] = node;
    }
}

fn move_into(node: &mut Node, types: &mut [Node], once: &[bool]) {
    if let Node::Named(index) = *node
        && once[index]
        && !matches!(types[index], Node::Nested(..))
    {
        *node = std::mem::replace(&mut types[index], Node::Unit);
    }
    for child in children_mut(node) {
        move_into(child, types, once);
    }
}

/// Reads Python's description.
struct Compiler<'a> {
    source: Object<'a>,
    types: Vec<Option<Node>>,
    names: HashMap<Vec<u8>, usize>,
    /// How many types are being compiled, each for the sake of the one before.
    open: usize,
}

impl<'a> Compiler<'a> {
    fn form(&mut self, form: Object<'a>, depth: usize) -> Option<Node> {
        if depth > DEEPEST_FORM {
            return None;
        }
        if let Some(word) = text::utf8(form) {
            return self.word(word);
        }
        let [word, rest @ ..] = form.as_items()? else {
            return None;
        };
        let inner = |compiler: &mut Self, form| Some(Box::new(compiler.form(form, depth + 1)?));
        Some(match (text::utf8(*word)?, rest) {
            (b"option", &[item]) => Node::Option(inner(self, item)?),
            (b"nested", &[item, size]) => Node::Nested(inner(self, item)?, ints::unsigned(size)?),
            (b"list", &[item, size]) => Node::List(self.items(item, Some(size), depth)?),
            (b"frozen_list", &[item, size]) => Node::FrozenList(self.items(item, Some(size), depth)?),
            (b"set", &[item, size]) => Node::Set(self.items(item, Some(size), depth)?),
            (b"frozen_set", &[item, size]) => Node::FrozenSet(self.items(item, Some(size), depth)?),
            (b"map", &[key, value, size]) => Node::Map(self.items(key, Some(size), depth)?, inner(self, value)?),
            (b"array", &[item, length]) => Node::Array(
                self.items(item, None, depth)?,
                usize::try_from(ints::unsigned(length)?).ok()?,
            ),
            (b"fixed_bytes", &[length]) => Node::FixedBytes(usize::try_from(ints::unsigned(length)?).ok()?),
            (b"tuple", items) => {
                let items = items.iter().map(|&item| self.form(item, depth + 1));
                Node::Tuple(items.collect::<Option<_>>()?)
            }
            (b"enum", &[class]) => Node::Enum(members(class)?),
            (b"open", &[class]) => Node::Open(members(class)?),
            (b"record", _) => Node::Record(self.record(form, depth)?),
            (b"union", records) => {
                let records = records.iter().map(|&record| self.record(record, depth));
                Node::Union(records.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    fn word(&mut self, word: &[u8]) -> Option<Node> {
        Some(match word {
            b"unit" => Node::Unit,
            b"bool" => Node::Bool,
            b"u8" => Node::U8,
            b"u16" => Node::U16,
            b"u32" => Node::U32,
            b"u64" => Node::U64,
            b"u128" => Node::U128,
            b"i8" => Node::I8,
            b"i16" => Node::I16,
            b"i32" => Node::I32,
            b"i64" => Node::I64,
            b"i128" => Node::I128,
            b"f32" => Node::F32,
            b"f64" => Node::F64,
            b"char" => Node::Char,
            b"string" => Node::String,
            b"bytes" => Node::Bytes,
            name => Node::Named(self.named(name)?),
        })
    }

    fn named(&mut self, name: &[u8]) -> Option<usize> {
        if let Some(&index) = self.names.get(name) {
            return Some(index);
        }
        let index = self.types.len();
        self.types.push(None);
        self.names.insert(name.to_owned(), index);
        let key = CString::new(name).ok()?;
        // SAFETY: the source is an exact dictionary, which keeps the form alive: nobody changes it meanwhile.
        let form = unsafe { Object::new(PyDict_GetItemString(self.source.as_ptr(), key.as_ptr())) }?;
        self.open += 1;
        if self.open > DEEPEST_TYPE {
            return None;
        }
        let node = self.form(form, 0)?;
        self.open -= 1;
        self.types[index] = Some(node);
        Some(index)
    }

    fn items(&mut self, form: Object<'a>, size: Option<Object<'a>>, depth: usize) -> Option<Items> {
        Some(Items {
            node: Box::new(self.form(form, depth + 1)?),
            smallest: 0,
            size: size.map_or(Some(0), ints::unsigned)?,
            may_collide: true,
        })
    }

    fn record(&mut self, form: Object<'a>, depth: usize) -> Option<Record> {
        let [word, class, fields @ ..] = form.as_items()? else {
            return None;
        };
        if text::utf8(*word)? != b"record" {
            return None;
        }
        let (mut names, mut nodes) = (Vec::new(), Vec::new());
        for field in fields {
            let &[name, form] = field.as_items()? else { return None };
            names.push(CString::new(text::utf8(name)?).ok()?);
            nodes.push(self.form(form, depth + 1)?);
        }
        let names: Vec<_> = names.iter().map(CString::as_c_str).collect();
        Record::new(*class, &names, nodes)
    }
}

/// The members of an enumeration, each at the place of its value.
fn members(class: Object<'_>) -> Option<Box<[Owned]>> {
    // SAFETY: new references or null; iterating over an enumeration's class runs Python's own code.
    unsafe {
        let members = Owned::new(PySequence_List(class.as_ptr()))?;
        let members: Vec<Owned> = members.get().as_items()?.iter().map(|member| member.own()).collect();
        for (index, member) in members.iter().enumerate() {
            let value = Owned::new(PyObject_GetAttrString(member.as_ptr(), c"value".as_ptr()))?;
            if member.get().kind().cast() != class.as_ptr() || ints::unsigned(value.get())? != index as u64 {
                return None;
            }
        }
        (!members.is_empty()).then(|| members.into())
    }
}

/// What is known of types once all are there.
struct Facts {
    smallest: Vec<usize>,
    atoms: Vec<bool>,
    enums: Vec<bool>,
}

impl Facts {
    fn new(types: &[Node]) -> Self {
        // What is not known yet is taken for nothing, and for no atom: a type that contains itself stays so.
        let mut facts = Self {
            smallest: vec![0; types.len()],
            atoms: vec![false; types.len()],
            enums: types
                .iter()
                .map(|node| matches!(node, Node::Enum(_) | Node::Open(_)))
                .collect(),
        };
        for _ in 0..types.len() {
            let smallest = types.iter().map(|node| facts.smallest(node)).collect();
            let atoms = types.iter().map(|node| facts.is_atom(node)).collect();
            if facts.smallest == smallest && facts.atoms == atoms {
                break;
            }
            (facts.smallest, facts.atoms) = (smallest, atoms);
        }
        facts
    }

    /// How many bytes a value takes at least.
    fn smallest(&self, node: &Node) -> usize {
        let record = |record: &Record| -> usize {
            record
                .fields
                .iter()
                .fold(0, |sum, field| sum.saturating_add(self.smallest(&field.node)))
        };
        match node {
            Node::Unit => 0,
            Node::F32 => 4,
            Node::F64 => 8,
            // One of its length and one of the character.
            Node::Char => 2,
            Node::FixedBytes(length) => *length,
            Node::Tuple(items) => items
                .iter()
                .fold(0, |sum, item| sum.saturating_add(self.smallest(item))),
            Node::Array(items, length) => self.smallest(&items.node).saturating_mul(*length),
            Node::Record(one) => record(one),
            Node::Union(records) => records.iter().map(record).min().unwrap_or(0).saturating_add(1),
            Node::Nested(inner, _) => self.smallest(inner),
            Node::Named(index) => self.smallest[*index],
            _ => 1,
        }
    }

    /// True for what can be no part of a circle of references: numbers, texts, and what holds nothing else.
    fn is_atom(&self, node: &Node) -> bool {
        let record = |record: &Record| record.fields.iter().all(|field| self.is_atom(&field.node));
        match node {
            Node::List(_) | Node::FrozenList(_) | Node::Set(_) | Node::FrozenSet(_) | Node::Map(..) => false,
            Node::Nested(..) => false,
            Node::Option(item) => self.is_atom(item),
            Node::Tuple(items) => items.iter().all(|item| self.is_atom(item)),
            Node::Array(items, _) => self.is_atom(&items.node),
            Node::Record(one) => record(one),
            Node::Union(records) => records.iter().all(record),
            Node::Named(index) => self.atoms[*index],
            _ => true,
        }
    }

    /// Writes the facts into the node and all inside it.
    fn complete(&self, node: &mut Node) {
        match node {
            Node::Option(item) | Node::Nested(item, _) => self.complete(item),
            Node::List(items)
            | Node::FrozenList(items)
            | Node::Set(items)
            | Node::FrozenSet(items)
            | Node::Array(items, _) => {
                items.smallest = self.smallest(&items.node);
                items.may_collide = self.may_collide(&items.node);
                self.complete(&mut items.node);
            }
            Node::Map(keys, value) => {
                keys.smallest = self.smallest(&keys.node).saturating_add(self.smallest(value));
                keys.may_collide = self.may_collide(&keys.node);
                self.complete(&mut keys.node);
                self.complete(value);
            }
            Node::Tuple(items) => items.iter_mut().for_each(|item| self.complete(item)),
            Node::Record(record) => self.complete_record(record),
            Node::Union(records) => records.iter_mut().for_each(|record| self.complete_record(record)),
            _ => {}
        }
    }

    /// True for keys that hold more than 64 bits of numbers, whose hashes everybody knows. Those of texts are not foreseen.
    fn may_collide(&self, node: &Node) -> bool {
        match node {
            Node::Unit | Node::Bool | Node::U8 | Node::U16 | Node::U32 | Node::U64 => false,
            Node::I8 | Node::I16 | Node::I32 | Node::I64 => false,
            Node::Char | Node::String | Node::Bytes | Node::FixedBytes(_) | Node::Enum(_) | Node::Open(_) => false,
            Node::Named(index) => !self.enums[*index],
            _ => true,
        }
    }

    fn complete_record(&self, record: &mut Record) {
        record.holds_atoms = record.fields.iter().all(|field| self.is_atom(&field.node));
        record
            .fields
            .iter_mut()
            .for_each(|field| self.complete(&mut field.node));
    }
}
