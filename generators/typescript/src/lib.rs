//! Generates TypeScript clients and handlers for rapace services: plain types, straight-line codecs, two modules per service.
//!
//! | Rust | TypeScript |
//! |---|---|
//! | `u8` … `u32`, `i8` … `i32`, floats | `number` |
//! | 64 bits and up | `bigint` |
//! | 64 bits, with `--opt int64=number` | `number`; values that are not exact are refused in both directions |
//! | `usize`, `isize` | the same `number`; with `--opt usize=int64` as 64 bits |
//! | 64 bits and up, with `--opt int64=string` | `string` of decimal digits |
//! | `String`, `char` | `string` |
//! | `Vec<u8>`, `[u8; N]` | `Uint8Array` |
//! | `()`, structs without fields | `undefined` |
//! | `Option<T>` | `T \| undefined`; as a property also left out |
//! | `Option<T>` where `T` may be `undefined` itself | `{ some: T } \| undefined` |
//! | `Vec<T>`, arrays of more than 8 | `T[]` |
//! | `Vec<f64>`, with `--opt number-lists=typed-arrays` | `Float64Array`; likewise for other numbers of up to 64 bits |
//! | tuples, arrays of up to 8, tuple structs | `readonly [A, B]` |
//! | maps, sets | `Map<K, V>`, `Set<T>`; of keys that are objects `(readonly [K, V])[]`, `T[]` |
//! | structs | an interface, fields in camel case |
//! | newtypes | an alias |
//! | newtypes that are `timestamp-s`, `timestamp-ms` | `Date`; what it cannot hold exactly is refused in both directions |
//! | other timestamps, durations and brands | what is inside, branded; a function of the type's name makes one |
//! | `uuid`, `decimal`, `url` | a branded `string`, checked; a function of the type's name makes one |
//! | aliases | an alias |
//! | enums without data | a union of strings |
//! | enums with data | a union of interfaces with different `kind`; `value` is the content of a tuple variant |
//! | outcomes as answers (`[results]`) | the value, or an error is thrown whose class is named after its type; with `--opt results=union` an enum |
//! | types with a type of yours | that type, and functions of yours between it and what is said above |

mod choices;
mod codec;
mod codecs;
mod comments;
mod declare;
mod defaults;
mod failures;
mod foreign;
mod form;
mod handler;
mod imports;
mod javascript;
mod json;
mod known;
mod layout;
mod lines;
mod lower;
mod manifest;
mod names;
mod newtypes;
mod npm;
mod outcome;
mod package;
mod readme;
mod runtime;
mod service;
mod spelling;
mod surface;
mod types;
mod values;
mod view;

use rapace_gen_core::docs::fitted;
use rapace_gen_core::{Call, Files, GenerateError, Generator, Options, OwnOption};
use rapace_schema::Api;

use crate::choices::{Choices, OWN_OPTIONS, Target};
use crate::comments::comment;
use crate::foreign::{check_foreign, foreign_packages};
use crate::lower::{Modules, lower};
use crate::manifest::About;
use crate::names::Names;
use crate::npm::package_name;
use crate::package::{license_files, made_for};
use crate::runtime::Source;
use crate::spelling::Spelling;
use crate::types::Types;
use crate::view::render;

/// Generates TypeScript.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypeScript;

impl Generator for TypeScript {
    fn language(&self) -> &'static str {
        "typescript"
    }

    fn own_options(&self) -> &'static [OwnOption] {
        OWN_OPTIONS
    }

    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError> {
        check_foreign(api)?;
        let package = package_name(api, options)?;
        let source = Source::of(&options.runtime)?;
        let choices = Choices::from(options);
        let names = Names::new(api, choices);
        let api = &fitted(api, &Spelling(&names));
        let metadata = options.metadata(api);
        let fallback = format!("Client for the rapace services of {}", api.name);
        let mut files = Files::new();
        let about = About {
            name: &package,
            description: fallback.clone(),
            metadata: &metadata,
            target: choices.target,
            modules: modules_of(api, &source),
            runtime: source.dependency(),
            foreign: foreign_packages(api),
            license_files: license_files(options, &mut files),
        };
        files.add("package.json", manifest::package_json(&about));
        let imports = readme::Imports {
            package: &package,
            runtime: source.package().unwrap_or(&package),
            description: metadata.description.as_deref().unwrap_or(&fallback),
            compiled: choices.target == Target::TypeScript,
        };
        let types = Types::new(api, choices);
        let modules = lower(api, &types, &names, &source.paths(), &imports);
        files.add("README.md", modules.readme.clone());
        add_modules(&mut files, api, modules);
        if source.package().is_none() {
            for (path, text) in rapace_runtimes::TYPESCRIPT {
                files.add_runtime(format!("src/rapace/{path}"), *text);
            }
        }
        Ok(made_for(choices.target, files))
    }

    fn calls(&self, api: &Api, options: &Options) -> Result<Vec<Vec<String>>, GenerateError> {
        for_programs(api, options, |types, names, imports| {
            Ok(readme::calls(api, types, names, imports))
        })
    }

    fn call(&self, api: &Api, options: &Options, call: &Call<'_>) -> Result<String, GenerateError> {
        for_programs(api, options, |types, names, imports| {
            readme::with_values(api, types, names, imports, call)
        })
    }

    fn runtime(&self, options: &Options) -> Result<Files, GenerateError> {
        runtime::package(options)
    }
}

/// Hands what programs are written with to a function.
fn for_programs<R>(
    api: &Api,
    options: &Options,
    write: impl FnOnce(&Types<'_>, &Names, &readme::Imports<'_>) -> Result<R, GenerateError>,
) -> Result<R, GenerateError> {
    let package = package_name(api, options)?;
    let source = Source::of(&options.runtime)?;
    let choices = Choices::from(options);
    let imports = readme::Imports {
        package: &package,
        runtime: source.package().unwrap_or(&package),
        description: "",
        compiled: false,
    };
    write(&Types::new(api, choices), &Names::new(api, choices), &imports)
}

/// Adds the sources that are made of the API.
fn add_modules(files: &mut Files, api: &Api, modules: Modules) {
    let doc = comment(&format!("Client for the rapace services of `{}`.", api.name), None, 0);
    let exports = modules.exports;
    files.add("src/index.ts", render(&view::Index { doc: &doc, exports }));
    if let Some(failures) = &modules.failures {
        files.add("src/errors.ts", render(failures));
    }
    if !modules.types.declarations.is_empty() {
        files.add("src/types.ts", render(&modules.types));
    }
    if !modules.codecs.declarations.is_empty() {
        files.add("src/codecs.ts", render(&modules.codecs));
    }
    files.add("src/json.ts", render(&modules.json));
    for (module, view) in modules.services {
        files.add(format!("src/services/{module}.ts"), render(&view));
    }
    if !modules.handlers.is_empty() {
        let doc = format!("What implements the rapace services of `{}`: for `serve`.", api.name);
        let doc = comment(&doc, None, 0);
        let exports = modules.handler_exports;
        files.add("src/handlers.ts", render(&view::Index { doc: &doc, exports }));
    }
    for (module, view) in modules.handlers {
        files.add(format!("src/handlers/{module}.ts"), render(&view));
    }
}

/// The modules that the package exports. Without services there are no handlers.
fn modules_of(api: &Api, source: &Source) -> Vec<(&'static str, &'static str)> {
    let mut modules = vec![(".", "index"), ("./json", "json"), ("./services/*", "services/*")];
    if !api.services.is_empty() {
        modules.push(("./handlers", "handlers"));
    }
    if source.package().is_none() {
        modules.extend([
            ("./node", "rapace/node"),
            ("./opentelemetry", "rapace/opentelemetry"),
            ("./rapace", "rapace/index"),
            ("./web", "rapace/web"),
        ]);
    }
    modules
}
