//! Generates Go modules: a client and a handler for each service, the types, and codecs without reflection.

mod align;
mod casing;
mod codec;
mod declared;
mod docs;
mod extra;
mod failures;
mod foreign;
mod json;
mod known;
mod layout;
mod lower;
mod package;
mod readme;
mod reserved;
mod results;
mod spelling;
mod statement;
mod types;
mod view;

use askama::Template;
use rapace_gen_core::docs::fitted;
use rapace_gen_core::{Call, Files, GenerateError, Generator, Options, OwnOption, Runtime, in_parallel};
use rapace_schema::Api;

use crate::declared::ServiceNames;
use crate::foreign::prepared::prepared;
use crate::lower::{Client, Handler};
use crate::package::Package;
use crate::spelling::Spelling;
use crate::view::Comment;

/// The generator for Go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Go;

impl Generator for Go {
    fn language(&self) -> &'static str {
        "go"
    }

    fn own_options(&self) -> &'static [OwnOption] {
        extra::OPTIONS
    }

    fn runtime(&self, options: &Options) -> Result<Files, GenerateError> {
        let package = Package::of_runtime(options)?;
        let mut files = Files::new();
        let go_mod = view::GoMod {
            module: &package.module,
            go: package.go,
            requires: &package.requires,
            replace: None,
        };
        files.add("go.mod", render(&go_mod)?);
        let readme = view::RuntimeReadme {
            module: &package.module,
        };
        files.add("README.md", render(&readme)?);
        for (name, text) in &options.license_files {
            files.add(name.clone(), text.clone());
        }
        for (path, text) in rapace_runtimes::GO {
            files.add_runtime((*path).to_owned(), *text);
        }
        extra::add(&package.runtime, &package.extras, "", &mut files);
        Ok(files)
    }

    fn calls(&self, api: &Api, options: &Options) -> Result<Vec<Vec<String>>, GenerateError> {
        let package = Package::new(api, options)?;
        let program = |call| render(&readme::program(&package, vec![call]));
        let services = lower::calls(&prepared(api.clone(), &package.module)?, &package.name).into_iter();
        services.map(|calls| calls.into_iter().map(program).collect()).collect()
    }

    fn call(&self, api: &Api, options: &Options, call: &Call<'_>) -> Result<String, GenerateError> {
        let package = Package::new(api, options)?;
        let socket = readme::websocket(&package, options, call)?;
        let dialled = readme::dialled(call, socket.is_some());
        let api = &prepared(api.clone(), &package.module)?;
        let run = lower::call_with(api, &package.name, call, &dialled)?;
        Ok(render(&readme::one_call(&package, socket, run))? + "\n")
    }

    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError> {
        let package = Package::new(api, options)?;
        let api = &prepared(fitted(api, &Spelling::new(api)), &package.module)?;
        let metadata = options.metadata(api);
        let lowered = lower::lower(api, &package.name, metadata.description.as_deref());
        let mut files = Files::new();
        add_module(&package, lowered.doc, &mut files)?;
        let about = format!("The module holds the {}.", lower::contents(api));
        files.add(
            "README.md",
            render(&readme::readme(&package, metadata, about, lowered.examples))?,
        );
        for (name, text) in &options.license_files {
            files.add(name.clone(), text.clone());
        }
        if !lowered.types.is_empty() {
            let types = view::TypesFile {
                package: &package.name,
                imports: view::Imports {
                    standard: lowered.types_imports,
                    runtime: lowered.types_use_runtime.then(|| package.runtime.clone()),
                    foreign: lowered.types_foreign,
                },
                types: lowered.types,
            };
            files.add("types.go", render(&types)?);
        }
        if !lowered.codecs.is_empty() {
            let codec = view::CodecFile {
                package: &package.name,
                runtime: &package.runtime,
                functions: lowered.codecs,
            };
            files.add("codec.go", render(&codec)?);
        }
        if !lowered.json.is_empty() {
            let json = view::CodecFile {
                package: &package.name,
                runtime: &package.runtime,
                functions: lowered.json,
            };
            files.add("json.go", render(&json)?);
        }
        if !lowered.results.is_empty() {
            let results = view::CodecFile {
                package: &package.name,
                runtime: &package.runtime,
                functions: lowered.results,
            };
            files.add("results.go", render(&results)?);
        }
        for rendered in in_parallel(&lowered.clients, |client| client_files(&package, client)) {
            for (path, text) in rendered? {
                files.add(path, text);
            }
        }
        if options.runtime == Runtime::Vendored {
            for (path, text) in rapace_runtimes::GO {
                files.add_runtime(format!("rapace/{path}"), *text);
            }
            extra::add(&package.runtime, &package.extras, "rapace/", &mut files);
        }
        Ok(files)
    }
}

/// Adds `go.mod` and `doc.go`, which every package has.
fn add_module(package: &Package, doc: Comment, files: &mut Files) -> Result<(), GenerateError> {
    let go_mod = view::GoMod {
        module: &package.module,
        go: package.go,
        requires: &package.requires,
        replace: package
            .folder
            .as_deref()
            .map(|folder| (package.runtime.as_str(), folder)),
    };
    files.add("go.mod", render(&go_mod)?);
    let version = format!(
        "If this constant is undefined, the code was generated for a newer runtime than {}. Generate it again with the \
         rapace that the runtime came with, or update the runtime.",
        package.runtime
    );
    let doc = view::Doc {
        package: &package.name,
        runtime: &package.runtime,
        doc,
        version_doc: docs::comment(&version, None),
    };
    files.add("doc.go", render(&doc)?);
    Ok(())
}

/// The client of a service, its fake and its handler: paths and texts.
fn client_files(package: &Package, client: &Client) -> Result<[(String, String); 3], GenerateError> {
    let standard = match (client.methods.is_empty(), client.streams) {
        (true, _) => Vec::new(),
        (false, false) => vec!["context"],
        (false, true) => vec!["context", "iter"],
    };
    let imports = || view::Imports {
        standard: standard.clone(),
        runtime: Some(package.runtime.clone()),
        foreign: Vec::new(),
    };
    let names = &client.names;
    let fake = view::FakeFile {
        package: &package.name,
        imports: match client.methods.is_empty() {
            true => view::Imports::default(),
            false => imports(),
        },
        doc: &client.fake_doc,
        name: &names.fake,
        interface: &names.interface,
        fields: &client.fake_fields,
        methods: &client.methods,
    };
    let file = view::ClientFile {
        package: &package.name,
        imports: imports(),
        doc: &client.doc,
        interface: &names.interface,
        constructor: &names.constructor,
        constructor_doc: &client.constructor_doc,
        implementation: &names.implementation,
        variables: &client.variables,
        methods: &client.methods,
    };
    Ok([
        (names.fake_file.clone(), render(&fake)?),
        (
            names.handler_file.clone(),
            handler_file(package, &client.handler, names, imports())?,
        ),
        (names.file.clone(), render(&file)?),
    ])
}

/// The handler of a service.
fn handler_file(
    package: &Package,
    handler: &Handler,
    names: &ServiceNames,
    imports: view::Imports,
) -> Result<String, GenerateError> {
    render(&view::HandlerFile {
        package: &package.name,
        imports,
        doc: &handler.doc,
        interface: &names.handler,
        serve_doc: &handler.serve_doc,
        serve: &names.serve,
        service: &handler.service,
        unimplemented_doc: &handler.unimplemented_doc,
        unimplemented: &names.unimplemented,
        implementation: &names.served,
        methods: &handler.methods,
    })
}

fn render(template: &impl Template) -> Result<String, GenerateError> {
    let text = template.render();
    text.map_err(|error| GenerateError::new(format!("cannot render a template: {error}")))
}
