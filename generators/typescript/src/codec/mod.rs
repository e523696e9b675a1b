//! The functions that write and read values: a straight line of calls on the runtime's writer and reader for each type.
//!
//! Every named type, list, map, set, tuple and wrapped option has a function. Scalars, options and newtypes are written and read by an
//! expression.

mod decode;
mod encode;
mod unnamed;

use std::collections::{BTreeSet, HashSet};

use rapace_gen_core::text::doc::{Doc, assign, concat, list};
use rapace_schema::{Style, TypeRef, Variant};

use crate::comments::literal;
use crate::form::Form;
use crate::known::KnownText;
use crate::layout::call;
use crate::lines::Lines;
use crate::names::{KIND, Names, properties};
use crate::types::Types;

pub(crate) use unnamed::Unnamed;

/// Makes code that writes and reads values, and remembers which functions that calls.
pub(crate) struct Codecs<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
    /// The names of the functions of unnamed types.
    unnamed: &'a Unnamed,
    asked: Asked,
}

/// Which way a function goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// It writes.
    Encode,
    /// It reads.
    Decode,
}

/// What code mentions of the module with the codecs.
#[derive(Default)]
pub(crate) struct Asked {
    /// The types whose functions write.
    encode: HashSet<TypeRef>,
    /// The types whose functions read.
    decode: HashSet<TypeRef>,
    /// The enums without data whose tables of names are needed.
    tables: BTreeSet<String>,
}

impl Asked {
    /// The enums whose tables were asked for.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(String::as_str)
    }

    /// Adds what is asked for, and returns the functions of it that were not.
    pub(crate) fn add(&mut self, asked: Self) -> Vec<(Way, TypeRef)> {
        self.tables.extend(asked.tables);
        let mut new = Vec::new();
        for (way, types, known) in [
            (Way::Encode, asked.encode, &mut self.encode),
            (Way::Decode, asked.decode, &mut self.decode),
        ] {
            for ty in types {
                if !known.contains(&ty) {
                    known.insert(ty.clone());
                    new.push((way, ty));
                }
            }
        }
        new
    }
}

impl FromIterator<Asked> for Asked {
    fn from_iter<I: IntoIterator<Item = Asked>>(parts: I) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.add(part);
        }
        all
    }
}

/// How the values of a type are written and read.
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
    /// As what is inside, which is of the type of that name when it is read.
    Brand(&'a str, &'a TypeRef),
    /// As an integer of this type, which counts units of so many milliseconds.
    Date(&'a TypeRef, u64),
    /// By functions of the runtime, for the type of that name.
    Text(KnownText, &'a str),
    /// By a function that writes what a function of the user's returns; and by another such function.
    Foreign(&'a str),
    /// By a function that is generated for the type.
    Function,
}

/// The position of a value in the one that contains it: the key in its path.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    /// A property or an argument.
    Named(&'a str),
    /// A fixed position.
    Position(usize),
    /// The variable `i`.
    Index,
    /// What the function that writes it has been given: its key was named by the caller.
    Here,
    /// Nothing contains it.
    Root,
}

impl Key<'_> {
    fn write(self) -> String {
        match self {
            Key::Named(name) => literal(name),
            Key::Position(position) => position.to_string(),
            Key::Index => "i".to_owned(),
            Key::Here => "w.here()".to_owned(),
            Key::Root => "\"\"".to_owned(),
        }
    }
}

impl<'a> Codecs<'a> {
    /// Nothing is asked for yet.
    pub(crate) fn new(types: &'a Types<'a>, names: &'a Names, unnamed: &'a Unnamed) -> Self {
        Self {
            types,
            names,
            unnamed,
            asked: Asked::default(),
        }
    }

    /// What was asked for.
    pub(crate) fn asked(self) -> Asked {
        self.asked
    }

    /// The function that writes values of the type, when it has one.
    pub(crate) fn encoder_of(&mut self, ty: &TypeRef) -> Option<Doc> {
        match self.place(ty) {
            Place::Function | Place::Foreign(_) => Some(self.function(Way::Encode, ty)),
            _ => None,
        }
    }

    /// The function that reads values of the type, when it has one.
    pub(crate) fn decoder_of(&mut self, ty: &TypeRef) -> Option<Doc> {
        match self.place(ty) {
            Place::Function => Some(self.function(Way::Decode, ty)),
            _ => None,
        }
    }

    /// True for a type whose only value is `undefined`, which is not read.
    pub(crate) fn is_unit(&self, ty: &TypeRef) -> bool {
        matches!(self.place(ty), Place::Leaf("unit"))
    }

    fn place<'t>(&self, ty: &'t TypeRef) -> Place<'t>
    where
        'a: 't,
    {
        // A recursive alias has a function, which counts its depth. Any other alias is written as its target.
        let ty = self.types.owner(ty);
        match ty {
            TypeRef::Named(name) if self.types.foreign(name).is_some() => Place::Foreign(name),
            ty => self.place_on_wire(ty),
        }
    }

    /// The same for what a function of the user's takes or returns.
    fn place_on_wire<'t>(&self, ty: &'t TypeRef) -> Place<'t>
    where
        'a: 't,
    {
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
                Form::Brand(inner) => Place::Brand(name, self.types.unbranded(name).unwrap_or(inner)),
                Form::Date(wire, unit) => Place::Date(wire, unit),
                Form::Text(text) => Place::Text(text, name),
                _ => Place::Function,
            },
            _ => Place::Function,
        }
    }

    /// True when the function counts how deep its values are in one another: those of recursive types.
    fn nests(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Named(name) if self.types.is_recursive(name))
    }

    fn table(&mut self, name: &str) -> Doc {
        if !self.asked.tables.contains(name) {
            self.asked.tables.insert(name.to_owned());
        }
        Doc::Symbol(self.names.of(name).table.clone())
    }

    /// The declaration of a table of names.
    pub(crate) fn declared_table(&self, name: &str) -> Doc {
        let names = self.names.of(name);
        let Form::Plain(variants) = self.types.form(name) else {
            unreachable!("only an enum without data has a table");
        };
        let strings = variants.iter().map(|variant| Doc::from(literal(&variant.name)));
        let declaration = concat([
            format!("export const {}: readonly ", names.table).into(),
            Doc::Symbol(names.name.clone()),
            "[] =".into(),
        ]);
        assign(declaration, list("[", strings.collect(), ",", "];"))
    }

    /// The name of the function that goes this way.
    pub(crate) fn name(&self, way: Way, ty: &TypeRef) -> &'a str {
        let [encode, decode] = match ty {
            TypeRef::Named(name) => {
                let names = self.names.of(name);
                [&names.encode, &names.decode]
            }
            ty => self.unnamed.of(ty).each_ref(),
        };
        way.pick(encode, decode)
    }

    /// The function that writes or reads values of a type that has one.
    fn function(&mut self, way: Way, ty: &TypeRef) -> Doc {
        let ty = self.types.owner(ty);
        if let Some((encode, decode)) = self.number_list(ty) {
            return self.names.runtime_symbol(way.pick(encode, decode));
        }
        let asked = way.pick(&mut self.asked.encode, &mut self.asked.decode);
        if !asked.contains(ty) {
            asked.insert(ty.clone());
        }
        Doc::Symbol(self.name(way, ty).to_owned())
    }

    /// The function of a type that has one.
    pub(crate) fn declared(&mut self, way: Way, ty: &TypeRef) -> Doc {
        let name = self.name(way, ty);
        let function = match way {
            Way::Encode => {
                let foreign = self.foreign_to_wire(ty);
                let value = if foreign.is_some() { "value: " } else { "v: " };
                let parameters = vec![
                    concat(["w: ".into(), self.names.runtime_symbol("Writer")]),
                    concat([value.into(), self.written(ty)]),
                ];
                let signature = list(format!("export function {name}("), parameters, ",", ")");
                let mut body = Lines::default();
                body.lines(foreign.unwrap_or_default());
                body.lines(self.encoder_body(ty));
                concat([signature, ": void {".into(), body.into()])
            }
            Way::Decode => {
                let written = self.written_on_wire(ty);
                let parameters = vec![concat(["r: ".into(), self.names.runtime_symbol("Reader")])];
                let signature = list(format!("export function {name}("), parameters, ",", ")");
                let body = self.decoder_body(ty);
                concat([signature, ": ".into(), written, " {".into(), body.into()])
            }
        };
        concat([function, Doc::HardLine, "}".into()])
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

    /// The line that makes what is written of a user's value.
    fn foreign_to_wire(&self, ty: &TypeRef) -> Option<Lines> {
        let TypeRef::Named(name) = ty else { return None };
        let foreign = self.names.of(name).foreign.as_ref()?;
        let arguments = vec!["w".into(), Doc::Symbol(foreign.to.clone()), "value".into()];
        let mut out = Lines::default();
        let declaration = concat(["const v: ".into(), self.written_on_wire(ty), " =".into()]);
        out.assign(
            1,
            declaration,
            call(self.names.runtime_symbol("foreignToWire"), arguments),
        );
        Some(out)
    }

    /// The type as a function of the user's takes or returns it.
    fn written_on_wire(&self, ty: &TypeRef) -> Doc {
        match ty {
            TypeRef::Named(name) => Doc::Symbol(self.names.of(name).name.clone()),
            ty => self.written(ty),
        }
    }

    /// The type as it is written.
    fn written(&self, ty: &TypeRef) -> Doc {
        self.types.write(ty, self.names)
    }
}

impl Way {
    /// What goes this way of both.
    fn pick<T>(self, encode: T, decode: T) -> T {
        match self {
            Way::Encode => encode,
            Way::Decode => decode,
        }
    }
}

/// The properties of a variant except `kind`: its fields, or `value` for the content of a tuple variant.
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

/// `w.in("title")`, or the writer or reader itself at the root.
fn within(coder: &'static str, key: Key<'_>) -> Doc {
    match key {
        Key::Root | Key::Here => coder.into(),
        key => format!("{coder}.in({})", key.write()).into(),
    }
}
