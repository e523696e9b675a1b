//! From [`Facts`] to the schema: what may travel gets a name and its place in `api.json`.

use std::collections::BTreeMap;

use rapace_schema::{
    Api, Argument, Digest, Field, Fields, Generic, IR_VERSION, Method, MethodKind, Problem, Producer, Protocol,
    SCHEMA_URN, Service, Style, TypeDef, TypeKind, TypeRef, Variant,
};

use crate::discover::Found;
use crate::docs::{readable, unescape};
use crate::facts::{Facts, FieldsFacts, FieldsStyle, Form, MethodFacts};
use crate::naming::{names, plain, rust_name};
use crate::verdict::{Refusal, arguments, refusals};

/// Why services cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerError {
    /// Types that cannot travel.
    Refused(Vec<Refusal>),
    /// Clashes that the wire cannot carry, such as two services of one name.
    Unsound(Vec<Problem>),
}

/// The description of `services`, which were found in this order in the sources.
///
/// # Errors
/// All types that cannot travel, or all clashes.
pub fn lower(name: &str, services: &[Found], facts: &Facts) -> Result<Api, LowerError> {
    let refusals = refusals(facts);
    if !refusals.is_empty() {
        return Err(LowerError::Refused(refusals));
    }
    let used = reached(facts);
    let lowering = Lowering {
        facts,
        names: names(facts, &used),
    };
    let mut types: Vec<TypeDef> = used.iter().filter_map(|&shape| lowering.type_def(shape)).collect();
    types.sort_by(|a, b| a.name.cmp(&b.name));
    let mut api = Api {
        schema: SCHEMA_URN.into(),
        ir_version: IR_VERSION.into(),
        producer: Producer {
            name: "rapace".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
        protocol: Protocol::default(),
        name: name.into(),
        digest: Digest::default(),
        services: lowering.services(services),
        types,
    };
    let problems = rapace_schema::validate(&api);
    if !problems.is_empty() {
        return Err(LowerError::Unsound(problems));
    }
    rapace_schema::digest::seal(&mut api);
    Ok(api)
}

/// The structs and enums that the services reach, in the order of a walk over services and methods by name.
fn reached(facts: &Facts) -> Vec<usize> {
    fn walk(facts: &Facts, shape: usize, seen: &mut [bool], found: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[shape], true) {
            return;
        }
        let mut fields = |fields: &FieldsFacts, found: &mut Vec<usize>| {
            for field in fields.fields.iter().filter(|field| !field.skip) {
                walk(facts, field.shape, seen, found);
            }
        };
        match &facts.shapes[shape].form {
            Form::Struct(of_struct) => {
                found.push(shape);
                fields(of_struct, found);
            }
            Form::Enum(variants) => {
                found.push(shape);
                variants.iter().for_each(|variant| fields(&variant.fields, found));
            }
            Form::NonZero(item)
            | Form::Option(item)
            | Form::List(item)
            | Form::Array(item, _)
            | Form::Slice(item)
            | Form::Set(item)
            | Form::Pointer(_, Some(item)) => walk(facts, *item, seen, found),
            Form::Map(key, value) => {
                walk(facts, *key, seen, found);
                walk(facts, *value, seen, found);
            }
            Form::Tuple(items) => items.iter().for_each(|&item| walk(facts, item, seen, found)),
            Form::Scalar(_) | Form::Pointer(_, None) | Form::Other(_) => {}
        }
    }
    let mut services: Vec<_> = facts.services.iter().collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut seen, mut found) = (vec![false; facts.shapes.len()], Vec::new());
    for method in services.into_iter().flat_map(|service| &service.methods) {
        for shape in arguments(facts, method) {
            walk(facts, shape, &mut seen, &mut found);
        }
        walk(facts, method.response, &mut seen, &mut found);
    }
    found
}

struct Lowering<'a> {
    facts: &'a Facts,
    names: BTreeMap<usize, String>,
}

impl Lowering<'_> {
    fn services(&self, found: &[Found]) -> Vec<Service> {
        let mut services: Vec<Service> = (self.facts.services.iter().zip(found))
            .map(|(service, found)| {
                let place = |method: &MethodFacts| found.methods.iter().position(|name| *name == method.name);
                let mut methods: Vec<&MethodFacts> = service.methods.iter().collect();
                // Stable: methods that the sources do not show stay sorted by name, behind the others.
                methods.sort_by_key(|method| place(method).unwrap_or(usize::MAX));
                Service {
                    name: plain(&service.name).into(),
                    module: found.module.join("::"),
                    doc: readable(&unescape(&service.doc)),
                    deprecated: found.deprecated.clone(),
                    methods: methods.into_iter().map(|method| self.method(method, found)).collect(),
                }
            })
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services
    }

    fn method(&self, method: &MethodFacts, found: &Found) -> Method {
        let arguments = arguments(self.facts, method);
        Method {
            name: plain(&method.name).into(),
            wire_name: method.full_name.clone(),
            id: method.id,
            doc: readable(&unescape(&method.doc)),
            deprecated: found.deprecated_methods.get(&method.name).cloned(),
            kind: if method.streaming {
                MethodKind::ServerStreaming
            } else {
                MethodKind::Unary
            },
            arguments: (method.arguments.iter().zip(arguments))
                .map(|(name, shape)| Argument {
                    name: plain(name).into(),
                    ty: self.type_ref(shape),
                })
                .collect(),
            response: self.type_ref(method.response),
            digest: Digest::default(),
        }
    }

    fn type_def(&self, shape: usize) -> Option<TypeDef> {
        let facts = &self.facts.shapes[shape];
        let kind = match &facts.form {
            Form::Struct(fields) => TypeKind::Struct(self.fields(fields)),
            Form::Enum(variants) => {
                let variants = variants.iter().enumerate().map(|(index, variant)| Variant {
                    name: plain(&variant.name).into(),
                    rust_name: None,
                    index: index as u32,
                    doc: readable(&variant.doc.join("\n")),
                    deprecated: None,
                    fields: self.fields(&variant.fields),
                });
                TypeKind::Enum {
                    variants: variants.collect(),
                }
            }
            _ => return None,
        };
        Some(TypeDef {
            name: self.names[&shape].clone(),
            rust: rust_name(self.facts, shape),
            generic: self.generic(shape),
            doc: readable(&facts.doc.join("\n")),
            deprecated: None,
            digest: Digest::default(),
            kind,
        })
    }

    /// The generic origin, unless an argument is a type that no value contains and that so has no name.
    fn generic(&self, shape: usize) -> Option<Generic> {
        let facts = &self.facts.shapes[shape];
        let arguments: Option<Vec<TypeRef>> = facts.parameters.iter().map(|&p| self.try_type_ref(p)).collect();
        let arguments = arguments.filter(|arguments| !arguments.is_empty())?;
        Some(Generic {
            name: plain(&facts.name).into(),
            arguments,
        })
    }

    fn fields(&self, fields: &FieldsFacts) -> Fields {
        let kept = fields.fields.iter().filter(|field| !field.skip);
        Fields {
            style: match fields.style {
                FieldsStyle::Unit => Style::Unit,
                FieldsStyle::Tuple => Style::Tuple,
                FieldsStyle::Struct => Style::Struct,
            },
            fields: (kept.enumerate())
                .map(|(position, field)| Field {
                    name: match fields.style {
                        FieldsStyle::Tuple => position.to_string(),
                        _ => plain(&field.name).into(),
                    },
                    rust_name: None,
                    doc: readable(&field.doc.join("\n")),
                    deprecated: None,
                    sensitive: field.sensitive,
                    ty: self.type_ref(field.shape),
                })
                .collect(),
        }
    }

    fn type_ref(&self, shape: usize) -> TypeRef {
        let found = self.try_type_ref(shape);
        found.unwrap_or_else(|| unreachable!("{} was not refused", self.facts.shapes[shape].display))
    }

    fn try_type_ref(&self, shape: usize) -> Option<TypeRef> {
        let boxed = |item: usize| self.try_type_ref(item).map(Box::new);
        Some(match &self.facts.shapes[shape].form {
            Form::Struct(_) | Form::Enum(_) => TypeRef::Named(self.names.get(&shape)?.clone()),
            Form::Scalar(name) => scalar(name)?,
            Form::NonZero(inner) => self.try_type_ref(*inner)?,
            Form::Pointer(_, pointee) => self.try_type_ref((*pointee)?)?,
            Form::Option(item) => TypeRef::Option(boxed(*item)?),
            Form::List(item) | Form::Slice(item) => match boxed(*item)? {
                item if *item == TypeRef::U8 => TypeRef::Bytes,
                item => TypeRef::List(item),
            },
            Form::Array(item, len) => TypeRef::Array {
                item: boxed(*item)?,
                len: *len as u64,
            },
            Form::Set(item) => TypeRef::Set(boxed(*item)?),
            Form::Map(key, value) => TypeRef::Map {
                key: boxed(*key)?,
                value: boxed(*value)?,
            },
            // A tuple of one has the bytes of its item, and no other language has such a thing.
            Form::Tuple(items) => match items.as_slice() {
                [] => TypeRef::Unit,
                [item] => self.try_type_ref(*item)?,
                items => TypeRef::Tuple(
                    items
                        .iter()
                        .map(|&item| self.try_type_ref(item))
                        .collect::<Option<_>>()?,
                ),
            },
            Form::Other(_) => return None,
        })
    }
}

fn scalar(name: &str) -> Option<TypeRef> {
    Some(match name {
        "Unit" => TypeRef::Unit,
        "Bool" => TypeRef::Bool,
        "Char" => TypeRef::Char,
        "Str" | "String" | "CowStr" => TypeRef::String,
        "F32" => TypeRef::F32,
        "F64" => TypeRef::F64,
        "U8" => TypeRef::U8,
        "U16" => TypeRef::U16,
        "U32" => TypeRef::U32,
        "U64" | "USize" => TypeRef::U64,
        "U128" => TypeRef::U128,
        "I8" => TypeRef::I8,
        "I16" => TypeRef::I16,
        "I32" => TypeRef::I32,
        "I64" | "ISize" => TypeRef::I64,
        "I128" => TypeRef::I128,
        _ => return None,
    })
}
