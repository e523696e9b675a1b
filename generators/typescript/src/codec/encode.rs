//! The functions that write values.

use rapace_gen_core::plan::is_spelled;
use rapace_gen_core::text::doc::Doc;
use rapace_schema::{TypeRef, Variant};

use super::{Codecs, Key, Place, Way, payload, within};
use crate::comments::literal;
use crate::form::Form;
use crate::layout::call;
use crate::lines::Lines;
use crate::names::{KIND, properties};

impl Codecs<'_> {
    /// Statements that write `value`, at this many tabs. The functions that they call are made as well.
    pub(crate) fn encode(&mut self, ty: &TypeRef, value: &str, key: Key<'_>, tabs: usize, out: &mut Lines) {
        let place = self.place(ty);
        self.encode_at(place, ty, value, key, tabs, out);
    }

    fn encode_at(&mut self, place: Place<'_>, ty: &TypeRef, value: &str, key: Key<'_>, tabs: usize, out: &mut Lines) {
        let statement = match place {
            Place::Leaf(method) => call(format!("w.{method}"), vec![value.to_owned().into(), key.write().into()]),
            Place::Rare(encode, _, number) => {
                let number = number.map(|number| number.to_string());
                let arguments = ["w".to_owned(), value.to_owned()].into_iter().chain(number);
                let function = self.names.runtime_symbol(encode);
                call(function, arguments.chain([key.write()]).map(Doc::from).collect())
            }
            Place::Plain(name) => {
                let table = self.table(name);
                let function = match self.types.is_open(name) {
                    true => "encodeOpen",
                    false => "encodeOneOf",
                };
                let function = self.names.runtime_symbol(function);
                call(
                    function,
                    vec!["w".into(), table, value.to_owned().into(), key.write().into()],
                )
            }
            Place::Option(item) => {
                let item = item.clone();
                out.line(tabs, format!("if ({value} === undefined) {{"));
                out.line(tabs + 1, "w.none();");
                out.line(tabs, "} else {");
                out.line(tabs + 1, "w.some();");
                self.encode(&item, value, key, tabs + 1, out);
                out.line(tabs, "}");
                return;
            }
            Place::Brand(_, inner) => {
                let inner = inner.clone();
                return self.encode(&inner, value, key, tabs, out);
            }
            Place::Date(wire, unit) => {
                let to_wire = self.names.runtime_symbol("dateToWire");
                let arguments = ["w".to_owned(), value.to_owned(), unit.to_string(), key.write()];
                let units = call(to_wire, arguments.map(Doc::from).into());
                self.encode_units(wire, units, key)
            }
            Place::Text(text, _) => {
                let function = self.names.runtime_symbol(text.codecs().0);
                call(function, vec!["w".into(), value.to_owned().into(), key.write().into()])
            }
            Place::Function | Place::Foreign(_) => {
                let function = self.function(Way::Encode, ty);
                call(function, vec![within("w", key), value.to_owned().into()])
            }
        };
        out.statement(tabs, statement);
    }

    /// The statement that writes a number of units, which is exact.
    fn encode_units(&self, wire: &TypeRef, units: Doc, key: Key<'_>) -> Doc {
        let (function, units) = match wire {
            TypeRef::U64 | TypeRef::Usize => (self.names.runtime_symbol("encodeU64Number"), units),
            TypeRef::I64 | TypeRef::Isize => (self.names.runtime_symbol("encodeI64Number"), units),
            TypeRef::U128 => (self.names.runtime_symbol("encodeU128"), call("BigInt", vec![units])),
            TypeRef::I128 => (self.names.runtime_symbol("encodeI128"), call("BigInt", vec![units])),
            narrow => match self.place(narrow) {
                Place::Leaf(method) => return call(format!("w.{method}"), vec![units, key.write().into()]),
                _ => unreachable!("is an integer"),
            },
        };
        call(function, vec!["w".into(), units, key.write().into()])
    }

    /// The body of the function that writes values of a type that has one.
    pub(super) fn encoder_body(&mut self, ty: &TypeRef) -> Lines {
        let mut out = Lines::default();
        let nested = self.nests(ty);
        if nested {
            out.line(1, "w.nest();");
        }
        match ty {
            TypeRef::Option(item) => {
                out.line(1, "if (v === undefined) {");
                out.line(2, "w.none();");
                out.line(2, "return;");
                out.line(1, "}");
                out.line(1, "w.enter(v);");
                out.line(1, "w.some();");
                self.encode(item, "v.some", Key::Named("some"), 1, &mut out);
                out.line(1, "w.leave();");
            }
            TypeRef::List(item) => self.encode_items("list", item, &mut out),
            TypeRef::Set(item) if self.types.is_key(item) => self.encode_items("set", item, &mut out),
            TypeRef::Set(item) => self.encode_items("list", item, &mut out),
            TypeRef::Map { key, value } if self.types.is_key(key) => {
                out.line(1, "w.map(v);");
                if self.types.is_zero_sized(key) && self.types.is_zero_sized(value) {
                    out.line(1, "w.emptyItems(v.size);");
                }
                out.line(1, "let i = 0;");
                out.line(1, "for (const [key, value] of v) {");
                self.encode(key, "key", Key::Index, 2, &mut out);
                self.encode(value, "value", Key::Index, 2, &mut out);
                end_of_loop(&mut out);
            }
            TypeRef::Map { key, value } => {
                let entry = TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]);
                self.encode_items("list", &entry, &mut out);
            }
            TypeRef::Tuple(items) => {
                self.enter_tuple(items.len() as u64, &mut out);
                self.encode_positions(items, &mut out);
            }
            TypeRef::Array { item, len } => {
                self.enter_tuple(*len, &mut out);
                if self.types.holds_empty_items(item, *len) {
                    out.line(1, format!("w.emptyItems({len});"));
                }
                if is_spelled(item, *len) {
                    self.encode_positions(&vec![(**item).clone(); *len as usize], &mut out);
                } else {
                    self.encode_loop(item, &mut out);
                }
            }
            TypeRef::Named(name) => self.encode_named(name, &mut out),
            _ => unreachable!("has no function"),
        }
        if nested {
            out.line(1, "w.unnest();");
        }
        out
    }

    fn encode_named(&mut self, name: &str, out: &mut Lines) {
        match self.types.form(name) {
            Form::Record(fields) => {
                out.line(1, "w.enter(v);");
                for (field, property) in fields.fields.iter().zip(properties(fields, &[])) {
                    self.encode(&field.ty, &format!("v.{property}"), Key::Named(&property), 1, out);
                }
                out.line(1, "w.leave();");
            }
            Form::Boxed(inner) => {
                out.line(1, "w.enter(v);");
                self.encode(inner, "v.value", Key::Named("value"), 1, out);
                out.line(1, "w.leave();");
            }
            Form::Union(variants) => self.encode_union(name, variants, out),
            Form::Tuple(fields) => {
                let items: Vec<TypeRef> = fields.fields.iter().map(|field| field.ty.clone()).collect();
                self.enter_tuple(items.len() as u64, out);
                self.encode_positions(&items, out);
            }
            Form::Alias(inner) => {
                let foreign = self.types.foreign(name).is_some();
                let key = if foreign { Key::Here } else { Key::Root };
                self.encode(inner, "v", key, 1, out);
            }
            // Only what a function of the user's returns is written here.
            Form::Empty | Form::Plain(_) | Form::Brand(_) | Form::Date(..) | Form::Text(_) => {
                let ty = TypeRef::Named(name.to_owned());
                self.encode_at(self.place_on_wire(&ty), &ty, "v", Key::Here, 1, out);
            }
        }
    }

    fn enter_tuple(&mut self, length: u64, out: &mut Lines) {
        let enter = self.names.runtime_symbol("enterTuple");
        out.statement(1, call(enter, vec!["w".into(), "v".into(), length.to_string().into()]));
    }

    fn encode_items(&mut self, collection: &str, item: &TypeRef, out: &mut Lines) {
        out.line(1, format!("w.{collection}(v);"));
        if self.types.is_zero_sized(item) {
            let size = if collection == "set" { "size" } else { "length" };
            out.line(1, format!("w.emptyItems(v.{size});"));
        }
        self.encode_loop(item, out);
    }

    fn encode_loop(&mut self, item: &TypeRef, out: &mut Lines) {
        out.line(1, "let i = 0;");
        out.line(1, "for (const item of v) {");
        self.encode(item, "item", Key::Index, 2, out);
        end_of_loop(out);
    }

    /// The items of a tuple that was entered, and leaving it.
    fn encode_positions(&mut self, items: &[TypeRef], out: &mut Lines) {
        for (i, item) in items.iter().enumerate() {
            self.encode(item, &format!("v[{i}]"), Key::Position(i), 1, out);
        }
        out.line(1, "w.leave();");
    }

    fn encode_union(&mut self, name: &str, variants: &[Variant], out: &mut Lines) {
        out.line(1, "w.enter(v);");
        out.line(1, format!("switch (v.{KIND}) {{"));
        for variant in variants {
            out.line(2, format!("case {}:", literal(&variant.name)));
            out.line(3, format!("w.variant({});", variant.index));
            for (property, ty) in payload(variant) {
                self.encode(&ty, &format!("v.{property}"), Key::Named(&property), 3, out);
            }
            out.line(3, "break;");
        }
        out.line(2, "default:");
        let unknown = self.names.runtime_symbol("unknownKind");
        // A type that is no union has nothing left out of it in a `switch`.
        let rest = if variants.len() == 1 { "v as never" } else { "v" };
        let known: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
        let known = literal(&format!("{}: {}", self.names.of(name).name, known.join(", ")));
        out.statement(3, call(unknown, vec!["w".into(), rest.into(), known.into()]));
        out.line(1, "}");
        out.line(1, "w.leave();");
    }
}

fn end_of_loop(out: &mut Lines) {
    out.line(2, "i++;");
    out.line(1, "}");
    out.line(1, "w.leave();");
}
