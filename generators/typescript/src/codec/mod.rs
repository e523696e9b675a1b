//! The functions that write and read values: a straight line of calls on the runtime's writer and reader for each type.
//!
//! A named type has a function of its own; so has every list, map, set, tuple and wrapped option, whatever its place.
//! Scalars, options and newtypes need none: they become an expression where they stand.

mod decode;
mod encode;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use rapace_gen_core::plan::stem;
use rapace_schema::{Style, TypeRef, Variant};

use crate::comments::literal;
use crate::layout::{Doc, concat, fits_line, list, print};
use crate::lines::Lines;
use crate::names::{KIND, Names, properties};
use crate::types::{Form, Types};
use crate::view::{Codec, Table};

/// Makes codecs, and remembers which functions they need.
pub(crate) struct Codecs<'a> {
    types: &'a Types<'a>,
    names: Names,
    /// Names of the functions of unnamed types: `ListOfBook` for `encodeListOfBook`.
    unnamed: BTreeMap<TypeRef, (String, String)>,
    encoders: BTreeMap<TypeRef, Codec>,
    decoders: BTreeMap<TypeRef, Codec>,
    tables: BTreeMap<String, Table>,
    imports: BTreeSet<String>,
    /// Functions of the runtime that the functions call.
    values: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Functions that have a name and are not made yet.
    pending: VecDeque<(Way, TypeRef)>,
}

/// Which way a function goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    Encode,
    Decode,
}

/// What the module with the codecs consists of.
pub(crate) struct Finished {
    /// The tables of names.
    pub(crate) tables: Vec<Table>,
    /// The functions in order.
    pub(crate) codecs: Vec<Codec>,
    /// The types that it imports.
    pub(crate) types: BTreeSet<String>,
    /// The functions of the runtime that it imports.
    pub(crate) values: BTreeSet<String>,
}

/// How a type is written and read where it stands.
enum Place<'a> {
    /// By a method of writer and reader: `w.u32(v, key)`.
    Leaf(&'static str),
    /// By functions of the runtime, of which the first writes and the second reads, with a number before the key if there
    /// is one: `encodeByteArray(w, v, 4, key)`.
    Rare(&'static str, &'static str, Option<u64>),
    /// By position in a table of names.
    Plain(&'a str),
    /// As an option of what cannot be `undefined`.
    Option(&'a TypeRef),
    /// By functions of its own.
    Function,
}

/// Where a value stands in the one that contains it: the key in its path.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    /// A property or an argument.
    Named(&'a str),
    /// A fixed position.
    Position(usize),
    /// The variable `i`.
    Index,
    /// Nothing contains it.
    Root,
}

impl Key<'_> {
    fn write(self) -> String {
        match self {
            Key::Named(name) => literal(name),
            Key::Position(position) => position.to_string(),
            Key::Index => "i".to_owned(),
            Key::Root => "\"\"".to_owned(),
        }
    }
}

impl<'a> Codecs<'a> {
    /// No codecs yet.
    pub(crate) fn new(types: &'a Types<'a>, names: Names) -> Self {
        Self {
            types,
            names,
            unnamed: BTreeMap::new(),
            encoders: BTreeMap::new(),
            decoders: BTreeMap::new(),
            tables: BTreeMap::new(),
            imports: BTreeSet::new(),
            values: BTreeSet::new(),
            used: BTreeSet::new(),
            pending: VecDeque::new(),
        }
    }

    /// The module's parts.
    pub(crate) fn finish(mut self) -> Finished {
        self.make_pending();
        let mut codecs: BTreeMap<(u8, String, u8), Codec> = BTreeMap::new();
        for (kind, of) in [(0, self.encoders), (1, self.decoders)] {
            for (ty, codec) in of {
                // Named types by name first, then the others by that of their functions.
                let (group, name) = match ty {
                    TypeRef::Named(name) => (0, name),
                    ty => (1, self.unnamed[&ty].0.clone()),
                };
                codecs.insert((group, name, kind), codec);
            }
        }
        Finished {
            tables: self.tables.into_values().collect(),
            codecs: codecs.into_values().collect(),
            types: self.imports,
            values: self.values,
        }
    }

    /// What the statements and expressions made since the last call refer to in the module with the codecs.
    pub(crate) fn take_used(&mut self) -> BTreeSet<String> {
        mem::take(&mut self.used)
    }

    /// The name of the function that reads values of the type, when it has one.
    pub(crate) fn decoder_of(&mut self, ty: &TypeRef) -> Option<String> {
        match self.place(ty) {
            Place::Function => Some(self.decoder(ty)),
            _ => None,
        }
    }

    fn place<'t>(&self, ty: &'t TypeRef) -> Place<'t>
    where
        'a: 't,
    {
        // A recursive alias has a function, which counts how deep it is; any other is what it stands for.
        let ty = self.types.owner(ty);
        if let Some(wide) = self.types.wide_integer(ty) {
            return Place::Rare(wide.encode, wide.decode, None);
        }
        match ty {
            TypeRef::Unit => Place::Leaf("unit"),
            TypeRef::Bool => Place::Leaf("bool"),
            TypeRef::U8 => Place::Leaf("u8"),
            TypeRef::U16 => Place::Leaf("u16"),
            TypeRef::U32 => Place::Leaf("u32"),
            TypeRef::I8 => Place::Leaf("i8"),
            TypeRef::I16 => Place::Leaf("i16"),
            TypeRef::I32 => Place::Leaf("i32"),
            TypeRef::F32 => Place::Rare("encodeF32", "decodeF32", None),
            TypeRef::F64 => Place::Rare("encodeF64", "decodeF64", None),
            TypeRef::Char => Place::Rare("encodeChar", "decodeChar", None),
            TypeRef::String => Place::Rare("encodeString", "decodeString", None),
            bytes if self.types.is_bytes(bytes) => Place::Leaf("bytes"),
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                Place::Rare("encodeByteArray", "decodeByteArray", Some(*len))
            }
            TypeRef::Option(item) if !self.types.admits_undefined(item) => Place::Option(item),
            TypeRef::Named(name) => match self.types.form(name) {
                Form::Empty => Place::Leaf("unit"),
                Form::Plain(_) => Place::Plain(name),
                _ => Place::Function,
            },
            _ => Place::Function,
        }
    }

    /// True when the function counts how deep its values are in one another: those of recursive types.
    fn nests(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Named(name) if self.types.is_recursive(name))
    }

    fn table(&mut self, name: &str) -> String {
        let names = self.names.of(name);
        let (table, ty) = (names.table.clone(), names.name.clone());
        if let (Form::Plain(variants), false) = (self.types.form(name), self.tables.contains_key(&table)) {
            self.imports.insert(ty.clone());
            let strings = variants.iter().map(|variant| Doc::from(literal(&variant.name)));
            let left = format!("export const {table}: readonly {ty}[] =");
            let names = strings.collect();
            // A list begins on a line of its own where not even its bracket fits beside the declaration.
            let declaration = match fits_line(&format!("{left} ["), 0) {
                true => print(&list(&format!("{left} ["), names, ",", "];"), 0),
                false => format!("{left}\n\t{}", print(&list("[", names, ",", "];"), 1)),
            };
            self.tables.insert(table.clone(), Table { declaration });
        }
        self.used.insert(table.clone());
        table
    }

    fn functions(&mut self, ty: &TypeRef) -> (String, String) {
        if let TypeRef::Named(name) = ty {
            let names = self.names.of(name);
            return (names.encode.clone(), names.decode.clone());
        }
        if let Some(both) = self.unnamed.get(ty) {
            return both.clone();
        }
        let name = stem(ty, &|name| self.names.of(name).name.clone());
        let both = (
            self.names.claim(&format!("encode{name}")),
            self.names.claim(&format!("decode{name}")),
        );
        self.unnamed.insert(ty.clone(), both.clone());
        both
    }

    fn encoder(&mut self, ty: &TypeRef) -> String {
        let ty = self.types.owner(ty).clone();
        if let Some((encode, _)) = self.number_list(&ty) {
            return self.use_runtime(encode);
        }
        let name = self.functions(&ty).0;
        if !self.encoders.contains_key(&ty) {
            self.encoders.insert(ty.clone(), Codec::default());
            self.pending.push_back((Way::Encode, ty));
        }
        self.used.insert(name.clone());
        name
    }

    fn decoder(&mut self, ty: &TypeRef) -> String {
        let ty = self.types.owner(ty).clone();
        if let Some((_, decode)) = self.number_list(&ty) {
            return self.use_runtime(decode);
        }
        let name = self.functions(&ty).1;
        if !self.decoders.contains_key(&ty) {
            self.decoders.insert(ty.clone(), Codec::default());
            self.pending.push_back((Way::Decode, ty));
        }
        self.used.insert(name.clone());
        name
    }

    /// Makes the functions that were asked for, and those that they call: one after another, because a chain of types may be as
    /// long as a file.
    fn make_pending(&mut self) {
        while let Some((way, ty)) = self.pending.pop_front() {
            let before = self.take_used();
            let (encode, decode) = self.functions(&ty);
            let written = self.written(&ty);
            match way {
                Way::Encode => {
                    let parameters = vec![
                        format!("w: {}", self.import_runtime("Writer")).into(),
                        concat(["v: ".into(), written]),
                    ];
                    let body = self.encoder_body(&ty);
                    let signature = list(&format!("function {encode}("), parameters, ",", ")");
                    let made = codec(concat([signature, ": void {".into()]), body);
                    self.encoders.insert(ty, made);
                }
                Way::Decode => {
                    let parameters = vec![format!("r: {}", self.import_runtime("Reader")).into()];
                    let body = self.decoder_body(&ty);
                    let signature = list(&format!("function {decode}("), parameters, ",", ")");
                    let made = codec(concat([signature, ": ".into(), written, " {".into()]), body);
                    self.decoders.insert(ty, made);
                }
            }
            self.import_used(before);
        }
    }

    /// The functions of the runtime for a list of numbers that it writes and reads as a whole.
    fn number_list(&self, ty: &TypeRef) -> Option<(&'static str, &'static str)> {
        let TypeRef::List(item) = ty else { return None };
        if let Some(typed) = self.types.typed_array(item) {
            return Some((typed.encode, typed.decode));
        }
        match **item {
            TypeRef::U32 => Some(("encodeU32s", "decodeU32s")),
            TypeRef::I32 => Some(("encodeI32s", "decodeI32s")),
            TypeRef::F32 => Some(("encodeF32s", "decodeF32s")),
            TypeRef::F64 => Some(("encodeF64s", "decodeF64s")),
            _ => None,
        }
    }

    fn use_runtime(&mut self, name: &'static str) -> String {
        let local = self.names.runtime(name).to_owned();
        self.used.insert(local.clone());
        local
    }

    /// Imports what the function that was made calls of the runtime. `before` was used before it.
    fn import_used(&mut self, before: BTreeSet<String>) {
        let used = mem::replace(&mut self.used, before);
        let of_runtime = used.into_iter().filter(|name| self.names.of_runtime(name).is_some());
        self.values.extend(of_runtime);
    }

    /// The type as it is written; the module imports what it names.
    fn written(&mut self, ty: &TypeRef) -> Doc {
        self.types.write(ty, &self.names, &mut self.imports)
    }

    fn import_runtime(&mut self, name: &'static str) -> String {
        let local = self.names.runtime(name).to_owned();
        self.imports.insert(local.clone());
        local
    }
}

/// The properties of a variant beside `kind`: its fields, or `value` for what a tuple variant holds.
pub(crate) fn payload(variant: &Variant) -> impl Iterator<Item = (String, TypeRef)> + use<> {
    let fields = &variant.fields;
    let types: Vec<TypeRef> = fields.fields.iter().map(|field| field.ty.clone()).collect();
    let properties: Vec<(String, TypeRef)> = match (fields.style, types.len()) {
        (_, 0) => Vec::new(),
        (Style::Tuple, 1) => types.into_iter().map(|ty| ("value".to_owned(), ty)).collect(),
        (Style::Tuple, _) => vec![("value".to_owned(), TypeRef::Tuple(types))],
        _ => properties(fields, &[KIND]).into_iter().zip(types).collect(),
    };
    properties.into_iter()
}

fn codec(signature: Doc, body: Lines) -> Codec {
    let signature = print(&concat(["export ".into(), signature]), 0);
    Codec {
        signature,
        body: body.into_inner(),
    }
}

/// `w.in("title")`, or the writer or reader itself at the root.
fn within(coder: &str, key: Key<'_>) -> Doc {
    match key {
        Key::Root => coder.into(),
        key => format!("{coder}.in({})", key.write()).into(),
    }
}
