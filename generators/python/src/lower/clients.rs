//! A service in three forms: its client, the protocol that the client has, and a fake that has it too.

use std::collections::BTreeSet;

use rapace_schema::{Method, MethodKind, Service};

use super::{Flavor, Lowering, render};
use crate::docs::{doc_lines, docstring, literal};
use crate::layout::{Item, bracketed, fits, import, items};
use crate::names::{MethodNames, ServiceNames};
use crate::types::Place;
use crate::view;

/// What a method is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Client,
    Protocol,
    Fake,
}

impl Lowering<'_> {
    /// The module with a service's client.
    pub fn client(&self, service: &Service, names: &ServiceNames, flavor: Flavor) -> String {
        let client = view::Client {
            name: names.client.clone(),
            base: match flavor {
                Flavor::Async => "AsyncClient",
                Flavor::Sync => "SyncClient",
            },
            doc: docstring(&service.doc, service.deprecated.as_deref(), 4),
            methods: self.methods(service, names, flavor, Form::Client),
        };
        let doc = match flavor {
            Flavor::Async => format!("The asyncio client of {}.", service.name),
            Flavor::Sync => format!("The blocking client of {}.", service.name),
        };
        let own = if service.methods.is_empty() { "" } else { "_codecs" };
        self.module_of_services(&doc, &[service], flavor, own, vec![render(&client)])
    }

    /// `protocols.py`: what clients and fakes have in common, for annotations.
    pub fn protocols(&self, flavor: Flavor) -> String {
        let blocks = self.services().map(|(service, names)| {
            render(&view::Protocol {
                name: names.protocol.clone(),
                doc: summary(&format!("What `{}` and `{}` can do.", names.client, names.fake)),
                methods: self.methods(service, names, flavor, Form::Protocol),
            })
        });
        let services: Vec<&Service> = self.api.services.iter().collect();
        let doc = format!(
            "What clients of {} can do: for annotations, and code that runs on fakes.",
            self.api.name
        );
        self.module_of_services(&doc, &services, flavor, "", blocks.collect())
    }

    /// `testing.py`: fakes for users' own tests.
    pub fn testing(&self, flavor: Flavor) -> String {
        let blocks = self
            .services()
            .map(|(service, names)| self.fake(service, names, flavor));
        let services: Vec<&Service> = self.api.services.iter().collect();
        let doc = format!("Fakes of the clients of {}, for tests without a server.", self.api.name);
        self.module_of_services(&doc, &services, flavor, "", blocks.collect())
    }

    fn fake(&self, service: &Service, names: &ServiceNames, flavor: Flavor) -> String {
        let place = place(names);
        let receiver = receiver(names);
        let mut parameters: Vec<Item> = vec![receiver.into()];
        if !names.methods.is_empty() {
            parameters.push("*".into());
        }
        for (method, names) in service.methods.iter().zip(&names.methods) {
            let annotation = |ty| self.types.annotation(&self.types.used(ty, false), &place);
            let arguments: Vec<String> = method
                .arguments
                .iter()
                .map(|argument| annotation(&argument.ty))
                .collect();
            let kind = match (method.kind, flavor) {
                (MethodKind::Unary, Flavor::Async) => "AsyncAnswer",
                (MethodKind::Unary, Flavor::Sync) => "SyncAnswer",
                (MethodKind::ServerStreaming, Flavor::Async) => "AsyncItems",
                (MethodKind::ServerStreaming, Flavor::Sync) => "SyncItems",
            };
            let answer = format!(
                "codegen.{kind}[[{}], {}]",
                arguments.join(", "),
                annotation(&method.response)
            );
            parameters.push(format!("{}: {answer} | None = None", names.method).into());
        }
        let doc = format!(
            "Stands in for `{}`: each method is answered by the function given for it, with the method's arguments.\n\n\
             A function may raise what a server would; a method without one is unimplemented.",
            names.client
        );
        let signature = bracketed(4, "def __init__(", &parameters, ") -> None:");
        render(&view::Fake {
            name: names.fake.clone(),
            doc: summary(&doc),
            is_wide: !signature.lines().all(fits),
            signature,
            receiver: receiver.to_owned(),
            answers: names.methods.iter().map(|names| names.method.clone()).collect(),
            methods: self.methods(service, names, flavor, Form::Fake),
        })
    }

    /// The imports of a module about these services, and its classes.
    fn module_of_services(
        &self,
        doc: &str,
        services: &[&Service],
        flavor: Flavor,
        own: &str,
        blocks: Vec<String>,
    ) -> String {
        let code = blocks.join("\n");
        let up = usize::from(flavor == Flavor::Sync);
        let dots = ".".repeat(up + 1);
        let mut imports = vec![vec!["from __future__ import annotations".to_owned()]];
        // A string that begins alike is the name of a method, whose service is called as the module is.
        let mentions = |name: &str| {
            code.match_indices(&format!("{name}."))
                .any(|(at, _)| !code[..at].ends_with('"'))
        };
        let standard = ["builtins", "typing"].iter().filter(|name| mentions(name));
        imports.push(standard.map(|name| format!("import {name}")).collect());
        let mut used = BTreeSet::new();
        for method in services.iter().flat_map(|service| &service.methods) {
            let arguments = method.arguments.iter().map(|argument| &argument.ty);
            for ty in arguments.chain([&method.response]) {
                self.types.for_each_mentioned(ty, &mut |name| {
                    used.insert(self.names.of(name).class.clone());
                });
            }
        }
        let runtime = match code.contains("codegen.") {
            true => vec![format!("from {} import codegen", self.runtime.module(up))],
            false => Vec::new(),
        };
        let mut own: Vec<String> = match own {
            "" => Vec::new(),
            own => vec![format!("from {dots} import {own}")],
        };
        let used: Vec<String> = used.into_iter().collect();
        let types = (!used.is_empty()).then(|| import(&format!("{dots}types"), &used));
        if self.runtime.is_published() {
            own.extend(types);
            imports.extend([runtime, own]);
        } else {
            imports.push(own.into_iter().chain(runtime).chain(types).collect());
        }
        self.module(doc, imports, blocks)
    }

    /// The methods of a service, and behind each that answers nothing the one that does not wait for that.
    fn methods(&self, service: &Service, names: &ServiceNames, flavor: Flavor, form: Form) -> Vec<view::Method> {
        let place = place(names);
        let mut methods = Vec::new();
        for (method, names) in service.methods.iter().zip(&names.methods) {
            methods.push(self.method(method, names, flavor, form, &place));
            if let Some(name) = &names.notify {
                methods.push(self.notification(method, names, name, flavor, form, &place));
            }
        }
        methods
    }

    fn method(&self, method: &Method, names: &MethodNames, flavor: Flavor, form: Form, place: &Place) -> view::Method {
        let response = self.types.annotation(&self.types.used(&method.response, false), place);
        let (def, call, result) = match (method.kind, flavor) {
            (MethodKind::Unary, Flavor::Async) => ("async def", "return await self._unary(", response),
            (MethodKind::Unary, Flavor::Sync) => ("def", "return self._unary(", response),
            (MethodKind::ServerStreaming, Flavor::Async) => (
                "def",
                "return self._stream(",
                format!("codegen.AsyncStream[{response}]"),
            ),
            (MethodKind::ServerStreaming, Flavor::Sync) => {
                ("def", "return self._stream(", format!("codegen.SyncStream[{response}]"))
            }
        };
        let doc = match form {
            Form::Fake => None,
            Form::Client | Form::Protocol => docstring(&method.doc, method.deprecated.as_deref(), 8),
        };
        let body = match form {
            Form::Client => Some(bracketed(8, call, &request(names, method), ")")),
            Form::Protocol => doc.is_some().then(|| "        ...".into()),
            Form::Fake => Some(faked(method, names, flavor)),
        };
        self.definition(method, names, (def, &names.method, &result), form, place, doc, body)
    }

    fn notification(
        &self,
        method: &Method,
        names: &MethodNames,
        name: &str,
        flavor: Flavor,
        form: Form,
        place: &Place,
    ) -> view::Method {
        let (def, call) = match flavor {
            Flavor::Async => ("async def", "await self._notify("),
            Flavor::Sync => ("def", "self._notify("),
        };
        let doc = match form {
            Form::Fake => None,
            Form::Client | Form::Protocol => docstring(
                &format!(
                    "Calls `{}` without waiting: not for the answer, nor for whether it succeeds.",
                    names.method
                ),
                method.deprecated.as_deref(),
                8,
            ),
        };
        let body = match form {
            Form::Client => Some(bracketed(8, call, &request(names, method), ")")),
            Form::Protocol => doc.is_some().then(|| "        ...".into()),
            Form::Fake => Some(faked(method, names, flavor)),
        };
        self.definition(method, names, (def, name, "None"), form, place, doc, body)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "it is the one place where a method's parts come together"
    )]
    fn definition(
        &self,
        method: &Method,
        names: &MethodNames,
        (def, name, result): (&str, &str, &str),
        form: Form,
        place: &Place,
        doc: Option<String>,
        body: Option<String>,
    ) -> view::Method {
        let float = if place.hidden.contains("float") {
            "builtins.float"
        } else {
            "float"
        };
        let mut parameters: Vec<Item> = vec!["self".into()];
        for (argument, name) in method.arguments.iter().zip(&names.parameters) {
            let annotation = self.types.annotation(&self.types.used(&argument.ty, false), place);
            parameters.push(format!("{name}: {annotation}").into());
        }
        parameters.push("*".into());
        parameters.push(format!("timeout: {float} | None = None").into());
        let tail = match doc.is_none() && body.is_none() {
            true => format!(") -> {result}: ..."),
            false => format!(") -> {result}:"),
        };
        let note = method
            .deprecated
            .as_deref()
            .map(|note| match doc_lines(note).as_slice() {
                [] => literal(&format!("{name} is deprecated")),
                lines => literal(&lines.join("\n")),
            });
        view::Method {
            deprecated: note
                .filter(|_| form == Form::Client)
                .map(|note| bracketed(4, "@codegen.deprecated(", &[note.into()], ")")),
            signature: bracketed(4, &format!("{def} {name}("), &parameters, &tail),
            doc,
            body,
        }
    }
}

/// The arguments of the client's own method that sends a call.
fn request(names: &MethodNames, method: &Method) -> [Item; 3] {
    let request = if method.arguments.is_empty() {
        "b\"\"".into()
    } else {
        let values = std::iter::once("self._limits".into()).chain(items(&names.parameters));
        Item::Call(format!("_codecs.{}(", names.request), values.collect())
    };
    [format!("_codecs.{}", names.constant).into(), request, "timeout".into()]
}

/// The statement with which a fake answers.
fn faked(method: &Method, names: &MethodNames, flavor: Flavor) -> String {
    let call = match (method.kind, flavor) {
        (MethodKind::Unary, Flavor::Async) => "return await codegen.async_answer(",
        (MethodKind::Unary, Flavor::Sync) => "return codegen.sync_answer(",
        (MethodKind::ServerStreaming, Flavor::Async) => "return codegen.async_items(",
        (MethodKind::ServerStreaming, Flavor::Sync) => "return codegen.sync_items(",
    };
    let mut arguments: Vec<Item> = vec![
        literal(&method.wire_name).into(),
        format!("self._{}", names.method).into(),
    ];
    arguments.extend(items(&names.parameters));
    bracketed(8, call, &arguments, ")")
}

fn place(names: &ServiceNames) -> Place {
    let notifications = names.methods.iter().filter_map(|method| method.notify.clone());
    let members: Vec<String> = names
        .methods
        .iter()
        .map(|method| method.method.clone())
        .chain(notifications)
        .collect();
    Place::class_with(&members)
}

/// What a fake's maker calls itself, beside parameters that are called after methods.
fn receiver(names: &ServiceNames) -> &'static str {
    match names.methods.iter().any(|method| method.method == "self") {
        true => "_self",
        false => "self",
    }
}

fn summary(doc: &str) -> String {
    docstring(doc, None, 4).unwrap_or_default()
}
