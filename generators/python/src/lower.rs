//! From the API to what the templates show: every decision is made here.

mod clients;

use std::collections::BTreeSet;

use askama::Template;
use rapace_schema::{Api, Field, Fields, Service, TypeDef, TypeKind};

use crate::codec::Codecs;
use crate::docs::{docstring, literal};
use crate::layout::{all, alternatives, bracketed, import, natural};
use crate::names::{Names, ServiceNames};
use crate::plan::Plan;
use crate::runtime::{SURFACE, Source};
use crate::types::{Form, Place, Types};
use crate::view;

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
        let mut blocks = Vec::new();
        for def in self.types.in_order() {
            self.type_blocks(def, &mut blocks);
        }
        let code = blocks.join("\n");
        let uses = |word: &str| code.contains(word);
        let mut standard = Vec::new();
        for (module, mark) in [
            ("builtins", "builtins."),
            ("dataclasses", " = dataclasses.field("),
            ("enum", "(enum.Enum)"),
            ("typing", "typing."),
        ] {
            if uses(mark) {
                standard.push(format!("import {module}"));
            }
        }
        if uses("@dataclass(") {
            standard.push("from dataclasses import dataclass".into());
        }
        let mut imports = vec![vec!["from __future__ import annotations".into()], standard];
        if uses("codegen.Some[") {
            imports.push(vec![format!("from {} import codegen", self.runtime.module(0))]);
        }
        self.module(&format!("The types of {}.", self.api.name), imports, blocks)
    }

    /// `_codecs.py`: the functions that write the methods' arguments and read their answers.
    pub fn codecs(&self) -> String {
        let mut codecs = Codecs::new(self.types, self.names);
        let mut requests = Vec::new();
        let mut methods = Vec::new();
        for (service, names) in self.services() {
            for (method, names) in service.methods.iter().zip(&names.methods) {
                let arguments: Vec<_> = method.arguments.iter().map(|argument| &argument.ty).collect();
                requests.extend(codecs.request(names, &arguments));
                let mut arguments = vec![
                    literal(&method.wire_name).into(),
                    method.id.to_string().into(),
                    codecs.answer(names, &method.response),
                ];
                if method.idempotent {
                    arguments.push("idempotent=True".into());
                }
                methods.push(bracketed(
                    0,
                    &format!("{} = codegen.Method(", names.constant),
                    &arguments,
                    ")",
                ));
            }
        }
        let (mut blocks, imported) = codecs.finish();
        let mut own = Vec::new();
        if !methods.is_empty() {
            blocks.insert(0, "_careful = codegen.Careful(_plan.TYPES, _plan.METHODS)".into());
            blocks.extend(requests);
            methods.push(String::new());
            methods.push("codegen.accelerate(globals(), _plan.TYPES, _plan.METHODS)".into());
            blocks.push(methods.join("\n"));
            own.push("_plan");
        }
        let doc = "Writes the arguments of methods and reads their answers: quickly, or else with the careful codec.";
        self.codec_module(doc, own, imported, blocks)
    }

    fn codec_module(
        &self,
        doc: &str,
        mut own: Vec<&str>,
        imported: BTreeSet<&'static str>,
        blocks: Vec<String>,
    ) -> String {
        if !self.api.types.is_empty() {
            own.push("types");
        }
        let own = match own.is_empty() {
            true => Vec::new(),
            false => vec![format!("from . import {}", own.join(", "))],
        };
        let mut runtime = Vec::new();
        if !blocks.is_empty() {
            runtime.push(format!("from {} import codegen", self.runtime.module(0)));
        }
        if !imported.is_empty() {
            let names: Vec<String> = imported.into_iter().map(str::to_owned).collect();
            runtime.push(import(&format!("{}.codegen", self.runtime.module(0)), &names));
        }
        let mut imports = vec![vec!["from __future__ import annotations".into()]];
        imports.extend(self.blocks_of_imports(runtime, own));
        self.module(doc, imports, blocks)
    }

    /// `_plan.py`: what the careful codec and the accelerator read.
    pub fn plan(&self) -> String {
        let plan = Plan::new(self.types, self.names);
        let blocks = vec![[plan.types(), plan.methods(self.api)].join("\n\n")];
        let mut own = Vec::new();
        if blocks[0].contains("types.") {
            own.push("from . import types".to_owned());
        }
        let runtime = vec![format!("from {} import codegen", self.runtime.module(0))];
        self.module(
            "The forms of types, answers and arguments, which the careful codec and the accelerator read.",
            self.blocks_of_imports(runtime, own),
            blocks,
        )
    }

    /// `sync/__init__.py`: the blocking clients.
    pub fn sync_package(&self) -> String {
        let mut clients: Vec<(&str, String)> = Vec::new();
        for names in &self.names.services {
            clients.push((&names.module, format!("from .{} import {}", names.module, names.client)));
        }
        clients.sort_by_key(|(module, _)| natural(module));
        let imports = vec![clients.into_iter().map(|(_, line)| line).collect()];
        let exported: Vec<String> = self.names.services.iter().map(|names| names.client.clone()).collect();
        self.module(
            &format!("The blocking clients of {}.", self.api.name),
            imports,
            vec![all(&exported)],
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
        if !classes.is_empty() {
            clients.push(("types", import(".types", &classes)));
        }
        clients.sort_by_key(|(module, _)| natural(module));
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
        let mut imports: Vec<Vec<String>> = self
            .runtime
            .published_import()
            .map(|line| vec![line])
            .into_iter()
            .collect();
        imports.push(own);
        let mut exported = classes;
        exported.extend(self.names.services.iter().map(|names| names.client.clone()));
        exported.extend(["rapace".to_owned(), "sync".to_owned()]);
        let doc = format!("Clients of {}: with asyncio here, blocking in `sync`.", self.api.name);
        self.module(&doc, imports, vec![all(&exported)])
    }

    /// `_surface.py`: the check that the runtime fits the generated code.
    pub fn surface(&self) -> String {
        let import = format!("from {}.codegen import require_surface", self.runtime.module(0));
        self.module(
            "Stops the import of this package when the runtime does not fit it.",
            vec![vec![import]],
            vec![format!("require_surface({SURFACE})")],
        )
    }

    fn services(&self) -> impl Iterator<Item = (&'a Service, &'a ServiceNames)> {
        self.api.services.iter().zip(&self.names.services)
    }

    /// The imports of the runtime and of the package's own modules: together when the runtime is one of them.
    fn blocks_of_imports(&self, runtime: Vec<String>, own: Vec<String>) -> Vec<Vec<String>> {
        if self.runtime.is_published() {
            return vec![runtime, own];
        }
        vec![own.into_iter().chain(runtime).collect()]
    }

    fn module(&self, doc: &str, imports: Vec<Vec<String>>, blocks: Vec<String>) -> String {
        let module = view::Module {
            doc: docstring(doc, None, 0).unwrap_or_default(),
            imports: imports.into_iter().filter(|block| !block.is_empty()).collect(),
            // Python's style has two empty lines around classes and functions, one between imports and assignments.
            close: blocks.first().is_some_and(|block| !is_definition(block)),
            blocks,
        };
        let mut text = render(&module);
        text.push('\n');
        text
    }

    fn type_blocks(&self, def: &TypeDef, blocks: &mut Vec<String>) {
        let names = self.names.of(&def.name);
        let name = names.class.clone();
        let deprecated = def.deprecated.as_deref();
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), TypeKind::Struct(fields)) => {
                let place = Place::default();
                let inner = self.types.annotation(&self.types.field(&def.name, inner), &place);
                // The one field's doc has no attribute to stand at.
                let field_doc = fields.fields.first().map_or("", |field| field.doc.as_str());
                let doc = [def.doc.as_str(), field_doc].join("\n\n");
                blocks.push(render(&view::Alias {
                    assignment: bracketed(
                        0,
                        &format!("{name} = typing.NewType("),
                        &[format!("\"{name}\"").into(), inner.into()],
                        ")",
                    ),
                    doc: docstring(&doc, deprecated, 0),
                }));
            }
            (Form::Enum, TypeKind::Enum { variants }) => {
                let members = variants
                    .iter()
                    .zip(&names.variants)
                    .map(|(variant, names)| view::Member {
                        name: names.member.clone(),
                        index: variant.index,
                        doc: docstring(&variant.doc, variant.deprecated.as_deref(), 4),
                    });
                blocks.push(render(&view::Enumeration {
                    name,
                    doc: docstring(&def.doc, deprecated, 4),
                    members: members.collect(),
                }));
            }
            (_, TypeKind::Enum { variants }) => {
                for (variant, names) in variants.iter().zip(&names.variants) {
                    let doc = docstring(&variant.doc, variant.deprecated.as_deref(), 4);
                    blocks.push(self.record(def, &names.class, doc, &variant.fields, &names.fields));
                }
                let classes: Vec<String> = names.variants.iter().map(|variant| variant.class.clone()).collect();
                blocks.push(render(&view::Alias {
                    assignment: alternatives(&format!("{name}: typing.TypeAlias = "), &classes),
                    doc: docstring(&def.doc, deprecated, 0),
                }));
            }
            (_, TypeKind::Struct(fields)) => {
                let doc = docstring(&def.doc, deprecated, 4);
                blocks.push(self.record(def, &name, doc, fields, &names.fields));
            }
        }
    }

    fn record(&self, def: &TypeDef, name: &str, doc: Option<String>, fields: &Fields, names: &[String]) -> String {
        let place = Place::class_with(names);
        let fields = fields
            .fields
            .iter()
            .zip(names)
            .map(|(field, name): (&Field, _)| view::Field {
                name: name.clone(),
                annotation: self.types.annotation(&self.types.field(&def.name, &field.ty), &place),
                sensitive: field.sensitive,
                doc: docstring(&field.doc, field.deprecated.as_deref(), 4),
            });
        render(&view::Record {
            name: name.to_owned(),
            frozen: self.types.is_frozen(&def.name),
            doc,
            fields: fields.collect(),
        })
    }
}

fn is_definition(block: &str) -> bool {
    ["@", "class ", "def "].iter().any(|start| block.starts_with(start))
}

/// The text of a template, without the line break at its end.
pub fn render(view: &impl Template) -> String {
    let text = view.render().expect("a template of plain strings renders");
    text.trim_end_matches('\n').to_owned()
}
