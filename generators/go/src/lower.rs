//! From the API to the view: every decision about what the files hold.

mod client;
mod context;
mod example;
mod handler;
mod values;
mod written;

use rapace_gen_core::in_parallel;
use rapace_gen_core::names::Scope;
use rapace_gen_core::plan::Facts;
use rapace_gen_core::{Call, GenerateError};
use rapace_schema::{Alias, Api, Examples, Field, Fields, Service, TypeDef, TypeKind, TypeRef};

pub(crate) use self::client::Client;
use self::context::Context;
pub(crate) use self::example::Example;
pub(crate) use self::handler::Handler;
use crate::align::{Row, align};
use crate::codec::Codecs;
use crate::declared::{Naming, ServiceNames, type_names};
use crate::docs::{comment, comment_after, comment_of_type, literal};
use crate::failures::{errors, failing_variant};
use crate::foreign::{foreign, wire_of};
use crate::json::Forms;
use crate::known::{is_presented, is_uuid};
use crate::reserved::{parameter_scope, served_parameter_scope};
use crate::results::Results;
use crate::types::{Form, Types, is_byte};
use crate::view::{self, Comment, Redacted, Struct, Text};

/// How many types are lowered together. Each takes microseconds.
const TOGETHER: usize = 64;

/// The parts of a package.
pub(crate) struct Package {
    pub(crate) doc: Comment,
    pub(crate) types: Vec<view::Type>,
    /// What `types.go` imports besides the runtime.
    pub(crate) types_imports: Vec<&'static str>,
    /// The packages of users that it imports: their paths, with the names that they have there.
    pub(crate) types_foreign: Vec<(String, String)>,
    /// Whether it imports the runtime.
    pub(crate) types_use_runtime: bool,
    pub(crate) codecs: Vec<Vec<String>>,
    /// What reads and writes the JSON form of types.
    pub(crate) json: Vec<Vec<String>>,
    /// What takes outcomes of calls apart and puts them together.
    pub(crate) results: Vec<Vec<String>>,
    pub(crate) clients: Vec<Client>,
    /// Functions of one call for each service.
    pub(crate) examples: Vec<Example>,
}

/// Lowers an API to the parts of the package of this name.
pub(crate) fn lower(api: &Api, package: &str, description: Option<&str>) -> Package {
    with_context(api, package, |context, forms, services| Package {
        doc: package_doc(api, package, description),
        ..parts(context, &forms, services)
    })
}

/// For each service, a function of one call for each of its methods.
pub(crate) fn calls(api: &Api, package: &str) -> Vec<Vec<Example>> {
    let examples = Examples::of(api);
    with_context(api, package, |context, _, services| {
        let of_service = |(service, names): (&Service, &ServiceNames)| {
            let methods = service.methods.iter().zip(&names.methods);
            methods
                .map(|method| context.call_of(names, method, &examples))
                .collect()
        };
        api.services.iter().zip(&services).map(of_service).collect()
    })
}

/// A function `run` that makes a call with these values.
///
/// # Errors
/// When a value cannot be written.
pub(crate) fn call_with(
    api: &Api,
    package: &str,
    call: &Call<'_>,
    dialled: &[String],
) -> Result<Example, GenerateError> {
    with_context(api, package, |context, _, services| {
        context.call_with(&services[call.service], call, dialled)
    })
}

/// Hands all that was decided about an API to a function: also the JSON forms, and the names of services.
fn with_context<'a, R>(
    api: &'a Api,
    package: &'a str,
    lower: impl FnOnce(&Context<'_>, Forms<'_>, Vec<ServiceNames>) -> R,
) -> R {
    let mut exported = Scope::default();
    let names = type_names(api, &mut exported);
    let (mut naming, mut privates) = Naming::new(api, &names, &mut exported);
    let services = std::mem::take(&mut naming.services);
    let facts = Facts::of(api);
    let types = Types::new(api, names, &facts);
    let codecs = Codecs::new(&types, &naming, &facts, api, &mut privates);
    let forms = Forms::new(&types, &naming, api, &mut privates);
    let results = Results::new(&types, &naming, api, &mut privates);
    let context = Context {
        results: &results,
        errors: errors(api),
        api,
        package,
        types: &types,
        naming: &naming,
        codecs: &codecs,
        parameters: parameter_scope(&privates),
        served_parameters: served_parameter_scope(&privates),
    };
    lower(&context, forms, services)
}

/// All parts but the package's documentation.
fn parts(context: &Context<'_>, forms: &Forms<'_>, services: Vec<ServiceNames>) -> Package {
    let Context { api, types, .. } = context;
    let defs: Vec<&[TypeDef]> = api.types.chunks(TOGETHER).collect();
    let defs = in_parallel(&defs, |part| {
        part.iter().map(|def| context.type_def(def)).collect::<Vec<_>>()
    });
    let views: Vec<view::Type> = (api.aliases.iter().map(|alias| context.alias(alias)))
        .chain(defs.into_iter().flatten())
        .collect();
    let pairs: Vec<(&Service, &ServiceNames)> = api.services.iter().zip(&services).collect();
    let examples = Examples::of(api);
    Package {
        doc: Comment::default(),
        types_imports: types_imports(&views),
        types_foreign: (types.imports().iter())
            .map(|(path, name)| ((*path).to_owned(), name.clone()))
            .collect(),
        types_use_runtime: views.iter().any(redacts)
            || (api.types.iter()).any(|def| is_uuid(def) || is_presented(def).is_some() && foreign(def).is_none())
            || api.aliases.iter().any(|alias| types.uses_runtime(&alias.ty))
            || api
                .types
                .iter()
                .flat_map(TypeDef::field_types)
                .any(|ty| types.uses_runtime(ty)),
        types: views,
        codecs: context.codecs.functions(),
        json: forms.functions(api),
        results: context.results.functions(),
        examples: (pairs.iter())
            .filter_map(|(service, names)| context.example(service, names, &examples))
            .collect(),
        clients: in_parallel(&pairs, |(service, names)| context.client(service, (*names).clone())),
    }
}

fn package_doc(api: &Api, package: &str, description: Option<&str>) -> Comment {
    let sentence = format!("Package {package} holds the {}.", contents(api));
    comment_after(&sentence, description.unwrap_or_default(), false, None)
}

/// What a package holds, in words.
pub(crate) fn contents(api: &Api) -> String {
    let names: Vec<&str> = api.services.iter().map(|service| service.name.as_str()).collect();
    let services = match names.as_slice() {
        [] => "types".to_owned(),
        [one] => format!("client and the handler of the rapace service {one}"),
        [most @ .., last] => {
            format!(
                "clients and handlers of the rapace services {} and {last}",
                most.join(", ")
            )
        }
    };
    format!("{services} of {}", api.name)
}

/// True for a type that is not printed as it is.
fn redacts(view: &view::Type) -> bool {
    match view {
        view::Type::Defined { sensitive, .. } => *sensitive,
        view::Type::Struct(one) => one.redacted.is_some(),
        view::Type::Sum { variants, .. } => variants.iter().any(|one| one.redacted.is_some()),
        view::Type::UnitEnum { .. } | view::Type::Alias { .. } => false,
    }
}

fn types_imports(views: &[view::Type]) -> Vec<&'static str> {
    let mut imports = Vec::new();
    if views.iter().any(|view| redacts(view) || uses(view, "fmt.")) {
        imports.push("fmt");
    }
    if views.iter().any(|view| uses(view, "strconv.")) {
        imports.push("strconv");
    }
    if views
        .iter()
        .any(|view| matches!(view, view::Type::Defined { go, .. } if go.starts_with("= time.")))
    {
        imports.push("time");
    }
    imports
}

/// Whether the text of a type is made with functions of a package.
fn uses(view: &view::Type, package: &str) -> bool {
    match view {
        view::Type::Defined { text, error, .. } => {
            let mut texts = text.iter().chain(error);
            texts.any(|text| text.starts_with(package))
        }
        view::Type::UnitEnum { .. } => package == "strconv.",
        view::Type::Alias { .. } => false,
        view::Type::Sum { variants, .. } => {
            package == "fmt."
                && variants
                    .iter()
                    .any(|one| matches!(one.text, Some(Text::Fields)) || one.is_error)
        }
        view::Type::Struct(one) => package == "fmt." && one.is_error,
    }
}

impl Context<'_> {
    fn type_def(&self, def: &TypeDef) -> view::Type {
        let name = self.types.name(&def.name).to_owned();
        let otherwise = match wire_of(&def.name) {
            Some(of) => format!("{name} is what [{}] is on the wire.", self.types.name(of)),
            None => format!("{name} is Rust's {}.", def.rust),
        };
        let deprecated = def.deprecated.as_deref();
        let doc = comment_of_type(&name, &def.doc, &otherwise, deprecated);
        let doc = match self.note(def) {
            Some(variants) => {
                let doc = format!(
                    "{}\n\n{variants}",
                    if def.doc.is_empty() { &otherwise } else { &def.doc }
                );
                comment_of_type(&name, doc.trim_start(), &otherwise, deprecated)
            }
            None => doc,
        };
        match (&def.kind, self.types.form(&def.name)) {
            (TypeKind::Struct(fields), Form::Presented) => self.presented(def, doc, name, &fields.fields[0]),
            (TypeKind::Struct(fields), Form::Defined) => view::Type::Defined {
                functions: self.parser(def, &name).into_iter().collect(),
                doc,
                name,
                go: self.types.go(&fields.fields[0].ty),
                sensitive: fields.fields[0].sensitive,
                error: self.is_error(def).then(|| match self.text(&fields.fields[0]) {
                    Some(_) => "v.String()".into(),
                    None => format!("fmt.Sprint(({})(v))", self.types.go(&fields.fields[0].ty)),
                }),
                text: match is_uuid(def) && !fields.fields[0].sensitive {
                    true => Some("rapace.FormatUUID(v)".into()),
                    false => self.text(&fields.fields[0]),
                },
            },
            (TypeKind::Struct(fields), _) => view::Type::Struct(self.structure(def, None, doc, name, fields)),
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                let go: Vec<&str> = (0..variants.len()).map(|i| self.naming.variant(&def.name, i)).collect();
                let rows = variants.iter().zip(&go).map(|(variant, constant)| Row {
                    doc: comment(&variant.doc, variant.deprecated.as_deref()),
                    name: (*constant).to_owned(),
                    rest: vec![format!("{name} = {}", variant.index)],
                });
                view::Type::UnitEnum {
                    doc,
                    is_error: self.is_error(def),
                    is_open: def.open,
                    constants: align(rows.collect()),
                    variants: go
                        .iter()
                        .zip(variants)
                        .map(|(go, v)| ((*go).to_owned(), literal(&v.name)))
                        .collect(),
                    name,
                }
            }
            (TypeKind::Enum { variants }, _) => view::Type::Sum {
                doc,
                is_error: self.is_error(def) && def.result.is_none(),
                marker: format!("is{name}"),
                variants: (variants.iter().enumerate())
                    .map(|(index, variant)| {
                        let go = self.naming.variant(&def.name, index).to_owned();
                        let sentence = format!("{go} is a variant of [{name}].");
                        let deprecated = variant.deprecated.as_deref();
                        let doc = comment_after(&sentence, &variant.doc, true, deprecated);
                        self.structure(def, Some(index), doc, go, &variant.fields)
                    })
                    .collect(),
                name,
            },
        }
    }

    /// What the documentation of a type ends with.
    fn note(&self, def: &TypeDef) -> Option<String> {
        match self.types.presented(&def.name) {
            Some(one) => Some(one.note),
            None if def.open => {
                Some("A value may be the number of a variant that this code does not know: see IsKnown.".into())
            }
            None => self.variants_doc(def),
        }
    }

    /// Which variants an enum with data has, for the documentation.
    fn variants_doc(&self, def: &TypeDef) -> Option<String> {
        let TypeKind::Enum { variants } = &def.kind else {
            return None;
        };
        if self.types.form(&def.name) != Form::Sum {
            return None;
        }
        let name = |index| format!("[{}]", self.naming.variant(&def.name, index));
        let names: Vec<String> = (0..variants.len()).map(name).collect();
        Some(match names.as_slice() {
            [one] => format!("It is {one}."),
            [most @ .., last] => format!("It is one of {} and {last}.", most.join(", ")),
            [] => String::new(),
        })
    }

    /// What the method String of a newtype returns, where Go would not print it so, or has no such method.
    fn text(&self, field: &Field) -> Option<String> {
        if field.sensitive {
            return Some("\"[redacted]\"".into());
        }
        Some(match self.types.underlying(&field.ty) {
            TypeRef::String | TypeRef::Char => "string(v)".into(),
            TypeRef::Array { item, .. } if is_byte(item) => "fmt.Sprintf(\"%x\", v[:])".into(),
            TypeRef::U8 | TypeRef::U16 | TypeRef::U32 | TypeRef::U64 | TypeRef::Usize => {
                "strconv.FormatUint(uint64(v), 10)".into()
            }
            TypeRef::I8 | TypeRef::I16 | TypeRef::I32 | TypeRef::I64 | TypeRef::Isize => {
                "strconv.FormatInt(int64(v), 10)".into()
            }
            _ => return None,
        })
    }

    /// A newtype that Go has a type for, and what converts it.
    fn presented(&self, def: &TypeDef, doc: Comment, name: String, field: &Field) -> view::Type {
        let Some(one) = self.types.presented(&def.name) else {
            return view::Type::Alias {
                doc,
                go: self.types.go(&field.ty),
                name,
            };
        };
        let [from, to] = self.naming.conversions(&def.name);
        let wire = self.types.go(&one.wire);
        let function = |head: String, body: &str| vec![head, format!("\t{body}"), "}".into()];
        let mut functions = one.checks.clone();
        functions.extend(self.parser(def, &name));
        functions.push(function(
            format!("func {from}(wire {wire}) ({name}, error) {{"),
            &one.from,
        ));
        functions.push(function(format!("func {to}(v {name}) ({wire}, error) {{"), &one.to));
        let text = match is_uuid(def) {
            true => "rapace.FormatUUID(v)",
            false => "string(v)",
        };
        let is_sensitive = field.sensitive && !one.is_alias();
        view::Type::Defined {
            doc,
            go: one.go.clone().into_owned(),
            sensitive: is_sensitive,
            text: (!one.is_alias()).then(|| match is_sensitive {
                true => "\"[redacted]\"".into(),
                false => text.into(),
            }),
            error: None,
            functions,
            name,
        }
    }

    /// The function that reads a UUID.
    fn parser(&self, def: &TypeDef, name: &str) -> Option<Vec<String>> {
        let parser = self.naming.parser(&def.name)?;
        Some(vec![
            format!(
                "// {parser} returns the UUID of a text with 32 hexadecimal digits in lower case and four hyphens."
            ),
            format!("func {parser}(text string) ({name}, error) {{"),
            "\treturn rapace.ParseUUID(text)".into(),
            "}".into(),
        ])
    }

    /// A type as Go writes it where the API calls it by an alias.
    fn go(&self, ty: &TypeRef, alias: Option<&str>) -> String {
        let alias = alias.and_then(|alias| self.naming.alias(alias));
        alias.map_or_else(|| self.types.go(ty), str::to_owned)
    }

    fn alias(&self, alias: &Alias) -> view::Type {
        let name = self.naming.alias(&alias.name).unwrap_or(&alias.name).to_owned();
        let otherwise = format!("{name} is Rust's {}.", alias.name);
        view::Type::Alias {
            doc: comment_of_type(&name, &alias.doc, &otherwise, None),
            go: self.types.go(&alias.ty),
            name,
        }
    }

    /// Whether the values of a type are errors, or those of its variants.
    fn is_error(&self, def: &TypeDef) -> bool {
        self.errors.contains(def.name.as_str())
    }

    fn structure(&self, def: &TypeDef, variant: Option<usize>, doc: Comment, name: String, fields: &Fields) -> Struct {
        let names = self.naming.fields(&def.name, variant);
        let row = |field: &Field, go: &String| Row {
            doc: comment(&field.doc, field.deprecated.as_deref()),
            name: go.clone(),
            rest: vec![self.go(&field.ty, field.alias.as_deref())],
        };
        let redacted_row = |field: &Field, go: &String| match field.sensitive {
            true => Row::plain(go, "rapace.Redacted"),
            false => Row::plain(go, self.go(&field.ty, field.alias.as_deref())),
        };
        let fields = || fields.fields.iter().zip(names);
        let sensitive = fields().any(|(field, _)| field.sensitive);
        let redacted = sensitive.then(|| {
            let value = |(field, go): (&Field, &String)| match field.sensitive {
                true => "rapace.Redacted{}".to_owned(),
                false => format!("v.{go}"),
            };
            Redacted {
                fields: align(fields().map(|(field, go)| redacted_row(field, go)).collect()),
                values: fields().map(value).collect::<Vec<_>>().join(", "),
            }
        });
        Struct {
            doc,
            name,
            fields: align(fields().map(|(field, go)| row(field, go)).collect()),
            redacted,
            is_error: match variant {
                Some(index) if def.result.is_some() => failing_variant(self.api, def) == Some(index),
                _ => self.is_error(def),
            },
            text: variant.and_then(|_| match names {
                [] => Some(Text::Name),
                // The method would have the name of a field.
                names if names.iter().any(|name| name == "String") => None,
                _ => Some(Text::Fields),
            }),
        }
    }
}
