//! From the API to the view: every decision about what the files hold.

use rapace_gen_core::names::Scope;
use rapace_schema::{Api, DecodedSizes, Field, Fields, MethodKind, Service, TypeDef, TypeKind, TypeRef};

use crate::codec::Codecs;
use crate::docs::{comment, comment_after, comment_of_method, comment_of_type, literal};
use crate::names::{parameter_scope, private};
use crate::naming::{MethodNames, Naming, ServiceNames, type_names};
use crate::types::{Form, Types};
use crate::view::{self, Comment, Line, Lines, Redacted, Struct};

/// The parts of a package.
pub(crate) struct Package {
    pub(crate) doc: Comment,
    pub(crate) types: Vec<view::Type>,
    /// What `types.go` imports besides the runtime.
    pub(crate) types_imports: Vec<&'static str>,
    /// Whether it imports that.
    pub(crate) types_use_runtime: bool,
    pub(crate) codecs: Vec<Vec<String>>,
    pub(crate) clients: Vec<Client>,
}

/// A service's client.
pub(crate) struct Client {
    pub(crate) names: ServiceNames,
    pub(crate) doc: Comment,
    pub(crate) constructor_doc: Comment,
    pub(crate) fake_doc: Comment,
    pub(crate) variables: Lines,
    pub(crate) methods: Vec<view::Method>,
    pub(crate) streams: bool,
}

/// Lowers an API to the parts of the package of this name.
pub(crate) fn lower(api: &Api, package: &str) -> Package {
    let mut exported = Scope::default();
    let names = type_names(api, &mut exported);
    let (mut naming, mut privates) = Naming::new(api, &names, &mut exported);
    let services = std::mem::take(&mut naming.services);
    let types = Types::new(api, names);
    let methods = || api.services.iter().flat_map(|service| &service.methods);
    let codecs = Codecs::new(
        &types,
        &naming,
        DecodedSizes::of(api),
        &mut privates,
        methods().flat_map(|method| method.arguments.iter().map(|argument| &argument.ty)),
        methods().map(|method| &method.response),
    );
    let lowering = Lowering {
        types: &types,
        naming: &naming,
        codecs: &codecs,
        parameters: parameter_scope(&privates),
    };
    let views: Vec<view::Type> = api.types.iter().map(|def| lowering.type_def(def)).collect();
    Package {
        doc: package_doc(api, package),
        types_imports: types_imports(&views),
        types_use_runtime: views.iter().any(redacts)
            || api
                .types
                .iter()
                .flat_map(TypeDef::field_types)
                .any(|ty| types.go(ty).contains("rapace.")),
        types: views,
        codecs: codecs.functions(),
        clients: (api.services.iter().zip(services))
            .map(|(service, names)| lowering.client(service, names))
            .collect(),
    }
}

fn package_doc(api: &Api, package: &str) -> Comment {
    let names: Vec<&str> = api.services.iter().map(|service| service.name.as_str()).collect();
    let services = match names.as_slice() {
        [] => "types".to_owned(),
        [one] => format!("client of the rapace service {one}"),
        [most @ .., last] => format!("clients of the rapace services {} and {last}", most.join(", ")),
    };
    comment(
        &format!("Package {package} holds the {services} of {}.", api.name),
        None,
    )
}

/// True for a type that is not printed as it is.
fn redacts(view: &view::Type) -> bool {
    match view {
        view::Type::Defined { sensitive, .. } => *sensitive,
        view::Type::Struct(one) => one.redacted.is_some(),
        view::Type::Sum { variants, .. } => variants.iter().any(|one| one.redacted.is_some()),
        view::Type::UnitEnum { .. } => false,
    }
}

fn types_imports(views: &[view::Type]) -> Vec<&'static str> {
    let mut imports = Vec::new();
    if views.iter().any(redacts) {
        imports.push("fmt");
    }
    if views.iter().any(|view| matches!(view, view::Type::UnitEnum { .. })) {
        imports.push("strconv");
    }
    imports
}

struct Lowering<'a> {
    types: &'a Types<'a>,
    naming: &'a Naming<'a>,
    codecs: &'a Codecs<'a>,
    parameters: Scope,
}

impl Lowering<'_> {
    fn type_def(&self, def: &TypeDef) -> view::Type {
        let name = self.types.name(&def.name).to_owned();
        let otherwise = format!("{name} is Rust's {}.", def.rust);
        let deprecated = def.deprecated.as_deref();
        let doc = comment_of_type(&name, &def.doc, &otherwise, deprecated);
        match (&def.kind, self.types.form(&def.name)) {
            (TypeKind::Struct(fields), Form::Defined) => view::Type::Defined {
                doc,
                name,
                go: self.types.go(&fields.fields[0].ty),
                sensitive: fields.fields[0].sensitive,
            },
            (TypeKind::Struct(fields), _) => view::Type::Struct(self.structure(def, None, doc, name, fields)),
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                let go: Vec<&str> = (0..variants.len()).map(|i| self.naming.variant(&def.name, i)).collect();
                let rows = variants.iter().zip(&go).map(|(variant, constant)| Row {
                    doc: comment(&variant.doc, variant.deprecated.as_deref()),
                    name: (*constant).to_owned(),
                    rest: format!("{name} = {}", variant.index),
                });
                view::Type::UnitEnum {
                    doc,
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

    fn structure(&self, def: &TypeDef, variant: Option<usize>, doc: Comment, name: String, fields: &Fields) -> Struct {
        let names = self.naming.fields(&def.name, variant);
        let row = |field: &Field, go: &String| Row {
            doc: comment(&field.doc, field.deprecated.as_deref()),
            name: go.clone(),
            rest: self.types.go(&field.ty),
        };
        let redacted_row = |field: &Field, go: &String| Row {
            doc: Comment::default(),
            name: go.clone(),
            rest: if field.sensitive {
                "rapace.Redacted".into()
            } else {
                self.types.go(&field.ty)
            },
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
        }
    }

    fn client(&self, service: &Service, names: ServiceNames) -> Client {
        let sentence = format!("{} calls the service {}.", names.interface, service.name);
        let constructor = format!(
            "{} returns a client of the service {} on a connection.",
            names.constructor, service.name
        );
        let methods = service.methods.iter().zip(&names.methods);
        let rows = methods.clone().map(|(method, names)| Row {
            doc: Comment::default(),
            name: names.variable.clone(),
            rest: format!(
                "= rapace.Method{{Name: {}, ID: {:#010x}{}}}",
                literal(&method.wire_name),
                method.id,
                if method.idempotent { ", Idempotent: true" } else { "" }
            ),
        });
        let variables = align(rows.collect());
        let fake = format!(
            "{} is a {} for tests. Each method does what its field says, and fails with CodeUnimplemented where that is nil.",
            names.fake, names.interface
        );
        let methods = methods.flat_map(|(method, own)| self.methods(method, own, &names.fake));
        Client {
            doc: comment_after(&sentence, &service.doc, false, service.deprecated.as_deref()),
            constructor_doc: comment(&constructor, service.deprecated.as_deref()),
            fake_doc: comment(&fake, service.deprecated.as_deref()),
            variables,
            methods: methods.collect(),
            streams: service
                .methods
                .iter()
                .any(|method| method.kind == MethodKind::ServerStreaming),
            names,
        }
    }

    /// A method, and the one that does not wait for its answer.
    fn methods(&self, method: &rapace_schema::Method, names: &MethodNames, fake: &str) -> Vec<view::Method> {
        let mut scope = self.parameters.inner();
        let arguments: Vec<(String, String, &TypeRef)> = (method.arguments.iter())
            .map(|argument| {
                (
                    argument.name.clone(),
                    scope.claim(&private(&argument.name)),
                    &argument.ty,
                )
            })
            .collect();
        let parameters: String = (arguments.iter())
            .map(|(_, variable, ty)| format!(", {variable} {}", self.types.go(ty)))
            .collect();
        let passed: String = (arguments.iter())
            .map(|(_, variable, _)| format!(", {variable}"))
            .collect();
        let answer = self.types.go(&method.response);
        let (result, call, unset, end) = match (method.kind, &method.response) {
            (MethodKind::ServerStreaming, _) => (
                format!("iter.Seq2[{answer}, error]"),
                "return rapace.Stream",
                format!("UnsetStream[{answer}]"),
                None,
            ),
            (MethodKind::Unary, TypeRef::Unit) => (
                "error".into(),
                "_, err := rapace.Call",
                "Unset".into(),
                Some("return err"),
            ),
            (MethodKind::Unary, _) => (
                format!("({answer}, error)"),
                "return rapace.Call",
                format!("UnsetCall[{answer}]"),
                None,
            ),
        };
        // Without a decoder Go cannot infer the answer's type.
        let decoder = self.codecs.answer(&method.response);
        let explicit = if decoder == "nil" {
            format!("[{answer}]")
        } else {
            String::new()
        };
        let variable = &names.variable;
        let fake = |name: &str, field: &str, unset: &str| view::FakeMethod {
            doc: comment(&format!("{name} does what {field} says."), method.deprecated.as_deref()),
            field: field.to_owned(),
            unset: format!("rapace.{unset}(&{variable}, \"{fake}.{field}\")"),
            passed: passed.clone(),
        };
        let name = &names.call;
        let otherwise = format!("{name} calls {}.", method.wire_name);
        let signature = |result: &str| format!("(ctx context.Context{parameters}) {result}");
        let mut methods = vec![view::Method {
            doc: comment_of_method(name, &method.doc, &otherwise, method.deprecated.as_deref()),
            name: name.clone(),
            signature: signature(&result),
            call: format!("{call}{explicit}(ctx, c.client, &{variable}, "),
            arguments: self.codecs.arguments(&arguments),
            answer: format!(", {decoder}"),
            end,
            fake: fake(name, &names.field, &unset),
        }];
        if let (Some(name), Some(field)) = (&names.notify, &names.notify_field) {
            let doc = format!(
                "{name} calls {} without waiting for its end or learning of an error there: it returns when the request has \
                 been handed to the socket.",
                method.wire_name
            );
            methods.push(view::Method {
                doc: comment(&doc, method.deprecated.as_deref()),
                name: name.clone(),
                signature: signature("error"),
                call: format!("return rapace.Notify(ctx, c.client, &{variable}, "),
                arguments: self.codecs.arguments(&arguments),
                answer: String::new(),
                end: None,
                fake: fake(name, field, "Unset"),
            });
        }
        methods
    }
}

/// A line of a declaration before its columns are aligned: a name and what follows.
struct Row {
    doc: Comment,
    name: String,
    rest: String,
}

/// Aligns what follows the names, as gofmt does: in a run of lines with no comment between them.
fn align(rows: Vec<Row>) -> Lines {
    let width = |row: &Row| row.name.chars().count();
    let mut lines = Vec::new();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let run = 1 + rest[1..].iter().take_while(|row| row.doc.0.is_empty()).count();
        let widest = rest[..run].iter().map(width).max().unwrap_or(0);
        for row in &rest[..run] {
            let text = format!("{}{} {}", row.name, " ".repeat(widest - width(row)), row.rest);
            lines.push(Line {
                doc: row.doc.clone(),
                text,
            });
        }
        rest = &rest[run..];
    }
    Lines(lines)
}
