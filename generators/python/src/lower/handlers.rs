//! Handlers: the classes that implement a service, and what the runtime knows of their methods.

use rapace_schema::{Method, Service};

use super::clients::{Class, Form, class};
use super::{Flavor, Lowering, definition};
use crate::codec::Codecs;
use crate::docs::{docstring, literal};
use crate::imports::Imports;
use crate::layout::{Item, bracketed};
use crate::names::{MethodNames, ServiceNames};
use crate::view::{self, Block};

impl Lowering<'_> {
    /// `handlers.py`: the classes that users extend.
    pub fn handlers(&self, flavor: Flavor) -> String {
        let imports = Imports::new(self.runtime, flavor.up());
        let blocks = self
            .services()
            .map(|(service, names)| self.handler(service, names, &class(names, flavor, Form::Handler, &imports)));
        let blocks = blocks.collect();
        let kind = flavor.pick("asyncio", "threads");
        let doc = format!(
            "Handlers for {kind}: classes that implement the services of {}.",
            self.api.name
        );
        self.annotated(&doc, imports, blocks)
    }

    fn handler(&self, service: &Service, names: &ServiceNames, class: &Class<'_>) -> Block {
        let imports = class.place.imports;
        let how = class.flavor.pick(
            "A method is a coroutine; a method with a stream is an asynchronous generator.",
            "A method runs in a thread and may block; a method with a stream is a generator.",
        );
        let doc = format!(
            "{}\n\n\
             Implements `{}`. Extend this class with every method, and give an instance to a host or to `connect`.\n\n\
             {how}\n\
             A method that raises `StatusError` answers with its code and message. Any other exception is logged, and answers\n\
             with `INTERNAL` and without its text.",
            service.doc, service.name,
        );
        let client = format!("client: {}", imports.protocol(&names.protocol));
        definition(&view::Handler {
            name: names.handler.clone(),
            base: imports.codegen(class.flavor.pick("Handler", "SyncHandler")),
            doc: docstring(&doc, service.deprecated.as_deref(), 4).unwrap_or_default(),
            service: literal(&service.name),
            served: imports.own("_handlers", &names.served),
            methods: self.methods(service, names, class),
            classmethod: class.place.builtin("classmethod"),
            forward: bracketed(
                4,
                &format!("def {}(", names.forward),
                &["cls".into(), client.into()],
                &format!(") -> {}:", names.handler),
            ),
            forwarded: imports.codegen("forward"),
        })
    }

    /// An assignment of `_handlers.py`: the methods of a service as the runtime serves them.
    pub(super) fn served(
        &self,
        service: &Service,
        names: &ServiceNames,
        codecs: &mut Codecs<'_>,
        imports: &Imports<'_>,
    ) -> String {
        let head = format!("{} = (", names.served);
        if service.methods.is_empty() {
            return format!("{head})");
        }
        let methods: Vec<String> = (service.methods.iter().zip(&names.methods))
            .map(|(method, names)| served_method(method, names, codecs, imports, self.outcome(method).is_some()))
            .collect();
        format!("{head}\n{}\n)", methods.join("\n"))
    }
}

/// An item of the tuple of a service's methods.
fn served_method(
    method: &Method,
    names: &MethodNames,
    codecs: &mut Codecs<'_>,
    imports: &Imports<'_>,
    is_result: bool,
) -> String {
    let [read, write] = codecs.served(names, method, imports);
    let streams = match method.kind {
        rapace_schema::MethodKind::Unary => "False",
        rapace_schema::MethodKind::ServerStreaming => "True",
    };
    let mut arguments: Vec<Item> = vec![
        literal(&method.wire_name).into(),
        method.id.to_string().into(),
        literal(&names.method).into(),
        streams.into(),
        read,
        write,
    ];
    if is_result {
        arguments.push(imports.own("_results", &names.constant).into());
    }
    bracketed(4, &format!("{}(", imports.codegen("ServedMethod")), &arguments, "),")
}
