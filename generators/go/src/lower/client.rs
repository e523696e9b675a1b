//! From a service to its client and its fake.

use rapace_schema::{Method, MethodKind, Service, TypeRef};

use super::context::Context;
use super::handler::Handler;
use crate::align::{Row, align};
use crate::casing::private;
use crate::declared::{MethodNames, ServiceNames};
use crate::docs::{comment, comment_after, comment_of_method, literal, with_arguments};
use crate::layout::{broken, fits};
use crate::view::{self, Call, Comment, Lines};

/// A service's client.
pub(crate) struct Client {
    pub(crate) names: ServiceNames,
    pub(crate) doc: Comment,
    pub(crate) constructor_doc: Comment,
    pub(crate) fake_doc: Comment,
    pub(crate) fake_fields: Lines,
    pub(crate) variables: Lines,
    pub(crate) methods: Vec<view::Method>,
    pub(crate) streams: bool,
    pub(crate) handler: Handler,
}

/// What a method and the one that does not wait for its answer have in common.
struct Signature<'a> {
    /// The arguments: their names in Rust and in Go, and their types.
    arguments: Vec<(String, String, &'a TypeRef)>,
    /// The parameters in Go: `isbn Isbn`.
    parameters: Vec<String>,
}

impl Context<'_> {
    pub(super) fn client(&self, service: &Service, names: ServiceNames) -> Client {
        let sentence = format!("{} calls the service {}.", names.interface, service.name);
        let constructor = format!(
            "{} returns a client of the service {} on a connection.",
            names.constructor, service.name
        );
        let fake = format!(
            "{} is a {} for tests. Each method calls the function in its field. A method whose field is nil fails with \
             CodeUnimplemented.",
            names.fake, names.interface
        );
        let deprecated = service.deprecated.as_deref();
        let methods = service.methods.iter().zip(&names.methods);
        let variables = methods.clone().map(|(method, names)| {
            let idempotent = if method.idempotent { ", Idempotent: true" } else { "" };
            let (name, id) = (literal(&method.wire_name), method.id);
            Row::plain(
                &names.variable,
                format!("= rapace.Method{{Name: {name}, ID: {id:#010x}{idempotent}}}"),
            )
        });
        let variables = align(variables.collect());
        let methods: Vec<view::Method> = methods
            .flat_map(|(method, own)| self.methods(method, own, &names.fake))
            .collect();
        let is_stream = |method: &Method| method.kind == MethodKind::ServerStreaming;
        Client {
            doc: comment_after(&sentence, &service.doc, false, deprecated),
            constructor_doc: comment(&constructor, deprecated),
            fake_doc: comment(&fake, deprecated),
            fake_fields: fields_of_fake(&methods),
            handler: self.handler(service, &names, &methods),
            variables,
            methods,
            streams: service.methods.iter().any(is_stream),
            names,
        }
    }

    /// A method, and the one that does not wait for its answer.
    fn methods(&self, method: &Method, names: &MethodNames, fake: &str) -> Vec<view::Method> {
        let signature = self.signature(method);
        let mut methods = vec![self.waiting(method, names, fake, &signature)];
        if let (Some(name), Some(field)) = (&names.notify, &names.notify_field) {
            let variable = &names.variable;
            let doc = format!(
                "{name} calls {} and does not wait for the answer. It returns when the request has been handed to the \
                 socket. An error of the method is not reported.",
                method.wire_name
            );
            methods.push(view::Method {
                doc: comment(&doc, method.deprecated.as_deref()),
                name: name.clone(),
                parameters: with_context(&signature.parameters),
                result: "error".into(),
                call: format!("return rapace.Notify(ctx, c.client, &{variable}, "),
                arguments: self.codecs.arguments(&signature.arguments),
                answer: String::new(),
                end: None,
                fake: self.fake_method(method, names, &signature, (name, fake, field, "Unset")),
            });
        }
        methods
    }

    fn signature<'a>(&self, method: &'a Method) -> Signature<'a> {
        let mut scope = self.parameters.inner();
        let arguments: Vec<(String, String, &TypeRef)> = (method.arguments.iter())
            .map(|argument| {
                let variable = scope.claim(&private(&argument.name));
                (argument.name.clone(), variable, &argument.ty)
            })
            .collect();
        let parameters = (arguments.iter().zip(&method.arguments))
            .map(|((_, variable, ty), argument)| format!("{variable} {}", self.go(ty, argument.alias.as_deref())))
            .collect();
        Signature { arguments, parameters }
    }

    /// The method that waits for the answer.
    fn waiting(&self, method: &Method, names: &MethodNames, fake: &str, signature: &Signature<'_>) -> view::Method {
        let outcome = self.results.of(&method.response);
        let answer = self.answer(method);
        let is_void = method.response == TypeRef::Unit || outcome.is_some_and(|outcome| outcome.value.is_none());
        let (result, call, unset, end) = match (method.kind, is_void) {
            (MethodKind::ServerStreaming, _) => (
                format!("iter.Seq2[{answer}, error]"),
                "return rapace.Stream",
                format!("UnsetStream[{answer}]"),
                None,
            ),
            (MethodKind::Unary, true) => (
                "error".into(),
                "_, err := rapace.Call",
                "Unset".into(),
                Some("return err"),
            ),
            (MethodKind::Unary, false) => (
                format!("({answer}, error)"),
                "return rapace.Call",
                format!("UnsetCall[{answer}]"),
                None,
            ),
        };
        let call = match outcome {
            Some(_) => format!("{call}Result"),
            None => call.to_owned(),
        };
        // Without a decoder Go cannot infer the answer's type.
        let decoder = self.codecs.answer(&method.response);
        let explicit = match decoder {
            "nil" => format!("[{answer}]"),
            _ => String::new(),
        };
        let (name, variable) = (&names.call, &names.variable);
        let otherwise = format!("{name} calls {}.", method.wire_name);
        let names_of_arguments = signature
            .arguments
            .iter()
            .map(|(rust, go, _)| (rust.as_str(), go.as_str()));
        let doc = with_arguments(&method.doc, &names_of_arguments.collect::<Vec<_>>());
        let doc = match outcome {
            Some(outcome) => {
                let doc = if doc.is_empty() { &otherwise } else { &doc };
                format!("{doc}\n\nIts failures are errors of the type [{}].", outcome.failure)
            }
            None => doc,
        };
        view::Method {
            doc: comment_of_method(name, &doc, &otherwise, method.deprecated.as_deref()),
            name: name.clone(),
            parameters: with_context(&signature.parameters),
            result,
            call: format!("{call}{explicit}(ctx, c.client, &{variable}, "),
            arguments: self.codecs.arguments(&signature.arguments),
            answer: match outcome {
                Some(outcome) => format!(", {decoder}, {}", outcome.split),
                None => format!(", {decoder}"),
            },
            end,
            fake: self.fake_method(method, names, signature, (name, fake, &names.field, &unset)),
        }
    }

    /// What a method of a client returns besides an error.
    pub(super) fn answer(&self, method: &Method) -> String {
        match self.results.of(&method.response) {
            Some(outcome) => outcome.value.clone().unwrap_or_else(|| "struct{}".into()),
            None => self.go(&method.response, method.response_alias.as_deref()),
        }
    }

    /// What a fake has of a method: of this name, of the fake of this name, with this field and this function for its absence.
    fn fake_method(
        &self,
        method: &Method,
        names: &MethodNames,
        signature: &Signature<'_>,
        (name, fake, field, unset): (&str, &str, &str, &str),
    ) -> view::FakeMethod {
        let passed = signature.arguments.iter().map(|(_, variable, _)| variable.clone());
        view::FakeMethod {
            doc: comment(&format!("{name} calls {field}."), method.deprecated.as_deref()),
            field: field.to_owned(),
            unset: Call {
                function: format!("rapace.{unset}"),
                arguments: vec![format!("&{}", names.variable), format!("\"{fake}.{field}\"")],
            },
            call: Call {
                function: format!("c.{field}"),
                arguments: std::iter::once("ctx".to_owned()).chain(passed).collect(),
            },
        }
    }
}

fn with_context(parameters: &[String]) -> Vec<String> {
    let context = "ctx context.Context".to_owned();
    std::iter::once(context).chain(parameters.iter().cloned()).collect()
}

/// The fields of a fake: functions with the methods' signatures.
fn fields_of_fake(methods: &[view::Method]) -> Lines {
    let widest = methods.iter().map(|method| method.fake.field.chars().count()).max();
    let rows = methods.iter().map(|method| {
        let (before, after) = ("func(", format!(") {}", method.result));
        let line = format!("{before}{}{after}", method.parameters.join(", "));
        // The columns are aligned later: at most by the longest name.
        let aligned = format!("{} {line}", " ".repeat(widest.unwrap_or(0)));
        Row {
            doc: Comment::default(),
            name: method.fake.field.clone(),
            rest: match fits(&aligned, 1) {
                true => vec![line],
                false => broken(before, &method.parameters, &after),
            },
        }
    });
    align(rows.collect())
}
