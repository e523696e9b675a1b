//! From the API to what the templates print: every decision is made here.

use std::collections::BTreeSet;

use rapace_gen_core::docs;
use rapace_schema::{Api, Field, Fields, Method, MethodKind, Service, Style, TypeDef, TypeKind, TypeRef, Variant};

use crate::codec::{Codecs, Key, payload};
use crate::comments::comment;
use crate::imports::{Import, braces, statements};
use crate::layout::{Doc, concat, list, print};
use crate::names::{KIND, MethodNames, Names, ServiceNames, properties};
use crate::types::{Form, Types, union};
use crate::view;

/// Where modules find the runtime.
pub(crate) struct RuntimePaths {
    /// Its `codegen` surface, as modules in `src/` import it.
    pub(crate) from_root: String,
    /// The same for modules in `src/services/`.
    pub(crate) from_services: String,
}

/// The modules of a package, ready to be printed.
pub(crate) struct Modules {
    /// Text of the `export` lines of the index.
    pub(crate) exports: Vec<String>,
    /// `src/types.ts`
    pub(crate) types: view::TypesModule,
    /// `src/codecs.ts`
    pub(crate) codecs: view::CodecsModule,
    /// Those in `src/services/`, by file name without extension.
    pub(crate) services: Vec<(String, view::ServiceModule)>,
}

/// Decides everything.
pub(crate) fn lower(api: &Api, runtime: &RuntimePaths) -> Modules {
    let types = Types::new(api);
    let names = Names::new(api);
    let mut codecs = Codecs::new(&types, names.clone());
    let services = api.services.iter().zip(&names.services);
    let services = services
        .map(|(service, own)| {
            let lowered = lower_service(service, own, &types, &names, &mut codecs, runtime);
            (own.module.clone(), lowered)
        })
        .collect();
    let (tables, functions, imports) = codecs.finish();
    Modules {
        exports: exports(&names, !api.types.is_empty()),
        types: lower_types(api, &types, &names, runtime),
        codecs: view::CodecsModule {
            imports: split_imports(imports, &names, "./types.js", &runtime.from_root),
            tables,
            codecs: functions,
        },
        services,
    }
}

fn exports(names: &Names, types: bool) -> Vec<String> {
    let mut services: Vec<&ServiceNames> = names.services.iter().collect();
    services.sort_by(|a, b| a.module.cmp(&b.module));
    let services = services.into_iter().map(|service| {
        let mut both = vec![(&service.name, ""), (&service.client, "type ")];
        both.sort_by(|(a, _), (b, _)| crate::imports::natural(a, b));
        let both = both
            .into_iter()
            .map(|(name, prefix)| Doc::from(format!("{prefix}{name}")));
        braces(
            "export {",
            both.collect(),
            &format!("}} from \"./services/{}.js\";", service.module),
        )
    });
    let types = types.then(|| "export type * from \"./types.js\";".to_owned());
    services.chain(types).collect()
}

fn lower_types(api: &Api, types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> view::TypesModule {
    let mut imports = BTreeSet::new();
    let mut declarations = Vec::new();
    for def in &api.types {
        declare(def, types, names, &mut imports, &mut declarations);
    }
    let some = names.runtime("Some");
    let runtime_types = imports.contains(some).then(|| names.runtime_import("Some"));
    let imports = vec![Import {
        from: runtime.from_root.clone(),
        types: runtime_types.into_iter().collect(),
        values: Vec::new(),
    }];
    view::TypesModule {
        imports: statements(imports),
        declarations,
    }
}

fn declare(
    def: &TypeDef,
    types: &Types<'_>,
    names: &Names,
    imports: &mut BTreeSet<String>,
    out: &mut Vec<view::Declaration>,
) {
    let own = names.of(&def.name);
    let name = &own.name;
    let mut write = |ty: &TypeRef| types.write(ty, names, imports);
    let alias = |doc: String, value: Doc| view::Declaration::Alias {
        doc,
        text: print(&concat([format!("export type {name} =").into(), value, ";".into()]), 0),
    };
    let doc = |fields: Option<&Fields>| {
        let text = match fields {
            Some(fields) => with_positions(&def.doc, fields),
            None => def.doc.clone(),
        };
        comment(&text, def.deprecated.as_deref(), 0)
    };
    match types.form(&def.name) {
        Form::Empty => out.push(alias(doc(None), " undefined".into())),
        Form::Alias(inner) => {
            let value = write(inner);
            let fields = only_fields(def);
            // A union starts on a line of its own when it does not fit; anything else breaks inside.
            let value = match value {
                Doc::Group(_) if matches!(inner, TypeRef::Option(_)) => spaced(value),
                value => concat([" ".into(), value]),
            };
            out.push(alias(doc(fields), value));
        }
        Form::Tuple(fields) => {
            let items = fields.fields.iter().map(|field| write(&field.ty)).collect();
            let value = concat([" ".into(), list("readonly [", items, ",", "]")]);
            out.push(alias(doc(Some(fields)), value));
        }
        Form::Boxed(inner) => {
            let members = vec![member("value", inner, "", None, types, write(inner))];
            out.push(view::Declaration::Interface {
                doc: doc(only_fields(def)),
                name: name.clone(),
                members,
            });
        }
        Form::Record(fields) => {
            let members = fields.fields.iter().zip(properties(fields, &[]));
            let members = members.map(|(field, property)| field_member(field, &property, types, write(&field.ty)));
            out.push(view::Declaration::Interface {
                doc: doc(None),
                name: name.clone(),
                members: members.collect(),
            });
        }
        Form::Plain(variants) => out.push(alias(doc(None), plain_union(variants))),
        Form::Union(variants) => {
            let members = own.variants.iter().map(|name| Doc::from(name.as_str())).collect();
            out.push(alias(doc(None), spaced(union(members))));
            for (variant, name) in variants.iter().zip(&own.variants) {
                out.push(declare_variant(variant, name, types, &mut write));
            }
        }
    }
}

/// The alias of an enum without data. Where a variant has a comment, each stands on a line of its own.
fn plain_union(variants: &[Variant]) -> Doc {
    let string = |variant: &Variant| Doc::from(format!("\"{}\"", variant.name));
    let docs: Vec<String> = variants
        .iter()
        .map(|variant| comment(&variant.doc, variant.deprecated.as_deref(), 1))
        .collect();
    if docs.iter().all(String::is_empty) {
        return spaced(union(variants.iter().map(string).collect()));
    }
    let lines = variants.iter().zip(docs);
    let lines = lines.map(|(variant, doc)| format!("\n{doc}\t| \"{}\"", variant.name));
    lines.collect::<String>().into()
}

fn declare_variant(
    variant: &Variant,
    name: &str,
    types: &Types<'_>,
    write: &mut impl FnMut(&TypeRef) -> Doc,
) -> view::Declaration {
    let mut members = vec![view::Member {
        doc: String::new(),
        text: format!("{KIND}: \"{}\";", variant.name),
    }];
    let tuple = variant.fields.style == Style::Tuple;
    for (i, (property, ty)) in payload(variant).enumerate() {
        let written = write(&ty);
        members.push(match variant.fields.fields.get(i) {
            Some(field) if !tuple => field_member(field, &property, types, written),
            _ => {
                let doc = with_positions("", &variant.fields);
                member(&property, &ty, &doc, None, types, written)
            }
        });
    }
    view::Declaration::Interface {
        doc: comment(&variant.doc, variant.deprecated.as_deref(), 0),
        name: name.to_owned(),
        members,
    }
}

fn field_member(field: &Field, property: &str, types: &Types<'_>, written: Doc) -> view::Member {
    member(
        property,
        &field.ty,
        &field.doc,
        field.deprecated.as_deref(),
        types,
        written,
    )
}

/// `title: string;`, or `note?: string | undefined;` for what may be left out.
fn member(
    property: &str,
    ty: &TypeRef,
    doc: &str,
    deprecated: Option<&str>,
    types: &Types<'_>,
    written: Doc,
) -> view::Member {
    let mark = if types.admits_undefined(ty) { "?" } else { "" };
    let value = match ty {
        TypeRef::Option(_) => spaced(written),
        _ => concat([" ".into(), written]),
    };
    let text = print(&concat([format!("{property}{mark}:").into(), value, ";".into()]), 1);
    view::Member {
        doc: comment(doc, deprecated, 1),
        text,
    }
}

/// A union behind `=` or `:`: a space before it, or a line break.
fn spaced(value: Doc) -> Doc {
    fn first_line(doc: Doc) -> Doc {
        match doc {
            Doc::SoftLine => Doc::Line,
            Doc::Group(inner) => Doc::Group(Box::new(first_line(*inner))),
            Doc::Indent(inner) => Doc::Indent(Box::new(first_line(*inner))),
            Doc::Concat(mut parts) => {
                if let Some(first) = parts.first_mut() {
                    *first = first_line(first.clone());
                }
                Doc::Concat(parts)
            }
            other => other,
        }
    }
    first_line(value)
}

/// The doc with a line for each field of a tuple that has a doc; a newtype's follows as it is.
fn with_positions(doc: &str, fields: &Fields) -> String {
    let mut lines: Vec<String> = docs::lines(doc).into_iter().map(str::to_owned).collect();
    let documented = fields.fields.iter().filter(|field| !docs::lines(&field.doc).is_empty());
    for (i, field) in documented.enumerate() {
        if i == 0 && !lines.is_empty() {
            lines.push(String::new());
        }
        let text = docs::lines(&field.doc);
        if fields.fields.len() == 1 {
            lines.extend(text.into_iter().map(str::to_owned));
        } else {
            lines.push(format!("- `{}`: {}", field.name, text.join(" ")));
        }
    }
    lines.join("\n")
}

fn only_fields(def: &TypeDef) -> Option<&Fields> {
    match &def.kind {
        TypeKind::Struct(fields) => Some(fields),
        TypeKind::Enum { .. } => None,
    }
}

fn lower_service(
    service: &Service,
    own: &ServiceNames,
    types: &Types<'_>,
    names: &Names,
    codecs: &mut Codecs<'_>,
    runtime: &RuntimePaths,
) -> view::ServiceModule {
    let mut imports = BTreeSet::from([names.runtime("Service").to_owned()]);
    if !service.methods.is_empty() {
        imports.extend(["CallOptions", "Method"].map(|name| names.runtime(name).to_owned()));
    }
    let mut functions = BTreeSet::new();
    let methods = service.methods.iter().zip(&own.methods);
    let methods: Vec<view::Method> = methods
        .map(|(method, method_names)| {
            let mut lowering = Lowering {
                types,
                names,
                client: &own.client,
                codecs: &mut *codecs,
                imports: &mut imports,
                functions: &mut functions,
            };
            lowering.method(method, method_names)
        })
        .collect();
    let kinds: BTreeSet<&'static str> = service.methods.iter().map(|method| kind(method.kind)).collect();
    let mut from_runtime = Import {
        from: runtime.from_services.clone(),
        types: Vec::new(),
        values: kinds.into_iter().map(|name| names.runtime_import(name)).collect(),
    };
    let mut from_types = Import {
        from: "../types.js".into(),
        types: Vec::new(),
        values: Vec::new(),
    };
    for import in imports {
        match runtime_name(&import, names) {
            Some(name) => from_runtime.types.push(names.runtime_import(name)),
            None => from_types.types.push(import),
        }
    }
    let from_codecs = Import {
        from: "../codecs.js".into(),
        types: Vec::new(),
        values: functions.into_iter().collect(),
    };
    view::ServiceModule {
        imports: statements(vec![from_runtime, from_codecs, from_types]),
        doc: comment(&service.doc, service.deprecated.as_deref(), 0),
        name: own.name.clone(),
        client: own.client.clone(),
        service_type: names.runtime("Service").to_owned(),
        methods,
    }
}

struct Lowering<'a, 'b, 'c> {
    types: &'a Types<'b>,
    names: &'a Names,
    client: &'a str,
    codecs: &'a mut Codecs<'c>,
    imports: &'a mut BTreeSet<String>,
    functions: &'a mut BTreeSet<String>,
}

impl Lowering<'_, '_, '_> {
    fn method(&mut self, method: &Method, names: &MethodNames) -> view::Method {
        let (encode, encode_body) = self.encode(method, names);
        let (decode_function, decode_expression) = self.decode(method);
        self.functions.extend(self.codecs.take_used());
        let property = &names.property;
        let declaration = concat([
            format!("export const {}: ", names.constant).into(),
            list(
                &format!("{}<", self.names.runtime("Method")),
                vec![format!("{}[\"{property}\"]", self.client).into()],
                "",
                ">",
            ),
            " = {".into(),
        ]);
        view::Method {
            doc: comment(&method.doc, method.deprecated.as_deref(), 1),
            member: self.member(method, names),
            property: property.clone(),
            constant: names.constant.clone(),
            declaration: print(&declaration, 0),
            kind: self.names.runtime(kind(method.kind)).to_owned(),
            wire_name: method.wire_name.clone(),
            id: format!("0x{:08x}", method.id),
            arity: method.arguments.len(),
            encode,
            encode_body,
            decode_function,
            decode_parameter: if decode_expression == "undefined" { "" } else { "r" },
            decode_expression,
        }
    }

    /// The member of the client's interface.
    fn member(&mut self, method: &Method, names: &MethodNames) -> String {
        let arguments = method.arguments.iter().zip(&names.arguments);
        let mut parameters: Vec<Doc> = arguments
            .map(|(argument, name)| concat([format!("{name}: ").into(), self.write(&argument.ty)]))
            .collect();
        let options = self.names.runtime("CallOptions");
        parameters.push(format!("{}?: {options}", names.options).into());
        let answer = match (&method.kind, &method.response) {
            (MethodKind::Unary, TypeRef::Unit) => "void".into(),
            (_, response) => self.write(response),
        };
        let generic = match method.kind {
            MethodKind::Unary => "Promise<",
            MethodKind::ServerStreaming => "AsyncIterable<",
        };
        let member = concat([
            list(&format!("{}(", names.property), parameters, ",", "): "),
            list(generic, vec![answer], "", ">;"),
        ]);
        print(&member, 1)
    }

    fn encode(&mut self, method: &Method, names: &MethodNames) -> (String, Vec<String>) {
        let mut body = Vec::new();
        for (argument, name) in method.arguments.iter().zip(&names.arguments) {
            self.codecs.encode(&argument.ty, name, Key::Named(name), 2, &mut body);
        }
        if body.is_empty() {
            return ("encode() {},".into(), body);
        }
        let parameters = ["w"].into_iter().chain(names.arguments.iter().map(String::as_str));
        let signature = list("encode(", parameters.map(Doc::from).collect(), ",", ") {");
        (print(&signature, 1), body)
    }

    /// The function that reads the answer, or else the expression.
    fn decode(&mut self, method: &Method) -> (String, String) {
        if let Some(function) = self.codecs.decoder_of(&method.response) {
            return (function, String::new());
        }
        let expression = self.codecs.decode(&method.response, Key::Root);
        // Behind `return`, whose width counts.
        let text = print(&concat(["return ".into(), expression, ";".into()]), 2);
        let text = text.trim_start_matches("return ").trim_end_matches(';');
        (String::new(), text.to_owned())
    }

    fn write(&mut self, ty: &TypeRef) -> Doc {
        self.types.write(ty, self.names, self.imports)
    }
}

fn kind(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Unary => "unary",
        MethodKind::ServerStreaming => "serverStreaming",
    }
}

/// Splits what a module imports into what comes from the runtime and what are types of the API.
fn split_imports(imports: BTreeSet<String>, names: &Names, types: &str, runtime: &str) -> Vec<String> {
    let (from_runtime, from_types): (Vec<String>, Vec<String>) = imports
        .into_iter()
        .partition(|import| runtime_name(import, names).is_some());
    let from_runtime = from_runtime.iter().filter_map(|local| runtime_name(local, names));
    statements(vec![
        Import {
            from: runtime.to_owned(),
            types: from_runtime.map(|name| names.runtime_import(name)).collect(),
            values: Vec::new(),
        },
        Import {
            from: types.to_owned(),
            types: from_types,
            values: Vec::new(),
        },
    ])
}

/// The runtime's name that has this local name.
fn runtime_name(local: &str, names: &Names) -> Option<&'static str> {
    ["CallOptions", "Method", "Reader", "Service", "Some", "Writer"]
        .into_iter()
        .find(|name| names.runtime(name) == local)
}
