//! The module of a service: the interface of its clients, its methods, the service itself.

use rapace_gen_core::docs::renamed;
use rapace_gen_core::text::doc::{Doc, assign, concat, list};
use rapace_schema::{Method, MethodKind, Service, TypeRef, Variant};

use crate::codec::{Codecs, Key};
use crate::comments::{comment, comment_and, literal, own_comment};
use crate::form::Form;
use crate::imports::{Module, Printer, RuntimePaths};
use crate::layout::{call, property};
use crate::lines::Lines;
use crate::names::{KIND, MethodNames, Names, ServiceNames};
use crate::outcome::{Failure, Outcome};
use crate::types::Types;
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
    let mut lowering = Lowering {
        types,
        names,
        client: &own.client,
        codecs,
        printer: Printer::default(),
        functions: Vec::new(),
    };
    for (method, method_names) in service.methods.iter().zip(&own.methods) {
        lowering.method(method, method_names);
    }
    let Lowering {
        mut printer, functions, ..
    } = lowering;
    let declaration = concat([
        format!("export const {}: ", own.name).into(),
        names.runtime_symbol("Service"),
        format!("<{}> =", own.client).into(),
    ]);
    let mut members = Lines::default();
    for function in &functions {
        members.line(1, function.entry());
    }
    let declaration = printer.print(&assign(declaration, object(members)), 0);
    view::ServiceModule {
        imports: printer.imports(Module::Service, names, runtime),
        doc: comment(&service.doc, service.deprecated.as_deref(), 0),
        declaration,
        client: own.client.clone(),
        functions,
    }
}

struct Lowering<'a, 'b, 'c> {
    types: &'a Types<'b>,
    names: &'a Names,
    client: &'a str,
    codecs: &'a mut Codecs<'c>,
    printer: Printer,
    functions: Vec<view::Function>,
}

impl Lowering<'_, '_, '_> {
    /// The function of a method, and the one that does not wait for its answer where nothing is in it.
    fn method(&mut self, method: &Method, names: &MethodNames) {
        let arguments = method.arguments.iter().zip(&names.arguments);
        let arguments = arguments.map(|(argument, name)| (argument.name.as_str(), name.as_str()));
        let doc = renamed(&method.doc, arguments);
        let doc = match self.failure(method) {
            Some(failure) => {
                let line = format!(
                    "@throws {{@link {}}} when the call fails with an error of its own.",
                    failure.class
                );
                comment_and(&doc, line, method.deprecated.as_deref(), 1)
            }
            None => comment(&doc, method.deprecated.as_deref(), 1),
        };
        let value = self.value(method, names);
        self.function(method, names, (&names.property, &names.constant), doc, value);
        if let Some((property, constant)) = &names.notification {
            let doc = format!(
                "Calls {{@link {}.{}}} without waiting for an answer. Resolves when the request has been sent.",
                self.client, names.property
            );
            let doc = own_comment(&doc, method.deprecated.as_deref(), 1);
            let value = concat([
                "/* @__PURE__ */ ".into(),
                self.names.runtime_symbol("notification"),
                format!("({});", names.constant).into(),
            ]);
            self.function(method, names, (property, constant), doc, value);
        }
    }

    /// The class of the errors that the method's answer may be.
    fn failure(&self, method: &Method) -> Option<&Failure> {
        self.names.failures.get(&self.types.outcome(method)?.def.name)
    }

    /// A function of the client, and the constant that describes it.
    fn function(
        &mut self,
        method: &Method,
        names: &MethodNames,
        (property, constant): (&str, &str),
        doc: String,
        value: Doc,
    ) {
        let call = format!("{}[\"{property}\"]", self.client);
        let method_type = concat([self.names.runtime_symbol("Method"), "<".into()]);
        let declaration = concat([
            format!("export const {constant}: ").into(),
            list(method_type, vec![call.into()], "", ">"),
            " =".into(),
        ]);
        let see = format!("See {{@link {}.{property}}}.", self.client);
        let member = self.member(method, names, property);
        self.functions.push(view::Function {
            doc,
            constant_doc: own_comment(&see, method.deprecated.as_deref(), 0),
            member: self.printer.print(&member, 1),
            property: property.to_owned(),
            constant: constant.to_owned(),
            declaration: self.printer.print(&assign(declaration, value), 0),
        });
    }

    /// The member of the client's interface.
    fn member(&self, method: &Method, names: &MethodNames, property: &str) -> Doc {
        let arguments = method.arguments.iter().zip(&names.arguments);
        let mut parameters: Vec<Doc> = arguments
            .map(|(argument, name)| {
                let alias = argument.alias.as_deref();
                let written = self.types.write_after_colon(&argument.ty, alias, self.names);
                concat([format!("{name}:").into(), written])
            })
            .collect();
        parameters.push(concat([
            format!("{}?: ", names.options).into(),
            self.names.runtime_symbol("CallOptions"),
        ]));
        let answer = answer(method, self.types, self.names);
        let generic = match method.kind {
            MethodKind::Unary => "Promise<",
            MethodKind::ServerStreaming => "AsyncIterable<",
        };
        concat([
            list(format!("{property}("), parameters, ",", "): "),
            list(generic, vec![answer], "", ">;"),
        ])
    }

    /// What describes a method.
    fn value(&mut self, method: &Method, names: &MethodNames) -> Doc {
        let kind = match method.kind {
            MethodKind::Unary if self.types.outcome(method).is_some() => "unaryResult",
            MethodKind::Unary => "unary",
            MethodKind::ServerStreaming => "serverStreaming",
        };
        let mut value = Lines::default();
        value.line(1, property("kind", self.names.runtime_symbol(kind)));
        value.line(1, property("name", literal(&method.wire_name)));
        value.line(1, property("id", format!("0x{:08x}", method.id)));
        value.line(1, property("arity", method.arguments.len().to_string()));
        if method.idempotent {
            value.line(1, "idempotent: true,");
        }
        self.encode(method, names, &mut value);
        self.decode(method, &mut value);
        object(value)
    }

    /// The function that writes the arguments, unless nothing is to be written.
    fn encode(&mut self, method: &Method, names: &MethodNames, out: &mut Lines) {
        let mut body = Lines::default();
        for (argument, name) in method.arguments.iter().zip(&names.arguments) {
            self.codecs.encode(&argument.ty, name, Key::Named(name), 2, &mut body);
        }
        if body.is_empty() {
            return;
        }
        let arguments = names.arguments.iter().map(|name| Doc::from(name.clone()));
        let parameters = ["w".into()].into_iter().chain(arguments);
        out.line(1, list("encode(", parameters.collect(), ",", ") {"));
        out.lines(body);
        out.line(1, "},");
    }

    /// The function that reads an outcome, and returns what is in it, or the error that is thrown.
    fn decode_outcome(&mut self, method: &Method, outcome: Outcome<'_>, out: &mut Lines) {
        let expression = self.codecs.decode(&method.response, Key::Root);
        let class = self
            .failure(method)
            .map(|failure| failure.class.clone())
            .unwrap_or_default();
        let plain = matches!(self.types.form(&outcome.def.name), Form::Plain(_));
        let kind = if plain {
            "answer".to_owned()
        } else {
            format!("answer.{KIND}")
        };
        let content = |variant: &Variant| match variant.fields.fields.is_empty() {
            true => "undefined",
            false => "answer.value",
        };
        let name = literal(&method.wire_name);
        let failure = call(
            concat(["new ".into(), Doc::Symbol(class)]),
            vec![content(outcome.err).into(), name.into()],
        );
        out.line(1, "decode(r) {");
        out.assign(2, "const answer =", expression);
        out.line(2, format!("if ({kind} === {}) {{", literal(&outcome.err.name)));
        out.statement(3, concat(["return ".into(), failure]));
        out.line(2, "}");
        out.line(2, format!("return {};", content(outcome.ok)));
        out.line(1, "},");
    }

    /// The function that reads the answer, unless nothing is in it.
    fn decode(&mut self, method: &Method, out: &mut Lines) {
        if let Some(outcome) = self.types.outcome(method) {
            self.decode_outcome(method, outcome, out);
        } else if let Some(function) = self.codecs.decoder_of(&method.response) {
            out.line(1, property("decode", function));
        } else if !self.codecs.is_unit(&method.response) {
            let expression = self.codecs.decode(&method.response, Key::Root);
            out.line(1, "decode(r) {");
            out.statement(2, concat(["return ".into(), expression]));
            out.line(1, "},");
        }
    }
}

/// What a call returns, or the items of its stream.
pub(crate) fn answer(method: &Method, types: &Types<'_>, names: &Names) -> Doc {
    let (ty, alias) = match types.outcome(method) {
        Some(outcome) => (outcome.value(), None),
        None => (method.response.clone(), method.response_alias.as_deref()),
    };
    match (&method.kind, &ty, alias) {
        (MethodKind::Unary, TypeRef::Unit, _) => "void".into(),
        (.., Some(alias)) => names.alias(alias),
        _ => types.write_alone(&ty, names),
    }
}

/// An object with these lines, and the end of its statement.
pub(crate) fn object(lines: Lines) -> Doc {
    if lines.is_empty() {
        return "{};".into();
    }
    concat(["{".into(), lines.into(), Doc::HardLine, "};".into()])
}
