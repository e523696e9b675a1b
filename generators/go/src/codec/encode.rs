//! Encoders: statements that append a value.

use rapace_schema::{Fields, TypeKind, TypeRef};

use super::place::Place;
use super::{Codecs, Way, field_part, is_byte_array, own_method};
use crate::statement::{Errors, Function, Part, Statement, looped, returning};
use crate::types::Form;

impl Codecs<'_> {
    pub(super) fn encoder(&self, ty: &TypeRef, name: &str) -> Function {
        let fallible = self.types.is_fallible(ty);
        let star = if self.types.by_pointer(ty) { "*" } else { "" };
        let mut body = match ty {
            TypeRef::Named(name) => self.encode_named(name),
            ty => self.encode_container(ty),
        };
        if fallible {
            body = returning(body);
        }
        Function {
            name: name.to_owned(),
            parameters: vec!["e *rapace.Encoder".into(), format!("v {star}{}", self.types.go(ty))],
            result: if fallible { "error" } else { "" },
            errors: Errors::Declared,
            body,
        }
    }

    fn encode_named(&self, name: &str) -> Vec<Statement> {
        let body = match (&self.types.def(name).kind, self.types.form(name)) {
            (TypeKind::Struct(fields), Form::Presented) => self.encode_presented(name, &fields.fields[0].ty),
            (TypeKind::Struct(fields), Form::Defined) => self.encode_defined(&fields.fields[0].ty),
            (TypeKind::Struct(fields), _) => self.encode_fields(name, None, fields, ""),
            (_, Form::UnitEnum) if self.types.is_open(name) => vec![Statement::plain("e.U32(uint32(v))")],
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                let call = format!("e.Variant(uint32(v), {})", variants.len());
                vec![Statement::check(call, &Part::Whole)]
            }
            (TypeKind::Enum { variants }, _) => {
                let cases = variants.iter().enumerate().map(|(index, variant)| {
                    let mut body = vec![Statement::Plain(format!("e.U32({index})"))];
                    let prefix = format!("{}.", variant.name);
                    body.extend(self.encode_fields(name, Some(index), &variant.fields, &prefix));
                    (format!("case {}", self.naming.variant(name, index)), body)
                });
                let refusal = format!("e.RefuseVariant(v, \"{}\")", self.types.name(name));
                let others = ("default".to_owned(), vec![Statement::Return(refusal)]);
                vec![Statement::Switch {
                    subject: "v := v.(type)".into(),
                    cases: cases.chain([others]).collect(),
                }]
            }
        };
        self.guarded(Way::Encode, name, body)
    }

    fn encode_fields(&self, name: &str, variant: Option<usize>, fields: &Fields, prefix: &str) -> Vec<Statement> {
        let transparent = variant.is_none() && fields.newtype().is_some();
        let names = self.naming.fields(name, variant);
        let statements = fields.fields.iter().zip(names).filter_map(|(field, go)| {
            let part = field_part(field, transparent, prefix);
            self.encode(&field.ty, &Place::Variable(format!("v.{go}")), &part)
        });
        statements.collect()
    }

    /// Encodes what a value is on the wire.
    fn encode_presented(&self, name: &str, wire: &TypeRef) -> Vec<Statement> {
        let [_, to] = self.naming.conversions(name);
        let mut statements = vec![
            Statement::Plain(format!("wire, err := {to}(v)")),
            Statement::when("err != nil", vec![Statement::Return("e.Refuse(\"%v\", err)".into())]),
        ];
        statements.extend(self.encode(wire, &Place::variable("wire"), &Part::Whole));
        statements
    }

    /// Encodes `v` of a defined type as what it is defined as.
    fn encode_defined(&self, inner: &TypeRef) -> Vec<Statement> {
        let go = self.types.go(inner);
        let place = match inner {
            TypeRef::Bytes | TypeRef::List(_) => Place::variable("v"),
            inner if !self.types.by_pointer(inner) => Place::Variable(format!("{go}(v)")),
            inner if is_byte_array(inner) => Place::pointee("v"),
            _ => Place::Pointee(format!("(*{go})(v)")),
        };
        self.encode(inner, &place, &Part::Whole).into_iter().collect()
    }

    fn encode_container(&self, ty: &TypeRef) -> Vec<Statement> {
        match ty {
            TypeRef::Option(item) => self.encode_option(item),
            TypeRef::Set(item) if self.types.is_comparable(item) => {
                let mut statements = self.encode_len(self.types.min_size(item));
                let body = |place: &'static str| {
                    let body = self.encode(item, &Place::variable(place), &Part::Key(place));
                    body.into_iter().collect()
                };
                statements.extend(if self.types.is_float(item) {
                    looped("_, item := range rapace.SortedKeys(v)", body("item"))
                } else if self.types.is_ordered(item) {
                    sorted(&self.types.go(item), None, body("entry.Key"))
                } else {
                    looped("item := range v", body("item"))
                });
                statements
            }
            TypeRef::List(item) | TypeRef::Set(item) => {
                let mut statements = self.encode_len(self.types.min_size(item));
                statements.extend(self.encode_items(item));
                statements
            }
            TypeRef::Array { item, .. } => self.encode_items(item),
            TypeRef::Map { key, value } => {
                let min_size = self.types.min_size(key).saturating_add(self.types.min_size(value));
                let mut statements = self.encode_len(min_size);
                statements.extend(self.encode_entries(key, value));
                statements
            }
            TypeRef::Tuple(items) => {
                let items = items.iter().enumerate();
                items
                    .filter_map(|(i, item)| {
                        self.encode(item, &Place::Variable(format!("v.V{i}")), &Part::Field(i.to_string()))
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn encode_option(&self, item: &TypeRef) -> Vec<Statement> {
        let (is_some, is_none, place) = match (self.types.is_sum(item), self.types.is_option_struct(item)) {
            (true, _) => ("v != nil", "v == nil", Place::variable("v")),
            (false, true) => ("v.Some", "!v.Some", Place::variable("v.Value")),
            (false, false) => ("v != nil", "v == nil", Place::pointee("v")),
        };
        let mut statements = vec![Statement::Plain(format!("e.Bool({is_some})"))];
        if let Some(value) = self.encode(item, &place, &Part::Whole) {
            let nothing = if self.types.is_fallible(item) { "nil" } else { "" };
            statements.push(Statement::when(is_none, vec![Statement::Return(nothing.into())]));
            statements.push(value);
        }
        statements
    }

    fn encode_len(&self, min_size: u64) -> Vec<Statement> {
        vec![match min_size {
            0 => Statement::check("e.ZeroSizedLen(len(v))", &Part::Whole),
            _ => Statement::plain("e.Len(len(v))"),
        }]
    }

    fn encode_items(&self, item: &TypeRef) -> Vec<Statement> {
        let (range, place) = match self.types.is_fallible(item) || self.types.by_pointer(item) {
            true => ("i := range v", "v[i]"),
            false => ("_, item := range v", "item"),
        };
        let body = self.encode(item, &Place::variable(place), &Part::Index);
        looped(range, body.into_iter().collect())
    }

    fn encode_entries(&self, key: &TypeRef, value: &TypeRef) -> Vec<Statement> {
        let mut body = Vec::new();
        if !self.types.is_comparable(key) {
            body.extend(self.encode(key, &Place::variable("v[i].Key"), &Part::Index));
            body.extend(self.encode(value, &Place::variable("v[i].Value"), &Part::Index));
            return looped("i := range v", body);
        }
        let ordered = self.types.is_ordered(key);
        if ordered && !self.types.is_float(key) && !self.types.by_pointer(value) {
            let part = Part::Key("entry.Key");
            body.extend(self.encode(key, &Place::variable("entry.Key"), &part));
            body.extend(self.encode(value, &Place::variable("entry.Value"), &part));
            return sorted(&self.types.go(key), Some(&self.types.go(value)), body);
        }
        body.extend(self.encode(key, &Place::variable("key"), &Part::Key("key")));
        if ordered && self.types.by_pointer(value) && !self.types.is_void(value) {
            body.push(Statement::plain("value := v[key]"));
        }
        let place = match ordered && !self.types.by_pointer(value) {
            true => Place::variable("v[key]"),
            false => Place::variable("value"),
        };
        body.extend(self.encode(value, &place, &Part::Key("key")));
        let range = match (ordered, self.types.is_void(key), self.types.is_void(value)) {
            (true, _, _) => "_, key := range rapace.SortedKeys(v)",
            // The error of a value names its key, even where all keys are the same.
            (false, true, _) if self.types.is_fallible(value) => "key, value := range v",
            (false, true, _) => "_, value := range v",
            (false, false, true) => "key := range v",
            (false, false, false) => "key, value := range v",
        };
        looped(range, body)
    }

    /// The statement that encodes the value in a place; nothing for a value without bytes.
    pub(super) fn encode(&self, ty: &TypeRef, place: &Place, part: &Part) -> Option<Statement> {
        if self.types.is_void(ty) {
            return None;
        }
        let call = match own_method(ty) {
            Some(method) => format!("e.{method}({})", place.value()),
            None if is_byte_array(ty) => format!("e.Raw({})", place.slice()),
            None => {
                let value = match self.types.by_pointer(ty) {
                    true => place.address(),
                    false => place.value(),
                };
                format!("{}(e, {value})", self.encoders[ty])
            }
        };
        Some(match self.types.is_fallible(ty) {
            true => Statement::check(call, part),
            false => Statement::Plain(call),
        })
    }
}

/// A loop over the entries of a map, or of a set, which has no values, in the order of the keys. Few of them are sorted on
/// the stack; small values are sorted with their keys, which saves looking them up.
fn sorted(key: &str, value: Option<&str>, body: Vec<Statement>) -> Vec<Statement> {
    let entry = format!("rapace.Entry[{key}, {}]", value.unwrap_or("struct{}"));
    let (variables, arguments) = match value {
        Some(_) => ("key, value", "key, value"),
        None => ("key", "key, struct{}{}"),
    };
    let insertion = vec![
        Statement::Plain(format!("rapace.InsertEntry(&few, n, {arguments})")),
        Statement::plain("n++"),
    ];
    let mut otherwise = vec![Statement::plain("n := 0")];
    otherwise.extend(looped(&format!("{variables} := range v"), insertion));
    let mut statements = vec![
        Statement::Plain(format!("var few [rapace.FewEntries]{entry}")),
        Statement::plain("entries := few[:min(len(v), len(few))]"),
        Statement::If {
            condition: "len(v) > len(few)".into(),
            then: vec![Statement::plain("entries = rapace.SortedEntries(v)")],
            otherwise,
        },
    ];
    statements.extend(looped("_, entry := range entries", body));
    statements
}
