//! The module of a service that is implemented: the interface of its handlers, and the service with what only a handler needs.

use rapace_gen_core::docs::renamed;
use rapace_gen_core::text::doc::{Doc, assign, concat, list};
use rapace_schema::{Method, MethodKind, Service, TypeRef, Variant};

use crate::codec::{Codecs, Key};
use crate::comments::{comment, comment_and, literal, own_comment};
use crate::imports::{Module, Printer, RuntimePaths, ServiceImport};
use crate::layout::{call, property};
use crate::lines::Lines;
use crate::names::{KIND, MethodNames, Names, ServiceNames};
use crate::outcome::{Failure, Outcome};
use crate::service::{answer, object};
use crate::types::Types;
use crate::view;

/// The module of one service's handlers. The codecs that it needs are made.
pub(crate) fn lower_handler(
    service: &Service,
    own: &ServiceNames,
    types: &Types<'_>,
    names: &Names,
    codecs: &mut Codecs<'_>,
    runtime: &RuntimePaths,
) -> view::HandlerModule {
    let mut printer = Printer::default();
    let mut entries = Lines::default();
    let mut members = Vec::new();
    let mut constants = Vec::new();
    for (method, method_names) in service.methods.iter().zip(&own.methods) {
        let arguments = method.arguments.iter().zip(&method_names.arguments);
        let arguments = arguments.map(|(argument, name)| (argument.name.as_str(), name.as_str()));
        let doc = renamed(&method.doc, arguments);
        members.push(view::Member {
            doc: doc_of(method, &doc, types, names),
            text: printer.print(&member(method, method_names, types, names), 1),
        });
        constants.push(method_names.constant.clone());
        let own = Entry {
            method,
            own: method_names,
            outcome: types.outcome(method),
        };
        own.write(types, names, codecs, &mut entries);
        if let Some((property, constant)) = &method_names.notification {
            constants.push(constant.clone());
            entries.line(1, view::entry(property, constant));
        }
    }
    let arguments = vec![own.client.clone().into(), own.handler.clone().into()];
    let service_type = concat([names.runtime_symbol("HandledService"), "<".into()]);
    let declaration = concat([
        format!("export const {}: ", own.name).into(),
        list(service_type, arguments, "", ">"),
        " =".into(),
    ]);
    let declaration = printer.print(&assign(declaration, object(entries)), 0);
    let from_service = ServiceImport {
        module: &own.module,
        client: &own.client,
        constants,
    };
    let see = format!("The service, for `serve`. Its handlers are {{@link {}}}.", own.handler);
    view::HandlerModule {
        imports: printer.imports_with(Module::Service, names, runtime, Some(from_service)),
        doc: comment(&service.doc, service.deprecated.as_deref(), 0),
        service_doc: own_comment(&see, service.deprecated.as_deref(), 0),
        handler: own.handler.clone(),
        members,
        declaration,
    }
}

/// The comment of a handler's function.
fn doc_of(method: &Method, doc: &str, types: &Types<'_>, names: &Names) -> String {
    let deprecated = method.deprecated.as_deref();
    let failure = types
        .outcome(method)
        .and_then(|outcome| names.failures.get(&outcome.def.name));
    match failure {
        Some(failure) => {
            let line = format!("Throw a {{@link {}}} to answer with an error.", failure.class);
            comment_and(doc, line, deprecated, 1)
        }
        None => comment(doc, deprecated, 1),
    }
}

/// The member of the handler's interface.
fn member(method: &Method, own: &MethodNames, types: &Types<'_>, names: &Names) -> Doc {
    let arguments = method.arguments.iter().zip(&own.arguments);
    let mut parameters: Vec<Doc> = arguments
        .map(|(argument, name)| {
            let alias = argument.alias.as_deref();
            let written = types.write_after_colon(&argument.ty, alias, names);
            concat([format!("{name}:").into(), written])
        })
        .collect();
    let call = format!("{}: ", own.call);
    parameters.push(concat([call.into(), names.runtime_symbol("ServedCall")]));
    let answer = answer(method, types, names);
    let generic = match method.kind {
        MethodKind::Unary => concat([names.runtime_symbol("Awaitable"), "<".into()]),
        MethodKind::ServerStreaming => "AsyncIterable<".into(),
    };
    concat([
        list(format!("{}(", own.property), parameters, ",", "): "),
        list(generic, vec![answer], "", ">;"),
    ])
}

/// A method with the codecs of a handler.
struct Entry<'a> {
    method: &'a Method,
    own: &'a MethodNames,
    outcome: Option<Outcome<'a>>,
}

impl Entry<'_> {
    /// `find: { ...find, … },`
    fn write(&self, types: &Types<'_>, names: &Names, codecs: &mut Codecs<'_>, out: &mut Lines) {
        let kind = match self.method.kind {
            MethodKind::Unary => "servedUnary",
            MethodKind::ServerStreaming => "servedStreaming",
        };
        out.line(1, format!("{}: {{", self.own.property));
        out.line(2, format!("...{},", self.own.constant));
        out.line(2, property("answers", names.runtime_symbol(kind)));
        decode_arguments(self.method, self.own, codecs, out);
        match self
            .outcome
            .zip(self.outcome.and_then(|outcome| names.failures.get(&outcome.def.name)))
        {
            Some((outcome, failure)) => self.encode_outcome(outcome, failure, (types, names), codecs, out),
            None => encode_answer(self.method, codecs, out),
        }
        out.line(1, "},");
    }

    /// The class of errors that are answers, and the function that writes an outcome of a value or of such an error.
    fn encode_outcome(
        &self,
        outcome: Outcome<'_>,
        failure: &Failure,
        (types, names): (&Types<'_>, &Names),
        codecs: &mut Codecs<'_>,
        out: &mut Lines,
    ) {
        let class = || Doc::Symbol(failure.class.clone());
        // A function that returns nothing answers with `undefined`.
        let (parameter, content) = match outcome.value() {
            TypeRef::Unit => ("answer: unknown".into(), "undefined"),
            value => {
                let written = types.write(&value, names);
                (concat(["answer: ".into(), written, " | ".into(), class()]), "answer")
            }
        };
        out.line(2, property("failure", class()));
        out.line(2, list("encodeAnswer(", vec!["w".into(), parameter], ",", ") {"));
        let test = concat(["if (answer instanceof ".into(), class(), ") {".into()]);
        out.line(3, test);
        self.encode_variant(outcome.err, "answer.error", codecs, out);
        out.line(3, "} else {");
        self.encode_variant(outcome.ok, content, codecs, out);
        out.line(3, "}");
        out.line(2, "},");
    }

    /// The statement that writes a variant of an outcome.
    fn encode_variant(&self, variant: &Variant, content: &str, codecs: &mut Codecs<'_>, out: &mut Lines) {
        let (response, kind) = (&self.method.response, literal(&variant.name));
        let Some(function) = codecs.encoder_of(response) else {
            // An enum without data.
            return codecs.encode(response, &kind, Key::Root, 4, out);
        };
        if variant.fields.fields.is_empty() {
            let variant = format!("{{ {KIND}: {kind} }}").into();
            return out.statement(4, call(function, vec!["w".into(), variant]));
        }
        out.line(4, concat([function, "(w, {".into()]));
        out.line(5, format!("{KIND}: {kind},"));
        out.line(5, format!("value: {content},"));
        out.line(4, "});");
    }
}

/// The function that reads the arguments, unless there are none.
fn decode_arguments(method: &Method, own: &MethodNames, codecs: &mut Codecs<'_>, out: &mut Lines) {
    if method.arguments.is_empty() {
        return;
    }
    let read = method.arguments.iter().any(|argument| !codecs.is_unit(&argument.ty));
    let values = method.arguments.iter().zip(&own.arguments);
    let values = values.map(|(argument, name)| codecs.decode(&argument.ty, Key::Named(name)));
    let values: Vec<Doc> = values.collect();
    let reader = if read { "r" } else { "" };
    out.line(2, format!("decodeArguments({reader}) {{"));
    out.statement(3, concat(["return ".into(), list("[", values, ",", "]")]));
    out.line(2, "},");
}

/// The function that writes the answer, unless nothing is in it.
fn encode_answer(method: &Method, codecs: &mut Codecs<'_>, out: &mut Lines) {
    if let Some(function) = codecs.encoder_of(&method.response) {
        out.line(2, property("encodeAnswer", function));
    } else if !codecs.is_unit(&method.response) {
        out.line(2, "encodeAnswer(w, v) {");
        codecs.encode(&method.response, "v", Key::Root, 3, out);
        out.line(2, "},");
    }
}
