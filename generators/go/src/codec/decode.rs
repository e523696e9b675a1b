//! Decoders: statements that take a value and put it where a pointer says.

use rapace_schema::{Fields, TypeKind, TypeRef};

use super::place::Place;
use super::{Codecs, Way, field_part, is_byte_array, own_method};
use crate::statement::{Check, Errors, Function, Part, Statement, looped, returning};
use crate::types::{Form, is_byte};

impl Codecs<'_> {
    pub(super) fn decoder(&self, ty: &TypeRef, name: &str) -> Function {
        let body = match ty {
            TypeRef::Named(name) => self.decode_named(name),
            ty => self.decode_container(ty),
        };
        Function {
            name: name.to_owned(),
            parameters: vec!["d *rapace.Decoder".into(), format!("v *{}", self.types.go(ty))],
            result: "(err error)",
            errors: Errors::Named,
            body: returning(body),
        }
    }

    fn decode_named(&self, name: &str) -> Vec<Statement> {
        let body = match (&self.types.def(name).kind, self.types.form(name)) {
            (TypeKind::Struct(fields), Form::Presented) => self.decode_presented(name, &fields.fields[0].ty),
            (TypeKind::Struct(fields), Form::Defined) => self.decode_defined(name, &fields.fields[0].ty),
            (TypeKind::Struct(fields), _) => self.decode_fields(name, None, fields, "v", ""),
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                let call = match self.types.is_open(name) {
                    true => "d.OpenVariant()".to_owned(),
                    false => format!("d.Variant({})", variants.len()),
                };
                return vec![
                    Statement::Plain(format!("index, err := {call}")),
                    Statement::Plain(format!("*v = {}(index)", self.types.name(name))),
                    Statement::Return("err".into()),
                ];
            }
            (TypeKind::Enum { variants }, _) => {
                let cases = variants.iter().enumerate().map(|(index, variant)| {
                    let go = self.naming.variant(name, index);
                    let prefix = format!("{}.", variant.name);
                    let fields = self.decode_fields(name, Some(index), &variant.fields, "variant", &prefix);
                    let body = match fields.is_empty() {
                        true => vec![Statement::Plain(format!("*v = {go}{{}}"))],
                        false => [Statement::Plain(format!("var variant {go}"))]
                            .into_iter()
                            .chain(fields)
                            .chain([Statement::plain("*v = variant")])
                            .collect(),
                    };
                    (format!("case {index}"), body)
                });
                vec![
                    Statement::Declare {
                        name: "index",
                        call: format!("d.Variant({})", variants.len()),
                    },
                    Statement::Switch {
                        subject: "index".into(),
                        cases: cases.collect(),
                    },
                ]
            }
        };
        self.guarded(Way::Decode, name, body)
    }

    fn decode_fields(
        &self,
        name: &str,
        variant: Option<usize>,
        fields: &Fields,
        variable: &str,
        prefix: &str,
    ) -> Vec<Statement> {
        let transparent = variant.is_none() && fields.newtype().is_some();
        let names = self.naming.fields(name, variant);
        let statements = fields.fields.iter().zip(names).filter_map(|(field, go)| {
            let part = field_part(field, transparent, prefix);
            self.decode(&field.ty, &Place::Variable(format!("{variable}.{go}")), &part)
        });
        statements.collect()
    }

    fn decode_defined(&self, name: &str, inner: &TypeRef) -> Vec<Statement> {
        let place = match (is_byte_array(inner), own_method(inner)) {
            (true, _) => Place::pointee("v"),
            (false, Some(method)) => {
                return vec![
                    Statement::Plain(format!("value, err := d.{method}()")),
                    Statement::Plain(format!("*v = {}(value)", self.types.name(name))),
                    Statement::Return("err".into()),
                ];
            }
            (false, None) => Place::Pointee(format!("(*{})(v)", self.types.go(inner))),
        };
        self.decode(inner, &place, &Part::Whole).into_iter().collect()
    }

    /// Decodes what a value is on the wire.
    fn decode_presented(&self, name: &str, wire: &TypeRef) -> Vec<Statement> {
        let [from, _] = self.naming.conversions(name);
        let mut statements = vec![
            Statement::plain("at := d.Offset()"),
            Statement::Plain(format!("var wire {}", self.types.go(wire))),
        ];
        statements.extend(self.decode(wire, &Place::variable("wire"), &Part::Whole));
        statements.push(Statement::Plain(format!("value, err := {from}(wire)")));
        statements.push(Statement::when(
            "err != nil",
            vec![Statement::Return("rapace.RefuseAt(at, err)".into())],
        ));
        statements.push(Statement::plain("*v = value"));
        statements
    }

    fn decode_container(&self, ty: &TypeRef) -> Vec<Statement> {
        match ty {
            TypeRef::Option(item) if own_method(ty).is_none() => self.decode_option(ty, item),
            TypeRef::Set(item) if self.types.is_comparable(item) => self.decode_set(ty, item),
            TypeRef::List(item) | TypeRef::Set(item) if own_method(ty).is_none() => self.decode_list(ty, item),
            TypeRef::Array { item, .. } if !is_byte(item) => {
                let body = self.decode(item, &Place::variable("v[i]"), &Part::Index);
                looped("i := range v", body.into_iter().collect())
            }
            TypeRef::Map { key, value } => self.decode_map(ty, key, value),
            TypeRef::Tuple(items) => {
                let items = items.iter().enumerate();
                items
                    .filter_map(|(i, item)| {
                        self.decode(item, &Place::Variable(format!("v.V{i}")), &Part::Field(i.to_string()))
                    })
                    .collect()
            }
            one => self
                .decode(one, &Place::pointee("v"), &Part::Whole)
                .into_iter()
                .collect(),
        }
    }

    fn decode_option(&self, ty: &TypeRef, item: &TypeRef) -> Vec<Statement> {
        let none = |value: String| {
            vec![
                Statement::plain("some, err := d.Bool()"),
                Statement::when(
                    "err != nil || !some",
                    vec![
                        Statement::Plain(format!("*v = {value}")),
                        Statement::Return("err".into()),
                    ],
                ),
            ]
        };
        if self.types.is_sum(item) {
            let mut statements = none("nil".into());
            statements.extend(self.decode(item, &Place::pointee("v"), &Part::Whole));
            return statements;
        }
        if self.types.is_option_struct(item) {
            let mut statements = none(format!("{}{{}}", self.types.go(ty)));
            statements.extend(self.decode(item, &Place::variable("v.Value"), &Part::Whole));
            statements.push(Statement::plain("v.Some = true"));
            return statements;
        }
        let mut statements = none("nil".into());
        statements.push(Statement::Plain(format!("value := new({})", self.types.go(item))));
        statements.extend(self.decode(item, &Place::pointee("value"), &Part::Whole));
        statements.push(Statement::plain("*v = value"));
        statements
    }

    fn decode_set(&self, ty: &TypeRef, item: &TypeRef) -> Vec<Statement> {
        let mut body = vec![Statement::Plain(format!("var item {}", self.types.go(item)))];
        body.extend(self.decode(item, &Place::variable("item"), &Part::Index));
        body.push(Statement::plain("set[item] = struct{}{}"));
        body.push(watch_the_clock());
        let mut statements = vec![
            count(self.types.min_size(item), self.sizes.item(item)),
            Statement::Plain(format!("set := make({}, n)", self.types.go(ty))),
        ];
        statements.extend(looped("i := range n", body));
        statements.push(Statement::plain("*v = set"));
        statements
    }

    fn decode_list(&self, ty: &TypeRef, item: &TypeRef) -> Vec<Statement> {
        let mut body: Vec<Statement> = self
            .decode(item, &Place::variable("items[i]"), &Part::Index)
            .into_iter()
            .collect();
        if !body.is_empty() && own_method(item).is_none() {
            body.push(watch_the_clock());
        }
        let mut statements = vec![
            count(self.types.min_size(item), self.sizes.item(item)),
            Statement::Plain(format!("items := make({}, n)", self.types.go(ty))),
        ];
        statements.extend(looped("i := range items", body));
        statements.push(Statement::plain("*v = items"));
        statements
    }

    fn decode_map(&self, ty: &TypeRef, key: &TypeRef, value: &TypeRef) -> Vec<Statement> {
        let min_size = self.types.min_size(key).saturating_add(self.types.min_size(value));
        let mut statements = vec![
            count(min_size, self.sizes.entry(key, value)),
            Statement::Plain(format!("entries := make({}, n)", self.types.go(ty))),
        ];
        let mut body = Vec::new();
        if self.types.is_comparable(key) {
            body.push(Statement::Plain(format!("var key {}", self.types.go(key))));
            body.extend(self.decode(key, &Place::variable("key"), &Part::Index));
            body.push(Statement::Plain(format!("var value {}", self.types.go(value))));
            body.extend(self.decode(value, &Place::variable("value"), &Part::Key("key")));
            body.push(Statement::plain("entries[key] = value"));
            body.push(watch_the_clock());
            statements.extend(looped("i := range n", body));
        } else {
            body.extend(self.decode(key, &Place::variable("entries[i].Key"), &Part::Index));
            body.extend(self.decode(value, &Place::variable("entries[i].Value"), &Part::Index));
            body.push(watch_the_clock());
            statements.extend(looped("i := range entries", body));
        }
        statements.push(Statement::plain("*v = entries"));
        statements
    }

    /// The statement that decodes into a place; nothing for a value without bytes.
    pub(super) fn decode(&self, ty: &TypeRef, place: &Place, part: &Part) -> Option<Statement> {
        if self.types.is_void(ty) {
            return None;
        }
        Some(match own_method(ty) {
            Some(method) => Statement::Check(Check {
                to: Some(place.value()),
                call: format!("d.{method}()"),
                part: part.clone(),
            }),
            None if is_byte_array(ty) => Statement::check(format!("d.Raw({})", place.slice()), part),
            None => {
                let function = &self.decoders[ty];
                Statement::check(format!("{function}(d, {})", place.address()), part)
            }
        })
    }
}

/// Takes a number of items, of which each has so many bytes at least and this nominal size in memory.
fn count(min_size: u64, size: u64) -> Statement {
    let min_size = min_size.min(i32::MAX as u64);
    Statement::Declare {
        name: "n",
        call: format!("d.Len({min_size}, {size})"),
    }
}

/// What ends a loop over items: a decoder gives up when nobody waits for the value any more.
fn watch_the_clock() -> Statement {
    Statement::check("d.Item(i)", &Part::Whole)
}
