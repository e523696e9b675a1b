//! From the API to what the templates show: every decision is made here.

mod clients;
mod declared;
mod handlers;
mod programs;

use askama::Template;
use rapace_schema::{Api, Field, Fields, Method, Service, TypeDef, TypeKind};

use crate::codec::Codecs;
use crate::defaults::Default;
use crate::docs::{docstring, literal};
use crate::imports::Imports;
use crate::json::json;
use crate::layout::{all, alternatives, bracketed, import, natural};
use crate::names::{MethodNames, Names, ServiceNames};
use crate::omitted::first_optional;
use crate::plan::Plan;
use crate::reserved::FUNCTIONS;
use crate::runtime::{SURFACE, Source};
use crate::types::{Classes, Form, Place, Types};
use crate::values::Printer;
use crate::view::{self, Block};

/// Makes the modules of one package.
pub struct Lowering<'a> {
    api: &'a Api,
    names: &'a Names,
    types: &'a Types<'a>,
    runtime: &'a Source,
}

/// The two kinds of clients: each method exists in both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// `async def`, `async for`.
    Async,
    /// Calls that block.
    Sync,
}

impl<'a> Lowering<'a> {
    /// A lowering of `api` with all that was decided about it.
    pub fn new(api: &'a Api, names: &'a Names, types: &'a Types<'a>, runtime: &'a Source) -> Self {
        Self {
            api,
            names,
            types,
            runtime,
        }
    }

    /// `types.py`: the types.
    pub fn types(&self) -> String {
        let imports = Imports::new(self.runtime, 0);
        let mut blocks = Vec::new();
        for def in self.types.in_order() {
            self.type_blocks(def, &imports, &mut blocks);
        }
        // They name types, which are there by now.
        self.alias_blocks(&imports, &mut blocks);
        self.exception_blocks(&imports, &mut blocks);
        self.annotated(&format!("The types of {}.", self.api.name), imports, blocks)
    }

    /// `_codecs.py`, the functions that write the methods' arguments and read their answers, and `_handlers.py`, which does
    /// the reverse with these functions.
    pub fn codecs(&self) -> [String; 2] {
        let (imports, of_handlers) = (Imports::new(self.runtime, 0), Imports::new(self.runtime, 0));
        let mut codecs = Codecs::new(self.types, self.names, &imports);
        let (mut functions, mut methods, mut served) = (Vec::new(), Vec::new(), Vec::new());
        for (service, names) in self.services() {
            for (method, names) in service.methods.iter().zip(&names.methods) {
                let arguments: Vec<_> = method.arguments.iter().map(|argument| &argument.ty).collect();
                functions.extend(codecs.request(names, &arguments));
                functions.extend(codecs.arguments(names, &arguments));
                methods.push(described(method, names, &mut codecs, &imports));
            }
            served.push(self.served(service, names, &mut codecs, &of_handlers));
        }
        let mut blocks = codecs.finish();
        if !methods.is_empty() {
            let plan = format!("{}, {}", imports.own("_plan", "TYPES"), imports.own("_plan", "METHODS"));
            let careful = format!("CAREFUL = {}({plan})", imports.codegen("Careful"));
            blocks.insert(0, Block::Assignment(careful));
            blocks.extend(functions.into_iter().map(Block::Definition));
            methods.push(String::new());
            methods.push(format!("{}(globals(), {plan})", imports.codegen("accelerate")));
            blocks.push(Block::Assignment(methods.join("\n")));
        }
        let doc = "Writes and reads the arguments and answers of methods: quickly, or else with the careful codec.";
        let handlers = "The methods of services as handlers have them: how arguments are read and answers written.";
        let served = match served.is_empty() {
            true => Vec::new(),
            false => vec![Block::Assignment(served.join("\n\n"))],
        };
        [
            self.annotated(doc, imports, blocks),
            self.annotated(handlers, of_handlers, served),
        ]
    }

    /// `_plan.py`: what the careful codec and the accelerator read.
    pub fn plan(&self) -> String {
        let imports = Imports::new(self.runtime, 0);
        let plan = Plan::new(self.types, self.names, &imports);
        let dictionaries = [plan.types(), plan.methods(self.api)].join("\n\n");
        self.module(
            "The forms of types, answers and arguments, which the careful codec and the accelerator read.",
            imports.into_blocks(),
            vec![Block::Assignment(dictionaries)],
        )
    }

    /// `_json.py`: values as JSON and back.
    pub fn json(&self) -> String {
        let imports = Imports::new(self.runtime, 0);
        let plan = Plan::new(self.types, self.names, &imports);
        let tables = json(self.types, self.names, &plan, &imports);
        let doc = format!("The values of {} as JSON and back.", self.api.name);
        self.module(&doc, imports.into_blocks(), vec![Block::Assignment(tables)])
    }

    /// `sync/__init__.py`: the blocking clients, and the handlers whose methods block.
    pub fn sync_package(&self) -> String {
        let mut clients: Vec<(&str, String)> = Vec::new();
        for names in &self.names.services {
            clients.push((&names.module, format!("from .{} import {}", names.module, names.client)));
        }
        clients.extend(self.handlers_import());
        clients.sort_by_cached_key(|(module, _)| natural(module));
        let imports = vec![clients.into_iter().map(|(_, line)| line).collect()];
        let exported: Vec<String> = self.exported().collect();
        self.module(
            &format!(
                "The blocking clients of {}, and its handlers for threads.",
                self.api.name
            ),
            imports,
            vec![Block::Assignment(all(&exported))],
        )
    }

    /// `__init__.py`: everything that users of the package need.
    pub fn package(&self) -> String {
        let mut classes = Vec::new();
        for def in &self.api.types {
            let names = self.names.of(&def.name);
            classes.push(names.class.clone());
            if self.types.form(def) == Form::Union {
                classes.extend(names.variants.iter().map(|variant| variant.class.clone()));
            }
        }
        classes.extend(self.declared());
        let mut clients: Vec<(&str, String)> = self
            .names
            .services
            .iter()
            .map(|names| {
                (
                    names.module.as_str(),
                    format!("from .{} import {}", names.module, names.client),
                )
            })
            .collect();
        clients.extend(self.handlers_import());
        if !classes.is_empty() {
            clients.push(("types", import(".types", &classes)));
        }
        clients.sort_by_cached_key(|(module, _)| natural(module));
        let mut own = vec!["from . import _surface as _surface".to_owned()];
        own.push(
            if self.runtime.is_published() {
                "from . import sync"
            } else {
                "from . import rapace, sync"
            }
            .into(),
        );
        own.extend(clients.into_iter().map(|(_, line)| line));
        let mut imports = vec![vec!["from typing import TYPE_CHECKING".to_owned()]];
        imports.extend(self.runtime.published_import().map(|line| vec![line]));
        imports.push(own);
        let mut exported = classes;
        exported.extend(self.exported());
        exported.extend(["rapace".to_owned(), "sync".to_owned()]);
        exported.extend(FUNCTIONS.map(str::to_owned));
        let doc = format!(
            "Clients and handlers of {}: for asyncio here, for threads in `sync`.",
            self.api.name
        );
        let lazy = render(&view::Lazy {
            import: import("._json", &FUNCTIONS.map(str::to_owned)),
            names: FUNCTIONS.map(literal).join(", "),
        });
        let blocks = vec![Block::Assignment(all(&exported)), Block::Assignment(lazy)];
        self.module(&doc, imports, blocks)
    }

    /// `_surface.py`: the check that the runtime fits the generated code.
    pub fn surface(&self) -> String {
        let import = format!("from {}.codegen import require_surface", self.runtime.module(0));
        self.module(
            "Stops the import of this package when the runtime does not fit it.",
            vec![vec![import]],
            vec![Block::Assignment(format!("require_surface({SURFACE})"))],
        )
    }

    /// The module of handlers and the statement that imports them, if there are any.
    fn handlers_import(&self) -> Option<(&'static str, String)> {
        let handlers: Vec<String> = self.names.services.iter().map(|names| names.handler.clone()).collect();
        (!handlers.is_empty()).then(|| ("handlers", import(".handlers", &handlers)))
    }

    /// What a package exports of each service.
    fn exported(&self) -> impl Iterator<Item = String> {
        let services = self.names.services.iter();
        services.flat_map(|names| [names.client.clone(), names.handler.clone()])
    }

    /// The services with their names.
    pub fn services(&self) -> impl Iterator<Item = (&'a Service, &'a ServiceNames)> {
        self.api.services.iter().zip(&self.names.services)
    }

    /// A module whose annotations are not evaluated.
    fn annotated(&self, doc: &str, imports: Imports<'_>, blocks: Vec<Block>) -> String {
        let mut lines = vec![vec!["from __future__ import annotations".to_owned()]];
        lines.extend(imports.into_blocks());
        self.module(doc, lines, blocks)
    }

    fn module(&self, doc: &str, imports: Vec<Vec<String>>, blocks: Vec<Block>) -> String {
        let module = view::Module {
            doc: docstring(doc, None, 0).unwrap_or_default(),
            imports: imports.into_iter().filter(|block| !block.is_empty()).collect(),
            blocks,
        };
        let mut text = render(&module);
        text.push('\n');
        text
    }

    fn type_blocks(&self, def: &TypeDef, imports: &Imports<'_>, blocks: &mut Vec<Block>) {
        let names = self.names.of(&def.name);
        let name = names.class.clone();
        let deprecated = def.deprecated.as_deref();
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), TypeKind::Struct(fields)) => {
                let place = Place::new(imports, Classes::Defined);
                let inner = self.types.annotation(&self.types.field(&def.name, inner), &place);
                // The one field has no attribute that could have its doc.
                let field_doc = fields.fields.first().map_or("", |field| field.doc.as_str());
                let doc = [def.doc.as_str(), field_doc].join("\n\n");
                blocks.push(assignment(&view::Alias {
                    assignment: bracketed(
                        0,
                        &format!("{name} = {}(", imports.library("typing", "NewType")),
                        &[format!("\"{name}\"").into(), inner.into()],
                        ")",
                    ),
                    doc: docstring(&doc, deprecated, 0),
                }));
            }
            (Form::Known(known, _), _) => blocks.push(self.known_block(def, known, imports)),
            (Form::Enum, TypeKind::Enum { variants }) => {
                let members = variants
                    .iter()
                    .zip(&names.variants)
                    .map(|(variant, names)| view::Member {
                        name: names.member.clone(),
                        index: variant.index,
                        doc: docstring(&variant.doc, variant.deprecated.as_deref(), 4),
                    });
                blocks.push(definition(&view::Enumeration {
                    name,
                    base: imports.library("enum", "Enum"),
                    doc: docstring(&with_note(def), deprecated, 4),
                    members: members.collect(),
                }));
            }
            (_, TypeKind::Enum { variants }) => {
                for (variant, names) in variants.iter().zip(&names.variants) {
                    let doc = docstring(&variant.doc, variant.deprecated.as_deref(), 4);
                    let shape = (&variant.fields, names.fields.as_slice());
                    blocks.push(self.record(def, &names.class, doc, shape, imports));
                }
                let classes: Vec<String> = names.variants.iter().map(|variant| variant.class.clone()).collect();
                blocks.push(assignment(&view::Alias {
                    assignment: alternatives(
                        &format!("{name}: {} = ", imports.library("typing", "TypeAlias")),
                        &classes,
                    ),
                    doc: docstring(&def.doc, deprecated, 0),
                }));
            }
            (_, TypeKind::Struct(fields)) => {
                let doc = docstring(&def.doc, deprecated, 4);
                blocks.push(self.record(def, &name, doc, (fields, &names.fields), imports));
            }
        }
    }

    fn record(
        &self,
        def: &TypeDef,
        name: &str,
        doc: Option<String>,
        (fields, names): (&Fields, &[String]),
        imports: &Imports<'_>,
    ) -> Block {
        let place = Place::class_with(names, imports, Classes::Defined);
        let printer = Printer {
            types: self.types,
            names: self.names,
            place: &place,
        };
        let first = first_optional(fields);
        let mut is_keyword = false;
        let fields = (fields.fields.iter().zip(names).enumerate()).map(|(index, (field, name)): (_, (&Field, _))| {
            let default = (index >= first).then(|| printer.default(&def.name, field)).flatten();
            let begins_keywords = default.is_some() && !is_keyword;
            is_keyword |= default.is_some();
            view::Field {
                name: name.clone(),
                annotation: self.field_annotation(def, field, &place),
                keywords: begins_keywords.then(|| imports.library("dataclasses", "KW_ONLY")),
                default: assigned_default(field, default, imports),
                doc: docstring(&field.doc, field.deprecated.as_deref(), 4),
            }
        });
        definition(&view::Record {
            decorator: imports.in_library("dataclasses", "dataclass"),
            name: name.to_owned(),
            frozen: self.types.is_frozen(&def.name),
            doc,
            fields: fields.collect(),
        })
    }
}

/// What follows the annotation of a field.
fn assigned_default(field: &Field, default: Option<Default>, imports: &Imports<'_>) -> Option<String> {
    let hidden = if field.sensitive { "repr=False" } else { "" };
    let field = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().filter(|text| !text.is_empty()).collect();
        format!("{}({})", imports.library("dataclasses", "field"), arguments.join(", "))
    };
    match default {
        None => (!hidden.is_empty()).then(|| field(&[hidden])),
        Some(Default::Plain(value)) if hidden.is_empty() => Some(value),
        Some(Default::Plain(value)) => Some(field(&[&format!("default={value}"), hidden])),
        Some(Default::Factory(function)) => Some(field(&[&format!("default_factory={function}"), hidden])),
    }
}

/// A method of `_codecs.py`: what the clients' runtime knows of it.
fn described(method: &Method, names: &MethodNames, codecs: &mut Codecs<'_>, imports: &Imports<'_>) -> String {
    let mut arguments = vec![
        literal(&method.wire_name).into(),
        method.id.to_string().into(),
        codecs.answer(names, &method.response),
    ];
    if method.idempotent {
        arguments.push("idempotent=True".into());
    }
    let head = format!("{} = {}(", names.constant, imports.codegen("Method"));
    bracketed(0, &head, &arguments, ")")
}

/// A class from a template.
fn definition(view: &impl Template) -> Block {
    Block::Definition(render(view))
}

/// An assignment from a template.
fn assignment(view: &impl Template) -> Block {
    Block::Assignment(render(view))
}

/// The text of a template, without the line break at its end.
pub fn render(view: &impl Template) -> String {
    let text = view.render().expect("a template of plain strings renders");
    text.trim_end_matches('\n').to_owned()
}

/// The documentation of an enum, which says what a value of an open one may be besides.
fn with_note(def: &TypeDef) -> String {
    let note =
        "Where a value of this type is expected, an `int` is the number of a variant that this code does not know.";
    match (def.open, def.doc.is_empty()) {
        (false, _) => def.doc.clone(),
        (true, true) => note.to_owned(),
        (true, false) => format!("{}\n\n{note}", def.doc),
    }
}
