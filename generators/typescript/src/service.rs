//! The module of a service: the interface of its clients, its methods, the service itself.

use std::collections::BTreeSet;

use rapace_gen_core::text::width;
use rapace_schema::{Method, MethodKind, Service, TypeRef};

use crate::codec::{Codecs, Key};
use crate::comments::{comment, literal, own_comment};
use crate::imports::{Import, statements};
use crate::layout::{Doc, WIDTH, concat, list, print, property};
use crate::lines::Lines;
use crate::lower::{RuntimePaths, runtime_imports};
use crate::names::{MethodNames, Names, ServiceNames};
use crate::types::{Types, behind_colon};
use crate::view;

/// The module of one service. The codecs that it needs are made.
pub(crate) fn lower_service(
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
        match names.of_runtime(&import) {
            Some(name) => from_runtime.types.push(names.runtime_import(name)),
            None => from_types.types.push(import),
        }
    }
    let (runtime_functions, functions): (Vec<String>, Vec<String>) = functions
        .into_iter()
        .partition(|function| names.of_runtime(function).is_some());
    from_runtime.values.extend(runtime_imports(runtime_functions, names));
    let from_codecs = Import {
        from: "../codecs.js".into(),
        types: Vec::new(),
        values: functions,
    };
    let service_type = names.runtime("Service");
    let declaration = format!("export const {}: {service_type}<{}> =", own.name, own.client);
    let value = if methods.is_empty() { " {};" } else { " {" };
    let (between, tab) = match width(&declaration) + value.len() > WIDTH {
        true => ("\n\t", "\t"),
        false => (" ", ""),
    };
    view::ServiceModule {
        imports: statements(vec![from_runtime, from_codecs, from_types]),
        doc: comment(&service.doc, service.deprecated.as_deref(), 0),
        declaration: format!("{declaration}{between}"),
        tab,
        client: own.client.clone(),
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
        let property = &names.property;
        let declaration = concat([
            format!("export const {}: ", names.constant).into(),
            list(
                &format!("{}<", self.names.runtime("Method")),
                vec![format!("{}[\"{property}\"]", self.client).into()],
                "",
                ">",
            ),
            " =".into(),
        ]);
        // The value begins on a line of its own where only its brace does not fit.
        let declaration = print(&declaration, 0);
        let last = width(declaration.lines().last().unwrap_or_default());
        let (between, tab) = if last + " {".len() <= WIDTH {
            (" ", "")
        } else {
            ("\n\t", "\t")
        };
        let (encode, encode_body) = self.encode(method, names, tab.len());
        let (decode_function, decode_expression) = self.decode(method, tab.len());
        self.functions.extend(self.codecs.take_used());
        view::Method {
            doc: comment(&method.doc, method.deprecated.as_deref(), 1),
            constant_doc: own_comment(
                &format!("See {{@link {}.{property}}}.", self.client),
                method.deprecated.as_deref(),
                0,
            ),
            member: self.member(method, names, property),
            property: property.clone(),
            constant: names.constant.clone(),
            declaration: format!("{declaration}{between}{{"),
            tab,
            kind: self.names.runtime(kind(method.kind)).to_owned(),
            wire_name: literal(&method.wire_name),
            id: format!("0x{:08x}", method.id),
            arity: method.arguments.len(),
            idempotent: method.idempotent,
            encode,
            encode_body,
            decode_function,
            notification: names
                .notification
                .as_ref()
                .map(|own| self.notification(method, names, own)),
            decode_parameter: if decode_expression == "undefined" { "" } else { "r" },
            decode_expression,
        }
    }

    /// The same call without an answer, with its names as function and constant.
    fn notification(
        &mut self,
        method: &Method,
        names: &MethodNames,
        (property, constant): &(String, String),
    ) -> view::Notification {
        let function = self.names.runtime("notification").to_owned();
        self.functions.insert(function.clone());
        let deprecated = method.deprecated.as_deref();
        let doc = format!(
            "{{@link {}.{}}} without an answer: done when the request is handed to the transport.",
            self.client, names.property
        );
        let declaration = concat([
            format!("export const {constant}: ").into(),
            list(
                &format!("{}<", self.names.runtime("Method")),
                vec![format!("{}[\"{property}\"]", self.client).into()],
                "",
                ">",
            ),
            " =".into(),
        ]);
        let declaration = print(&declaration, 0);
        let value = format!("/* @__PURE__ */ {function}({});", names.constant);
        view::Notification {
            doc: own_comment(&doc, deprecated, 1),
            constant_doc: own_comment(&format!("See {{@link {}.{property}}}.", self.client), deprecated, 0),
            member: self.member(method, names, property),
            property: property.clone(),
            constant: constant.clone(),
            declaration: assign(&declaration, &value),
        }
    }

    /// The member of the client's interface.
    fn member(&mut self, method: &Method, names: &MethodNames, property: &str) -> String {
        let arguments = method.arguments.iter().zip(&names.arguments);
        let mut parameters: Vec<Doc> = arguments
            .map(|(argument, name)| {
                concat([
                    format!("{name}:").into(),
                    behind_colon(&argument.ty, self.write(&argument.ty)),
                ])
            })
            .collect();
        let options = self.names.runtime("CallOptions");
        parameters.push(format!("{}?: {options}", names.options).into());
        let answer = match (&method.kind, &method.response) {
            (MethodKind::Unary, TypeRef::Unit) => "void".into(),
            (_, response) => self.types.write_alone(response, self.names, self.imports),
        };
        let generic = match method.kind {
            MethodKind::Unary => "Promise<",
            MethodKind::ServerStreaming => "AsyncIterable<",
        };
        let member = concat([
            list(&format!("{property}("), parameters, ",", "): "),
            list(generic, vec![answer], "", ">;"),
        ]);
        print(&member, 1)
    }

    /// The head of the function that writes the arguments, and its lines. They are so much `deeper` than is usual.
    fn encode(&mut self, method: &Method, names: &MethodNames, deeper: usize) -> (String, Vec<String>) {
        let mut body = Lines::default();
        for (argument, name) in method.arguments.iter().zip(&names.arguments) {
            self.codecs
                .encode(&argument.ty, name, Key::Named(name), 2 + deeper, &mut body);
        }
        if body.is_empty() {
            return ("encode() {},".into(), Vec::new());
        }
        let parameters = ["w"].into_iter().chain(names.arguments.iter().map(String::as_str));
        let signature = list("encode(", parameters.map(Doc::from).collect(), ",", ") {");
        (print(&signature, 1 + deeper), body.into_inner())
    }

    /// The property with the function that reads the answer, or else the expression.
    fn decode(&mut self, method: &Method, deeper: usize) -> (String, String) {
        if let Some(function) = self.codecs.decoder_of(&method.response) {
            return (property("decode", function.into(), 1 + deeper), String::new());
        }
        let expression = self.codecs.decode(&method.response, Key::Root);
        // Behind `return`, whose width counts.
        let text = print(&concat(["return ".into(), expression, ";".into()]), 2 + deeper);
        let text = text.trim_start_matches("return ").trim_end_matches(';');
        (String::new(), text.to_owned())
    }

    fn write(&mut self, ty: &TypeRef) -> Doc {
        self.types.write(ty, self.names, self.imports)
    }
}

/// A declaration with its value, which stands on the next line when both are too long for one.
fn assign(declaration: &str, value: &str) -> String {
    let last = declaration.lines().last().unwrap_or_default();
    if width(last) + 1 + width(value) <= WIDTH {
        format!("{declaration} {value}")
    } else {
        format!("{declaration}\n\t{value}")
    }
}

fn kind(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Unary => "unary",
        MethodKind::ServerStreaming => "serverStreaming",
    }
}
