//! From [`Facts`] to the schema: what may travel gets a name and its place in `api.json`.

use std::collections::BTreeMap;

use rapace_schema::{
    Api, Argument, Digest, Field, Fields, Generic, IR_VERSION, Method, MethodKind, Producer, Protocol, SCHEMA_URN,
    Service, Style, TypeDef, TypeKind, TypeRef, Variant,
};

use crate::aliases::settle;
use crate::clashes::clashes;
use crate::defaults;
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::docs::{readable, unescape};
use crate::facts::{Facts, FieldFacts, FieldsFacts, FieldsStyle, Form, MethodFacts, Scalar};
use crate::hashable::hashable;
use crate::ignored::ignored;
use crate::inputs::Inputs;
use crate::members::{MemberName, Members, member_names};
use crate::naming::{Given, names};
use crate::parts::of_problem;
use crate::present::present;
use crate::rust_type::{plain, rust_name};
use crate::source::alias::AliasSource;
use crate::source::doc::{Doc, without_stars};
use crate::source::services::ServiceSource;
use crate::source::types::{NameSource, TypeSource, paired};
use crate::verdict::judge;
use crate::warnings::{idempotent_name, unknown_idempotent, warnings};

/// The description of the services, with warnings.
///
/// # Errors
/// All types that cannot travel, or all clashes; warnings too.
pub fn lower(inputs: &Inputs<'_>, facts: &Facts) -> Result<(Api, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut diagnostics = judge(facts, inputs.services, inputs.types);
    if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        return Err(diagnostics);
    }
    let used = reached(facts);
    let lowering = Lowering {
        facts,
        inputs,
        names: names(
            facts,
            &used,
            Given {
                wanted: inputs.names,
                kept: inputs.kept,
            },
        ),
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
        name: inputs.name.into(),
        digest: Digest::default(),
        services: lowering.services(),
        types,
        package: inputs.about.clone(),
        ..Api::default()
    };
    settle(&mut api, lowering.alias_docs(&used));
    let clashes = clashes(&api.services, inputs.services);
    if !clashes.is_empty() {
        diagnostics.extend(clashes);
        return Err(diagnostics);
    }
    let problems = rapace_schema::validate(&api);
    if !problems.is_empty() {
        diagnostics.extend(problems.into_iter().map(|problem| Diagnostic {
            at: of_problem(&problem, &api, inputs),
            place: problem.place,
            why: problem.what,
            ..Diagnostic::error("clash")
        }));
        return Err(diagnostics);
    }
    diagnostics.extend(present(&mut api, inputs));
    diagnostics.extend(unknown_idempotent(&api, inputs));
    if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        return Err(diagnostics);
    }
    defaults::fill(&mut api, facts, inputs.types, &lowering.names);
    rapace_schema::digest::seal(&mut api);
    diagnostics.extend(lowering.unread_docs(&used));
    diagnostics.extend(ignored(facts, inputs, &used));
    diagnostics.extend(warnings(&api, inputs));
    Ok((api, diagnostics))
}

/// The structs and enums that the services reach, in the order of a walk over services and methods by name.
fn reached(facts: &Facts) -> Vec<usize> {
    fn walk(facts: &Facts, shape: usize, seen: &mut [bool], found: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[shape], true) {
            return;
        }
        let form = &facts.shapes[shape].form;
        let fields: Vec<&FieldsFacts> = match form {
            Form::Struct(fields) => vec![fields],
            Form::Enum(variants) => variants.iter().map(|variant| &variant.fields).collect(),
            _ => Vec::new(),
        };
        if matches!(form, Form::Struct(_) | Form::Enum(_)) {
            found.push(shape);
        }
        let fields = fields
            .into_iter()
            .flat_map(|fields| &fields.fields)
            .filter(|field| !field.skip);
        let inner: Vec<usize> = fields.map(|field| field.shape).chain(form.children()).collect();
        inner.into_iter().for_each(|inner| walk(facts, inner, seen, found));
    }
    let mut services: Vec<_> = facts.services.iter().collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let (mut seen, mut found) = (vec![false; facts.shapes.len()], Vec::new());
    for method in services.into_iter().flat_map(|service| &service.methods) {
        for shape in facts.arguments(method) {
            walk(facts, shape, &mut seen, &mut found);
        }
        walk(facts, method.response, &mut seen, &mut found);
    }
    found
}

struct Lowering<'a> {
    facts: &'a Facts,
    inputs: &'a Inputs<'a>,
    names: BTreeMap<usize, String>,
}

impl Lowering<'_> {
    fn services(&self) -> Vec<Service> {
        let mut services: Vec<Service> = (self.facts.services.iter().zip(self.inputs.services))
            .map(|(service, found)| {
                let place = |method: &MethodFacts| found.methods.iter().position(|name| *name == method.name);
                let mut methods: Vec<&MethodFacts> = service.methods.iter().collect();
                // Stable: methods that the sources do not show stay sorted by name, after the others.
                methods.sort_by_key(|method| place(method).unwrap_or(usize::MAX));
                let name = plain(&service.name);
                let methods = methods.into_iter().map(|method| self.method(name, method, found));
                Service {
                    name: name.into(),
                    module: found.module.join("::"),
                    doc: shown(&found.doc, || readable(&unescape(&service.doc))),
                    deprecated: found.deprecated.clone(),
                    methods: methods.collect(),
                }
            })
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services
    }

    fn method(&self, service: &str, method: &MethodFacts, found: &ServiceSource) -> Method {
        let arguments = self.facts.arguments(method);
        let name = plain(&method.name);
        let signature = found.signature(&method.name, arguments.len());
        Method {
            name: name.into(),
            wire_name: method.full_name.clone(),
            id: method.id,
            doc: shown(found.method_docs.get(&method.name).unwrap_or(&Doc::AsReflected), || {
                readable(&unescape(&method.doc))
            }),
            deprecated: found.deprecated_methods.get(&method.name).cloned(),
            kind: if method.streaming {
                MethodKind::ServerStreaming
            } else {
                MethodKind::Unary
            },
            idempotent: self.inputs.idempotent.contains(&idempotent_name(service, name)),
            arguments: (method.arguments.iter().zip(arguments))
                .enumerate()
                .map(|(index, (name, shape))| Argument {
                    name: plain(name).into(),
                    ty: self.type_ref(shape),
                    alias: signature.and_then(|signature| alias_name(&signature.arguments.get(index)?.alias)),
                })
                .collect(),
            response: self.type_ref(method.response),
            response_alias: signature.and_then(|signature| alias_name(&signature.response.alias)),
            digest: Digest::default(),
        }
    }

    /// What the sources say of a type.
    fn source(&self, shape: usize) -> Option<&TypeSource> {
        self.inputs.types.of(self.facts, shape)
    }

    /// The docs of all aliases that the sources use, by their name and path.
    fn alias_docs(&self, used: &[usize]) -> BTreeMap<(String, String), String> {
        let services = self.inputs.services.iter();
        let parts = services
            .flat_map(|found| found.signatures.values())
            .flat_map(|signature| {
                let parts = signature.arguments.iter().chain([&signature.response]);
                parts.filter_map(|part| part.alias.as_ref())
            });
        let fields = used.iter().filter_map(|&shape| self.source(shape)).flat_map(|source| {
            let of_variants = source.variants.iter().flat_map(|(_, fields)| fields);
            source
                .fields
                .iter()
                .chain(of_variants)
                .filter_map(|field| field.alias.as_ref())
        });
        let docs = parts.chain(fields).map(|alias| {
            let doc = shown(&alias.doc, String::new);
            ((alias.name.clone(), alias.path.clone()), doc)
        });
        docs.collect()
    }

    /// A warning for each place whose docs are in the sources and cannot be read.
    fn unread_docs(&self, used: &[usize]) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        let mut look = |place: String, doc: &Doc, at: Option<&Location>| {
            if let Doc::Unread(why) = doc {
                warnings.push(Diagnostic {
                    place,
                    at: at.cloned(),
                    why: format!("its docs cannot be read: {why}"),
                    ..Diagnostic::warning("docs-unread")
                });
            }
        };
        for found in self.inputs.services {
            let path = format!("{}::{}", found.module.join("::"), found.name);
            look(path.clone(), &found.doc, found.at.as_ref());
            for (method, doc) in &found.method_docs {
                let at = found.signatures.get(method).and_then(|signature| signature.at.as_ref());
                look(format!("{path}::{method}"), doc, at);
            }
        }
        for &shape in used {
            let Some(source) = self.source(shape) else { continue };
            let path = self.facts.shapes[shape].path.clone().unwrap_or_default();
            look(path.clone(), &source.doc, source.at.as_ref());
            let mut member = |place: String, name: &NameSource| look(place, &name.doc, name.at.as_ref());
            for field in &source.fields {
                member(format!("{path}, field {}", field.name), field);
            }
            for (variant, fields) in &source.variants {
                let path = format!("{path}::{}", variant.name);
                member(path.clone(), variant);
                for field in fields {
                    member(format!("{path}, field {}", field.name), field);
                }
            }
        }
        warnings
    }

    fn type_def(&self, shape: usize) -> Option<TypeDef> {
        let facts = &self.facts.shapes[shape];
        let path = facts.path.clone().unwrap_or_default();
        let unknown = TypeSource::default();
        let source = self.source(shape);
        let known = source.is_some();
        let source = source.unwrap_or(&unknown);
        let kind = match &facts.form {
            Form::Struct(fields) => TypeKind::Struct(self.fields(fields, &source.fields)),
            Form::Enum(variants) => {
                let sources: Vec<_> = paired(variants.len(), &source.variants).collect();
                let members: Vec<(&str, Option<&str>)> = (variants.iter().zip(&sources))
                    .map(|(variant, source)| (variant.name.as_str(), source.map(|(name, _)| name.name.as_str())))
                    .collect();
                let names = member_names(Members::Variants, &members);
                let variants = (variants.iter().zip(sources).zip(names).enumerate()).map(
                    |(index, ((variant, source), called))| {
                        let (name, fields) = source
                            .map(|(name, fields)| (Some(name), fields.as_slice()))
                            .unwrap_or_default();
                        Variant {
                            name: called.name,
                            rust_name: called.rust,
                            json_name: called.json,
                            index: index as u32,
                            doc: shown(name.map_or(&Doc::AsReflected, |name| &name.doc), || {
                                reflected(&variant.doc, name.is_some())
                            }),
                            deprecated: name.and_then(|name| name.deprecated.clone()),
                            fields: self.fields(&variant.fields, fields),
                        }
                    },
                );
                TypeKind::Enum {
                    variants: variants.collect(),
                }
            }
            _ => return None,
        };
        Some(TypeDef {
            name: self.names[&shape].clone(),
            rust: rust_name(self.facts, shape),
            path,
            generic: self.generic(shape),
            doc: shown(&source.doc, || reflected(&facts.doc, known)),
            deprecated: source.deprecated.clone(),
            digest: Digest::default(),
            kind,
            hashable: hashable(self.facts, self.inputs.types, shape),
            ..TypeDef::default()
        })
    }

    /// The generic origin, unless an argument is a type that no value contains and that so has no name.
    fn generic(&self, shape: usize) -> Option<Generic> {
        let facts = &self.facts.shapes[shape];
        let arguments: Option<Vec<TypeRef>> = facts.parameters.iter().map(|&p| self.try_type_ref(p)).collect();
        // The schema has no const arguments, without which two instantiations would look like one.
        let arguments = arguments.filter(|arguments| !arguments.is_empty() && facts.consts.is_empty())?;
        Some(Generic {
            name: plain(&facts.name).into(),
            arguments,
        })
    }

    fn fields(&self, fields: &FieldsFacts, sources: &[NameSource]) -> Fields {
        let sources = paired(fields.fields.len(), sources);
        let kept = fields.fields.iter().zip(sources).filter(|(field, _)| !field.skip);
        let kept: Vec<(&FieldFacts, Option<&NameSource>)> = kept.collect();
        let names = match fields.style {
            FieldsStyle::Tuple => positions(kept.len()),
            FieldsStyle::Unit | FieldsStyle::Struct => {
                let members = kept
                    .iter()
                    .map(|(field, source)| (field.name.as_str(), source.map(|source| source.name.as_str())));
                member_names(Members::Fields, &members.collect::<Vec<_>>())
            }
        };
        Fields {
            style: match fields.style {
                FieldsStyle::Unit => Style::Unit,
                FieldsStyle::Tuple => Style::Tuple,
                FieldsStyle::Struct => Style::Struct,
            },
            fields: (kept.into_iter().zip(names))
                .map(|((field, source), called)| Field {
                    name: called.name,
                    rust_name: called.rust,
                    json_name: called.json,
                    doc: shown(source.map_or(&Doc::AsReflected, |source| &source.doc), || {
                        reflected(&field.doc, source.is_some())
                    }),
                    deprecated: source.and_then(|source| source.deprecated.clone()),
                    default: field.default,
                    sensitive: field.sensitive,
                    ty: self.type_ref(field.shape),
                    alias: source.and_then(|source| alias_name(&source.alias)),
                    ..Field::default()
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
            Form::Scalar(known) => scalar(known)?,
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
            Form::Result(..) | Form::Other(_) => return None,
        })
    }
}

fn alias_name(alias: &Option<AliasSource>) -> Option<String> {
    alias.as_ref().map(|alias| alias.name.clone())
}

/// The docs by the sources, where reflection has lost some.
fn shown(doc: &Doc, reflected: impl FnOnce() -> String) -> String {
    match doc {
        Doc::Text(text) => readable(text),
        Doc::AsReflected | Doc::Unread(_) => reflected(),
    }
}

/// The docs by reflection. Where the sources say nothing, a part of several lines is a block comment.
fn reflected(lines: &[String], known: bool) -> String {
    let lines: Vec<String> = (lines.iter())
        .map(|line| {
            if known || !line.contains('\n') {
                line.clone()
            } else {
                without_stars(line)
            }
        })
        .collect();
    readable(&lines.join("\n"))
}

/// The names of a tuple's fields: `0`, `1`, …
fn positions(count: usize) -> Vec<MemberName> {
    let names = (0..count).map(|position| MemberName {
        name: position.to_string(),
        ..MemberName::default()
    });
    names.collect()
}

fn scalar(scalar: &Scalar) -> Option<TypeRef> {
    Some(match scalar {
        Scalar::Unit => TypeRef::Unit,
        Scalar::Bool => TypeRef::Bool,
        Scalar::Char => TypeRef::Char,
        Scalar::Str | Scalar::String | Scalar::CowStr => TypeRef::String,
        Scalar::F32 => TypeRef::F32,
        Scalar::F64 => TypeRef::F64,
        Scalar::U8 => TypeRef::U8,
        Scalar::U16 => TypeRef::U16,
        Scalar::U32 => TypeRef::U32,
        Scalar::U64 => TypeRef::U64,
        Scalar::USize => TypeRef::Usize,
        Scalar::U128 => TypeRef::U128,
        Scalar::I8 => TypeRef::I8,
        Scalar::I16 => TypeRef::I16,
        Scalar::I32 => TypeRef::I32,
        Scalar::I64 => TypeRef::I64,
        Scalar::ISize => TypeRef::Isize,
        Scalar::I128 => TypeRef::I128,
        Scalar::Other(_) => return None,
    })
}
