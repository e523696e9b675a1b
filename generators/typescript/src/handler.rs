//! The module of a service that is implemented: the interface of its handlers, and the service with what only a handler needs.

use rapace_gen_core::docs::renamed;
use rapace_gen_core::text::doc::{Doc, assign, concat, list};
use rapace_schema::{Method, MethodKind, Service, TypeRef};

use crate::codec::{Codecs, Key};
use crate::comments::{comment, own_comment};
use crate::imports::{Module, Printer, RuntimePaths, ServiceImport};
use crate::layout::property;
use crate::lines::Lines;
use crate::names::{MethodNames, Names, ServiceNames};
use crate::service::object;
use crate::types::{Types, after_colon};
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
            doc: comment(&doc, method.deprecated.as_deref(), 1),
            text: printer.print(&member(method, method_names, types, names), 1),
        });
        constants.push(method_names.constant.clone());
        entry(method, method_names, names, codecs, &mut entries);
        if let Some((property, constant)) = &method_names.notification {
            constants.push(constant.clone());
            entries.line(1, view::entry(property, constant));
        }
    }
    let arguments = vec![own.client.as_str().into(), own.handler.as_str().into()];
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

/// The member of the handler's interface.
fn member(method: &Method, own: &MethodNames, types: &Types<'_>, names: &Names) -> Doc {
    let arguments = method.arguments.iter().zip(&own.arguments);
    let mut parameters: Vec<Doc> = arguments
        .map(|(argument, name)| {
            let written = types.write(&argument.ty, names);
            concat([format!("{name}:").into(), after_colon(&argument.ty, written)])
        })
        .collect();
    let call = format!("{}: ", own.call);
    parameters.push(concat([call.into(), names.runtime_symbol("ServedCall")]));
    let answer = match (&method.kind, &method.response) {
        (MethodKind::Unary, TypeRef::Unit) => "void".into(),
        (_, response) => types.write_alone(response, names),
    };
    let generic = match method.kind {
        MethodKind::Unary => concat([names.runtime_symbol("Awaitable"), "<".into()]),
        MethodKind::ServerStreaming => "AsyncIterable<".into(),
    };
    concat([
        list(format!("{}(", own.property), parameters, ",", "): "),
        list(generic, vec![answer], "", ">;"),
    ])
}

/// The method with the codecs of a handler: `find: { ...find, … },`.
fn entry(method: &Method, own: &MethodNames, names: &Names, codecs: &mut Codecs<'_>, out: &mut Lines) {
    let kind = match method.kind {
        MethodKind::Unary => "servedUnary",
        MethodKind::ServerStreaming => "servedStreaming",
    };
    out.line(1, format!("{}: {{", own.property));
    out.line(2, format!("...{},", own.constant));
    out.line(2, property("answers", names.runtime_symbol(kind)));
    decode_arguments(method, own, codecs, out);
    encode_answer(method, codecs, out);
    out.line(1, "},");
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
