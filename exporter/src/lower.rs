//! From [`Facts`] to the schema: what may travel gets a name and its place in `api.json`.

use std::collections::{BTreeMap, BTreeSet};

use rapace_schema::{
    Api, Argument, Digest, Field, Fields, Generic, IR_VERSION, Method, MethodKind, Producer, Protocol, SCHEMA_URN,
    Service, Style, TypeDef, TypeKind, TypeRef, Variant,
};

use crate::diagnostic::{Diagnostic, Level};
use crate::docs::{readable, unescape};
use crate::facts::{Facts, FieldFacts, FieldsFacts, FieldsStyle, Form, MethodFacts};
use crate::members::{MemberName, Members, member_names};
use crate::naming::{names, plain, rust_name};
use crate::source::services::Found;
use crate::source::types::{NameSource, TypeSource, TypeSources};
use crate::verdict::{arguments, judge};

/// What is known besides the facts.
pub struct Context<'a> {
    /// Name of the API.
    pub name: &'a str,
    /// The services as the sources show them, in the order of the facts.
    pub services: &'a [Found],
    /// The types as the sources show them.
    pub types: &'a TypeSources,
    /// Names that the author wants for types, by their path.
    pub names: &'a BTreeMap<String, String>,
    /// The methods that the author says are idempotent, as `Service.method`.
    pub idempotent: &'a BTreeSet<String>,
}

/// The description of the services, with warnings.
///
/// # Errors
/// All types that cannot travel, or all clashes; warnings too.
pub fn lower(context: &Context<'_>, facts: &Facts) -> Result<(Api, Vec<Diagnostic>), Vec<Diagnostic>> {
    let crates: Vec<String> = context.services.iter().map(|found| found.module[0].clone()).collect();
    let mut diagnostics = judge(facts, &crates);
    if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        return Err(diagnostics);
    }
    let used = reached(facts);
    let lowering = Lowering {
        facts,
        context,
        names: names(facts, &used, context.names),
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
        name: context.name.into(),
        digest: Digest::default(),
        services: lowering.services(),
        types,
    };
    let problems = rapace_schema::validate(&api);
    if !problems.is_empty() {
        diagnostics.extend(problems.into_iter().map(|problem| Diagnostic {
            place: problem.place,
            why: problem.what,
            ..Diagnostic::error("clash")
        }));
        return Err(diagnostics);
    }
    rapace_schema::digest::seal(&mut api);
    diagnostics.extend(bites(&api, context));
    Ok((api, diagnostics))
}

/// The argument whose name rapace's macro uses itself, for a u32, in the function that decodes arguments and answers.
const CHANNEL: &str = "channel_id";

/// What works and bites, as far as the description shows it.
fn bites(api: &Api, context: &Context<'_>) -> Vec<Diagnostic> {
    let groups = rapace_schema::groups(api);
    let recursive = api
        .types
        .iter()
        .filter(|def| groups.is_recursive(&def.name))
        .map(|def| Diagnostic {
            rust_type: def.rust.clone(),
            why: "is recursive: clients refuse values nested deeper than 128, and some 500 levels end a Rust server"
                .into(),
            cure: "bound the depth, or send a flat list with the parents' places".into(),
            ..Diagnostic::warning("recursive-type")
        });
    let several = (api.services.len() > 1).then(|| Diagnostic {
        why: format!(
            "{} services: rapace's plain `serve()` answers for one of them per connection",
            api.services.len()
        ),
        cure: "serve them through a session, several on one listener with rapace-host".into(),
        ..Diagnostic::warning("several-services")
    });
    let misdirected = api.services.iter().flat_map(|service| {
        let methods = service.methods.iter().filter(|method| {
            let mut arguments = method.arguments.iter();
            arguments.any(|argument| (argument.name.as_str(), &argument.ty) == (CHANNEL, &TypeRef::U32))
        });
        methods.map(|method| Diagnostic {
            service: service.name.clone(),
            method: method.name.clone(),
            place: format!("argument {CHANNEL}"),
            why: "hides what rapace's macro calls the channel: the answer goes to the channel of this number".into(),
            cure: "call it something else".into(),
            ..Diagnostic::warning("hidden-channel")
        })
    });
    let unused = context
        .names
        .keys()
        .filter(|path| !api.types.iter().any(|def| def.path == **path))
        .map(|path| Diagnostic {
            place: crate::config::FILE.into(),
            why: format!("no exported type has the path {path:?}"),
            cure: "take the path from \"path\" in the exported JSON".into(),
            ..Diagnostic::warning("unused-name")
        });
    let known: BTreeSet<String> = (api.services.iter())
        .flat_map(|service| {
            service
                .methods
                .iter()
                .map(|method| full_name(&service.name, &method.name))
        })
        .collect();
    let unknown = context.idempotent.difference(&known).map(|name| Diagnostic {
        place: crate::config::FILE.into(),
        why: format!("no exported method is called {name:?}, which is to be idempotent"),
        cure: "write it as `Service.method`".into(),
        ..Diagnostic::warning("unused-idempotent")
    });
    recursive
        .chain(several)
        .chain(misdirected)
        .chain(unused)
        .chain(unknown)
        .collect()
}

/// What `rapace.toml` calls a method.
fn full_name(service: &str, method: &str) -> String {
    format!("{service}.{method}")
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
        for shape in arguments(facts, method) {
            walk(facts, shape, &mut seen, &mut found);
        }
        walk(facts, method.response, &mut seen, &mut found);
    }
    found
}

struct Lowering<'a> {
    facts: &'a Facts,
    context: &'a Context<'a>,
    names: BTreeMap<usize, String>,
}

impl Lowering<'_> {
    fn services(&self) -> Vec<Service> {
        let mut services: Vec<Service> = (self.facts.services.iter().zip(self.context.services))
            .map(|(service, found)| {
                let place = |method: &MethodFacts| found.methods.iter().position(|name| *name == method.name);
                let mut methods: Vec<&MethodFacts> = service.methods.iter().collect();
                // Stable: methods that the sources do not show stay sorted by name, behind the others.
                methods.sort_by_key(|method| place(method).unwrap_or(usize::MAX));
                let name = plain(&service.name);
                let methods = methods.into_iter().map(|method| self.method(name, method, found));
                Service {
                    name: name.into(),
                    module: found.module.join("::"),
                    doc: readable(&unescape(&service.doc)),
                    deprecated: found.deprecated.clone(),
                    methods: methods.collect(),
                }
            })
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services
    }

    fn method(&self, service: &str, method: &MethodFacts, found: &Found) -> Method {
        let arguments = arguments(self.facts, method);
        let name = plain(&method.name);
        Method {
            name: name.into(),
            wire_name: method.full_name.clone(),
            id: method.id,
            doc: readable(&unescape(&method.doc)),
            deprecated: found.deprecated_methods.get(&method.name).cloned(),
            kind: if method.streaming {
                MethodKind::ServerStreaming
            } else {
                MethodKind::Unary
            },
            idempotent: self.context.idempotent.contains(&full_name(service, name)),
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
        let path = facts.path.clone().unwrap_or_default();
        let unknown = TypeSource::default();
        let source = self
            .context
            .types
            .get(path.split('<').next().unwrap_or_default())
            .unwrap_or(&unknown);
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
                            doc: readable(&variant.doc.join("\n")),
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
            doc: readable(&facts.doc.join("\n")),
            deprecated: source.deprecated.clone(),
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
                    doc: readable(&field.doc.join("\n")),
                    deprecated: source.and_then(|source| source.deprecated.clone()),
                    default: field.default,
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

/// What the sources say of so many things, in order: of none of them unless they show as many.
fn paired<T>(count: usize, sources: &[T]) -> impl Iterator<Item = Option<&T>> {
    let known = sources.len() == count;
    (0..count).map(move |index| sources.get(index).filter(|_| known))
}

/// The names of a tuple's fields: `0`, `1`, …
fn positions(count: usize) -> Vec<MemberName> {
    let names = (0..count).map(|position| MemberName {
        name: position.to_string(),
        ..MemberName::default()
    });
    names.collect()
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
