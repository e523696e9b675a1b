//! A service in several forms: its client, the protocol that the client has, a fake that has it too, and the handler.

use rapace_gen_core::text::doc::concat;
use rapace_schema::{Method, MethodKind, Service};

use super::{Flavor, Lowering, definition};
use crate::docs::{doc_lines, docstring, literal};
use crate::imports::Imports;
use crate::layout::{Item, bracketed, items, print};
use crate::names::{MethodNames, ServiceNames};
use crate::omitted::first_omitted;
use crate::types::{Classes, Place};
use crate::view::{self, Block};

/// What a method is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Client,
    Protocol,
    Fake,
    Handler,
}

/// The class that methods are written into.
pub(super) struct Class<'i> {
    form: Form,
    pub(super) flavor: Flavor,
    pub(super) place: Place<'i>,
}

/// A method as it is written: `async def find`, what it returns, its doc and its statement.
struct Definition<'d> {
    def: &'static str,
    name: &'d str,
    result: String,
    doc: Option<String>,
    body: Option<String>,
    /// Whether a call may carry metadata. A notification cannot.
    carries: bool,
}

impl Flavor {
    /// Both, with the folders of their modules below the package.
    pub const FOLDERS: [(&str, Self); 2] = [("", Self::Async), ("sync/", Self::Sync)];

    /// How many folders below the package its modules are.
    pub(super) fn up(self) -> usize {
        match self {
            Self::Async => 0,
            Self::Sync => 1,
        }
    }

    /// One of two names, for asyncio or for blocking clients.
    pub(super) fn pick<T>(self, concurrent: T, blocking: T) -> T {
        match self {
            Self::Async => concurrent,
            Self::Sync => blocking,
        }
    }
}

impl Lowering<'_> {
    /// The module with a service's client.
    pub fn client(&self, service: &Service, names: &ServiceNames, flavor: Flavor) -> String {
        let imports = Imports::new(self.runtime, flavor.up());
        let client = view::Client {
            name: names.client.clone(),
            base: imports.codegen(flavor.pick("AsyncClient", "SyncClient")),
            doc: docstring(&service.doc, service.deprecated.as_deref(), 4),
            methods: self.methods(service, names, &class(names, flavor, Form::Client, &imports)),
        };
        let kind = flavor.pick("asyncio", "blocking");
        let doc = format!("The {kind} client of {}.", service.name);
        self.annotated(&doc, imports, vec![definition(&client)])
    }

    /// `protocols.py`: what clients and fakes have in common, for annotations.
    pub fn protocols(&self, flavor: Flavor) -> String {
        let imports = Imports::new(self.runtime, flavor.up());
        let blocks = self.services().map(|(service, names)| {
            definition(&view::Protocol {
                name: names.protocol.clone(),
                base: imports.library("typing", "Protocol"),
                doc: summary(&format!("The methods of `{}` and `{}`.", names.client, names.fake)),
                methods: self.methods(service, names, &class(names, flavor, Form::Protocol, &imports)),
            })
        });
        let blocks = blocks.collect();
        let doc = format!(
            "Protocols of the clients of {}: for annotations, and for code that also runs with fakes.",
            self.api.name
        );
        self.annotated(&doc, imports, blocks)
    }

    /// `testing.py`: fakes for users' own tests.
    pub fn testing(&self, flavor: Flavor) -> String {
        let imports = Imports::new(self.runtime, flavor.up());
        let blocks = self
            .services()
            .map(|(service, names)| self.fake(service, names, &class(names, flavor, Form::Fake, &imports)));
        let blocks = blocks.collect();
        let doc = format!("Fakes of the clients of {}, for tests without a server.", self.api.name);
        self.annotated(&doc, imports, blocks)
    }

    fn fake(&self, service: &Service, names: &ServiceNames, class: &Class<'_>) -> Block {
        let receiver = receiver(names);
        let mut parameters: Vec<Item> = vec![receiver.into()];
        if !names.methods.is_empty() {
            parameters.push("*".into());
        }
        for (method, names) in service.methods.iter().zip(&names.methods) {
            parameters.push(self.answer(method, &names.method, class));
        }
        let doc = format!(
            "A fake of `{}`.\n\n\
             The function that is given for a method answers it. It gets the method's arguments, and may raise what a server\n\
             would. A method without a function fails with `UNIMPLEMENTED`.",
            names.client
        );
        let signature = bracketed(4, "def __init__(", &parameters, ") -> None:");
        definition(&view::Fake {
            name: names.fake.clone(),
            doc: summary(&doc),
            is_wide: parameters.iter().any(is_wide),
            signature,
            receiver: receiver.to_owned(),
            answers: names.methods.iter().map(|names| names.method.clone()).collect(),
            methods: self.methods(service, names, class),
        })
    }

    /// The parameter of a fake that takes the function for a method.
    fn answer(&self, method: &Method, name: &str, class: &Class<'_>) -> Item {
        let arguments = (method.arguments.iter())
            .map(|argument| self.carried(&argument.ty, argument.alias.as_ref(), &class.place).into());
        let answer = match self.outcome(method) {
            Some(outcome) => outcome
                .ok
                .map_or("None".into(), |ty| self.carried(ty, None, &class.place)),
            None => self.carried(&method.response, method.response_alias.as_ref(), &class.place),
        };
        let kind = class.place.imports.public(match method.kind {
            MethodKind::Unary => class.flavor.pick("AsyncAnswer", "SyncAnswer"),
            MethodKind::ServerStreaming => class.flavor.pick("AsyncItems", "SyncItems"),
        });
        Item::Function(
            format!("{name}: {kind}"),
            arguments.collect(),
            answer,
            " | None = None".into(),
        )
    }

    /// The methods of a service, and after each that answers nothing the one that does not wait for that. A handler has only
    /// the former.
    pub(super) fn methods(&self, service: &Service, names: &ServiceNames, class: &Class<'_>) -> Vec<view::Method> {
        let mut methods = Vec::new();
        for (method, names) in service.methods.iter().zip(&names.methods) {
            methods.push(self.method(method, names, class));
            if let Some(name) = &names.notify
                && class.form != Form::Handler
            {
                methods.push(self.notification(method, names, name, class));
            }
        }
        methods
    }

    fn method(&self, method: &Method, names: &MethodNames, class: &Class<'_>) -> view::Method {
        let outcome = self.outcome(method);
        let response = match &outcome {
            Some(outcome) => match outcome.ok {
                Some(ty) => self.carried(ty, None, &class.place),
                None => "None".into(),
            },
            None => self.carried(&method.response, method.response_alias.as_ref(), &class.place),
        };
        let (def, call, result) = match method.kind {
            MethodKind::Unary => {
                let (def, call) = class.flavor.pick(
                    ("async def", "return await self._unary("),
                    ("def", "return self._unary("),
                );
                (def, call, response)
            }
            MethodKind::ServerStreaming => {
                let imports = class.place.imports;
                let stream = match class.form {
                    Form::Handler => imports.codegen(class.flavor.pick("AsyncIterator", "Iterator")),
                    _ => imports.public(class.flavor.pick("Stream", "sync.Stream")),
                };
                ("def", "return self._stream(", format!("{stream}[{response}]"))
            }
        };
        let doc = class.doc(&method.doc, method);
        let definition = Definition {
            def,
            name: &names.method,
            result,
            body: match outcome {
                Some(_) if class.form == Form::Client => Some(class.unwrapped(method, names)),
                _ => class.body(method, names, call, &["timeout", "metadata"], doc.is_some()),
            },
            doc,
            carries: true,
        };
        self.definition(method, names, class, definition)
    }

    fn notification(&self, method: &Method, names: &MethodNames, name: &str, class: &Class<'_>) -> view::Method {
        let (def, call) = class
            .flavor
            .pick(("async def", "await self._notify("), ("def", "self._notify("));
        let doc = format!(
            "Calls `{}` without waiting for the answer. Whether the call succeeds is not known.",
            names.method
        );
        let doc = class.doc(&doc, method);
        let definition = Definition {
            def,
            name,
            result: "None".into(),
            body: class.body(method, names, call, &["timeout"], doc.is_some()),
            doc,
            carries: false,
        };
        self.definition(method, names, class, definition)
    }

    fn definition(
        &self,
        method: &Method,
        names: &MethodNames,
        class: &Class<'_>,
        definition: Definition<'_>,
    ) -> view::Method {
        let Definition {
            def,
            name,
            result,
            doc,
            body,
            carries,
        } = definition;
        let mut parameters: Vec<Item> = vec!["self".into()];
        let first = match class.form {
            // The runtime passes all of them.
            Form::Handler => method.arguments.len(),
            _ => first_omitted(method),
        };
        for (index, (argument, name)) in method.arguments.iter().zip(&names.parameters).enumerate() {
            let annotation = self.carried(&argument.ty, argument.alias.as_ref(), &class.place);
            if index == first {
                parameters.push("*".into());
            }
            let default = if index >= first { " = None" } else { "" };
            parameters.push(format!("{name}: {annotation}{default}").into());
        }
        if class.form != Form::Handler {
            if first == method.arguments.len() {
                parameters.push("*".into());
            }
            parameters.push(format!("timeout: {} | None = None", class.place.builtin("float")).into());
            if carries {
                let metadata = class.place.imports.public("MetadataLike");
                parameters.push(format!("metadata: {metadata} | None = None").into());
            }
        }
        let tail = match doc.is_none() && body.is_none() {
            true => format!(") -> {result}: ..."),
            false => format!(") -> {result}:"),
        };
        view::Method {
            decorator: class.decorator(method, name),
            signature: bracketed(4, &format!("{def} {name}("), &parameters, &tail),
            doc,
            body,
        }
    }
}

impl Class<'_> {
    /// The docstring of a method. A fake has none: its client tells what it does.
    fn doc(&self, doc: &str, method: &Method) -> Option<String> {
        match self.form {
            Form::Fake => None,
            Form::Client | Form::Protocol | Form::Handler => docstring(doc, method.deprecated.as_deref(), 8),
        }
    }

    /// The statement of a method, which a client makes with `call`.
    fn body(
        &self,
        method: &Method,
        names: &MethodNames,
        call: &str,
        options: &[&str],
        has_doc: bool,
    ) -> Option<String> {
        match self.form {
            Form::Client => Some(bracketed(8, call, &self.request(names, method, options), ")")),
            Form::Protocol => has_doc.then(|| "        ...".into()),
            Form::Fake => Some(self.faked(method, names)),
            Form::Handler => None,
        }
    }

    /// The statement of a client's method whose answer is a result.
    fn unwrapped(&self, method: &Method, names: &MethodNames) -> String {
        let call = self.flavor.pick("await self._unary(", "self._unary(");
        let result = self.place.imports.own("_results", &names.constant);
        let call = Item::Call(call.into(), self.request(names, method, &["timeout", "metadata"]));
        bracketed(8, &format!("return {result}.unwrap("), &[call], ")")
    }

    /// The decorator of a deprecated method of a client, with its note, or of a handler's method.
    fn decorator(&self, method: &Method, name: &str) -> Option<String> {
        if self.form == Form::Handler {
            return Some(format!("    @{}", self.place.imports.codegen("abstractmethod")));
        }
        let note = method.deprecated.as_deref().filter(|_| self.form == Form::Client)?;
        let note = match doc_lines(note).as_slice() {
            [] => literal(&format!("{name} is deprecated")),
            lines => literal(&lines.join("\n")),
        };
        let decorator = self.place.imports.codegen("deprecated");
        Some(bracketed(4, &format!("@{decorator}("), &[note.into()], ")"))
    }

    /// The arguments of the client's own method that sends a call, with the options of the call.
    fn request(&self, names: &MethodNames, method: &Method, options: &[&str]) -> Vec<Item> {
        let codecs = |name: &str| self.place.imports.own("_codecs", name);
        let request = if method.arguments.is_empty() {
            "b\"\"".into()
        } else {
            let values = std::iter::once("self._limits".into()).chain(items(&names.parameters));
            Item::Call(format!("{}(", codecs(&names.request)), values.collect())
        };
        let mut arguments = vec![codecs(&names.constant).into(), request];
        arguments.extend(options.iter().map(|option| Item::from(*option)));
        arguments
    }

    /// The statement with which a fake answers.
    fn faked(&self, method: &Method, names: &MethodNames) -> String {
        let (statement, function) = match method.kind {
            MethodKind::Unary => self
                .flavor
                .pick(("return await", "async_answer"), ("return", "sync_answer")),
            MethodKind::ServerStreaming => ("return", self.flavor.pick("async_items", "sync_items")),
        };
        let call = format!("{statement} {}(", self.place.imports.codegen(function));
        let mut arguments: Vec<Item> = vec![
            literal(&method.wire_name).into(),
            format!("self._{}", names.method).into(),
        ];
        arguments.extend(items(&names.parameters));
        bracketed(8, &call, &arguments, ")")
    }
}

/// True for a parameter of a method that takes several lines.
fn is_wide(parameter: &Item) -> bool {
    print(8, &concat([parameter.doc(), ",".into()])).contains('\n')
}

/// The class of a service that has these members.
pub(super) fn class<'i>(names: &ServiceNames, flavor: Flavor, form: Form, imports: &'i Imports<'i>) -> Class<'i> {
    let notifications = names.methods.iter().filter_map(|method| method.notify.clone());
    let forward = (form == Form::Handler).then(|| names.forward.clone());
    let members: Vec<String> = names
        .methods
        .iter()
        .map(|method| method.method.clone())
        .chain(notifications)
        .chain(forward)
        .collect();
    Class {
        form,
        flavor,
        place: Place::class_with(&members, imports, Classes::Imported),
    }
}

/// The first parameter of a fake's `__init__`. The others are called after methods.
fn receiver(names: &ServiceNames) -> &'static str {
    match names.methods.iter().any(|method| method.method == "self") {
        true => "_self",
        false => "self",
    }
}

fn summary(doc: &str) -> String {
    docstring(doc, None, 4).unwrap_or_default()
}
