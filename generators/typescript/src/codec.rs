//! The functions that write and read values: a straight line of calls on the runtime's writer and reader for each type.
//!
//! A named type has a function of its own; so has every list, map, set, tuple and wrapped option, whatever its place.
//! Scalars, options and newtypes need none: they become an expression where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use rapace_schema::{Style, TypeRef, Variant};

use crate::layout::{Doc, call, concat, conditional, group, indent, list, print};
use crate::names::{KIND, Names, properties};
use crate::types::{Form, LONGEST_TUPLE, Types};
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
    used: BTreeSet<String>,
}

/// How a type is written and read where it stands.
enum Place<'a> {
    /// By a method of writer and reader, with a number before the key if there is one: `w.u32(v, key)`.
    Leaf(&'static str, Option<u64>),
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
            Key::Named(name) => format!("\"{name}\""),
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
            used: BTreeSet::new(),
        }
    }

    /// The functions in order, the tables, and the types that the module imports.
    pub(crate) fn finish(self) -> (Vec<Table>, Vec<Codec>, BTreeSet<String>) {
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
        (
            self.tables.into_values().collect(),
            codecs.into_values().collect(),
            self.imports,
        )
    }

    /// Statements that write `value`, at this many tabs. The functions that they call are made as well.
    pub(crate) fn encode(&mut self, ty: &TypeRef, value: &str, key: Key<'_>, tabs: usize, out: &mut Vec<String>) {
        let place = self.place(ty);
        let statement = match place {
            Place::Leaf(method, None) => call(&format!("w.{method}"), vec![value.into(), key.write().into()]),
            Place::Leaf(method, Some(n)) => call(
                &format!("w.{method}"),
                vec![value.into(), n.to_string().into(), key.write().into()],
            ),
            Place::Plain(name) => {
                let table = self.table(name);
                call("w.oneOf", vec![table.into(), value.into(), key.write().into()])
            }
            Place::Option(item) => {
                let item = item.clone();
                line(out, tabs, format!("if ({value} === undefined) {{"));
                line(out, tabs + 1, "w.none();");
                line(out, tabs, "} else {");
                line(out, tabs + 1, "w.some();");
                self.encode(&item, value, key, tabs + 1, out);
                line(out, tabs, "}");
                return;
            }
            Place::Function => {
                let function = self.encoder(ty);
                call(&function, vec![within("w", key), value.into()])
            }
        };
        statement_line(out, tabs, statement);
    }

    /// The expression that reads a value. The functions that it calls are made as well.
    pub(crate) fn decode(&mut self, ty: &TypeRef, key: Key<'_>) -> Doc {
        match self.place(ty) {
            Place::Leaf("unit", _) => "undefined".into(),
            Place::Leaf(method, None) => call(&format!("r.{method}"), vec![key.write().into()]),
            Place::Leaf(method, Some(n)) => {
                call(&format!("r.{method}"), vec![n.to_string().into(), key.write().into()])
            }
            Place::Plain(name) => {
                let table = self.table(name);
                call("r.oneOf", vec![table.into(), key.write().into()])
            }
            Place::Option(item) => {
                let item = item.clone();
                let test = match key {
                    Key::Root => "r.option()".into(),
                    key => call("r.option", vec![key.write().into()]),
                };
                let value = self.decode(&item, key);
                conditional(test, value, "undefined".into())
            }
            Place::Function => {
                let function = self.decoder(ty);
                call(&function, vec![within("r", key)])
            }
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
        match ty {
            TypeRef::Unit => Place::Leaf("unit", None),
            TypeRef::Bool => Place::Leaf("bool", None),
            TypeRef::U8 => Place::Leaf("u8", None),
            TypeRef::U16 => Place::Leaf("u16", None),
            TypeRef::U32 => Place::Leaf("u32", None),
            TypeRef::U64 => Place::Leaf("u64", None),
            TypeRef::U128 => Place::Leaf("u128", None),
            TypeRef::I8 => Place::Leaf("i8", None),
            TypeRef::I16 => Place::Leaf("i16", None),
            TypeRef::I32 => Place::Leaf("i32", None),
            TypeRef::I64 => Place::Leaf("i64", None),
            TypeRef::I128 => Place::Leaf("i128", None),
            TypeRef::F32 => Place::Leaf("f32", None),
            TypeRef::F64 => Place::Leaf("f64", None),
            TypeRef::Char => Place::Leaf("char", None),
            TypeRef::String => Place::Leaf("string", None),
            TypeRef::Bytes => Place::Leaf("bytes", None),
            TypeRef::Array { item, len } if **item == TypeRef::U8 => Place::Leaf("byteArray", Some(*len)),
            TypeRef::Option(item) if !self.types.admits_undefined(item) => Place::Option(item),
            TypeRef::Named(name) => match self.types.form(name) {
                Form::Empty => Place::Leaf("unit", None),
                Form::Plain(_) => Place::Plain(name),
                // A recursive one has a function, which counts how deep it is.
                Form::Alias(inner) if !self.types.is_recursive(name) => self.place(inner),
                _ => Place::Function,
            },
            _ => Place::Function,
        }
    }

    fn table(&mut self, name: &str) -> String {
        let names = self.names.of(name);
        let (table, ty) = (names.table.clone(), names.name.clone());
        if let (Form::Plain(variants), false) = (self.types.form(name), self.tables.contains_key(&table)) {
            self.imports.insert(ty.clone());
            let strings = variants
                .iter()
                .map(|variant| Doc::from(format!("\"{}\"", variant.name)));
            let declaration = list(
                &format!("export const {table}: readonly {ty}[] = ["),
                strings.collect(),
                ",",
                "];",
            );
            let declaration = print(&declaration, 0);
            self.tables.insert(table.clone(), Table { declaration });
        }
        self.used.insert(table.clone());
        table
    }

    /// The type that has the function: behind newtypes that have none of their own.
    fn owner<'t>(&self, ty: &'t TypeRef) -> &'t TypeRef
    where
        'a: 't,
    {
        match ty {
            TypeRef::Named(name) => match self.types.form(name) {
                Form::Alias(inner) if !self.types.is_recursive(name) => self.owner(inner),
                _ => ty,
            },
            _ => ty,
        }
    }

    fn functions(&mut self, ty: &TypeRef) -> (String, String) {
        if let TypeRef::Named(name) = ty {
            let names = self.names.of(name);
            return (names.encode.clone(), names.decode.clone());
        }
        if let Some(both) = self.unnamed.get(ty) {
            return both.clone();
        }
        let name = self.describe(ty);
        let both = (
            self.names.claim(&format!("encode{name}")),
            self.names.claim(&format!("decode{name}")),
        );
        self.unnamed.insert(ty.clone(), both.clone());
        both
    }

    fn encoder(&mut self, ty: &TypeRef) -> String {
        let ty = self.owner(ty).clone();
        let name = self.functions(&ty).0;
        if !self.encoders.contains_key(&ty) {
            let used = self.take_used();
            // Taken before it is made: a recursive type needs it again.
            self.encoders.insert(ty.clone(), Codec::default());
            let written = self.written(&ty);
            let parameters = vec![
                format!("w: {}", self.import_runtime("Writer")).into(),
                concat(["v: ".into(), written]),
            ];
            let body = self.encoder_body(&ty);
            let signature = list(&format!("function {name}("), parameters, ",", ")");
            self.encoders
                .insert(ty.clone(), codec(concat([signature, ": void {".into()]), body));
            self.used = used;
        }
        self.used.insert(name.clone());
        name
    }

    fn decoder(&mut self, ty: &TypeRef) -> String {
        let ty = self.owner(ty).clone();
        let name = self.functions(&ty).1;
        if !self.decoders.contains_key(&ty) {
            let used = self.take_used();
            self.decoders.insert(ty.clone(), Codec::default());
            let written = self.written(&ty);
            let parameters = vec![format!("r: {}", self.import_runtime("Reader")).into()];
            let body = self.decoder_body(&ty);
            let signature = list(&format!("function {name}("), parameters, ",", ")");
            let signature = concat([signature, ": ".into(), written, " {".into()]);
            self.decoders.insert(ty.clone(), codec(signature, body));
            self.used = used;
        }
        self.used.insert(name.clone());
        name
    }

    fn encoder_body(&mut self, ty: &TypeRef) -> Vec<String> {
        let mut out = Vec::new();
        let (enter, leave) = match ty {
            TypeRef::Named(name) if self.types.is_recursive(name) => ("enterNested", "leaveNested"),
            _ => ("enter", "leave"),
        };
        match ty {
            TypeRef::Option(item) => {
                line(&mut out, 1, "if (v === undefined) {");
                line(&mut out, 2, "w.none();");
                line(&mut out, 2, "return;");
                line(&mut out, 1, "}");
                line(&mut out, 1, "w.enterSome(v);");
                self.encode(item, "v.some", Key::Named("some"), 1, &mut out);
                line(&mut out, 1, "w.leave();");
            }
            TypeRef::List(item) => self.encode_items("list", item, &mut out),
            TypeRef::Set(item) if self.types.is_key(item) => self.encode_items("set", item, &mut out),
            TypeRef::Set(item) => self.encode_items("list", item, &mut out),
            TypeRef::Map { key, value } if self.types.is_key(key) => {
                if self.types.is_zero_sized(key) && self.types.is_zero_sized(value) {
                    line(&mut out, 1, "w.emptyItems(v.size);");
                }
                line(&mut out, 1, "w.map(v);");
                line(&mut out, 1, "let i = 0;");
                line(&mut out, 1, "for (const [key, value] of v) {");
                self.encode(key, "key", Key::Index, 2, &mut out);
                self.encode(value, "value", Key::Index, 2, &mut out);
                end_of_loop(&mut out);
            }
            TypeRef::Map { key, value } => {
                let entry = TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]);
                self.encode_items("list", &entry, &mut out);
            }
            TypeRef::Tuple(items) => self.encode_tuple(items, &mut out),
            TypeRef::Array { item, len } if *len <= LONGEST_TUPLE => {
                self.encode_tuple(&vec![(**item).clone(); *len as usize], &mut out);
            }
            TypeRef::Array { item, len } => {
                line(&mut out, 1, format!("w.tuple(v, {len});"));
                self.encode_loop(item, &mut out);
            }
            TypeRef::Named(name) => match self.types.form(name) {
                Form::Record(fields) => {
                    line(&mut out, 1, format!("w.{enter}(v);"));
                    for (field, property) in fields.fields.iter().zip(properties(fields, &[])) {
                        self.encode(&field.ty, &format!("v.{property}"), Key::Named(&property), 1, &mut out);
                    }
                    line(&mut out, 1, format!("w.{leave}();"));
                }
                Form::Boxed(inner) => {
                    line(&mut out, 1, format!("w.{enter}(v);"));
                    self.encode(inner, "v.value", Key::Named("value"), 1, &mut out);
                    line(&mut out, 1, format!("w.{leave}();"));
                }
                Form::Union(variants) => self.encode_union(variants, enter, leave, &mut out),
                Form::Tuple(fields) => {
                    let items: Vec<TypeRef> = fields.fields.iter().map(|field| field.ty.clone()).collect();
                    let nested = self.types.is_recursive(name);
                    if nested {
                        line(&mut out, 1, "w.nest();");
                    }
                    self.encode_tuple(&items, &mut out);
                    if nested {
                        line(&mut out, 1, "w.unnest();");
                    }
                }
                Form::Alias(inner) => {
                    line(&mut out, 1, "w.nest();");
                    self.encode(inner, "v", Key::Root, 1, &mut out);
                    line(&mut out, 1, "w.unnest();");
                }
                Form::Empty | Form::Plain(_) => unreachable!("has no function"),
            },
            _ => unreachable!("has no function"),
        }
        out
    }

    fn encode_items(&mut self, collection: &str, item: &TypeRef, out: &mut Vec<String>) {
        if self.types.is_zero_sized(item) {
            let size = if collection == "set" { "size" } else { "length" };
            line(out, 1, format!("w.emptyItems(v.{size});"));
        }
        line(out, 1, format!("w.{collection}(v);"));
        self.encode_loop(item, out);
    }

    fn encode_loop(&mut self, item: &TypeRef, out: &mut Vec<String>) {
        line(out, 1, "let i = 0;");
        line(out, 1, "for (const item of v) {");
        self.encode(item, "item", Key::Index, 2, out);
        end_of_loop(out);
    }

    fn encode_tuple(&mut self, items: &[TypeRef], out: &mut Vec<String>) {
        line(out, 1, format!("w.tuple(v, {});", items.len()));
        for (i, item) in items.iter().enumerate() {
            self.encode(item, &format!("v[{i}]"), Key::Position(i), 1, out);
        }
        line(out, 1, "w.leave();");
    }

    fn encode_union(&mut self, variants: &[Variant], enter: &str, leave: &str, out: &mut Vec<String>) {
        line(out, 1, format!("w.{enter}(v);"));
        line(out, 1, format!("switch (v.{KIND}) {{"));
        for variant in variants {
            line(out, 2, format!("case \"{}\":", variant.name));
            line(out, 3, format!("w.variant({});", variant.index));
            for (property, ty) in payload(variant) {
                self.encode(&ty, &format!("v.{property}"), Key::Named(&property), 3, out);
            }
            line(out, 3, "break;");
        }
        line(out, 2, "default:");
        line(out, 3, "w.unknownKind(v);");
        line(out, 1, "}");
        line(out, 1, format!("w.{leave}();"));
    }

    fn decoder_body(&mut self, ty: &TypeRef) -> Vec<String> {
        let mut out = Vec::new();
        let (enter, leave) = match ty {
            TypeRef::Named(name) if self.types.is_recursive(name) => ("enterNested", "leaveNested"),
            _ => ("enter", "leave"),
        };
        match ty {
            TypeRef::Option(item) => {
                line(&mut out, 1, "if (!r.option()) {");
                line(&mut out, 2, "return undefined;");
                line(&mut out, 1, "}");
                line(&mut out, 1, "r.enter();");
                let properties = [("some".to_owned(), (**item).clone())];
                self.return_object("leave", None, &properties, 1, &mut out);
            }
            TypeRef::List(item) => self.decode_items(item, &mut out),
            TypeRef::Set(item) if self.types.is_key(item) => {
                let written = self.written(item);
                new_collection(&mut out, "items", list("new Set<", vec![written], "", ">();"));
                self.begin_loop(self.types.is_zero_sized(item), &mut out);
                let value = self.decode(item, Key::Index);
                statement_line(&mut out, 2, call("items.add", vec![value]));
                line(&mut out, 1, "}");
                line(&mut out, 1, "return r.leave(items);");
            }
            TypeRef::Set(item) => {
                let written = self.written(item);
                let map = list("new Map<", vec!["string".into(), written], "", ">();");
                new_collection(&mut out, "items", map);
                self.begin_loop(self.types.is_zero_sized(item), &mut out);
                line(&mut out, 2, "const from = r.offset;");
                let value = self.decode(item, Key::Index);
                assign(&mut out, 2, "const item =", value);
                line(&mut out, 2, "items.set(r.since(from), item);");
                line(&mut out, 1, "}");
                line(&mut out, 1, "return r.leave([...items.values()]);");
            }
            TypeRef::Map { key, value } => self.decode_map(key, value, &mut out),
            TypeRef::Tuple(items) => self.decode_tuple(items, "leave", &mut out),
            TypeRef::Array { item, len } if *len <= LONGEST_TUPLE => {
                self.decode_tuple(&vec![(**item).clone(); *len as usize], "leave", &mut out);
            }
            TypeRef::Array { item, len } => {
                let written = self.written(&TypeRef::List(item.clone()));
                assign(
                    &mut out,
                    1,
                    concat(["const items: ".into(), written, " =".into()]),
                    "[]".into(),
                );
                line(&mut out, 1, "r.enter();");
                line(&mut out, 1, format!("for (let i = 0; i < {len}; i++) {{"));
                let value = self.decode(item, Key::Index);
                statement_line(&mut out, 2, call("items.push", vec![value]));
                line(&mut out, 1, "}");
                line(&mut out, 1, "return r.leave(items);");
            }
            TypeRef::Named(name) => match self.types.form(name) {
                Form::Record(fields) => {
                    line(&mut out, 1, format!("r.{enter}();"));
                    let types = fields.fields.iter().map(|field| field.ty.clone());
                    let properties: Vec<_> = properties(fields, &[]).into_iter().zip(types).collect();
                    self.return_object(leave, None, &properties, 1, &mut out);
                }
                Form::Boxed(inner) => {
                    line(&mut out, 1, format!("r.{enter}();"));
                    let properties = [("value".to_owned(), inner.clone())];
                    self.return_object(leave, None, &properties, 1, &mut out);
                }
                Form::Union(variants) => self.decode_union(variants, enter, leave, &mut out),
                Form::Tuple(fields) => {
                    let items: Vec<TypeRef> = fields.fields.iter().map(|field| field.ty.clone()).collect();
                    if self.types.is_recursive(name) {
                        line(&mut out, 1, "r.nest();");
                    }
                    self.decode_tuple(&items, leave, &mut out);
                }
                Form::Alias(inner) => {
                    line(&mut out, 1, "r.nest();");
                    let value = self.decode(inner, Key::Root);
                    assign(&mut out, 1, "const value =", value);
                    line(&mut out, 1, "return r.unnest(value);");
                }
                Form::Empty | Form::Plain(_) => unreachable!("has no function"),
            },
            _ => unreachable!("has no function"),
        }
        out
    }

    fn decode_items(&mut self, item: &TypeRef, out: &mut Vec<String>) {
        let written = self.written(&TypeRef::List(Box::new(item.clone())));
        assign(
            out,
            1,
            concat(["const items: ".into(), written, " =".into()]),
            "[]".into(),
        );
        self.begin_loop(self.types.is_zero_sized(item), out);
        let value = self.decode(item, Key::Index);
        statement_line(out, 2, call("items.push", vec![value]));
        line(out, 1, "}");
        line(out, 1, "return r.leave(items);");
    }

    fn decode_map(&mut self, key: &TypeRef, value: &TypeRef, out: &mut Vec<String>) {
        let is_key = self.types.is_key(key);
        let (written_key, written_value) = (self.written(key), self.written(value));
        let arguments = if is_key {
            vec![written_key, written_value]
        } else {
            vec![
                "string".into(),
                list("readonly [", vec![written_key, written_value], ",", "]"),
            ]
        };
        new_collection(out, "entries", list("new Map<", arguments, "", ">();"));
        self.begin_loop(self.types.is_zero_sized(key) && self.types.is_zero_sized(value), out);
        if is_key {
            let both = vec![self.decode(key, Key::Index), self.decode(value, Key::Index)];
            statement_line(out, 2, call("entries.set", both));
            line(out, 1, "}");
            line(out, 1, "return r.leave(entries);");
        } else {
            line(out, 2, "const from = r.offset;");
            let key = self.decode(key, Key::Index);
            assign(out, 2, "const key =", key);
            line(out, 2, "const bytes = r.since(from);");
            let value = self.decode(value, Key::Index);
            assign(out, 2, "const value =", value);
            line(out, 2, "entries.set(bytes, [key, value]);");
            line(out, 1, "}");
            line(out, 1, "return r.leave([...entries.values()]);");
        }
    }

    fn decode_tuple(&mut self, items: &[TypeRef], leave: &str, out: &mut Vec<String>) {
        line(out, 1, "r.enter();");
        let items = items.iter().enumerate();
        let items: Vec<Doc> = items.map(|(i, item)| self.decode(item, Key::Position(i))).collect();
        let array = list("[", items, ",", "]");
        statement_line(out, 1, concat([format!("return r.{leave}(").into(), array, ")".into()]));
    }

    fn decode_union(&mut self, variants: &[Variant], enter: &str, leave: &str, out: &mut Vec<String>) {
        line(out, 1, format!("r.{enter}();"));
        line(out, 1, format!("switch (r.variant({})) {{", variants.len()));
        for (position, variant) in variants.iter().enumerate() {
            // The reader refuses an index beyond the last variant.
            let label = match position + 1 == variants.len() {
                true => "default:".to_owned(),
                false => format!("case {position}:"),
            };
            line(out, 2, label);
            let properties: Vec<_> = payload(variant).collect();
            self.return_object(leave, Some(&variant.name), &properties, 3, out);
        }
        line(out, 1, "}");
    }

    /// `return r.leave({ … });`, a property a line.
    fn return_object(
        &mut self,
        leave: &str,
        kind: Option<&str>,
        properties: &[(String, TypeRef)],
        tabs: usize,
        out: &mut Vec<String>,
    ) {
        if let (Some(kind), []) = (kind, properties) {
            line(out, tabs, format!("return r.{leave}({{ {KIND}: \"{kind}\" }});"));
            return;
        }
        line(out, tabs, format!("return r.{leave}({{"));
        if let Some(kind) = kind {
            line(out, tabs + 1, format!("{KIND}: \"{kind}\","));
        }
        for (property, ty) in properties {
            let value = self.decode(ty, Key::Named(property));
            let text = print(&concat([format!("{property}: ").into(), value, ",".into()]), tabs + 1);
            line(out, tabs + 1, text);
        }
        line(out, tabs, "});");
    }

    fn begin_loop(&mut self, zero_sized: bool, out: &mut Vec<String>) {
        let count = if zero_sized { "emptyItems" } else { "list" };
        line(out, 1, format!("for (let i = 0, n = r.{count}(); i < n; i++) {{"));
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

    /// A name for an unnamed type: `MapOfIsbnToU32`.
    fn describe(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Option(item) => format!("OptionOf{}", self.describe(item)),
            TypeRef::List(item) => format!("ListOf{}", self.describe(item)),
            TypeRef::Set(item) => format!("SetOf{}", self.describe(item)),
            TypeRef::Array { item, len } => format!("ArrayOf{len}{}", self.describe(item)),
            TypeRef::Map { key, value } => format!("MapOf{}To{}", self.describe(key), self.describe(value)),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.describe(item)).collect();
                format!("TupleOf{}", items.join("And"))
            }
            TypeRef::Named(name) => self.names.of(name).name.clone(),
            scalar => format!("{scalar:?}"),
        }
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

fn codec(signature: Doc, body: Vec<String>) -> Codec {
    let signature = print(&concat(["export ".into(), signature]), 0);
    Codec { signature, body }
}

/// `w.in("title")`, or the writer or reader itself at the root.
fn within(coder: &str, key: Key<'_>) -> Doc {
    match key {
        Key::Root => coder.into(),
        key => format!("{coder}.in({})", key.write()).into(),
    }
}

fn line(out: &mut Vec<String>, tabs: usize, text: impl Into<String>) {
    out.push(format!("{}{}", "\t".repeat(tabs), text.into()));
}

fn statement_line(out: &mut Vec<String>, tabs: usize, statement: Doc) {
    let text = print(&concat([statement, ";".into()]), tabs);
    line(out, tabs, text);
}

/// `const x = value;`, the value on a line of its own when it does not fit.
fn assign(out: &mut Vec<String>, tabs: usize, left: impl Into<Doc>, value: Doc) {
    let breakable = matches!(value, Doc::Text(_));
    let statement = if breakable {
        group([left.into(), indent([Doc::Line, value])])
    } else {
        concat([left.into(), " ".into(), value])
    };
    statement_line(out, tabs, statement);
}

fn new_collection(out: &mut Vec<String>, name: &str, value: Doc) {
    let text = print(&concat([format!("const {name} = ").into(), value]), 1);
    line(out, 1, text);
}

fn end_of_loop(out: &mut Vec<String>) {
    line(out, 2, "i++;");
    line(out, 1, "}");
    line(out, 1, "w.leave();");
}
