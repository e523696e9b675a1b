//! Generates TypeScript clients and handlers for rapace services: plain types, straight-line codecs, two modules per service.
//!
//! | Rust | TypeScript |
//! |---|---|
//! | `u8` … `u32`, `i8` … `i32`, floats | `number` |
//! | 64 bits and up, `usize` | `bigint` |
//! | 64 bits, with `--opt int64=number` | `number`; values that are not exact are refused in both directions |
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
//! | enums without data | a union of strings |
//! | enums with data | a union of interfaces with different `kind`; `value` is the content of a tuple variant |

mod choices;
mod codec;
mod comments;
mod declare;
mod handler;
mod imports;
mod layout;
mod lines;
mod lower;
mod manifest;
mod names;
mod service;
mod types;
mod view;

use askama::Template;
use rapace_gen_core::{Files, GenerateError, Generator, Options, OwnOption, Runtime};
use rapace_schema::Api;

use crate::choices::{Choices, OWN_OPTIONS};
use crate::comments::comment;
use crate::imports::RuntimePaths;
use crate::lower::lower;

/// The npm package of the published runtime, where `--runtime package` names none.
const RUNTIME_PACKAGE: &str = "rapace";

/// The module of a published runtime that generated code imports. The version is in its name, so that code and runtime that do not
/// fit are an error of the compiler, the bundler and the engine.
const PUBLISHED_CODEGEN: &str = "codegen4";

/// The longest name that npm takes.
const LONGEST_PACKAGE_NAME: usize = 214;

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
        let package = package_name(api, options)?;
        let published = match &options.runtime {
            Runtime::Vendored => None,
            Runtime::Package(name) => Some(name.as_deref().unwrap_or(RUNTIME_PACKAGE)),
            Runtime::Path(_) => {
                return Err(GenerateError::new(
                    "the runtime of a folder (`path=…`) is not supported by this generator yet",
                ));
            }
        };
        if let Some(name) = published {
            check_package_name(name)?;
        }
        let mut files = Files::new();
        let manifest = manifest::package_json(&package, &api.name, published, !api.services.is_empty());
        files.add("package.json", manifest);
        files.add("tsconfig.json", render(&view::TsConfig {}));
        let modules = lower(api, Choices::from(options), &runtime_paths(published));
        let doc = comment(&format!("Client for the rapace services of `{}`.", api.name), None, 0);
        files.add(
            "src/index.ts",
            render(&view::Index {
                doc: &doc,
                exports: modules.exports,
            }),
        );
        if !api.types.is_empty() {
            files.add("src/types.ts", render(&modules.types));
        }
        if !modules.codecs.declarations.is_empty() {
            files.add("src/codecs.ts", render(&modules.codecs));
        }
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
        if published.is_none() {
            for (path, text) in rapace_runtimes::TYPESCRIPT {
                files.add_runtime(format!("src/rapace/{path}"), *text);
            }
        }
        Ok(files)
    }
}

fn runtime_paths(published: Option<&str>) -> RuntimePaths {
    match published {
        Some(package) => RuntimePaths {
            from_root: format!("{package}/{PUBLISHED_CODEGEN}"),
            from_services: format!("{package}/{PUBLISHED_CODEGEN}"),
        },
        None => RuntimePaths {
            from_root: "./rapace/codegen.js".into(),
            from_services: "../rapace/codegen.js".into(),
        },
    }
}

/// The name that was asked for, or one made of the API's.
fn package_name(api: &Api, options: &Options) -> Result<String, GenerateError> {
    let name = match &options.package {
        Some(name) => name.clone(),
        None => {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            let lower = api.name.to_lowercase();
            lower.chars().map(|c| if allowed(c) { c } else { '-' }).collect()
        }
    };
    check_package_name(&name)?;
    Ok(name)
}

/// Whether npm takes the name, with or without a scope.
fn check_package_name(name: &str) -> Result<(), GenerateError> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '~'))
    };
    let sound = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
        Some(Some((scope, name))) => part(scope) && part(name),
        Some(None) => false,
        None => part(name),
    };
    if sound && name.len() <= LONGEST_PACKAGE_NAME {
        return Ok(());
    }
    Err(GenerateError::new(format!(
        "{name:?} is no name of an npm package: use lower-case letters, digits, - and _, as in book-shop or @scope/book-shop"
    )))
}

fn render(template: &impl Template) -> String {
    let mut text = template.render().expect("writing to a string does not fail");
    // A template loses its last line break.
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
