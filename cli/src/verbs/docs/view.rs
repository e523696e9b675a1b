//! What the reference shows, in order: services with their methods, then types.

use rapace_schema::text::visible;
use rapace_schema::{
    Api, Examples, Field, Fields, Known, Method, MethodKind, Service, Style, TypeDef, TypeKind, TypeRef,
};
use serde_json::Value;

use super::data;
use super::links::{Links, of_alias, of_type};
use super::shell;
use super::signature::Pieces;

/// The programs of one language.
pub(super) struct Programs {
    /// The language as `--lang` names it.
    pub(super) language: &'static str,
    /// For each method of each service.
    pub(super) programs: Vec<Vec<String>>,
}

/// The whole reference.
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) version: String,
    pub(super) services: Vec<ServicePart>,
    pub(super) types: Vec<TypePart>,
    /// What the page's script reads.
    pub(super) data: Value,
    pub(super) links: Links,
}

/// What services, methods, types and fields have in common.
pub(super) struct About {
    pub(super) name: String,
    /// Markdown.
    pub(super) doc: String,
    /// The note.
    pub(super) deprecated: Option<String>,
    pub(super) anchor: String,
}

/// A service.
pub(super) struct ServicePart {
    pub(super) about: About,
    pub(super) methods: Vec<MethodPart>,
}

/// A method.
pub(super) struct MethodPart {
    pub(super) about: About,
    pub(super) signature: Pieces,
    /// Short facts: `idempotent`.
    pub(super) facts: Vec<String>,
    /// Code that makes a call, with what it is written in.
    pub(super) calls: Vec<Code>,
    /// The arguments as JSON, one object; empty without any.
    pub(super) arguments: String,
    /// What an answer or an item is called, and one as JSON; empty where there is nothing in it.
    pub(super) answer: (&'static str, String),
    /// The position in the data.
    pub(super) index: usize,
}

/// A text in a language.
pub(super) struct Code {
    /// For people: `Python`.
    pub(super) title: &'static str,
    /// For Markdown: `python`.
    pub(super) language: &'static str,
    pub(super) text: String,
}

/// A type or an alias.
pub(super) struct TypePart {
    pub(super) about: About,
    /// `struct Book`, `enum Currency`, `type Shelf = Vec<Book>`
    pub(super) signature: Pieces,
    pub(super) facts: Vec<String>,
    /// The fields of a struct or the variants of an enum.
    pub(super) members: Vec<Member>,
    /// A value as JSON; empty for an alias and what has no short one.
    pub(super) example: String,
}

/// A field or variant. The fields of a variant come after it.
pub(super) struct Member {
    pub(super) about: About,
    /// The type of a field, or of what is in a variant.
    pub(super) ty: Pieces,
    pub(super) facts: Vec<String>,
}

impl Reference {
    /// The reference of an API, which has been checked.
    pub(super) fn new(api: &Api, programs: Vec<Programs>) -> Self {
        let examples = Examples::of(api);
        let mut first = 0;
        let services = api.services.iter().enumerate().map(|(index, service)| {
            let parts = ServicePart::new(service, &examples, first, |method| calls(&programs, index, method));
            first += service.methods.len();
            parts
        });
        let services = services.collect();
        let aliases = api.aliases.iter().map(|alias| TypePart {
            about: About::new(&alias.name, &alias.doc, None, of_alias(&alias.name)),
            signature: Pieces::of_type(&alias.ty, None),
            facts: vec!["alias".to_owned()],
            members: Vec::new(),
            example: String::new(),
        });
        let types = api.types.iter().map(|def| TypePart::new(def, &examples));
        let mut types: Vec<TypePart> = aliases.chain(types).collect();
        types.sort_by(|a, b| a.about.name.cmp(&b.about.name));
        Self {
            name: visible(&api.name),
            description: api.package.description.as_deref().map(visible).unwrap_or_default(),
            version: api.package.version.as_deref().map(visible).unwrap_or_default(),
            services,
            types,
            data: data::data(api),
            links: Links::of(api),
        }
    }
}

/// The code that calls a method, of each language.
fn calls(programs: &[Programs], service: usize, method: usize) -> Vec<Code> {
    let of_language = |Programs { language, programs }: &Programs| {
        let text = programs.get(service)?.get(method)?.clone();
        let title = match *language {
            "python" => "Python",
            "go" => "Go",
            "typescript" => "TypeScript",
            other => other,
        };
        Some(Code { title, language, text })
    };
    programs.iter().filter_map(of_language).collect()
}

impl About {
    fn new(name: &str, doc: &str, deprecated: Option<&str>, anchor: String) -> Self {
        Self {
            name: visible(name),
            doc: doc.to_owned(),
            deprecated: deprecated.map(str::to_owned),
            anchor,
        }
    }

    /// What is inside something and has no place of its own.
    fn inside(name: &str, doc: &str, deprecated: Option<&String>) -> Self {
        Self::new(name, doc, deprecated.map(String::as_str), String::new())
    }
}

impl ServicePart {
    fn new(service: &Service, examples: &Examples<'_>, first: usize, calls: impl Fn(usize) -> Vec<Code>) -> Self {
        let methods = service.methods.iter().enumerate().map(|(index, method)| {
            let full_name = format!("{}.{}", service.name, method.name);
            let mut part = MethodPart::new(&full_name, method, examples);
            part.calls.splice(0..0, calls(index));
            part.index = first + index;
            part
        });
        Self {
            about: About::new(
                &service.name,
                &service.doc,
                service.deprecated.as_deref(),
                service.name.clone(),
            ),
            methods: methods.collect(),
        }
    }
}

impl MethodPart {
    fn new(full_name: &str, method: &Method, examples: &Examples<'_>) -> Self {
        let arguments = method.arguments.iter();
        let values: Vec<(&str, Option<Value>)> = arguments
            .map(|argument| (argument.name.as_str(), examples.value(&argument.ty)))
            .collect();
        let given: Vec<(&str, Option<&Value>)> = values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let all: Option<serde_json::Map<String, Value>> = values
            .iter()
            .map(|(name, value)| Some(((*name).to_owned(), value.clone()?)))
            .collect();
        let what = match method.kind {
            MethodKind::Unary => "Answer",
            MethodKind::ServerStreaming => "Item",
        };
        let answer = Some(&method.response).filter(|ty| **ty != TypeRef::Unit);
        Self {
            about: About::new(
                &method.name,
                &method.doc,
                method.deprecated.as_deref(),
                full_name.to_owned(),
            ),
            signature: Pieces::of_method(method),
            facts: match (method.idempotent, method.kind) {
                (true, _) => vec!["idempotent: a client may repeat the call".to_owned()],
                (false, MethodKind::ServerStreaming) => vec!["stream".to_owned()],
                (false, MethodKind::Unary) => Vec::new(),
            },
            calls: vec![Code {
                title: "Command line",
                language: "sh",
                text: shell::call(full_name, &given),
            }],
            arguments: match all {
                Some(all) if !all.is_empty() => pretty(&Value::Object(all)),
                _ => String::new(),
            },
            answer: (
                what,
                answer
                    .and_then(|ty| examples.value(ty))
                    .map(|value| pretty(&value))
                    .unwrap_or_default(),
            ),
            index: 0,
        }
    }
}

impl TypePart {
    fn new(def: &TypeDef, examples: &Examples<'_>) -> Self {
        let named = TypeRef::Named(def.name.clone());
        let (kind, members) = match &def.kind {
            TypeKind::Struct(fields) => ("struct", members(fields)),
            TypeKind::Enum { variants } => {
                let of_variant = variants.iter().flat_map(|variant| {
                    let head = Member {
                        about: About::inside(&variant.name, &variant.doc, variant.deprecated.as_ref()),
                        ty: variant
                            .fields
                            .newtype()
                            .map_or_else(Pieces::default, |ty| Pieces::of_type(ty, None)),
                        facts: vec![format!("variant {}", variant.index)],
                    };
                    let fields = match variant.fields.newtype() {
                        Some(_) => Vec::new(),
                        None => members(&variant.fields),
                    };
                    let fields = fields.into_iter().map(|mut field| {
                        field.about.name = format!("{}.{}", variant.name, field.about.name);
                        field
                    });
                    std::iter::once(head).chain(fields).collect::<Vec<_>>()
                });
                ("enum", of_variant.collect())
            }
        };
        let mut facts = vec![kind.to_owned()];
        facts.extend(presented(def));
        Self {
            about: About::new(&def.name, &def.doc, def.deprecated.as_deref(), of_type(&def.name)),
            signature: Pieces(vec![super::signature::Piece {
                text: visible(&def.rust),
                anchor: None,
            }]),
            facts,
            members,
            example: examples.value(&named).map(|value| pretty(&value)).unwrap_or_default(),
        }
    }
}

fn members(fields: &Fields) -> Vec<Member> {
    let member = |field: &Field| {
        let mut facts = Vec::new();
        if let Some(value) = &field.default_value {
            facts.push(format!("default {}", visible(&value.to_string())));
        } else if field.default {
            facts.push("has a default in Rust".to_owned());
        }
        if field.sensitive {
            facts.push("sensitive: not printed".to_owned());
        }
        if let Some(name) = &field.json_name {
            facts.push(format!("{} in serde's JSON", visible(name)));
        }
        Member {
            about: About::inside(&field.name, &field.doc, field.deprecated.as_ref()),
            ty: Pieces::of_type(&field.ty, field.alias.as_deref()),
            facts,
        }
    };
    match fields.style {
        Style::Unit => Vec::new(),
        _ => fields.fields.iter().map(member).collect(),
    }
}

/// How the languages show a type, where they do not show it as it is.
fn presented(def: &TypeDef) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(result) = &def.result {
        facts.push(format!(
            "outcome of a call: {} is returned, {} is an error of the language",
            visible(&result.ok),
            visible(&result.err)
        ));
    }
    if let Some(known) = def.known {
        facts.push(known_meaning(known).to_owned());
    }
    let foreign = def.foreign.iter();
    facts.extend(foreign.map(|(language, foreign)| {
        format!(
            "{} of {} in {}",
            visible(&foreign.ty),
            visible(&foreign.import),
            visible(language)
        )
    }));
    facts
}

fn known_meaning(known: Known) -> &'static str {
    match known {
        Known::TimestampS => "timestamp in seconds since 1970",
        Known::TimestampMs => "timestamp in milliseconds since 1970",
        Known::TimestampUs => "timestamp in microseconds since 1970",
        Known::TimestampNs => "timestamp in nanoseconds since 1970",
        Known::DurationS => "duration in seconds",
        Known::DurationMs => "duration in milliseconds",
        Known::DurationUs => "duration in microseconds",
        Known::DurationNs => "duration in nanoseconds",
        Known::Uuid => "UUID",
        Known::Decimal => "decimal number",
        Known::Url => "URL",
        Known::Brand => "distinct type in the languages",
    }
}

/// A value over lines. What hides is escaped as JSON does it, so that the text stays the value.
fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c != '\n' && rapace_schema::text::is_hidden(c) {
            true => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| shown.push_str(&format!("\\u{unit:04x}"))),
            false => shown.push(c),
        }
    }
    shown
}
