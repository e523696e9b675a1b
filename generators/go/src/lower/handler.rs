//! From a service to its handler: the interface, what serves it, and the handler that implements nothing.

use rapace_schema::{Method, MethodKind, Service, TypeRef};

use super::context::Context;
use crate::casing::private;
use crate::declared::{MethodNames, ServiceNames};
use crate::docs::{comment, comment_after, literal};
use crate::view::{Comment, HandlerMethod, Method as ClientMethod};

/// A service's handler.
pub(crate) struct Handler {
    pub(crate) service: String,
    pub(crate) doc: Comment,
    pub(crate) serve_doc: Comment,
    pub(crate) unimplemented_doc: Comment,
    pub(crate) methods: Vec<HandlerMethod>,
}

impl Context<'_> {
    /// The handler of a service, whose methods are those of the client that wait for their answers.
    pub(super) fn handler(&self, service: &Service, names: &ServiceNames, client: &[ClientMethod]) -> Handler {
        let interface = &names.handler;
        let sentence = format!("{interface} implements the service {}.", service.name);
        let serve = format!(
            "{} returns the service {} as the handler implements it, for rapace.NewHost and rapace.WithHandlers. The \
             methods of the handler run at the same time, each in its own goroutine. Their context is done when the \
             caller cancels the call and when the connection is lost; rapace.CallFrom returns the call that it belongs \
             to. A {} is a handler too.",
            names.serve, service.name, names.interface
        );
        let unimplemented = format!(
            "{} is a {interface} whose methods fail with CodeUnimplemented. A handler that embeds it compiles without \
             the methods that it does not have.",
            names.unimplemented
        );
        let deprecated = service.deprecated.as_deref();
        let methods = service.methods.iter().zip(&names.methods).map(|(method, own)| {
            let declared = client.iter().find(|one| one.name == own.call);
            self.handler_method(method, own, declared)
        });
        Handler {
            service: literal(&service.name),
            doc: comment_after(&sentence, &service.doc, false, deprecated),
            serve_doc: comment(&serve, deprecated),
            unimplemented_doc: comment(&unimplemented, deprecated),
            methods: methods.collect(),
        }
    }

    fn handler_method(&self, method: &Method, names: &MethodNames, client: Option<&ClientMethod>) -> HandlerMethod {
        let outcome = self.results.of(&method.response);
        let answer = self.answer(method);
        let is_void = method.response == TypeRef::Unit || outcome.is_some_and(|outcome| outcome.value.is_none());
        let unserved = match (method.kind, is_void) {
            (MethodKind::ServerStreaming, _) => format!("UnservedStream[{answer}]"),
            (MethodKind::Unary, true) => "Unserved".into(),
            (MethodKind::Unary, false) => format!("UnservedCall[{answer}]"),
        };
        let streaming = match method.kind {
            MethodKind::ServerStreaming => "Streaming: true, ",
            MethodKind::Unary => "",
        };
        let (name, variable) = (&names.call, &names.variable);
        let (doc, parameters, result) = match client {
            Some(one) => (one.doc.clone(), one.parameters.clone(), one.result.clone()),
            None => (Comment::default(), Vec::new(), String::new()),
        };
        HandlerMethod {
            doc,
            name: name.clone(),
            parameters,
            result,
            served: format!("rapace.ServedMethod{{Method: &{variable}, {streaming}Serve: s.{name}}}"),
            unserved_doc: comment(
                &format!("{name} fails with CodeUnimplemented."),
                method.deprecated.as_deref(),
            ),
            unserved: format!("rapace.{unserved}(&{variable})"),
            body: self.codecs.serving(
                (method.kind, name),
                &self.served_arguments(method),
                &method.response,
                outcome,
            ),
        }
    }

    /// The arguments of a method with the variables that hold them while it is served.
    fn served_arguments<'a>(&self, method: &'a Method) -> Vec<(String, String, &'a TypeRef)> {
        let mut scope = self.served_parameters.inner();
        let arguments = method.arguments.iter();
        arguments
            .map(|argument| {
                let variable = scope.claim(&private(&argument.name));
                (argument.name.clone(), variable, &argument.ty)
            })
            .collect()
    }
}
