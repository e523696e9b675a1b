//! The functions that read values.

use rapace_gen_core::plan::is_spelled;
use rapace_gen_core::text::doc::{Doc, concat, list};
use rapace_schema::{TypeRef, Variant};

use super::{Codecs, Key, Place, Way, payload, within};
use crate::comments::literal;
use crate::form::Form;
use crate::layout::{call, conditional, property as property_of};
use crate::lines::Lines;
use crate::names::{KIND, properties};

impl Codecs<'_> {
    /// The expression that reads a value. The functions that it calls are made as well.
    pub(crate) fn decode(&mut self, ty: &TypeRef, key: Key<'_>) -> Doc {
        let place = self.place(ty);
        self.decode_at(place, ty, key)
    }

    fn decode_at(&mut self, place: Place<'_>, ty: &TypeRef, key: Key<'_>) -> Doc {
        match place {
            Place::Leaf("unit") => "undefined".into(),
            Place::Leaf(method) => call(format!("r.{method}"), vec![key.write().into()]),
            Place::Rare(_, decode, number) => {
                let number = number.map(|number| number.to_string());
                let arguments = ["r".to_owned()].into_iter().chain(number);
                let function = self.names.runtime_symbol(decode);
                call(function, arguments.chain([key.write()]).map(Doc::from).collect())
            }
            Place::Plain(name) => {
                let table = self.table(name);
                let function = match self.types.is_open(name) {
                    true => "decodeOpen",
                    false => "decodeOneOf",
                };
                let function = self.names.runtime_symbol(function);
                call(function, vec!["r".into(), table, key.write().into()])
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
            Place::Brand(name, inner) => {
                let value = self.decode(inner, key);
                self.branded(name, value)
            }
            Place::Date(wire, unit) => {
                let wire = self.decode_units(wire, key);
                let from_wire = self.names.runtime_symbol("dateFromWire");
                let (unit, key) = (unit.to_string().into(), key.write().into());
                call(from_wire, vec!["r".into(), "r.position".into(), wire, unit, key])
            }
            Place::Text(text, name) => {
                let own = Doc::Symbol(self.names.of(name).name.clone());
                let function = self.names.runtime_symbol(text.codecs().1);
                let function = concat([function, "<".into(), own, ">".into()]);
                call(function, vec!["r".into(), key.write().into()])
            }
            Place::Foreign(name) => self.decode_foreign(name, key),
            Place::Function => {
                let function = self.function(Way::Decode, ty);
                call(function, vec![within("r", key)])
            }
        }
    }

    /// A value that was read, as the type of that name.
    fn branded(&self, name: &str, value: Doc) -> Doc {
        let own = Doc::Symbol(self.names.of(name).name.clone());
        let branded = concat([self.names.runtime_symbol("branded"), "<".into(), own, ">".into()]);
        call(branded, vec![value])
    }

    /// The expression that reads a key of a native map.
    fn decode_key(&mut self, ty: &TypeRef) -> Doc {
        match self.place(ty) {
            Place::Rare("encodeString", ..) => {
                let function = self.names.runtime_symbol("decodeMapKey");
                call(function, vec!["r".into(), Key::Index.write().into()])
            }
            Place::Brand(name, inner) if matches!(self.place(inner), Place::Rare("encodeString", ..)) => {
                let value = self.decode_key(inner);
                self.branded(name, value)
            }
            _ => self.decode(ty, Key::Index),
        }
    }

    /// The expression that reads a number of units.
    fn decode_units(&self, wire: &TypeRef, key: Key<'_>) -> Doc {
        let function = match wire {
            TypeRef::U64 | TypeRef::Usize => "decodeU64Number",
            TypeRef::I64 | TypeRef::Isize => "decodeI64Number",
            TypeRef::U128 => "decodeU128",
            TypeRef::I128 => "decodeI128",
            narrow => match self.place(narrow) {
                Place::Leaf(method) => return call(format!("r.{method}"), vec![key.write().into()]),
                _ => unreachable!("is an integer"),
            },
        };
        call(
            self.names.runtime_symbol(function),
            vec!["r".into(), key.write().into()],
        )
    }

    /// The expression that reads what a function of the user's makes a value of.
    fn decode_foreign(&mut self, name: &str, key: Key<'_>) -> Doc {
        let ty = TypeRef::Named(name.to_owned());
        let wire = match self.types.form(name) {
            Form::Alias(inner) if !self.types.is_recursive(name) => self.decode(inner, key),
            _ => self.decode_at(self.place_on_wire(&ty), &ty, key),
        };
        let from = self.names.of(name).foreign.as_ref().map(|foreign| foreign.from.clone());
        let from = Doc::Symbol(from.expect("the type is foreign"));
        let arguments = vec!["r".into(), "r.position".into(), from, wire, key.write().into()];
        call(self.names.runtime_symbol("foreignFromWire"), arguments)
    }

    /// The body of the function that reads values of a type that has one.
    pub(super) fn decoder_body(&mut self, ty: &TypeRef) -> Lines {
        let mut out = Lines::default();
        let nested = self.nests(ty);
        if let (true, TypeRef::Named(name)) = (nested, ty) {
            out.line(1, format!("r.nest({});", self.types.sizes().body(name)));
        }
        let leave = if nested { "leaveNested" } else { "leave" };
        match ty {
            TypeRef::Option(item) => {
                out.line(1, "if (!r.option()) {");
                out.line(2, "return undefined;");
                out.line(1, "}");
                out.line(1, "r.enter();");
                let properties = [("some".to_owned(), (**item).clone())];
                self.return_object("leave", None, &properties, 1, &mut out);
            }
            TypeRef::List(item) => self.decode_items(item, &mut out),
            TypeRef::Set(item) if self.types.is_key(item) => {
                let written = self.written(item);
                new_collection(&mut out, "items", list("new Set<", vec![written], "", ">();"));
                let keys = self.begin_entries(
                    item,
                    self.types.is_zero_sized(item),
                    self.types.sizes().item(item),
                    &mut out,
                );
                let value = self.decode(item, Key::Index);
                out.statement(2, call("items.add", vec![checked(keys, value)]));
                out.line(1, "}");
                out.line(1, "return r.leave(items);");
            }
            TypeRef::Set(item) => {
                let written = self.written(item);
                let map = list("new Map<", vec!["string".into(), written], "", ">();");
                new_collection(&mut out, "items", map);
                self.begin_loop(self.types.is_zero_sized(item), self.types.sizes().item(item), &mut out);
                out.line(2, "const from = r.offset;");
                let value = self.decode(item, Key::Index);
                out.assign(2, "const item =", value);
                out.line(2, "items.set(r.since(from), item);");
                out.line(1, "}");
                out.line(1, "return r.leave([...items.values()]);");
            }
            TypeRef::Map { key, value } => self.decode_map(key, value, &mut out),
            TypeRef::Tuple(items) => {
                out.line(1, "r.enter();");
                self.return_tuple(items, "leave", &mut out);
            }
            TypeRef::Array { item, len } => {
                out.line(1, "r.enter();");
                if self.types.holds_empty_items(item, *len) {
                    out.line(1, format!("r.emptyItems({len});"));
                }
                if is_spelled(item, *len) {
                    self.return_tuple(&vec![(**item).clone(); *len as usize], "leave", &mut out);
                    return out;
                }
                let written = self.written(ty);
                out.assign(1, concat(["const items: ".into(), written, " =".into()]), "[]");
                out.line(1, format!("for (let i = 0; i < {len}; i++) {{"));
                let value = self.decode(item, Key::Index);
                out.statement(2, call("items.push", vec![value]));
                out.line(1, "}");
                out.line(1, "return r.leave(items);");
            }
            TypeRef::Named(name) => self.decode_named(name, leave, &mut out),
            _ => unreachable!("has no function"),
        }
        out
    }

    fn decode_named(&mut self, name: &str, leave: &str, out: &mut Lines) {
        match self.types.form(name) {
            Form::Record(fields) => {
                out.line(1, "r.enter();");
                let types = fields.fields.iter().map(|field| field.ty.clone());
                let properties: Vec<_> = properties(fields, &[]).into_iter().zip(types).collect();
                self.return_object(leave, None, &properties, 1, out);
            }
            Form::Boxed(inner) => {
                out.line(1, "r.enter();");
                let properties = [("value".to_owned(), inner.clone())];
                self.return_object(leave, None, &properties, 1, out);
            }
            Form::Union(variants) => self.decode_union(variants, leave, out),
            Form::Tuple(fields) => {
                let items: Vec<TypeRef> = fields.fields.iter().map(|field| field.ty.clone()).collect();
                out.line(1, "r.enter();");
                self.return_tuple(&items, leave, out);
            }
            Form::Alias(inner) => {
                let value = self.decode(inner, Key::Root);
                out.assign(1, "const value =", value);
                out.line(1, "return r.unnest(value);");
            }
            Form::Empty | Form::Plain(_) | Form::Brand(_) | Form::Date(..) | Form::Text(_) => {
                unreachable!("has no function")
            }
        }
    }

    fn decode_items(&mut self, item: &TypeRef, out: &mut Lines) {
        let written = self.written(&TypeRef::List(Box::new(item.clone())));
        let count = self.count(self.types.is_zero_sized(item), self.types.sizes().item(item));
        out.assign(1, "const n =", count);
        out.assign(1, concat(["const items: ".into(), written, " =".into()]), "r.items(n)");
        out.line(1, "for (let i = 0; i < n; i++) {");
        let value = self.decode(item, Key::Index);
        out.assign(2, "items[i] =", value);
        out.line(1, "}");
        out.line(1, "return r.leave(items);");
    }

    fn decode_map(&mut self, key: &TypeRef, value: &TypeRef, out: &mut Lines) {
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
        let zero_sized = self.types.is_zero_sized(key) && self.types.is_zero_sized(value);
        let size = self.types.sizes().entry(key, value);
        if is_key {
            let keys = self.begin_entries(key, zero_sized, size, out);
            let key = self.decode_key(key);
            let both = vec![checked(keys, key), self.decode(value, Key::Index)];
            out.statement(2, call("entries.set", both));
            out.line(1, "}");
            out.line(1, "return r.leave(entries);");
        } else {
            self.begin_loop(zero_sized, size, out);
            out.line(2, "const from = r.offset;");
            let key = self.decode(key, Key::Index);
            out.assign(2, "const key =", key);
            out.line(2, "const bytes = r.since(from);");
            let value = self.decode(value, Key::Index);
            out.assign(2, "const value =", value);
            out.line(2, "entries.set(bytes, [key, value]);");
            out.line(1, "}");
            out.line(1, "return r.leave([...entries.values()]);");
        }
    }

    /// `return r.leave([…]);`
    fn return_tuple(&mut self, items: &[TypeRef], leave: &str, out: &mut Lines) {
        let items = items.iter().enumerate();
        let items: Vec<Doc> = items.map(|(i, item)| self.decode(item, Key::Position(i))).collect();
        let array = list("[", items, ",", "]");
        out.statement(1, concat([format!("return r.{leave}(").into(), array, ")".into()]));
    }

    fn decode_union(&mut self, variants: &[Variant], leave: &str, out: &mut Lines) {
        out.line(1, "r.enter();");
        out.line(1, format!("switch (r.variant({})) {{", variants.len()));
        for (position, variant) in variants.iter().enumerate() {
            // The reader refuses an index beyond the last variant.
            let label = match position + 1 == variants.len() {
                true => "default:".to_owned(),
                false => format!("case {position}:"),
            };
            out.line(2, label);
            let properties: Vec<_> = payload(variant).collect();
            self.return_object(leave, Some(&variant.name), &properties, 3, out);
        }
        out.line(1, "}");
    }

    /// `return r.leave({ … });`, a property a line.
    fn return_object(
        &mut self,
        leave: &str,
        kind: Option<&str>,
        properties: &[(String, TypeRef)],
        tabs: usize,
        out: &mut Lines,
    ) {
        if let (Some(kind), []) = (kind, properties) {
            out.line(tabs, format!("return r.{leave}({{ {KIND}: {} }});", literal(kind)));
            return;
        }
        out.line(tabs, format!("return r.{leave}({{"));
        if let Some(kind) = kind {
            out.line(tabs + 1, format!("{KIND}: {},", literal(kind)));
        }
        for (property, ty) in properties {
            let value = self.decode(ty, Key::Named(property));
            out.line(tabs + 1, property_of(property, value));
        }
        out.line(tabs, "});");
    }

    /// The expression that reads the count of a collection, of items of that size once they are read, and enters it.
    fn count(&self, zero_sized: bool, size: u64) -> Doc {
        match zero_sized {
            true => call(
                self.names.runtime_symbol("emptyList"),
                vec!["r".into(), size.to_string().into()],
            ),
            false => format!("r.list({size})").into(),
        }
    }

    /// The loop over the entries of a map or set.
    fn begin_loop(&self, zero_sized: bool, size: u64, out: &mut Lines) {
        let count = self.count(zero_sized, size);
        out.line(
            1,
            concat(["for (let i = 0, n = ".into(), count, "; i < n; i++) {".into()]),
        );
        out.line(2, "r.entry(i);");
    }

    /// The loop over the entries of a native map or set, and whether its keys are checked.
    fn begin_entries(&self, key: &TypeRef, zero_sized: bool, size: u64, out: &mut Lines) -> Keys {
        let keys = match self.types.is_integer_key(key) {
            true => {
                let function = self.names.runtime_symbol("integerKeys");
                out.assign(1, "const key =", call(function, vec!["r".into()]));
                Keys::Checked
            }
            false => Keys::Free,
        };
        self.begin_loop(zero_sized, size, out);
        keys
    }
}

/// What is done about the keys of a native map or set.
#[derive(Clone, Copy)]
enum Keys {
    /// They are counted by their hash: a peer may choose keys that collide.
    Checked,
    /// They are not: the engine's hash has a secret, or there are few keys.
    Free,
}

/// The expression of a key.
fn checked(keys: Keys, value: Doc) -> Doc {
    match keys {
        Keys::Checked => call("key", vec![value, Key::Index.write().into()]),
        Keys::Free => value,
    }
}

fn new_collection(out: &mut Lines, name: &str, value: Doc) {
    out.line(1, concat([format!("const {name} = ").into(), value]));
}
